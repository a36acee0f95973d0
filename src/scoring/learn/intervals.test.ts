import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { draws } from "./draws.ts";
import { aucDifference, aucInterval, type Interval, logLossDifference, logLossInterval } from "./intervals.ts";
import { auc, logLoss } from "./metrics.ts";

interface Paired {
  readonly one: number[];
  readonly other: number[];
  readonly labels: number[];
}

/** Whose rows are drawn together. */
interface ByLead extends Paired {
  readonly leads: Int32Array;
}

function bells(seed: number) {
  const next = draws(seed);
  return { next, bell: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()) };
}

const chanceOf = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));

/** Two models of one truth, the second with more noise. */
function twoModels(n: number, seed: number): Paired {
  const { next, bell } = bells(seed);
  const paired: Paired = { one: [], other: [], labels: [] };
  for (let row = 0; row < n; row += 1) {
    const truth = bell() * 1.5 - 1;
    paired.labels.push(next() < chanceOf(truth) ? 1 : 0);
    paired.one.push(chanceOf(truth + 0.3 * bell()));
    paired.other.push(chanceOf(truth + 1.2 * bell()));
  }
  return paired;
}

/** The same of leads with one to eight rows each, which lean the same way and are misjudged the same way; labels of both kinds. */
function twoModelsOfLeads(n: number, seed: number): ByLead {
  const { next, bell } = bells(seed);
  const paired: Paired = { one: [], other: [], labels: [] };
  const leads: number[] = [];
  for (let lead = 0; lead < n; lead += 1) {
    const [leaning, off, offOther, lot] = [bell() * 1.5 - 1, 0.3 * bell(), 1.2 * bell(), next()];
    const times = 1 + Math.floor(8 * next());
    for (let time = 0; time < times; time += 1) {
      const truth = leaning + 0.4 * bell();
      leads.push(lead);
      // mostly as the lead's other rows went
      paired.labels.push((next() < 0.2 ? next() : lot) < chanceOf(truth) ? 1 : 0);
      paired.one.push(chanceOf(truth + off));
      paired.other.push(chanceOf(truth + offOther));
    }
  }
  return { ...paired, leads: Int32Array.from(leads) };
}

type Of = (chances: number[], labels: number[]) => number;

/** The percentile bootstrap of a difference by its definition, leads drawn with repetition: it rests on no formula. */
function drawn(of: Of, { one, other, labels, leads }: ByLead, times = 300): Interval {
  const rows = new Map<number, number[]>();
  for (const [row, lead] of leads.entries()) rows.set(lead, [...(rows.get(lead) ?? []), row]);
  const all = [...rows.values()];
  const next = draws(1);
  const apart = (taken: readonly number[]) => {
    const at = (values: readonly number[]) => taken.map((row) => values[row] as number);
    return of(at(one), at(labels)) - of(at(other), at(labels));
  };
  const found = Array.from({ length: times }, () =>
    apart(all.flatMap(() => all[Math.floor(next() * all.length)] as number[])),
  ).sort((a, b) => a - b);
  const at = (share: number) => found[Math.floor(share * times)] as number;
  return { value: apart([...labels.keys()]), low: at(0.025), high: at(0.975) };
}

const single = (paired: Paired): ByLead => ({ ...paired, leads: Int32Array.from(paired.labels, (_, row) => row) });

function nearly(found: Interval, expected: Interval): void {
  const half = (expected.high - expected.low) / 2;
  expect(found.value).toBeCloseTo(expected.value, 12);
  expect(Math.abs(found.low - expected.low)).toBeLessThan(0.2 * half);
  expect(Math.abs(found.high - expected.high)).toBeLessThan(0.2 * half);
}

const same = (found: Interval, expected: Interval): void => {
  for (const end of ["value", "low", "high"] as const) expect(found[end]).toBeCloseTo(expected[end], 10);
};

describe("the difference of two models", () => {
  const paired = twoModels(600, 7);
  const { one, other, labels } = paired;

  test("has by DeLong, and in log loss, nearly the interval that the bootstrap has", () => {
    nearly(aucDifference(one, other, labels), drawn(auc, single(paired)));
    nearly(logLossDifference(one, other, labels), drawn(logLoss, single(paired)));
    expect(logLossDifference(one, other, labels).high).toBeLessThan(0);
  });

  test("is nothing for a model and itself", () => {
    expect(aucDifference(one, one, labels)).toEqual({ value: 0, low: 0, high: 0 });
  });

  test("lies in its interval about as often as the interval says", () => {
    // the truth: what 20,000 rows say
    const large = twoModels(20_000, 99);
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
    const { one, labels } = twoModels(1500, 7);
    const few = aucInterval(one.slice(0, 60), labels.slice(0, 60));
    const many = aucInterval(one, labels);
    expect(few.low).toBeGreaterThan(0);
    expect(few.high).toBeLessThan(1);
    expect(many.high - many.low).toBeLessThan((few.high - few.low) / 2);
    expect(logLossInterval(one, labels).low).toBeLessThan(logLoss(one, labels));
  });
});

