import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../../test/seeded.ts";
import { type Group, shrink, shrinkOne, spreadOf } from "./shrink.ts";

/** A team of `n` leads to whom the model gave 10 % each, and of whom so many came. */
const team = (n: number, positives: number): Group => ({
  n,
  positives,
  expected: n * 0.1,
  information: n * 0.09,
});

describe("what a team's own outcomes say", () => {
  test("is nothing where there are none", () => {
    expect(shrink({ quiet: team(0, 0) })).toEqual({});
    expect(shrinkOne(team(0, 0))).toEqual({ logOdds: 0, n: 0, k: 0 });
  });

  test("counts for n of n + k: as many outcomes as the prior is worth count half", () => {
    const { n, k } = shrinkOne(team(100, 20));
    expect(n).toBe(100);
    expect(k).toBeCloseTo(1 / 0.09 / 0.5 ** 2, 9); // of two teams or one there is no spread to measure
    const half = shrinkOne(team(Math.round(k), Math.round(k * 0.2)));
    expect(half.logOdds).toBeCloseTo((Math.round(k * 0.2) - half.n * 0.1) / (half.n * 0.09) / 2, 1);
  });

  test("comes nearer to its own estimate with every outcome, and is never beyond it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, rate) => {
        const positives = Math.round(n * rate);
        const own = Math.max(-3, Math.min(3, (positives - n * 0.1) / (n * 0.09)));
        const { logOdds } = shrinkOne(team(n, positives));
        expect(Math.abs(logOdds)).toBeLessThanOrEqual(Math.abs(own));
        expect(logOdds * own).toBeGreaterThanOrEqual(0);
        const more = shrinkOne(team(n * 4, positives * 4)).logOdds;
        expect(Math.abs(more - own)).toBeLessThanOrEqual(Math.abs(logOdds - own) + 1e-12);
      }),
      seeded,
    );
  });

  test("is shrunken the more, the less teams differ from each other", () => {
    const alike = Array.from({ length: 20 }, (_, at) => team(400, at % 2 === 0 ? 39 : 41));
    const apart = Array.from({ length: 20 }, (_, at) => team(400, at % 2 === 0 ? 20 : 80));
    expect(spreadOf(alike)).toBe(0.05);
    expect(spreadOf(apart)).toBeGreaterThan(0.5);
    const one = team(100, 20);
    expect(shrinkOne(one, alike).logOdds).toBeLessThan(shrinkOne(one, apart).logOdds / 2);
  });
});

describe("the spread between teams", () => {
  test("is found again from teams that were drawn with it", () => {
    // log-odds of teams spread by .6 around 10 %: their outcomes as expected, without noise beyond rounding
    const spread = 0.6;
    const places = Array.from({ length: 41 }, (_, at) => (at - 20) / 20);
    const deviation = Math.sqrt(places.reduce((sum, x) => sum + x * x, 0) / (places.length - 1));
    const groups = places.map((x) => team(20_000, Math.round(20_000 * (0.1 + (0.09 * x * spread) / deviation))));
    expect(spreadOf(groups)).toBeCloseTo(spread, 1);
  });
});
