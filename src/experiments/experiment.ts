import type { Json } from "../kernel/json.ts";
import type { Instant, Millis } from "../kernel/time.ts";
import type { Experiment, Metric } from "../workflows/index.ts";
import type { ReadOut } from "./read-out.ts";

/** What the held-out see. No variant can be called so. */
export const NONE = "none";

/** How an experiment stands at a location: always live, whatever version of a workflow a run is pinned to. */
export interface ExperimentState {
  readonly experiment: string;
  readonly state: "running" | "paused" | "stopped";
  /** Once stopped: what everyone gets from now on. */
  readonly winner?: string;
  /** Why it stands as it does, where somebody or a rule changed it. */
  readonly why?: string;
  /** A bandit's shares, by variant. */
  readonly weights?: Readonly<Record<string, number>>;
  /** The declaration under which the first lead was exposed. */
  readonly declared: Experiment;
  readonly startedAt: Instant;
  readonly stoppedAt?: Instant;
  readonly lookedAt?: Instant;
  readonly readOut?: ReadOut;
}

/** A lead has met an experiment: once, and for as long as its metrics' windows are open it is watched. */
export interface Exposure {
  readonly experiment: string;
  readonly lead: string;
  readonly variant: string;
  readonly run?: string;
  readonly exposedAt: Instant;
  readonly closesAt: Instant;
  /** Place of a metric (see `metricsOf`) to the instant at which the lead first reached it. */
  readonly reached: Readonly<Record<string, Instant>>;
}

/** Of one variant: how many leads met it, and per metric how many have had their time and how many of those reached it. */
export interface Tally {
  readonly variant: string;
  readonly exposed: number;
  readonly metrics: readonly Count[];
}

export interface Count {
  readonly closed: number;
  readonly reached: number;
}

/** An event that arrives so long after a window has closed is still counted; only then is the lead. */
export const LATE: Millis = 3_600_000;

/** All that is counted, in the order in which exposures and tallies name it: the metric, those beside it, the guardrails. */
export const metricsOf = ({ metric, also, guardrails }: Experiment): readonly Metric[] => [
  metric,
  ...also,
  ...guardrails,
];

/** What may not change once leads were exposed: all but its words and the rule by which it stops. */
export function frozenPart({ name: _, hypothesis: __, stop: ___, ...rest }: Experiment): Json {
  return rest as unknown as Json;
}
