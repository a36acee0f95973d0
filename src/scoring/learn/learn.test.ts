import { describe, expect, test } from "vitest";
import { draws } from "./draws.ts";
import { learn } from "./learn.ts";
import { learnLinear } from "./logistic.ts";
import { auc, calibrationError, logLoss, wilson } from "./metrics.ts";
import type { Column, Model, Table } from "./model.ts";
import { readModel, writeModel } from "./model-file.ts";
import { ready, sigmoid } from "./predict.ts";
import { copiesOf, counted, subset } from "./subset.ts";

const COLUMNS: readonly Column[] = [
  { name: "visits", kind: "number" },
  { name: "days", kind: "number" },
  { name: "source", kind: "category", levels: ["web", "call", "friend"] },
];

/** Leads whose chance rises with visits from friends, and falls with days: `strength` 0 is noise. */
function leads(n: number, { seed = 1, strength = 1 } = {}): Table {
  const next = draws(seed);
  const visits = Float64Array.from({ length: n }, () => (next() < 0.1 ? Number.NaN : Math.floor(12 * next())));
  const days = Float64Array.from({ length: n }, () => 30 * next());
  const source = Float64Array.from({ length: n }, () => Math.floor(3 * next()));
  const truth = (row: number) => {
    const seen = Number.isNaN(visits[row]) ? 4 : (visits[row] as number);
    return -0.5 + strength * ((source[row] === 2 ? 0.5 : 0.15) * (seen - 6) - 0.06 * ((days[row] as number) - 15));
  };
  const labels = Uint8Array.from({ length: n }, (_, row) => Number(next() < sigmoid(truth(row))));
  return { columns: COLUMNS, rows: n, cells: [visits, days, source], labels };
}

const rowsOf = (table: Table) =>
  Array.from({ length: table.rows }, (_, row) => table.cells.map((cells) => cells[row] as number));
const chancesOf = (model: Model, table: Table) => rowsOf(table).map(ready(model).chance);
const labeled = (table: Table, label: (row: number) => number): Table => ({
  ...table,
  labels: Uint8Array.from({ length: table.rows }, (_, row) => label(row)),
});

