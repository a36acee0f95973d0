// The way of a row down a tree, as the model says it: what every faster form must agree with.

import type { Row, Table, Tree } from "./model.ts";

/** The number of the leaf that a row reaches. */
export function leafOf(tree: Tree, row: Row): number {
  let node = 0;
  while (tree.feature[node]! >= 0) node = step(tree, node, row[tree.feature[node]!]!);
  return node;
}

/** Adds the tree's leaf values to the log-odds of a table's rows. */
export function addTree(tree: Tree, { cells, rows }: Table, logOdds: Float64Array): void {
  for (let row = 0; row < rows; row += 1) {
    let node = 0;
    while (tree.feature[node]! >= 0) node = step(tree, node, cells[tree.feature[node]!]![row]!);
    logOdds[row] = logOdds[row]! + tree.value[node]!;
  }
}

/** A level that the model does not know is missing; so is what is no number. */
function step(tree: Tree, node: number, cell: number): number {
  const levels = tree.levels[node];
  const isLeft = Number.isNaN(cell)
    ? tree.missingLeft[node]!
    : levels
      ? levels.includes(cell)
      : cell <= tree.threshold[node]!;
  return isLeft ? tree.left[node]! : tree.right[node]!;
}
