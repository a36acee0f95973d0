import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidInput } from "../../kernel/errors.ts";
import type { Calibration, Column, LinearTerm, Model, Tree } from "./model.ts";
import { modelOf, readModel, writeModel } from "./model-file.ts";
import { calibrated, chanceOf, ready } from "./predict.ts";
import { termOf } from "./term.ts";
import { leafOf } from "./walk.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map((value) => value + 0);
const share = fc.double({ noNaN: true, min: 0, max: 1 });

const column: fc.Arbitrary<Column> = fc.oneof(
  fc.record(
    { name: fc.string(), kind: fc.constant("number" as const), monotone: fc.constantFrom(1 as const, -1 as const) },
    { requiredKeys: ["name", "kind"] },
  ),
  fc.record({
    name: fc.string(),
    kind: fc.constant("category" as const),
    levels: fc.uniqueArray(fc.string(), { maxLength: 70 }),
  }),
);

/** A tree whose leaves are split at random some times. */
function treeOn(columns: readonly Column[]): fc.Arbitrary<Tree> {
  const split = fc.record({
    leaf: fc.nat(),
    column: fc.nat(),
    threshold: finite,
    levels: fc.array(fc.nat(), { maxLength: 40 }),
    missingLeft: fc.boolean(),
    values: fc.tuple(finite, finite),
  });
  return fc.array(split, { maxLength: columns.length === 0 ? 0 : 12 }).map((splits) => {
    const tree = {
      feature: [-1],
      threshold: [0],
      levels: [null] as (number[] | null)[],
      missingLeft: [false],
      left: [-1],
      right: [-1],
      value: [0.5],
      cover: [splits.length + 1],
    };
    for (const { leaf, column: index, threshold, levels, missingLeft, values } of splits) {
      const leaves = tree.feature.flatMap((feature, node) => (feature < 0 ? [node] : []));
      const node = leaves[leaf % leaves.length]!;
      const asked = columns[index % columns.length]!;
      tree.feature[node] = index % columns.length;
      tree.missingLeft[node] = missingLeft;
      if (asked.kind === "number") tree.threshold[node] = threshold;
      else tree.levels[node] = asked.levels.length === 0 ? [] : levels.map((level) => level % asked.levels.length);
      tree.left[node] = tree.feature.length;
      tree.right[node] = tree.feature.length + 1;
      for (const value of values) {
        tree.feature.push(-1);
        tree.threshold.push(0);
        tree.levels.push(null);
        tree.missingLeft.push(false);
        tree.left.push(-1);
        tree.right.push(-1);
        tree.value.push(value);
        tree.cover.push(1);
      }
    }
    return tree;
  });
}

const termOn = (asked: Column): fc.Arbitrary<LinearTerm> =>
  asked.kind === "number"
    ? fc.record(
        {
          kind: fc.constant("number"),
          mean: finite,
          scale: fc.double({ noNaN: true, min: 0.1, max: 10 }),
          weight: finite,
          missing: finite,
          missingShare: share,
          within: fc.tuple(finite, finite).map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const),
        },
        { requiredKeys: ["kind", "mean", "scale", "weight", "missing", "missingShare"] },
      )
    : fc.record({
        kind: fc.constant("category"),
        levels: fc.array(finite, { minLength: asked.levels.length, maxLength: asked.levels.length }),
        missing: finite,
        shares: fc.array(share, { minLength: asked.levels.length + 1, maxLength: asked.levels.length + 1 }),
      });

const calibration: fc.Arbitrary<Calibration> = fc.oneof(
  fc.constant({ kind: "none" as const }),
  fc.record(
    {
      kind: fc.constant("platt" as const),
      intercept: finite,
      slope: finite,
      limit: fc.double({ noNaN: true, min: 0, max: 9 }),
    },
    { requiredKeys: ["kind", "intercept", "slope"] },
  ),
  fc.uniqueArray(fc.tuple(finite, share), { minLength: 1, selector: ([at]) => at }).map((knots) => ({
    kind: "isotonic" as const,
    at: knots.map(([at]) => at).sort((a, b) => a - b),
    chance: knots.map(([, chance]) => chance).sort((a, b) => a - b),
  })),
);

const model: fc.Arbitrary<Model> = fc
  .uniqueArray(column, { maxLength: 5, selector: ({ name }) => name })
  .chain((columns) =>
    fc.record({
      format: fc.constant(1 as const),
      columns: fc.constant(columns),
      parts: fc
        .array(
          fc.oneof(
            fc.record({ kind: fc.constant("rate" as const), logOdds: finite }),
            fc.record({
              kind: fc.constant("linear" as const),
              intercept: finite,
              terms: fc.tuple(...columns.map(termOn)),
            }),
            fc.record({
              kind: fc.constant("boosted" as const),
              base: finite,
              trees: fc.array(treeOn(columns), { maxLength: 4 }),
            }),
          ),
          { minLength: 1, maxLength: 3 },
        )
        .map((parts) => parts.map((part) => ({ weight: 1 / parts.length, part }))),
      calibration,
      learned: fc.record({ rows: fc.constant(9), positives: fc.nat(9), seed: fc.integer() }),
    }),
  );

