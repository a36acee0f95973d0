// Models made up from a seed, to hold explanations against definitions: numbers in the even columns, categories of five
// levels in the odd ones, cells missing here and there.

import type { Boosted, Linear, Model, Tree } from "../src/scoring/learn/model.ts";

const LEVELS = ["a", "b", "c", "d", "e"];

export function dice(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0;
    return ((state ^ (state >>> 14)) >>> 0) / 2 ** 32;
  };
}

function treeOf(roll: () => number, columns: readonly number[], depth: number, early: number): Tree {
  const tree = {
    feature: [] as number[],
    threshold: [] as number[],
    levels: [] as (number[] | null)[],
    missingLeft: [] as boolean[],
    left: [] as number[],
    right: [] as number[],
    value: [] as number[],
    cover: [] as number[],
  };
  const grow = (cover: number, left: number): number => {
    const node = tree.feature.length;
    const leaf = left === 0 || (left < depth && roll() < early);
    const column = columns[Math.floor(roll() * columns.length)]!;
    tree.feature.push(leaf ? -1 : column);
    tree.threshold.push(roll() * 4 - 2);
    tree.levels.push(!leaf && column % 2 === 1 ? LEVELS.flatMap((_, level) => (roll() < 0.5 ? [level] : [])) : null);
    tree.missingLeft.push(roll() < 0.5);
    tree.value.push(roll() * 2 - 1);
    tree.cover.push(cover);
    tree.left.push(-1);
    tree.right.push(-1);
    if (!leaf) {
      const share = roll() < 0.05 ? 0 : roll();
      tree.left[node] = grow(cover * share, left - 1);
      tree.right[node] = grow(cover * (1 - share), left - 1);
    }
    return node;
  };
  grow(1000, depth);
  return tree;
}

/** @param early how often a branch ends before its depth; 0: every tree is full */
export const boostedOf = (
  roll: () => number,
  columns: readonly number[],
  depth: number,
  trees = 3,
  early = 0.2,
): Boosted => ({
  kind: "boosted",
  base: roll() - 0.5,
  trees: Array.from({ length: trees }, () => treeOf(roll, columns, depth, early)),
});

export const linearOf = (roll: () => number, columns: number): Linear => ({
  kind: "linear",
  intercept: roll() - 0.5,
  terms: Array.from({ length: columns }, (_, column) =>
    column % 2 === 0
      ? {
          kind: "number",
          mean: roll(),
          scale: 0.5 + roll(),
          weight: roll() - 0.5,
          missing: roll() - 0.5,
          missingShare: roll() / 2,
        }
      : {
          kind: "category",
          levels: LEVELS.map(() => roll() - 0.5),
          missing: roll() - 0.5,
          shares: [0.3, 0.2, 0.2, 0.1, 0.1, 0.1],
        },
  ),
});

export const modelOf = (columns: number, parts: Model["parts"]): Model => ({
  format: 1,
  columns: Array.from({ length: columns }, (_, column) =>
    column % 2 === 0
      ? { name: `n${column}`, kind: "number" }
      : { name: `c${column}`, kind: "category", levels: LEVELS },
  ),
  parts,
  calibration: { kind: "none" },
  learned: { rows: 1000, positives: 100, seed: 1 },
});

export const rowOf = (roll: () => number, columns: number): number[] =>
  Array.from({ length: columns }, (_, column) =>
    roll() < 0.2 ? Number.NaN : column % 2 === 0 ? roll() * 4 - 2 : Math.floor(roll() * 5),
  );
