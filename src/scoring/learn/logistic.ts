// Ridge logistic regression: what ranks leads best while there are few of them. Newton's method on rows held sparse:
// each column touches one weight per row, so the curvature costs rows * columns² / 2 whatever the number of levels.

import { dealtFolds, draws } from "./draws.ts";
import { type Ends, endsOf } from "./in-scale.ts";
import { lossOf } from "./metrics.ts";
import type { Linear, LinearTerm, Table } from "./model.ts";
import { sigmoid } from "./predict.ts";
import { solve } from "./solve.ts";
import { clamped, termOf } from "./term.ts";

export interface LogisticOptions {
  readonly seed: number;
  /** Of each column of all rows, where these are some of them. Absent: of these. */
  readonly ends?: readonly Ends[];
  /** Precision of the weights about 0 (numbers in standard deviations). Absent: chosen by `ridgeFor`. */
  readonly ridge?: number;
}

/** Levels that get a weight of their own, over all columns, the most frequent first; a rarer one weighs 0, as ridge nearly has it. */
const MOST_LEVELS = 200;
const LEAST_ROWS = 3;
const RIDGES: readonly number[] = [0.3, 1, 3, 10, 30, 100, 300];
/** Rows on which the ridge is chosen: a precision does not depend on how many rows there are. */
const RIDGE_ROWS = 4_000;

/** Both classes must be there; `learn` sees to it. */
export function learnLinear(table: Table, { seed, ridge, ends = endsOf(table) }: LogisticOptions): Linear {
  const design = designOf(table, ends);
  const all = Int32Array.from({ length: table.rows }, (_, row) => row);
  const precision = ridge ?? ridgeFor(design, table, seed);
  return linearOf(design, minimum(design, table, all, precision));
}

/**
 * Log-odds of each row under the model.
 * @param columns of the table, as they were when it was trained
 */
export function linearLogOdds(model: Linear, table: Pick<Table, "cells" | "rows">): Float64Array {
  const result = new Float64Array(table.rows).fill(model.intercept);
  for (const [column, term] of model.terms.entries()) {
    const cells = table.cells[column] as Float64Array;
    for (let row = 0; row < table.rows; row += 1)
      result[row] = (result[row] as number) + termOf(term, cells[row] as number);
  }
  return result;
}

interface Design {
  readonly width: number;
  /** `[row * columns + column]`: which weight the cell touches (-1: none), and by how much. */
  readonly index: Int32Array;
  readonly value: Float64Array;
  readonly places: readonly Place[];
}

/** Where a column's weights are in the vector. -1: it has none. */
type Place =
  | {
      readonly kind: "number";
      readonly weight: number;
      readonly missing: number;
      readonly mean: number;
      readonly scale: number;
      readonly missingShare: number;
      readonly within?: readonly [low: number, high: number];
    }
  | {
      readonly kind: "category";
      readonly levels: readonly number[];
      readonly missing: number;
      readonly shares: readonly number[];
    };

function designOf(table: Table, ends: readonly Ends[]): Design {
  let width = 0;
  const kept = frequentLevels(table);
  const all = table.cells.map((cells, at) => heldIn(cells, ends[at]));
  const places = table.columns.map((column, at): Place => {
    const cells = all[at] as Float64Array;
    const within = ends[at];
    if (column.kind === "number") {
      const { mean, scale, missingShare } = momentsOf(cells, table.weights);
      const weight = scale === 0 ? -1 : width++;
      const missing = missingShare > 0 && missingShare < 1 ? width++ : -1;
      const moments = { mean, scale: scale === 0 ? 1 : scale, missingShare };
      return { kind: "number", weight, missing, ...moments, ...(within === undefined ? {} : { within }) };
    }
    const shares = sharesOf(cells, column.levels.length, table.weights);
    const levels = column.levels.map((_, level) => (kept.has(`${at} ${level}`) ? width++ : -1));
    const unknown = shares.at(-1) as number;
    return { kind: "category", levels, missing: unknown > 0 && unknown < 1 ? width++ : -1, shares };
  });
  const columns = table.columns.length;
  const index = new Int32Array(table.rows * columns).fill(-1);
  const value = new Float64Array(table.rows * columns);
  for (const [column, place] of places.entries()) {
    const cells = all[column] as Float64Array;
    for (let row = 0; row < table.rows; row += 1) {
      const cell = cells[row] as number;
      const at = row * columns + column;
      if (Number.isNaN(cell)) {
        index[at] = place.missing;
        value[at] = 1;
      } else if (place.kind === "number") {
        index[at] = place.weight;
        value[at] = (cell - place.mean) / place.scale;
      } else {
        index[at] = place.levels[cell] ?? -1;
        value[at] = 1;
      }
    }
  }
  return { width, index, value, places };
}