const rowsOn = (columns: readonly Column[]): fc.Arbitrary<number[]> =>
  fc.tuple(
    ...columns.map((asked) =>
      fc.oneof(
        fc.constant(Number.NaN),
        asked.kind === "number"
          ? finite
          : fc
              .nat(Math.max(asked.levels.length - 1, 0))
              .map((level) => (asked.levels.length === 0 ? Number.NaN : level)),
      ),
    ),
  );

describe("a model as text", () => {
  test("comes back as it was, and is written the same again", () => {
    fc.assert(
      fc.property(model, (written) => {
        const text = writeModel(written);
        expect(readModel(text)).toEqual(written);
        expect(writeModel(readModel(text))).toBe(text);
      }),
    );
  });

  test("is written alike whatever order its fields had", () => {
    const { learned, ...rest } = EXAMPLE;
    expect(writeModel({ learned, ...rest })).toBe(writeModel(EXAMPLE));
  });

  test("is refused by the place that is wrong", () => {
    const wrong: [path: string, value: unknown, place?: string][] = [
      ["format", 2],
      ["columns", {}],
      ["columns[1].name", "x", "columns"],
      ["columns[0].kind", "word"],
      ["columns[0].monotone", 2],
      ["columns[1].levels", ["a", "a"]],
      ["parts", [], "parts"],
      ["parts[0].weight", 0.9, "parts"],
      ["parts[0].weight", null],
      ["parts[0].part.kind", "forest"],
      ["parts[0].part.base", null],
      ["parts[0].part.trees[0].feature", []],
      ["parts[0].part.trees[0].feature[0]", 2],
      ["parts[0].part.trees[0].threshold[1]", "0"],
      ["parts[0].part.trees[0].threshold", [1]],
      ["parts[0].part.trees[0].levels[0]", [1]],
      ["parts[0].part.trees[0].levels[2]", null],
      ["parts[0].part.trees[0].levels[2]", [2], "parts[0].part.trees[0].levels[2][0]"],
      ["parts[0].part.trees[0].missingLeft[0]", 1],
      ["parts[0].part.trees[0].left[0]", 0],
      ["parts[0].part.trees[0].left[0]", 9],
      ["parts[0].part.trees[0].left[0]", -1],
      ["parts[0].part.trees[0]", TWO_ROOTS, "parts[0].part.trees[0].feature[1]"],
      ["parts[0].part.trees[0].left[0]", 2, "parts[0].part.trees[0].right[0]"],
      ["parts[0].part.trees[0].feature[2]", -1, "parts[0].part.trees[0].levels[2]"],
      ["parts[0].part.trees[0].cover[0]", -1],
      ["parts[1].part.terms", []],
      ["parts[1].part.terms[0].kind", "category"],
      ["parts[1].part.terms[0].scale", 0],
      ["parts[1].part.terms[0].within", [2, 1]],
      ["parts[1].part.terms[0].within", [1]],
      ["parts[1].part.terms[1].levels", [1]],
      ["parts[1].part.terms[1].shares", [1, 0]],
      ["calibration.at", [1, 1]],
      ["calibration.at", []],
      ["calibration.chance", [0.2]],
      ["calibration.chance", [0.3, 0.2]],
      ["calibration.chance[1]", 1.2],
      ["learned.positives", 11],
      ["learned", undefined],
    ];
    for (const [path, value, place = path] of wrong) {
      const json = changed(path, value);
      expect(() => readModel(JSON.stringify(json)), path).toThrow(InvalidInput);
      expect(() => readModel(JSON.stringify(json)), path).toThrow(`${place}: expected`);
    }
    expect(() => readModel("{")).toThrow(InvalidInput);
    expect(() => readModel("null")).toThrow("the whole: expected an object");
  });

  test("has no way down a tree of more than 64 questions", () => {
    expect(() => modelOf(changed("parts[0].part.trees", [chain(64)]))).not.toThrow();
    for (const questions of [65, 100_000]) {
      const deep = changed("parts[0].part.trees", [chain(questions)]);
      expect(() => modelOf(deep)).toThrow(InvalidInput);
      expect(() => modelOf(deep)).toThrow("parts[0].part.trees[0].feature[128]: expected at most 64 questions");
    }
  });

  test("holds no number that is not finite", () => {
    for (const value of [Number.NaN, Infinity, -Infinity]) {
      const bad = changed("parts[0].part.trees[0].value[1]", value) as Model;
      expect(() => writeModel(bad)).toThrow("parts[0].part.trees[0].value[1]: expected a finite number");
    }
  });
});

