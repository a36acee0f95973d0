// Interventional TreeSHAP, for audits: what a column adds when the columns that are not known take the values of other,
// real rows. It breaks what goes together, so a column the model does not use gets nothing, and one it uses
// monotonely adds monotonely. Its cost grows with the sample: 100 rows are usual. Base = the mean log-odds of the sample.

import type { Model, Row, Tree } from "../learn/model.ts";
import { termOf } from "../learn/term.ts";
import { additive, type Explain } from "./additive.ts";

/** @param sample at least one row */
export function explainerAgainst(model: Model, sample: readonly Row[]): Explain {
  const mean = (of: (other: Row) => number): number => sample.reduce((sum, one) => sum + of(one), 0) / sample.length;
  return additive(model, {
    boosted({ base, trees }, weight) {
      return {
        base: weight * trees.reduce((sum, tree) => sum + mean((other) => leafOf(tree, other)), base),
        add(row, into) {
          for (const tree of trees) for (const other of sample) against(tree, row, other, weight / sample.length, into);
        },
      };
    },
    mean: (term, column) => mean((other) => termOf(term, other[column]!)),
  });
}

/**
 * One row against one other. Where both go the same way there is nothing to tell; where they part, both ways are
 * followed: to the row's when its column is known, to the other's when it is not. A leaf reached with k columns of the
 * row and m of the other counts k! m! / (k+m)! by the Shapley weights, times 1/k for each of the row's, -1/m for each of
 * the other's.
 */
function against(tree: Tree, row: Row, other: Row, weight: number, into: Float64Array): void {
  const ours: number[] = [];
  const others: number[] = [];
  const visit = (node: number): void => {
    const column = tree.feature[node]!;
    if (column < 0) {
      const k = ours.length;
      const m = others.length;
      const value = weight * tree.value[node]!;
      if (k > 0) {
        const add = (value * orders(k, m)) / k;
        for (const one of ours) into[one]! += add;
      }
      if (m > 0) {
        const add = (value * orders(k, m)) / m;
        for (const one of others) into[one]! -= add;
      }
      return;
    }
    const mine = next(tree, node, row);
    const theirs = next(tree, node, other);
    if (mine === theirs || ours.includes(column)) visit(mine);
    else if (others.includes(column)) visit(theirs);
    else {
      ours.push(column);
      visit(mine);
      ours.pop();
      others.push(column);
      visit(theirs);
      others.pop();
    }
  };
  visit(0);
}

/** k! m! / (k+m)! */
function orders(k: number, m: number): number {
  let all = 1;
  for (let one = 1; one <= m; one++) all *= (k + one) / one;
  return 1 / all;
}

function next(tree: Tree, node: number, row: Row): number {
  const cell = row[tree.feature[node]!]!;
  const levels = tree.levels[node]!;
  const left = Number.isNaN(cell)
    ? tree.missingLeft[node]!
    : levels === null
      ? cell <= tree.threshold[node]!
      : levels.includes(cell);
  return left ? tree.left[node]! : tree.right[node]!;
}

function leafOf(tree: Tree, row: Row): number {
  let node = 0;
  while (tree.feature[node]! >= 0) node = next(tree, node, row);
  return tree.value[node]!;
}