const heldIn = (cells: Float64Array, ends: Ends): Float64Array =>
  ends === undefined ? cells : cells.map((cell) => clamped(cell, ...ends));

/** "column level" of those that get a weight. */
function frequentLevels(table: Table): ReadonlySet<string> {
  const found: { readonly key: string; readonly n: number }[] = [];
  for (const [at, column] of table.columns.entries()) {
    if (column.kind === "number") continue;
    const counts = new Float64Array(column.levels.length);
    for (const cell of table.cells[at] as Float64Array)
      if (cell < counts.length) counts[cell] = (counts[cell] as number) + 1;
    // a level that every row has says nothing
    for (const [level, n] of counts.entries())
      if (n >= LEAST_ROWS && n < table.rows) found.push({ key: `${at} ${level}`, n });
  }
  found.sort((a, b) => b.n - a.n);
  return new Set(found.slice(0, MOST_LEVELS).map(({ key }) => key));
}

/** Scale 0: it never varies. */
function momentsOf(cells: Float64Array, weights: Float64Array | undefined) {
  let [whole, missing, sum] = [0, 0, 0];
  for (const [row, cell] of cells.entries()) {
    const weight = weights?.[row] ?? 1;
    whole += weight;
    if (Number.isNaN(cell)) missing += weight;
    else sum += weight * cell;
  }
  const known = whole - missing;
  const mean = missing === whole ? 0 : sum / known;
  let squares = 0;
  for (const [row, cell] of cells.entries())
    if (!Number.isNaN(cell)) squares += (weights?.[row] ?? 1) * (cell - mean) ** 2;
  const scale = missing === whole ? 0 : Math.sqrt(squares / known);
  // what rounding alone makes of equal values is no variation
  return { mean, scale: scale <= 1e-12 * Math.abs(mean) ? 0 : scale, missingShare: missing / whole };
}

function sharesOf(cells: Float64Array, levels: number, weights: Float64Array | undefined): number[] {
  const shares = new Array<number>(levels + 1).fill(0);
  let whole = 0;
  for (const [row, cell] of cells.entries()) {
    const weight = weights?.[row] ?? 1;
    const level = Number.isNaN(cell) ? levels : Math.min(cell, levels);
    shares[level] = (shares[level] as number) + weight;
    whole += weight;
  }
  return shares.map((share) => share / whole);
}

const STEPS = 50;
const STILL = 1e-9;

/** The weights, the intercept last. The objective is convex: halved Newton steps end at its one minimum. */
function minimum(design: Design, table: Table, rows: Int32Array, ridge: number, start?: Float64Array): Float64Array {
  const size = design.width + 1;
  let weights: Float64Array = start ?? rateOnly(table, rows, size);
  let best = objective(design, table, rows, ridge, weights);
  for (let step = 0; step < STEPS; step += 1) {
    const { gradient, curvature } = slopes(design, table, rows, ridge, weights);
    const move = solve(curvature, gradient, size);
    let part = 1;
    let next = moved(weights, move, part);
    let value = objective(design, table, rows, ridge, next);
    while (!(value <= best) && part > 1e-4) {
      part /= 2;
      next = moved(weights, move, part);
      value = objective(design, table, rows, ridge, next);
    }
    if (!(value <= best)) break;
    const gained = best - value;
    weights = next;
    best = value;
    if (gained <= STILL * (Math.abs(best) + 1e-3)) break;
  }
  return weights;
}

/** A start at which the rate is right. */
function rateOnly(table: Table, rows: Int32Array, size: number): Float64Array {
  let [came, whole] = [0.5, 1];
  for (const row of rows) {
    const weight = table.weights?.[row] ?? 1;
    came += weight * (table.labels[row] as number);
    whole += weight;
  }
  const weights = new Float64Array(size);
  weights[size - 1] = Math.log(came / (whole - came));
  return weights;
}

const moved = (from: Float64Array, by: Float64Array, part: number): Float64Array =>
  from.map((weight, at) => weight - part * (by[at] as number));

function logOddsAt(design: Design, row: number, weights: Float64Array): number {
  const columns = design.places.length;
  let sum = weights[design.width] as number;
  for (let at = row * columns; at < (row + 1) * columns; at += 1) {
    const index = design.index[at] as number;
    if (index >= 0) sum += (weights[index] as number) * (design.value[at] as number);
  }
  return sum;
}

