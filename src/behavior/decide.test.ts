import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bookOf, happened, Player } from "../../test/player.ts";
import { seeded } from "../../test/seeded.ts";
import type { LeadEvent } from "../events/index.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../kernel/time.ts";
import { type Condition, evaluate } from "../workflows/index.ts";
import { backfill, needsBackfill } from "./backfill.ts";
import type { HistoryQuestion, Rule } from "./behavior.ts";
import { fire, nextInstant } from "./decide.ts";
import { history, idle, observe } from "./observe.ts";

const noon = Date.UTC(2026, 2, 2, 12);
const view = (at: Instant, id = "a") => happened("property_view", at, { property: { id } });

const counted = (event: string, count: number, within: number): Condition => ({
  history: { key: `${event}/${count}/${within}`, event, within, keep: count },
  tests: [{ operator: "at_least", value: count }],
});

const rule = (id: string, when: Condition, more: Partial<Rule> = {}): Rule => ({
  id,
  name: id,
  when,
  wakes: [],
  cooldown: DAY,
  guard: {},
  do: [],
  ...more,
});

const spike = rule(
  "engagement_spike",
  {
    any: [counted("property_view", 3, DAY), counted("email.reacted", 2, DAY), counted("any", 3, DAY)],
  },
  { wakes: ["any"] },
);

const quiet = rule(
  "inactivity_risk",
  { subject: "lead.idle", tests: [{ operator: "at_least", value: 7 * DAY }] },
  {
    cooldown: 72 * HOUR,
    levels: [
      { level: "low", idle: 7 * DAY },
      { level: "medium", idle: 9 * DAY },
      { level: "high", idle: 10 * DAY + 12 * HOUR },
      { level: "critical", idle: 14 * DAY },
    ],
    guard: { newLead: 7 * DAY, agentContact: 3 * DAY },
  },
);

const left: HistoryQuestion = {
  key: "left",
  event: "form.started",
  notFollowedBy: "form.submitted",
  within: 30 * MINUTE,
  same: "form",
  keep: 1,
};
const abandoned = rule(
  "form_abandoned",
  { history: left, tests: [{ operator: "at_least", value: 1 }] },
  { wakes: ["form.started"], cooldown: 7 * DAY },
);

