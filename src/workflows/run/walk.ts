// One run on its way through one input: what it has become, what it asks for, and why.

import { idFrom } from "../../kernel/ids.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Instant } from "../../kernel/time.ts";
import type { TraceCode } from "../codes.ts";
import type { Condition, ConditionFacts, Value } from "../condition.ts";
import { evaluate, explain } from "../evaluate.ts";
import type { Given, Plan, Step } from "../plan.ts";
import type {
  Effect,
  EventInHand,
  Frame,
  MessageEffect,
  Run,
  RunFacts,
  RunStatus,
  StepFacts,
  TraceLine,
} from "../run.ts";
import { inRun } from "./scope.ts";
import type { Calendar } from "./wait.ts";

/** A run being changed: its own copy of everything that changes. */
export type Draft = {
  -readonly [Key in keyof Omit<Run, "cursor" | "entered" | "marks" | "facts">]: Run[Key];
} & {
  cursor: Frame[];
  entered: Record<string, Instant>;
  marks: Record<string, Readonly<Record<string, number>>>;
  facts: Record<string, StepFacts>;
};

export interface Walk {
  readonly plan: Plan;
  readonly facts: RunFacts;
  readonly run: Draft;
  /** The event of this input. */
  readonly event?: EventInHand;
  effects: Effect[];
  readonly trace: TraceLine[];
  /** Steps entered with this input. */
  taken: number;
  /** Which try of the present step this is, from 1. */
  attempt: number;
  /** The branch of a `parallel` that is being walked; absent: the run's own cursor. */
  strand?: string;
  /** How many frames of the cursor belong to what is around that branch. */
  outer: number;
  /** A jump out of the branch, from where it stood. */
  leap?: { readonly from: readonly Frame[]; readonly index: number; readonly depth: number };
}

export function setOut(plan: Plan, run: Run, facts: RunFacts, event?: EventInHand): Walk {
  const draft: Draft = {
    ...run,
    cursor: [...run.cursor],
    entered: { ...run.entered },
    marks: { ...run.marks },
    facts: { ...run.facts },
  };
  const walk = { plan, facts, run: draft, effects: [], trace: [], taken: 0, attempt: 1, outer: 0 };
  return event === undefined ? walk : { ...walk, event };
}

export const hasEnded = (run: Pick<Run, "status">): boolean =>
  run.status === "completed" || run.status === "failed" || run.status === "stopped";

/** Facts for a condition. Given an event, the condition is about it. */
export const scopeOf = (walk: Walk, event?: EventInHand): ConditionFacts =>
  inRun(walk.facts.lead, walk.run, event ?? walk.event, event);

export const holds = (walk: Walk, condition: Condition, event?: EventInHand): boolean =>
  evaluate(condition, scopeOf(walk, event)) === true;

/** What is written, or another fact as of now; undefined where that is empty. */
export const given = (walk: Walk, value: Given): Value | undefined =>
  typeof value === "object" ? scopeOf(walk).value(value.fact) : value;

/** Those of them that are not empty. */
export function allGiven(walk: Walk, values: Readonly<Record<string, Given>>): Record<string, Value> {
  const known: Record<string, Value> = {};
  for (const [name, value] of Object.entries(values)) {
    const one = given(walk, value);
    if (one !== undefined) known[name] = one;
  }
  return known;
}

export const calendarOf = (walk: Pick<Walk, "plan" | "facts">): Calendar => ({
  zone: walk.plan.timeZone === "lead" ? walk.facts.zone : walk.plan.timeZone,
  businessHours: walk.facts.businessHours,
  holidays: walk.facts.holidays,
});

export function note(walk: Walk, code: TraceCode, values: JsonObject = {}, path?: string): void {
  const line = { run: walk.run.id, workflow: walk.run.workflow, code, values };
  walk.trace.push(path === undefined ? line : { ...line, path });
}

/** The first leaf that kept a condition from being true, as values of a trace line. */
export function whyNot(condition: Condition, facts: ConditionFacts): JsonObject {
  const leaves = explain(condition, facts);
  const leaf = leaves.find(({ truth }) => truth !== true) ?? leaves[0];
  if (leaf === undefined) return {};
  const unknown = evaluate(condition, facts) === undefined;
  return {
    subject: leaf.subject,
    why: leaf.code,
    ...(leaf.value === undefined ? {} : { value: leaf.value }),
    ...(unknown ? { unknown: true } : {}),
  };
}

/** The step the cursor is on; undefined past the end of a list. */
export function currentStep(plan: Plan, run: Pick<Run, "cursor">): Step | undefined {
  const frame = run.cursor.at(-1);
  return frame === undefined ? undefined : plan.lists[frame.list]?.[frame.index];
}

