import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { draws } from "./draws.ts";
import { learnLinear, linearLogOdds } from "./logistic.ts";
import type { Column, Linear, Table } from "./model.ts";
import { sigmoid } from "./predict.ts";
import { termOf } from "./term.ts";

const NAN = Number.NaN;

/** Rows with a number (some missing), a number that never varies and a category (some missing). */
function leads(n: number, seed: number, weights = false): Table {
  const next = draws(seed);
  const some = (value: number) => (next() < 0.15 ? NAN : value);
  const visits = Float64Array.from({ length: n }, () => some(Math.floor(10 * next())));
  const source = Float64Array.from({ length: n }, () => some(Math.floor(3 * next())));
  const truth = (row: number) => {
    const [v, s] = [visits[row] as number, source[row] as number];
    return -1 + (Number.isNaN(v) ? 1 : 0.3 * (v - 4.5)) + (s === 2 ? 1.5 : 0);
  };
  return {
    columns: [
      { name: "visits", kind: "number" },
      { name: "constant", kind: "number" },
      { name: "source", kind: "category", levels: ["web", "call", "friend"] },
    ],
    rows: n,
    cells: [visits, new Float64Array(n).fill(7), source],
    labels: Uint8Array.from({ length: n }, (_, row) => (next() < sigmoid(truth(row)) ? 1 : 0)),
    ...(weights ? { weights: Float64Array.from({ length: n }, () => 0.5 + next()) } : {}),
  };
}

/** The penalized loss of a model whose every free weight is a coordinate. */
function gradientOf(table: Table, model: Linear, ridge: number): number[] {
  const logOdds = linearLogOdds(model, table);
  const off = (row: number) =>
    (table.weights?.[row] ?? 1) * (sigmoid(logOdds[row] as number) - (table.labels[row] as number));
  const along = (touch: (row: number) => number, weight: number) =>
    logOdds.reduce((sum, _, row) => sum + off(row) * touch(row), 0) + ridge * weight;
  const [visits, , source] = model.terms;
  if (visits?.kind !== "number" || source?.kind !== "category") throw new Error("expected a number, then a category");
  const cell = (column: number, row: number) => table.cells[column]?.[row] as number;
  return [
    along(() => 1, 0),
    along((row) => (Number.isNaN(cell(0, row)) ? 0 : (cell(0, row) - visits.mean) / visits.scale), visits.weight),
    along((row) => Number(Number.isNaN(cell(0, row))), visits.missing),
    ...source.levels.map((weight, level) => along((row) => Number(cell(2, row) === level), weight)),
    along((row) => Number(Number.isNaN(cell(2, row))), source.missing),
  ];
}

