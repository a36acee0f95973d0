import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../../test/seeded.ts";
import { detectable, difference, halfWidth, layout, mixtureWidth } from "./sequence.ts";

const alphaGiven = fc.constantFrom(0.05, 0.025, 0.01);
const effect = fc.double({ min: 0.002, max: 0.3, noNaN: true });
const variance = fc.double({ min: 1e-8, max: 0.05, noNaN: true });
const rate = fc
  .record({ closed: fc.integer({ min: 1, max: 50_000 }), share: fc.double({ min: 0, max: 1, noNaN: true }) })
  .map(({ closed, share }) => ({ closed, reached: Math.round(closed * share) }));

describe("an interval that may be looked at every day", () => {
  test("ends exactly where the evidence of the normal mixture is one over alpha", () => {
    fc.assert(
      fc.property(variance, effect, alphaGiven, (spread, scale, alpha) => {
        const at = mixtureWidth(spread, scale, alpha);
        const ratio = (around: number) => Math.exp((at ** 2 - (at - around) ** 2) / (2 * spread));
        // the mixture, summed over its own prior instead of by the formula
        let mixture = 0;
        const steps = 4_000;
        for (let n = 0; n < steps; n += 1) {
          const z = -10 + (20 * (n + 0.5)) / steps;
          mixture += ratio(z * scale) * Math.exp((-z * z) / 2) * (20 / steps);
        }
        fc.pre(Math.sqrt(spread) > (scale * 80) / steps); // the sum must be fine enough
        expect((mixture / Math.sqrt(2 * Math.PI)) * alpha).toBeCloseTo(1, 3);
      }),
      { ...seeded, numRuns: 60 },
    );
  });

  test("narrows as leads come, widens with caution", () => {
    fc.assert(
      fc.property(variance, variance, effect, (a, b, scale) => {
        expect(halfWidth(Math.min(a, b), scale, 0.05)).toBeLessThanOrEqual(halfWidth(Math.max(a, b), scale, 0.05));
        expect(halfWidth(a, scale, 0.01)).toBeGreaterThan(halfWidth(a, scale, 0.05));
        expect(halfWidth(a, scale, 0.05)).toBeGreaterThan(1.96 * Math.sqrt(a));
      }),
      seeded,
    );
  });

  test("sees an effect of twenty times the declared size after a few dozen leads", () => {
    const found = difference(
      { closed: 60, reached: 24 },
      { closed: 60, reached: 0 },
      { minimumEffect: 0.02, alpha: 0.05 },
    );
    expect(found?.from).toBeGreaterThan(0);
  });

  test("is laid out so that no other scale is narrower when the declared effect is found", () => {
    fc.assert(
      fc.property(effect, alphaGiven, fc.double({ min: 0.2, max: 5, noNaN: true }), (minimum, alpha, factor) => {
        const { scale, variance: then } = layout(minimum, alpha);
        // the closed form of the best scale is itself an approximation, to a thousandth of the width
        const width = mixtureWidth(then, scale, alpha * 0.8);
        expect(width).toBeLessThanOrEqual(mixtureWidth(then, scale * factor, alpha * 0.8) * 1.001);
        expect(halfWidth(then, scale, alpha)).toBe(width);
        expect(halfWidth(then, scale, alpha) + 0.8416212 * Math.sqrt(then)).toBeCloseTo(minimum, 6);
      }),
      seeded,
    );
  });
});

describe("the difference of two rates", () => {
  const comparing = { minimumEffect: 0.03, alpha: 0.05 };

  test("turns its sign with its arguments, holds its estimate and stays a difference of rates", () => {
    fc.assert(
      fc.property(rate, rate, fc.boolean(), (one, other, adaptive) => {
        const there = difference(one, other, { ...comparing, adaptive });
        const back = difference(other, one, { ...comparing, adaptive });
        expect(there?.estimate).toBeCloseTo(-(back?.estimate ?? 0), 12);
        expect(there?.from).toBeCloseTo(-(back?.to ?? 0), 12);
        const { from = 0, to = 0, estimate = 0 } = there ?? {};
        expect(from <= estimate && estimate <= to && from >= -1 && to <= 1).toBe(true);
      }),
      seeded,
    );
  });

  test("of moving shares is never narrower than of fixed ones", () => {
    fc.assert(
      fc.property(rate, rate, (one, other) => {
        const fixed = difference(one, other, comparing);
        const moving = difference(one, other, { ...comparing, adaptive: true });
        expect(moving?.from).toBeLessThanOrEqual((fixed?.from ?? 0) + 1e-12);
      }),
      seeded,
    );
  });

  test("is nothing while one of them has no lead, and is unsure of rates of nothing", () => {
    expect(difference({ closed: 0, reached: 0 }, { closed: 10, reached: 1 }, comparing)).toBeUndefined();
    const none = difference({ closed: 300, reached: 0 }, { closed: 300, reached: 0 }, comparing);
    expect(none?.from).toBeLessThan(-0.01);
  });

  test("an effect of any size is an effect of a tenth of a percent", () => {
    const any = difference(
      { closed: 900, reached: 90 },
      { closed: 900, reached: 90 },
      { minimumEffect: 0, alpha: 0.05 },
    );
    expect(Number.isFinite(any?.from)).toBe(true);
  });

  test("what can be found shrinks as leads come", () => {
    const at = (leads: number) =>
      detectable({ closed: leads, reached: leads / 10 }, { closed: leads, reached: leads / 10 }, comparing) ?? 0;
    for (const leads of [100, 1_000, 10_000]) expect(at(leads * 10)).toBeLessThan(at(leads));
  });
});
