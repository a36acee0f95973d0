// Every column as small whole numbers, so that a split is searched among at most 255 places instead of every value.
// A number's bin is a range of values, a category's a level; rare levels share one bin, and missing has the last.

import { draws } from "./draws.ts";
import type { Table } from "./model.ts";
import { isLevel } from "./table.ts";

/** Bins of values; a further one holds what is missing. */
export const MAX_BINS = 255;
/** Where to cut a column is read off so many of its rows at most. */
const SAMPLE_ROWS = 200_000;

export interface NumberBins {
  readonly kind: "number";
  readonly monotone: -1 | 0 | 1;
  /** How many bins hold values; missing is bin number `bins`. */
  readonly bins: number;
  readonly missing: boolean;
  /** Bin b holds what is above `cuts[b - 1]` and at most `cuts[b]`; one fewer than there are bins. */
  readonly cuts: Float64Array;
}

export interface CategoryBins {
  readonly kind: "category";
  readonly bins: number;
  readonly missing: boolean;
  /** The level of each bin, -1 for the bin of all rare ones. */
  readonly levels: Int32Array;
  /** The bin of all rare or unseen levels; -1 where every level has its own. */
  readonly rest: number;
}

export type ColumnBins = NumberBins | CategoryBins;

export interface Binned {
  readonly rows: number;
  readonly columns: readonly ColumnBins[];
  /** `codes[column][row]`: its bin. */
  readonly codes: readonly Uint8Array[];
}

/**
 * @param levelWeight a level that weighs less than this in all rows together shares the bin of the rare
 */
export function binned(table: Table, levelWeight: number, maxBins = MAX_BINS): Binned {
  const columns: ColumnBins[] = [];
  const codes: Uint8Array[] = [];
  for (const [index, column] of table.columns.entries()) {
    const cells = table.cells[index]!;
    if (column.kind === "number") {
      const cuts = cutsOf(cells, maxBins);
      const { code, missing } = numberCodes(cells, cuts);
      columns.push({ kind: "number", monotone: column.monotone ?? 0, bins: cuts.length + 1, missing, cuts });
      codes.push(code);
    } else {
      const { bins, code } = categoryCodes(cells, column.levels.length, table.weights, levelWeight, maxBins);
      columns.push(bins);
      codes.push(code);
    }
  }
  return { rows: table.rows, columns, codes };
}

/** Where a cell of a number goes. */
export function binOf(value: number, cuts: Float64Array): number {
  if (Number.isNaN(value)) return cuts.length + 1;
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= cuts[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Between each two neighboring values while they are few, else where equal shares of the rows end. */
export function cutsOf(cells: Float64Array, maxBins = MAX_BINS): Float64Array {
  const sorted = sampled(cells).sort();
  const values: number[] = [];
  const ends: number[] = []; // how many cells are at most the value
  for (let index = 0; index < sorted.length; index += 1) {
    const value = sorted[index]!;
    if (values.length === 0 || value !== values[values.length - 1]) {
      values.push(value);
      ends.push(index + 1);
    } else ends[ends.length - 1] = index + 1;
  }
  const cuts: number[] = [];
  if (values.length <= maxBins) {
    for (let index = 0; index + 1 < values.length; index += 1) cuts.push(between(values[index]!, values[index + 1]!));
    return Float64Array.from(cuts);
  }
  // A value that fills a bin alone takes its share with it; what is left is shared out anew.
  let begun = 0;
  for (let index = 0; index + 1 < values.length && cuts.length + 1 < maxBins; index += 1) {
    const share = (sorted.length - begun) / (maxBins - cuts.length);
    if (ends[index]! - begun >= share) {
      cuts.push(between(values[index]!, values[index + 1]!));
      begun = ends[index]!;
    }
  }
  return Float64Array.from(cuts);
}

/** A number that the lower is at most and the higher is above; finite also where they are not. */
function between(lower: number, higher: number): number {
  if (lower === -Infinity) return -Number.MAX_VALUE;
  const middle = lower + (higher - lower) / 2;
  return middle >= lower && middle < higher && Number.isFinite(middle) ? middle : lower;
}

function sampled(cells: Float64Array): Float64Array {
  const kept = new Float64Array(Math.min(cells.length, SAMPLE_ROWS));
  const next = draws(cells.length);
  let length = 0;
  for (let index = 0, left = cells.length; index < cells.length; index += 1, left -= 1) {
    const wanted = SAMPLE_ROWS - length;
    if (left > wanted && next() * left >= wanted) continue;
    const value = cells[index]!;
    if (!Number.isNaN(value)) kept[length++] = value;
  }
  return kept.subarray(0, length);
}

function numberCodes(cells: Float64Array, cuts: Float64Array): { code: Uint8Array; missing: boolean } {
  const code = new Uint8Array(cells.length);
  let missing = false;
  for (let row = 0; row < cells.length; row += 1) {
    const value = cells[row]!;
    code[row] = binOf(value, cuts);
    if (Number.isNaN(value)) missing = true;
  }
  return { code, missing };
}

function categoryCodes(
  cells: Float64Array,
  levelCount: number,
  weights: Float64Array | undefined,
  levelWeight: number,
  maxBins: number,
): { bins: CategoryBins; code: Uint8Array } {
  const weightOf = new Float64Array(levelCount);
  for (let row = 0; row < cells.length; row += 1) {
    const level = cells[row]!;
    if (isLevel(level, levelCount)) weightOf[level] = weightOf[level]! + (weights?.[row] ?? 1);
  }
  const common = Array.from(weightOf.keys()).filter((level) => weightOf[level]! > 0 && weightOf[level]! >= levelWeight);
  common.sort((a, b) => weightOf[b]! - weightOf[a]! || a - b);
  const own = common.slice(0, common.length === levelCount && levelCount <= maxBins ? maxBins : maxBins - 1);
  own.sort((a, b) => a - b);
  const rest = own.length < levelCount ? own.length : -1;
  const levels = Int32Array.from(rest < 0 ? own : [...own, -1]);
  const missingBin = levels.length;
  const binOfLevel = new Uint8Array(levelCount).fill(Math.max(rest, 0));
  for (const [bin, level] of own.entries()) binOfLevel[level] = bin;
  const code = new Uint8Array(cells.length);
  let missing = false;
  for (let row = 0; row < cells.length; row += 1) {
    const level = cells[row]!;
    const known = isLevel(level, levelCount);
    code[row] = known ? binOfLevel[level]! : missingBin;
    if (!known) missing = true;
  }
  return { bins: { kind: "category", bins: levels.length, missing, levels, rest }, code };
}
