// What a node's rows add up to, by column and bin: the only thing a split is searched in.

import type { Binned } from "./bins.ts";
import { type Bundle, bundlesOf } from "./bundles.ts";

/** Per bin, side by side: gradient, curvature, weight. */
export const PER_BIN = 3;
/** With fewer rows than this for each combination of a bundle, its columns are added up one by one. */
const ROWS_PER_CELL = 2;

/** First and second derivative of the loss per row, times its weight; and the weights, absent: all 1. */
export interface Slopes {
  readonly gradient: Float64Array;
  readonly curvature: Float64Array;
  readonly weights: Float64Array | undefined;
}

/** What adding up needs, made once for all nodes of all trees. */
export interface Sheet {
  readonly binned: Binned;
  /** Where each column's bins begin in a histogram, missing included; one more than there are columns: the length. */
  readonly starts: Int32Array;
  readonly bundles: readonly Bundle[];
  /** The sums of each bundle's combinations. */
  readonly combined: readonly Float64Array[];
  /** A node's slopes in the order of its rows. */
  readonly gradient: Float64Array;
  readonly curvature: Float64Array;
  readonly weight: Float64Array;
}

export function sheetFor(binned: Binned): Sheet {
  const starts = new Int32Array(binned.columns.length + 1);
  for (const [index, { bins }] of binned.columns.entries()) starts[index + 1] = starts[index]! + (bins + 1) * PER_BIN;
  const bundles = bundlesOf(binned);
  return {
    binned,
    starts,
    bundles,
    combined: bundles.map(({ cells }) => new Float64Array(cells * PER_BIN)),
    gradient: new Float64Array(binned.rows),
    curvature: new Float64Array(binned.rows),
    weight: new Float64Array(binned.rows).fill(1),
  };
}

/** Where the sums of one pass go. */
interface Sink {
  readonly codes: Uint8Array;
  readonly into: Float64Array;
  readonly start: number;
}

/** The sums of rows anew, for the chosen columns; the others' are left at 0. */
export function fill(
  histogram: Float64Array,
  sheet: Sheet,
  chosen: Int32Array,
  rows: Int32Array,
  slopes: Slopes,
): void {
  histogram.fill(0);
  gather(rows, slopes, sheet);
  const alone = new Set(chosen);
  const sinks: Sink[] = [];
  const parts: { bundle: Bundle; members: number[]; sums: Float64Array }[] = [];
  for (const [index, bundle] of sheet.bundles.entries()) {
    if (rows.length < ROWS_PER_CELL * bundle.cells) continue;
    const members = [...bundle.columns.keys()].filter((member) => alone.has(bundle.columns[member]!));
    if (members.length < 2) continue;
    for (const column of bundle.columns) alone.delete(column);
    const sums = sheet.combined[index]!.fill(0);
    sinks.push({ codes: bundle.codes, into: sums, start: 0 });
    parts.push({ bundle, members, sums });
  }
  for (const column of alone) {
    sinks.push({ codes: sheet.binned.codes[column]!, into: histogram, start: sheet.starts[column]! });
  }
  // Two by two: half the reading of slopes, and sums that need not wait for each other.
  for (let index = 0; index + 1 < sinks.length; index += 2) addTwo(sinks[index]!, sinks[index + 1]!, rows, sheet);
  if (sinks.length % 2 === 1) addOne(sinks[sinks.length - 1]!, rows, sheet);
  for (const { bundle, members, sums } of parts) {
    for (const member of members) {
      takeApart(histogram, sheet.starts[bundle.columns[member]!]!, bundle.bins[member]!, sums);
    }
  }
}

/** One child's histogram, from its parent's and its sibling's; `parent` becomes it. */
export function subtract(parent: Float64Array, sibling: Float64Array): void {
  for (let index = 0; index < parent.length; index += 1) parent[index] = parent[index]! - sibling[index]!;
}

function gather(rows: Int32Array, { gradient, curvature, weights }: Slopes, into: Sheet): void {
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

function addOne({ codes, into, start }: Sink, rows: Int32Array, { gradient, curvature, weight }: Sheet): void {
  for (let index = 0; index < rows.length; index += 1) {
    const at = start + PER_BIN * codes[rows[index]!]!;
    into[at] = into[at]! + gradient[index]!;
    into[at + 1] = into[at + 1]! + curvature[index]!;
    into[at + 2] = into[at + 2]! + weight[index]!;
  }
}

function addTwo(one: Sink, two: Sink, rows: Int32Array, { gradient, curvature, weight }: Sheet): void {
  const { codes: codesA, into: intoA, start: startA } = one;
  const { codes: codesB, into: intoB, start: startB } = two;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index]!;
    const g = gradient[index]!;
    const h = curvature[index]!;
    const w = weight[index]!;
    const a = startA + PER_BIN * codesA[row]!;
    intoA[a] = intoA[a]! + g;
    intoA[a + 1] = intoA[a + 1]! + h;
    intoA[a + 2] = intoA[a + 2]! + w;
    const b = startB + PER_BIN * codesB[row]!;
    intoB[b] = intoB[b]! + g;
    intoB[b + 1] = intoB[b + 1]! + h;
    intoB[b + 2] = intoB[b + 2]! + w;
  }
}

/** Of the sums by combination, one column's. */
function takeApart(histogram: Float64Array, start: number, bins: Uint8Array, sums: Float64Array): void {
  for (let cell = 0; cell < bins.length; cell += 1) {
    const from = PER_BIN * cell;
    const at = start + PER_BIN * bins[cell]!;
    histogram[at] = histogram[at]! + sums[from]!;
    histogram[at + 1] = histogram[at + 1]! + sums[from + 1]!;
    histogram[at + 2] = histogram[at + 2]! + sums[from + 2]!;
  }
}
