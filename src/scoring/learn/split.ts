// The best place to part a node's rows in two. Gain is the fall of the loss's second-order approximation, L2 included.

import type { Binned, CategoryBins, NumberBins } from "./bins.ts";
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
  /** 1 where the bin of this number goes left. */
  readonly goesLeft: Uint8Array;
  /** For a number: the last bin that goes left; -1 for a category. */
  readonly lastBin: number;
  readonly missingLeft: boolean;
  readonly left: Sums;
}

/** Curvature below which a sum says nothing: all its rows are predicted to the last digit. */
const MIN_CURVATURE = 1e-9;
const MIN_GAIN = 1e-9;
/** One gain is more than another only by so much: of equal splits the first is taken, whatever rounding says. */
export const MORE = 1 + 1e-9;
/** What remains of a weight when equal sums were subtracted. */
const NO_WEIGHT = 1e-9;

/** The value of a leaf that lowers the loss most within its bounds. */
export function leafValue({ gradient, curvature }: Sums, l2: number, { lower, upper }: Bounds): number {
  const value = curvature + l2 > MIN_CURVATURE ? -gradient / (curvature + l2) : 0;
  return within(value, lower, upper);
}

interface Search {
  readonly histogram: Float64Array;
  readonly total: Sums;
  readonly bounds: Bounds;
  readonly rules: SplitRules;
  /** Loss of the node unsplit. */
  readonly unsplit: number;
}

/** A search's answer before it is written out. */
interface Found {
  gain: number;
  column: number;
  lastBin: number;
  missingLeft: boolean;
  left: readonly number[] | undefined; // bins, for a category
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
): Split | undefined {
  const unsplit = lossOf(total.gradient, total.curvature, rules.l2, bounds.lower, bounds.upper);
  const search: Search = { histogram, total, bounds, rules, unsplit };
  const found: Found = {
    gain: MIN_GAIN,
    column: -1,
    lastBin: -1,
    missingLeft: false,
    left: undefined,
    gradient: 0,
    curvature: 0,
    weight: 0,
  };
  for (const column of chosen) {
    const bins = binned.columns[column]!;
    if (bins.kind === "number") searchNumber(search, found, column, starts[column]!, bins);
    else searchCategory(search, found, column, starts[column]!, bins);
  }
  return found.column < 0 ? undefined : written(found, histogram, binned, starts[found.column]!, total);
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
    if (curvature + l2 <= MIN_CURVATURE || otherCurvature + l2 <= MIN_CURVATURE) continue;
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
    found.left = undefined;
    found.gradient = gradient;
    found.curvature = curvature;
    found.weight = weight;
  }
}

/** Levels in the order of their own best values; what is rare here counts as one, and so does what is missing. */
function searchCategory(search: Search, found: Found, column: number, start: number, bins: CategoryBins): void {
  const { histogram, total, bounds, rules, unsplit } = search;
  const { lower, upper } = bounds;
  const { minLeaf, levelWeight, levelSmoothing } = rules;
  const own: number[] = [];
  const order = new Float64Array(bins.bins + 1);
  for (let bin = 0; bin <= bins.bins; bin += 1) {
    const at = start + bin * PER_BIN;
    const here = histogram[at + 2]!;
    if (here <= NO_WEIGHT || here < levelWeight || bin === bins.rest) continue;
    order[bin] = histogram[at]! / (histogram[at + 1]! + levelSmoothing);
    own.push(bin);
  }
  if (own.length === 0) return;
  own.sort((a, b) => order[a]! - order[b]! || a - b);
  const l2 = rules.l2 + rules.levelL2;
  // From both ends: the rare, who are in neither end, stay with the middle and go right.
  for (const step of [1, -1]) {
    let gradient = 0;
    let curvature = 0;
    let weight = 0;
    for (let taken = 1; taken <= own.length; taken += 1) {
      const bin = own[step === 1 ? taken - 1 : own.length - taken]!;
      const at = start + bin * PER_BIN;
      gradient += histogram[at]!;
      curvature += histogram[at + 1]!;
      weight += histogram[at + 2]!;
      if (weight < minLeaf) continue;
      if (total.weight - weight < minLeaf) break;
      const otherCurvature = total.curvature - curvature;
      if (curvature + l2 <= MIN_CURVATURE || otherCurvature + l2 <= MIN_CURVATURE) continue;
      const gain =
        unsplit -
        lossOf(gradient, curvature, l2, lower, upper) -
        lossOf(total.gradient - gradient, otherCurvature, l2, lower, upper);
      if (gain <= found.gain * MORE) continue;
      found.gain = gain;
      found.column = column;
      found.lastBin = -1;
      found.left = step === 1 ? own.slice(0, taken) : own.slice(own.length - taken);
      found.missingLeft = found.left.includes(bins.bins);
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

function written(found: Found, histogram: Float64Array, binned: Binned, start: number, total: Sums): Split {
  const bins = binned.columns[found.column]!;
  const seenMissing = histogram[start + bins.bins * PER_BIN + 2]! > NO_WEIGHT;
  const goesLeft = new Uint8Array(256);
  if (found.left === undefined) goesLeft.fill(1, 0, found.lastBin + 1);
  else for (const bin of found.left) goesLeft[bin] = 1;
  // Nothing was missing when this was learned: what is missing later goes where most went.
  const missingLeft = seenMissing ? found.missingLeft : found.weight > total.weight / 2;
  goesLeft[bins.bins] = missingLeft ? 1 : 0;
  return {
    gain: found.gain,
    column: found.column,
    goesLeft,
    lastBin: found.lastBin,
    missingLeft,
    left: { gradient: found.gradient, curvature: found.curvature, weight: found.weight },
  };
}
