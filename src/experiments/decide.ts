// The daily look: a declaration, a state and counts become a read-out, a verdict and the state that follows. Pure.

import type { Instant } from "../kernel/time.ts";
import type { Experiment, Metric } from "../workflows/index.ts";
import { type Count, type ExperimentState, NONE, type Tally } from "./experiment.ts";
import { challengers, compare, comparing, countOf, exposedOf, judge, ratioOf } from "./judge.ts";
import type { HoldoutReading, MetricReading, RateReading, ReadOut, VariantReading, Verdict } from "./read-out.ts";
import { credible, posterior, standings, thompsonShares } from "./statistics/posterior.ts";
import { ALPHA, detectable, difference } from "./statistics/sequence.ts";

type Standing = Pick<ExperimentState, "startedAt" | "weights" | "readOut">;

/** What may be said now. Looking changes nothing, and may be done at any time. */
export function readOut(experiment: Experiment, state: Standing, tallies: readonly Tally[], now: Instant): ReadOut {
  const ratio = ratioOf(experiment, tallies, state.readOut?.ratio.p);
  const beside = (metric: Metric, n: number): MetricReading =>
    readMetric(experiment, tallies, metric, 1 + n, experiment.minimumEffect);
  const held = readHoldout(experiment, tallies);
  return {
    at: now,
    verdict: judge(experiment, tallies, { startedAt: state.startedAt, now, ratio }),
    alpha: comparing(experiment).alpha,
    variants: readVariants(experiment, state.weights, tallies),
    also: experiment.also.map(beside),
    guardrails: experiment.guardrails.map(({ worseBy, ...metric }, n) => ({
      ...readMetric(experiment, tallies, metric, 1 + experiment.also.length + n, worseBy),
      worseBy,
    })),
    ...(held === undefined ? {} : { holdout: held }),
    ratio,
  };
}

export interface Look {
  readonly state: ExperimentState;
  readonly verdict: Verdict;
  /** It has just stopped by its own rule. */
  readonly stopped: boolean;
}

/** The state after the daily look at a running experiment. */
export function look(experiment: Experiment, state: ExperimentState, tallies: readonly Tally[], now: Instant): Look {
  const read = readOut(experiment, state, tallies, now);
  const { verdict } = read;
  const seen = { ...state, lookedAt: now, readOut: read };
  const winner = winnerOf(experiment, verdict);
  if (winner === undefined) {
    const learned = experiment.assign === "bandit" ? { weights: weightsOf(experiment, tallies) } : {};
    return { state: { ...seen, ...learned }, verdict, stopped: false };
  }
  return {
    state: { ...seen, state: "stopped", winner, why: whyOf(experiment, verdict), stoppedAt: now },
    verdict,
    stopped: true,
  };
}

/** What everyone gets from now on; undefined while the experiment goes on. */
function winnerOf({ control, stop }: Experiment, verdict: Verdict): string | undefined {
  if (verdict.kind === "guardrail") return control;
  if (verdict.kind === "decided" && stop.then === "winner") return verdict.winner;
  if (verdict.kind === "undecided" && stop.ifUndecided === "control") return control;
  return undefined;
}

function whyOf({ control, guardrails }: Experiment, verdict: Verdict): string {
  if (verdict.kind === "guardrail") {
    const events = guardrails[verdict.guardrail]?.when.map(({ event }) => event).join(", ");
    return `"${verdict.variant}" does worse in ${events}`;
  }
  if (verdict.kind === "undecided") return "its time is over and nothing was decided";
  if (verdict.kind === "decided" && verdict.winner !== control) return `"${verdict.winner}" does better than control`;
  return "no variant does better than control by the minimum effect";
}

function weightsOf(experiment: Experiment, tallies: readonly Tally[]): Readonly<Record<string, number>> {
  const drawn = experiment.variants.filter(({ share }) => share > 0);
  const shares = thompsonShares(drawn.map(({ id }) => posteriorOf(countOf(tallies, id, 0))));
  return Object.fromEntries(drawn.map(({ id }, n) => [id, shares[n] as number]));
}

const posteriorOf = ({ closed, reached }: Count) => posterior(closed, reached);

const rateOf = ({ closed, reached }: Count): RateReading => ({
  closed,
  reached,
  ...(closed === 0 ? {} : { rate: reached / closed }),
});

function readVariants(
  experiment: Experiment,
  weights: Standing["weights"],
  tallies: readonly Tally[],
): readonly VariantReading[] {
  const { variants, control, stop } = experiment;
  const counts = variants.map(({ id }) => countOf(tallies, id, 0));
  const drawn = variants.filter(({ share }) => share > 0);
  const enough = drawn.every(({ id }) => countOf(tallies, id, 0).closed >= stop.least);
  const placed = enough ? standings(counts.map(posteriorOf)) : [];
  return variants.map(({ id, share }, n) => {
    const count = counts[n] as Count;
    const compared = enough && challengers(experiment).includes(id) ? compare(experiment, tallies, id) : undefined;
    const least = id === control ? undefined : detectable(count, countOf(tallies, control, 0), comparing(experiment));
    return {
      id,
      control: id === control,
      share: weights?.[id] ?? share,
      exposed: exposedOf(tallies, id),
      ...rateOf(count),
      ...(count.closed === 0 ? {} : { interval: credible(posteriorOf(count)) }),
      ...placed[n],
      ...(compared === undefined ? {} : { difference: compared }),
      ...(least === undefined ? {} : { detectable: least }),
    };
  });
}

function readMetric(
  experiment: Experiment,
  tallies: readonly Tally[],
  { when }: Metric,
  place: number,
  minimumEffect: number,
): MetricReading {
  const { variants, control, stop } = experiment;
  const base = countOf(tallies, control, place);
  return {
    when: when.map(({ event }) => event),
    variants: variants.map(({ id }) => {
      const count = countOf(tallies, id, place);
      const enough = id !== control && Math.min(count.closed, base.closed) >= stop.least;
      const found = enough ? difference(count, base, { ...comparing(experiment), minimumEffect }) : undefined;
      return { id, ...rateOf(count), ...(found === undefined ? {} : { difference: found }) };
    }),
  };
}

/** Everyone else together against the held out: one comparison, with a chance of error of its own. */
function readHoldout(experiment: Experiment, tallies: readonly Tally[]): HoldoutReading | undefined {
  const { holdout, variants, minimumEffect, stop } = experiment;
  if (holdout === 0) return undefined;
  const held = countOf(tallies, NONE, 0);
  const treated = variants
    .map(({ id }) => countOf(tallies, id, 0))
    .reduce((sum, { closed, reached }) => ({ closed: sum.closed + closed, reached: sum.reached + reached }));
  const enough = Math.min(held.closed, treated.closed) >= stop.least;
  const lift = enough ? difference(treated, held, { minimumEffect, alpha: ALPHA }) : undefined;
  return { exposed: exposedOf(tallies, NONE), ...rateOf(held), ...(lift === undefined ? {} : { lift }) };
}
