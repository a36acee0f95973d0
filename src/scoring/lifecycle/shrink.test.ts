import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../../test/seeded.ts";
import { firstStep, type Outcomes, shrink, shrinkOne, spreadOf } from "./shrink.ts";

/** A team of `n` leads to whom the model gave 10 % each, and of whom so many came. */
const team = (n: number, came: number): Outcomes => ({
  logOdds: Array.from({ length: n }, () => Math.log(0.1 / 0.9)),
  labels: Array.from({ length: n }, (_, at) => (at < came ? 1 : 0)),
  weights: Array.from({ length: n }, () => 1),
});
const spread = (teams: readonly Outcomes[]): number => spreadOf(teams.map(firstStep));
const among = (own: Outcomes, kin: readonly Outcomes[]): number =>
  shrink({ ...Object.fromEntries(kin.map((one, at) => [`kin ${at}`, one])), own })["own"]?.logOdds as number;

describe("what a team's own outcomes say", () => {
  test("is nothing where there are none", () => {
    expect(shrink({ quiet: team(0, 0) })).toEqual({});
    expect(shrinkOne(team(0, 0))).toEqual({ logOdds: 0, n: 0, k: 0 });
  });

  test("counts for n of n + k: of a prior worth k outcomes, k outcomes are half", () => {
    const { n, k } = shrinkOne(team(100, 20));
    expect([n, Math.round(k)]).toEqual([100, Math.round(1 / 0.09 / 0.5 ** 2)]);
    const own = Math.log(0.11 / 0.89) - Math.log(0.1 / 0.9);
    // 44 outcomes of which 11 % came, as weights
    const slightly = { ...team(100, 11), weights: Array.from({ length: 100 }, () => k / 100) };
    expect(shrinkOne(slightly).logOdds).toBeCloseTo(own / 2, 2);
  });

  test("comes nearer to its own estimate with every outcome, and is never beyond it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 400 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, rate) => {
        const came = Math.min(n - 1, Math.max(1, Math.round(n * rate)));
        const own = Math.log(came / (n - came)) - Math.log(0.1 / 0.9);
        const { logOdds } = shrinkOne(team(n, came));
        expect(Math.abs(logOdds)).toBeLessThanOrEqual(Math.abs(own) + 1e-9);
        expect(logOdds * own).toBeGreaterThanOrEqual(-1e-12);
        const more = shrinkOne(team(n * 4, came * 4)).logOdds;
        expect(Math.abs(more - own)).toBeLessThanOrEqual(Math.abs(logOdds - own) + 1e-9);
      }),
      { ...seeded, numRuns: 60 },
    );
  });

  test("is finite where nobody came, and where all did", () => {
    expect(shrinkOne(team(300, 0)).logOdds).toBeLessThan(-0.5);
    expect(shrinkOne(team(300, 300)).logOdds).toBeLessThan(6);
  });

  test("is shrunken the more, the less teams differ from each other", () => {
    const alike = Array.from({ length: 20 }, (_, at) => team(400, at % 2 === 0 ? 39 : 41));
    const apart = Array.from({ length: 20 }, (_, at) => team(400, at % 2 === 0 ? 20 : 80));
    expect(spread(alike)).toBe(0.05);
    expect(spread(apart)).toBeGreaterThan(0.5);
    const one = team(100, 20);
    expect(among(one, alike)).toBeLessThan(among(one, apart) / 2);
  });
});

describe("the spread between teams", () => {
  test("is found again from teams that were drawn with it", () => {
    const places = Array.from({ length: 21 }, (_, at) => (at - 10) / 10);
    const deviation = Math.sqrt(places.reduce((sum, x) => sum + x * x, 0) / (places.length - 1));
    // as expected, without noise beyond rounding
    const teams = places.map((x) => team(5_000, Math.round(5_000 * (0.1 + (0.09 * x * 0.6) / deviation))));
    expect(spread(teams)).toBeCloseTo(0.6, 1);
  });
});
