// The audit on a public set (adult, census income; CC BY 4.0): who leaves columns out does not leave the trait out. The
// reference ratios, of another learner on the same rows: .32 with all columns, .38 without sex, race, age and country, .56
// without marital status and relationship too (female over male among the top quarter).

import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { foldOfRow } from "../learn/draws.ts";
import { learnLinear, linearLogOdds } from "../learn/logistic.ts";
import { auc } from "../learn/metrics.ts";
import type { Column, Table } from "../learn/model.ts";
import { ready } from "../learn/predict.ts";
import { boost, DEFAULTS } from "../learn/trees.ts";
import { impact, quantile } from "./impact.ts";
import { proxyTest } from "./proxies.ts";

const file = new URL("../../../../shared/data/adult/adult.csv.gz", import.meta.url);
const NUMBERS = ["age", "education-num", "capital-gain", "capital-loss", "hours-per-week"];
const PROTECTED = ["sex", "race", "age", "native-country"];
const LINKED = ["marital-status", "relationship"];

interface Adult {
  readonly columns: readonly Column[];
  readonly cells: readonly Float64Array[];
  readonly labels: Uint8Array;
  readonly sex: readonly string[];
}

function readAdult(): Adult {
  const [heading = "", ...lines] = gunzipSync(readFileSync(file)).toString("utf8").trim().split("\n");
  const names = heading.split(",").map((name) => name.trim());
  const rows = lines.map((line) => line.split(",").map((cell) => cell.trim()));
  const of = (name: string) => rows.map((row) => row[names.indexOf(name)] as string);
  const columns = names
    .filter((name) => name !== "fnlwgt" && name !== "income" && name !== "education")
    .map((name): Column => {
      if (NUMBERS.includes(name)) return { name, kind: "number" };
      return { name, kind: "category", levels: [...new Set(of(name))].filter((level) => level !== "?").sort() };
    });
  const cells = columns.map((column) =>
    Float64Array.from(of(column.name), (cell) => {
      if (column.kind === "number") return Number(cell);
      const level = column.levels.indexOf(cell);
      return level < 0 ? Number.NaN : level;
    }),
  );
  return { columns, cells, labels: Uint8Array.from(of("income"), (cell) => (cell === ">50K" ? 1 : 0)), sex: of("sex") };
}

/** Only these rows, and no column of these names. */
function part({ columns, cells, labels }: Adult, rows: readonly number[], without: readonly string[]): Table {
  const kept = columns.flatMap(({ name }, index) => (without.includes(name) ? [] : [index]));
  return {
    columns: kept.map((index) => columns[index] as Column),
    rows: rows.length,
    cells: kept.map((index) => Float64Array.from(rows, (row) => (cells[index] as Float64Array)[row] as number)),
    labels: Uint8Array.from(rows, (row) => labels[row] as number),
  };
}

test.runIf(existsSync(file))("female over male among the top quarter of adult is as the reference has it", () => {
  const adult = readAdult();
  const all = [...adult.labels.keys()];
  const [test_, learned] = [all.filter((row) => foldOfRow(row) === 0), all.filter((row) => foldOfRow(row) !== 0)];
  const groups = test_.map((row) => adult.sex[row] as string);
  const found = [[], PROTECTED, [...PROTECTED, ...LINKED]].map((without) => {
    const table = part(adult, learned, without);
    const trees = boost(
      table,
      { ...DEFAULTS, rounds: 300, leaves: 31, depth: 8, rate: 0.05, l2: 1, minLeaf: 20, columnShare: 1 },
      { seed: 1 },
    );
    if (trees === undefined) throw new Error("the training was cancelled");
    const asked = part(adult, test_, without);
    const { logOdds } = ready({
      format: 1,
      columns: table.columns,
      parts: [{ weight: 1, part: trees }],
      calibration: { kind: "none" },
      learned: { rows: table.rows, positives: 0, seed: 1 },
    });
    const told = Float64Array.from(test_, (_, row) => logOdds(asked.cells.map((cells) => cells[row] as number)));
    const from = quantile(Float64Array.from(told).sort(), 0.75);
    const people = groups.map((group, row) => ({ group, score: told[row] as number }));
    const { ratios } = impact(people, [{ name: "top quarter", from }]).cuts[0] as ReturnType<typeof impact>["cuts"][0];
    return { ratio: ratios[0], auc: auc(told, asked.labels) };
  });
  expect(found.every(({ auc: area }) => area > 0.85)).toBe(true);
  const [full, fewer, fewest] = found.map(({ ratio }) => ratio?.ratio?.value as number) as [number, number, number];
  for (const [ours, reference] of [
    [full, 0.32],
    [fewer, 0.38],
    [fewest, 0.56],
  ] as const) {
    expect(Math.abs(ours - reference)).toBeLessThan(0.02);
  }
  for (const { ratio } of found) expect(ratio).toMatchObject({ group: "Female", below: true, sure: true });
});

test.runIf(existsSync(file))("the columns that are left still tell the sex, and relationship most of all", () => {
  const adult = readAdult();
  const rows = [...adult.labels.keys()].filter((row) => foldOfRow(row) === 0);
  const table = part(adult, rows, PROTECTED);
  const groups = rows.map((row) => adult.sex[row] as string);
  const learner = (of: Table) => {
    const model = learnLinear(of, { seed: 1 });
    return (asked: Pick<Table, "cells" | "rows">) => linearLogOdds(model, asked);
  };
  const { together, columns } = proxyTest(table, groups, "Female", { learner, seed: 1 });
  expect(together?.verdict).toBe("stands in");
  expect(columns[0]).toMatchObject({ name: "relationship", verdict: "stands in" });
});
