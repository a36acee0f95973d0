import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inScale } from "./in-scale.ts";

const cells = (...numbers: number[]) => Float64Array.from(numbers);
const tens = (n: number) => Array.from({ length: n }, (_, row) => row % 10);

describe("numbers out of all scale", () => {
  test.each([
    ["a stand-in for unknown", [...tens(95), 999_999_999, 999_999_999], [0, 9]],
    ["a slip", [...tens(20), 1e308], [0, 9]],
    ["on either side, and missing cells beside", [...tens(40), -1e200, 1.7e308, Number.NaN], [0, 9]],
    ["among ten", [1, 2, 3, 4, 5, 6, 7, 8, 9, -1e12], [1, 9]],
    ["beside prices", [...tens(50).map((n) => 300_000 + 50_000 * n), 1e15], [300_000, 750_000]],
  ])("are held at the furthest of the others: %s", (_, numbers, ends) => {
    expect(inScale(cells(...numbers))).toEqual(ends);
  });

  test.each([
    ["small numbers", tens(100)],
    ["no rows", []],
    ["nothing known", [Number.NaN, Number.NaN]],
    ["large ones of one size", tens(50).map((n) => 1.7e12 + n * 1e9)],
    ["a long tail without a gap", Array.from({ length: 60 }, (_, n) => 1.8 ** n)],
    ["few that are not 0", [...new Array(95).fill(0), 0.01, 3e6, 5e6, 7e6, 9e6]],
    ["more than a tenth", [...tens(80), ...new Array(20).fill(1e9)]],
    ["one beside equals", [...new Array(50).fill(3), 1e9]],
    ["a thousand times, and near", [...tens(50).map((n) => 1e7 + n / 100), 1e7 + 500]],
    ["a thousand times, and small", [...new Array(50).fill(0), ...new Array(50).fill(1e-9), 5]],
  ])("are not: %s", (_, numbers) => {
    expect(inScale(cells(...numbers))).toBeUndefined();
  });

  test("whose squares would not stay finite are held, however many there are", () => {
    expect(inScale(cells(1, 1e308, -1e308, 1e308))).toEqual([-1e150, 1e150]);
    expect(inScale(cells(...new Array(50).fill(3), 1e308))).toEqual([3, 1e150]);
  });

  test("leave ends that are finite, in order, and hold at most a tenth of what is in reach", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noDefaultInfinity: true }), { maxLength: 60 }), (numbers) => {
        const ends = inScale(cells(...numbers));
        if (ends === undefined) return;
        const [low, high] = ends;
        expect(low).toBeLessThanOrEqual(high);
        expect(Math.max(Math.abs(low), Math.abs(high))).toBeLessThanOrEqual(1e150);
        const held = numbers.filter((cell) => Math.abs(cell) <= 1e150 && (cell < low || cell > high));
        expect(held.length).toBeLessThanOrEqual(0.1 * numbers.length);
      }),
    );
  });
});