function objective(design: Design, table: Table, rows: Int32Array, ridge: number, weights: Float64Array): number {
  let sum = 0;
  for (const row of rows) {
    const z = logOddsAt(design, row, weights);
    const loss = Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - (table.labels[row] as number) * z;
    sum += (table.weights?.[row] ?? 1) * loss;
  }
  for (let at = 0; at < design.width; at += 1) sum += (ridge * (weights[at] as number) ** 2) / 2;
  return sum;
}

/** Gradient and curvature (lower half, row by row) of the objective. The intercept is not shrunk. */
function slopes(design: Design, table: Table, rows: Int32Array, ridge: number, weights: Float64Array) {
  const { width, index, value } = design;
  const columns = design.places.length;
  const size = width + 1;
  const gradient = new Float64Array(size);
  const curvature = new Float64Array(size * size);
  const last = width * size;
  for (const row of rows) {
    const p = sigmoid(logOddsAt(design, row, weights));
    const weight = table.weights?.[row] ?? 1;
    const off = weight * (p - (table.labels[row] as number));
    const bend = Math.max(1e-12, weight * p * (1 - p));
    gradient[width] = (gradient[width] as number) + off;
    curvature[last + width] = (curvature[last + width] as number) + bend;
    const end = (row + 1) * columns;
    for (let a = row * columns; a < end; a += 1) {
      const i = index[a] as number;
      if (i < 0) continue;
      const x = value[a] as number;
      gradient[i] = (gradient[i] as number) + off * x;
      curvature[last + i] = (curvature[last + i] as number) + bend * x;
      const bx = bend * x;
      // places rise from column to column, so this stays in the lower half
      for (let b = row * columns; b <= a; b += 1) {
        const j = index[b] as number;
        if (j >= 0) curvature[i * size + j] = (curvature[i * size + j] as number) + bx * (value[b] as number);
      }
    }
  }
  for (let at = 0; at < width; at += 1) {
    gradient[at] = (gradient[at] as number) + ridge * (weights[at] as number);
    curvature[at * size + at] = (curvature[at * size + at] as number) + ridge;
  }
  return { gradient, curvature };
}

/** The ridge with the least loss on rows left out, five ways; a tie goes to the stronger. */
function ridgeFor(design: Design, table: Table, seed: number): number {
  const rows = sample(table.rows, RIDGE_ROWS, seed);
  const labels = Uint8Array.from(rows, (row) => table.labels[row] as number);
  const groups = table.lead && Int32Array.from(rows, (row) => table.lead?.[row] as number);
  const folds = dealtFolds(labels, { folds: 5, seed, groups });
  const losses = new Float64Array(RIDGES.length);
  for (let fold = 0; fold < 5; fold += 1) {
    const inside = rows.filter((_, at) => folds[at] !== fold);
    const outside = rows.filter((_, at) => folds[at] === fold);
    let weights: Float64Array | undefined;
    for (let at = RIDGES.length - 1; at >= 0; at -= 1) {
      weights = minimum(design, table, inside, RIDGES[at] as number, weights);
      for (const row of outside) {
        const loss = lossOf(sigmoid(logOddsAt(design, row, weights)), table.labels[row] as number);
        losses[at] = (losses[at] as number) + (table.weights?.[row] ?? 1) * loss;
      }
    }
  }
  let best = RIDGES.length - 1;
  for (let at = RIDGES.length - 1; at >= 0; at -= 1) if ((losses[at] as number) < (losses[best] as number)) best = at;
  return RIDGES[best] as number;
}

/** At most `most` of the rows 0 … n-1, in order. */
function sample(n: number, most: number, seed: number): Int32Array {
  const next = draws(seed);
  const taken: number[] = [];
  for (let row = 0; row < n; row += 1) if (n <= most || next() < most / n) taken.push(row);
  return Int32Array.from(taken);
}

function linearOf(design: Design, weights: Float64Array): Linear {
  const at = (index: number): number => (index < 0 ? 0 : (weights[index] as number));
  const terms = design.places.map((place): LinearTerm => {
    if (place.kind === "number")
      return {
        kind: "number",
        mean: place.mean,
        scale: place.scale,
        weight: at(place.weight),
        missing: at(place.missing),
        missingShare: place.missingShare,
        ...(place.within === undefined ? {} : { within: place.within }),
      };
    return { kind: "category", levels: place.levels.map(at), missing: at(place.missing), shares: place.shares };
  });
  return { kind: "linear", intercept: weights[design.width] as number, terms };
}
