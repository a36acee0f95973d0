import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boostedOf, dice, linearOf, modelOf, rowOf } from "../../../test/models.ts";
import type { Linear, Model, Row, Tree } from "../learn/model.ts";
import type { Explain } from "./additive.ts";
import { explainerAgainst } from "./against.ts";
import { explainer } from "./explain.ts";

// What a tree says, by the letter of `learn/model.ts`.
function goesLeft(tree: Tree, node: number, row: Row): boolean {
  const cell = row[tree.feature[node]!]!;
  if (Number.isNaN(cell)) return tree.missingLeft[node]!;
  return tree.levels[node] === null ? cell <= tree.threshold[node]! : tree.levels[node]!.includes(cell);
}

/** Expected value of a tree where only some columns of the row are known, the rest weighed by cover. */
function knowing(tree: Tree, row: Row, known: (column: number) => boolean, node = 0): number {
  if (tree.feature[node]! < 0) return tree.value[node]!;
  const [left, right] = [tree.left[node]!, tree.right[node]!];
  if (known(tree.feature[node]!)) return knowing(tree, row, known, goesLeft(tree, node, row) ? left : right);
  const cover = tree.cover[left]! + tree.cover[right]!;
  const share = cover > 0 ? tree.cover[left]! / cover : 0.5;
  return share * knowing(tree, row, known, left) + (1 - share) * knowing(tree, row, known, right);
}

const treesOf = (model: Model) =>
  model.parts.flatMap(({ weight, part }) =>
    part.kind === "boosted" ? part.trees.map((tree) => ({ weight, tree })) : [],
  );

function logOddsOf(model: Model, row: Row): number {
  return model.parts.reduce((sum, { weight, part }) => {
    if (part.kind === "rate") return sum + weight * part.logOdds;
    if (part.kind === "boosted")
      return sum + weight * part.trees.reduce((total, tree) => total + knowing(tree, row, () => true), part.base);
    return (
      sum +
      weight *
        part.terms.reduce((total, term, column) => {
          const cell = row[column]!;
          if (Number.isNaN(cell)) return total + term.missing;
          return (
            total + (term.kind === "number" ? (term.weight * (cell - term.mean)) / term.scale : term.levels[cell]!)
          );
        }, part.intercept)
    );
  }, 0);
}

/** Shapley values by their definition: every set of columns. */
function byDefinition(columns: number, worth: (known: (column: number) => boolean) => number): number[] {
  const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
  const sizes = Array.from({ length: 2 ** columns }, (_, set) => set.toString(2).replaceAll("0", "").length);
  const worths = sizes.map((_, set) => worth((column) => (set & (2 ** column)) !== 0));
  return Array.from({ length: columns }, (_, column) =>
    sizes.reduce((sum, size, set) => {
      if ((set & (2 ** column)) !== 0) return sum;
      const weight = (factorial(size) * factorial(columns - size - 1)) / factorial(columns);
      return sum + weight * (worths[set | (2 ** column)]! - worths[set]!);
    }, 0),
  );
}

const all = (columns: number) => Array.from({ length: columns }, (_, column) => column);
const furthest = (one: ArrayLike<number>, other: ArrayLike<number>) =>
  Math.max(...Array.from(one, (value, place) => Math.abs(value - other[place]!)));