describe("an engagement spike", () => {
  test("fires at the third property view in 24 h, and the fourth does not within the cooldown", () => {
    const lead = new Player(bookOf([spike]), noon);
    expect(lead.play(view(noon))).toEqual([]);
    expect(lead.play(view(noon + HOUR))).toEqual([]);
    expect(lead.play(view(noon + 2 * HOUR))).toMatchObject([
      { rule: "engagement_spike", at: noon + 2 * HOUR, reasons: ["3 property views in 24 h", "3 actions in 24 h"] },
    ]);
    expect(lead.play(view(noon + 3 * HOUR))).toEqual([]);
    expect(lead.passed).toEqual([
      { rule: "engagement_spike", code: "rule.cooldown", values: { until: noon + 2 * HOUR + DAY } },
    ]);
  });

  test("names the instants that made it true", () => {
    const lead = new Player(bookOf([spike]), noon);
    const [firing] = [view(noon), view(noon + 1), view(noon + 2)].flatMap((event) => lead.play(event));
    expect(firing?.evidence).toMatchObject({
      questions: [{ event: "property_view", answer: 3, instants: [noon, noon + 1, noon + 2] }, { event: "any" }],
    });
  });

  test("fires at a third view exactly 24 h after the first, and not a millisecond later", () => {
    const third = (at: Instant) => {
      const lead = new Player(
        bookOf([rule("spike", counted("property_view", 3, DAY), { wakes: ["property_view"] })]),
        noon,
      );
      lead.play(view(noon));
      lead.play(view(noon + HOUR));
      return lead.play(view(at)).length;
    };
    expect(third(noon + DAY)).toBe(1);
    expect(third(noon + DAY + 1)).toBe(0);
  });

  test("fires at two e-mail reactions by a person; opens by a machine count for nothing", () => {
    const lead = new Player(bookOf([spike]), noon);
    lead.play(happened("email.opened", noon, { machine: true }));
    expect(lead.play(happened("email.opened", noon + MINUTE))).toEqual([]);
    expect(lead.play(happened("email.clicked", noon + 2 * MINUTE))).toMatchObject([
      { reasons: ["2 e-mail opens or clicks in 24 h"] },
    ]);
    expect(lead.play(happened("email.opened", noon + 40 * HOUR, { machine: true }))).toEqual([]);
    expect(lead.passed).toEqual([]);
  });

  test("says how far it is while it is short", () => {
    const lead = new Player(bookOf([spike]), noon);
    lead.play(view(noon));
    expect(lead.passed).toEqual([
      {
        rule: "engagement_spike",
        code: "rule.short",
        values: { event: "property_view", have: 1, need: 3, within: "24 h" },
      },
    ]);
  });

  test("does not fire by itself when the cooldown ends, only at the next view", () => {
    const lead = new Player(bookOf([spike]), noon);
    for (let hour = 0; hour < 30; hour += 6) lead.play(view(noon + hour * HOUR));
    expect(lead.wait(noon + 40 * HOUR)).toEqual([]);
    expect(lead.play(view(noon + 41 * HOUR))).toHaveLength(1);
  });

  test("fires whatever the order of arrival, once the third view is here", () => {
    const lead = new Player(bookOf([spike]), noon);
    const firings = [view(noon + 2 * HOUR), view(noon), view(noon + HOUR)].map((event) => lead.play(event).length);
    expect(firings).toEqual([0, 0, 1]);
  });

  test("fires as well when the late third view has a turn of its own, whose clock stands before the others", () => {
    const lead = new Player(bookOf([spike]), noon - DAY);
    for (const at of [noon, noon + 2 * HOUR]) lead.play(view(at));
    const late = view(noon + HOUR);
    const { book } = lead;
    const state = observe(lead.state, late, { book, holds: lead.holds });
    const facts = { zone: "America/New_York", value: () => undefined };
    const holds = (condition: Condition) =>
      evaluate(condition, { ...facts, now: late.at, history: (question) => history(state, question, late.at) });
    const { firings } = fire(state, book, { event: late }, { now: late.at, holds });
    expect(firings).toMatchObject([
      { at: noon + 2 * HOUR, reasons: ["3 property views in 24 h", "3 actions in 24 h"] },
    ]);
  });

  test("is not made true by a view that is older than the window", () => {
    const lead = new Player(bookOf([{ ...spike, cooldown: 0 }]), noon);
    for (const hour of [50, 51, 52]) lead.play(view(noon + hour * HOUR));
    expect(lead.play(view(noon))).toEqual([]);
    expect(lead.play(view(noon + 51 * HOUR))).toHaveLength(1);
  });

  test("fires at most once in any 24 h, in any order of any events", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ type: fc.constantFrom("property_view", "website_visit", "email.opened"), minute: fc.nat(6000) }),
          {
            maxLength: 60,
          },
        ),
        (each) => {
          const lead = new Player(bookOf([spike]), noon);
          const fired = each.flatMap(({ type, minute }) => lead.play(happened(type, noon + minute * MINUTE)));
          for (const [index, firing] of fired.entries()) {
            expect(firing.at - (fired[index - 1]?.at ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(DAY);
          }
        },
      ),
      seeded,
    );
  });
});

