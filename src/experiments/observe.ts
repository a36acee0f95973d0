// Whether an event is what an experiment waits for.

import type { LeadEvent } from "../events/index.ts";
import { property } from "../events/index.ts";
import type { Condition, Experiment, Metric } from "../workflows/index.ts";
import { type Exposure, metricsOf, NONE } from "./experiment.ts";

export interface Watching {
  /** Whether a condition holds of the lead, with this event at hand. */
  readonly holds: (condition: Condition, event: LeadEvent) => boolean;
  /** Whether this message was sent by that step of the run, or by a step inside it. */
  readonly isOf: (run: string, step: string, message: string) => boolean;
}

/** The exposure after an event of its lead; the same object where the event changes nothing. Each metric counts once. */
export function observe(exposure: Exposure, experiment: Experiment, event: LeadEvent, watching: Watching): Exposure {
  let reached = exposure.reached;
  for (const [place, metric] of metricsOf(experiment).entries()) {
    if (Object.hasOwn(reached, place) || !counts(exposure, metric, event, watching)) continue;
    reached = { ...reached, [place]: event.at };
  }
  return reached === exposure.reached ? exposure : { ...exposure, reached };
}

function counts(exposure: Exposure, metric: Metric, event: LeadEvent, { holds, isOf }: Watching): boolean {
  // what happened at the very instant was there before: often it is the event by which the lead came
  if (event.at <= exposure.exposedAt || event.at > exposure.exposedAt + metric.within) return false;
  const match = metric.when.some((one) => one.event === event.type && (one.if === undefined || holds(one.if, event)));
  if (!match || metric.of === undefined) return match;
  // the held out got no message of that step: for them, any counts, which can only make the others look worse
  if (exposure.variant === NONE) return true;
  const message = property(event.data, "message.id");
  return typeof message !== "string" || exposure.run === undefined || isOf(exposure.run, metric.of, message);
}
