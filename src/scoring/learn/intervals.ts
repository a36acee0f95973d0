// How sure a measure is: 95 % intervals of AUC and log loss, and of the difference of two models on the same rows.

import { draws } from "./draws.ts";
import { countOf, lossOf, ranked } from "./metrics.ts";

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const Z = 1.959964;

type Rows = ArrayLike<number>;

/**
 * DeLong's placements: for each row the share of the other class that it beats, ties half. Their means are the AUC, their
 * variances its uncertainty.
 * @source DeLong, DeLong, Clarke-Pearson 1988, Biometrics 44:837; by midranks as Sun, Xu 2014
 */
function placements(chances: Rows, labels: Rows): { readonly came: Float64Array; readonly not: Float64Array } {
  const order = ranked(chances);
  const positives = countOf(labels);
  const negatives = labels.length - positives;
  const came: number[] = [];
  const not: number[] = [];
  // by row, so that two models' placements stand side by side
  const placed = new Float64Array(labels.length);
  let [above, below] = [0, negatives];
  for (let at = 0; at < order.length; ) {
    const chance = chances[order[at] as number];
    let end = at;
    let equal = 0;
    while (end < order.length && chances[order[end] as number] === chance) {
      equal += labels[order[end] as number] as number;
      end += 1;
    }
    const others = end - at - equal;
    below -= others;
    for (; at < end; at += 1) {
      const row = order[at] as number;
      placed[row] = labels[row] === 1 ? (below + others / 2) / negatives : (above + equal / 2) / positives;
    }
    above += equal;
  }
  for (let row = 0; row < labels.length; row += 1) (labels[row] === 1 ? came : not).push(placed[row] as number);
  return { came: Float64Array.from(came), not: Float64Array.from(not) };
}

/** NaN without rows; variance of the mean (0 for a single row). */
function meanOf(values: Float64Array): { readonly mean: number; readonly variance: number } {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, variance: values.length < 2 ? 0 : squares / (values.length - 1) / values.length };
}

/** DeLong's interval, made on the logit so that it stays within 0 and 1. */
export function aucInterval(chances: Rows, labels: Rows): Interval {
  const { came, not } = placements(chances, labels);
  const [a, b] = [meanOf(came), meanOf(not)];
  const value = a.mean;
  const deviation = Math.sqrt(a.variance + b.variance);
  if (!(value > 0 && value < 1)) return { value, low: value, high: value };
  const middle = Math.log(value / (1 - value));
  const half = (Z * deviation) / (value * (1 - value));
  const back = (logit: number) => 1 / (1 + Math.exp(-logit));
  return { value, low: back(middle - half), high: back(middle + half) };
}

/** AUC of `one` less that of `other` on the same rows, DeLong's paired interval. */
export function aucDifference(one: Rows, other: Rows, labels: Rows): Interval {
  const [a, b] = [placements(one, labels), placements(other, labels)];
  const came = meanOf(a.came.map((value, row) => value - (b.came[row] as number)));
  const not = meanOf(a.not.map((value, row) => value - (b.not[row] as number)));
  return around(came.mean, came.variance + not.variance);
}

/** Mean log loss, nats. */
export function logLossInterval(chances: Rows, labels: Rows): Interval {
  const { mean, variance } = meanOf(losses(chances, labels));
  return around(mean, variance);
}

/** Log loss of `one` less that of `other`, paired by row; below 0: `one` is better. */
export function logLossDifference(one: Rows, other: Rows, labels: Rows): Interval {
  const [a, b] = [losses(one, labels), losses(other, labels)];
  const { mean, variance } = meanOf(a.map((loss, row) => loss - (b[row] as number)));
  return around(mean, variance);
}

const around = (value: number, variance: number): Interval => ({
  value,
  low: value - Z * Math.sqrt(variance),
  high: value + Z * Math.sqrt(variance),
});

const losses = (chances: Rows, labels: Rows): Float64Array =>
  Float64Array.from({ length: labels.length }, (_, row) => lossOf(chances[row] as number, labels[row] as number));

export interface Drawn {
  /** 1,000 puts the ends within about 0.1 of a standard error. */
  readonly draws?: number;
  readonly seed?: number;
}

/**
 * The paired bootstrap's percentile interval of a difference of means: rows are drawn with repetition, the same for both.
 * Rests on no formula for the variance, so it is what DeLong's and the normal intervals are checked against.
 * A draw without one of the classes has no AUC and is drawn again; with one class there is none at all (NaN).
 */
export function bootstrapDifference(
  what: "auc" | "logLoss",
  [one, other]: readonly [Rows, Rows],
  labels: Rows,
  { draws: count = 1000, seed = 1 }: Drawn = {},
): Interval {
  const rows = labels.length;
  const positives = countOf(labels);
  const measures =
    what === "auc" ? [aucOfCounts(one, labels), aucOfCounts(other, labels)] : lossesOfCounts(one, other, labels);
  const of = (counts: Uint16Array) => (measures[0] as Measure)(counts) - (measures[1] as Measure)(counts);
  const value = of(new Uint16Array(rows).fill(1));
  if (rows === 0 || (what === "auc" && (positives === 0 || positives === rows)))
    return { value: Number.NaN, low: Number.NaN, high: Number.NaN };
  const next = draws(seed);
  const found = new Float64Array(count);
  const counts = new Uint16Array(rows);
  for (let draw = 0; draw < count; ) {
    counts.fill(0);
    for (let n = 0; n < rows; n += 1) {
      const row = Math.floor(next() * rows);
      counts[row] = (counts[row] as number) + 1;
    }
    const drawn = of(counts);
    if (Number.isNaN(drawn)) continue;
    found[draw] = drawn;
    draw += 1;
  }
  found.sort();
  const at = (share: number) => found[Math.min(count - 1, Math.floor(share * count))] as number;
  return { value, low: at(0.025), high: at(0.975) };
}

type Measure = (counts: Uint16Array) => number;

/** The AUC where each row stands as often as `counts` says; ranked once. */
function aucOfCounts(chances: Rows, labels: Rows): Measure {
  const order = ranked(chances);
  return (counts) => {
    let [came, not, won] = [0, 0, 0];
    for (let at = 0; at < order.length; ) {
      const chance = chances[order[at] as number];
      let [equal, others] = [0, 0];
      while (at < order.length && chances[order[at] as number] === chance) {
        const row = order[at] as number;
        if (labels[row] === 1) equal += counts[row] as number;
        else others += counts[row] as number;
        at += 1;
      }
      won += others * (came + equal / 2);
      came += equal;
      not += others;
    }
    return came * not === 0 ? Number.NaN : won / (came * not);
  };
}

const lossesOfCounts = (one: Rows, other: Rows, labels: Rows): Measure[] =>
  [one, other].map((chances) => {
    const each = losses(chances, labels);
    return (counts) => {
      let sum = 0;
      for (let row = 0; row < each.length; row += 1) sum += (each[row] as number) * (counts[row] as number);
      return sum / each.length;
    };
  });
