// How good a model is, with intervals, beside answering the base rate to everybody.

import { draws } from "../learn/draws.ts";
import { aucInterval, type Interval, logLossInterval } from "../learn/intervals.ts";
import { brier, countOf, lossOf, wilson } from "../learn/metrics.ts";
import { tenths } from "./judge.ts";
import type { ReliabilityBin } from "./kept.ts";
import type { Measure } from "./teach.ts";

const DRAWS = 500;

/** One row of each lead, so that rows are independent and their intervals honest. */
export const measured: Measure = (chances, labels, { from, until }) => {
  const rows = labels.length;
  const positives = countOf(labels);
  const baseRate = rows === 0 ? 0 : positives / rows;
  return {
    ...{ rows, positives, from, until, baseRate },
    logLoss: logLossInterval(chances, labels),
    brier: drawn(chances, labels, brier),
    auc: aucInterval(chances, labels),
    ece: drawn(chances, labels, calibrationErrorOf),
    reliability: binsOf(chances, labels),
    baseLogLoss: rows === 0 ? 0 : labels.reduce((sum, label) => sum + lossOf(baseRate, label), 0) / rows,
  };
};

/** By tenths of the leads. */
function binsOf(chances: Float64Array, labels: Uint8Array): ReliabilityBin[] {
  const part = tenths(chances);
  const bins = Array.from({ length: 10 }, () => ({ n: 0, shown: 0, came: 0 }));
  for (const [row, label] of labels.entries()) {
    const bin = bins[part[row] as number] as (typeof bins)[number];
    bin.n += 1;
    bin.shown += chances[row] as number;
    bin.came += label;
  }
  return bins
    .filter(({ n }) => n > 0)
    .map(({ n, shown, came }) => {
      const { low, high } = wilson(came, n);
      return { n, shown: shown / n, observed: came / n, low, high };
    });
}

const calibrationErrorOf = (chances: Float64Array, labels: Uint8Array): number =>
  binsOf(chances, labels).reduce((sum, { n, shown, observed }) => sum + n * Math.abs(shown - observed), 0) /
  labels.length;

/** By drawing leads with replacement. */
function drawn(
  chances: Float64Array,
  labels: Uint8Array,
  of: (chances: Float64Array, labels: Uint8Array) => number,
): Interval {
  const next = draws(labels.length);
  const found = Array.from({ length: DRAWS }, () => {
    const rows = Uint32Array.from(labels, () => Math.floor(next() * labels.length));
    return of(
      Float64Array.from(rows, (row) => chances[row] as number),
      Uint8Array.from(rows, (row) => labels[row] as number),
    );
  }).sort((a, b) => a - b);
  const at = (share: number) => found[Math.floor(share * DRAWS)] as number;
  return { value: of(chances, labels), low: at(0.025), high: at(0.975) };
}
