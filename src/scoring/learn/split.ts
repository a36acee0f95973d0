// The best place to part a node's rows in two. Gain is the fall of the loss's second-order approximation, L2 included.

import type { Binned, CategoryBins, ColumnBins, NumberBins } from "./bins.ts";
import { PER_BIN } from "./histogram.ts";

export interface Sums {
  readonly gradient: number;
  readonly curvature: number;
  readonly weight: number;
}

/** What a leaf may add at least and at most: a monotone column above it parted the two. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

export const UNBOUNDED: Bounds = { lower: -Infinity, upper: Infinity };

export interface SplitRules {
  /** Weight each side must have. */
  readonly minLeaf: number;
  /** Never 0: rows that are predicted to the last digit have no curvature left to divide by. */
  readonly l2: number;
  /** Weight of rows below which the levels of a category are taken as one. */
  readonly levelWeight: number;
  /** Curvature added to a level before levels are put in order: draws what was seen little to the middle. */
  readonly levelSmoothing: number;
  /** Added to `l2` where a category parts the rows: the freedom of choosing levels costs something. */
  readonly levelL2: number;
}

export interface Split {
  readonly gain: number;
  readonly column: number;
  /** Of a number: the last bin that goes left; -1 for a category. */
  readonly lastBin: number;
  /** Of a category: the bins that go left. */
  readonly leftBins: readonly number[];
  readonly missingLeft: boolean;
  readonly left: Sums;
}

const MIN_GAIN = 1e-9;
/** One gain is more than another only by so much: of equal splits the first is taken, whatever rounding says. */
export const MORE = 1 + 1e-9;
/** In log-odds: where a few heavy rows were wholly misjudged, the second-order step would go beyond all sense. */
const MAX_STEP = 20;
/** What remains of a weight when equal sums were subtracted. */
const NO_WEIGHT = 1e-9;

/** The value of a leaf that lowers the loss most within its bounds; none goes further than MAX_STEP at once. */
export function leafValue({ gradient, curvature }: Sums, l2: number, { lower, upper }: Bounds): number {
  const value = -gradient / (curvature + l2);
  return within(within(value, -MAX_STEP, MAX_STEP), lower, upper);
}

interface Search {
  readonly histogram: Float64Array;
  readonly total: Sums;
  readonly bounds: Bounds;
  readonly rules: SplitRules;
  /** Loss of the node unsplit. */
  readonly unsplit: number;
  readonly scratch: Scratch;
}

/** Where levels are put in order; one for all searches, so that nothing is allocated. */
export interface Scratch {
  /** A category's bins, in the order of their values. */
  readonly own: Uint8Array;
  readonly order: Float64Array;
  /** The bins that go left by the best split so far. */
  readonly best: Uint8Array;
}

export const scratch = (): Scratch => ({
  own: new Uint8Array(256),
  order: new Float64Array(256),
  best: new Uint8Array(256),
});

/** A search's answer before it is written out. */
interface Found {
  gain: number;
  column: number;
  lastBin: number;
  missingLeft: boolean;
  /** How many of the scratch's best bins. */
  levels: number;
  gradient: number;
  curvature: number;
  weight: number;
}

/** @returns undefined where no split of the chosen columns lowers the loss */
export function bestSplit(
  histogram: Float64Array,
  binned: Binned,
  starts: Int32Array,
  chosen: Int32Array,
  total: Sums,
  bounds: Bounds,
  rules: SplitRules,
  scratch: Scratch,
): Split | undefined {
  const unsplit = lossOf(total.gradient, total.curvature, rules.l2, bounds.lower, bounds.upper);
  const search: Search = { histogram, total, bounds, rules, unsplit, scratch };
  const found: Found = {
    gain: MIN_GAIN,
    column: -1,
    lastBin: -1,
    missingLeft: false,
    levels: 0,
    gradient: 0,
    curvature: 0,
    weight: 0,
  };
  for (let index = 0; index < chosen.length; index += 1) {
    const column = chosen[index]!;
    const bins = binned.columns[column]!;
    if (bins.kind === "number") searchNumber(search, found, column, starts[column]!, bins);
    else searchCategory(search, found, column, starts[column]!, bins);
  }
  if (found.column < 0) return undefined;
  return written(found, search, binned.columns[found.column]!, starts[found.column]!);
}

function searchNumber(search: Search, found: Found, column: number, start: number, bins: NumberBins): void {
  scan(search, found, column, start, bins, false);
  if (bins.missing) scan(search, found, column, start, bins, true);
}

