import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binned } from "./bins.ts";
import { bundlesOf } from "./bundles.ts";
import { draws } from "./draws.ts";
import { type GrowthRules, groundFor, grow } from "./grow.ts";
import { fill, type Sheet, type Slopes, sheetFor, subtract } from "./histogram.ts";
import type { Column, Table } from "./model.ts";
import { addTree, leafOf } from "./walk.ts";

const RULES: GrowthRules = {
  leaves: 12,
  depth: 6,
  rate: 1,
  minLeaf: 3,
  l2: 1,
  levelWeight: 4,
  levelSmoothing: 1,
  levelL2: 0,
};

describe("sums by bin", () => {
  test("by way of bundles are those of the columns one by one", () => {
    fc.assert(
      fc.property(fc.integer(), fc.boolean(), (seed, weighted) => {
        const { table, slopes, next } = drawn(seed, 2_000, weighted);
        const sheet = sheetFor(binned(table, 4));
        expect(sheet.bundles.length).toBeGreaterThan(0);
        const rows = someOf(table.rows, next);
        const chosen = someOf(table.columns.length, next);
        expect(
          close(summed(sheet, chosen, rows, slopes), summed({ ...sheet, bundles: [] }, chosen, rows, slopes)),
        ).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test("of one part, taken from those of the whole, leave those of the other part", () => {
    fc.assert(
      fc.property(fc.integer(), fc.boolean(), (seed, weighted) => {
        const { table, slopes, next } = drawn(seed, 800, weighted);
        const sheet = sheetFor(binned(table, 4));
        const chosen = every(table.columns.length);
        const whole = summed(sheet, chosen, every(table.rows), slopes);
        const one = every(table.rows).filter(() => next() < 0.3);
        const kept = new Set(one);
        const other = every(table.rows).filter((row) => !kept.has(row));
        subtract(whole, summed(sheet, chosen, one, slopes));
        expect(close(whole, summed(sheet, chosen, other, slopes))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test("come from bundles in which each combination is one byte, and no column stands twice", () => {
    const { table } = drawn(1, 2_000, false);
    const bins = binned(table, 4);
    const bundles = bundlesOf(bins);
    const columns = bundles.flatMap((bundle) => bundle.columns);
    expect(new Set(columns).size).toBe(columns.length);
    for (const { columns: members, cells, codes, bins: by } of bundles) {
      expect(cells).toBeLessThanOrEqual(256);
      for (const [index, column] of members.entries()) {
        expect(Array.from(codes, (cell) => by[index]![cell]!)).toEqual(Array.from(bins.codes[column]!));
      }
    }
  });
});

describe("a grown tree", () => {
  test("leads every row, whether it was grown on it or not, to the leaf with which it lies", () => {
    fc.assert(
      fc.property(fc.integer(), fc.boolean(), (seed, weighted) => {
        const { table, slopes, next } = drawn(seed, 600, weighted);
        const rows = someOf(table.rows, next);
        const grownOn = new Set(rows);
        const others = every(table.rows).filter((row) => !grownOn.has(row));
        const chosen = someOf(table.columns.length, next);
        const { tree, leaves } = grow(groundFor(binned(table, 4)), slopes, rows, others, chosen, RULES);
        const added = new Float64Array(table.rows);
        addTree(tree, table, added);
        let seen = 0;
        for (const { own, others: rest, value } of leaves) {
          const lying = [...rows.subarray(own.from, own.to), ...others.subarray(rest.from, rest.to)];
          seen += lying.length;
          const reached = new Set(lying.map((row) => leafOf(tree, cellsOf(table, row))));
          expect(reached.size).toBe(1);
          const [leaf] = reached as Set<number>;
          expect(tree.value[leaf!]).toBe(value);
          for (const row of lying) expect(added[row]).toBe(value);
          // The Newton step of the rows it was grown on.
          let [gradient, curvature, weight] = [0, 0, 0];
          for (const row of rows.subarray(own.from, own.to)) {
            gradient += slopes.gradient[row]!;
            curvature += slopes.curvature[row]!;
            weight += slopes.weights?.[row] ?? 1;
          }
          expect(value).toBeCloseTo(-gradient / (curvature + RULES.l2), 9);
          expect(tree.cover[leaf!]).toBeCloseTo(weight, 9);
        }
        expect(seen).toBe(table.rows);
        expect(tree.feature.every((feature) => feature < 0 || chosen.includes(feature))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test("splits a number where the two sides' steps lower the loss most, of all places there are", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { table, slopes, next } = drawn(seed, 150, false);
        const x = Float64Array.from({ length: 150 }, () => (next() < 0.2 ? Number.NaN : Math.floor(next() * 20)));
        const only: Table = { ...table, columns: [{ name: "x", kind: "number" }], cells: [x] };
        const rows = every(150);
        const two = { ...RULES, leaves: 2 };
        const { leaves } = grow(groundFor(binned(only, 4)), slopes, rows, new Int32Array(0), every(1), two);
        const found = leaves.map(({ own }) => rows.subarray(own.from, own.to));
        let best = lossOf(slopes, every(150));
        for (let cut = 0; cut <= 20; cut += 1) {
          for (const missingLeft of [false, true]) {
            const isLeft = (row: number) => (Number.isNaN(x[row]!) ? missingLeft : x[row]! < cut);
            const [left, right] = [every(150).filter(isLeft), every(150).filter((row) => !isLeft(row))];
            if (left.length < RULES.minLeaf || right.length < RULES.minLeaf) continue;
            best = Math.min(best, lossOf(slopes, left) + lossOf(slopes, right));
          }
        }
        expect(found.reduce((sum, part) => sum + lossOf(slopes, part), 0)).toBeCloseTo(best, 9);
      }),
      { numRuns: 50 },
    );
  });
});

/** Second-order loss of the rows under one leaf. */
function lossOf({ gradient, curvature }: Slopes, rows: Int32Array): number {
  let g = 0;
  let h = RULES.l2;
  for (const row of rows) {
    g += gradient[row]!;
    h += curvature[row]!;
  }
  return (-g * g) / (2 * h);
}

function summed(sheet: Sheet, chosen: Int32Array, rows: Int32Array, slopes: Slopes): Float64Array {
  const histogram = new Float64Array(sheet.starts.at(-1)!).fill(7);
  fill(histogram, sheet, chosen, rows, slopes);
  return histogram;
}

const close = (a: Float64Array, b: Float64Array): boolean =>
  a.every((value, index) => Math.abs(value - b[index]!) < 1e-9);

const every = (count: number): Int32Array => Int32Array.from({ length: count }, (_, index) => index);

function someOf(count: number, next: () => number): Int32Array {
  const some = every(count).filter(() => next() < 0.7);
  return some.length === 0 ? Int32Array.of(0) : some;
}

const cellsOf = ({ cells }: Table, row: number): number[] => cells.map((column) => column[row]!);

/** Columns narrow and wide, of both kinds, with missing and rare cells, and slopes at random. */
function drawn(seed: number, rows: number, weighted: boolean): { table: Table; slopes: Slopes; next: () => number } {
  const next = draws(seed);
  const widths = [300, 40, 2, 3, 2, 0, 0, 0];
  const columns = widths.map(
    (width, index): Column =>
      width > 0
        ? { name: `n${index}`, kind: "number" }
        : {
            name: `c${index}`,
            kind: "category",
            levels: Array.from({ length: 3 ** (index - 4) }, (_, at) => `l${at}`),
          },
  );
  const cells = columns.map((column, index) =>
    Float64Array.from({ length: rows }, () => {
      const value = next();
      if (index % 2 === 0 && next() < 0.1) return Number.NaN;
      if (column.kind === "number") return Math.floor(value * widths[index]!);
      return Math.floor(value ** 3 * column.levels.length);
    }),
  );
  const labels = Uint8Array.from({ length: rows }, () => (next() < 0.4 ? 1 : 0));
  const weights = weighted ? Float64Array.from({ length: rows }, () => 0.2 + next()) : undefined;
  const gradient = Float64Array.from({ length: rows }, () => next() - 0.5);
  const curvature = Float64Array.from({ length: rows }, () => next() / 4);
  const table = { columns, rows, cells, labels };
  return { table, slopes: { gradient, curvature, weights }, next };
}
