// Experiments in a turn: that a lead has met one, and what it did in the time that is watched.

import type { LeadEvent } from "../events/index.ts";
import { type Exposure, expose, observe } from "../experiments/index.ts";
import { own } from "../kernel/json.ts";
import { type Effect, evaluate, isWithin, type Run, withEvent } from "../workflows/index.ts";
import { count, type Desk, planOf } from "./desk.ts";
import { factsOf } from "./facts.ts";

/** The lead has come to the step of an experiment. */
export function meet(desk: Desk, effect: Extract<Effect, { kind: "exposure" }>): void {
  const experiment = own(desk.scene.publication.experiments, effect.experiment);
  if (experiment === undefined) return;
  const before = own(desk.exposures, effect.experiment)?.variant;
  const met = expose(experiment, desk.scene.experiments.get(effect.experiment), {
    lead: desk.case.id,
    ...(before === undefined ? {} : { exposed: before }),
    variant: effect.variant,
    ...(effect.run === undefined ? {} : { run: effect.run }),
    at: desk.clock,
  });
  if (met === undefined) return;
  note(desk, met);
  count(desk, "experiment.exposed", `${effect.experiment}:${effect.variant}`);
}

/** An event may be what an experiment waits for; for the held out as for the others. */
export function watch(desk: Desk, event: LeadEvent): void {
  for (const exposure of Object.values(desk.exposures)) {
    const experiment = own(desk.scene.publication.experiments, exposure.experiment);
    if (experiment === undefined || event.at > exposure.closesAt) continue;
    const after = observe(exposure, experiment, event, {
      holds: (condition, at) => evaluate(condition, withEvent(factsOf(desk), at)) === true,
      isOf: (run, step, message) => messageIsOf(desk, run, step, message),
    });
    if (after !== exposure) note(desk, after);
  }
}

function note(desk: Desk, exposure: Exposure): void {
  desk.exposures = { ...desk.exposures, [exposure.experiment]: exposure };
  desk.met.add(exposure.experiment);
}

/**
 * A step's message, or one of a step inside it, in whatever pass. A run that has moved names its steps as its plan does
 * now, the outbox as they were named when the message was asked for.
 */
function messageIsOf(desk: Desk, id: string, step: string, message: string): boolean {
  const run = desk.runs.get(id);
  const paths = [desk.outbox.get(message)?.row.path, pathIn(run, message)];
  return paths.some((path) => {
    const plain = path?.replace(/#\d+/g, "");
    return plain !== undefined && (run === undefined ? plain === step : isWithin(planOf(desk, run), step, plain));
  });
}

const pathIn = (run: Run | undefined, message: string): string | undefined =>
  Object.entries(run?.facts ?? {}).find(([, facts]) => facts.message === message)?.[0];
