import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE } from "./time.ts";
import { addDays, instantOf, isZone, localTime } from "./zone.ts";

const ZONES = [
  "America/New_York",
  "America/Phoenix",
  "America/St_Johns",
  "Europe/Berlin",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Africa/Casablanca",
  "Pacific/Apia",
] as const;
const zone = fc.constantFrom(...ZONES);
const at = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2040, 0, 1) });
/** Near a change of the clocks, where the mistakes are. */
const near = fc
  .record({ zone, at, minutes: fc.integer({ min: -3_000, max: 3_000 }) })
  .map(({ zone: one, at: from, minutes }) => {
    const change = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(one).getTimeZoneTransition("next");
    return { zone: one, at: (change?.epochMilliseconds ?? from) + minutes * MINUTE };
  });
const moment = fc.oneof(fc.record({ zone, at }), near);

describe("local time", () => {
  test("is what the kept library says, at any instant", () => {
    fc.assert(
      fc.property(moment, ({ zone: one, at: instant }) => {
        const local = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(one);
        expect(localTime(instant, one)).toEqual({
          year: local.year,
          month: local.month,
          day: local.day,
          weekday: local.dayOfWeek,
          minute: local.hour * 60 + local.minute,
          second: local.second,
        });
      }),
      { numRuns: 1_000 },
    );
  });

  test("leads back to its instant, or to the first of two", () => {
    fc.assert(
      fc.property(moment, ({ zone: one, at: instant }) => {
        const whole = Math.floor(instant / MINUTE) * MINUTE;
        const local = localTime(whole, one);
        const back = instantOf(local, local.minute, one);
        expect(localTime(back, one)).toEqual({ ...local, second: localTime(back, one).second });
        expect(back).toBeLessThanOrEqual(whole);
        expect(whole - back).toBeLessThanOrEqual(HOUR);
      }),
      { numRuns: 1_000 },
    );
  });

  test("of the same clock some days on keeps the clock, or is the end of a gap", () => {
    fc.assert(
      fc.property(moment, fc.integer({ min: -40, max: 400 }), ({ zone: one, at: instant }, days) => {
        const then = addDays(instant, days, one);
        const expected = Temporal.Instant.fromEpochMilliseconds(instant)
          .toZonedDateTimeISO(one)
          .toPlainDateTime()
          .add({ days });
        const exists = expected.toZonedDateTime(one).toPlainDateTime().equals(expected);
        if (exists) expect(then).toBe(expected.toZonedDateTime(one, { disambiguation: "earlier" }).epochMilliseconds);
        else expect(Math.abs(then - expected.toZonedDateTime(one).epochMilliseconds)).toBeLessThanOrEqual(DAY);
      }),
      { numRuns: 1_000 },
    );
  });

  test("knows no zone that is none", () => {
    expect(isZone("America/New_York")).toBe(true);
    expect(isZone("Mars/Olympus")).toBe(false);
    expect(() => localTime(0, "Mars/Olympus")).toThrow(RangeError);
  });
});