describe("a prediction", () => {
  test("is the sum of the parts' log-odds, each times its weight", () => {
    fc.assert(
      fc.property(
        model.chain((each) => fc.tuple(fc.constant(each), rowsOn(each.columns))),
        ([{ columns, parts, ...rest }, row]) => {
          const predictor = ready({ columns, parts, ...rest });
          let sum = 0;
          for (const { weight, part } of parts) {
            if (part.kind === "rate") sum += weight * part.logOdds;
            if (part.kind === "boosted") {
              let trees = 0;
              for (const tree of part.trees) trees += tree.value[leafOf(tree, row)]!;
              sum += weight * (part.base + trees);
            }
            if (part.kind !== "linear") continue;
            sum +=
              weight * part.terms.reduce((terms, term, index) => terms + termOf(term, row[index]!), part.intercept);
          }
          expect(predictor.logOdds(row)).toBe(sum);
          expect(predictor.chance(row)).toBe(calibrated(rest.calibration, sum));
          expect(predictor.chance(row)).toBeGreaterThanOrEqual(0);
          expect(predictor.chance(row)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  test("takes a level that the model does not know for missing", () => {
    const { logOdds } = ready(EXAMPLE);
    for (const level of [2, -1, 0.5, 1e9, Infinity]) expect(logOdds([9, level])).toBe(logOdds([9, Number.NaN]));
    expect(logOdds([9, 0])).not.toBe(logOdds([9, Number.NaN]));
  });

  test("is between the knots on the line, and flat beyond them", () => {
    const knots: Calibration = { kind: "isotonic", at: [-1, 1, 3], chance: [0.1, 0.2, 0.8] };
    const answers = [-9, -1, 0, 1, 2, 9].map((logOdds) => calibrated(knots, logOdds));
    for (const [index, chance] of [0.1, 0.1, 0.15, 0.2, 0.5, 0.8].entries()) {
      expect(answers[index]).toBeCloseTo(chance, 12);
    }
  });

  test("stays a chance at any log-odds", () => {
    for (const logOdds of [-1e308, -745, -36, 36, 745, 1e308]) {
      const chance = calibrated({ kind: "none" }, logOdds);
      expect(chance >= 0 && chance <= 1).toBe(true);
    }
    expect(calibrated({ kind: "none" }, -700)).toBeGreaterThan(0);
    expect(calibrated({ kind: "platt", intercept: 1, slope: 2 }, -0.5)).toBe(0.5);
    expect(chanceOf({ ...EXAMPLE, calibration: { kind: "none" } }, [0, 0])).toBeCloseTo(1 / (1 + Math.exp(-0.55)), 12);
  });
});

const EXAMPLE: Model = {
  format: 1,
  columns: [
    { name: "x", kind: "number" },
    { name: "c", kind: "category", levels: ["a", "b"] },
  ],
  parts: [
    {
      weight: 0.5,
      part: {
        kind: "boosted",
        base: 0.1,
        trees: [
          {
            feature: [0, -1, 1, -1, -1],
            threshold: [5, 0, 0, 0, 0],
            levels: [null, null, [1], null, null],
            missingLeft: [true, false, true, false, false],
            left: [1, -1, 3, -1, -1],
            right: [2, -1, 4, -1, -1],
            value: [0, 1, 0, 2, 3],
            cover: [10, 5, 5, 3, 2],
          },
        ],
      },
    },
    {
      weight: 0.5,
      part: {
        kind: "linear",
        intercept: 0,
        terms: [
          { kind: "number", mean: 0, scale: 1, weight: 1, missing: 0, missingShare: 0 },
          { kind: "category", levels: [0, 2], missing: 0.5, shares: [0.5, 0.4, 0.1] },
        ],
      },
    },
  ],
  calibration: { kind: "isotonic", at: [-1, 1], chance: [0.1, 0.9] },
  learned: { rows: 10, positives: 4, seed: 1 },
};

const TWO_ROOTS: Tree = {
  feature: [-1, -1],
  threshold: [0, 0],
  levels: [null, null],
  missingLeft: [false, false],
  left: [-1, -1],
  right: [-1, -1],
  value: [1, 2],
  cover: [1, 1],
};

/** The example with another value at a place. */
/** Every question has a leaf at its left and the next question at its right. */
function chain(questions: number): Tree {
  const nodes = Array.from({ length: 2 * questions + 1 }, (_, node) => node);
  const asks = (node: number) => node % 2 === 0 && node < 2 * questions;
  return {
    feature: nodes.map((node) => (asks(node) ? 0 : -1)),
    threshold: nodes.map(() => 0),
    levels: nodes.map(() => null),
    missingLeft: nodes.map(() => false),
    left: nodes.map((node) => (asks(node) ? node + 1 : -1)),
    right: nodes.map((node) => (asks(node) ? node + 2 : -1)),
    value: nodes.map(() => 0),
    cover: nodes.map(() => 1),
  };
}

function changed(path: string, value: unknown): unknown {
  const copy = structuredClone(EXAMPLE) as unknown as Record<string, unknown>;
  const steps = path.split(/[.[\]]+/).filter((step) => step !== "");
  let at: Record<string, unknown> = copy;
  for (const step of steps.slice(0, -1)) at = at[step] as Record<string, unknown>;
  at[steps.at(-1)!] = value;
  return copy;
}