/** Bins go left one by one, with or without what is missing. */
function scan(
  { histogram, total, bounds, rules, unsplit }: Search,
  found: Found,
  column: number,
  start: number,
  { bins, monotone, missing }: NumberBins,
  missingLeft: boolean,
): void {
  const { lower, upper } = bounds;
  const { minLeaf, l2 } = rules;
  const bounded = monotone !== 0 || lower !== -Infinity || upper !== Infinity;
  let gradient = 0;
  let curvature = 0;
  let weight = 0;
  if (missingLeft) {
    const at = start + bins * PER_BIN;
    gradient = histogram[at]!;
    curvature = histogram[at + 1]!;
    weight = histogram[at + 2]!;
    if (weight <= NO_WEIGHT) return; // the same splits again
  }
  // The last bin may go left too where that leaves what is missing alone on the right.
  const last = missing && !missingLeft ? bins : bins - 1;
  for (let bin = 0; bin < last; bin += 1) {
    const at = start + bin * PER_BIN;
    const here = histogram[at + 2]!;
    if (here <= NO_WEIGHT) continue;
    gradient += histogram[at]!;
    curvature += histogram[at + 1]!;
    weight += here;
    if (weight < minLeaf) continue;
    if (total.weight - weight < minLeaf) break;
    const otherGradient = total.gradient - gradient;
    const otherCurvature = total.curvature - curvature;
    let gain: number;
    if (bounded) {
      if (monotone !== 0) {
        const left = within(-gradient / (curvature + l2), lower, upper);
        const right = within(-otherGradient / (otherCurvature + l2), lower, upper);
        if (monotone * (right - left) < 0) continue;
      }
      gain =
        unsplit -
        lossOf(gradient, curvature, l2, lower, upper) -
        lossOf(otherGradient, otherCurvature, l2, lower, upper);
    } else {
      gain =
        unsplit +
        0.5 * ((gradient * gradient) / (curvature + l2) + (otherGradient * otherGradient) / (otherCurvature + l2));
    }
    if (gain <= found.gain * MORE) continue;
    found.gain = gain;
    found.column = column;
    found.lastBin = bin;
    found.missingLeft = missingLeft;
    found.levels = 0;
    found.gradient = gradient;
    found.curvature = curvature;
    found.weight = weight;
  }
}

/** Levels in the order of their own best values; what is rare here stays with the right. */
function searchCategory(search: Search, found: Found, column: number, start: number, bins: CategoryBins): void {
  const { histogram, total, bounds, rules, unsplit, scratch } = search;
  const { order, own } = scratch;
  const { lower, upper } = bounds;
  const { minLeaf, levelWeight, levelSmoothing } = rules;
  let count = 0;
  for (let bin = 0; bin <= bins.bins; bin += 1) {
    const at = start + bin * PER_BIN;
    const here = histogram[at + 2]!;
    if (here <= NO_WEIGHT || here < levelWeight || bin === bins.rest) continue;
    const value = histogram[at]! / (histogram[at + 1]! + levelSmoothing);
    let place = count;
    for (; place > 0 && order[place - 1]! > value; place -= 1) {
      order[place] = order[place - 1]!;
      own[place] = own[place - 1]!;
    }
    order[place] = value;
    own[place] = bin;
    count += 1;
  }
  const l2 = rules.l2 + rules.levelL2;
  // From both ends: the rare, who are in neither, are then tried with either.
  for (let end = 0; end < 2; end += 1) {
    let gradient = 0;
    let curvature = 0;
    let weight = 0;
    for (let taken = 1; taken <= count; taken += 1) {
      const at = start + own[end === 0 ? taken - 1 : count - taken]! * PER_BIN;
      gradient += histogram[at]!;
      curvature += histogram[at + 1]!;
      weight += histogram[at + 2]!;
      if (weight < minLeaf) continue;
      if (total.weight - weight < minLeaf) break;
      const otherCurvature = total.curvature - curvature;
      const gain =
        unsplit -
        lossOf(gradient, curvature, l2, lower, upper) -
        lossOf(total.gradient - gradient, otherCurvature, l2, lower, upper);
      if (gain <= found.gain * MORE) continue;
      found.gain = gain;
      found.column = column;
      found.lastBin = -1;
      found.levels = taken;
      found.missingLeft = false;
      for (let place = 0; place < taken; place += 1) {
        const bin = own[end === 0 ? place : count - taken + place]!;
        scratch.best[place] = bin;
        if (bin === bins.bins) found.missingLeft = true;
      }
      found.gradient = gradient;
      found.curvature = curvature;
      found.weight = weight;
    }
  }
}

const within = (value: number, lower: number, upper: number): number => Math.min(Math.max(value, lower), upper);

/** Of a leaf at its best value within bounds, against adding nothing. */
function lossOf(gradient: number, curvature: number, l2: number, lower: number, upper: number): number {
  const value = within(-gradient / (curvature + l2), lower, upper);
  return value * (gradient + 0.5 * (curvature + l2) * value);
}

function written(found: Found, { histogram, scratch, total }: Search, { bins }: ColumnBins, start: number): Split {
  const { gain, column, lastBin, gradient, curvature, weight } = found;
  const leftBins: number[] = [];
  for (let place = 0; place < found.levels; place += 1) leftBins.push(scratch.best[place]!);
  const seenMissing = histogram[start + bins * PER_BIN + 2]! > NO_WEIGHT;
  // Nothing was missing when this was learned: what is missing later goes where most went.
  const missingLeft = seenMissing ? found.missingLeft : weight > total.weight / 2;
  return { gain, column, lastBin, leftBins, missingLeft, left: { gradient, curvature, weight } };
}

/** By bin, 1 where it goes left. */
export function markLeft({ lastBin, leftBins, missingLeft }: Split, { bins }: ColumnBins, into: Uint8Array): void {
  into.fill(0);
  if (lastBin >= 0) into.fill(1, 0, lastBin + 1);
  for (const bin of leftBins) into[bin] = 1;
  into[bins] = missingLeft ? 1 : 0;
}
