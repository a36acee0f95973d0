import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { draws } from "./draws.ts";
import { aucDifference, aucInterval, bootstrapDifference, logLossDifference, logLossInterval } from "./intervals.ts";
import {
  accuracy,
  auc,
  averagePrecision,
  brier,
  calibrationError,
  captured,
  ks,
  lift,
  logLoss,
  majority,
  measure,
  precisionRecall,
  reliability,
} from "./metrics.ts";

/** Chances on a grid, so that there are ties. */
const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 1 })), {
  minLength: 2,
  maxLength: 60,
});
const both = rows.filter((list) => new Set(list.map(([, label]) => label)).size === 2);
const split = (list: readonly (readonly [number, number])[]) => ({
  chances: list.map(([chance]) => chance / 10),
  labels: list.map(([, label]) => label),
});

describe("a ranking", () => {
  test("is as good as the share of pairs it puts in order, equals half", () => {
    fc.assert(
      fc.property(both, (list) => {
        const { chances, labels } = split(list);
        let [won, pairs] = [0, 0];
        for (const [i, a] of chances.entries())
          for (const [j, b] of chances.entries())
            if (labels[i] === 1 && labels[j] === 0) {
              pairs += 1;
              won += a > b ? 1 : a === b ? 0.5 : 0;
            }
        expect(auc(chances, labels)).toBeCloseTo(won / pairs, 12);
        expect(aucInterval(chances, labels).value).toBeCloseTo(won / pairs, 12);
      }),
    );
  });

  test("turned around is as bad as it was good", () => {
    fc.assert(
      fc.property(both, (list) => {
        const { chances, labels } = split(list);
        const turned = chances.map((chance) => 1 - chance);
        expect(auc(turned, labels)).toBeCloseTo(1 - auc(chances, labels), 12);
      }),
    );
  });

  test("of one class has no AUC, no KS and no lift, and says so", () => {
    expect(auc([0.1, 0.2], [0, 0])).toBeNaN();
    expect(auc([0.1, 0.2], [1, 1])).toBeNaN();
    expect(ks([0.1, 0.2], [0, 0])).toBeNaN();
    expect(lift([0.1, 0.2], [0, 0])).toBeNaN();
    expect(averagePrecision([0.1, 0.2], [0, 0])).toBeNaN();
    expect(bootstrapDifference("auc", [[0.1], [0.2]], [1]).value).toBeNaN();
  });

  test("has the lift and the capture of its top, a group of equals cut evenly", () => {
    const chances = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05];
    const labels = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    expect(lift(chances, labels, 0.1)).toBeCloseTo(5, 12);
    expect(captured(chances, labels, 0.2)).toBe(1);
    expect(captured([0.5, 0.5, 0.5, 0.5], [1, 0, 0, 0], 0.5)).toBeCloseTo(0.5, 12);
  });

  test("has the KS, precision and recall that one counts by hand", () => {
    const chances = [0.9, 0.8, 0.8, 0.3];
    const labels = [1, 1, 0, 0];
    expect(ks(chances, labels)).toBe(0.5);
    expect(precisionRecall(chances, labels)).toEqual([
      { chance: 0.9, precision: 1, recall: 0.5 },
      { chance: 0.8, precision: 2 / 3, recall: 1 },
      { chance: 0.3, precision: 0.5, recall: 1 },
    ]);
    expect(averagePrecision(chances, labels)).toBeCloseTo(0.5 + (0.5 * 2) / 3, 12);
  });
});