describe("ridge logistic regression", () => {
  test("ends where the penalized loss has no slope left, with and without weights", () => {
    const cases = fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(0.3, 3, 30), fc.boolean());
    fc.assert(
      fc.property(cases, ([seed, ridge, weighted]) => {
        const table = leads(300, seed, weighted);
        const model = learnLinear(table, { seed: 1, ridge });
        for (const slope of gradientOf(table, model, ridge)) expect(Math.abs(slope)).toBeLessThan(1e-4);
      }),
      { numRuns: 30 },
    );
  });

  test("finds the weights that the rows were made with", () => {
    const model = learnLinear(leads(20_000, 5), { seed: 1 });
    const [visits, constant, source] = model.terms;
    if (visits?.kind !== "number" || source?.kind !== "category") throw new Error("expected a number, then a category");
    expect(visits.weight / visits.scale).toBeCloseTo(0.3, 1);
    expect(visits.missing).toBeCloseTo(1, 0);
    expect((source.levels[2] as number) - (source.levels[0] as number)).toBeCloseTo(1.5, 0);
    expect(constant).toMatchObject({ weight: 0, missing: 0 });
    expect(visits.missingShare).toBeCloseTo(0.15, 1);
    expect(source.shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
  });

  test("takes a missing number for the mean, plus what missing itself says", () => {
    const term = { kind: "number", mean: 4, scale: 2, weight: 3, missing: 0.5, missingShare: 0.1 } as const;
    expect(termOf(term, NAN)).toBe(0.5);
    expect(termOf(term, 6)).toBe(3);
  });

  test("holds a number within its ends, and within a thousand standard deviations, so that none overflows", () => {
    const term = { kind: "number", mean: 4, scale: 2, weight: 3, missing: 0.5, missingShare: 0 } as const;
    expect(termOf(term, 1e308)).toBe(3_000);
    expect(termOf(term, -1e308)).toBe(-3_000);
    expect(termOf({ ...term, within: [0, 8] }, 1e308)).toBe(6);
    expect(termOf({ ...term, within: [0, 8] }, -5)).toBe(-6);
    expect(termOf({ ...term, weight: 0, scale: 1e-300 }, 1e308)).toBe(0);
  });

  test.each([1e7, 1e100, 1.7e308, -1.7e308])(
    "learns from the other rows what it learns without a number of %d",
    (huge) => {
      const plain = leads(400, 3);
      const cells = plain.cells.map((column) => column.slice());
      (cells[0] as Float64Array)[7] = huge;
      const [one, other] = [{ ...plain, cells }, plain].map((table) => learnLinear(table, { seed: 1, ridge: 1 }));
      const [held, free] = [one?.terms[0], other?.terms[0]];
      if (held?.kind !== "number" || free?.kind !== "number") throw new Error("expected a number");
      expect(held.within).toEqual([0, 9]);
      expect(free).not.toHaveProperty("within");
      expect(held.weight / held.scale).toBeCloseTo(free.weight / free.scale, 1);
      for (const cell of [0, 9, huge]) expect(Number.isFinite(termOf(held, cell))).toBe(true);
    },
  );

  test("takes a level it does not know for missing", () => {
    const term = { kind: "category", levels: [1, 2], missing: -1, shares: [0.5, 0.4, 0.1] } as const;
    expect(termOf(term, 1)).toBe(2);
    expect(termOf(term, 5)).toBe(-1);
  });

  test("believes a rare level less than a frequent one of the same rate", () => {
    const column: Column = { name: "agent", kind: "category", levels: ["often", "thrice", "other"] };
    const cells = Float64Array.from({ length: 400 }, (_, row) => (row < 100 ? 0 : row < 103 ? 1 : 2));
    const labels = Uint8Array.from({ length: 400 }, (_, row) => (row < 103 ? 1 : row % 2));
    const model = learnLinear({ columns: [column], rows: 400, cells: [cells], labels }, { seed: 1, ridge: 3 });
    const [often, thrice] = (model.terms[0] as { levels: readonly number[] }).levels as [number, number];
    expect(thrice).toBeGreaterThan(0);
    expect(thrice).toBeLessThan(often / 2);
  });

  test("learns from ten thousand levels without a weight for each", () => {
    const n = 12_000;
    const levels = Array.from({ length: 10_000 }, (_, level) => `street ${level}`);
    const cells = Float64Array.from({ length: n }, (_, row) => (row < 10_000 ? row : row % 400));
    const labels = Uint8Array.from({ length: n }, (_, row) => (row < 10_000 ? Number(row % 4 === 0) : 1));
    const model = learnLinear(
      { columns: [{ name: "street", kind: "category", levels }], rows: n, cells: [cells], labels },
      { seed: 1, ridge: 1 },
    );
    const weights = (model.terms[0] as { levels: readonly number[] }).levels;
    expect(weights).toHaveLength(10_000);
    expect(weights.filter((weight) => weight !== 0).length).toBe(200);
    expect(weights[0]).toBeGreaterThan(0.8);
  });

  test("is the same whenever it is learned", () => {
    expect(learnLinear(leads(500, 2), { seed: 9 })).toEqual(learnLinear(leads(500, 2), { seed: 9 }));
  });

  test("shrinks noise nearly to nothing", () => {
    const next = draws(11);
    const n = 120;
    const columns = Array.from({ length: 20 }, (_, at): Column => ({ name: `noise${at}`, kind: "number" }));
    const cells = columns.map(() => Float64Array.from({ length: n }, next));
    const labels = Uint8Array.from({ length: n }, () => Number(next() < 0.3));
    const table = { columns, rows: n, cells, labels };
    const spread = linearLogOdds(learnLinear(table, { seed: 1 }), table);
    expect(Math.max(...spread) - Math.min(...spread)).toBeLessThan(1.5);
  });
});
