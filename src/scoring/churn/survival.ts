// Kaplan-Meier: how long something lasts where not every end has been seen, with Greenwood's variance. The check on what
// a model says of going cold, and the answer while there is none.

import type { Interval } from "../learn/intervals.ts";
import { Z } from "../learn/metrics.ts";

/** How long something lasted. */
export interface Span {
  readonly time: number;
  /** False: it was still going on when it was last seen. */
  readonly ended: boolean;
}

export interface Step {
  readonly time: number;
  readonly atRisk: number;
  readonly ended: number;
  /** Share that outlasts this time. */
  readonly survival: number;
}

export type Curve = readonly Step[];

/** On the log(-log) scale, so that it stays within 0 and 1. */
export interface Estimate extends Interval {
  /** Spans at risk where it starts. */
  readonly n: number;
}

/** One step per instant at which something ended or was last seen. At the same time, ends come before last looks. */
export const kaplanMeier = (spans: readonly Span[]): Curve => curveOf(spans, ({ ended }) => ended, 0);

/** The same of being lost from sight: what ended at an instant could not be lost at it. */
export const kaplanMeierOfLoss = (spans: readonly Span[]): Curve => curveOf(spans, ({ ended }) => !ended, 1);

function curveOf(spans: readonly Span[], counts: (span: Span) => boolean, othersLeaveFirst: 0 | 1): Curve {
  const ordered = spans.toSorted((a, b) => a.time - b.time);
  const steps: Step[] = [];
  let survival = 1;
  for (let at = 0; at < ordered.length; ) {
    const { time } = ordered[at]!;
    const before = ordered.length - at;
    let ended = 0;
    let others = 0;
    for (; at < ordered.length && ordered[at]!.time === time; at++) {
      if (counts(ordered[at]!)) ended += 1;
      else others += 1;
    }
    const atRisk = before - others * othersLeaveFirst;
    if (ended > 0) survival *= 1 - ended / atRisk;
    steps.push({ time, atRisk, ended, survival });
  }
  return steps;
}

/**
 * Share of those that have lasted longer than `from` which outlast `to`.
 *
 * @param perSubject spans of one subject go together: with so many each, the variance is taken so many times
 * @returns undefined where nobody has been seen for so long, or only all ending or nobody at all
 */
export function outlasting(curve: Curve, from: number, to: number, perSubject = 1): Estimate | undefined {
  const steps = curve.filter(({ time }) => time > from && time <= to);
  const first = curve.find(({ time }) => time > from);
  const last = curve.at(-1);
  if (first === undefined || last === undefined || last.time < to) return undefined;
  const value = steps.reduce((share, { atRisk, ended }) => share * (1 - ended / atRisk), 1);
  const n = first.atRisk;
  // Greenwood's variance of the logarithm is infinite at 0, and nothing at 1: there is no interval to give
  if (value === 0 || value === 1) return undefined;
  const variance = steps.reduce((sum, { atRisk, ended }) => sum + ended / (atRisk * (atRisk - ended)), 0) * perSubject;
  const spread = (Z * Math.sqrt(variance)) / Math.abs(Math.log(value));
  return { value, low: value ** Math.exp(spread), high: value ** Math.exp(-spread), n };
}

/** Survival just after a time, the steps at it included, and just before it. */
export const survivalAt = (curve: Curve, time: number): number => lastStep(curve, (step) => step <= time);
export const survivalBefore = (curve: Curve, time: number): number => lastStep(curve, (step) => step < time);

function lastStep(curve: Curve, counts: (time: number) => boolean): number {
  let low = 0;
  let high = curve.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (counts(curve[middle]!.time)) low = middle + 1;
    else high = middle;
  }
  return curve[low - 1]?.survival ?? 1;
}
