// `send`: one message, and what became of it.

import { idFrom } from "../../kernel/ids.ts";
import type { ListIndex, SendStep } from "../plan.ts";
import type { MessageEffect, SendOutcome, StepFacts } from "../run.ts";
import { ends } from "./ending.ts";
import { runValues } from "./scope.ts";
import { advanceCursor, allGiven, branch, identity, lastingName, note, passed, type Walk } from "./walk.ts";

export function send(walk: Walk, step: SendStep): void {
  const { run, plan, facts } = walk;
  const id = identity(walk, step.path, "message");
  const known = run.facts[step.path];
  if (known?.message !== undefined && isSame(walk, step.path, known.message, id)) {
    note(walk, "already_sent", { message: known.message, outcome: known.outcome ?? "open" }, step.path);
    if (known.outcome === undefined && step.proceed !== "queued") parkOnMessage(walk, step, known.message);
    else advanceCursor(walk);
    return;
  }
  if (ends(walk)) return;
  walk.effects.push(messageOf(walk, step, id));
  run.facts[step.path] = { ...ofTest(known), message: id, at: facts.now };
  run.lastSend = step.path;
  note(walk, "send.asked", { message: id, template: step.template }, step.path);
  // A shadow run sends nothing, so there is nothing to wait for.
  if (plan.status === "shadow" || step.proceed === "queued") advanceCursor(walk);
  else parkOnMessage(walk, step, id);
}

/**
 * Whether the message that is known is this very one. A new version may have put a step into a loop, or taken it out:
 * what was sent before is then its first pass, or all of it. A person who has it sent once more says so.
 */
function isSame(walk: Walk, path: string, known: string, id: string): boolean {
  if (known === id) return true;
  const { run } = walk;
  if (run.again?.[lastingName(run, path)] !== undefined) return false;
  const passes = run.cursor.flatMap((frame) => frame.pass ?? []);
  if (passes.length === 0) return true;
  return passes.every((pass) => pass === 1) && known === idFrom(run.id, run.formerly?.[path] ?? path, "message", 0);
}

/** A step inside a test shares its path, and what is remembered under it. */
const ofTest = (known: StepFacts | undefined): StepFacts =>
  known?.variant === undefined ? {} : { variant: known.variant };

function messageOf(walk: Walk, step: SendStep, id: string): MessageEffect {
  const { run, plan, facts } = walk;
  const values = runValues(run, facts.now);
  return {
    kind: "message",
    id,
    run: run.id,
    workflow: run.workflow,
    plan: run.plan,
    path: passed(run, step.path),
    template: step.template,
    via: step.via,
    purpose: step.purpose,
    urgent: step.urgent,
    priority: run.priority,
    holdUntil: facts.now + step.hold,
    ...(step.best === undefined ? {} : { best: step.best }),
    ...(step.from === undefined ? {} : { from: step.from }),
    ...(step.subject === undefined ? {} : { subject: step.subject }),
    ...(step.with === undefined ? {} : { with: allGiven(walk, step.with) }),
    ...(values === undefined ? {} : { values }),
    caps: plan.caps,
    ...(plan.quietHours === undefined ? {} : { quietHours: plan.quietHours }),
    shadow: plan.status === "shadow",
  };
}

function parkOnMessage(walk: Walk, step: SendStep, message: string): void {
  const until = (walk.run.facts[step.path]?.at ?? walk.facts.now) + step.hold;
  const { attempt } = walk;
  walk.run.parked = { on: "message", path: step.path, message, until, ...(attempt > 1 ? { attempt } : {}) };
}

/** The message a run stands on has an outcome: on to its branch, or to the next step. */
export function settleSend(walk: Walk, step: SendStep, outcome: SendOutcome | "late"): void {
  delete walk.run.parked;
  const branches: Partial<Record<typeof outcome, ListIndex | undefined>> = {
    failed: step.ifFailed,
    late: step.ifLate,
    blocked: step.ifBlocked,
    expired: step.ifExpired,
  };
  const list = branches[outcome];
  note(walk, `send.${outcome}`, { branch: list !== undefined }, step.path);
  branch(walk, list);
}