describe("with too little to learn from", () => {
  test("no rows and no columns are refused, in words that say what was expected", () => {
    expect(() => learn(leads(0), { seed: 1 })).toThrow("expected rows with outcomes");
    const bare = { ...leads(10), columns: [], cells: [] };
    expect(() => learn(bare, { seed: 1 })).toThrow("expected columns");
  });

  test("an infinite number is refused by the name of its column", () => {
    const table = leads(50);
    (table.cells[1] as Float64Array)[7] = Infinity;
    expect(() => learn(table, { seed: 1 })).toThrow('"days" has an infinite number');
  });

  test("ten rows give everybody the rate, and no chance beyond what ten rows can support", () => {
    for (const came of [0, 1, 5, 10]) {
      const table = labeled(leads(10), (row) => Number(row < came));
      const model = learn(table, { seed: 1 });
      expect(model.parts).toMatchObject([{ weight: 1, part: { kind: "rate" } }]);
      const { low, high } = wilson(came, 10);
      for (const chance of chancesOf(model, table)) {
        expect(chance).toBeGreaterThan(Math.min(low, 0.02));
        expect(chance).toBeLessThan(Math.max(high, 0.98));
        expect(chance).toBeCloseTo((came + 0.5) / 11, 12);
      }
    }
  });

  test("one outcome only gives a rate that is not certain", () => {
    for (const label of [0, 1]) {
      const table = labeled(leads(3_000), () => label);
      const [chance] = chancesOf(learn(table, { seed: 1 }), table) as [number];
      expect(chance).toBeCloseTo((3_000 * label + 0.5) / 3_001, 12);
    }
  });

  test("columns that never vary, or are never known, give the rate", () => {
    const table = leads(600);
    for (const value of [7, Number.NaN]) {
      const constant = {
        ...table,
        cells: table.cells.map((_, at) => new Float64Array(600).fill(at === 2 ? 0 : value)),
      };
      const model = learn(constant, { seed: 1 });
      expect(model.parts).toMatchObject([{ part: { kind: "rate" } }]);
    }
  });

  test("a hundred rows of noise give the rate nearly always", () => {
    let rates = 0;
    for (let seed = 1; seed <= 20; seed += 1) {
      const model = learn(leads(100, { seed, strength: 0 }), { seed: 1 });
      if (model.parts[0]?.part.kind === "rate") rates += 1;
    }
    expect(rates).toBeGreaterThanOrEqual(17);
  });

  test("a hundred rows parted cleanly are told apart, with no chance beyond what a hundred rows can support", () => {
    const table = leads(100);
    const clean = labeled(table, (row) => Number((table.cells[1]?.[row] as number) < 12));
    const model = learn(clean, { seed: 1 });
    const chances = chancesOf(model, clean);
    expect(model.parts.map(({ part }) => part.kind)).toEqual(["linear"]);
    expect(auc(chances, clean.labels)).toBeGreaterThan(0.97);
    const far = ready(model).chance([1e6, -1e6, 2]);
    for (const chance of [...chances, far]) expect(Math.min(chance, 1 - chance)).toBeGreaterThan(0.49 / 101);
  });

  test("rows copied a hundred times are no more than they were", () => {
    const few = leads(12);
    const copied = subset(
      few,
      Int32Array.from({ length: 1200 }, (_, row) => row % 12),
    );
    expect(learn(copied, { seed: 1 }).parts).toMatchObject([{ part: { kind: "rate" } }]);
  });

  test("names that four leads have each are not learned by heart", () => {
    const n = 1_000;
    const table = leads(n, { strength: 0 });
    const names: Column = {
      name: "name",
      kind: "category",
      levels: Array.from({ length: n / 4 }, (_, row) => `${row}`),
    };
    const named = {
      ...table,
      columns: [...COLUMNS, names],
      cells: [...table.cells, Float64Array.from({ length: n }, (_, row) => row % (n / 4))],
    };
    const chances = chancesOf(learn(named, { seed: 1 }), named);
    expect(Math.max(...chances) - Math.min(...chances)).toBeLessThan(0.35);
  });
});

