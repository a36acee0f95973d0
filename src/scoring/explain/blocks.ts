// The lower ends of a tree, three splits at a time: what such an end adds, and what its columns are credited, is kept for
// every way in which its splits can go together, so that a row costs one look for all three.

import { factorsOf, type Knot, WAYS } from "./knots.ts";
import { TAKEN } from "./quadrature.ts";

/** Of how many splits a block has at most; their ways are 27 together. */
export const BLOCK = 3;
/** Numbers for one way to go: what is added, then the credit of each split's column, at the points taken together. */
const TOLD = (1 + BLOCK) * TAKEN;

/** A whole end of the tree: parents before their children. */
export type Block = readonly Knot[];

/** The tree as splits that are walked one by one, parents before their children, and the blocks at its lower ends. */
export function endsOf(top: Knot | undefined): { readonly inner: readonly Knot[]; readonly blocks: readonly Block[] } {
  const inner: Knot[] = [];
  const blocks: Block[] = [];
  const queue = top === undefined ? [] : [top];
  for (const knot of queue) {
    if (knot.size <= BLOCK) blocks.push(allFrom(knot));
    else {
      inner.push(knot);
      for (const below of knot.below) queue.push(below);
    }
  }
  return { inner, blocks };
}

const allFrom = (knot: Knot): Knot[] => [knot, ...knot.below.flatMap(allFrom)];

export interface Ends {
  /** Where a block's numbers begin. */
  readonly start: Int32Array;
  /** By block and member: how far each step of its way is; 0 for members that are not there. */
  readonly stride: Int32Array;
  /** Numbers for the points taken together; as many follow for the next points. */
  readonly size: number;
  readonly told: Float64Array;
}

/** @param at all points */
export function toldBy(blocks: readonly Block[], at: Float64Array): Ends {
  const start = new Int32Array(blocks.length);
  const stride = new Int32Array(blocks.length * BLOCK);
  let size = 0;
  for (const [index, block] of blocks.entries()) {
    start[index] = size;
    let step = TOLD;
    for (const [member, knot] of block.entries()) {
      stride[index * BLOCK + member] = step;
      step *= waysOf(knot);
    }
    size += step;
  }
  const told = new Float64Array((at.length / TAKEN) * size);
  for (const [index, block] of blocks.entries()) {
    for (const ways of together(block)) {
      const place = ways.reduce((sum, way, member) => sum + way * stride[index * BLOCK + member]!, start[index]!);
      for (const [point, t] of at.entries()) {
        const from = Math.floor(point / TAKEN) * size + place + (point % TAKEN);
        for (const [which, one] of toldAt(block, ways, t).entries()) told[from + which * TAKEN] = one;
      }
    }
  }
  return { start, stride, size, told };
}

/** A column that is met for the first time cannot have been left. */
const waysOf = ({ earlier }: Knot): number => (earlier === undefined ? WAYS - 1 : WAYS);

/** All ways in which splits can go together. */
const together = (block: Block): readonly (readonly number[])[] =>
  block.reduce<readonly (readonly number[])[]>(
    (all, knot) => all.flatMap((ways) => Array.from({ length: waysOf(knot) }, (_, way) => [...ways, way])),
    [[]],
  );

/** Of a product of 1 above the block: what its leaves add, and what each member's column is credited. */
function toldAt(block: Block, ways: readonly number[], t: number): number[] {
  const told = [0];
  const from = (knot: Knot, product: number): number => {
    const member = block.indexOf(knot);
    const way = ways[member]!;
    let adds = 0;
    let credit = 0;
    for (const leaf of knot.leaves) {
      const { product: taken, contribution } = factorsOf(leaf, way, t);
      const one = product * taken * leaf.value;
      adds += one;
      credit += one * contribution;
    }
    for (const next of knot.below) {
      const { product: taken, contribution } = factorsOf(next, way, t);
      const one = from(next, product * taken);
      adds += one;
      credit += one * contribution;
    }
    told[1 + member] = credit;
    return adds;
  };
  told[0] = from(block[0]!, 1);
  return told;
}
