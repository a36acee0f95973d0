import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aucInterval } from "./intervals.ts";
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

  test("are no surer of a share for rows that one lead has many of", () => {
    const [chances, labels] = [Array<number>(40).fill(0.3), Array.from({ length: 40 }, (_, row) => Number(row < 10))];
    const leads = Int32Array.from(labels, (_, row) => row >> 1);
    const [each] = reliability(chances, labels);
    const [paired] = reliability(chances, labels, { leads });
    const [once] = reliability(
      chances.slice(0, 20),
      labels.filter((_, row) => row % 2 === 0),
    );
    expect(paired?.low).toBeCloseTo(once?.low as number, 12);
    expect(paired?.high).toBeCloseTo(once?.high as number, 12);
    expect(paired?.low).toBeLessThan(each?.low as number);
  });

  test("have an accuracy, which the majority's stands beside", () => {
    expect(accuracy([0.9, 0.4, 0.1], [1, 1, 0])).toBeCloseTo(2 / 3, 12);
    expect(majority([0, 0, 0, 1])).toBe(0.75);
    expect(measure([0.9, 0.4, 0.1, 0.2], [1, 1, 0, 0])).toMatchObject({ n: 4, positives: 2, auc: 1, majority: 0.5 });
  });
});
