// When to write: what the counts say, what they do not, and that quiet hours stand above them.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chance } from "../../kernel/ids.ts";
import { DAY, HOUR, MINUTE } from "../../kernel/time.ts";
import { localTime } from "../../kernel/zone.ts";
import { draws } from "../learn/draws.ts";
import { drawBeta } from "./beta.ts";
import { ENOUGH_SENT, OWN_SENT, type SendTimeFacts, sendTime } from "./choose.ts";
import { plusSlot, type SlotCounts, slotOf, slotWords } from "./slots.ts";

const ZONE = "America/New_York";
/** Monday 2 March 2026, 00:00 in New York. */
const MONDAY = Date.UTC(2026, 2, 2, 5);
const NIGHT = [{ from: 21 * 60, to: 8 * 60 }];

/** Every weekday slot with so many sent and so many of them answered, but for those named. */
function counted(sent: number, answered: number, but: SlotCounts = {}): SlotCounts {
  const slots = Array.from({ length: 12 }, (_, n) => [`sms/d${n}`, [sent, answered]] as const);
  return { ...Object.fromEntries(slots), ...but };
}

const facts = (more: Partial<SendTimeFacts>, seed = "seed"): SendTimeFacts => ({
  zone: ZONE,
  own: {},
  location: {},
  quiet: NIGHT,
  lot: (name) => chance(seed, name),
  ...more,
});

const day = [{ from: MONDAY, to: MONDAY + DAY }];

/** How often each slot is taken, over many leads. */
function taken(more: Partial<SendTimeFacts>, times = 300): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (let n = 0; n < times; n += 1) {
    const slot = sendTime(day, facts(more, `lead ${n}`))?.slot ?? "none";
    found.set(slot, (found.get(slot) ?? 0) + 1);
  }
  return found;
}

describe("a slot", () => {
  test("is two hours of a weekday, or of a day of the weekend, where the lead is", () => {
    expect(slotOf(localTime(MONDAY + 19 * HOUR, ZONE))).toBe("d9");
    expect(slotOf(localTime(MONDAY + 5 * DAY, ZONE))).toBe("e0");
    expect(slotWords("d9")).toBe("weekdays 18:00 to 20:00");
  });

  test("keeps a pair of counts, which a later word takes back exactly", () => {
    const once = plusSlot({}, "sms/d9", 1, 1);
    expect(plusSlot(once, "sms/d9", 0, -1)).toEqual({ "sms/d9": [1, 0] });
    expect(plusSlot(once, "sms/d9", -1, -1)).toEqual({});
  });
});

describe("a draw", () => {
  test("has the mean and the spread of its distribution", () => {
    for (const [a, b] of [
      [0.4, 3],
      [2, 38],
      [30, 10],
    ] as const) {
      const next = draws(7);
      const drawn = Array.from({ length: 20_000 }, () => drawBeta(a, b, next));
      const mean = drawn.reduce((sum, one) => sum + one, 0) / drawn.length;
      const variance = drawn.reduce((sum, one) => sum + (one - mean) ** 2, 0) / drawn.length;
      expect(mean).toBeCloseTo(a / (a + b), 2);
      expect(variance / ((a * b) / ((a + b) ** 2 * (a + b + 1)))).toBeCloseTo(1, 1);
    }
  });
});

