// A tree as it is read: every way down ends at a leaf, and every question fits its column.

import type { Column, Tree } from "./model.ts";
import { type Check, type Fields, fieldsOf, finite, listOf, refuse, truth, whole } from "./reading.ts";

/** Questions on one way down; a tree is explained by going down it, one call within the other. */
const DEEPEST = 64;

export const treeOf =
  (columns: readonly Column[]): Check<Tree> =>
  (value, place) => {
    const fields = fieldsOf(value, place);
    const feature = fields.take("feature", listOf(whole(-1, columns.length - 1)));
    const nodes = feature.length;
    if (nodes === 0) refuse(fields.place("feature"), "one node at least");
    const tree: Tree = {
      feature,
      threshold: fields.take("threshold", listOf(finite(), nodes)),
      levels: fields.take(
        "levels",
        listOf((levels, at, node) => levelsOf(levels, at, columns[feature[node]!]), nodes),
      ),
      missingLeft: fields.take("missingLeft", listOf(truth, nodes)),
      left: fields.take("left", listOf(whole(), nodes)),
      right: fields.take("right", listOf(whole(), nodes)),
      value: fields.take("value", listOf(finite(), nodes)),
      cover: fields.take("cover", listOf(finite(0, Number.MAX_VALUE), nodes)),
    };
    connected(tree, fields);
    return tree;
  };

/** @param column undefined at a leaf */
function levelsOf(value: unknown, place: string, column: Column | undefined): number[] | null {
  if (column?.kind === "category") return listOf(whole(0, column.levels.length - 1))(value, place);
  return value === null ? null : refuse(place, "null where no category is asked");
}

/** Children come after their parent and have no other: the way down ends, and soon. */
function connected({ feature, left, right }: Tree, fields: Fields): void {
  const reached = new Uint8Array(feature.length);
  const depth = new Uint8Array(feature.length);
  reached[0] = 1;
  for (const [node, column] of feature.entries()) {
    if (reached[node] === 0) refuse(fields.place(`feature[${node}]`), "a node that an earlier one leads to");
    if (column < 0) continue;
    if (depth[node] === DEEPEST) refuse(fields.place(`feature[${node}]`), `at most ${DEEPEST} questions on a way down`);
    for (const [side, child] of [
      ["left", left[node]!],
      ["right", right[node]!],
    ] as const) {
      if (child <= node || child >= feature.length || reached[child] === 1) {
        refuse(fields.place(`${side}[${node}]`), "a later node that no other leads to");
      }
      reached[child] = 1;
      depth[child] = depth[node]! + 1;
    }
  }
}