describe("a lead that goes quiet", () => {
  const visited = (...more: LeadEvent[]) => {
    const lead = new Player(bookOf([quiet]), noon - 30 * DAY);
    for (const event of [happened("website_visit", noon), ...more]) lead.play(event);
    return lead;
  };
  const levels = (lead: Player, until: Instant) => lead.wait(until).map((firing) => [firing.level, firing.at - noon]);

  test("is noticed because the instant arrived, once per level, with no new event", () => {
    expect(levels(visited(), noon + 60 * DAY)).toEqual([
      ["low", 7 * DAY],
      ["medium", 9 * DAY],
      ["high", 10 * DAY + 12 * HOUR],
      ["critical", 14 * DAY],
    ]);
  });

  test("is not noticed a millisecond before", () => {
    const lead = visited();
    expect(nextInstant(lead.state, lead.book, {})).toBe(noon + 7 * DAY);
    expect(levels(lead, noon + 7 * DAY - 1)).toEqual([]);
  });

  test("says how quiet it is", () => {
    expect(visited().wait(noon + 7 * DAY)[0]?.reasons).toEqual(["no activity for 7 days"]);
  });

  test("begins a new silence with each act", () => {
    const lead = visited();
    lead.wait(noon + 8 * DAY);
    lead.play(view(noon + 8 * DAY));
    expect(levels(lead, noon + 15 * DAY)).toEqual([["low", 15 * DAY]]);
  });

  test("is not disturbed by what is no act of its own", () => {
    const lead = visited(happened("tag.added", noon + DAY, { tag: "x" }), happened("message.sent", noon + 2 * DAY));
    expect(levels(lead, noon + 8 * DAY)).toEqual([["low", 7 * DAY]]);
  });

  test("fires the highest level alone when several have passed unseen", () => {
    const lead = visited();
    // The clock of a turn moves on with an event, too: nobody was awake in the three weeks before.
    lead.play(happened("tag.added", noon + 20 * DAY, { tag: "x" }));
    expect(lead.wait(noon + 20 * DAY).map((firing) => firing.level)).toEqual(["critical"]);
    expect(lead.wait(noon + 90 * DAY)).toEqual([]);
  });

  test("within a cooldown of the silence before is passed over at its first level, and noticed at the next", () => {
    const slow = { ...quiet, cooldown: 8 * DAY };
    const lead = new Player(bookOf([slow]), noon - 30 * DAY);
    lead.play(view(noon));
    expect(lead.wait(noon + 7 * DAY)).toHaveLength(1);
    lead.play(view(noon + 7 * DAY + HOUR));
    expect(levels(lead, noon + 17 * DAY)).toEqual([["medium", 16 * DAY + HOUR]]);
  });

  test("soon after a person of the team wrote is left alone until that guard ends", () => {
    const lead = visited(happened("agent.contacted", noon + 6 * DAY));
    expect(nextInstant(lead.state, lead.book, {})).toBe(noon + 9 * DAY);
    expect(levels(lead, noon + 9 * DAY)).toEqual([["medium", 9 * DAY]]);
  });

  test("is not a new lead: 7 days from its creation it is left alone", () => {
    const lead = new Player(bookOf([{ ...quiet, guard: { newLead: 10 * DAY } }]), noon);
    expect(levels(lead, noon + 30 * DAY).map(([level]) => level)).toEqual(["medium", "high", "critical"]);
  });

  test("under a guard is left alone also when something else wakes the turn", () => {
    const lead = visited(
      happened("agent.contacted", noon + 6 * DAY),
      happened("tag.added", noon + 8 * DAY, { tag: "x" }),
    );
    const { state, firings, passed } = fire(
      lead.state,
      lead.book,
      { clock: true },
      { now: noon + 8 * DAY, createdAt: lead.createdAt, holds: lead.holds },
    );
    expect(firings).toEqual([]);
    expect(passed).toEqual([
      { rule: "inactivity_risk", code: "guard.agent_contact", values: { until: noon + 9 * DAY } },
    ]);
    expect(state).toEqual(lead.state);
  });

  test("without named levels is noticed once", () => {
    const { levels: _, ...plain } = quiet;
    const lead = new Player(bookOf([plain]), noon);
    const firings = lead.wait(noon + 60 * DAY);
    expect(firings).toHaveLength(1);
    expect(firings[0]).not.toHaveProperty("level");
  });
});