describe("with rows enough", () => {
  const [table, fresh] = [leads(4_000), leads(4_000, { seed: 2 })];
  const shares: number[] = [];
  const model = learn(table, { seed: 1, onProgress: (share) => shares.push(share) });
  const chances = chancesOf(model, fresh);

  test("logistic and trees are weighed, and the weights add up to 1", () => {
    expect(model.parts.length).toBeGreaterThanOrEqual(2);
    expect(model.parts.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(model.learned).toEqual({ rows: 4_000, positives: table.labels.reduce((a, b) => a + b, 0), seed: 1 });
  });

  test("chances are good on rows not seen, and come true as often as they say", () => {
    const rate = new Float64Array(4_000).fill(fresh.labels.reduce((a, b) => a + b, 0) / 4_000);
    expect(logLoss(chances, fresh.labels)).toBeLessThan(logLoss(rate, fresh.labels) - 0.08);
    expect(calibrationError(chances, fresh.labels)).toBeLessThan(0.04);
  });

  test("the same rows and seed give the same model, which can be written and read", () => {
    expect(readModel(writeModel(model))).toEqual(JSON.parse(JSON.stringify(model)));
    const small = subset(
      table,
      Int32Array.from({ length: 450 }, (_, row) => row),
    );
    expect(learn(small, { seed: 5 })).toEqual(learn(small, { seed: 5 }));
  });

  test("progress rises from nothing to all", () => {
    expect(shares.at(-1)).toBe(1);
    expect(shares.length).toBeGreaterThan(20);
    for (const [at, share] of shares.entries()) expect(share).toBeGreaterThanOrEqual(shares[at - 1] ?? 0);
  });

  test("a few hundred leads are left to the logistic", () => {
    const model = learn(leads(300), { seed: 1 });
    expect(model.parts.map(({ part }) => part.kind)).toEqual(["linear"]);
  });
});

/** Leads of six rows that have nothing in common but whose they are, by name and by number, and one outcome. */
function byHeart(n: number): Table {
  const next = draws(9);
  const outcome = Uint8Array.from({ length: n }, () => Number(next() < 0.4));
  const lead = Int32Array.from({ length: 6 * n }, (_, row) => Math.floor(row / 6));
  const whose = Float64Array.from(lead);
  const noise = Float64Array.from(lead, () => next());
  const columns: Column[] = [
    { name: "number", kind: "number" },
    { name: "name", kind: "category", levels: Array.from({ length: n }, (_, one) => `${one}`) },
    { name: "noise", kind: "number" },
  ];
  const labels = Uint8Array.from(lead, (one) => outcome[one] as number);
  return { columns, rows: 6 * n, cells: [whose, whose, noise], labels, lead };
}

describe("rows of one lead", () => {
  const told = byHeart(60);
  const { lead, ...untold } = told;

  test("are left out together: who a lead is, learned by heart, gives the rate, and a model only where nobody says whose rows are", () => {
    expect(learn(told, { seed: 1 }).parts).toMatchObject([{ part: { kind: "rate" } }]);
    expect(learn(untold, { seed: 1 }).parts.map(({ part }) => part.kind)).not.toContain("rate");
  });

  test("are left out together where the ridge is chosen, too: whose they are weighs next to nothing", () => {
    const heaviest = (table: Table) => {
      const [, names] = learnLinear(table, { seed: 1 }).terms;
      return names?.kind === "category" ? Math.max(...names.levels.map(Math.abs)) : 0;
    };
    expect(heaviest(told)).toBeLessThan(0.05);
    expect(heaviest(untold)).toBeGreaterThan(0.5);
  });

  test("that say nothing give the rate nearly always, however many there are", () => {
    let rates = 0;
    for (let seed = 1; seed <= 30; seed += 1) {
      const lead = Int32Array.from({ length: 320 }, (_, row) => row >> 3);
      const table = { ...subset(leads(40, { seed, strength: 0 }), lead), lead };
      if (learn(table, { seed: 1 }).parts[0]?.part.kind === "rate") rates += 1;
    }
    expect(rates).toBeGreaterThanOrEqual(28);
  });

  test("count as one lead: nine who came are too few, however often they were looked at", () => {
    const few = leads(600);
    const lead = Int32Array.from({ length: 600 }, (_, row) => row % 30);
    const table = labeled(few, (row) => Number(row % 30 < 9 && (few.cells[1]?.[row] as number) < 12));
    expect(counted(table.labels, lead)).toMatchObject({ all: 30, came: 9 });
    expect(learn({ ...table, lead }, { seed: 1 }).parts).toMatchObject([{ part: { kind: "rate" } }]);
    expect(learn(table, { seed: 1 }).parts.map(({ part }) => part.kind)).not.toContain("rate");
  });
});

test("some rows of a table are still whose they were", () => {
  const table = { ...leads(4), lead: Int32Array.of(7, 7, 8, 9), weights: Float64Array.of(1, 2, 3, 4) };
  expect(subset(table, [3, 1])).toMatchObject({ rows: 2, lead: Int32Array.of(9, 7), weights: Float64Array.of(4, 2) });
});

test("leads that merely look alike are no copies: they have both outcomes", () => {
  const cells = [Float64Array.from([1, 1, 2, 2, 3])];
  const labels = Uint8Array.from([0, 1, 1, 1, 0]);
  const columns: Column[] = [{ name: "visits", kind: "number" }];
  expect([...copiesOf({ columns, rows: 5, cells, labels })]).toEqual([0, 1, 2, 2, 4]);
});
