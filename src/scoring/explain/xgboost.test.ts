import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { Model, Tree } from "../learn/model.ts";
import { explainer } from "./explain.ts";

const FIXTURES = resolve(import.meta.dirname, "../../../../shared/fixtures");

describe.skipIf(!existsSync(FIXTURES))("beside XGBoost 1.7.4", () => {
  const read = (name: string) => JSON.parse(readFileSync(resolve(FIXTURES, name), "utf8"));

  it("explains its model of telco-churn as its own exact contributions do, to 1e-5", () => {
    const expected = read("shap-xgb-expected.json") as {
      names: string[];
      rows: (number | null)[][];
      margin: number[];
      contribs: number[][];
    };
    const { gradient_booster: booster, learner_model_param: param } = read("shap-xgb-model.json").learner;
    const chance = Number(param.base_score);
    const trees = (booster.model.trees as XgbTree[]).map(treeOfXgb);
    const model: Model = {
      format: 1,
      columns: expected.names.map((name) => ({ name, kind: "number" })),
      parts: [{ weight: 1, part: { kind: "boosted", base: Math.log(chance / (1 - chance)), trees } }],
      calibration: { kind: "none" },
      learned: { rows: 0, positives: 0, seed: 0 },
    };
    const explain = explainer(model);
    for (const [at, cells] of expected.rows.entries()) {
      const { base, contributions, logOdds } = explain(
        cells.map((cell) => (cell === null ? Number.NaN : Math.fround(cell))),
      );
      const off = [...contributions, base].map((one, column) => Math.abs(one - expected.contribs[at]![column]!));
      expect(Math.max(...off)).toBeLessThan(1e-5);
      expect(Math.abs(logOdds - expected.margin[at]!)).toBeLessThan(1e-5);
    }
    expect(expected.rows).toHaveLength(100);
  });
});

interface XgbTree {
  readonly left_children: number[];
  readonly right_children: number[];
  readonly split_indices: number[];
  readonly split_conditions: number[];
  readonly default_left: number[];
  readonly sum_hessian: number[];
}

/** It goes left when the cell is less than the threshold, both in single precision; a leaf's value is its condition. */
function treeOfXgb(tree: XgbTree): Tree {
  const leaf = tree.left_children.map((child) => child < 0);
  return {
    feature: tree.split_indices.map((column, node) => (leaf[node] ? -1 : column)),
    threshold: tree.split_conditions.map((condition, node) => (leaf[node] ? 0 : justBelow(condition))),
    levels: leaf.map(() => null),
    missingLeft: tree.default_left.map((left) => left === 1),
    left: tree.left_children,
    right: tree.right_children,
    value: tree.split_conditions.map((condition, node) => (leaf[node] ? Math.fround(condition) : 0)),
    cover: tree.sum_hessian,
  };
}

/** The next smaller number of single precision. */
function justBelow(value: number): number {
  const single = new Float32Array([value]);
  const bits = new Int32Array(single.buffer);
  if (single[0] === 0) bits[0] = -0x7fffffff;
  else bits[0]! += single[0]! > 0 ? -1 : 1;
  return single[0]!;
}
