// Which way a row goes at every split of a tree, without asking anything that a processor could guess wrong.

import type { Row, Tree } from "../learn/model.ts";
import { GONE, type Knot, LEFT, RIGHT } from "./knots.ts";

/** A row as splits ask for it; made once a row, for all trees. */
export interface Cells {
  /** By column twice: a missing number is -Infinity to the splits where it goes left, Infinity to those where it goes right. */
  readonly numbers: Float64Array;
  /** By column: 0 where it is missing, else the level and 1. */
  readonly levels: Int32Array;
}

export const cellsFor = (columns: number): Cells => ({
  numbers: new Float64Array(2 * columns),
  levels: new Int32Array(columns),
});

export function tell(row: Row, { numbers, levels }: Cells): void {
  for (let column = 0; column < levels.length; column++) {
    const cell = row[column]!;
    const isMissing = Number.isNaN(cell);
    numbers[2 * column] = isMissing ? -Infinity : cell;
    numbers[2 * column + 1] = isMissing ? Infinity : cell;
    levels[column] = isMissing ? 0 : cell + 1;
  }
}

/** @param numbered the splits by their numbers, a parent's below its children's */
export function following(tree: Tree, numbered: ReadonlyMap<Knot, number>): (cells: Cells, way: Uint8Array) => void {
  const knots = [...numbered.keys()];
  const ofNumbers = knots.filter(({ node }) => tree.levels[node]! === null);
  const ofLevels = knots.filter(({ node }) => tree.levels[node]! !== null);
  const again = knots.flatMap((knot) => (knot.earlier === undefined ? [] : [{ ...knot.earlier, again: knot }]));

  const numberAt = Int32Array.from(ofNumbers, (knot) => numbered.get(knot)!);
  const cellAt = Int32Array.from(ofNumbers, ({ column, node }) => 2 * column + Number(!tree.missingLeft[node]!));
  const threshold = Float64Array.from(ofNumbers, ({ node }) => tree.threshold[node]!);

  const levelAt = Int32Array.from(ofLevels, (knot) => numbered.get(knot)!);
  const columnAt = Int32Array.from(ofLevels, ({ column }) => column);
  const ways = ofLevels.map(({ node }) => waysOf(tree, node));
  const wayOfLevel = Uint8Array.from(ways.flat());
  const last = Int32Array.from(ways, ({ length }) => length - 1);
  let end = 0;
  const lastAt = Int32Array.from(ways, ({ length }) => {
    end += length;
    return end - 1;
  });

  const againAt = Int32Array.from(again, (one) => numbered.get(one.again)!);
  const earlierAt = Int32Array.from(again, (one) => numbered.get(one.knot)!);
  const side = Uint8Array.from(again, (one) => one.side);

  return ({ numbers, levels }, way) => {
    for (let at = 0; at < numberAt.length; at++) {
      way[numberAt[at]!] = Number(numbers[cellAt[at]!]! > threshold[at]!);
    }
    for (let at = 0; at < levelAt.length; at++) {
      const beyond = levels[columnAt[at]!]! - last[at]!;
      way[levelAt[at]!] = wayOfLevel[lastAt[at]! + (beyond & (beyond >> 31))]!; // 0 where it is beyond
    }
    for (let at = 0; at < againAt.length; at++) {
      const goes = way[againAt[at]!]!;
      way[againAt[at]!] = goes + Number(way[earlierAt[at]!]! !== side[at]!) * (GONE - goes);
    }
  };
}

/** Where a missing cell goes, then level by level, then all levels beyond the last that goes left. */
function waysOf(tree: Tree, node: number): number[] {
  const left = tree.levels[node] ?? [];
  const ways = new Array<number>(left.reduce((most, level) => Math.max(most, level), -1) + 3).fill(RIGHT);
  if (tree.missingLeft[node]!) ways[0] = LEFT;
  for (const level of left) ways[level + 1] = LEFT;
  return ways;
}
