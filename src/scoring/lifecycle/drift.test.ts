import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../../test/seeded.ts";
import { draws } from "../learn/draws.ts";
import { countsLike, cusum, levelOf, psi, shapeOfLevels, shapeOfNumbers } from "./drift.ts";

const numbers = (seed: number, n: number, move = 0): Float64Array => {
  const next = draws(seed);
  // a sum of uniforms is near enough to a bell
  return Float64Array.from({ length: n }, () => next() + next() + next() + next() - 2 + move);
};

describe("the population stability index", () => {
  test("is 0 between a sample and itself, and what the formula says where a share moved", () => {
    expect(psi([500, 500], [500, 500])).toBe(0);
    const raw = (0.7 - 0.5) * Math.log(0.7 / 0.5) + (0.3 - 0.5) * Math.log(0.3 / 0.5);
    expect(psi([500, 500], [700, 300])).toBeCloseTo(raw - (1 / 1_000 + 1 / 1_000), 12);
  });

  test("says nothing of fewer than 100 leads", () => {
    expect(psi([50, 49], [5_000, 5_000])).toBeUndefined();
    expect(psi([5_000, 5_000], [50, 49])).toBeUndefined();
  });

  test("is never below 0 nor infinite, whatever is empty", () => {
    const counts = fc.array(fc.nat({ max: 400 }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(counts, counts, (before, after) => {
        const index = psi(before, after) ?? 0;
        expect(index).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(index)).toBe(true);
      }),
      seeded,
    );
  });

  test("of samples from one population is stable, small ones too: what chance gives is taken off", () => {
    const levels: string[] = [];
    let raw = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const shape = shapeOfNumbers(numbers(seed, 120));
      const after = countsLike(shape, numbers(10_000 + seed, 120));
      levels.push(levelOf(psi(shape.counts, after) as number));
      raw += (psi(shape.counts, after) as number) / 200;
    }
    // uncorrected, ten parts of 120 and 120 leads average .15: every second feature would be on watch
    expect(raw).toBeLessThan(0.06);
    expect(levels.filter((level) => level === "act").length).toBeLessThan(10);
  });

  test("of a population that moved by a standard deviation is to be acted upon", () => {
    const shape = shapeOfNumbers(numbers(1, 2_000));
    expect(levelOf(psi(shape.counts, countsLike(shape, numbers(2, 500, 0.58))) as number)).toBe("act");
  });

  test("counts what is missing and levels nobody knew as one part", () => {
    const shape = shapeOfLevels(2, Float64Array.from([0, 1, 1, Number.NaN]));
    expect(shape.counts).toEqual([1, 2, 1]);
    expect(countsLike(shape, Float64Array.from([0, 7, Number.NaN]))).toEqual([1, 0, 2]);
  });

  test("puts a number into the first part whose edge it does not exceed", () => {
    const shape = shapeOfNumbers(Float64Array.from({ length: 100 }, (_, at) => at));
    expect(shape.edges).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(countsLike(shape, Float64Array.from([10, 10.5, 1_000]))).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
  });
});

describe("whether chances still come true", () => {
  const outcomes = (seed: number, n: number, odds: number) => {
    const next = draws(seed);
    return Array.from({ length: n }, () => {
      const chance = 0.02 + next() * 0.2;
      const true_ = (chance / (1 - chance)) * odds;
      return { chance, label: next() < true_ / (1 + true_) ? 1 : 0 };
    });
  };

  test("is stable while they do", () => {
    const levels = Array.from({ length: 50 }, (_, seed) => cusum(outcomes(seed, 500, 1)).level);
    expect(levels.filter((level) => level === "act").length).toBeLessThanOrEqual(2);
  });

  test("is to be acted upon where twice as many come as it says, or half as many", () => {
    const more = cusum(outcomes(1, 1_000, 2.2));
    expect([more.level, more.high > more.low]).toEqual(["act", true]);
    const fewer = cusum(outcomes(2, 2_000, 0.4));
    expect([fewer.level, fewer.low > fewer.high]).toEqual(["act", true]);
  });

  test("adds up what was expected and what came", () => {
    expect(
      cusum([
        { chance: 0.25, label: 1 },
        { chance: 0.5, label: 0 },
      ]),
    ).toMatchObject({
      n: 2,
      expected: 0.75,
      observed: 1,
    });
  });
});
