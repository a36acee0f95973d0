import { describe, expect, test } from "vitest";
import { APPOINTMENT, aimAt, aimIn, aimWords, logDays, sameAim } from "./aim.ts";

describe("what a chance foretells", () => {
  test("is an appointment within 30 days where nobody has chosen, and where what is kept is no choice", () => {
    for (const kept of [undefined, null, "won", {}, { outcome: "closed", days: 90 }, { outcome: "won", days: 3 }])
      expect(aimIn(kept)).toEqual(APPOINTMENT);
    expect(aimWords()).toBe("an appointment within 30 days");
  });

  test("is a deal won within 180 days, or within 60 to 365", () => {
    expect(aimAt("won")).toEqual({ outcome: "won", days: 180 });
    expect(aimIn({ outcome: "won", days: 90 })).toEqual({ outcome: "won", days: 90 });
    for (const days of [59, 366, 90.5, Number.NaN]) expect(aimAt("won", days)).toBeUndefined();
    expect(aimAt("appointment", 60)).toBeUndefined();
    expect(aimWords({ outcome: "won", days: 90 })).toBe("a deal won within 90 days");
  });

  test("has the log kept for four times as long as a deal won is looked ahead, and never for less than 400 days", () => {
    expect([APPOINTMENT, ...[60, 180, 365].map((days) => ({ outcome: "won", days }) as const)].map(logDays)).toEqual([
      400, 400, 720, 1_460,
    ]);
  });

  test("is the same only where outcome and days are", () => {
    expect(sameAim(undefined, APPOINTMENT)).toBe(true);
    expect(sameAim({ outcome: "won", days: 90 }, { outcome: "won", days: 180 })).toBe(false);
    expect(sameAim({ outcome: "won", days: 180 }, APPOINTMENT)).toBe(false);
  });
});
