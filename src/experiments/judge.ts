// May the experiment stop? Few figures, no read-out for people: the simulations ask this a hundred thousand times.

import type { Instant } from "../kernel/time.ts";
import type { Experiment } from "../workflows/index.ts";
import { type Count, NONE, type Tally } from "./experiment.ts";
import type { Compared, RatioReading, Verdict } from "./read-out.ts";
import { alphaOf } from "./statistics/needed.ts";
import { chiSquareP, RATIO_ALPHA, type Share, sequentialRatioP } from "./statistics/ratio.ts";
import { type Comparing, type Difference, difference } from "./statistics/sequence.ts";

export const NOBODY: Count = { closed: 0, reached: 0 };

/** A metric's count of one variant. */
export const countOf = (tallies: readonly Tally[], variant: string, place: number): Count =>
  tallies.find((tally) => tally.variant === variant)?.metrics[place] ?? NOBODY;

export const exposedOf = (tallies: readonly Tally[], variant: string): number =>
  tallies.find((tally) => tally.variant === variant)?.exposed ?? 0;

export const comparing = (experiment: Experiment): Comparing => ({
  minimumEffect: experiment.minimumEffect,
  alpha: alphaOf(experiment),
  adaptive: experiment.assign === "bandit",
});

/** The variants that leads fall to, but for the control. */
export const challengers = ({ variants, control }: Experiment): readonly string[] =>
  variants.filter(({ id, share }) => id !== control && share > 0).map(({ id }) => id);

/** A variant against control in the metric that decides. */
export function compare(experiment: Experiment, tallies: readonly Tally[], variant: string): Compared | undefined {
  const found = difference(
    countOf(tallies, variant, 0),
    countOf(tallies, experiment.control, 0),
    comparing(experiment),
  );
  return found === undefined ? undefined : { ...found, stands: standingOf(found, experiment.minimumEffect) };
}

function standingOf({ from, to }: Difference, minimumEffect: number): Compared["stands"] {
  if (from > 0) return "better";
  if (to < 0) return "worse";
  return to < minimumEffect ? "too_small" : "open";
}

/** Whether leads fall as declared. `before`: the smallest p seen at earlier looks. A bandit's shares move, so of it only who was held out is compared. */
export function ratioOf(experiment: Experiment, tallies: readonly Tally[], before = 1): RatioReading {
  const { variants, holdout, assign } = experiment;
  const treated = variants.map(({ id, share }) => ({ share: share * (1 - holdout), count: exposedOf(tallies, id) }));
  const all: readonly Share[] =
    assign === "fixed" ? treated : [{ share: 1 - holdout, count: treated.reduce((sum, { count }) => sum + count, 0) }];
  const shares = [...all, { share: holdout, count: exposedOf(tallies, NONE) }].filter(({ share }) => share > 0);
  const p = Math.min(before, shares.length < 2 ? 1 : sequentialRatioP(shares));
  return { p, chiSquareP: chiSquareP(shares), alarm: p < RATIO_ALPHA };
}

interface Standing {
  readonly startedAt: Instant;
  readonly now: Instant;
  readonly ratio: Pick<RatioReading, "alarm">;
}

/** What the declared stop rule says of these counts. */
export function judge(experiment: Experiment, tallies: readonly Tally[], { startedAt, now, ratio }: Standing): Verdict {
  const { stop, control, guardrails, also } = experiment;
  const late = now >= startedAt + stop.latest;
  const places = [0, ...guardrails.map((_, n) => 1 + also.length + n)];
  const has = (place: number) =>
    [control, ...challengers(experiment)].every((id) => countOf(tallies, id, place).closed >= stop.least);
  const harm = harmed(experiment, tallies);
  if (harm !== undefined) return harm;
  if (ratio.alarm) return { kind: late ? "undecided" : "sample_ratio" };
  if (has(0)) {
    const compared = challengers(experiment).flatMap((id) => {
      const against = compare(experiment, tallies, id);
      return against === undefined ? [] : [{ id, ...against }];
    });
    const better = compared.filter(({ stands }) => stands === "better").sort((a, b) => b.estimate - a.estimate);
    // nobody wins before every guardrail has had as many leads through its own window
    if (better[0] !== undefined && places.every(has)) return { kind: "decided", winner: better[0].id };
    if (compared.every(({ stands }) => stands === "worse" || stands === "too_small")) {
      return { kind: "decided", winner: control };
    }
  }
  if (late) return { kind: "undecided" };
  return has(0) ? { kind: "running" } : { kind: "waiting", least: stop.least };
}

/** Harm is shown when a guardrail's interval lies above nothing and its estimate is at least as bad as declared. */
function harmed(experiment: Experiment, tallies: readonly Tally[]): Verdict | undefined {
  for (const [guardrail, { worseBy }] of experiment.guardrails.entries()) {
    const place = 1 + experiment.also.length + guardrail;
    const control = countOf(tallies, experiment.control, place);
    for (const variant of challengers(experiment)) {
      const count = countOf(tallies, variant, place);
      if (Math.min(control.closed, count.closed) < LEAST_FOR_HARM) continue;
      const found = difference(count, control, { ...comparing(experiment), minimumEffect: worseBy });
      if (found !== undefined && found.from > 0 && found.estimate >= worseBy)
        return { kind: "guardrail", variant, guardrail };
    }
  }
  return undefined;
}

/** Harm need not wait for `least`, but the interval is of many leads, and holds from about so many on. */
const LEAST_FOR_HARM = 100;
