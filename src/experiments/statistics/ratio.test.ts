import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../../test/seeded.ts";
import { chiSquareP, sequentialRatioP } from "./ratio.ts";

const halves = (one: number, other: number) => [
  { share: 0.5, count: one },
  { share: 0.5, count: other },
];

describe("the sample ratio", () => {
  test("says nothing before the first lead", () => {
    expect(sequentialRatioP(halves(0, 0))).toBe(1);
    expect(chiSquareP(halves(0, 0))).toBe(1);
  });

  test("of the chi-square test agrees with a table", () => {
    expect(chiSquareP(halves(460, 540))).toBeCloseTo(0.011412, 6);
    expect(
      chiSquareP([{ share: 0.1, count: 130 }, ...halves(435, 435).map(({ count }) => ({ share: 0.45, count }))]),
    ).toBeCloseTo(0.006738, 6);
  });

  test("is the product of what an urn would have predicted for each lead, in whatever order they came", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 300 }), (leads) => {
        const shares = [0.5, 0.3, 0.2];
        const counts = [0, 0, 0];
        let log = 0;
        for (const [n, at] of leads.entries()) {
          log += Math.log((100 * (shares[at] ?? 0) + (counts[at] ?? 0)) / (100 + n) / (shares[at] ?? 1));
          counts[at] = (counts[at] ?? 0) + 1;
        }
        const p = sequentialRatioP(shares.map((share, at) => ({ share, count: counts[at] ?? 0 })));
        expect(p).toBeCloseTo(Math.min(1, Math.exp(-log)), 9);
      }),
      seeded,
    );
  });

  test("grows more certain the further counts are off, and the more there are", () => {
    expect(sequentialRatioP(halves(4_600, 5_400))).toBeLessThan(1e-6);
    expect(sequentialRatioP(halves(460, 540))).toBeGreaterThan(0.05);
    for (let off = 0; off < 900; off += 100) {
      const nearer = sequentialRatioP(halves(5_000 - off, 5_000 + off));
      expect(sequentialRatioP(halves(5_000 - off - 100, 5_000 + off + 100))).toBeLessThanOrEqual(nearer);
    }
  });
});
