// What a run does with one input. Pure: the same plan, run, input and facts give the same bytes.

import type { LeadEvent } from "../../events/index.ts";
import { unreachable } from "../../kernel/errors.ts";
import type { Plan } from "../plan.ts";
import type { Advance, EventInHand, Run, RunFacts, RunInput, SendOutcome, StepFacts } from "../run.ts";
import { answered } from "./answers.ts";
import { notStarted, returned } from "./calls.ts";
import { obey } from "./commands.ts";
import { ends } from "./ending.ts";
import { failLater, failStep } from "./errors.ts";
import { hear, inHand, isMessageEvent, recordMessageEvent } from "./listen.ts";
import { pause } from "./pause.ts";
import { everywhere, walkOn } from "./steps.ts";
import { deadlineOf, nextLook, onDue, proceed } from "./timers.ts";
import { followAnchor } from "./waiting.ts";
import { currentStep, finish, hasEnded, holds, note, remember, setOut, type Walk } from "./walk.ts";

/**
 * Carries a run as far as one input takes it: until it parks, or ends. Inputs that are late, repeated or of something
 * else change nothing but what is remembered. An enrolled run begins with the input `enrolled`.
 */
export function advance(plan: Plan, run: Run, input: RunInput, facts: RunFacts): Advance {
  const walk = setOut(plan, run, facts, input.type === "event" ? inHand(input.event) : undefined);
  take(walk, input);
  return arrive(walk);
}

/** Ends a run from outside: restarted, replaced, edited. One that has ended stays as it ended. */
export function endRun(plan: Plan, run: Run, outcome: string, facts: RunFacts): Advance {
  const walk = setOut(plan, run, facts);
  if (!hasEnded(run)) finish(walk, "stopped", outcome);
  return { run: walk.run, effects: walk.effects, trace: walk.trace };
}

/** What became of the run, with the instant at which it must be looked at again. */
export function arrive(walk: Walk): Advance {
  const dueAt = nextLook(walk);
  if (dueAt === undefined) delete walk.run.dueAt;
  else walk.run.dueAt = dueAt;
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
      onAnswer(walk, input);
      return;
    case "child":
      onChild(walk, input);
      return;
    case "command":
      obey(walk, input);
      return;
    default:
      unreachable(input);
  }
}

// events: what is remembered, then goal, exits, pauses, then the step -------------------------------

/** Events that end every run, wherever it stands. */
const LAST_EVENTS: Readonly<Record<string, string>> = {
  "contact.deleted": "contact_deleted",
  "contact.merged": "contact_merged",
};

function onEvent(walk: Walk, given: LeadEvent): void {
  const { run } = walk;
  const event = inHand(given);
  // A timer that was due before this event goes first, should the turn not have given it yet.
  if (!hasEnded(run) && run.status !== "pending" && deadlineOf(run) < event.at && !ends(walk))
    onDue(walk, event.at - 1);
  recordMessageEvent(walk, event);
  if (run.status !== "pending") reachGoal(walk, event);
  if (hasEnded(run)) return;
  const last = LAST_EVENTS[event.type];
  if (last !== undefined) finish(walk, "stopped", last);
  if (hasEnded(run) || ends(walk) || run.status === "pending") return;
  if (concerns(walk, event)) {
    exitBy(walk, event);
    if (!hasEnded(run)) pauseBy(walk, event);
  }
  if (!hasEnded(run)) everywhere(walk, () => stepHears(walk, event));
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
  } else if (parked?.on === "wait" && step?.path === parked.path && step.verb === "wait") {
    if (step.wait.until !== undefined && "anchor" in step.wait.until && run.status === "waiting") {
      followAnchor(walk, step, parked);
    }
  } else if (parked?.on === "message" && event.type === "message.delivered") {
    if (run.facts[parked.path]?.delivered === true) settle(walk, "delivered");
  }
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
  everywhere(walk, () => {
    if (run.parked?.on === "message" && run.parked.message === input.message) settle(walk, input.outcome);
  });
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

// answers of other effects -----------------------------------------------------------------------------------------

function onAnswer(walk: Walk, input: Extract<RunInput, { type: "answer" }>): void {
  const { run } = walk;
  if (hasEnded(run) || ends(walk)) return;
  let awaited = false;
  everywhere(walk, () => {
    if (run.parked?.on === "message" && run.parked.message === input.effect) {
      awaited = true;
      if (!input.ok) notMade(walk, input.detail ?? "it could not be written");
    }
    if (run.parked?.on !== "answer" || run.parked.effect !== input.effect) return;
    awaited = true;
    answered(walk, input);
  });
  if (awaited || input.ok || hasEnded(run)) return;
  failLater(walk, input.path, input.effect, input.detail ?? "refused");
  walkOn(walk);
}

/** No text could be made of its template: nothing of the message is left, so that another try makes it anew. */
function notMade(walk: Walk, reason: string): void {
  const { run } = walk;
  const step = currentStep(walk.plan, run);
  if (run.parked?.on !== "message" || step?.verb !== "send") return;
  const { attempt = 1 } = run.parked;
  const { message: _message, at: _at, ...rest } = run.facts[step.path] ?? {};
  run.facts[step.path] = rest;
  delete run.parked;
  walk.attempt = attempt;
  failStep(walk, step, reason);
  walkOn(walk);
}

function onChild(walk: Walk, input: Extract<RunInput, { type: "child" }>): void {
  const { run } = walk;
  if (hasEnded(run) || ends(walk)) return;
  everywhere(walk, () => {
    const step = currentStep(walk.plan, run);
    if (run.parked?.on === "child" && run.parked.effect === input.effect && step?.verb === "call") {
      returned(walk, step, input);
    }
  });
  if (input.status === "refused") notStarted(walk, input);
}

/** Whether an event of this type can mean anything to this run, so that a turn need not ask every run. */
export function wantsEvent(plan: Plan, run: Run, type: string): boolean {
  if (isMessageEvent(type)) return true;
  if (hasEnded(run))
    return run.goalReachedAt === undefined && plan.goal?.when.some(({ event }) => event === type) === true;
  if (LAST_EVENTS[type] !== undefined || type === "consent.changed" || plan.listens.includes(type)) return true;
  if (plan.exitReads.length > 0) return true;
  return [run, ...(run.strands ?? [])].some((one) => {
    const step = currentStep(plan, one);
    if (step?.verb === "wait_for") return step.awaits !== undefined;
    return step?.verb === "wait" && step.wait.until !== undefined && "anchor" in step.wait.until;
  });
}
