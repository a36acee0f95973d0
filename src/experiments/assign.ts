// Who sees what. Chance is a hash of experiment and lead, so that the answer is the same in every process and for ever.

import { chance } from "../kernel/ids.ts";
import { own } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import type { Experiment } from "../workflows/index.ts";
import { type ExperimentState, type Exposure, metricsOf, NONE } from "./experiment.ts";

/** What a lead's draw depends on. */
export interface Lot {
  /** The location's, made at install. */
  readonly seed: string;
  readonly location: string;
  readonly lead: string;
  /** What the lead was exposed to before: kept while the experiment runs, also when a bandit's shares have moved. */
  readonly exposed?: string;
}

type Standing = Pick<ExperimentState, "state" | "winner" | "weights">;

/** The variant this lead sees now; `none` for the held out. Without a state nobody has met the experiment yet. */
export function assign(experiment: Experiment, state: Standing | undefined, lot: Lot): string {
  const known = (variant: string | undefined) =>
    variant !== undefined && experiment.variants.some(({ id }) => id === variant);
  if (state?.state === "stopped") return known(state.winner) ? (state.winner as string) : experiment.control;
  if (lot.exposed === NONE || known(lot.exposed)) return lot.exposed as string;
  if (state?.state === "paused") return experiment.control;
  if (isHeldOut(experiment, lot)) return NONE;
  return drawn(experiment, state?.weights, chance(lot.seed, lot.location, lot.lead, experiment.id));
}

/** A draw of its own: who is held out says nothing about which variant the others get. */
function isHeldOut({ id, holdout }: Experiment, { seed, location, lead }: Lot): boolean {
  // not `holdout:` and the id alone: a workflow of the same name holds out under that name, and would take the same leads
  return holdout > 0 && chance(seed, location, lead, `holdout:experiment:${id}`) < holdout;
}

/** The variants lie side by side on [0, 1) in file order, each as wide as its share. */
function drawn({ variants, assign: by }: Experiment, weights: Standing["weights"], at: number): string {
  const widths = variants.map(({ id, share }) => (by === "bandit" ? (own(weights ?? {}, id) ?? share) : share));
  const point = at * widths.reduce((sum, width) => sum + width, 0);
  let edge = 0;
  let last = "";
  for (const [place, { id }] of variants.entries()) {
    const width = widths[place] as number;
    if (width <= 0) continue;
    edge += width;
    last = id;
    if (point < edge) break;
  }
  return last;
}

/**
 * What is kept of a lead that has just met the experiment; undefined where nothing is: it met it before, or the
 * experiment is paused or stopped, and what it saw was no matter of chance.
 */
export function expose(
  experiment: Experiment,
  state: Standing | undefined,
  met: {
    readonly lead: string;
    readonly exposed?: string;
    readonly variant: string;
    readonly run?: string;
    readonly at: Instant;
  },
): Exposure | undefined {
  if (met.exposed !== undefined || (state !== undefined && state.state !== "running")) return undefined;
  const longest = Math.max(...metricsOf(experiment).map(({ within }) => within));
  return {
    experiment: experiment.id,
    lead: met.lead,
    variant: met.variant,
    ...(met.run === undefined ? {} : { run: met.run }),
    exposedAt: met.at,
    closesAt: met.at + longest,
    reached: {},
  };
}
