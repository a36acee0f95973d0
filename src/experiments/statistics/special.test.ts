import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../../test/seeded.ts";
import { logGamma } from "../../kernel/gamma.ts";
import { betaCdf, betaQuantile, chiSquareTail, gammaQ, logBeta, normalCdf, normalQuantile } from "./special.ts";

const chanceOf = fc.double({ min: 0.001, max: 0.999, noNaN: true });
const shape = fc.double({ min: 0.5, max: 3_000, noNaN: true });

describe("the gamma function", () => {
  test("is the factorial at whole numbers and the root of pi at a half", () => {
    let factorial = 1;
    for (let n = 1; n < 20; n += 1) {
      expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 11);
      factorial *= n;
    }
    expect(Math.exp(logGamma(0.5))).toBeCloseTo(Math.sqrt(Math.PI), 12);
    expect(logGamma(100.5)).toBeCloseTo(361.4355404678, 9);
  });

  test("grows by its argument: ln Γ(x + 1) = ln x + ln Γ(x)", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1e5, noNaN: true }), (x) => {
        expect(Math.abs(logGamma(x + 1) - Math.log(x) - logGamma(x)) / Math.max(1, Math.abs(logGamma(x)))).toBeLessThan(
          1e-11,
        );
      }),
      seeded,
    );
  });
});

describe("the incomplete beta function", () => {
  test("agrees with its closed forms", () => {
    fc.assert(
      fc.property(chanceOf, fc.double({ min: 0.1, max: 500, noNaN: true }), (x, a) => {
        expect(betaCdf(x, a, 1)).toBeCloseTo(x ** a, 11);
        expect(betaCdf(x, 1, a)).toBeCloseTo(1 - (1 - x) ** a, 11);
      }),
      seeded,
    );
    expect(betaCdf(0.3, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(0.3)), 12);
  });

  test("is the tail of a binomial", () => {
    const [n, k, p] = [40, 13, 0.37];
    let tail = 0;
    for (let j = k; j <= n; j += 1) {
      tail += Math.exp(-logBeta(j + 1, n - j + 1) - Math.log(n + 1) + j * Math.log(p) + (n - j) * Math.log(1 - p));
    }
    expect(betaCdf(p, k, n - k + 1)).toBeCloseTo(tail, 12);
  });

  test("turns around with its arguments and grows with x", () => {
    fc.assert(
      fc.property(chanceOf, chanceOf, shape, shape, (x, y, a, b) => {
        expect(betaCdf(x, a, b)).toBeCloseTo(1 - betaCdf(1 - x, b, a), 10);
        expect(betaCdf(Math.min(x, y), a, b)).toBeLessThanOrEqual(betaCdf(Math.max(x, y), a, b) + 1e-12);
      }),
      seeded,
    );
  });

  test("is undone by its quantile", () => {
    fc.assert(
      fc.property(chanceOf, shape, shape, (p, a, b) => {
        expect(betaCdf(betaQuantile(p, a, b), a, b)).toBeCloseTo(p, 9);
      }),
      { ...seeded, numRuns: 50 },
    );
    // 50 of 100 by Clopper and Pearson, as every table has it
    expect(betaQuantile(0.025, 50, 51)).toBeCloseTo(0.3983, 4);
    expect(betaQuantile(0.975, 51, 50)).toBeCloseTo(0.6017, 4);
  });
});

describe("the tails", () => {
  test("of chi-square agree with its closed forms and its tables", () => {
    for (const x of [0.1, 1, 3, 10, 40]) {
      expect(chiSquareTail(x, 2)).toBeCloseTo(Math.exp(-x / 2), 13);
      expect(chiSquareTail(x, 4)).toBeCloseTo(Math.exp(-x / 2) * (1 + x / 2), 13);
    }
    expect(chiSquareTail(3.841458820694124, 1)).toBeCloseTo(0.05, 12);
    expect(chiSquareTail(10.827566170662733, 1)).toBeCloseTo(0.001, 12);
    expect(gammaQ(3, 0)).toBe(1);
  });

  test("of the normal law agree with its tables, and its quantile undoes it", () => {
    expect(normalCdf(0)).toBeCloseTo(0.5, 14);
    expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 12);
    expect(normalCdf(-3)).toBeCloseTo(0.0013498980316301, 14);
    expect(normalQuantile(0.8)).toBeCloseTo(0.8416212335729143, 10);
    fc.assert(
      fc.property(fc.double({ min: -5, max: 5, noNaN: true }), (z) => {
        expect(normalCdf(z) + normalCdf(-z)).toBeCloseTo(1, 12);
        expect(normalQuantile(normalCdf(z))).toBeCloseTo(z, 7);
      }),
      seeded,
    );
  });
});
