import { expect, test } from "vitest";
import { chanceBody, churnBody, newModel } from "../../../test/kept-models.ts";
import { learnPlainly } from "../../../test/plain-learner.ts";
import { accountOf } from "../explain/account.ts";
import { explainerAgainst } from "../explain/against.ts";
import { columnsFor } from "../features/registry.ts";
import { draws } from "../learn/draws.ts";
import { ready } from "../learn/predict.ts";
import { exported, modelIn } from "./export.ts";
import { modelId } from "./store.ts";

const of = (body: Parameters<typeof modelId>[0]) =>
  exported({ id: modelId(body), learned: newModel(body).learned }, body);
const COLUMNS = columnsFor("score");
const next = draws(3);
const cellsOf = (rows: number) =>
  COLUMNS.map((column) =>
    Float64Array.from({ length: rows }, () =>
      next() < 0.1 ? Number.NaN : Math.floor(next() * (column.kind === "category" ? column.levels.length : 20)),
    ),
  );

test("an exported model is read again as the same, and explains against a sample to the last digits", () => {
  const rows = 400;
  const cells = cellsOf(rows);
  const labels = Uint8Array.from({ length: rows }, (_, row) => Number((cells[0]?.[row] ?? 0) + 8 * next() > 14));
  const model = learnPlainly({ columns: COLUMNS, rows, cells, labels }, { seed: 1 });
  const body = { ...chanceBody(0), model };
  const again = modelIn(JSON.stringify(of(body)));
  expect(again).toEqual(model);
  expect(modelIn(JSON.stringify(model))).toEqual(model);

  const rowAt = (row: number) => Float64Array.from(cells, (column) => column[row] as number);
  const sample = Array.from({ length: 50 }, (_, row) => rowAt(row));
  const explain = explainerAgainst(again, sample);
  const { logOdds } = ready(model);
  const mean = sample.reduce((sum, one) => sum + logOdds(one), 0) / sample.length;
  for (let row = 50; row < 90; row++) {
    const account = accountOf(again, rowAt(row), explain, () => undefined);
    expect(account.base).toBeCloseTo(mean, 9);
    expect(account.said).toBe(logOdds(rowAt(row)));
    expect(account.off).toBeLessThan(1e-9);
  }
});

test("it names no lead, agent, team or word that is not Latchkey's own, and holds no single lead's chance", () => {
  const body = chanceBody(-2);
  const source = COLUMNS.find((column) => column.kind === "category");
  if (source?.kind !== "category") throw new Error("expected a category");
  const levels = [source.levels[0] as string, "Maya Torres said"];
  const model = {
    ...body.model,
    columns: [...body.model.columns, { ...source, levels }, { name: "gone", kind: "category", levels: ["a word"] }],
    note: "lead_ada",
  } as const;
  const quantiles = body.quantiles.map((_, at) => 0.123456 + at / 1_000);
  const file = of({ ...body, model, quantiles });
  expect(file).toMatchObject({ latchkey: "model", version: 1, kind: "chance", agents: 1, location: { n: 64, k: 136 } });
  expect(file.model.columns.slice(1)).toEqual([
    { ...source, levels: [levels[0], "level 2"] },
    { name: "gone", kind: "category", levels: ["level 1"] },
  ]);
  expect(JSON.stringify(file)).not.toMatch(/user_ada|lead_ada|Maya|a word|0\.123456|"data"|quantiles/);
  expect(of(churnBody(30))).toMatchObject({ kind: "churn", days: 30 });
});

test("what is no exported model of a version that is known is refused", () => {
  expect(() => modelIn("{")).toThrow("not JSON");
  expect(() => modelIn('{"latchkey":"model","version":2,"model":{}}')).toThrow("version 1");
  expect(() => modelIn('{"latchkey":"workflow","version":1}')).toThrow("version 1");
  expect(() => modelIn("null")).toThrow();
});
