import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bookOf, happened, Player } from "../../test/player.ts";
import { seeded } from "../../test/seeded.ts";
import { BUILT_IN, type LeadEvent, property } from "../events/index.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../kernel/time.ts";
import type { BehaviorState, HistoryQuestion } from "./behavior.ts";
import { isOf } from "./book.ts";
import { engagement, history, idle, nextExpiry, observe, qualification, recentSince, start } from "./observe.ts";

const noon = Date.UTC(2026, 2, 2, 12);

describe("engagement", () => {
  test("is S/(S+2), S the sum of weights", () => {
    expect(engagement(having(happened("property_view", noon)), noon)).toBe(0.259259);
    expect(engagement(having(), noon)).toBe(0);
  });

  test("halves in its sum every 7 days", () => {
    const state = having(happened("call.answered", noon));
    expect(engagement(state, noon + 7 * DAY)).toBe(0.2);
    expect(engagement(state, noon + 14 * DAY)).toBe(0.111111);
  });

  test("takes a late event for what would be left of it by now", () => {
    const early = happened("property_view", noon - 3 * DAY);
    const late = happened("website_visit", noon);
    const [a, b] = [having(early, late), having(late, early)];
    expect(a.engagement.sum).toBeCloseTo(b.engagement.sum, 12);
    expect(engagement(a, noon)).toBe(engagement(b, noon));
  });

  test.each([
    ["link.clicked", { link: "https://homes.example.com/1" }],
    ["property.favorited", { "property.id": "a" }],
    ["search.saved", {}],
    ["call.missed", { direction: "inbound" }],
  ])("and silence are moved by all that a lead did: %s", (type, data) => {
    const state = having(happened(type, noon, data));
    expect(engagement(state, noon)).toBeGreaterThan(0);
    expect(state.lastActAt).toBe(noon);
    expect(isOf(BUILT_IN, "any", type)).toBe(true);
  });

  test("is not moved by what is no behavior: our messages, tags, triggers, opens by a machine", () => {
    const state = having(
      happened("message.sent", noon, { message: { id: "m" } }),
      happened("tag.added", noon, { tag: "Buyer" }),
      happened("trigger.engagement_spike", noon),
      happened("email.opened", noon, { machine: true }),
      happened("message.replied", noon, { channel: "sms" }),
    );
    expect(engagement(state, noon)).toBe(0);
    expect(state.lastActAt).toBeUndefined();
  });
});

describe("qualification", () => {
  test("starts at .5 and is moved by each impact", () => {
    const state = having(happened("message.received", noon), happened("email.clicked", noon));
    expect(qualification(state)).toBe(0.7);
  });

  test("stays between 0 and 1, and the order of impacts does not matter at the edge", () => {
    const many = Array.from({ length: 4 }, () => happened("appointment.booked", noon));
    expect(qualification(having(...many))).toBe(1);
  });
});

describe("idle", () => {
  test("counts from the last act, and before the first from when the lead was first seen", () => {
    expect(idle(having(), noon + HOUR)).toBe(HOUR);
    expect(idle(having(happened("website_visit", noon + HOUR)), noon + 3 * HOUR)).toBe(2 * HOUR);
  });

  test("is not shortened by an event that arrives late", () => {
    const state = having(happened("website_visit", noon + HOUR), happened("website_visit", noon));
    expect(state.lastActAt).toBe(noon + HOUR);
  });
});

describe("the team's own contact", () => {
  test("is remembered by its latest instant, whatever comes late, and is no act of the lead", () => {
    const state = having(happened("agent.contacted", noon + HOUR), happened("agent.contacted", noon));
    expect(state.agentContactAt).toBe(noon + HOUR);
    expect(state.lastActAt).toBeUndefined();
  });
});

