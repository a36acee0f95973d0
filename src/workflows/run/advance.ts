// What a run does with one input. Pure: the same plan, run, input and facts give the same bytes (language, part 4).

import type { LeadEvent } from "../../events/index.ts";
import { Defect, unreachable } from "../../kernel/errors.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Plan } from "../plan.ts";
import type { Advance, EventInHand, Run, RunFacts, RunInput, SendOutcome, StepFacts } from "../run.ts";
import { ends } from "./ending.ts";
import { earliest, nextFlip } from "./flip.ts";
import { isHeld } from "./hold.ts";
import { complete, hear, inHand, isMessageEvent, met, recordMessageEvent, timedOut } from "./listen.ts";
import { pause, resume, resumesAt } from "./pause.ts";
import { beginPass, followAnchor, settleSend, walkOn } from "./steps.ts";
import {
  advanceCursor,
  calendarOf,
  currentStep,
  finish,
  hasEnded,
  holds,
  note,
  passed,
  remember,
  scopeOf,
  setOut,
  type Walk,
} from "./walk.ts";

/**
 * Carries a run as far as one input takes it: until it parks, or ends. Inputs that are late, repeated or of something
 * else change nothing but what is remembered. An enrolled run begins with the input `enrolled`.
 */
export function advance(plan: Plan, run: Run, input: RunInput, facts: RunFacts): Advance {
  const walk = setOut(plan, run, facts, input.type === "event" ? inHand(input.event) : undefined);
  take(walk, input);
  const dueAt = nextLook(walk);
  if (dueAt === undefined) delete walk.run.dueAt;
  else walk.run.dueAt = dueAt;
  return { run: walk.run, effects: walk.effects, trace: walk.trace };
}

/** Ends a run from outside: restarted, replaced, edited. One that has ended stays as it ended. */
export function endRun(plan: Plan, run: Run, outcome: string, facts: RunFacts): Advance {
  const walk = setOut(plan, run, facts);
  if (!hasEnded(run)) finish(walk, "stopped", outcome);
  return { run: walk.run, effects: walk.effects, trace: walk.trace };
}

function take(walk: Walk, input: RunInput): void {
  switch (input.type) {
    case "enrolled":
      if (walk.run.status === "waiting" && walk.run.parked === undefined && !ends(walk)) walkOn(walk);
      return;
    case "event":
      onEvent(walk, input.event);
      return;
    case "due":
      onDue(walk, walk.facts.now);
      return;
    case "outcome":
      onOutcome(walk, input);
      return;
    case "answer":
    case "child":
      throw new Defect(`an input of kind ${input.type} has no step that waits for it yet`);
    case "command":
      if (input.command === "skip" || input.command === "re-time") throw new Defect(`no ${input.command} yet`);
      onCommand(walk, input.command, input.reason, input.command === "retry" && input.again === true);
      return;
    default:
      unreachable(input);
  }
}

// events: what is remembered, then goal, exits, pauses, then the step (language, 4.5) -------------------------------

/** Events that end every run, wherever it stands. */
const LAST_EVENTS: Readonly<Record<string, string>> = {
  "contact.deleted": "contact_deleted",
  "contact.merged": "contact_merged",
};

function onEvent(walk: Walk, given: LeadEvent): void {
  const { run } = walk;
  const event = inHand(given);
  recordMessageEvent(walk, event);
  if (run.status !== "pending") reachGoal(walk, event);
  if (hasEnded(run)) return;
  const last = LAST_EVENTS[event.type];
  if (last !== undefined) finish(walk, "stopped", last);
  if (hasEnded(run) || ends(walk) || run.status === "pending") return;
  // A timer that was due before this event goes first, should the turn not have given it yet.
  if (run.parked !== undefined && deadline(walk.run) < event.at) onDue(walk, event.at - 1);
  if (hasEnded(run)) return;
  if (concerns(walk, event)) {
    exitBy(walk, event);
    if (!hasEnded(run)) pauseBy(walk, event);
  }
  if (!hasEnded(run)) stepHears(walk, event);
}

/** What came before the enrollment, or caused it, is not what happened to the run. */
const concerns = (walk: Walk, event: EventInHand): boolean =>
  event.at >= walk.run.enrolledAt && event.id !== walk.run.enrolledBy.event;

