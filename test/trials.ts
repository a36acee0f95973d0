// Simulated experiments: leads arrive, are drawn, reach the metric or do not, and somebody looks every day.

import type { Count } from "../src/experiments/experiment.ts";
import { challengers, compare, countOf, judge, ratioOf } from "../src/experiments/judge.ts";
import type { Verdict } from "../src/experiments/read-out.ts";
import { posterior, thompsonShares } from "../src/experiments/statistics/posterior.ts";
import { betaQuantile } from "../src/experiments/statistics/special.ts";
import { DAY } from "../src/kernel/time.ts";
import type { Experiment } from "../src/workflows/index.ts";

/** Uniform in [0, 1), the same for the same seed: mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Trial {
  readonly experiment: Experiment;
  /** True rates of each metric, by variant. */
  readonly rates: Readonly<Record<string, readonly number[]>>;
  readonly leadsPerDay: number;
  readonly days: number;
  /** Shares as they really fall, where they are not the declared ones. */
  readonly drawn?: Readonly<Record<string, number>>;
}

export interface TrialEnd {
  /** Leads of all variants that reached the first metric. */
  readonly reached: number;
  /** Some interval excluded zero at some daily look, `least` leads given: stopped or not. */
  readonly excluded: boolean;
  /** The same of the interval that every first course teaches, 1.96 standard deviations wide: made for one look. */
  readonly naive: boolean;
  /** At some look some interval did not hold the true difference. */
  readonly missed: boolean;
  /** The first verdict that ends it, and the day; `running` where none came. */
  readonly verdict: Verdict;
  readonly day: number;
  /** The ratio alarm rang, and on which day. */
  readonly alarm?: number;
}

/** Plays one experiment to its last day, looking daily, whatever its verdict says: the strictest reading of "peeking". */
export function play({ experiment, rates, leadsPerDay, days, drawn = {} }: Trial, random: () => number): TrialEnd {
  const ids = experiment.variants.map(({ id }) => id);
  let shares: readonly number[] = experiment.variants.map(({ id, share }) => drawn[id] ?? share);
  const tallies = ids.map((variant) => ({
    variant,
    exposed: 0,
    metrics: (rates[variant] ?? []).map(() => ({ closed: 0, reached: 0 })),
  }));
  let [excluded, naive, missed, ratioP] = [false, false, false, 1];
  let [alarm, end]: [number | undefined, { verdict: Verdict; day: number } | undefined] = [undefined, undefined];
  for (let day = 1; day <= days; day += 1) {
    for (let n = 0; n < leadsPerDay; n += 1) {
      const at = pick(shares, random());
      const tally = tallies[at] as (typeof tallies)[number];
      tally.exposed += 1;
      for (const [place, rate] of (rates[tally.variant] ?? []).entries()) {
        const metric = tally.metrics[place] as { closed: number; reached: number };
        metric.closed += 1;
        if (random() < rate) metric.reached += 1;
      }
    }
    const ratio = ratioOf(experiment, tallies, ratioP);
    ratioP = ratio.p;
    if (ratio.alarm) alarm ??= day;
    const enough = ids.every((id) => countOf(tallies, id, 0).closed >= experiment.stop.least);
    for (const id of enough ? challengers(experiment) : []) {
      const found = compare(experiment, tallies, id);
      if (found === undefined) continue;
      if (found.from > 0 || found.to < 0) excluded = true;
      if (Math.abs(found.estimate) > 1.96 * deviation([id, experiment.control].map((one) => countOf(tallies, one, 0))))
        naive = true;
      const truth = (rates[id]?.[0] ?? 0) - (rates[experiment.control]?.[0] ?? 0);
      if (truth < found.from || truth > found.to) missed = true;
    }
    const verdict = judge(experiment, tallies, { startedAt: 0, now: day * DAY, ratio });
    if (verdict.kind === "decided" || verdict.kind === "guardrail" || verdict.kind === "undecided")
      end ??= { verdict, day };
    if (experiment.assign === "bandit") {
      shares = thompsonShares(
        ids.map((id) => countOf(tallies, id, 0)).map(({ closed, reached }) => posterior(closed, reached)),
      );
    }
  }
  return {
    reached: tallies.reduce((sum, { metrics }) => sum + (metrics[0]?.reached ?? 0), 0),
    excluded,
    naive,
    missed,
    ...(end ?? { verdict: { kind: "running" }, day: days }),
    ...(alarm === undefined ? {} : { alarm }),
  };
}

const deviation = (counts: readonly Count[]): number =>
  Math.sqrt(
    counts.reduce((sum, { closed, reached }) => sum + ((reached / closed) * (1 - reached / closed)) / closed, 0),
  );

function pick(shares: readonly number[], at: number): number {
  let edge = 0;
  for (const [place, share] of shares.entries()) {
    edge += share;
    if (at < edge) return place;
  }
  return shares.length - 1;
}

export const playMany = (trial: Trial, count: number, random: () => number): readonly TrialEnd[] =>
  Array.from({ length: count }, () => play(trial, random));

export const share = <T>(all: readonly T[], holds: (one: T) => boolean): number =>
  all.filter(holds).length / all.length;

/** The 95 % limits of a rate by Clopper and Pearson: never too narrow. */
export const exactLimits = (reached: number, of: number): { readonly from: number; readonly to: number } => ({
  from: reached === 0 ? 0 : betaQuantile(0.025, reached, of - reached + 1),
  to: reached === of ? 1 : betaQuantile(0.975, reached + 1, of - reached),
});
