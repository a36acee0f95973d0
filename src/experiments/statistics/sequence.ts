// Intervals that hold at every look, however often one looks.
//
// The difference of two rates is compared with a normal mixture: at any moment its evidence against a difference d0 is
// the likelihood ratio of "normal around d0, variance V + scale²" to "normal around d0, variance V", a non-negative
// martingale that starts at 1 and therefore exceeds 1/alpha ever with chance at most alpha (Ville). The interval is
// all d0 not yet refuted.
//
// - H. Robbins, Statistical methods related to the law of the iterated logarithm, Ann. Math. Statist. 41 (1970): the mixture.
// - R. Johari, P. Koomen, L. Pekelis, D. Walsh, Always valid inference, Operations Research 70 (2022): its use for A/B tests.
// - I. Waudby-Smith, D. Arbour, R. Sinha, E. Kennedy, A. Ramdas, Time-uniform central limit theory and asymptotic
//   confidence sequences, Ann. Statist. 52 (2024): why the variance may be estimated on the way.

import { normalQuantile } from "./special.ts";

export interface Interval {
  readonly from: number;
  readonly to: number;
}

export interface Difference extends Interval {
  readonly estimate: number;
}

interface Rate {
  /** Leads whose window is over. */
  readonly closed: number;
  readonly reached: number;
}

/** Chance of ever being wrong about any of an experiment's comparisons. */
export const ALPHA = 0.05;
/** With which an effect of the declared size is to be found. */
export const POWER = 0.8;
const POWER_DEVIATIONS = normalQuantile(POWER);
/** A smaller effect than this takes more leads than anybody has; "any" is read as this. */
const FINEST = 0.001;

/**
 * Effects the interval is laid out for, in multiples of the declared one, and how the chance of error is shared among
 * them. One mixture alone is blind to what is many times its scale: a guardrail made for half a point would sleep
 * through twenty. The narrowest of the three holds, since together they err with no more than the whole chance.
 */
const LAYOUTS = [
  { times: 1, share: 0.8 },
  { times: 4, share: 0.1 },
  { times: 16, share: 0.1 },
] as const;

/** Half the width of the interval around an estimate of this variance; `scale`: see `layout`. */
export const halfWidth = (variance: number, scale: number, alpha: number): number =>
  Math.min(...LAYOUTS.map(({ times, share }) => mixtureWidth(variance, scale * times, alpha * share)));

/** The same of one mixture. */
export function mixtureWidth(variance: number, scale: number, alpha: number): number {
  const ratio = variance / scale ** 2;
  return Math.sqrt(variance * (1 + ratio) * (Math.log1p(1 / ratio) - 2 * Math.log(alpha)));
}

/**
 * How an experiment is laid out for an effect of the declared size: the mixture's scale at which the interval is
 * narrowest just when that effect is found, and the variance of the difference at which it is, with `POWER`.
 * It depends on the declaration alone, never on data: that is what keeps the intervals valid.
 */
export function layout(minimumEffect: number, alpha: number): { readonly scale: number; readonly variance: number } {
  const own = alpha * LAYOUTS[0].share;
  const spread = -2 * Math.log(own) + Math.log(1 - 2 * Math.log(own));
  const width = mixtureWidth(1, Math.sqrt(spread), own);
  const variance = (Math.max(minimumEffect, FINEST) / (width + POWER_DEVIATIONS)) ** 2;
  return { scale: Math.sqrt(spread * variance), variance };
}

/** One success and one failure more than were seen, so that a rate of nothing does not pass for certainty (Agresti, Caffo 2000). */
function varianceOf({ closed, reached }: Rate): number {
  const rate = (reached + 1) / (closed + 2);
  return (rate * (1 - rate)) / closed;
}

export interface Comparing {
  readonly minimumEffect: number;
  /** Chance of ever being wrong about this comparison. */
  readonly alpha: number;
  /**
   * Shares follow what was learned: then the difference is no martingale in its own variance, but each rate still is
   * in its own. Each gets an interval of half the chance, and the difference what both leave.
   */
  readonly adaptive?: boolean;
}

/** How much higher the variant's rate is than the control's; undefined while either has no lead. */
export function difference(
  variant: Rate,
  control: Rate,
  { minimumEffect, alpha, adaptive }: Comparing,
): Difference | undefined {
  if (variant.closed === 0 || control.closed === 0) return undefined;
  const estimate = variant.reached / variant.closed - control.reached / control.closed;
  const { scale } = layout(minimumEffect, alpha);
  const [one, other] = [varianceOf(variant), varianceOf(control)];
  const width =
    adaptive === true
      ? halfWidth(one, scale / Math.SQRT2, alpha / 2) + halfWidth(other, scale / Math.SQRT2, alpha / 2)
      : halfWidth(one + other, scale, alpha);
  return { estimate, from: Math.max(-1, estimate - width), to: Math.min(1, estimate + width) };
}

/** The smallest difference that the leads so far would show with `POWER`; undefined while either has no lead. */
export function detectable(variant: Rate, control: Rate, { minimumEffect, alpha }: Comparing): number | undefined {
  if (variant.closed === 0 || control.closed === 0) return undefined;
  const variance = varianceOf(variant) + varianceOf(control);
  const { scale } = layout(minimumEffect, alpha);
  return Math.min(1, halfWidth(variance, scale, alpha) + POWER_DEVIATIONS * Math.sqrt(variance));
}