describe("chances", () => {
  test("lose what was not foreseen, in nats; a certainty that failed costs much, not infinitely much", () => {
    expect(logLoss([0.5, 0.5], [1, 0])).toBeCloseTo(Math.log(2), 12);
    expect(logLoss([0.8], [1])).toBeCloseTo(-Math.log(0.8), 12);
    expect(logLoss([0], [1])).toBeCloseTo(-Math.log(1e-15), 6);
    expect(logLoss([0.5, 0.9], [1, 1], [3, 1])).toBeCloseTo((3 * Math.log(2) - Math.log(0.9)) / 4, 12);
    expect(brier([0.8, 0.4], [1, 0])).toBeCloseTo((0.04 + 0.16) / 2, 12);
  });

  test("are off by the distance of each bin's chance from its share, weighed by its rows", () => {
    // bins of fifteenths: 0.7 (10 rows, 5 came) and 0.1 (10 rows, 1 came)
    const chances = [...Array<number>(10).fill(0.7), ...Array<number>(10).fill(0.1)];
    const labels = [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    expect(calibrationError(chances, labels)).toBeCloseTo(0.1, 12);
    expect(reliability(chances, labels)).toMatchObject([
      { n: 10, rate: 0.1, from: 1 / 15 },
      { n: 10, rate: 0.5 },
    ]);
    expect(reliability([1], [1])).toMatchObject([{ to: 1, n: 1, rate: 1 }]);
  });

  test("have an accuracy, which the majority's stands beside", () => {
    expect(accuracy([0.9, 0.4, 0.1], [1, 1, 0])).toBeCloseTo(2 / 3, 12);
    expect(majority([0, 0, 0, 1])).toBe(0.75);
    expect(measure([0.9, 0.4, 0.1, 0.2], [1, 1, 0, 0])).toMatchObject({ n: 4, positives: 2, auc: 1, majority: 0.5 });
  });
});

/** Two models of one truth, the second with more noise. */
function twoModels(n: number, seed: number) {
  const next = draws(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const [one, other, labels]: number[][] = [[], [], []];
  for (let row = 0; row < n; row += 1) {
    const truth = normal() * 1.5 - 1;
    labels?.push(next() < 1 / (1 + Math.exp(-truth)) ? 1 : 0);
    one?.push(1 / (1 + Math.exp(-truth - 0.3 * normal())));
    other?.push(1 / (1 + Math.exp(-truth - 1.2 * normal())));
  }
  return { one: one as number[], other: other as number[], labels: labels as number[] };
}

describe("the difference of two models", () => {
  const { one, other, labels } = twoModels(1500, 7);

  test("has by DeLong nearly the interval that the bootstrap has", () => {
    const [formula, drawn] = [aucDifference(one, other, labels), bootstrapDifference("auc", [one, other], labels)];
    expect(formula.value).toBeCloseTo(drawn.value, 12);
    const half = (formula.high - formula.low) / 2;
    expect(Math.abs(formula.low - drawn.low)).toBeLessThan(0.2 * half);
    expect(Math.abs(formula.high - drawn.high)).toBeLessThan(0.2 * half);
  });

  test("has in log loss nearly the interval that the bootstrap has", () => {
    const formula = logLossDifference(one, other, labels);
    const drawn = bootstrapDifference("logLoss", [one, other], labels);
    expect(formula.value).toBeCloseTo(drawn.value, 12);
    const half = (formula.high - formula.low) / 2;
    expect(Math.abs(formula.low - drawn.low)).toBeLessThan(0.2 * half);
    expect(Math.abs(formula.high - drawn.high)).toBeLessThan(0.2 * half);
    expect(formula.high).toBeLessThan(0);
  });

  test("is nothing for a model and itself, and the same whenever it is drawn", () => {
    expect(aucDifference(one, one, labels)).toEqual({ value: 0, low: 0, high: 0 });
    expect(bootstrapDifference("auc", [one, other], labels, { draws: 50 })).toEqual(
      bootstrapDifference("auc", [one, other], labels, { draws: 50 }),
    );
  });

  test("has an interval where a draw may well be without one of the classes", () => {
    const rare = [1, 0, 0, 0, 0, 0, 0, 0];
    const found = bootstrapDifference("auc", [one.slice(0, 8), other.slice(0, 8)], rare, { draws: 300 });
    expect(found.low).toBeLessThanOrEqual(found.high);
  });

  test("lies in its interval about as often as the interval says", () => {
    // the truth: what 40,000 rows say
    const large = twoModels(40_000, 99);
    const truth = aucDifference(large.one, large.other, large.labels).value;
    let held = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const small = twoModels(300, seed);
      const { low, high } = aucDifference(small.one, small.other, small.labels);
      if (low <= truth && truth <= high) held += 1;
    }
    expect(held).toBeGreaterThanOrEqual(182);
    expect(held).toBeLessThanOrEqual(198);
  });

  test("stays between 0 and 1 for the AUC itself, and narrows with rows", () => {
    const few = aucInterval(one.slice(0, 60), labels.slice(0, 60));
    const many = aucInterval(one, labels);
    expect(few.low).toBeGreaterThan(0);
    expect(few.high).toBeLessThan(1);
    expect(many.high - many.low).toBeLessThan((few.high - few.low) / 2);
    expect(logLossInterval(one, labels).low).toBeLessThan(logLoss(one, labels));
  });
});
