// One tree: the leaf whose split gains most is split next, until there are leaves enough.

import type { Binned, ColumnBins } from "./bins.ts";
import { fill, type Gathered, gatheredFor, layoutOf, type Slopes, subtract } from "./histogram.ts";
import type { Tree } from "./model.ts";
import { type Bounds, bestSplit, leafValue, MORE, type Split, type SplitRules, type Sums, UNBOUNDED } from "./split.ts";

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
  readonly binned: Binned;
  readonly starts: Int32Array;
  readonly gathered: Gathered;
  readonly aside: Int32Array;
  readonly free: Float64Array[];
}

export function groundFor(binned: Binned): Ground {
  const aside = new Int32Array(binned.rows);
  return { binned, starts: layoutOf(binned), gathered: gatheredFor(binned.rows), aside, free: [] };
}

export interface Grown {
  readonly tree: Tree;
  /** Per node, which bins of its column go left; null at a leaf. */
  readonly masks: readonly (Uint8Array | null)[];
  /** Where each leaf's rows lie in `rows`, and what it adds. */
  readonly leaves: readonly { readonly from: number; readonly to: number; readonly value: number }[];
}

interface Leaf {
  readonly node: number;
  readonly from: number;
  readonly to: number;
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
  readonly masks: (Uint8Array | null)[];
}

/**
 * @param rows   the rows to grow on; put in the order of the leaves
 * @param chosen the columns that may be split
 */
export function grow(ground: Ground, slopes: Slopes, rows: Int32Array, chosen: Int32Array, rules: GrowthRules): Grown {
  const draft: Draft = {
    feature: [],
    threshold: [],
    levels: [],
    missingLeft: [],
    left: [],
    right: [],
    value: [],
    cover: [],
    masks: [],
  };
  const search = (leaf: Leaf): void => {
    if (leaf.histogram === undefined) return;
    const { binned, starts } = ground;
    leaf.split = bestSplit(leaf.histogram, binned, starts, chosen, leaf.sums, leaf.bounds, rules);
    if (leaf.split === undefined) release(ground, leaf);
  };

  const sums = sumsOf(slopes, rows);
  const root = leafOf(draft, { from: 0, to: rows.length, depth: 0, sums, bounds: UNBOUNDED }, rules);
  if (rules.leaves > 1 && rules.depth > 0 && sums.weight >= 2 * rules.minLeaf) {
    root.histogram = taken(ground);
    fill(root.histogram, ground.binned, ground.starts, chosen, rows, slopes, ground.gathered);
  }
  search(root);

  const leaves = [root];
  while (leaves.length < rules.leaves) {
    const index = mostGained(leaves);
    if (index < 0) break;
    const parent = leaves[index]!;
    const split = parent.split!;
    const middle = parted(
      rows,
      parent.from,
      parent.to,
      ground.binned.codes[split.column]!,
      split.goesLeft,
      ground.aside,
    );
    const [left, right] = children(draft, parent, split, middle, ground.binned.columns[split.column]!, rules);
    leaves[index] = left;
    leaves.push(right);
    const small = middle - parent.from <= parent.to - middle ? left : right;
    const large = small === left ? right : left;
    const isLast = leaves.length === rules.leaves;
    if (isLast || (!splittable(large, rules) && !splittable(small, rules))) {
      release(ground, parent);
      continue;
    }
    small.histogram = taken(ground);
    const smallRows = rows.subarray(small.from, small.to);
    fill(small.histogram, ground.binned, ground.starts, chosen, smallRows, slopes, ground.gathered);
    subtract(parent.histogram!, small.histogram);
    large.histogram = parent.histogram;
    for (const child of [left, right]) {
      if (splittable(child, rules)) search(child);
      else release(ground, child);
    }
  }
  for (const leaf of leaves) release(ground, leaf);

  const { masks, ...tree } = draft;
  return { tree, masks, leaves: leaves.map(({ node, from, to }) => ({ from, to, value: draft.value[node]! })) };
}

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

function sumsOf({ gradient, curvature, weights }: Slopes, rows: Int32Array): Sums {
  let g = 0;
  let h = 0;
  let w = 0;
  for (const row of rows) {
    g += gradient[row]!;
    h += curvature[row]!;
    w += weights === undefined ? 1 : weights[row]!;
  }
  return { gradient: g, curvature: h, weight: w };
}

function leafOf(draft: Draft, leaf: Pick<Leaf, "from" | "to" | "depth" | "sums" | "bounds">, rules: GrowthRules): Leaf {
  const node = draft.feature.length;
  draft.feature.push(-1);
  draft.threshold.push(0);
  draft.levels.push(null);
  draft.missingLeft.push(false);
  draft.left.push(-1);
  draft.right.push(-1);
  draft.value.push(rules.rate * leafValue(leaf.sums, rules.l2, leaf.bounds));
  draft.cover.push(leaf.sums.weight);
  draft.masks.push(null);
  return { ...leaf, node, histogram: undefined, split: undefined };
}

function children(
  draft: Draft,
  parent: Leaf,
  split: Split,
  middle: number,
  bins: ColumnBins,
  rules: GrowthRules,
): [Leaf, Leaf] {
  const { node, from, to, sums, bounds } = parent;
  const other = {
    gradient: sums.gradient - split.left.gradient,
    curvature: sums.curvature - split.left.curvature,
    weight: sums.weight - split.left.weight,
  };
  const [leftBounds, rightBounds] = boundsBelow(bounds, split.left, other, bins, rules.l2);
  const depth = parent.depth + 1;
  const left = leafOf(draft, { from, to: middle, depth, sums: split.left, bounds: leftBounds }, rules);
  const right = leafOf(draft, { from: middle, to, depth, sums: other, bounds: rightBounds }, rules);
  draft.feature[node] = split.column;
  draft.missingLeft[node] = split.missingLeft;
  draft.left[node] = left.node;
  draft.right[node] = right.node;
  draft.value[node] = 0;
  draft.masks[node] = split.goesLeft;
  if (bins.kind === "number") draft.threshold[node] = bins.cuts[split.lastBin] ?? Number.MAX_VALUE;
  else draft.levels[node] = Array.from(bins.levels).filter((_, bin) => split.goesLeft[bin] === 1);
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

/** Puts the rows that go left before those that go right, each in the order they had. @returns where right begins */
function parted(
  rows: Int32Array,
  from: number,
  to: number,
  codes: Uint8Array,
  goesLeft: Uint8Array,
  aside: Int32Array,
): number {
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
  rows.set(aside.subarray(0, right), left);
  return left;
}

function taken({ free, starts }: Ground): Float64Array {
  return free.pop() ?? new Float64Array(starts[starts.length - 1]!);
}

function release({ free }: Ground, leaf: Leaf): void {
  if (leaf.histogram !== undefined) free.push(leaf.histogram);
  leaf.histogram = undefined;
}
