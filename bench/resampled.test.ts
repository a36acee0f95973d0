import { describe, expect, it } from "vitest";
import { mostOfStudents, overSplits } from "./resampled.ts";

describe("the interval of a mean over splits that share rows", () => {
  it("is the one reckoned by hand: mean .02, s^2 .00025, error sqrt(.00025 (1/5 + 1/4)), t 2.776445", () => {
    const { value, low, high } = overSplits([0.01, 0.03, 0.02, 0, 0.04], 1 / 4);
    expect(value).toBeCloseTo(0.02, 12);
    expect(low).toBeCloseTo(-0.00944865, 7);
    expect(high).toBeCloseTo(0.04944865, 7);
  });

  it("takes t from the printed tables", () => {
    const printed = { 1: 12.706, 4: 2.776, 9: 2.262, 19: 2.093, 120: 1.98 };
    for (const [degrees, t] of Object.entries(printed)) expect(mostOfStudents(Number(degrees))).toBeCloseTo(t, 3);
  });

  it("does not shrink to nothing, however often the same rows are split", () => {
    const often = Array.from({ length: 10_000 }, (_, split) => (split % 2 === 0 ? 1 : -1));
    expect(overSplits(often, 1 / 4).high).toBeCloseTo(1.96 * Math.sqrt(1 / 4), 2);
  });

  it("says nothing of how sure one split is", () => {
    expect(overSplits([0.5], 1 / 4)).toEqual({ value: 0.5, low: Number.NaN, high: Number.NaN });
  });
});
