// What a node's rows add up to, by column and bin: the only thing a split is searched in.

import type { Binned } from "./bins.ts";

/** Per bin, side by side: gradient, curvature, weight. */
export const PER_BIN = 3;

/** Where each column's bins begin in a histogram, missing included; one more than there are columns: the length. */
export function layoutOf({ columns }: Binned): Int32Array {
  const starts = new Int32Array(columns.length + 1);
  for (const [index, { bins }] of columns.entries()) starts[index + 1] = starts[index]! + (bins + 1) * PER_BIN;
  return starts;
}

/** First and second derivative of the loss per row, times its weight; and the weights, absent: all 1. */
export interface Slopes {
  readonly gradient: Float64Array;
  readonly curvature: Float64Array;
  readonly weights: Float64Array | undefined;
}

/** A node's slopes in the order of its rows, kept between nodes so that nothing is allocated. */
export interface Gathered {
  readonly gradient: Float64Array;
  readonly curvature: Float64Array;
  readonly weight: Float64Array;
}

export function gatheredFor(rows: number): Gathered {
  return {
    gradient: new Float64Array(rows),
    curvature: new Float64Array(rows),
    weight: new Float64Array(rows).fill(1),
  };
}

/** Adds the rows up anew. Columns go two by two: half the reading of slopes, and sums that need not wait for each other. */
export function fill(
  histogram: Float64Array,
  { codes }: Binned,
  starts: Int32Array,
  chosen: Int32Array,
  rows: Int32Array,
  slopes: Slopes,
  gathered: Gathered,
): void {
  histogram.fill(0);
  gather(rows, slopes, gathered);
  let index = 0;
  for (; index + 1 < chosen.length; index += 2) {
    const one = chosen[index]!;
    const other = chosen[index + 1]!;
    addTwo(histogram, codes[one]!, starts[one]!, codes[other]!, starts[other]!, rows, gathered);
  }
  if (index < chosen.length) addOne(histogram, codes[chosen[index]!]!, starts[chosen[index]!]!, rows, gathered);
}

/** One child's histogram, from its parent's and its sibling's; `parent` becomes it. */
export function subtract(parent: Float64Array, sibling: Float64Array): void {
  for (let index = 0; index < parent.length; index += 1) parent[index] = parent[index]! - sibling[index]!;
}

function gather(rows: Int32Array, { gradient, curvature, weights }: Slopes, into: Gathered): void {
  const g = into.gradient;
  const h = into.curvature;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index]!;
    g[index] = gradient[row]!;
    h[index] = curvature[row]!;
  }
  if (weights === undefined) return;
  for (let index = 0; index < rows.length; index += 1) into.weight[index] = weights[rows[index]!]!;
}

function addOne(into: Float64Array, codes: Uint8Array, start: number, rows: Int32Array, from: Gathered): void {
  const { gradient, curvature, weight } = from;
  for (let index = 0; index < rows.length; index += 1) {
    const at = start + PER_BIN * codes[rows[index]!]!;
    into[at] = into[at]! + gradient[index]!;
    into[at + 1] = into[at + 1]! + curvature[index]!;
    into[at + 2] = into[at + 2]! + weight[index]!;
  }
}

function addTwo(
  into: Float64Array,
  codesA: Uint8Array,
  startA: number,
  codesB: Uint8Array,
  startB: number,
  rows: Int32Array,
  from: Gathered,
): void {
  const { gradient, curvature, weight } = from;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index]!;
    const g = gradient[index]!;
    const h = curvature[index]!;
    const w = weight[index]!;
    const a = startA + PER_BIN * codesA[row]!;
    into[a] = into[a]! + g;
    into[a + 1] = into[a + 1]! + h;
    into[a + 2] = into[a + 2]! + w;
    const b = startB + PER_BIN * codesB[row]!;
    into[b] = into[b]! + g;
    into[b + 1] = into[b + 1]! + h;
    into[b + 2] = into[b + 2]! + w;
  }
}