describe("an explanation", () => {
  it("is the Shapley value of the tree by its cover, by definition, with categories, missing cells and repeated columns", () => {
    for (let seed = 0; seed < 25; seed++) {
      const roll = dice(seed);
      const model = modelOf(6, [{ weight: 1, part: boostedOf(roll, all(6), 5) }]);
      const row = rowOf(roll, 6);
      const expected = byDefinition(6, (known) =>
        treesOf(model).reduce((sum, { tree }) => sum + knowing(tree, row, known), 0),
      );
      expect(furthest(explainer(model)(row).contributions, expected)).toBeLessThan(1e-9);
    }
  });

  it("is so of full trees of 64 leaves, too", () => {
    const roll = dice(64);
    const model = modelOf(6, [{ weight: 1, part: boostedOf(roll, all(6), 6, 3, 0) }]);
    expect(treesOf(model)[0]!.tree.feature.filter((column) => column < 0)).toHaveLength(64);
    for (let asked = 0; asked < 5; asked++) {
      const row = rowOf(roll, 6);
      const expected = byDefinition(6, (known) =>
        treesOf(model).reduce((sum, { tree }) => sum + knowing(tree, row, known), 0),
      );
      expect(furthest(explainer(model)(row).contributions, expected)).toBeLessThan(1e-9);
    }
  });

  it("stays exact on long paths of ten columns", () => {
    const roll = dice(99);
    const model = modelOf(10, [{ weight: 1, part: boostedOf(roll, all(10), 12, 1) }]);
    const row = rowOf(roll, 10);
    const expected = byDefinition(10, (known) => knowing(treesOf(model)[0]!.tree, row, known));
    expect(furthest(explainer(model)(row).contributions, expected)).toBeLessThan(1e-9);
  });

  it("adds up for as many trees as a file may hold, and for a tree as wide", () => {
    const stump: Tree = {
      ...{ feature: [0, -1, -1], threshold: [0, 0, 0], levels: [null, null, null], missingLeft: [true, true, true] },
      ...{ left: [1, -1, -1], right: [2, -1, -1], value: [0, -1, 1], cover: [2, 1, 1] },
    };
    const nodes = 2 ** 17 - 1;
    const isLeaf = (node: number) => 2 * node + 1 >= nodes;
    const each = <T>(of: (node: number) => T) => Array.from({ length: nodes }, (_, node) => of(node));
    const wide: Tree = {
      feature: each((node) => (isLeaf(node) ? -1 : 0)),
      threshold: each(() => 0),
      levels: each(() => null),
      missingLeft: each(() => true),
      left: each((node) => (isLeaf(node) ? -1 : 2 * node + 1)),
      right: each((node) => (isLeaf(node) ? -1 : 2 * node + 2)),
      value: each((node) => (node === nodes - 1 ? 1 : 0)),
      cover: each(() => 1),
    };
    const said = (trees: readonly Tree[]) =>
      explainer(modelOf(1, [{ weight: 1, part: { kind: "boosted", base: 0, trees } }]))([3]).logOdds;
    expect(said(Array.from({ length: 130_000 }, () => stump))).toBeCloseTo(130_000, 6);
    expect(said([wide])).toBeCloseTo(1, 9);
  });

  it("against other rows is the Shapley value of the model on mixed rows, by definition, with every kind of part", () => {
    for (let seed = 0; seed < 15; seed++) {
      const roll = dice(seed);
      const model = modelOf(6, [
        { weight: 0.6, part: boostedOf(roll, all(6), 4) },
        { weight: 0.4, part: linearOf(roll, 6) },
      ]);
      const row = rowOf(roll, 6);
      const sample = Array.from({ length: 4 }, () => rowOf(roll, 6));
      const expected = byDefinition(6, (known) => {
        const mixed = sample.map((other) => row.map((cell, column) => (known(column) ? cell : other[column]!)));
        return mixed.reduce((sum, one) => sum + logOddsOf(model, one), 0) / sample.length;
      });
      expect(furthest(explainerAgainst(model, sample)(row).contributions, expected)).toBeLessThan(1e-9);
    }
  });

  it("adds up to the log-odds of the model, in both forms, whatever the model", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 9 }), (seed, depth) => {
        const roll = dice(seed);
        const boosted = roll();
        const linear = (1 - boosted) * roll();
        const model = modelOf(8, [
          { weight: boosted, part: boostedOf(roll, all(8), depth) },
          { weight: linear, part: linearOf(roll, 8) },
          { weight: 1 - boosted - linear, part: { kind: "rate", logOdds: -3 } },
        ]);
        const row = rowOf(roll, 8);
        const sample = [rowOf(roll, 8), rowOf(roll, 8)];
        for (const explain of [explainer(model), explainerAgainst(model, sample)]) {
          const { base, contributions, logOdds } = explain(row);
          expect(Math.abs(contributions.reduce((sum, one) => sum + one, base) - logOddsOf(model, row))).toBeLessThan(
            1e-9,
          );
          expect(logOdds).toBeCloseTo(logOddsOf(model, row), 9);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("takes a level that the model does not know as missing, in both forms", () => {
    const roll = dice(8);
    const model = modelOf(4, [
      { weight: 0.5, part: boostedOf(roll, all(4), 6) },
      { weight: 0.5, part: linearOf(roll, 4) },
    ]);
    const row = rowOf(roll, 4);
    for (const explain of [explainer(model), explainerAgainst(model, [rowOf(roll, 4)])]) {
      const missing = explain([row[0]!, Number.NaN, row[2]!, 2]);
      for (const unknown of [5, 99, -1, 1.5]) expect(explain([row[0]!, unknown, row[2]!, 2])).toEqual(missing);
    }
  });

  it("has the training mean of a linear model as its base", () => {
    const roll = dice(5);
    const linear = linearOf(roll, 2);
    const model = modelOf(2, [{ weight: 1, part: linear }]);
    const [number, category] = linear.terms as [
      Extract<Linear["terms"][number], { kind: "number" }>,
      Extract<Linear["terms"][number], { kind: "category" }>,
    ];
    const shares = [...category.levels, category.missing].reduce((sum, add, at) => sum + add * category.shares[at]!, 0);
    const { base } = explainer(model)([0, 0]);
    expect(base).toBeCloseTo(linear.intercept + number.missing * number.missingShare + shares, 12);
  });

  it("gives nothing to a column that the model does not use", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const roll = dice(seed);
        const model = modelOf(6, [{ weight: 1, part: boostedOf(roll, [0, 1, 3, 4], 6) }]);
        const row = rowOf(roll, 6);
        for (const explain of [explainer(model), explainerAgainst(model, [rowOf(roll, 6), rowOf(roll, 6)])]) {
          expect([explain(row).contributions[2], explain(row).contributions[5]]).toEqual([0, 0]);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("gives the same to columns that play the same part", () => {
    // a tree that asks both numbers the same, in either order of them: and(x0 > 0, x2 > 0), 100 rows each way
    const both = (first: number, second: number): Tree => ({
      feature: [first, -1, second, -1, -1],
      threshold: [0, 0, 0, 0, 0],
      levels: [null, null, null, null, null],
      missingLeft: [true, true, true, true, true],
      left: [1, -1, 3, -1, -1],
      right: [2, -1, 4, -1, -1],
      value: [0, -1, 0, -1, 2],
      cover: [200, 100, 100, 50, 50],
    });
    const model = modelOf(3, [{ weight: 1, part: { kind: "boosted", base: 0, trees: [both(0, 2), both(2, 0)] } }]);
    const same = (explain: Explain, row: Row) => {
      const { contributions } = explain(row);
      expect(contributions[0]).toBeCloseTo(contributions[2]!, 12);
      expect(contributions[0]).not.toBe(0);
    };
    same(explainer(model), [1, 0, 1]);
    // each tree says -.25 on average and 2 of this row: 2.25 from two trees for each of the two
    expect(explainer(model)([1, 0, 1]).base).toBe(-0.5);
    expect(explainer(model)([1, 0, 1]).contributions[0]).toBeCloseTo(2.25, 12);
    same(explainer(model), [Number.NaN, 0, -1]);
    same(explainerAgainst(model, [[-1, 0, -1]]), [1, 0, 1]);
  });

  it("against other rows never falls as a number rises that the model never holds against a lead", () => {
    const rising = (at: number): Tree => ({
      feature: [0, -1, 1, -1, 0, -1, -1],
      threshold: [at, 0, 0, 0, at + 1, 0, 0],
      levels: [null, null, [1, 3], null, null, null, null],
      missingLeft: [true, true, false, true, true, true, true],
      left: [1, -1, 3, -1, 5, -1, -1],
      right: [2, -1, 4, -1, 6, -1, -1],
      value: [-1, -1, 0, 0.2, 0, 0.1, 0.9],
      cover: [90, 40, 50, 20, 30, 10, 20],
    });
    const model = modelOf(2, [{ weight: 1, part: { kind: "boosted", base: 0, trees: [rising(-1), rising(0)] } }]);
    const roll = dice(3);
    const explain = explainerAgainst(
      model,
      Array.from({ length: 20 }, () => rowOf(roll, 2)),
    );
    const along = Array.from({ length: 41 }, (_, step) => explain([step / 10 - 2, 1]).contributions[0]!);
    expect(along.every((one, step) => step === 0 || one >= along[step - 1]! - 1e-12)).toBe(true);
    expect(along.at(-1)).toBeGreaterThan(along[0]!);
  });
});
