// How good chances of going cold within a time are, where not every lead was seen for so long: by horizon, with inverse
// probability of censoring weights (Uno et al. 2007; Graf et al. 1999). A lead whose outcome at the horizon was seen counts
// for those like it that were lost from sight before. Chances must be made of what was known before the time began; rows
// must be later than all that taught the model.

import { kaplanMeier, kaplanMeierOfLoss, survivalAt, survivalBefore } from "./survival.ts";

export interface Followed {
  /** From the look at the lead until it went cold, or was last seen. */
  readonly time: number;
  readonly ended: boolean;
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
  /** The chance that one who has gone cold by then was given more than one who had not; undefined without both kinds. */
  readonly auc: number | undefined;
  readonly brier: number;
  /** The Brier score of giving everybody the rate of Kaplan and Meier. */
  readonly brierOfRate: number;
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
  const horizons = foretold.map(({ horizon, chances }): AtHorizon => {
    // 0: not known at this horizon
    const weights = followed.map(({ time, ended }) => {
      if (time > horizon) return 1 / survivalAt(lost, horizon);
      return ended ? 1 / survivalBefore(lost, time) : 0;
    });
    const isCase = (place: number) => followed[place]!.time <= horizon;
    const known = followed.flatMap((_, place) => (weights[place]! > 0 ? [place] : []));
    const brier = (of: (place: number) => number) =>
      known.reduce((sum, place) => sum + weights[place]! * ((isCase(place) ? 1 : 0) - of(place)) ** 2, 0) /
      followed.length;
    const rate = 1 - survivalAt(lasting, horizon);
    return {
      horizon,
      cases: known.filter(isCase).length,
      controls: known.filter((place) => !isCase(place)).length,
      auc: aucOf(known, isCase, chances, weights),
      brier: brier((place) => chances[place]!),
      brierOfRate: brier(() => rate),
    };
  });
  return {
    horizons,
    integratedBrier: mean(horizons, ({ brier }) => brier),
    integratedBrierOfRate: mean(horizons, ({ brierOfRate }) => brierOfRate),
  };
}

/** Cumulative cases against dynamic controls, each pair by the product of its weights; equal chances count half. */
function aucOf(
  known: readonly number[],
  isCase: (place: number) => boolean,
  chances: ArrayLike<number>,
  weights: readonly number[],
): number | undefined {
  const rising = known.toSorted((a, b) => chances[a]! - chances[b]!);
  let below = 0;
  let pairs = 0;
  let casesWeight = 0;
  for (let at = 0; at < rising.length; ) {
    let cases = 0;
    let controls = 0;
    const chance = chances[rising[at]!]!;
    for (; at < rising.length && chances[rising[at]!] === chance; at++) {
      if (isCase(rising[at]!)) cases += weights[rising[at]!]!;
      else controls += weights[rising[at]!]!;
    }
    pairs += cases * (below + controls / 2);
    below += controls;
    casesWeight += cases;
  }
  return below > 0 && casesWeight > 0 ? pairs / (below * casesWeight) : undefined;
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
