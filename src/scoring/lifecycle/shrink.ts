// What a team's own outcomes say beyond the pooled model: a shift of the log-odds, shrunken towards none by how much
// teams differ at all. A normal prior on the logit; how wide it is comes of the groups themselves, by the method of
// moments.

import { sigmoid } from "../learn/predict.ts";
import type { Shift } from "../scorers.ts";

/** The outcomes of one group (a location, or an agent of it) beside what the model gave them. */
export interface Outcomes {
  /** Log-odds that the model gave. */
  readonly logOdds: number[];
  readonly labels: number[];
  /** Rows of one lead share the weight of one. */
  readonly weights: number[];
}

export const NO_SHIFT: Shift = { logOdds: 0, n: 0, k: 0 };

/** With fewer groups there is no spread to measure: one of .5 in log-odds (ours) is taken. */
const GROUPS_TO_MEASURE = 5;
const SPREAD_UNMEASURED = 0.5;
/** Bounds of the spread in log-odds (ours): groups are never taken for wholly alike, nor wholly each for itself. */
const SPREAD_LEAST = 0.05;
const SPREAD_MOST = 2;
const STEPS = 25;

/**
 * Each group's shift: the most likely one under its outcomes and a normal prior about 0, whose spread is that between the
 * groups. The prior is worth k outcomes: n / (n + k) is the share of the group's own estimate, to the first order.
 */
export function shrink(groups: Readonly<Record<string, Outcomes>>): Record<string, Shift> {
  const told = Object.entries(groups).flatMap(([key, outcomes]) => {
    const group = firstStep(outcomes);
    return group.n > 0 && group.information > 0 ? [{ key, outcomes, group }] : [];
  });
  const spread = spreadOf(told.map(({ group }) => group));
  return Object.fromEntries(
    told.map(({ key, outcomes, group: { n, information } }) => [
      key,
      { logOdds: mostLikely(outcomes, spread), n: Math.round(n), k: n / information / spread ** 2 },
    ]),
  );
}

/** Of a single group, whose kin nobody has measured. */
export const shrinkOne = (outcomes: Outcomes): Shift => shrink({ own: outcomes })["own"] ?? NO_SHIFT;

/** Of a group without an outcome: no shift, against the prior that outcomes of these chances would meet. */
export function shiftUnseen(chances: Float64Array): Shift {
  const information = chances.reduce((sum, chance) => sum + chance * (1 - chance), 0);
  const k = information > 0 ? chances.length / information / SPREAD_UNMEASURED ** 2 : 0;
  return { logOdds: 0, n: 0, k };
}

/** One step of Newton's from the model: the estimate where a shift is small, and what the outcomes tell about it. */
interface FirstStep {
  readonly n: number;
  readonly estimate: number;
  /** One over its variance. */
  readonly information: number;
}

export function firstStep({ logOdds, labels, weights }: Outcomes): FirstStep {
  let [n, slope, information] = [0, 0, 0];
  for (const [at, value] of logOdds.entries()) {
    const [chance, weight] = [sigmoid(value), weights[at] as number];
    n += weight;
    slope += weight * ((labels[at] as number) - chance);
    information += weight * chance * (1 - chance);
  }
  return { n, estimate: information === 0 ? 0 : slope / information, information };
}

/** Newton's method on the logarithm of the posterior, which is concave; steps of at most 1, so that it never overshoots. */
function mostLikely({ logOdds, labels, weights }: Outcomes, spread: number): number {
  let shift = 0;
  for (let step = 0; step < STEPS; step += 1) {
    let slope = -shift / spread ** 2;
    let bend = 1 / spread ** 2;
    for (const [at, value] of logOdds.entries()) {
      const [chance, weight] = [sigmoid(value + shift), weights[at] as number];
      slope += weight * ((labels[at] as number) - chance);
      bend += weight * chance * (1 - chance);
    }
    const by = Math.max(-1, Math.min(1, slope / bend));
    shift += by;
    if (Math.abs(by) < 1e-9) break;
  }
  return shift;
}

/**
 * Standard deviation between groups, in log-odds.
 *
 * @source DerSimonian and Laird 1986, Controlled Clinical Trials 7:177: the excess of Cochran's Q over its expectation
 */
export function spreadOf(groups: readonly FirstStep[]): number {
  if (groups.length < GROUPS_TO_MEASURE) return SPREAD_UNMEASURED;
  let [weights, squares, weighted] = [0, 0, 0];
  for (const { information, estimate } of groups) {
    weights += information;
    squares += information ** 2;
    weighted += information * estimate;
  }
  const mean = weighted / weights;
  const q = groups.reduce((sum, { information, estimate }) => sum + information * (estimate - mean) ** 2, 0);
  const variance = (q - (groups.length - 1)) / (weights - squares / weights);
  return Math.min(SPREAD_MOST, Math.max(SPREAD_LEAST, Math.sqrt(Math.max(0, variance))));
}
