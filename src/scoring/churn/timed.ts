// How good chances of going cold within a time are, where not every lead was seen for so long: by horizon, with inverse
// probability of censoring weights (Uno et al. 2007; Graf et al. 1999). A lead whose outcome at the horizon was seen counts
// for those like it that were lost from sight before. Chances must be made of what was known before the time began; rows
// must be later than all that taught the model. A lead is looked at several times: what each lead adds to a measure is told
// with it, so that its interval, and that of a difference, counts leads and not looks.

import type { Interval } from "../learn/intervals.ts";
import { Z } from "../learn/metrics.ts";
import { kaplanMeier, kaplanMeierOfLoss, survivalAt, survivalBefore } from "./survival.ts";

export interface Followed {
  /** From the look at the lead until it went cold, or was last seen. */
  readonly time: number;
  readonly ended: boolean;
  /** Whose look it is, from 0 on; absent: each is another's. */
  readonly subject?: number;
}

/** By horizon: the chance, given at the look, of having gone cold by then. */
export interface RisksBy {
  readonly horizon: number;
  readonly chances: ArrayLike<number>;
}

export interface AtHorizon {
  readonly horizon: number;
  /** Gone cold by then, and seen to last longer. */
  readonly cases: number;
  readonly controls: number;
  /** The share that goes cold by then, by Kaplan and Meier. */
  readonly rate: number;
  /** The chance that one who has gone cold by then was given more than one who had not; undefined without both kinds. */
  readonly auc: number | undefined;
  readonly brier: number;
  /** The Brier score of giving everybody the rate of Kaplan and Meier. */
  readonly brierOfRate: number;
  /** What each subject adds to the two (influence, weights taken as known): see `intervalOf`. */
  readonly aucBy: Float64Array | undefined;
  readonly brierBy: Float64Array;
}

export interface Timed {
  readonly horizons: readonly AtHorizon[];
  /** The Brier score's mean over the horizons from the first to the last (trapezes). */
  readonly integratedBrier: number;
  readonly integratedBrierOfRate: number;
}

/** Horizons rising. Those at which hardly anybody is still seen say little: see `cases` and `controls`. */
export function timed(followed: readonly Followed[], foretold: readonly RisksBy[]): Timed {
  const lost = kaplanMeierOfLoss(followed);
  const lasting = kaplanMeier(followed);
  const subjects = followed.reduce((most, { subject }, place) => Math.max(most, (subject ?? place) + 1), 0);
  const bySubject = (looks: Float64Array): Float64Array => {
    const sums = new Float64Array(subjects);
    for (const [place, { subject = place }] of followed.entries()) sums[subject]! += looks[place]!;
    return sums;
  };
  const horizons = foretold.map(({ horizon, chances }): AtHorizon => {
    // 0: not known at this horizon
    const weights = followed.map(({ time, ended }) => {
      if (time > horizon) return 1 / survivalAt(lost, horizon);
      return ended ? 1 / survivalBefore(lost, time) : 0;
    });
    const isCase = (place: number) => followed[place]!.time <= horizon;
    const known = followed.flatMap((_, place) => (weights[place]! > 0 ? [place] : []));
    const errorOf = (place: number, chance: number) => weights[place]! * ((isCase(place) ? 1 : 0) - chance) ** 2;
    const brierOf = (of: (place: number) => number) =>
      known.reduce((sum, place) => sum + errorOf(place, of(place)), 0) / followed.length;
    const rate = 1 - survivalAt(lasting, horizon);
    const brier = brierOf((place) => chances[place]!);
    const auc = aucOf(known, isCase, chances, weights);
    return {
      ...{ horizon, rate, brier, auc: auc?.value },
      cases: known.filter(isCase).length,
      controls: known.filter((place) => !isCase(place)).length,
      brierOfRate: brierOf(() => rate),
      aucBy: auc && bySubject(auc.by),
      // a look that says nothing at this horizon adds nothing but its place among all
      brierBy: bySubject(
        Float64Array.from(followed, (_, place) => (errorOf(place, chances[place]!) - brier) / followed.length),
      ),
    };
  });
  return {
    horizons,
    integratedBrier: mean(horizons, ({ brier }) => brier),
    integratedBrierOfRate: mean(horizons, ({ brierOfRate }) => brierOfRate),
  };
}

/** 95 %, of what subjects add; of a difference, of the difference of what they add to each. */
export function intervalOf(value: number, by: Float64Array): Interval {
  const n = by.reduce((count, one) => count + (one === 0 ? 0 : 1), 0);
  const half = Z * Math.sqrt((by.reduce((sum, one) => sum + one * one, 0) * n) / Math.max(1, n - 1));
  return { value, low: value - half, high: value + half };
}

/** Cumulative cases against dynamic controls, each pair by the product of its weights; equal chances count half. */
function aucOf(
  known: readonly number[],
  isCase: (place: number) => boolean,
  chances: ArrayLike<number>,
  weights: readonly number[],
): { readonly value: number; readonly by: Float64Array } | undefined {
  const rising = known.toSorted((a, b) => chances[a]! - chances[b]!);
  const all = { cases: 0, controls: 0 };
  for (const place of known) all[isCase(place) ? "cases" : "controls"] += weights[place]!;
  if (all.cases === 0 || all.controls === 0) return undefined;
  // by look, the share of the other kind that it beats
  const won = new Float64Array(weights.length);
  const below = { cases: 0, controls: 0 };
  let value = 0;
  for (let at = 0; at < rising.length; ) {
    const here = { cases: 0, controls: 0 };
    const from = at;
    const chance = chances[rising[at]!]!;
    for (; at < rising.length && chances[rising[at]!] === chance; at++) {
      here[isCase(rising[at]!) ? "cases" : "controls"] += weights[rising[at]!]!;
    }
    const beats = (below.controls + here.controls / 2) / all.controls;
    const beaten = (all.cases - below.cases - here.cases / 2) / all.cases;
    for (const place of rising.slice(from, at)) won[place] = isCase(place) ? beats : beaten;
    value += (here.cases / all.cases) * beats;
    below.cases += here.cases;
    below.controls += here.controls;
  }
  const by = new Float64Array(weights.length);
  for (const place of known) {
    by[place] = (weights[place]! * (won[place]! - value)) / (isCase(place) ? all.cases : all.controls);
  }
  return { value, by };
}

function mean(horizons: readonly AtHorizon[], of: (one: AtHorizon) => number): number {
  const [first, last] = [horizons[0], horizons.at(-1)];
  if (first === undefined || last === undefined) return Number.NaN;
  if (first === last) return of(first);
  const area = horizons.slice(1).reduce((sum, one, place) => {
    const before = horizons[place]!;
    return sum + ((of(one) + of(before)) / 2) * (one.horizon - before.horizon);
  }, 0);
  return area / (last.horizon - first.horizon);
}
