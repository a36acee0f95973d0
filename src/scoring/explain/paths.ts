// Exact path-dependent TreeSHAP of one tree (Lundberg et al. 2020, Nature Machine Intelligence 2:56), by quadrature.
//
// What a leaf adds is its value v in a game in which a column that is known counts 1 when the row goes the leaf's way and
// 0 when it does not (o), and one that is not known counts z, the share of training rows that went that way. Its Shapley
// value is an integral of a polynomial (the beta integral of the Shapley weights):
//
//   phi(i) = v * integral over t in 0..1 of (o(i) - z(i)) * product over j other than i of (z(j) (1-t) + o(j) t)
//
// so Gauss-Legendre with half as many points as a path has columns is exact. Products go down the tree and sums come up,
// each edge once: O(nodes * points) a row, where the usual algorithm is O(leaves * depth^2). z does not depend on the
// row, so every factor is made beforehand, for either way a row can go, and a row costs
// multiplications only. A column met again on a path is one player: the edge takes its earlier factor back and puts the
// narrower one. Leaves are folded into the split above them.

import type { Row, Tree } from "../learn/model.ts";
import { quadrature } from "./quadrature.ts";

/** A tree made ready. */
export interface Paths {
  readonly splits: number;
  /** What the tree adds on average over its training rows. */
  readonly mean: number;
  /** Adds this tree's contributions, times `weight`, to `into`. */
  explain(row: Row, weight: number, into: Float64Array, scratch: Scratch): void;
}

/** Where one tree after the other reckons; what it holds means nothing between them. */
export interface Scratch {
  readonly way: Uint8Array;
  /** Whether the row follows the edge that leads to the split, and all earlier ones of its column. */
  readonly stays: Uint8Array;
  readonly product: Float64Array;
  readonly sum: Float64Array;
}

export function scratchFor(trees: readonly Paths[]): Scratch {
  const splits = 1 + Math.max(0, ...trees.map((tree) => tree.splits));
  return {
    way: new Uint8Array(splits),
    stays: new Uint8Array(splits),
    product: new Float64Array(splits * TAKEN),
    sum: new Float64Array(splits * TAKEN),
  };
}

/** How a split stands to a row: it goes left, or right, or has left the path already at an earlier split of the column. */
const LEFT = 0;
const RIGHT = 1;
const GONE = 2;
const WAYS = [LEFT, RIGHT, GONE] as const;

const placeOf = (split: number, way: number): number => (split * 3 + way) * FACTORS;

/** Points are taken three at a time, written out: as many as paths of six columns need, and a loop over three costs a quarter more. */
const TAKEN = 3;
/** Of each of them: what the product takes up, then what the contribution takes of it. */
const FACTORS = 2 * TAKEN;

export function paths(tree: Tree): Paths {
  const splits = splitsOf(tree);
  const last = splits.length;
  const players = Math.max(1, ...splits.map((split) => split.players));
  const { at, weight: weights } = quadrature(TAKEN * Math.ceil(players / 2 / TAKEN));

  // Splits are numbered from 1; 0 is above them all: nothing is asked there, and nobody leaves.
  const column = Int32Array.from([0, ...splits.map(({ node }) => tree.feature[node]!)]);
  const threshold = Float64Array.from([0, ...splits.map(({ node }) => tree.threshold[node]!)]);
  const missing = Uint8Array.from([LEFT, ...splits.map(({ node }) => (tree.missingLeft[node]! ? LEFT : RIGHT))]);
  const levels = [null, ...splits.map(({ node }) => waysOf(tree.levels[node]!))];
  const parent = Int32Array.from([0, ...splits.map((split) => split.parent)]);
  const side = Uint8Array.from([LEFT, ...splits.map((split) => split.side)]);
  const earlier = Int32Array.from([0, ...splits.map((split) => split.earlier)]);

  // By points taken together, split and way: the way of the parent for the edge that leads here, its own for its leaves.
  const size = (last + 1) * WAYS.length * FACTORS;
  const edge = new Float64Array((at.length / TAKEN) * size);
  const leaf = new Float64Array((at.length / TAKEN) * size);
  for (const [point, t] of at.entries()) {
    for (const [index, split] of splits.entries()) {
      for (const way of WAYS) {
        const place = Math.floor(point / TAKEN) * size + placeOf(index + 1, way) + (point % TAKEN);
        const leads = factorsOf(split, way, t);
        edge[place] = leads.product;
        edge[place + TAKEN] = leads.contribution;
        for (const one of split.leaves) {
          const ends = factorsOf(one, way, t);
          leaf[place]! += one.value * ends.product;
          leaf[place + TAKEN]! += one.value * ends.product * ends.contribution;
        }
      }
    }
  }

  function follow(row: Row, { way, stays }: Scratch): void {
    way[0] = LEFT;
    stays[0] = 1;
    for (let split = 1; split <= last; split++) {
      stays[split] = Number(way[parent[split]!] === side[split]!);
      const cell = row[column[split]!]!;
      const among = levels[split]!;
      let goes: number;
      if (Number.isNaN(cell)) goes = missing[split]!;
      else if (among === null) goes = Number(cell > threshold[split]!);
      else goes = among[cell] ?? RIGHT; // levels beyond the last that goes left
      way[split] = stays[earlier[split]!] === 0 ? GONE : goes;
    }
  }

  function add(from: number, weight: number, into: Float64Array, { way, product, sum }: Scratch): void {
    for (let q = 0; q < TAKEN; q++) product[q] = weights[from + q]! * weight;
    const start = (from / TAKEN) * size;
    for (let split = 1; split <= last; split++) {
      const above = parent[split]!;
      const here = split * TAKEN;
      const over = above * TAKEN;
      const led = start + placeOf(split, way[above]!);
      const ends = start + placeOf(split, way[split]!);
      const a = product[over]! * edge[led]!;
      const b = product[over + 1]! * edge[led + 1]!;
      const c = product[over + 2]! * edge[led + 2]!;
      product[here] = a;
      product[here + 1] = b;
      product[here + 2] = c;
      sum[here] = a * leaf[ends]!;
      sum[here + 1] = b * leaf[ends + 1]!;
      sum[here + 2] = c * leaf[ends + 2]!;
      into[column[split]!]! += a * leaf[ends + 3]! + b * leaf[ends + 4]! + c * leaf[ends + 5]!;
    }
    for (let split = last; split > 1; split--) {
      const above = parent[split]!;
      const here = split * TAKEN;
      const over = above * TAKEN;
      const led = start + placeOf(split, way[above]!) + TAKEN;
      const a = sum[here]!;
      const b = sum[here + 1]!;
      const c = sum[here + 2]!;
      sum[over]! += a;
      sum[over + 1]! += b;
      sum[over + 2]! += c;
      into[column[above]!]! += a * edge[led]! + b * edge[led + 1]! + c * edge[led + 2]!;
    }
  }

  return {
    splits: last,
    mean: meanOf(tree, 0),
    explain(row, weight, into, scratch) {
      follow(row, scratch);
      for (let from = 0; from < at.length; from += TAKEN) add(from, weight, into, scratch);
    },
  };
}

