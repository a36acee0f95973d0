import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../../test/seeded.ts";
import { credible, type Posterior, posterior, standings, thompsonShares } from "./posterior.ts";
import { logBeta } from "./special.ts";

const counts = fc
  .record({ closed: fc.integer({ min: 0, max: 20_000 }), share: fc.double({ min: 0, max: 1, noNaN: true }) })
  .map(({ closed, share }) => posterior(closed, Math.round(closed * share)));
const few = fc.array(counts, { minLength: 2, maxLength: 5 });

/** The chance that the second is higher, for whole a (E. Miller's finite sum). */
function secondIsHigher(first: Posterior, second: Posterior): number {
  let sum = 0;
  for (let i = 0; i < second.a; i += 1) {
    sum += Math.exp(
      logBeta(first.a + i, first.b + second.b) -
        Math.log(second.b + i) -
        logBeta(1 + i, second.b) -
        logBeta(first.a, first.b),
    );
  }
  return sum;
}

describe("the chance of being the best", () => {
  test("agrees with the closed form for two", () => {
    const whole = fc.record({ a: fc.integer({ min: 1, max: 400 }), b: fc.integer({ min: 1, max: 4_000 }) });
    fc.assert(
      fc.property(whole, whole, (one, other) => {
        expect(standings([one, other])[1]?.best).toBeCloseTo(secondIsHigher(one, other), 8);
      }),
      { ...seeded, numRuns: 60 },
    );
  });

  test("adds up to one, is the same in any order, and equal for equals", () => {
    fc.assert(
      fc.property(few, (all) => {
        const found = standings(all);
        expect(found.reduce((sum, { best }) => sum + best, 0)).toBeCloseTo(1, 9);
        const back = standings(all.toReversed()).toReversed();
        for (const [n, { best }] of found.entries()) expect(back[n]?.best).toBeCloseTo(best, 8);
      }),
      { ...seeded, numRuns: 30 },
    );
    for (const { best } of standings([posterior(500, 20), posterior(500, 20), posterior(500, 20)])) {
      expect(best).toBeCloseTo(1 / 3, 10);
    }
  });

  test("grows with every lead that was reached", () => {
    const best = (reached: number) => standings([posterior(1_000, 50), posterior(1_000, reached)])[1]?.best ?? 0;
    for (let reached = 20; reached < 90; reached += 5) expect(best(reached + 5)).toBeGreaterThan(best(reached));
  });
});

describe("the expected loss", () => {
  test("differs between variants by as much as their means, and is never less than nothing", () => {
    fc.assert(
      fc.property(few, (all) => {
        const found = standings(all);
        const mean = ({ a, b }: Posterior) => a / (a + b);
        for (const [n, one] of all.entries()) {
          expect(found[n]?.loss).toBeGreaterThanOrEqual(0);
          const apart = (found[n]?.loss ?? 0) - (found[0]?.loss ?? 0);
          expect(apart).toBeCloseTo(mean(all[0] as Posterior) - mean(one), 7);
        }
      }),
      { ...seeded, numRuns: 30 },
    );
  });

  test("of equals is the mean distance of the higher of two", () => {
    const even = { a: 1, b: 1 };
    // two uniform draws: the higher is 2/3 on average
    expect(standings([even, even])[0]?.loss).toBeCloseTo(2 / 3 - 1 / 2, 10);
  });
});

describe("a rate's own interval", () => {
  test("holds what was seen, and is narrow where much was", () => {
    const [thin, thick] = [credible(posterior(100, 10)), credible(posterior(10_000, 1_000))];
    expect(thin.from < 0.1 && thin.to > 0.1).toBe(true);
    expect(thick.to - thick.from).toBeLessThan((thin.to - thin.from) / 5);
    expect(thin.from).toBeCloseTo(0.0526, 3);
    expect(thin.to).toBeCloseTo(0.1702, 3);
  });
});

describe("a bandit's shares", () => {
  test("add up to one, leave nobody out, and are the same for the same counts", () => {
    fc.assert(
      fc.property(few, (all) => {
        const shares = thompsonShares(all);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
        for (const share of shares) expect(share).toBeGreaterThanOrEqual(0.0499);
        expect(thompsonShares(all)).toEqual(shares);
      }),
      { ...seeded, numRuns: 30 },
    );
  });

  test("follow what was learned", () => {
    const shares = thompsonShares([posterior(1_000, 50), posterior(1_000, 100), posterior(1_000, 40)]);
    expect(shares[1]).toBeGreaterThan(0.89);
  });
});