function reachGoal(walk: Walk, event: EventInHand): void {
  const { run, plan } = walk;
  const { goal } = plan;
  if (goal === undefined || run.goalReachedAt !== undefined) return;
  if (!concerns(walk, event) || event.at - run.enrolledAt > (goal.within ?? Number.POSITIVE_INFINITY)) return;
  if (
    !goal.when.some((match) => match.event === event.type && (match.if === undefined || holds(walk, match.if, event)))
  )
    return;
  run.goalReachedAt = event.at;
  note(walk, "goal.reached", { event: event.type, at: event.at });
  if (goal.then === "end" && !hasEnded(run)) finish(walk, "completed", "goal");
}

function exitBy(walk: Walk, event: EventInHand): void {
  for (const exit of walk.plan.exits) {
    if (!("when" in exit)) continue;
    for (const match of exit.when) {
      if (match.event !== event.type || (match.if !== undefined && !holds(walk, match.if, event))) continue;
      const reason = exit.reason ?? match.event;
      note(walk, "exit", { reason, event: event.type });
      finish(walk, "stopped", `exit: ${reason}`);
      return;
    }
  }
}

function pauseBy(walk: Walk, event: EventInHand): void {
  for (const one of walk.plan.pauses) {
    for (const match of one.when) {
      if (match.event !== event.type || (match.if !== undefined && !holds(walk, match.if, event))) continue;
      pause(walk, event.type, event.at + one.for);
    }
  }
}

function stepHears(walk: Walk, event: EventInHand): void {
  const { run } = walk;
  const { parked } = run;
  const step = currentStep(walk.plan, run);
  if (parked?.on === "events" && step?.verb === "wait_for") {
    run.parked = hear(walk, step, parked, event);
    proceed(walk);
  } else if (
    parked?.on === "wait" &&
    step?.path === parked.path &&
    step.verb === "wait" &&
    step.wait.until !== undefined
  ) {
    if ("anchor" in step.wait.until && run.status === "waiting") {
      followAnchor(walk, step, parked);
      walkOn(walk);
    }
  } else if (parked?.on === "message" && event.type === "message.delivered") {
    if (run.facts[parked.path]?.delivered === true) settle(walk, "delivered");
  }
}

// timers -----------------------------------------------------------------------------------------------------------

/** When the parked step's own clock ends it. A message that no channel has taken yet waits for its outbox row. */
function deadline(run: Pick<Run, "parked" | "status">): Instant {
  const { parked } = run;
  if (parked === undefined || run.status !== "waiting") return Number.POSITIVE_INFINITY;
  return parked.on === "message" && parked.accepted === undefined ? Number.POSITIVE_INFINITY : parked.until;
}

function onDue(walk: Walk, now: Instant): void {
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
    proceed(walk);
  }
  if (deadline(run) <= now) expire(walk);
  else proceed(walk);
}

/** The parked step's instant has come. */
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
  } else if (parked?.on === "events" && step?.verb === "wait_for") {
    if (complete(walk, step, parked)) met(walk, step, parked);
    else timedOut(walk, step);
  } else if (parked?.on === "retry") walk.attempt = parked.attempt;
  walkOn(walk);
}

/** The time between two passes is over: the cursor already stands at the head of the next. */
function beginParkedPass(walk: Walk): void {
  const frame = walk.run.cursor.at(-2);
  const loop = frame === undefined ? undefined : walk.plan.lists[frame.list]?.[frame.index];
  if (loop?.verb === "do") beginPass(walk, loop);
}

/** On with a step whose condition may have come true without its clock: after events, answers, and a pause. */
function proceed(walk: Walk): void {
  const { run } = walk;
  const { parked } = run;
  if (hasEnded(run) || run.status !== "waiting") return;
  const step = currentStep(walk.plan, run);
  if (parked?.on === "events" && step?.verb === "wait_for" && complete(walk, step, parked)) met(walk, step, parked);
  else if (parked?.on === "message" && parked.settled !== undefined && step?.verb === "send") {
    settleSend(walk, step, parked.settled);
  }
  walkOn(walk);
}

// outcomes of messages ---------------------------------------------------------------------------------------------

function onOutcome(walk: Walk, input: Extract<RunInput, { type: "outcome" }>): void {
  const { run } = walk;
  const path = Object.keys(run.facts).find((at) => run.facts[at]?.message === input.message);
  if (path !== undefined) {
    const facts = told(run.facts[path] ?? {}, input.outcome);
    remember(walk, path, input.channel === undefined ? facts : { ...facts, channel: input.channel });
  }
  if (hasEnded(run) || ends(walk)) return;
  if (run.parked?.on === "message" && run.parked.message === input.message) settle(walk, input.outcome);
}

