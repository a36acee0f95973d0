import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { storyOf } from "../../../test/lead-events.ts";
import { happened } from "../../../test/player.ts";
import { seeded } from "../../../test/seeded.ts";
import type { LeadEvent } from "../../events/index.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../../kernel/time.ts";
import { auditColumns, columnsFor } from "./registry.ts";
import { openRows, rowAt } from "./row.ts";
import { NOTHING_SEEN, observe, PLAIN, type Tally } from "./tally.ts";

const noon = Date.UTC(2026, 2, 2, 12);
const folded = (events: readonly LeadEvent[]): Tally =>
  events.reduce((tally, event) => observe(tally, event, PLAIN), NOTHING_SEEN);
const view = (at: Instant, id: string, price?: number) =>
  happened("property_view", at, { property: { id, ...(price === undefined ? {} : { price }) } });
const columns = auditColumns();

/** The figures of a lead by name, those that are known. */
function figures(events: readonly LeadEvent[], now: Instant): Record<string, number> {
  const row = rowAt(folded(events), now, columns);
  return Object.fromEntries(
    columns.flatMap(({ name }, place) => (Number.isNaN(row[place]) ? [] : [[name, row[place] as number]])),
  );
}

describe("a lead's figures", () => {
  test("count homes, those seen again and the spread of their prices", () => {
    const events = [view(noon, "a", 300_000), view(noon + MINUTE, "b", 330_000), view(noon + HOUR, "a", 300_000)];
    expect(figures(events, noon + DAY)).toMatchObject({
      homes: 2,
      same_home: 2,
      again_share: 0.333333,
      price_spread: 0.04714,
    });
  });

  test("forget a view of a home after 30 days", () => {
    expect(figures([view(noon, "a")], noon + 31 * DAY)).toMatchObject({ homes: 0, view_days: 31 });
  });

  test("halve a decayed count with each half-life", () => {
    expect(figures([view(noon, "a")], noon + 7 * DAY)).toMatchObject({ views_7d: 0.5, acts_7d: 0.5 });
  });

  test("tell who wakes up from who fades: the trend is above 0 for the one and below for the other", () => {
    const acts = (...days: number[]) => days.map((day) => view(noon + day * DAY, "a"));
    expect(figures(acts(28, 29, 29.5, 29.9), noon + 30 * DAY)["trend"]).toBeGreaterThan(0.3);
    expect(figures(acts(0, 1, 2, 3), noon + 30 * DAY)["trend"]).toBeLessThan(-0.3);
  });

  test("know how often our texts are answered and how long that takes", () => {
    const events = [
      happened("message.sent", noon, { "message.id": "m", channel: "sms" }),
      happened("message.received", noon + 3 * HOUR, { channel: "sms", text: "Yes" }),
      happened("message.replied", noon + 3 * HOUR, { channel: "sms" }),
      happened("message.sent", noon + DAY, { "message.id": "n", channel: "sms" }),
    ];
    expect(figures(events, noon + 2 * DAY)).toMatchObject({
      text_answers: 0.366667,
      answer_hours: 3,
      sent_in_vain: 1,
      words_ever: 1,
    });
  });

  test("know when the team first answered, and that nobody has", () => {
    const created = happened("contact.created", noon, { source: "Zillow", createdAt: noon });
    expect(figures([created], noon + DAY)["first_answer_hours"]).toBeUndefined();
    const called = happened("call.ended", noon + 2 * HOUR, { direction: "outbound", answered: false });
    expect(figures([created, called], noon + DAY)).toMatchObject({ first_answer_hours: 2, source: 0, known_days: 1 });
  });

  test("tell a call that was taken from one that was not", () => {
    const events = [
      happened("call.answered", noon, { direction: "outbound" }),
      happened("call.ended", noon, { direction: "outbound", answered: true }),
      happened("call.ended", noon + HOUR, { direction: "outbound", answered: false }),
    ];
    expect(figures(events, noon + HOUR)).toMatchObject({ call_answers: 0.366667, word_days: 0.041667 });
  });

  test("read what a contact states, and count its months down from when it was first said", () => {
    const said = (at: Instant, custom: JsonObject) =>
      happened("crm.contact", at, { asOf: at, contact: { custom }, change: "update" });
    const stated = { Timeline: "90 days", budget_range: "$400,000", pre_approved: "Yes" };
    const events = [
      said(noon, stated),
      said(noon + 10 * DAY, stated),
      view(noon, "a", 400_000),
      view(noon, "b", 400_000),
      view(noon, "c", 400_000),
    ];
    expect(figures(events, noon + 15 * DAY)).toMatchObject({
      months_to_move: 2.467227,
      pre_approved: 1,
      told_budget: 1,
      off_budget: 0.00078,
    });
  });

  test.each(["link.clicked", "property.favorited", "search.saved", "call.missed", "call.answered"])(
    "end a silence with whatever the lead did: %s",
    (type) => {
      const did = happened(type, noon + 20 * DAY, { direction: "inbound", "property.id": "a", link: "l" });
      const { idle_days, acts_7d } = figures(
        [happened("contact.created", noon, { createdAt: noon }), did],
        noon + 21 * DAY,
      );
      expect(idle_days).toBe(1);
      expect(acts_7d).toBeGreaterThan(0.9);
    },
  );

  test("are not moved by what a machine did", () => {
    const opened = happened("email.opened", noon, { "message.id": "m", machine: true });
    expect(folded([opened])).toEqual(NOTHING_SEEN);
  });

  test("hold whether a way to write to it is closed, by the latest word", () => {
    const out = happened("message.opted_out", noon, { family: "phone", channel: "sms" });
    const back = happened("consent.changed", noon + DAY, { channel: "sms", from: "blocked", to: "open" });
    expect(figures([out], noon + 2 * DAY)["closed_to_us"]).toBe(1);
    expect(figures([back, out], noon + 2 * DAY)["closed_to_us"]).toBe(0);
  });

  test("count what the folder declares as behavior where the reading says so", () => {
    const toured = happened("tour.requested", noon);
    expect(observe(NOTHING_SEEN, toured, PLAIN).last).toBeUndefined();
    expect(observe(NOTHING_SEEN, toured, { ...PLAIN, isAct: () => true }).last).toEqual({ act: noon });
  });
});

