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
// narrower one. The lower ends of the tree are looked up whole (`blocks.ts`).

import type { Tree } from "../learn/model.ts";
import { BLOCK, endsOf, toldBy } from "./blocks.ts";
import { factorsOf, LEFT, meanOf, topOf, WAYS } from "./knots.ts";
import { quadrature, TAKEN } from "./quadrature.ts";
import { type Cells, cellsFor, following } from "./ways.ts";

/** A tree made ready. */
export interface Paths {
  readonly splits: number;
  readonly columns: number;
  /** What the tree adds on average over its training rows. */
  readonly mean: number;
  /** Adds this tree's contributions to the row whose cells `scratch` has, times `weight`, to `into`. */
  explain(weight: number, into: Float64Array, scratch: Scratch): void;
}

/** Where one tree after the other reckons; but for the cells, what it holds means nothing between them. */
export interface Scratch {
  readonly cells: Cells;
  readonly way: Uint8Array;
  readonly product: Float64Array;
  readonly sum: Float64Array;
}

export function scratchFor(trees: readonly Paths[]): Scratch {
  const splits = 1 + trees.reduce((most, tree) => Math.max(most, tree.splits), 0);
  return {
    cells: cellsFor(trees.reduce((most, tree) => Math.max(most, tree.columns), 0)),
    way: new Uint8Array(splits),
    product: new Float64Array(splits * TAKEN),
    sum: new Float64Array(splits * TAKEN),
  };
}

/** Of each of the points taken together: what the product takes up, then what the contribution takes of it. */
const FACTORS = 2 * TAKEN;