/** The step's path with the pass of every loop around it: `nudge#2`. */
export const passed = (run: Pick<Run, "cursor">, path: string): string =>
  run.cursor.reduce((named, frame) => (frame.pass === undefined ? named : `${named}#${frame.pass}`), path);

/** Where a run stands, as the effects of its step are named; undefined when it has ended well, or not begun. */
export function standsAt(plan: Plan, run: Pick<Run, "cursor" | "formerly">): string | undefined {
  const step = currentStep(plan, run);
  return step === undefined ? undefined : lastingName(run, step.path);
}

/** Of what a step asks for. */
export function identity(walk: Walk, path: string, kind: Effect["kind"]): string {
  const named = lastingName(walk.run, path);
  const again = walk.run.again?.[named];
  return idFrom(walk.run.id, again === undefined ? named : `${named}~${again}`, kind, 0);
}

/** What a step has been called since the run came to it, whatever a newer version calls it. */
export const lastingName = (run: Pick<Run, "cursor" | "formerly">, path: string): string =>
  passed(run, run.formerly?.[path] ?? path);

export function advanceCursor(walk: Walk): void {
  const frame = walk.run.cursor.pop();
  if (frame !== undefined) walk.run.cursor.push({ ...frame, index: frame.index + 1 });
}

/** Into a branch, or past the step where there is none. */
export function branch(walk: Walk, list: number | undefined, event?: EventInHand): void {
  if (list === undefined) advanceCursor(walk);
  else walk.run.cursor.push(event === undefined ? { list, index: 0 } : { list, index: 0, event });
}

export function remember(walk: Walk, path: string, facts: StepFacts): void {
  walk.run.facts[path] = { ...walk.run.facts[path], ...facts };
}

/**
 * Ends the run. Whatever it asked for that has not begun to leave is withdrawn, its messages of this very turn
 * included; only a run that reached the end of its steps lets them go.
 */
export function finish(
  walk: Walk,
  status: Extract<RunStatus, "completed" | "failed" | "stopped">,
  outcome: string,
  messages: "withdraw" | "keep" = "withdraw",
): void {
  const { run } = walk;
  run.status = status;
  run.outcome = outcome;
  run.endedAt = walk.facts.now;
  // A failed run keeps its place: a person may have it tried again.
  if (status !== "failed") leave(run);
  delete run.pausedAt;
  delete run.pausedUntil;
  delete run.held;
  delete run.dueAt;
  const wrote = Object.values(run.facts).some((facts) => facts.message !== undefined);
  if (messages === "withdraw" && wrote) {
    walk.effects = walk.effects.filter((effect) => effect.kind !== "message" || !forget(walk, effect));
    walk.effects.push({ kind: "withdraw", run: run.id, reason: outcome });
  }
  note(walk, status === "failed" ? "run.failed" : "run.ended", { outcome });
  // Under a shadow plan nobody else may learn of it: a live workflow might begin with it.
  if (status !== "stopped" && walk.plan.status !== "shadow") {
    walk.effects.push({
      kind: "emit",
      id: idFrom(run.id, status, run.errors?.count ?? 0),
      type: `workflow.${status}`,
      data: { workflow: run.workflow, run: run.id, outcome },
    });
  }
}

function leave(run: Draft): void {
  const latest = latestSend(run);
  if (latest !== undefined) run.lastSend = latest;
  run.cursor = [];
  delete run.parked;
  delete run.strands;
}

/** Path of the latest send of all that the run has made, in whichever branch. */
export function latestSend(run: Pick<Run, "lastSend" | "strands" | "facts">): string | undefined {
  return (run.strands ?? []).reduce((latest, { lastSend }) => laterSend(run, latest, lastSend), run.lastSend);
}

/** The later of two sends; of two at the same instant, the first. */
export function laterSend(
  run: Pick<Run, "facts">,
  one: string | undefined,
  other: string | undefined,
): string | undefined {
  const at = (path: string | undefined) => (path === undefined ? -1 : (run.facts[path]?.at ?? -1));
  return at(other) > at(one) ? other : one;
}

/** A message of this very turn never existed: should a person retry the run, its step writes it anew. */
export function forget(walk: Walk, effect: MessageEffect): true {
  const path = plainPath(effect.path);
  const { message: _, ...rest } = walk.run.facts[path] ?? {};
  walk.run.facts[path] = rest;
  return true;
}

/** A path without the passes of its loops. */
export const plainPath = (path: string): string => path.replace(/#.*$/, "");
