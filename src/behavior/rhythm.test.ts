import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../test/seeded.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../kernel/time.ts";
import { localTime } from "../kernel/zone.ts";
import { type Acts, addAct, bestTime } from "./rhythm.ts";

const ZONE = "America/New_York";
/** A Monday, 07:00 in New York. */
const monday = Date.UTC(2026, 2, 2, 12);
const acting = (...instants: Instant[]): Acts => instants.reduce<Acts>(addAct, []);
const evenings = acting(...[0, 1, 2, 3, 4].map((day) => monday + day * DAY + 12 * HOUR + 5 * MINUTE));
const next = monday + 7 * DAY;

describe("the best hour", () => {
  test("is the one in which the lead acts most, from its beginning", () => {
    expect(bestTime(evenings, ZONE, [{ from: next, to: next + DAY }])).toBe(Date.UTC(2026, 2, 9, 23));
  });

  test("is now, within it, and not before the span", () => {
    const from = Date.UTC(2026, 2, 9, 23, 40);
    expect(bestTime(evenings, ZONE, [{ from, to: from + DAY }])).toBe(from);
    expect(bestTime(evenings, ZONE, [{ from: from + 20 * MINUTE, to: from + DAY }])).toBe(
      from + 23 * HOUR + 20 * MINUTE,
    );
  });

  test("is not known of fewer than five acts, and ten pages of one visit are one", () => {
    const span = { from: next, to: next + DAY };
    expect(bestTime(evenings.slice(1), ZONE, [span])).toBeUndefined();
    const visit = acting(...Array.from({ length: 10 }, (_, n) => monday + n * MINUTE));
    expect(bestTime(visit, ZONE, [span])).toBeUndefined();
  });

  test("is not known in a span in which no hour stands out", () => {
    expect(bestTime(evenings, ZONE, [{ from: next, to: next + 6 * HOUR }])).toBeUndefined();
    const saturday = next + 5 * DAY;
    expect(bestTime(evenings, ZONE, [{ from: saturday, to: saturday + DAY }])).toBeUndefined();
  });

  test("of a weekend is another than on weekdays, and one visit on a Sunday is no habit beside many", () => {
    const sunday = monday + 6 * DAY;
    const week = { from: sunday, to: sunday + 2 * DAY };
    const both = [...evenings.map((quarter) => quarter * 15 * MINUTE), sunday + 3 * HOUR];
    expect(localTime(bestTime(acting(...both), ZONE, [week]) ?? 0, ZONE).weekday).toBe(1);
    const saturdays = [1, 2, 3].map((back) => sunday - back * 7 * DAY - DAY + 3 * HOUR);
    const at = bestTime(acting(...both, ...saturdays), ZONE, [{ from: sunday, to: sunday + DAY }]) ?? 0;
    expect([localTime(at, ZONE).weekday, localTime(at, ZONE).minute]).toEqual([7, 11 * 60]);
  });

  test("fades: what the lead does now counts more than what it did a month ago", () => {
    const mornings = [35, 36, 37, 38, 39].map((day) => monday + day * DAY + HOUR);
    const acts = acting(...evenings.map((quarter) => quarter * 15 * MINUTE), ...mornings);
    const from = monday + 42 * DAY;
    expect(bestTime(acts, ZONE, [{ from, to: from + DAY }])).toBe(from + HOUR);
  });

  test("is read in the zone that is known now", () => {
    const at = bestTime(evenings, "America/Los_Angeles", [{ from: next, to: next + DAY }]) ?? 0;
    // the clocks went forward between: 20:00 in New York was 16:00 there, and so it is today
    expect(localTime(at, "America/Los_Angeles").minute).toBe(16 * 60);
  });
});

const zones = fc.constantFrom(ZONE, "America/Phoenix", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu");
/** Around the days on which clocks change, and all year. */
const instants = fc.oneof(
  fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) }),
  fc
    .tuple(
      fc.constantFrom(Date.UTC(2026, 2, 8), Date.UTC(2026, 2, 29), Date.UTC(2026, 9, 25), Date.UTC(2026, 10, 1)),
      fc.integer({ min: -DAY, max: 2 * DAY }),
    )
    .map(([day, off]) => day + off),
);
const histories = fc.array(instants, { maxLength: 150 });

describe("in any zone, on any day", () => {
  test("it lies in a span, in an hour in which the lead has acted on such a day, and is always the same", () => {
    fc.assert(
      fc.property(histories, zones, instants, fc.integer({ min: 0, max: 60 * HOUR }), (all, zone, from, length) => {
        const acts = acting(...all);
        const spans = [
          { from, to: from + length },
          { from: from + 3 * DAY, to: from + 3 * DAY + length },
        ];
        const at = bestTime(acts, zone, spans);
        expect(bestTime(acts, zone, spans)).toBe(at);
        if (at === undefined) return;
        expect(spans.some((span) => at >= span.from && at < span.to)).toBe(true);
        const slots = acts.map((quarter) => slotOf(quarter * 15 * MINUTE, zone));
        expect(slots).toContain(slotOf(at, zone));
        // nothing of the same hour is earlier
        const [first] = spans;
        if (at !== first?.from && at !== spans[1]?.from) expect(localTime(at, zone).minute % 60).toBe(0);
      }),
      { ...seeded, numRuns: 300 },
    );
  });

  test("whatever the order in which acts come, the same are kept, and few", () => {
    fc.assert(
      fc.property(
        histories.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const acts = acting(...all);
          expect(acting(...shuffled)).toEqual(acts);
          expect(acting(...shuffled, ...all)).toEqual(acts);
          expect(acts.length).toBeLessThanOrEqual(64);
        },
      ),
      { ...seeded, numRuns: 300 },
    );
  });
});

function slotOf(at: Instant, zone: string): string {
  const { weekday, minute } = localTime(at, zone);
  return `${weekday >= 6 ? "weekend" : "weekday"} ${Math.floor(minute / 60)}`;
}
