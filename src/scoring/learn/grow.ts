// One tree: the leaf whose split gains most is split next, until there are leaves enough.

import type { Binned, CategoryBins, ColumnBins } from "./bins.ts";
import { fill, PER_BIN, type Sheet, type Slopes, sheetFor, subtract } from "./histogram.ts";
import type { Tree } from "./model.ts";
import {
  type Bounds,
  bestSplit,
  leafValue,
  MORE,
  markLeft,
  type Scratch,
  type Split,
  type SplitRules,
  type Sums,
  scratch,
  UNBOUNDED,
} from "./split.ts";

export interface GrowthRules extends SplitRules {
  /** At most this many leaves. */
  readonly leaves: number;
  /** At most this many splits from the root to a leaf. */
  readonly depth: number;
  /** Share of its best value that a leaf adds. */
  readonly rate: number;
}

/** What growing needs beside its arguments, made once for all trees. */
export interface Ground {
  readonly sheet: Sheet;
  readonly scratch: Scratch;
  readonly goesLeft: Uint8Array;
  readonly aside: Int32Array;
  readonly free: Float64Array[];
}

export const groundFor = (binned: Binned): Ground => ({
  sheet: sheetFor(binned),
  scratch: scratch(),
  goesLeft: new Uint8Array(256),
  aside: new Int32Array(binned.rows),
  free: [],
});