export function paths(tree: Tree): Paths {
  const top = topOf(tree);
  const { inner, blocks } = endsOf(top);
  const { at, weight: weights } = quadrature(TAKEN * Math.ceil(Math.max(1, top?.players ?? 1) / 2 / TAKEN));

  // Splits are numbered from 1, a block's members, there or not, one after the other; 0 is above them all: nothing is
  // asked there, and nobody leaves.
  const first = inner.length + 1;
  const numbered = new Map([
    ...inner.map((knot, index) => [knot, index + 1] as const),
    ...blocks.flatMap((block, index) => block.map((knot, member) => [knot, first + index * BLOCK + member] as const)),
  ]);
  const follow = following(tree, numbered);

  // What an edge leads to: splits that are walked, then blocks.
  const led = [...inner, ...blocks.map((block) => block[0]!)];
  const parent = Int32Array.from(led, ({ above }) => (above === undefined ? 0 : numbered.get(above)!));
  const columnAbove = Int32Array.from(led, ({ above }) => above?.column ?? 0);
  const edge = factorsBy(led, at, (knot, way, t) => {
    const { product, contribution } = factorsOf(knot, way, t);
    return [product, contribution];
  });

  const leafy = inner.filter(({ leaves }) => leaves.length > 0);
  const leafyAt = Int32Array.from(leafy, (knot) => numbered.get(knot)!);
  const leafyColumn = Int32Array.from(leafy, ({ column }) => column);
  const leaf = factorsBy(leafy, at, ({ leaves }, way, t) => {
    let [adds, credit] = [0, 0];
    for (const one of leaves) {
      const { product, contribution } = factorsOf(one, way, t);
      adds += one.value * product;
      credit += one.value * product * contribution;
    }
    return [adds, credit];
  });

  const { start, stride, size, told } = toldBy(blocks, at);
  const blockColumn = Int32Array.from(
    blocks.flatMap((block) => Array.from({ length: BLOCK }, (_, member) => (block[member] ?? block[0]!).column)),
  );

  /** Products down the splits that are walked. */
  function descend(from: number, { way, product, sum }: Scratch): void {
    for (let index = 0; index < inner.length; index++) {
      const above = parent[index]!;
      const here = (index + 1) * TAKEN;
      const over = above * TAKEN;
      const place = from + (index * WAYS + way[above]!) * FACTORS;
      product[here] = product[over]! * edge.factors[place]!;
      product[here + 1] = product[over + 1]! * edge.factors[place + 1]!;
      product[here + 2] = product[over + 2]! * edge.factors[place + 2]!;
      sum[here] = 0;
      sum[here + 1] = 0;
      sum[here + 2] = 0;
    }
  }

  /** What leaves right below them add. */
  function addLeaves(from: number, into: Float64Array, { way, product, sum }: Scratch): void {
    for (let index = 0; index < leafyAt.length; index++) {
      const split = leafyAt[index]!;
      const here = split * TAKEN;
      const place = from + (index * WAYS + way[split]!) * FACTORS;
      const a = product[here]!;
      const b = product[here + 1]!;
      const c = product[here + 2]!;
      sum[here] = a * leaf.factors[place]!;
      sum[here + 1] = b * leaf.factors[place + 1]!;
      sum[here + 2] = c * leaf.factors[place + 2]!;
      into[leafyColumn[index]!]! +=
        a * leaf.factors[place + 3]! + b * leaf.factors[place + 4]! + c * leaf.factors[place + 5]!;
    }
  }

  /** What the blocks add. */
  function addBlocks(from: number, edgesFrom: number, into: Float64Array, { way, product, sum }: Scratch): void {
    for (let index = 0; index < start.length; index++) {
      const unit = inner.length + index;
      const above = parent[unit]!;
      const over = above * TAKEN;
      const leads = edgesFrom + (unit * WAYS + way[above]!) * FACTORS;
      const member = index * BLOCK;
      const split = first + member;
      const place =
        from +
        start[index]! +
        way[split]! * stride[member]! +
        way[split + 1]! * stride[member + 1]! +
        way[split + 2]! * stride[member + 2]!;
      const a = product[over]! * edge.factors[leads]!;
      const b = product[over + 1]! * edge.factors[leads + 1]!;
      const c = product[over + 2]! * edge.factors[leads + 2]!;
      const addsA = a * told[place]!;
      const addsB = b * told[place + 1]!;
      const addsC = c * told[place + 2]!;
      sum[over]! += addsA;
      sum[over + 1]! += addsB;
      sum[over + 2]! += addsC;
      into[columnAbove[unit]!]! +=
        addsA * edge.factors[leads + 3]! + addsB * edge.factors[leads + 4]! + addsC * edge.factors[leads + 5]!;
      into[blockColumn[member]!]! += a * told[place + 3]! + b * told[place + 4]! + c * told[place + 5]!;
      into[blockColumn[member + 1]!]! += a * told[place + 6]! + b * told[place + 7]! + c * told[place + 8]!;
      into[blockColumn[member + 2]!]! += a * told[place + 9]! + b * told[place + 10]! + c * told[place + 11]!;
    }
  }

  /** Sums up the splits that were walked. */
  function ascend(from: number, into: Float64Array, { way, sum }: Scratch): void {
    for (let index = inner.length - 1; index > 0; index--) {
      const above = parent[index]!;
      const here = (index + 1) * TAKEN;
      const over = above * TAKEN;
      const place = from + (index * WAYS + way[above]!) * FACTORS;
      const a = sum[here]!;
      const b = sum[here + 1]!;
      const c = sum[here + 2]!;
      sum[over]! += a;
      sum[over + 1]! += b;
      sum[over + 2]! += c;
      into[columnAbove[index]!]! +=
        a * edge.factors[place + 3]! + b * edge.factors[place + 4]! + c * edge.factors[place + 5]!;
    }
  }

  return {
    splits: inner.length + BLOCK * blocks.length,
    columns: tree.feature.reduce((most, column) => Math.max(most, column + 1), 0),
    mean: meanOf(tree),
    explain(weight, into, scratch) {
      scratch.way[0] = LEFT;
      follow(scratch.cells, scratch.way);
      for (let round = 0; round * TAKEN < at.length; round++) {
        for (let q = 0; q < TAKEN; q++) scratch.product[q] = weights[round * TAKEN + q]! * weight;
        descend(round * edge.size, scratch);
        addLeaves(round * leaf.size, into, scratch);
        addBlocks(round * size, round * edge.size, into, scratch);
        ascend(round * edge.size, into, scratch);
      }
    },
  };
}

/** By points taken together, then by item and way: two factors at each of the points. */
function factorsBy<T>(
  items: readonly T[],
  at: Float64Array,
  of: (item: T, way: number, t: number) => readonly [number, number],
): { readonly factors: Float64Array; readonly size: number } {
  const size = items.length * WAYS * FACTORS;
  const factors = new Float64Array((at.length / TAKEN) * size);
  for (const [point, t] of at.entries()) {
    for (const [index, item] of items.entries()) {
      for (let way = 0; way < WAYS; way++) {
        const place = Math.floor(point / TAKEN) * size + (index * WAYS + way) * FACTORS + (point % TAKEN);
        [factors[place], factors[place + TAKEN]] = of(item, way, t);
      }
    }
  }
  return { factors, size };
}
