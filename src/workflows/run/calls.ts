// Runs that make runs: `start` goes on beside the new one, `call` waits for its end.

import type { CallStep, StartStep } from "../plan.ts";
import type { Run, RunInput } from "../run.ts";
import { inner } from "./effects.ts";
import { ends } from "./ending.ts";
import { instantAfter } from "./wait.ts";
import { advanceCursor, allGiven, branch, calendarOf, note, plainPath, remember, type Walk } from "./walk.ts";

/** Language, 4.8. */
const DEEPEST = 5;

/** Why a run with this lineage may not be of this workflow. */
export const lineageFault = (lineage: readonly string[], workflow: string): boolean =>
  lineage.length > DEEPEST || lineage.includes(workflow);

const lineageOf = (run: Pick<Run, "lineage" | "workflow">): readonly string[] => [...(run.lineage ?? []), run.workflow];

/** Asks for the run; undefined where it may not be, or in shadow, where nothing is started. */
function ask(walk: Walk, step: StartStep | CallStep): string | undefined {
  const lineage = lineageOf(walk.run);
  if (lineageFault(lineage, step.workflow)) {
    note(walk, "start.refused", { workflow: step.workflow, lineage }, step.path);
    remember(walk, step.path, { outcome: "refused" });
    return undefined;
  }
  const stamped = inner(walk, step, "start");
  if (stamped === undefined) {
    remember(walk, step.path, { outcome: "shadow" });
    return undefined;
  }
  const { workflow } = step;
  const call = step.verb === "call";
  walk.effects.push({ kind: "start", ...stamped, workflow, inputs: allGiven(walk, step.with), call, lineage });
  note(walk, call ? "call.asked" : "start.asked", { workflow }, step.path);
  return stamped.id;
}

export function start(walk: Walk, step: StartStep): void {
  if (ask(walk, step) !== undefined) remember(walk, step.path, { outcome: "started" });
}

export function call(walk: Walk, step: CallStep): void {
  if (ends(walk)) return;
  const { run, facts } = walk;
  delete run.facts[step.path];
  const effect = ask(walk, step);
  if (effect !== undefined) {
    const until = instantAfter(step.within, facts.now, calendarOf(walk));
    run.parked = { on: "child", path: step.path, effect, until };
  } else branch(walk, run.facts[step.path]?.outcome === "refused" ? step.otherwise : undefined);
}

/** The called run has ended: with its outputs, or into `otherwise`. */
export function returned(walk: Walk, step: CallStep, child: Extract<RunInput, { type: "child" }>): void {
  delete walk.run.parked;
  const outputs = child.outputs === undefined ? {} : { outputs: child.outputs };
  remember(walk, step.path, { outcome: child.status, ...outputs });
  note(walk, `call.${child.status}`, { outcome: child.outcome }, step.path);
  if (child.status === "completed") advanceCursor(walk);
  else branch(walk, step.otherwise);
}

export function notReturned(walk: Walk, step: CallStep): void {
  delete walk.run.parked;
  remember(walk, step.path, { outcome: "timed_out", timedOut: true });
  note(walk, "call.timed_out", {}, step.path);
  branch(walk, step.otherwise);
}

/** A run that was merely started, and was not let in. */
export function notStarted(walk: Walk, child: Extract<RunInput, { type: "child" }>): void {
  const path = plainPath(child.path);
  if (walk.run.facts[path]?.outcome !== "started") return;
  remember(walk, path, { outcome: "refused" });
  note(walk, "start.refused", { why: child.outcome }, path);
}
