import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binned, binOf, cutsOf, MAX_BINS } from "./bins.ts";
import type { Column, Table } from "./model.ts";

describe("a column of numbers", () => {
  test("gives each value its own bin while they are few", () => {
    expect(cutsOf(Float64Array.of(3, 1, 2, 1))).toEqual(Float64Array.of(1.5, 2.5));
  });

  test("keeps values in order, never parts equal ones, and stays within its bins", () => {
    const cells = fc.array(fc.double({ noDefaultInfinity: false }), { maxLength: 400 });
    fc.assert(
      fc.property(cells, fc.integer({ min: 2, max: MAX_BINS }), (values, maxBins) => {
        const cuts = cutsOf(Float64Array.from(values), maxBins);
        expect(cuts.length).toBeLessThan(maxBins);
        expect(cuts.every((cut, index) => Number.isFinite(cut) && (index === 0 || cut > cuts[index - 1]!))).toBe(true);
        for (const [a, b] of values.slice(1).map((value, index) => [values[index]!, value] as const)) {
          if (a <= b) expect(binOf(a, cuts)).toBeLessThanOrEqual(binOf(b, cuts));
          if (a === b) expect(binOf(a, cuts)).toBe(binOf(b, cuts));
          // What a tree asks of the value is what the learner asked of the bin.
          for (const [bin, cut] of cuts.entries()) expect(a <= cut).toBe(!Number.isNaN(a) && binOf(a, cuts) <= bin);
        }
      }),
    );
  });

  test("parts numbers between which there is no other, and the greatest there are", () => {
    const pairs = [
      [1, 1 + Number.EPSILON],
      [-Number.MAX_VALUE, Number.MAX_VALUE],
      [Number.MAX_VALUE, Infinity],
      [-Infinity, -1e308],
      [0, Number.MIN_VALUE],
    ];
    for (const [lower, higher] of pairs as [number, number][]) {
      const cuts = cutsOf(Float64Array.of(lower, higher));
      expect([binOf(lower, cuts), binOf(higher, cuts), Number.isFinite(cuts[0])]).toEqual([0, 1, true]);
    }
  });

  test("shares the rows out where there are more values than bins", () => {
    const cells = Float64Array.from({ length: 10_000 }, (_, index) => (index < 5_000 ? 0 : index));
    const cuts = cutsOf(cells, 51);
    const sizes = new Array<number>(cuts.length + 1).fill(0);
    for (const cell of cells) sizes[binOf(cell, cuts)]! += 1;
    expect(sizes[0]).toBe(5_000);
    expect(Math.max(...sizes.slice(1))).toBeLessThanOrEqual(110);
  });

  test("puts what is missing behind the last bin", () => {
    const { columns, codes } = binned(tableOf({ name: "x", kind: "number" }, [2, Number.NaN, 1]), 1);
    expect(columns[0]).toMatchObject({ bins: 2, missing: true });
    expect([...codes[0]!]).toEqual([1, 2, 0]);
  });

  test("has one bin where it says nothing, or nothing but that it is missing", () => {
    for (const cells of [[7, 7], [Number.NaN, Number.NaN], []]) {
      expect(binned(tableOf({ name: "x", kind: "number" }, cells), 1).columns[0]).toMatchObject({ bins: 1 });
    }
  });
});

describe("a column of levels", () => {
  const column = (count: number): Column => ({
    name: "x",
    kind: "category",
    levels: Array.from({ length: count }, (_, level) => `l${level}`),
  });

  test("gives a level its own bin, and the rare and unseen one together", () => {
    const { columns, codes } = binned(tableOf(column(4), [2, 2, 0, 0, 1, Number.NaN]), 2);
    expect(columns[0]).toEqual({ kind: "category", bins: 3, missing: true, levels: Int32Array.of(0, 2, -1), rest: 2 });
    expect([...codes[0]!]).toEqual([1, 1, 0, 0, 2, 3]);
  });

  test("keeps the most frequent of a hundred thousand levels", () => {
    const cells = Array.from({ length: 120_000 }, (_, row) => (row < 20_000 ? row % 300 : row - 20_000));
    const bins = binned(tableOf(column(100_000), cells), 2).columns[0]!;
    expect(bins).toMatchObject({ bins: MAX_BINS, rest: MAX_BINS - 1 });
  });
});

function tableOf(column: Column, cells: readonly number[]): Table {
  const rows = cells.length;
  return { columns: [column], rows, cells: [Float64Array.from(cells)], labels: new Uint8Array(rows) };
}
