// A tree as an explanation needs it: its splits, with all that does not depend on the row.

import type { Tree } from "../learn/model.ts";

/** How a split stands to a row: it goes left, or right, or has left the path already at an earlier split of the column. */
export const LEFT = 0;
export const RIGHT = 1;
export const GONE = 2;
export const WAYS = 3;

type Side = typeof LEFT | typeof RIGHT;

/** An edge of the tree. */
export interface Edge {
  readonly side: Side;
  /** Share of the training rows that came to its split and went this way. */
  readonly share: number;
  /** The same along all edges of its column down to it, and down to the one before it; 1 where it is the first. */
  readonly joint: number;
  readonly jointBefore: number;
}

/** A split, and the edge that leads to it. Leaves are folded into the split above them. */
export interface Knot extends Edge {
  readonly node: number;
  readonly column: number;
  readonly above: Knot | undefined;
  /** The nearest split above that asks the same column, and which way leads here from it. */
  readonly earlier: { readonly knot: Knot; readonly side: Side } | undefined;
  readonly leaves: readonly (Edge & { readonly value: number })[];
  readonly below: readonly Knot[];
  /** Splits from here down. */
  readonly size: number;
  /** Columns on the longest path that ends in a leaf from here down. */
  readonly players: number;
}

/** By column, on the path here. */
type Known = Map<number, { readonly knot: Knot; readonly side: Side; readonly joint: number }>;

/** The topmost split; undefined where the tree is one leaf. */
export const topOf = (tree: Tree): Knot | undefined =>
  tree.feature[0]! < 0
    ? undefined
    : knotOf(tree, 0, { side: LEFT, share: 1, joint: 1, jointBefore: 1, above: undefined }, new Map());

function knotOf(tree: Tree, node: number, edge: Edge & Pick<Knot, "above">, known: Known): Knot {
  const column = tree.feature[node]!;
  const earlier = known.get(column);
  const leaves: Knot["leaves"][number][] = [];
  const below: Knot[] = [];
  // each named: spread, it would take most of the time that making a model ready takes
  const knot = {
    side: edge.side,
    share: edge.share,
    joint: edge.joint,
    jointBefore: edge.jointBefore,
    above: edge.above,
    node,
    column,
    earlier,
    leaves,
    below,
    size: 1,
    players: 0,
  };
  for (const side of [LEFT, RIGHT] as const) {
    const child = side === LEFT ? tree.left[node]! : tree.right[node]!;
    const share = shareOf(tree, node, child);
    const jointBefore = earlier?.joint ?? 1;
    const joint = share * jointBefore;
    known.set(column, { knot, side, joint });
    if (tree.feature[child]! < 0) {
      leaves.push({ side, share, joint, jointBefore, value: tree.value[child]! });
      knot.players = Math.max(knot.players, known.size);
    } else {
      const next = knotOf(tree, child, { side, share, joint, jointBefore, above: knot }, known);
      below.push(next);
      knot.size += next.size;
      knot.players = Math.max(knot.players, next.players);
    }
  }
  if (earlier === undefined) known.delete(column);
  else known.set(column, earlier);
  return knot;
}

const shareOf = (tree: Tree, node: number, child: number): number => {
  const cover = tree.cover[tree.left[node]!]! + tree.cover[tree.right[node]!]!;
  return cover > 0 ? tree.cover[child]! / cover : 0.5;
};

/** What the tree adds on average over its training rows. */
export function meanOf(tree: Tree, node = 0): number {
  if (tree.feature[node]! < 0) return tree.value[node]!;
  const children = [tree.left[node]!, tree.right[node]!];
  return children.reduce((sum, child) => sum + shareOf(tree, node, child) * meanOf(tree, child), 0);
}

/**
 * At one point: what the product takes up along an edge, and what the contribution of its column takes of the product. Of
 * a row that has left the path already at that column nothing more can be known: the share goes on, and nothing is credited.
 */
export function factorsOf(
  { side, share, joint, jointBefore }: Edge,
  way: number,
  t: number,
): { readonly product: number; readonly contribution: number } {
  if (way === GONE) return { product: share, contribution: 0 };
  const before = jointBefore + (1 - jointBefore) * t;
  const taken = (1 - jointBefore) / before;
  if (way !== side) return { product: (joint * (1 - t)) / before, contribution: -1 / (1 - t) - taken };
  const now = joint + (1 - joint) * t;
  return { product: now / before, contribution: (1 - joint) / now - taken };
}