describe("a rule", () => {
  test("whose `if` is unknown does not fire, and says that it is unknown", () => {
    const guarded = rule("r", counted("property_view", 1, DAY), {
      wakes: ["property_view"],
      if: { subject: "contact.tags", tests: [{ operator: "contains", value: "Investor" }] },
    });
    const lead = new Player(bookOf([guarded]), noon);
    expect(lead.play(view(noon))).toEqual([]);
    expect(lead.passed).toEqual([{ rule: "r", code: "rule.if", values: { unknown: true } }]);
    const investor = new Player(bookOf([guarded]), noon, { "contact.tags": ["Investor"] });
    expect(investor.play(view(noon))).toHaveLength(1);
  });

  test("that cools down per property fires once for each", () => {
    const same: HistoryQuestion = {
      key: "same",
      event: "property_view",
      within: 14 * DAY,
      same: "property.id",
      keep: 2,
    };
    const returns = rule(
      "returns",
      { history: same, tests: [{ operator: "at_least", value: 2 }] },
      { wakes: ["property_view"], cooldown: 7 * DAY, cooldownPer: "property.id" },
    );
    const lead = new Player(bookOf([returns]), noon);
    const fired = ["a", "a", "a", "b", "b", "b"].map((id, n) => lead.play(view(noon + n, id)).length);
    // The first view of b finds a looked at twice, but has not made that true.
    expect(fired).toEqual([0, 1, 0, 0, 1, 0]);
  });

  test("about something not followed fires at its deadline, once, and not when the follower came in time", () => {
    const lead = new Player(bookOf([abandoned]), noon);
    lead.play(happened("form.started", noon, { form: "tour" }));
    lead.play(happened("form.submitted", noon + 10 * MINUTE, { form: "tour" }));
    expect(lead.wait(noon + DAY)).toEqual([]);
    lead.play(happened("form.started", noon + DAY, { form: "loan" }));
    expect(lead.wait(noon + 20 * DAY)).toMatchObject([
      { at: noon + DAY + 30 * MINUTE, reasons: ["form started, and no form sent in 30 min"] },
    ]);
    expect(lead.play(happened("form.started", noon + 20 * DAY, { form: "loan" }))).toEqual([]);
    expect(lead.wait(noon + 40 * DAY)).toHaveLength(1);
  });

  test("about something not followed leaves alone what an import brings from long ago", () => {
    const lead = new Player(bookOf([abandoned]), noon);
    lead.play(view(noon + 3 * DAY));
    lead.play(happened("form.started", noon, { form: "tour" }));
    expect(lead.wait(noon + 4 * DAY)).toEqual([]);
    expect(nextInstant(lead.state, lead.book, {})).toBeUndefined();
  });

  test("remembers cooldowns of at most 100 values", () => {
    const each = rule("each", counted("property_view", 1, DAY), {
      wakes: ["property_view"],
      cooldown: 7 * DAY,
      cooldownPer: "property.id",
    });
    const lead = new Player(bookOf([each]), noon);
    for (let n = 0; n < 150; n += 1) lead.play(view(noon + n, `p${n}`));
    expect(Object.keys(lead.state.rules["each"]?.cooldowns ?? {})).toHaveLength(100);
    expect(lead.play(view(noon + 151, "p149"))).toEqual([]);
  });

  test("that looks at the event itself is asked at that event", () => {
    const objection = rule(
      "objection",
      { subject: "event.text", tests: [{ operator: "equals", value: "too expensive" }] },
      {
        wakes: ["message.received"],
      },
    );
    const lead = new Player(bookOf([objection]), noon);
    expect(lead.play(happened("message.received", noon, { channel: "sms", text: "hello" }))).toEqual([]);
    expect(lead.play(happened("message.received", noon, { channel: "sms", text: "too expensive" }))).toHaveLength(1);
  });

  test("fires in id order with others at the same event", () => {
    const each = (id: string) => rule(id, counted("property_view", 1, DAY), { wakes: ["property_view"] });
    const lead = new Player(bookOf([each("b"), each("c"), each("a")]), noon);
    expect(lead.play(view(noon)).map((firing) => firing.rule)).toEqual(["a", "b", "c"]);
  });

  test("about signals fires when two of them hold, and names both", () => {
    const buying = rule(
      "buying_signal",
      {
        atLeast: 2,
        of: [
          counted("property_view", 5, 2 * DAY),
          counted("form.submitted", 1, 2 * DAY),
          counted("appointment.booked", 1, 2 * DAY),
        ],
      },
      { wakes: ["property_view", "form.submitted", "appointment.booked"], cooldown: 12 * HOUR },
    );
    const lead = new Player(bookOf([buying]), noon);
    expect(lead.play(happened("form.submitted", noon, { form: "tour" }))).toEqual([]);
    expect(lead.play(happened("appointment.booked", noon + HOUR))).toMatchObject([
      { reasons: ["1 form sent in 2 days", "1 appointment booked in 2 days"] },
    ]);
  });

  test("about qualification fires at impacts of .15 in a day", () => {
    const improved = rule(
      "qualification_improvement",
      {
        history: { key: "impact", event: "any", within: DAY, sum: "qualification_impact", keep: 1 },
        tests: [{ operator: "at_least", value: 0.15 }],
      },
      { wakes: ["any"], cooldown: 48 * HOUR },
    );
    const lead = new Player(bookOf([improved]), noon);
    expect(lead.play(happened("form.submitted", noon, { form: "tour" }))).toEqual([]);
    expect(lead.play(happened("email.clicked", noon + HOUR))).toMatchObject([
      { reasons: ["qualification up by 0.15 in 24 h"] },
    ]);
  });
});