describe("a window", () => {
  const views: HistoryQuestion = { key: "views", event: "property_view", within: DAY, keep: 3 };

  test("of 24 h includes an event exactly 24 h old, and none a millisecond older", () => {
    const state = asked([views], happened("property_view", noon));
    expect(history(state, views, noon + DAY)).toBe(1);
    expect(history(state, views, noon + DAY + 1)).toBe(0);
  });

  test("changes by the clock alone when its oldest mark leaves it, or a start has waited in vain", () => {
    const state = asked([views], happened("property_view", noon), happened("property_view", noon + HOUR));
    expect(nextExpiry(state, views, noon + 2 * HOUR)).toBe(noon + DAY + 1);
    expect(nextExpiry(state, views, noon + DAY + 1)).toBe(noon + DAY + HOUR + 1);
    expect(nextExpiry(state, views, noon + DAY + HOUR + 1)).toBeUndefined();
    const left = { key: "l", event: "form.started", notFollowedBy: "form.submitted", within: HOUR, keep: 1 };
    expect(nextExpiry(asked([left], happened("form.started", noon)), left, noon)).toBe(noon + HOUR);
  });

  test("keeps no more marks than decide its question", () => {
    const state = asked([views], ...Array.from({ length: 50 }, (_, n) => happened("property_view", noon + n)));
    expect(state.windows["views"]?.marks).toEqual([[noon + 47], [noon + 48], [noon + 49]]);
  });

  test("never ends before its newest mark: the turn of a late event sees what earlier turns saw", () => {
    const state = asked([views], happened("property_view", noon + HOUR), happened("property_view", noon));
    expect(history(state, views, noon)).toBe(2);
    expect(history(state, views, noon - 30 * DAY)).toBe(2);
  });

  test("counts from a given instant instead, when asked since a step", () => {
    const since: HistoryQuestion = { key: "since", event: "property_view", keep: 3 };
    const state = asked([since], happened("property_view", noon), happened("property_view", noon + 9 * DAY));
    expect(history(state, since, noon + 10 * DAY, noon + DAY)).toBe(1);
    expect(history(state, since, noon + 10 * DAY, noon)).toBe(2);
  });

  test("holds only what its `where` is true of: unknown leaves no mark", () => {
    const pricey: HistoryQuestion = {
      ...views,
      where: { subject: "event.property.price", tests: [{ operator: "at_least", value: 500_000 }] },
    };
    const state = asked(
      [pricey],
      happened("property_view", noon, { property: { id: "a", price: 600_000 } }),
      happened("property_view", noon, { property: { id: "b", price: 400_000 } }),
      happened("property_view", noon, { property: { id: "c" } }),
    );
    expect(history(state, pricey, noon)).toBe(1);
  });

  test("of the same property answers the most of any one: 2 of A and 2 of B are 2", () => {
    const same: HistoryQuestion = {
      key: "same",
      event: "property_view",
      within: 14 * DAY,
      same: "property.id",
      keep: 3,
    };
    const view = (id: string, at: Instant) => happened("property_view", at, { property: { id } });
    const four = [view("A", noon), view("B", noon + 1), view("A", noon + 2), view("B", noon + 3)];
    expect(history(asked([same], ...four), same, noon + HOUR)).toBe(2);
    expect(history(asked([same], ...four, view("A", noon + 4)), same, noon + HOUR)).toBe(3);
    // a long value is cut, never through a character: half of one cannot be stored
    expect(JSON.stringify(asked([same], view(`${"x".repeat(255)}🏠`, noon)))).not.toContain("\\ud83c");
  });

  test("after a silence is answered by the last two: true of the visit that ends it, not of a first visit", () => {
    const back: HistoryQuestion = { key: "back", event: "website_visit", afterSilence: 14 * DAY, keep: 2 };
    const first = happened("website_visit", noon);
    const second = happened("website_visit", noon + 14 * DAY);
    const third = happened("website_visit", noon + 14 * DAY + HOUR);
    expect(history(asked([back], first), back, noon)).toBe(0);
    expect(history(asked([back], first, second), back, second.at)).toBe(1);
    expect(history(asked([back], first, second, third), back, third.at)).toBe(0);
  });

  test("of what was not followed counts starts whose time is up; a follower exactly at the deadline is in time", () => {
    const left: HistoryQuestion = {
      key: "left",
      event: "form.started",
      notFollowedBy: "form.submitted",
      within: 30 * MINUTE,
      same: "form",
      keep: 1,
    };
    const started = happened("form.started", noon, { form: "tour" });
    const other = happened("form.submitted", noon + MINUTE, { form: "loan" });
    const sent = happened("form.submitted", noon + 30 * MINUTE, { form: "tour" });
    expect(history(asked([left], started), left, noon + 30 * MINUTE - 1)).toBe(0);
    expect(history(asked([left], started, other), left, noon + 30 * MINUTE)).toBe(1);
    expect(history(asked([left], started, sent), left, noon + HOUR)).toBe(0);
  });

  test("keeps the latest instants of kinds that some step looks back at", () => {
    const state = asked([], ...Array.from({ length: 30 }, (_, n) => happened("property_view", noon + n * MINUTE)));
    expect(recentSince(state, "property_view", noon + 28 * MINUTE)).toEqual([noon + 28 * MINUTE, noon + 29 * MINUTE]);
    expect(state.recent["property_view"]).toHaveLength(20);
  });
});

