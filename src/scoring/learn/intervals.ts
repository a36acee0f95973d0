// How sure a measure is: 95 % intervals of AUC and log loss, and of the difference of two models on the same rows.
//
// Rows of one lead speak of each other. Where it is said whose rows are, a lead's are added up before anything is squared:
// the same rows k times over then have the interval that they have once, and one row a lead has the usual one.

import { countOf, lossOf, ranked, wilson, Z } from "./metrics.ts";
import { counted } from "./subset.ts";

export interface Interval {
  readonly value: number;
  /** NaN, as `high`, where fewer than two leads tell of it. */
  readonly low: number;
  readonly high: number;
}

/** A mean, and its standard error. */
export interface Mean {
  readonly value: number;
  readonly error: number;
}

type Rows = ArrayLike<number>;
/** Whose row each is; undefined: each is somebody's of its own. */
type Leads = Int32Array | undefined;

/**
 * DeLong's placements: for each row the share of the other class that it beats, ties half. The mean over those that came,
 * as that over those that did not, is the AUC.
 * @source DeLong, DeLong, Clarke-Pearson 1988, Biometrics 44:837; by midranks as Sun, Xu 2014
 */
function placements(chances: Rows, labels: Rows): Float64Array {
  const order = ranked(chances);
  const positives = countOf(labels);
  const negatives = labels.length - positives;
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
  return placed;
}

/**
 * Mean placement and its error. Leads are taken to be independent, a lead's rows not; a lead may have rows of both classes.
 * With one row a lead this is DeLong's.
 * @source Obuchowski 1997, Biometrics 53:567, equation of var(AUC)
 */
function meanPlacement(placed: Float64Array, labels: Rows, leads: Leads): Mean {
  const came = countOf(labels);
  const not = labels.length - came;
  let sum = 0;
  for (const [row, place] of placed.entries()) if (labels[row] === 1) sum += place;
  const value = sum / came;
  // by lead: deviations of its rows that came, and of those that did not
  const off = new Map<number, { came: number; not: number }>();
  for (const [row, place] of placed.entries()) {
    const lead = leads?.[row] ?? row;
    const sums = off.get(lead) ?? { came: 0, not: 0 };
    if (labels[row] === 1) sums.came += place - value;
    else sums.not += place - value;
    off.set(lead, sums);
  }
  const met = counted(labels, leads);
  if (met.came < 2 || met.not < 2) return { value, error: Number.NaN };
  let [ofCame, ofNot, ofBoth] = [0, 0, 0];
  for (const sums of off.values()) {
    ofCame += sums.came ** 2;
    ofNot += sums.not ** 2;
    ofBoth += sums.came * sums.not;
  }
  const variance =
    unbiased(met.came) * (ofCame / came ** 2) +
    unbiased(met.not) * (ofNot / not ** 2) +
    unbiased(met.all) * ((2 * ofBoth) / (came * not));
  return { value, error: Math.sqrt(Math.max(0, variance)) };
}

/** What a sum of squares about a mean of so many falls short by. */
const unbiased = (n: number): number => n / (n - 1);

/** Made on the logit, so that it stays within 0 and 1. A ranking without a fault is as sure as its rarer class is many. */
export function aucInterval(chances: Rows, labels: Rows, leads?: Int32Array): Interval {
  const { value, error } = meanPlacement(placements(chances, labels), labels, leads);
  if (Number.isNaN(error)) return { value, low: error, high: error };
  if (value === 0 || value === 1) {
    const { came, not } = counted(labels, leads);
    const rarer = Math.min(came, not);
    return { value, ...wilson(value * rarer, rarer) };
  }
  const middle = Math.log(value / (1 - value));
  const half = (Z * error) / (value * (1 - value));
  const back = (logit: number) => 1 / (1 + Math.exp(-logit));
  return { value, low: back(middle - half), high: back(middle + half) };
}

/** AUC of `one` less that of `other` on the same rows. */
export function aucDifference(one: Rows, other: Rows, labels: Rows, leads?: Int32Array): Interval {
  const others = placements(other, labels);
  const apart = placements(one, labels).map((place, row) => place - (others[row] as number));
  return around(meanPlacement(apart, labels, leads));
}

/** A mean over rows, its error by lead: of a ratio of sums over leads, as the numbers of their rows differ too. */
function meanOf(values: Float64Array, leads: Leads): Mean {
  const value = values.reduce((sum, one) => sum + one, 0) / values.length;
  const off = new Map<number, number>();
  for (const [row, one] of values.entries()) {
    const lead = leads?.[row] ?? row;
    off.set(lead, (off.get(lead) ?? 0) + one - value);
  }
  let squares = 0;
  for (const sum of off.values()) squares += sum ** 2;
  const error = off.size < 2 ? Number.NaN : Math.sqrt(unbiased(off.size) * squares) / values.length;
  return { value, error };
}

/** Mean log loss, nats; never below 0. */
export function logLossInterval(chances: Rows, labels: Rows, leads?: Int32Array): Interval {
  const { value, low, high } = around(meanOf(losses(chances, labels), leads));
  return { value, low: Math.max(0, low), high };
}

/** Log loss of `one` less that of `other`, paired by row; below 0: `one` is better. */
export function lossApart(one: Rows, other: Rows, labels: Rows, leads?: Int32Array): Mean {
  const others = losses(other, labels);
  return meanOf(
    losses(one, labels).map((loss, row) => loss - (others[row] as number)),
    leads,
  );
}

export const logLossDifference = (one: Rows, other: Rows, labels: Rows, leads?: Int32Array): Interval =>
  around(lossApart(one, other, labels, leads));

const around = ({ value, error }: Mean): Interval => ({ value, low: value - Z * error, high: value + Z * error });

const losses = (chances: Rows, labels: Rows): Float64Array =>
  Float64Array.from({ length: labels.length }, (_, row) => lossOf(chances[row] as number, labels[row] as number));
