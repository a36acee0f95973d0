// When a clock moves a run, and what it then does.

import type { Instant } from "../../kernel/time.ts";
import type { Plan } from "../plan.ts";
import type { Run, Strand } from "../run.ts";
import { unanswered } from "./answers.ts";
import { notReturned } from "./calls.ts";
import { ends } from "./ending.ts";
import { earliest, nextFlip } from "./flip.ts";
import { beginPass } from "./flow.ts";
import { isHeld } from "./hold.ts";
import { complete, met, timedOut } from "./listen.ts";
import { leaveJoin } from "./parallel.ts";
import { resume, resumesAt } from "./pause.ts";
import { settleSend } from "./send.ts";
import { everywhere } from "./steps.ts";
import {
  advanceCursor,
  calendarOf,
  currentStep,
  finish,
  hasEnded,
  note,
  passed,
  remember,
  scopeOf,
  type Walk,
} from "./walk.ts";

/** When the step's own clock ends it. A message that no channel has taken yet waits for its outbox row. */
function deadline({ parked }: Pick<Strand, "parked">): Instant {
  if (parked === undefined) return Number.POSITIVE_INFINITY;
  return parked.on === "message" && parked.accepted === undefined ? Number.POSITIVE_INFINITY : parked.until;
}

/** The first deadline of all that the run waits for, in whichever branch. */
export function deadlineOf(run: Pick<Run, "parked" | "strands" | "status">): Instant {
  if (run.status !== "waiting") return Number.POSITIVE_INFINITY;
  let first = deadline(run);
  for (const strand of run.strands ?? []) first = Math.min(first, deadline(strand));
  return first;
}

export function onDue(walk: Walk, now: Instant): void {
  const { run, plan } = walk;
  if (hasEnded(run) || run.status === "pending") return;
  if (run.enrolledAt + plan.maxDuration <= now) {
    note(walk, "timed_out", { after: plan.maxDuration });
    finish(walk, "stopped", "timed_out");
    return;
  }
  if (ends(walk)) return;
  if (run.status === "paused") {
    if (resumesAt(run) > now) return;
    resume(walk);
  }
  lookAround(walk, now);
}

/** Looks at everything the run waits for: what has come true meanwhile, and what is over. */
export function lookAround(walk: Walk, now: Instant): void {
  everywhere(walk, () => {
    proceed(walk);
    if (walk.run.status === "waiting" && deadline(walk.run) <= now) expire(walk);
  });
}

/** On with a step whose condition may have come true without its clock: after events, answers, and a pause. */
export function proceed(walk: Walk): void {
  const { run } = walk;
  const { parked } = run;
  if (run.status !== "waiting") return;
  const step = currentStep(walk.plan, run);
  if (parked?.on === "events" && step?.verb === "wait_for" && complete(walk, step, parked)) met(walk, step, parked);
  else if (parked?.on === "message" && parked.settled !== undefined && step?.verb === "send") {
    settleSend(walk, step, parked.settled);
  }
}

/** The instant of what it waits for has come. */
function expire(walk: Walk): void {
  const { run } = walk;
  const { parked } = run;
  const step = currentStep(walk.plan, run);
  delete run.parked;
  if (parked?.on === "wait") {
    if (step?.path === parked.path) {
      note(walk, "wait.over", {}, step.path);
      advanceCursor(walk);
    } else beginParkedPass(walk);
  } else if (parked?.on === "message" && step?.verb === "send") {
    remember(walk, step.path, { outcome: "late" });
    settleSend(walk, step, "late");
  } else if (parked?.on === "events" && step?.verb === "wait_for") timedOut(walk, step);
  else if (parked?.on === "join") leaveJoin(walk, "timed_out");
  else if (parked?.on === "answer") unanswered(walk);
  else if (parked?.on === "child" && step?.verb === "call") notReturned(walk, step);
  else if (parked?.on === "retry") walk.attempt = parked.attempt;
}

/** The time between two passes is over: the cursor already stands at the head of the next. */
export function beginParkedPass(walk: Walk): void {
  const frame = walk.run.cursor.at(-2);
  const loop = frame === undefined ? undefined : walk.plan.lists[frame.list]?.[frame.index];
  if (loop?.verb === "do") beginPass(walk, loop);
}

/** The next instant at which a clock moves this run: known from the run alone, for any run. */
export function nextDue(plan: Plan, run: Run): Instant | undefined {
  if (hasEnded(run)) return undefined;
  const latest = run.enrolledAt + plan.maxDuration;
  if (run.status === "pending") return isHeld(run) ? latest : Math.min(run.parked?.until ?? latest, latest);
  if (run.status === "paused") return Math.min(resumesAt(run), latest);
  return Math.min(deadlineOf(run), latest);
}

/** `nextDue`, or earlier where a condition looked at between steps may come true by the clock alone. */
export function nextLook(walk: Walk): Instant | undefined {
  const { run, plan } = walk;
  const due = nextDue(plan, run);
  if (due === undefined || run.status === "pending") return due;
  const conditions = plan.exits.flatMap((exit) => ("if" in exit ? [exit.if] : []));
  for (const one of [run, ...(run.strands ?? [])]) {
    const step = one.parked?.on === "events" ? currentStep(plan, one) : undefined;
    if (step?.verb === "wait_for" && step.awaits !== undefined) conditions.push(step.awaits);
  }
  if (conditions.length === 0) return due;
  const scope = scopeOf(walk);
  const calendar = calendarOf(walk);
  return earliest([due, ...conditions.map((condition) => nextFlip(condition, scope, calendar))]);
}

/** Where a run stands, for people and counts: the path of the step it is parked on. */
export const parkedPath = (run: Run): string | undefined =>
  run.parked !== undefined && "path" in run.parked ? run.parked.path : undefined;

/**
 * All steps it is parked on, with the passes of their loops: more than one where branches of a `parallel` wait side by
 * side, the `parallel` first.
 */
export const parkedPaths = (run: Run): readonly string[] =>
  [run, ...(run.strands ?? [])].flatMap((one) =>
    one.parked !== undefined && "path" in one.parked ? [passed(one, one.parked.path)] : [],
  );