/** A delivery is never taken back by what was said before it and arrived after. */
function told(known: StepFacts, outcome: SendOutcome): StepFacts {
  if (outcome === "delivered") return { outcome: "sent", sent: true, delivered: true };
  if (known.delivered === true) return {};
  return outcome === "sent" ? { outcome: known.outcome === "late" ? "late" : "sent", sent: true } : { outcome };
}

function settle(walk: Walk, outcome: SendOutcome): void {
  const { run } = walk;
  const step = currentStep(walk.plan, run);
  if (run.parked?.on !== "message" || step?.verb !== "send") return;
  if (outcome === "sent" && step.proceed === "delivered") {
    if (run.parked.accepted === true || run.parked.settled !== undefined) return;
    // A pause freezes this clock too: it begins where the pause will end.
    run.parked = { ...run.parked, accepted: true, until: (run.pausedAt ?? walk.facts.now) + step.within };
    note(walk, "send.accepted", { until: run.parked.until }, step.path);
    return;
  }
  run.parked = { ...run.parked, settled: outcome };
  proceed(walk);
}

// commands ---------------------------------------------------------------------------------------------------------

function onCommand(walk: Walk, command: "pause" | "resume" | "stop" | "retry", reason: string, again = false): void {
  const { run } = walk;
  switch (command) {
    case "pause":
      if (run.status === "waiting") pause(walk, reason);
      return;
    case "resume":
      if (run.status !== "paused" || ends(walk)) return;
      resume(walk);
      if (deadline(run) <= walk.facts.now) expire(walk);
      else proceed(walk);
      return;
    case "stop":
      if (!hasEnded(run)) finish(walk, "stopped", "stopped");
      return;
    case "retry":
      retry(walk, again);
      return;
    default:
      unreachable(command);
  }
}

/** A failed run goes on at the step that failed it; one that waits to try again tries now. */
function retry(walk: Walk, again: boolean): void {
  const { run } = walk;
  const step = currentStep(walk.plan, run);
  if (run.status === "failed") {
    run.status = "waiting";
    delete run.outcome;
    delete run.endedAt;
    delete run.parked;
    if (again && step !== undefined) {
      const named = passed(run, step.path);
      run.again = { ...run.again, [named]: (run.again?.[named] ?? 1) + 1 };
    }
    note(walk, "run.retried");
  } else if (run.parked?.on === "retry" && run.status === "waiting") delete run.parked;
  else return;
  if (!ends(walk)) walkOn(walk);
}

// when to look again -----------------------------------------------------------------------------------------------

/** The next instant at which a clock moves this run: known from the run alone, for any run. */
export function nextDue(plan: Plan, run: Run): Instant | undefined {
  if (hasEnded(run)) return undefined;
  const latest = run.enrolledAt + plan.maxDuration;
  if (run.status === "pending") return isHeld(run) ? latest : Math.min(run.parked?.until ?? latest, latest);
  if (run.status === "paused") return Math.min(resumesAt(run), latest);
  return Math.min(deadline(run), latest);
}

/** `nextDue`, or earlier where a condition looked at between steps may come true by the clock alone. */
function nextLook(walk: Walk): Instant | undefined {
  const { run, plan } = walk;
  const due = nextDue(plan, run);
  if (due === undefined || run.status === "pending") return due;
  const step = run.parked?.on === "events" ? currentStep(plan, run) : undefined;
  const conditions = plan.exits.flatMap((exit) => ("if" in exit ? [exit.if] : []));
  if (step?.verb === "wait_for" && step.awaits !== undefined) conditions.push(step.awaits);
  if (conditions.length === 0) return due;
  const scope = scopeOf(walk);
  const calendar = calendarOf(walk);
  return earliest([due, ...conditions.map((condition) => nextFlip(condition, scope, calendar))]);
}

/** Where a run stands, for people and counts: the path of the step it is parked on. */
export const parkedPath = (run: Run): string | undefined =>
  run.parked !== undefined && "path" in run.parked ? run.parked.path : undefined;

/** Whether an event of this type can mean anything to this run, so that a turn need not ask every run. */
export function wantsEvent(plan: Plan, run: Run, type: string): boolean {
  if (isMessageEvent(type)) return true;
  if (hasEnded(run))
    return run.goalReachedAt === undefined && plan.goal?.when.some(({ event }) => event === type) === true;
  if (LAST_EVENTS[type] !== undefined || type === "consent.changed" || plan.listens.includes(type)) return true;
  if (plan.exitReads.length > 0) return true;
  const step = currentStep(plan, run);
  if (step?.verb === "wait_for") return step.awaits !== undefined;
  return step?.verb === "wait" && step.wait.until !== undefined && "anchor" in step.wait.until;
}