describe("a question that is asked for the first time", () => {
  test("is answered from what already happened", () => {
    const past = [view(noon), view(noon + HOUR), view(noon + 2 * HOUR)];
    const old = new Player(bookOf([]), noon);
    for (const event of past) old.play(event);
    const book = bookOf([spike]);
    expect(needsBackfill(old.state, book)).toBe(true);
    const lead = new Player(book, noon);
    lead.state = backfill(old.state, past, { book, holds: lead.holds, now: noon + 2 * HOUR });
    expect(needsBackfill(lead.state, book)).toBe(false);
    for (const question of book.questions) {
      expect(history(lead.state, question, noon + 2 * HOUR)).toBe(question.event === "email.reacted" ? 0 : 3);
    }
    expect(lead.state.engagement).toEqual(old.state.engagement);
    expect(idle(lead.state, noon + 3 * HOUR)).toBe(HOUR);
  });

  test("so are the hours of a lead that was kept without them", () => {
    const past = [view(noon), view(noon + HOUR), happened("email.opened", noon, { machine: true })];
    const book = bookOf([]);
    const lead = new Player(book, noon);
    for (const event of past) lead.play(event);
    const { acts, ...before } = lead.state;
    expect(acts).toHaveLength(2);
    expect(needsBackfill(before, book)).toBe(true);
    expect(backfill(before, past, { book, holds: lead.holds, now: noon + HOUR })).toEqual(lead.state);
  });

  test("does not fire for deadlines that passed before anybody asked", () => {
    const started = happened("form.started", noon, { form: "tour" });
    const old = new Player(bookOf([]), noon);
    old.play(started);
    const book = bookOf([abandoned]);
    const lead = new Player(book, noon);
    lead.state = backfill(old.state, [started], { book, holds: lead.holds, now: noon + HOUR });
    expect(history(lead.state, left, noon + HOUR)).toBe(1);
    expect(lead.wait(noon + DAY)).toEqual([]);
  });

  test("takes the place of windows that nobody reads any more", () => {
    const book = bookOf([spike]);
    const lead = new Player(book, noon);
    lead.play(view(noon));
    const next = bookOf([]);
    expect(backfill(lead.state, [], { book: next, holds: lead.holds, now: noon }).windows).toEqual({});
  });
});
