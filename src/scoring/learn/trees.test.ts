import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidInput } from "../../kernel/errors.ts";
import { draws } from "./draws.ts";
import type { Boosted, Column, Model, Table } from "./model.ts";
import { ready } from "./predict.ts";
import { boost, DEFAULTS, type TreeSettings } from "./trees.ts";

const SMALL: TreeSettings = {
  ...DEFAULTS,
  rounds: 20,
  rate: 0.08,
  minLeaf: 5,
  rowShare: 1,
  columnShare: 1,
  levelWeight: 10,
};
const number = (name: string, monotone?: 1 | -1): Column =>
  monotone === undefined ? { name, kind: "number" } : { name, kind: "number", monotone };
const category = (name: string, count: number): Column => ({
  name,
  kind: "category",
  levels: Array.from({ length: count }, (_, level) => `l${level}`),
});

describe("boosted trees", () => {
  test("learn what depends on two columns together", () => {
    const table = drawn([number("x"), number("y")], 2_000, (x, y) => (x > 0.5 !== y > 0.5 ? 3 : -3));
    const chance = chanceOf(table, grown(table));
    expect(chance([0.2, 0.8])).toBeGreaterThan(0.8);
    expect(chance([0.8, 0.8])).toBeLessThan(0.2);
  });

  test("are the same, digit by digit, for the same seed, and others for another", () => {
    const table = drawn([number("x"), category("c", 5)], 500, (x, c) => x + c - 2);
    const settings = { ...SMALL, rowShare: 0.7, columnShare: 0.5 };
    expect(grown(table, settings, 7)).toEqual(grown(table, settings, 7));
    expect(grown(table, settings, 7)).not.toEqual(grown(table, settings, 8));
  });

  test("take a row of weight 3 as they take the row three times", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const once = drawn([number("x"), category("c", 4)], 120, (x, c) => 3 * x - c, seed);
        const next = draws(seed);
        const weights = Float64Array.from({ length: once.rows }, () => 1 + Math.floor(3 * next()));
        const thrice = picked(
          once,
          Array.from(weights).flatMap((weight, row) => new Array<number>(weight).fill(row)),
        );
        const one = chanceOf(once, grown({ ...once, weights }));
        const other = chanceOf(thrice, grown(thrice));
        for (const row of rowsOf(once)) expect(one(row)).toBeCloseTo(other(row), 9);
      }),
      { numRuns: 20, examples: [[2763]] }, // the example has two equal splits
    );
  });

  test("send what is missing where the rows that lacked it say", () => {
    for (const sign of [1, -1]) {
      const table = drawn([number("x")], 1_000, (x) => (Number.isNaN(x) ? 3 * sign : x > 0.5 ? 3 : -3), 1, 0.3);
      const chance = chanceOf(table, grown(table));
      expect(chance([Number.NaN]) > 0.5).toBe(sign === 1);
    }
  });

  test("send what was never missing, and then is, with most rows", () => {
    for (const [cut, sign] of [
      [0.1, 1],
      [0.9, -1],
    ] as const) {
      const table = drawn([number("x")], 1_000, (x) => (x > cut ? 3 : -3));
      const chance = chanceOf(table, grown(table));
      expect(chance([Number.NaN]) > 0.5).toBe(sign === 1);
    }
  });

  test("learn from what is missing alone", () => {
    const table = drawn([number("x")], 600, (x) => (Number.isNaN(x) ? 2 : -2), 3, 0.5);
    const model = grown(table, { ...SMALL, leaves: 2 });
    const chance = chanceOf(table, model);
    expect(chance([Number.NaN])).toBeGreaterThan(0.7);
    for (const x of [-1e300, 0.5, 1e300]) expect(chance([x])).toBeLessThan(0.3);
  });

  test("never answer less for more of a rising column, nor more of a falling one, whatever else the row holds", () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(1 as const, -1 as const), (seed, monotone) => {
        const table = drawn(
          [number("x", monotone), number("y"), category("c", 4)],
          400,
          (x, y, c) => 4 * Math.sin(9 * x) + y * c,
          seed,
          0.1,
        );
        const chance = chanceOf(table, grown(table, { ...SMALL, leaves: 31, depth: 9 }, seed));
        for (const [, y, c] of rowsOf(table).slice(0, 25)) {
          let last = chance([-1, y!, c!]);
          for (let x = 0; x <= 1.05; x += 0.05) {
            const now = chance([x, y!, c!]);
            expect(monotone * (now - last)).toBeGreaterThanOrEqual(-1e-12);
            last = now;
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  test("do not ask about a rising column of which more means less", () => {
    const table = drawn([number("x", 1)], 500, (x) => 2 - 4 * x);
    expect(grown(table).trees).toEqual([]);
    expect(grown({ ...table, columns: [number("x", -1)] }).trees).toHaveLength(SMALL.rounds);
  });

  test("have no leaf lighter than the least, nor more leaves or depth than allowed", () => {
    const table = drawn([number("x"), category("c", 90)], 1_000, (x, c) => 5 * Math.sin(20 * x) + 4 * (c % 3));
    for (const [leaves, depth] of [
      [6, 20],
      [40, 3],
    ] as const) {
      for (const tree of grown(table, { ...SMALL, leaves, depth, minLeaf: 12, levelWeight: 3, levelL2: 0 }).trees) {
        const ends = tree.feature.flatMap((feature, node) => (feature < 0 ? [node] : []));
        expect(ends.length).toBeLessThanOrEqual(leaves);
        expect(Math.min(...ends.map((node) => tree.cover[node]!))).toBeGreaterThanOrEqual(12);
        const deep = (node: number): number =>
          tree.feature[node]! < 0 ? 0 : 1 + Math.max(deep(tree.left[node]!), deep(tree.right[node]!));
        expect(deep(0)).toBeLessThanOrEqual(depth);
        for (const [node, feature] of tree.feature.entries()) {
          if (feature < 0) continue;
          expect(tree.cover[tree.left[node]!]! + tree.cover[tree.right[node]!]!).toBeCloseTo(tree.cover[node]!, 9);
        }
      }
    }
  });

  test("do not make a leaf of one rare level, however sure it looks", () => {
    const c = Float64Array.from({ length: 208 }, (_, row) => (row < 8 ? 0 : 1 + (row % 2)));
    const labels = Uint8Array.from(c, (level, row) => (level === 0 || row % 10 === 0 ? 1 : 0));
    const table: Table = { columns: [category("c", 3)], rows: 208, cells: [c], labels };
    const leastCover = (minLeaf: number): number =>
      Math.min(...grown(table, { ...SMALL, minLeaf, levelWeight: 3 }).trees.flatMap(({ cover }) => cover));
    expect(leastCover(8)).toBe(8);
    expect(leastCover(9)).toBeGreaterThanOrEqual(9);
  });

  test("end where the rows to validate on are predicted best", () => {
    const table = drawn([number("x"), number("y")], 300, (x) => 2 * x - 1);
    const validation = drawn([number("x"), number("y")], 300, (x) => 2 * x - 1, 99);
    const losses: number[] = [];
    const settings = { ...SMALL, rounds: 400, rate: 0.3, patience: 10 };
    const model = boost(table, settings, {
      seed: 1,
      validation,
      onRound: ({ loss }) => losses.push(loss!),
    }) as Boosted;
    const best = losses.indexOf(Math.min(...losses)) + 1;
    expect(model.trees).toHaveLength(best);
    expect(losses).toHaveLength(best + 10);
  });

  test("stop when they are told to", () => {
    const table = drawn([number("x")], 100, (x) => x);
    let rounds = 0;
    const cancelled = boost(table, SMALL, { seed: 1, onRound: () => (rounds += 1), cancelled: () => rounds === 3 });
    expect(cancelled).toBeUndefined();
    expect(rounds).toBe(3);
  });
});

describe("extreme data", () => {
  test("parted cleanly keeps every value finite, even with next to no L2", () => {
    const x = Float64Array.from({ length: 200 }, (_, row) => row);
    const labels = Uint8Array.from(x, (value) => (value < 100 ? 0 : 1));
    const table: Table = { columns: [number("x")], rows: 200, cells: [x], labels };
    const model = grown(table, { ...SMALL, rounds: 200, rate: 1, l2: 1e-9, minLeaf: 1 });
    expect(model.trees.flatMap(({ value }) => value).every(Number.isFinite)).toBe(true);
    expect(model.trees.length).toBeLessThan(60); // and nothing is left to learn
    const chance = chanceOf(table, model);
    expect(chance([99])).toBeLessThan(0.01);
    expect(chance([100])).toBeGreaterThan(0.99);
  });

  test("of enormous weights keeps every value finite, and goes on learning", () => {
    const table = drawn([number("x"), number("y")], 400, (x) => (x > 0.5 ? 2 : -2));
    const weights = Float64Array.from({ length: 400 }, (_, row) => (row % 7 === 0 ? 1e9 : 1));
    const model = grown({ ...table, weights }, { ...SMALL, rounds: 100, rate: 1, l2: 1e-9 });
    expect(model.trees).toHaveLength(100);
    expect(model.trees.flatMap(({ value }) => value).every(Number.isFinite)).toBe(true);
  });

  test("with infinite cells takes them for what is beyond all others", () => {
    const x = Float64Array.from({ length: 300 }, (_, row) => [-Infinity, 1, Infinity][row % 3]!);
    const labels = Uint8Array.from(x, (value, row) => (value === 1 ? row % 2 : 1));
    const table: Table = { columns: [number("x")], rows: 300, cells: [x], labels };
    const chance = chanceOf(table, grown(table));
    expect(chance([1])).toBeLessThan(chance([-Infinity]) - 0.1);
    expect(chance([1])).toBeLessThan(chance([Infinity]) - 0.1);
  });
});

describe("thin data", () => {
  const cells = (...values: number[]) => Float64Array.from(values);

  test("without a row is refused", () => {
    const none: Table = { columns: [], rows: 0, cells: [], labels: new Uint8Array() };
    expect(() => boost(none, SMALL, { seed: 1 })).toThrow(InvalidInput);
  });

  test("of one label gives its rate, drawn by half a row, and no tree", () => {
    const table = drawn([number("x")], 9, () => 0);
    const model = grown({ ...table, labels: new Uint8Array(9) });
    expect(model).toEqual({ kind: "boosted", base: Math.log(0.5 / 9.5), trees: [] });
  });

  test("of columns that say nothing gives the rate", () => {
    const table = {
      columns: [number("same"), number("missing"), category("one", 1), category("none", 0)],
      rows: 4,
      cells: [cells(1, 1, 1, 1), cells(...nans(4)), cells(0, 0, 0, 0), cells(...nans(4))],
      labels: Uint8Array.of(0, 1, 0, 0),
    };
    expect(grown(table, { ...SMALL, minLeaf: 1 })).toEqual({ kind: "boosted", base: Math.log(1 / 3), trees: [] });
  });

  test("of a hundred thousand levels does not learn them by heart", () => {
    const next = draws(5);
    const rows = 20_000;
    const table: Table = {
      columns: [category("id", 100_000)],
      rows,
      cells: [Float64Array.from({ length: rows }, () => Math.floor(next() * 100_000))],
      labels: Uint8Array.from({ length: rows }, () => (next() < 0.3 ? 1 : 0)),
    };
    const chance = chanceOf(table, grown(table));
    for (const row of rowsOf(table).slice(0, 200)) expect(chance(row)).toBeCloseTo(0.3, 1);
  });

  test("that does not fit itself is refused by what does not", () => {
    const table = drawn([number("x"), category("c", 3)], 10, (x) => x);
    const [x, c] = table.cells as [Float64Array, Float64Array];
    const wrong: [Partial<Table>, RegExp][] = [
      [{ cells: [x] }, /2 columns but cells of 1/],
      [{ cells: [x.subarray(1), c] }, /9 cells in the column x/],
      [{ cells: [x, c.map(() => 3)] }, /a cell of the column c names none of its 3 levels/],
      [{ labels: new Uint8Array(9) }, /9 labels/],
      [{ labels: new Uint8Array(10).fill(2) }, /neither 0 nor 1/],
      [{ weights: new Float64Array(9).fill(1) }, /9 weights/],
      [{ weights: new Float64Array(10) }, /not a positive number/],
      [{ lead: new Int32Array(9) }, /the leads of 9/],
    ];
    for (const [part, words] of wrong) expect(() => grown({ ...table, ...part })).toThrow(words);
    const validation = drawn([number("x")], 10, (x) => x);
    expect(() => boost(table, SMALL, { seed: 1, validation })).toThrow(/do not have the columns/);
    const empty = drawn(table.columns, 0, () => 0);
    expect(() => boost(table, SMALL, { seed: 1, validation: empty })).toThrow(/nothing to validate on/);
    expect(() => grown(table, { ...SMALL, rate: Number.NaN })).toThrow(/rate NaN: it is a positive number/);
    expect(() => grown(table, { ...SMALL, columnShare: 0 })).toThrow(/columnShare 0/);
    expect(() => grown(table, { ...SMALL, leaves: 1.5 })).toThrow(/leaves 1.5/);
    expect(() => grown(table, { ...SMALL, l2: 0 })).toThrow(/l2 0/);
  });
});

const nans = (count: number): number[] => new Array<number>(count).fill(Number.NaN);

function grown(table: Table, settings = SMALL, seed = 1): Boosted {
  return boost(table, settings, { seed }) as Boosted;
}

function chanceOf({ columns, rows }: Table, part: Boosted): (row: readonly number[]) => number {
  const learned = { rows, positives: 0, seed: 1 };
  const model: Model = { format: 1, columns, parts: [{ weight: 1, part }], calibration: { kind: "none" }, learned };
  return ready(model).chance;
}

/** Rows of even draws, labels of the log-odds that `truth` gives them. */
function drawn(
  columns: readonly Column[],
  rows: number,
  truth: (...cells: number[]) => number,
  seed = 1,
  missing = 0,
): Table {
  const next = draws(seed);
  const cells = columns.map((column) =>
    Float64Array.from({ length: rows }, () => {
      const value = next();
      if (next() < missing) return Number.NaN;
      return column.kind === "number" ? Math.round(value * 100) / 100 : Math.floor(value * column.levels.length);
    }),
  );
  const labels = Uint8Array.from({ length: rows }, (_, row) => {
    const logOdds = truth(...cells.map((column) => column[row]!));
    return next() < 1 / (1 + Math.exp(-logOdds)) ? 1 : 0;
  });
  return { columns, rows, cells, labels };
}

const picked = ({ columns, cells, labels }: Table, rows: readonly number[]): Table => ({
  columns,
  rows: rows.length,
  cells: cells.map((column) => Float64Array.from(rows, (row) => column[row]!)),
  labels: Uint8Array.from(rows, (row) => labels[row]!),
});

const rowsOf = ({ rows, cells }: Table): number[][] =>
  Array.from({ length: rows }, (_, row) => cells.map((column) => column[row]!));