describe("views, visits and opens in any order of arrival", () => {
  const questions: readonly HistoryQuestion[] = [
    { key: "count", event: "property_view", within: DAY, keep: 3 },
    { key: "any", event: "any", within: 2 * DAY, keep: 5 },
    { key: "reacted", event: "email.reacted", within: DAY, keep: 2 },
    { key: "none", event: "website_visit", within: 7 * DAY, keep: 1 },
    { key: "distinct", event: "property_view", within: 3 * DAY, distinct: "property.id", keep: 4 },
    { key: "same", event: "property_view", within: 3 * DAY, same: "property.id", keep: 3 },
    { key: "sum", event: "property_view", within: 2 * DAY, sum: "seconds", keep: 1 },
    { key: "impact", event: "any", within: DAY, sum: "qualification_impact", keep: 1 },
    { key: "back", event: "website_visit", afterSilence: DAY, keep: 2 },
    {
      key: "left",
      event: "property_view",
      notFollowedBy: "email.clicked",
      within: 6 * HOUR,
      keep: 1,
    },
  ];

  test("leave the same state, and every answer equals a recount over the whole history", () => {
    fc.assert(
      fc.property(histories, ({ events, arrival }) => {
        const now = Math.max(...events.map((event) => event.at));
        const inOrder = asked(questions, ...events);
        const shuffled = asked(questions, ...arrival.map((index) => events[index] as LeadEvent));
        expect({ ...shuffled, engagement: 0 }).toEqual({ ...inOrder, engagement: 0 });
        expect(Math.abs(shuffled.engagement.sum - inOrder.engagement.sum)).toBeLessThan(1e-9);
        expect(engagement(shuffled, now)).toBeCloseTo(recountEngagement(events, now), 6);
        for (const question of questions) {
          expect([question.key, history(shuffled, question, now)]).toEqual([
            question.key,
            recount(events, question, now),
          ]);
        }
      }),
      { ...seeded, numRuns: 300 },
    );
  });

  test("leave a state that is bounded by the questions, never by history", () => {
    const state = asked(
      questions,
      ...Array.from({ length: 5_000 }, (_, n) => {
        const data = { property: { id: `p${n % 700}` }, seconds: 10 };
        return happened(n % 3 === 0 ? "email.opened" : "property_view", noon + n * MINUTE, data);
      }),
    );
    for (const question of questions) {
      expect(state.windows[question.key]?.marks.length ?? 0).toBeLessThanOrEqual(500);
    }
    expect(JSON.stringify(state).length).toBeLessThan(40_000);
  });
});

// What is played, and a recount that remembers everything -----------------------------------------------------------

const having = (...events: LeadEvent[]): BehaviorState => asked([], ...events);

function asked(questions: readonly HistoryQuestion[], ...events: LeadEvent[]): BehaviorState {
  const book = bookOf([], questions);
  const { holds } = new Player(book, noon);
  return events.reduce((state, event) => observe(state, event, { book, holds }), start(noon));
}

const TYPES = ["property_view", "website_visit", "email.opened", "email.clicked"];

const histories = fc
  .array(
    fc.record({
      type: fc.constantFrom(...TYPES),
      // Few instants on purpose, so that some are equal and some fall exactly on a window's edge.
      at: fc.integer({ min: 0, max: 40 }).map((step) => noon + step * 3 * HOUR),
      property: fc.constantFrom("a", "b", "c", "d", "e"),
      seconds: fc.integer({ min: 1, max: 90 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((each) => each.sort((a, b) => a.at - b.at))
  .chain((each) => {
    const events = each.map(({ type, at, property: id, seconds }) =>
      happened(type, at, { property: { id }, seconds, message: { id } }),
    );
    const indexes = events.map((_, index) => index);
    return fc.shuffledSubarray(indexes, { minLength: indexes.length }).map((arrival) => ({ events, arrival }));
  });

function recountEngagement(events: readonly LeadEvent[], now: Instant): number {
  const sum = events.reduce(
    (total, { type, at }) => total + (BUILT_IN.behaviors[type]?.weight ?? 0) * 0.5 ** ((now - at) / (7 * DAY)),
    0,
  );
  return sum / (sum + 2);
}

/** What a window may leave out is what its `keep` says cannot matter: counts are compared up to there. */
function recount(events: readonly LeadEvent[], question: HistoryQuestion, now: Instant): number {
  const all = events.filter((event) => isOf(BUILT_IN, question.event, event.type));
  const live = all.filter((event) => question.within === undefined || event.at >= now - question.within);
  const idOf = (event: LeadEvent) => String(property(event.data, "property.id"));
  if (question.notFollowedBy !== undefined) {
    const within = question.within ?? 0;
    const followers = events.filter((event) => event.type === question.notFollowedBy);
    return all.filter(
      ({ at }) => at + within <= now && !followers.some((each) => each.at >= at && each.at <= at + within),
    ).length;
  }
  if (question.afterSilence !== undefined) {
    const [before, last] = all.map((event) => event.at).slice(-2);
    return before !== undefined && last !== undefined && last - before >= question.afterSilence ? 1 : 0;
  }
  if (question.sum === "seconds") return live.reduce((sum, event) => sum + (event.data["seconds"] as number), 0);
  if (question.sum !== undefined) {
    const sum = live.reduce((total, event) => total + (BUILT_IN.behaviors[event.type]?.impact ?? 0), 0);
    return Math.round(sum * 1e6) / 1e6;
  }
  if (question.distinct !== undefined) return Math.min(question.keep, new Set(live.map(idOf)).size);
  if (question.same !== undefined) {
    const each = new Map<string, number>();
    for (const event of live) each.set(idOf(event), (each.get(idOf(event)) ?? 0) + 1);
    return Math.min(question.keep, Math.max(0, ...each.values()));
  }
  return Math.min(question.keep, live.length);
}
