// Whether what a model reads tells a protected trait: by columns alone and together, on rows that had no part in learning.

import { dealtFolds } from "../learn/draws.ts";
import { aucInterval, type Interval } from "../learn/intervals.ts";
import type { Column, Table } from "../learn/model.ts";
import { FEWEST } from "./impact.ts";

/** From here on columns stand in for a trait. Ours: no authority names a figure. */
export const PROXY_FROM = 0.6;

/** So many columns of a group are shown, and changed where only all together tell it. */
export const STRONGEST = 10;

export interface Told {
  /** How well the trait is told: .5 not at all, 1 surely. */
  readonly auc: Interval;
  /** `unclear`: the interval has the bar in it. */
  readonly verdict: "stands in" | "unclear" | "does not";
}

export interface ProxyTest {
  readonly group: string;
  readonly n: number;
  /** How many of them are of the group. */
  readonly members: number;
  /** All columns together; absent: too few of the group, or of the others. */
  readonly together?: Told;
  /** Each alone, strongest first. */
  readonly columns: readonly (Told & { readonly name: string })[];
}

/** Learns the labels of a table; what comes back tells the log-odds of rows. */
export type Learner = (table: Table) => (rows: Pick<Table, "cells" | "rows">) => ArrayLike<number>;

/** Audit rows: as a model's table, without labels. */
export interface AuditRows {
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly cells: readonly Float64Array[];
}

const FOLDS = 5;

export function proxyTest(
  audited: AuditRows,
  groups: readonly string[],
  group: string,
  { learner, seed }: { readonly learner: Learner; readonly seed: number },
): ProxyTest {
  const labels = Uint8Array.from(groups, (one) => (one === group ? 1 : 0));
  const members = labels.reduce((sum, label) => sum + label, 0);
  const found = { group, n: audited.rows, members };
  if (members < FEWEST || audited.rows - members < FEWEST) return { ...found, columns: [] };
  const folds = dealtFolds(labels, { folds: FOLDS, seed });
  const columns = audited.columns
    .map((column, index) => ({
      name: column.name,
      ...judged(alone(column, audited.cells[index] as Float64Array, labels, folds), labels),
    }))
    .sort((a, b) => b.auc.value - a.auc.value || (a.name < b.name ? -1 : 1));
  return { ...found, together: judged(together(audited, labels, folds, learner), labels), columns };
}

function judged(told: ArrayLike<number>, labels: Uint8Array): Told {
  const auc = aucInterval(told, labels);
  return { auc, verdict: auc.low > PROXY_FROM ? "stands in" : auc.high < PROXY_FROM ? "does not" : "unclear" };
}

function together(audited: AuditRows, labels: Uint8Array, folds: Uint8Array, learner: Learner): Float64Array {
  const told = new Float64Array(audited.rows);
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const [learned, asked] = [[] as number[], [] as number[]];
    for (let row = 0; row < audited.rows; row += 1) (folds[row] === fold ? asked : learned).push(row);
    const pick = (rows: readonly number[]) => ({
      rows: rows.length,
      cells: audited.cells.map((cells) => Float64Array.from(rows, (row) => cells[row] as number)),
    });
    const tell = learner({
      ...pick(learned),
      columns: audited.columns,
      labels: Uint8Array.from(learned, (row) => labels[row] as number),
    });
    const answers = tell(pick(asked));
    asked.forEach((row, index) => {
      told[row] = answers[index] as number;
    });
  }
  return told;
}

/** Ten bins of a number, by the rows learned from; the levels of a category; missing is a bin of its own. */
const BINS = 10;
/** A bin starts with this many rows of the overall share, so that an empty one says nothing. */
const PRIOR = 5;

/** The share of the group in a row's bin, as the other folds have it. */
function alone(column: Column, cells: Float64Array, labels: Uint8Array, folds: Uint8Array): Float64Array {
  const told = new Float64Array(cells.length);
  const levels = column.kind === "category" ? column.levels.length : BINS;
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const edges = column.kind === "category" ? undefined : edgesOf(cells, folds, fold);
    const bin = (cell: number) => (Number.isNaN(cell) ? levels : edges === undefined ? cell : above(edges, cell));
    const [seen, came] = [new Float64Array(levels + 1), new Float64Array(levels + 1)];
    let [n, sum] = [0, 0];
    for (let row = 0; row < cells.length; row += 1) {
      if (folds[row] === fold) continue;
      const at = bin(cells[row] as number);
      seen[at] = (seen[at] as number) + 1;
      came[at] = (came[at] as number) + (labels[row] as number);
      n += 1;
      sum += labels[row] as number;
    }
    for (let row = 0; row < cells.length; row += 1) {
      if (folds[row] !== fold) continue;
      const at = bin(cells[row] as number);
      told[row] = ((came[at] as number) + PRIOR * (sum / n)) / ((seen[at] as number) + PRIOR);
    }
  }
  return told;
}

function edgesOf(cells: Float64Array, folds: Uint8Array, fold: number): readonly number[] {
  const known = cells.filter((cell, row) => folds[row] !== fold && !Number.isNaN(cell)).sort();
  const edges = Array.from({ length: BINS - 1 }, (_, index) =>
    known.length === 0 ? 0 : (known[Math.floor(((index + 1) / BINS) * known.length)] as number),
  );
  return [...new Set(edges)];
}

const above = (edges: readonly number[], cell: number): number => {
  let bin = 0;
  while (bin < edges.length && cell >= (edges[bin] as number)) bin += 1;
  return bin;
};
