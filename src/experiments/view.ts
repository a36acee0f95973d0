// An experiment as the API shows it.

import { type Instant, iso } from "../kernel/time.ts";
import type { Experiment } from "../workflows/index.ts";
import { readOut } from "./decide.ts";
import { type ExperimentState, NONE, type Tally } from "./experiment.ts";
import type { ReadOut } from "./read-out.ts";
import { leadsNeeded, type Needed } from "./statistics/needed.ts";

export interface ExperimentView extends Omit<ReadOut, "at"> {
  readonly id: string;
  readonly name: string;
  readonly hypothesis?: string;
  /** declared: nobody has met it yet. */
  readonly state: "declared" | ExperimentState["state"];
  readonly why?: string;
  /** Once stopped: what everyone gets. */
  readonly winner?: string;
  /** It stands in the folder of workflows; false once it was taken out, with what is left of it. */
  readonly live: boolean;
  readonly assign: Experiment["assign"];
  readonly metric: Omit<Experiment["metric"], "when"> & { readonly when: readonly string[] };
  readonly minimumEffect: number;
  readonly stop: Experiment["stop"];
  readonly exposed: number;
  readonly startedAt?: string;
  readonly stoppedAt?: string;
  /** The latest daily look, after which it may have stopped. */
  readonly lookedAt?: string;
  /** Instant of the figures. */
  readonly at: string;
  /** Leads it takes to find the minimum effect at the rate that control shows; absent until it shows one. */
  readonly needed?: Needed;
}

export interface Shown {
  readonly experiment: Experiment;
  readonly state?: ExperimentState;
  readonly live: boolean;
  readonly tallies: readonly Tally[];
  readonly now: Instant;
}

export function viewOf({ experiment, state, live, tallies, now }: Shown): ExperimentView {
  const { id, name, hypothesis, assign, metric, minimumEffect, stop, control } = experiment;
  const read = readOut(experiment, state ?? { startedAt: now }, tallies, now);
  const rate = read.variants.find((variant) => variant.id === control)?.rate;
  return {
    id,
    name,
    ...(hypothesis === undefined ? {} : { hypothesis }),
    state: state?.state ?? "declared",
    ...(state?.why === undefined ? {} : { why: state.why }),
    ...(state?.winner === undefined ? {} : { winner: state.winner }),
    live,
    assign,
    metric: { ...metric, when: metric.when.map(({ event }) => event) },
    minimumEffect,
    stop,
    exposed: tallies.reduce((sum, { exposed, variant }) => (variant === NONE ? sum : sum + exposed), 0),
    ...(state === undefined ? {} : { startedAt: iso(state.startedAt) }),
    ...(state?.stoppedAt === undefined ? {} : { stoppedAt: iso(state.stoppedAt) }),
    ...(state?.lookedAt === undefined ? {} : { lookedAt: iso(state.lookedAt) }),
    ...read,
    // a stopped experiment keeps the verdict that stopped it
    ...(state?.state === "stopped" && state.readOut !== undefined ? { verdict: state.readOut.verdict } : {}),
    at: iso(now),
    ...(rate === undefined || rate === 0 ? {} : { needed: leadsNeeded(experiment, rate) }),
  };
}