describe("the tally", () => {
  const story = storyOf({ from: noon, days: 90 });

  test("is the same row whatever the order of events, but for how long replies took and since when things are said", () => {
    const compared = columns.filter(({ name }) => name !== "answer_hours" && name !== "months_to_move");
    const read = openRows(compared);
    fc.assert(
      fc.property(story, fc.infiniteStream(fc.nat()), (events, keys) => {
        const now = noon + 91 * DAY;
        const shuffled = events
          .map((event) => ({ event, key: keys.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ event }) => event);
        const [inOrder, otherwise] = [read(folded(events), now), read(folded(shuffled), now)];
        for (let place = 0; place < inOrder.length; place += 1) {
          const [a, b] = [inOrder[place] as number, otherwise[place] as number];
          if (Number.isNaN(a) || Number.isNaN(b)) expect(b, compared[place]?.name).toBe(a);
          else expect(Math.abs(a - b), compared[place]?.name).toBeLessThan(2e-6);
        }
      }),
      { ...seeded, numRuns: 200 },
    );
  });

  test("survives JSON: what is read back gives the same row", () => {
    fc.assert(
      fc.property(story, (events) => {
        const tally = folded(events);
        const back = JSON.parse(JSON.stringify(tally)) as Tally;
        expect(rowAt(back, noon + 91 * DAY, columns)).toEqual(rowAt(tally, noon + 91 * DAY, columns));
      }),
      { ...seeded, numRuns: 50 },
    );
  });

  test("stays below 3 KB however long the lead has been with us", () => {
    let tally = NOTHING_SEEN;
    const types = [
      "property_view",
      "message.sent",
      "message.received",
      "email.clicked",
      "form.submitted",
      "call.answered",
    ];
    for (let n = 0; n < 5_000; n += 1) {
      const type = types[n % types.length] as string;
      const data = {
        channel: "sms",
        property: { id: `home-${n}`, price: 300_000 + n },
        direction: "outbound",
        seconds: 7.7,
      };
      tally = observe(tally, happened(type, noon + n * 3 * HOUR + n, data), PLAIN);
    }
    expect(JSON.stringify(tally).length).toBeLessThan(3_000);
  });
});

describe("a row", () => {
  test("knows nothing of what comes after its instant: without all later events it is the same, bit by bit", () => {
    const read = openRows(columns);
    fc.assert(
      fc.property(storyOf({ from: noon, days: 90 }), fc.nat({ max: 90 }), (events, day) => {
        const now = noon + day * DAY;
        let tally = NOTHING_SEEN;
        const received = [...events].sort((a, b) => a.receivedAt - b.receivedAt);
        let asOfNow: Float64Array | undefined;
        for (const event of received) {
          if (event.receivedAt > now) asOfNow ??= read(tally, now);
          tally = observe(tally, event, PLAIN);
        }
        asOfNow ??= read(tally, now);
        expect(asOfNow).toEqual(read(folded(received.filter(({ receivedAt }) => receivedAt <= now)), now));
      }),
      { ...seeded, numRuns: 200 },
    );
  });

  test("keeps the places that levels had when the model was trained; a level of today that it never saw is missing", () => {
    const tally = folded([happened("contact.created", noon, { source: "Referral", createdAt: noon })]);
    const trained = (levels: string[]) => [{ name: "source", kind: "category", levels } as const];
    expect(rowAt(tally, noon, trained(["ad", "referral"]))).toEqual(Float64Array.of(1));
    expect(rowAt(tally, noon, trained(["ad"]))).toEqual(Float64Array.of(Number.NaN));
  });

  test("is missing where a model has a column that is no feature any more", () => {
    expect(rowAt(NOTHING_SEEN, noon, [{ name: "gone", kind: "number" }])).toEqual(Float64Array.of(Number.NaN));
  });

  test("has nothing but missing and zero cells for a lead of whom nothing is known", () => {
    for (const cell of rowAt(NOTHING_SEEN, noon, columnsFor("score")))
      expect(Number.isNaN(cell) || cell === 0).toBe(true);
  });
});
