// The way of a row down a tree, as the model says it: what every faster form must agree with.

import type { Column, Row, Table, Tree } from "./model.ts";

/** The number of the leaf that a row reaches. */
export function leafOf(tree: Tree, row: Row): number {
  let node = 0;
  while (tree.feature[node]! >= 0) node = step(tree, node, row[tree.feature[node]!]!);
  return node;
}

/** Adds the tree's leaf values to the log-odds of a table's rows. */
export function addTree(tree: Tree, { columns, cells, rows }: Table, logOdds: Float64Array): void {
  const { feature, threshold, missingLeft, left, right, value } = tree;
  const isLeft = tree.levels.map((levels, node) => levels && marked(levels, columns[feature[node]!]!));
  for (let row = 0; row < rows; row += 1) {
    let node = 0;
    for (let column = feature[0]!; column >= 0; column = feature[node]!) {
      const cell = cells[column]![row]!;
      const marks = isLeft[node]!;
      if (Number.isNaN(cell)) node = missingLeft[node]! ? left[node]! : right[node]!;
      else if (marks === null ? cell <= threshold[node]! : marks[cell] === 1) node = left[node]!;
      else node = right[node]!;
    }
    logOdds[row] = logOdds[row]! + value[node]!;
  }
}

/** By level, 1 where it is in the list. */
function marked(levels: readonly number[], column: Column): Uint8Array {
  const marks = new Uint8Array(column.kind === "category" ? column.levels.length : 0);
  for (const level of levels) marks[level] = 1;
  return marks;
}

/** A level that the list does not have goes right, even one that the model does not know. */
function step(tree: Tree, node: number, cell: number): number {
  const levels = tree.levels[node];
  const isLeft = Number.isNaN(cell)
    ? tree.missingLeft[node]!
    : levels
      ? levels.includes(cell)
      : cell <= tree.threshold[node]!;
  return isLeft ? tree.left[node]! : tree.right[node]!;
}