describe("rows of one lead", () => {
  test("are one lead: the same rows many times over have the interval that they have once", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 6 }), (seed, times) => {
        const { one, other, labels } = twoModels(80, seed);
        const over = (values: number[]) => values.flatMap((value) => Array<number>(times).fill(value));
        const leads = Int32Array.from({ length: 80 * times }, (_, row) => Math.floor(row / times));
        const [a, b, y] = [over(one), over(other), over(labels)];
        same(aucInterval(a, y, leads), aucInterval(one, labels));
        same(aucDifference(a, b, y, leads), aucDifference(one, other, labels));
        same(logLossInterval(a, y, leads), logLossInterval(one, labels));
        same(logLossDifference(a, b, y, leads), logLossDifference(one, other, labels));
      }),
      { numRuns: 30 },
    );
  });

  test("one each, whatever their numbers, have the interval that rows have", () => {
    const { one, other, labels } = twoModels(200, 3);
    const leads = Int32Array.from(labels, (_, row) => 7 * (200 - row));
    same(aucDifference(one, other, labels, leads), aucDifference(one, other, labels));
    same(logLossDifference(one, other, labels, leads), logLossDifference(one, other, labels));
  });

  test("with outcomes of both kinds have nearly the interval that drawing leads has, which is wider than that by row", () => {
    const paired = twoModelsOfLeads(150, 11);
    const { one, other, labels, leads } = paired;
    const ranking = aucDifference(one, other, labels, leads);
    nearly(ranking, drawn(auc, paired));
    nearly(logLossDifference(one, other, labels, leads), drawn(logLoss, paired));
    const byRow = aucDifference(one, other, labels);
    expect(ranking.value).toBe(byRow.value);
    expect(ranking.high - ranking.low).toBeGreaterThan(1.3 * (byRow.high - byRow.low));
  });

  test("that came and rows of the same lead that did not rise and fall together, and make a ranking surer", () => {
    const { next, bell } = bells(5);
    const [one, other, labels, leads]: number[][] = [[], [], [], []];
    for (let lead = 0; lead < 120; lead += 1) {
      const lean = 2 * bell();
      for (const label of [0, 1]) {
        one?.push(chanceOf(lean + label + 0.3 * bell()));
        other?.push(next());
        labels?.push(label);
        leads?.push(lead);
      }
    }
    const paired = { one, other, labels, leads: Int32Array.from(leads as number[]) } as ByLead;
    const byLead = aucInterval(paired.one, paired.labels, paired.leads);
    const byRow = aucInterval(paired.one, paired.labels);
    expect(byLead.high - byLead.low).toBeLessThan(0.6 * (byRow.high - byRow.low));
    nearly(aucDifference(paired.one, paired.other, paired.labels, paired.leads), drawn(auc, paired));
  });

  test("leave the truth in the interval about as often as it says, where intervals by row lose it", () => {
    const large = twoModelsOfLeads(10_000, 99);
    const truth = aucDifference(large.one, large.other, large.labels).value;
    let [held, heldByRow] = [0, 0];
    const holds = ({ low, high }: Interval) => Number(low <= truth && truth <= high);
    for (let seed = 1; seed <= 200; seed += 1) {
      const { one, other, labels, leads } = twoModelsOfLeads(100, seed);
      held += holds(aucDifference(one, other, labels, leads));
      heldByRow += holds(aucDifference(one, other, labels));
    }
    expect(held).toBeGreaterThanOrEqual(182);
    expect(held).toBeLessThanOrEqual(198);
    expect(heldByRow).toBeLessThan(160);
  });
});

describe("where little is known", () => {
  test("a ranking without a fault is as sure as its rarer class is many", () => {
    const { value, low, high } = aucInterval([0.9, 0.8, 0.7, 0.2, 0.1, 0.1], [1, 1, 1, 0, 0, 0]);
    expect([value, high]).toEqual([1, 1]);
    // Wilson's of 3 in 3
    expect(low).toBeCloseTo(3 / (3 + 1.959963984540054 ** 2), 12);
    expect(aucInterval([0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0]).high).toBeLessThan(0.7);
  });

  test("one lead tells nothing of how leads differ: there is no interval", () => {
    const of = (...labels: number[]) => aucInterval([0.9, 0.8, 0.3, 0.2], labels);
    expect(of(1, 0, 0, 0).low).toBeNaN();
    expect(of(1, 1, 1, 0).high).toBeNaN();
    expect(of(1, 1, 1, 1).value).toBeNaN();
    expect(aucInterval([0.9, 0.8, 0.3, 0.2], [1, 1, 0, 0], Int32Array.of(4, 4, 5, 6)).low).toBeNaN();
    expect(logLossInterval([0.5, 0.4], [1, 0], Int32Array.of(1, 1)).low).toBeNaN();
    expect(logLossInterval([], []).value).toBeNaN();
  });
});