/** An edge of the tree, by what does not depend on the row. */
interface Edge {
  readonly side: typeof LEFT | typeof RIGHT;
  /** Share of the training rows that came to its split and went this way. */
  readonly share: number;
  /** The same along all edges of its column down to it, and down to the one before it; 1 where it is the first. */
  readonly joint: number;
  readonly jointBefore: number;
}

interface Split extends Edge {
  readonly node: number;
  /** The number of the split above; 0: none is. */
  readonly parent: number;
  /** The nearest split on the path, itself included, to which an edge of this split's column leads; 0: none does. */
  readonly earlier: number;
  readonly leaves: readonly (Edge & { readonly value: number })[];
  /** Columns on the longest path that ends in a leaf of this split. */
  readonly players: number;
}

/** The splits in preorder, so that a parent comes before its children; numbered from 1. */
function splitsOf(tree: Tree): Split[] {
  const splits: Split[] = [];
  /** Of a column, on the path here: the last split an edge of it leads to, and its joint share. */
  type Known = ReadonlyMap<number, { readonly split: number; readonly joint: number }>;
  const visit = (node: number, parent: number, edge: Edge, known: Known): void => {
    const column = tree.feature[node]!;
    if (column < 0) return;
    const here = splits.length + 1;
    const before = known.get(column);
    const below = ([LEFT, RIGHT] as const).map((side) => {
      const child = side === LEFT ? tree.left[node]! : tree.right[node]!;
      const share = shareOf(tree, node, child);
      const jointBefore = before?.joint ?? 1;
      return { side, child, share, joint: share * jointBefore, jointBefore };
    });
    const leaves = below.flatMap(({ child, ...rest }) =>
      tree.feature[child]! < 0 ? [{ ...rest, value: tree.value[child]! }] : [],
    );
    const players = leaves.length === 0 ? 0 : known.size + (before === undefined ? 1 : 0);
    splits.push({ ...edge, node, parent, earlier: before?.split ?? 0, leaves, players });
    for (const { child, ...rest } of below) {
      // the next split to be found is the child, where it is one
      visit(child, here, rest, new Map(known).set(column, { split: splits.length + 1, joint: rest.joint }));
    }
  };
  visit(0, 0, { side: LEFT, share: 1, joint: 1, jointBefore: 1 }, new Map());
  return splits;
}

/**
 * At one point: what the product takes up along an edge, and what the contribution of its column takes of the product. Of
 * a row that has left the path already at that column nothing more can be known: the share goes on, and nothing is credited.
 */
function factorsOf(
  { side, share, joint, jointBefore }: Edge,
  way: (typeof WAYS)[number],
  t: number,
): { readonly product: number; readonly contribution: number } {
  if (way === GONE) return { product: share, contribution: 0 };
  const before = jointBefore + (1 - jointBefore) * t;
  const taken = (1 - jointBefore) / before;
  if (way !== side) return { product: (joint * (1 - t)) / before, contribution: -1 / (1 - t) - taken };
  const now = joint + (1 - joint) * t;
  return { product: now / before, contribution: (1 - joint) / now - taken };
}

const shareOf = (tree: Tree, node: number, child: number): number => {
  const cover = tree.cover[tree.left[node]!]! + tree.cover[tree.right[node]!]!;
  return cover > 0 ? tree.cover[child]! / cover : 0.5;
};

function meanOf(tree: Tree, node: number): number {
  if (tree.feature[node]! < 0) return tree.value[node]!;
  const children = [tree.left[node]!, tree.right[node]!];
  return children.reduce((sum, child) => sum + shareOf(tree, node, child) * meanOf(tree, child), 0);
}

/** By level: where it goes. */
function waysOf(levels: readonly number[] | null): Uint8Array | null {
  if (levels === null) return null;
  const ways = new Uint8Array(Math.max(-1, ...levels) + 1).fill(RIGHT);
  for (const level of levels) ways[level] = LEFT;
  return ways;
}