describe("when to write", () => {
  test("is not known from fewer messages of the location than it takes", () => {
    const few = { "sms/d9": [ENOUGH_SENT - 1, 20] as const };
    expect(sendTime(day, facts({ location: few }))).toBeUndefined();
    expect(sendTime(day, facts({ location: { "sms/d9": [ENOUGH_SENT, 20] } }))).toBeDefined();
  });

  test("is mostly where the location's leads answer best, and now and then elsewhere while little is known", () => {
    const clear = taken({ location: counted(2000, 100, { "sms/d9": [2000, 200] }) });
    expect(clear.get("d9")).toBe(300);
    const unsure = taken({ location: counted(20, 1, { "sms/d9": [20, 2] }) });
    expect(unsure.get("d9") ?? 0).toBeLessThan(200);
    expect(unsure.size).toBeGreaterThan(4);
  });

  test("compares a channel with itself: calls answered at noon make noon no better for texts", () => {
    const location: SlotCounts = {
      ...counted(1000, 50, { "sms/d9": [1000, 100] }),
      ...Object.fromEntries([5, 6].map((n) => [`voice/d${n}`, [500, 100] as const])),
    };
    expect(taken({ location }).get("d9") ?? 0).toBeGreaterThan(240);
  });

  test("listens to the lead itself from ten messages on, and not before", () => {
    const location = counted(2000, 200, { "sms/d9": [2000, 230] });
    // answers at once at ten, never at noon
    const own = (sent: number) => ({ "sms/d5": [sent / 2, sent / 2] as const, "sms/d6": [sent / 2, 0] as const });
    const of = (sent: number) => taken({ location, own: own(sent) }).get("d5") ?? 0;
    const alone = taken({ location }).get("d5") ?? 0;
    expect(of(OWN_SENT - 2)).toBe(alone);
    expect(of(4 * OWN_SENT)).toBeGreaterThan(alone + 100);
    expect(sendTime(day, facts({ location, own: own(OWN_SENT) }))).toMatchObject({ hour: "own" });
    expect(sendTime(day, facts({ location, own: own(OWN_SENT - 2) }))).toMatchObject({ hour: "location" });
  });

  test("does not take the hours in which a lead was written to for better ones because it answers much", () => {
    const location = counted(5000, 250, { "sms/d9": [5000, 500] });
    // answers four in ten, wherever it was asked
    const own = { "sms/d5": [20, 8], "sms/d6": [20, 8] } as const;
    expect(taken({ location, own }).get("d9") ?? 0).toBeGreaterThan(200);
  });

  test("leans to the hours in which the lead acts, and no more than that", () => {
    const even = counted(3000, 150);
    const habit = (slot: string) => (slot === "d7" ? 6 : 0.8);
    expect(taken({ location: even, habit }).get("d7") ?? 0).toBeGreaterThan(250);
    const strong = counted(3000, 150, { "sms/d9": [3000, 600] });
    expect(taken({ location: strong, habit }).get("d9") ?? 0).toBeGreaterThan(290);
  });

  test("is within the spans and outside quiet hours, by minutes, whatever the counts say", () => {
    const count = fc.tuple(fc.nat(300), fc.nat(300)).map(([a, b]) => [Math.max(a, b), Math.min(a, b)] as const);
    const counts = fc.dictionary(
      fc
        .tuple(fc.constantFrom("sms", "email"), fc.constantFrom("d", "e"), fc.nat(11))
        .map(([c, d, n]) => `${c}/${d}${n}`),
      count,
      { maxKeys: 30 },
    );
    const span = fc
      .tuple(fc.integer({ min: 0, max: 3 * 24 * 60 }), fc.integer({ min: 1, max: 3 * 24 * 60 }))
      .map(([from, length]) => ({ from: MONDAY + from * MINUTE, to: MONDAY + (from + length) * MINUTE }));
    const quiet = fc.record({ from: fc.nat(1439), to: fc.nat(1439) });
    fc.assert(
      fc.property(counts, counts, span, quiet, fc.string(), (location, own, one, range, seed) => {
        const known = facts({ location: { "sms/d1": [ENOUGH_SENT, 5], ...location }, own, quiet: [range] }, seed);
        const found = sendTime([one], known);
        expect(sendTime([one], known)).toEqual(found);
        if (found === undefined) return;
        const { minute } = localTime(found.at, ZONE);
        expect(found.at).toBeGreaterThanOrEqual(one.from);
        expect(found.at).toBeLessThan(one.to);
        expect(slotOf(localTime(found.at, ZONE))).toBe(found.slot);
        const { from, to } = range;
        expect(from <= to ? minute >= from && minute < to : minute >= from || minute < to).toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  test("is nowhere where no minute is open", () => {
    const night = [{ from: MONDAY, to: MONDAY + 6 * HOUR }];
    expect(sendTime(night, facts({ location: counted(100, 5) }))).toBeUndefined();
  });
});