export interface Grown {
  readonly tree: Tree;
  /** Where each leaf's rows now lie, and what it adds. */
  readonly leaves: readonly { readonly own: Span; readonly others: Span; readonly value: number }[];
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

interface Leaf {
  readonly node: number;
  readonly own: Span;
  readonly others: Span;
  readonly depth: number;
  readonly sums: Sums;
  readonly bounds: Bounds;
  /** Undefined where it cannot be split. */
  histogram: Float64Array | undefined;
  split: Split | undefined;
}

interface Draft {
  readonly feature: number[];
  readonly threshold: number[];
  readonly levels: (number[] | null)[];
  readonly missingLeft: boolean[];
  readonly left: number[];
  readonly right: number[];
  readonly value: number[];
  readonly cover: number[];
}

/**
 * @param rows   the rows to grow on, and `others` that only follow; both are put in the order of the leaves
 * @param chosen the columns that may be split, one at least
 */
export function grow(
  ground: Ground,
  slopes: Slopes,
  rows: Int32Array,
  others: Int32Array,
  chosen: Int32Array,
  rules: GrowthRules,
): Grown {
  const draft: Draft = {
    feature: [],
    threshold: [],
    levels: [],
    missingLeft: [],
    left: [],
    right: [],
    value: [],
    cover: [],
  };
  const { binned, starts } = ground.sheet;
  const search = (leaf: Leaf): void => {
    const { histogram, sums, bounds } = leaf;
    if (splittable(leaf, rules)) {
      leaf.split = bestSplit(histogram!, binned, starts, chosen, sums, bounds, rules, ground.scratch);
    }
    if (leaf.split === undefined) release(ground, leaf);
  };

  const histogram = taken(ground);
  fill(histogram, ground.sheet, chosen, rows, slopes);
  const sums = sumsOf(histogram, starts[chosen[0]!]!, starts[chosen[0]! + 1]!);
  const root = leafOf(draft, all(rows), all(others), 0, sums, UNBOUNDED, rules);
  root.histogram = histogram;
  if (rules.leaves > 1) search(root);

  const leaves = [root];
  while (leaves.length < rules.leaves) {
    const index = mostGained(leaves);
    if (index < 0) break;
    const parent = leaves[index]!;
    const split = parent.split!;
    const bins = binned.columns[split.column]!;
    const codes = binned.codes[split.column]!;
    markLeft(split, bins, ground.goesLeft);
    const [left, right] = children(
      draft,
      parent,
      split,
      parted(rows, parent.own, codes, ground),
      parted(others, parent.others, codes, ground),
      bins,
      rules,
    );
    leaves[index] = left;
    leaves.push(right);
    const small = left.own.to - left.own.from <= right.own.to - right.own.from ? left : right;
    const large = small === left ? right : left;
    const isLast = leaves.length === rules.leaves;
    if (isLast || (!splittable(large, rules) && !splittable(small, rules))) {
      release(ground, parent);
      continue;
    }
    small.histogram = taken(ground);
    fill(small.histogram, ground.sheet, chosen, rows.subarray(small.own.from, small.own.to), slopes);
    subtract(parent.histogram!, small.histogram);
    large.histogram = parent.histogram;
    search(left);
    search(right);
  }
  for (const leaf of leaves) release(ground, leaf);
  return { tree: draft, leaves: leaves.map(({ node, own, others }) => ({ own, others, value: draft.value[node]! })) };
}

const all = ({ length }: Int32Array): Span => ({ from: 0, to: length });

const splittable = ({ depth, sums }: Leaf, rules: GrowthRules): boolean =>
  depth < rules.depth && sums.weight >= 2 * rules.minLeaf;

function mostGained(leaves: readonly Leaf[]): number {
  let best = -1;
  let gain = 0;
  for (const [index, { split }] of leaves.entries()) {
    if (split === undefined || split.gain <= gain * MORE) continue;
    gain = split.gain;
    best = index;
  }
  return best;
}

/** All bins of one column hold all rows. */
function sumsOf(histogram: Float64Array, start: number, end: number): Sums {
  let gradient = 0;
  let curvature = 0;
  let weight = 0;
  for (let at = start; at < end; at += PER_BIN) {
    gradient += histogram[at]!;
    curvature += histogram[at + 1]!;
    weight += histogram[at + 2]!;
  }
  return { gradient, curvature, weight };
}

function leafOf(
  draft: Draft,
  own: Span,
  others: Span,
  depth: number,
  sums: Sums,
  bounds: Bounds,
  rules: GrowthRules,
): Leaf {
  const node = draft.feature.length;
  draft.feature.push(-1);
  draft.threshold.push(0);
  draft.levels.push(null);
  draft.missingLeft.push(false);
  draft.left.push(-1);
  draft.right.push(-1);
  draft.value.push(rules.rate * leafValue(sums, rules.l2, bounds));
  draft.cover.push(sums.weight);
  return { node, own, others, depth, sums, bounds, histogram: undefined, split: undefined };
}

function children(
  draft: Draft,
  parent: Leaf,
  split: Split,
  middle: number,
  othersMiddle: number,
  bins: ColumnBins,
  rules: GrowthRules,
): [Leaf, Leaf] {
  const { node, own, others, sums, bounds } = parent;
  const other = {
    gradient: sums.gradient - split.left.gradient,
    curvature: sums.curvature - split.left.curvature,
    weight: sums.weight - split.left.weight,
  };
  const [leftBounds, rightBounds] = boundsBelow(bounds, split.left, other, bins, rules.l2);
  const depth = parent.depth + 1;
  const [ownLeft, ownRight] = halves(own, middle);
  const [othersLeft, othersRight] = halves(others, othersMiddle);
  const left = leafOf(draft, ownLeft, othersLeft, depth, split.left, leftBounds, rules);
  const right = leafOf(draft, ownRight, othersRight, depth, other, rightBounds, rules);
  draft.feature[node] = split.column;
  draft.missingLeft[node] = split.missingLeft;
  draft.left[node] = left.node;
  draft.right[node] = right.node;
  draft.value[node] = 0;
  if (bins.kind === "number") draft.threshold[node] = bins.cuts[split.lastBin] ?? Number.MAX_VALUE;
  else draft.levels[node] = levelsOf(split, bins);
  return [left, right];
}

/** Where a monotone column parts the rows, neither side may ever pass the middle between the two. */
function boundsBelow(bounds: Bounds, left: Sums, right: Sums, bins: ColumnBins, l2: number): [Bounds, Bounds] {
  if (bins.kind === "category" || bins.monotone === 0) return [bounds, bounds];
  const middle = (leafValue(left, l2, bounds) + leafValue(right, l2, bounds)) / 2;
  const below = { lower: bounds.lower, upper: middle };
  const above = { lower: middle, upper: bounds.upper };
  return bins.monotone === 1 ? [below, above] : [above, below];
}

const halves = ({ from, to }: Span, middle: number): [Span, Span] => [
  { from, to: middle },
  { from: middle, to },
];

/** Rising, without what is missing. */
const levelsOf = ({ leftBins }: Split, { bins, levels }: CategoryBins): number[] =>
  leftBins
    .filter((bin) => bin < bins)
    .map((bin) => levels[bin]!)
    .sort((a, b) => a - b);

/** Puts the rows that go left before those that go right, each in the order they had. @returns where right begins */
function parted(rows: Int32Array, { from, to }: Span, codes: Uint8Array, { goesLeft, aside }: Ground): number {
  let left = from;
  let right = 0;
  for (let index = from; index < to; index += 1) {
    const row = rows[index]!;
    const isLeft = goesLeft[codes[row]!]!;
    rows[left] = row;
    aside[right] = row;
    left += isLeft;
    right += 1 - isLeft;
  }
  for (let index = 0; index < right; index += 1) rows[left + index] = aside[index]!;
  return left;
}

function taken({ free, sheet: { starts } }: Ground): Float64Array {
  return free.pop() ?? new Float64Array(starts[starts.length - 1]!);
}

function release({ free }: Ground, leaf: Leaf): void {
  if (leaf.histogram !== undefined) free.push(leaf.histogram);
  leaf.histogram = undefined;
}
