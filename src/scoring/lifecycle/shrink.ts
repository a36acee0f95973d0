// What a team's own outcomes say beyond the pooled model: an intercept on the log-odds, shrunken towards none by how
// much teams differ at all. Normal-normal on the logit; how much they differ is found by the method of moments.

import type { Shift } from "../scorers.ts";

/** The outcomes of one group (a location, or an agent of it) beside what the model gave them. */
export interface Group {
  /** Outcomes that are known. */
  readonly n: number;
  readonly positives: number;
  /** Sum of the chances that the model gave these leads. */
  readonly expected: number;
  /** Sum of p (1 - p): what the outcomes tell about an intercept. */
  readonly information: number;
}

export const NO_SHIFT: Shift = { logOdds: 0, n: 0, k: 0 };

/** With fewer groups there is no spread to measure: a spread of .5 in log-odds (ours) is taken. */
const GROUPS_TO_MEASURE = 5;
const SPREAD_UNMEASURED = 0.5;
/** Bounds of the spread between teams in log-odds (ours): never wholly one, never wholly each for itself. */
const SPREAD_LEAST = 0.05;
const SPREAD_MOST = 2;
/** A group's own estimate goes no further than this: odds times or by twenty. */
const FURTHEST = 3;

/**
 * Estimates each group's shift in log-odds.
 *
 * A group's own estimate is one Newton step from the model, (positives - expected) / information, with variance
 * 1 / information. Between groups the variance is tau², by the method of moments (DerSimonian and Laird 1986). The
 * shift is the estimate times tau² / (tau² + variance): as if a prior worth k = variance of one outcome / tau² outcomes
 * had said "no shift".
 *
 * @returns shifts by the group's key; `n` and `k` so that n / (n + k) is the share of the group's own estimate
 */
export function shrink(groups: Readonly<Record<string, Group>>): Record<string, Shift> {
  const told = Object.entries(groups).filter(([, { n, information }]) => n > 0 && information > 0);
  const spread = spreadOf(told.map(([, group]) => group));
  return Object.fromEntries(
    told.map(([key, group]) => {
      const k = group.n / group.information / spread ** 2;
      return [key, { logOdds: (estimate(group) * group.n) / (group.n + k), n: group.n, k }];
    }),
  );
}

/** Of a single group, whose kin are measured elsewhere or not at all. */
export const shrinkOne = (group: Group, kin: readonly Group[] = []): Shift =>
  shrink({ ...Object.fromEntries(kin.map((one, at) => [`kin ${at}`, one])), own: group })["own"] ?? NO_SHIFT;

const estimate = ({ positives, expected, information }: Group): number =>
  Math.max(-FURTHEST, Math.min(FURTHEST, (positives - expected) / information));

/** Standard deviation between groups, in log-odds. */
export function spreadOf(groups: readonly Group[]): number {
  if (groups.length < GROUPS_TO_MEASURE) return SPREAD_UNMEASURED;
  let [weights, squares, weighted] = [0, 0, 0];
  for (const group of groups) {
    weights += group.information;
    squares += group.information ** 2;
    weighted += group.information * estimate(group);
  }
  const mean = weighted / weights;
  const q = groups.reduce((sum, group) => sum + group.information * (estimate(group) - mean) ** 2, 0);
  const variance = (q - (groups.length - 1)) / (weights - squares / weights);
  return Math.min(SPREAD_MOST, Math.max(SPREAD_LEAST, Math.sqrt(Math.max(0, variance))));
}

/** Counts a group up, outcome by outcome. */
export interface Counting {
  n: number;
  positives: number;
  expected: number;
  information: number;
}

export const counting = (): Counting => ({ n: 0, positives: 0, expected: 0, information: 0 });

/** @param weight of one outcome; several rows of one lead share it */
export function count(group: Counting, chance: number, label: number, weight = 1): void {
  group.n += weight;
  group.positives += weight * label;
  group.expected += weight * chance;
  group.information += weight * chance * (1 - chance);
}
