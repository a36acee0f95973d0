// Trees laid out in flat arrays, all one after the other, so that a row's way down touches little memory. The answer is
// the same, digit by digit, as that of the trees as the model says them.

import type { Column, Tree } from "./model.ts";

/**
 * A node's two children lie side by side. Of a category the levels that go left are bits; a level beyond the last bit
 * goes right.
 *
 * @returns the sum of the leaf values that a row reaches; its cells must be numbers, known levels, or NaN
 */
export function flat(trees: readonly Tree[], columns: readonly Column[]): (cells: Float64Array) => number {
  const size = trees.reduce((sum, tree) => sum + tree.feature.length, 0);
  const feature = new Int32Array(size);
  const child = new Int32Array(size); // the left one; the right one follows it
  const number = new Float64Array(size); // threshold, or the value of a leaf
  const missing = new Uint8Array(size); // 0: left, 1: right
  const firstWord = new Int32Array(size).fill(-1); // of a category's bits
  const words = new Int32Array(size); // how many
  const roots = new Int32Array(trees.length);
  const bits: number[] = [];
  let end = 0;

  for (const [index, tree] of trees.entries()) {
    roots[index] = end;
    const queue: [node: number, at: number][] = [[0, end]];
    end += 1;
    for (const [node, at] of queue) {
      const column = tree.feature[node]!;
      feature[at] = column;
      if (column < 0) {
        number[at] = tree.value[node]!;
        continue;
      }
      child[at] = end;
      missing[at] = tree.missingLeft[node] ? 0 : 1;
      queue.push([tree.left[node]!, end], [tree.right[node]!, end + 1]);
      end += 2;
      if (columns[column]?.kind !== "category") {
        number[at] = tree.threshold[node]!;
        continue;
      }
      const levels = tree.levels[node] ?? [];
      firstWord[at] = bits.length;
      words[at] = levels.length === 0 ? 0 : (levels.reduce((most, level) => Math.max(most, level), 0) >> 5) + 1;
      for (let word = 0; word < words[at]!; word += 1) bits.push(0);
      for (const level of levels) bits[firstWord[at]! + (level >> 5)]! |= 1 << (level & 31);
    }
  }
  const bitsets = Int32Array.from(bits);

  return (cells) => {
    let sum = 0;
    for (let index = 0; index < roots.length; index += 1) {
      let node = roots[index]!;
      let column = feature[node]!;
      while (column >= 0) {
        const cell = cells[column]!;
        const word = firstWord[node]!;
        let right: number;
        if (Number.isNaN(cell)) right = missing[node]!;
        else if (word < 0) right = cell <= number[node]! ? 0 : 1;
        else if (cell >> 5 >= words[node]!) right = 1;
        else right = ((bitsets[word + (cell >> 5)]! >> (cell & 31)) & 1) ^ 1;
        node = child[node]! + right;
        column = feature[node]!;
      }
      sum += number[node]!;
    }
    return sum;
  };
}
