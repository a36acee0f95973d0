// What each step does when the cursor comes to it. The walk goes on until a step parks the run, or it ends.

import { Defect } from "../../kernel/errors.ts";
import { chance } from "../../kernel/ids.ts";
import { clipped } from "../../kernel/json.ts";
import type { Instant } from "../../kernel/time.ts";
import { MINUTE } from "../../kernel/time.ts";
import { evaluate } from "../evaluate.ts";
import type {
  ChooseStep,
  DoStep,
  ListIndex,
  NoteStep,
  OnError,
  Scalar,
  SendStep,
  SkipToStep,
  Step,
  TagStep,
  TaskStep,
  WaitStep,
} from "../plan.ts";
import type { MessageEffect, Parked, SendOutcome } from "../run.ts";
import { ends } from "./ending.ts";
import { awaitEvents } from "./listen.ts";
import { figuresAt } from "./marks.ts";
import { instantAfter, spreadOf, waitEnd } from "./wait.ts";
import {
  advanceCursor,
  branch,
  calendarOf,
  currentStep,
  finish,
  hasEnded,
  identity,
  note,
  passed,
  scopeOf,
  type Walk,
  whyNot,
} from "./walk.ts";

/** Steps of one run with one input (language, 4.8). */
const MOST_STEPS = 100;

export function walkOn(walk: Walk): void {
  const { run } = walk;
  while (!hasEnded(run) && run.status === "waiting" && run.parked === undefined) {
    const step = currentStep(walk.plan, run);
    if (step === undefined) {
      leaveList(walk);
      continue;
    }
    if (walk.taken === MOST_STEPS) {
      run.errors = { count: (run.errors?.count ?? 0) + 1, last: "too_many_steps" };
      note(walk, "too_many_steps", { most: MOST_STEPS }, step.path);
      finish(walk, "failed", "too_many_steps");
      return;
    }
    enter(walk, step);
    walk.attempt = 1;
  }
}

/** The step is done: past it, unless the run has been parked or ended meanwhile. */
function enter(walk: Walk, step: Step): void {
  const { run } = walk;
  walk.taken += 1;
  run.stepsTaken += 1;
  if (isNamed(step.path)) {
    run.entered[step.path] = walk.facts.now;
    const figures = figuresAt(walk.plan, step.path, walk.facts.lead);
    if (figures !== undefined) run.marks[step.path] = figures;
  }
  if (step.if !== undefined && !admitted(walk, step)) return;
  take(walk, step);
}

function take(walk: Walk, step: Step): void {
  switch (step.verb) {
    case "send":
      send(walk, step);
      break;
    case "wait":
      wait(walk, step, walk.facts.now);
      break;
    case "wait_for":
      awaitEvents(walk, step);
      break;
    case "choose":
      choose(walk, step);
      break;
    case "do":
      startLoop(walk, step);
      break;
    case "tag":
      effect(walk, step, () => tag(walk, step));
      break;
    case "task":
      effect(walk, step, () => task(walk, step));
      break;
    case "note":
      effect(walk, step, () => write(walk, step));
      break;
    case "skip_to":
      skip(walk, step);
      break;
    case "end":
      if (step.goal) walk.run.goalReachedAt ??= walk.facts.now;
      finish(walk, "completed", step.outcome);
      break;
    default:
      throw new Defect(`no plan has a step of kind ${step.verb} yet`);
  }
}

/** Only steps with an id can be asked about; others have a place, such as `opened/otherwise+1`. */
const isNamed = (path: string): boolean => !path.includes("+") && !path.includes("/");

function admitted(walk: Walk, step: Step): boolean {
  if (step.if === undefined) return true;
  const scope = scopeOf(walk);
  if (evaluate(step.if, scope) === true) return true;
  const why = whyNot(step.if, scope);
  if (step.verb === "do" && step.otherwise !== undefined) {
    note(walk, "branch.otherwise", why, step.path);
    branch(walk, step.otherwise);
    return false;
  }
  note(walk, "step.skipped", why, step.path);
  if (isNamed(step.path)) walk.run.facts[step.path] = { outcome: "skipped" };
  advanceCursor(walk);
  return false;
}

// send -------------------------------------------------------------------------------------------------------------

function send(walk: Walk, step: SendStep): void {
  const { run, plan, facts } = walk;
  const id = identity(walk, step.path, "message");
  const known = run.facts[step.path];
  if (known?.message === id) {
    note(walk, "already_sent", { message: id, outcome: known.outcome ?? "open" }, step.path);
    if (known.outcome === undefined && step.proceed !== "queued") parkOnMessage(walk, step, id);
    else advanceCursor(walk);
    return;
  }
  if (ends(walk)) return;
  walk.effects.push(messageOf(walk, step, id));
  run.facts[step.path] = { message: id, at: facts.now };
  run.lastSend = step.path;
  note(walk, "send.asked", { message: id, template: step.template }, step.path);
  // A shadow run sends nothing, so there is nothing to wait for.
  if (plan.status === "shadow" || step.proceed === "queued") advanceCursor(walk);
  else parkOnMessage(walk, step, id);
}

function messageOf(walk: Walk, step: SendStep, id: string): MessageEffect {
  const { run, plan, facts } = walk;
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
    ...(step.with === undefined ? {} : { with: step.with as Readonly<Record<string, Scalar>> }),
    caps: plan.caps,
    ...(plan.quietHours === undefined ? {} : { quietHours: plan.quietHours }),
    shadow: plan.status === "shadow",
  };
}

function parkOnMessage(walk: Walk, step: SendStep, message: string): void {
  const until = (walk.run.facts[step.path]?.at ?? walk.facts.now) + step.hold;
  walk.run.parked = { on: "message", path: step.path, message, until };
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

// wait -------------------------------------------------------------------------------------------------------------

/** Parks until the wait is over. `from` is when it begins: now, or when a pause ended. */
export function wait(walk: Walk, step: WaitStep, from: Instant, since: Instant = from): void {
  const end = spreadEnd(walk, step, from, since);
  if (typeof end === "string") {
    delete walk.run.parked;
    note(walk, `wait.${end}`, {}, step.path);
    branch(walk, end === "past" ? step.ifPast : step.ifMissing);
    return;
  }
  parkUntil(walk, step.path, since, end);
  if (walk.run.parked === undefined) advanceCursor(walk);
}

/** When an anchor has moved the run waits for its new instant, or finds that it is past, or gone. */
export function followAnchor(walk: Walk, step: WaitStep, parked: Extract<Parked, { on: "wait" }>): void {
  if (spreadEnd(walk, step, parked.since, parked.since) !== parked.until) {
    wait(walk, step, walk.facts.now, parked.since);
  }
}

function spreadEnd(walk: Walk, step: WaitStep, from: Instant, since: Instant): Instant | "past" | "missing" {
  const end = waitEnd(step.wait, from, calendarOf(walk), (subject) => {
    const named = walk.facts.lead.value(subject);
    return typeof named === "number" ? named : undefined;
  });
  if (typeof end === "string") return end;
  const spread = Math.floor(spreadOf(step.wait, Math.max(0, end.at - since)) * lot(walk, `spread:${step.path}`));
  return Math.max(end.at, Math.min(end.at + spread, end.latest ?? end.at + spread));
}

/** Leaves the run unparked when the instant is already here. */
function parkUntil(walk: Walk, path: string, since: Instant, until: Instant): void {
  delete walk.run.parked;
  if (until <= walk.facts.now) return;
  walk.run.parked = { on: "wait", path, since, until };
  note(walk, "wait.until", { until }, path);
}

const lot = (walk: Walk, name: string): number => chance(walk.facts.seed, walk.run.location, walk.run.lead, name);

// choose, do, skip_to ----------------------------------------------------------------------------------------------

function choose(walk: Walk, step: ChooseStep): void {
  const scope = scopeOf(walk);
  for (const one of step.cases) {
    if (one.if !== undefined && evaluate(one.if, scope) !== true) {
      note(walk, "case.not_taken", whyNot(one.if, scope), one.path);
      continue;
    }
    note(walk, "branch.case", one.name === undefined ? {} : { name: one.name }, one.path);
    branch(walk, one.do);
    return;
  }
  note(walk, step.otherwise === undefined ? "branch.none" : "branch.otherwise", {}, step.path);
  branch(walk, step.otherwise);
}

function startLoop(walk: Walk, step: DoStep): void {
  if (step.repeat === undefined) branch(walk, step.do);
  else startPass(walk, step, 1);
}

function leaveList(walk: Walk): void {
  const left = walk.run.cursor.pop();
  const parent = currentStep(walk.plan, walk.run);
  if (left === undefined || walk.run.cursor.length === 0) {
    finish(walk, "completed", "completed", "keep");
    return;
  }
  if (left.pass === undefined || parent?.verb !== "do") advanceCursor(walk);
  else if (left.pass >= (parent.repeat ?? 1)) {
    note(walk, "loop.done", { passes: left.pass }, parent.path);
    advanceCursor(walk);
  } else startPass(walk, parent, left.pass + 1);
}

function startPass(walk: Walk, step: DoStep, pass: number): void {
  walk.run.cursor.push({ list: step.do, index: 0, pass });
  if (pass > 1 && step.every !== undefined) {
    const until = instantAfter(step.every, walk.facts.now, calendarOf(walk));
    const spread = Math.min((until - walk.facts.now) / 100, 5 * MINUTE);
    parkUntil(walk, step.path, walk.facts.now, until + Math.floor(spread * lot(walk, `spread:${step.path}`)));
    if (walk.run.parked !== undefined) return;
  }
  beginPass(walk, step);
}

/** `until` is looked at before each pass, the first included. */
export function beginPass(walk: Walk, step: DoStep): void {
  const pass = walk.run.cursor.at(-1)?.pass ?? 1;
  if (step.until === undefined || evaluate(step.until, scopeOf(walk)) !== true) {
    note(walk, "loop.pass", { pass, of: step.repeat ?? 1 }, step.path);
    return;
  }
  note(walk, "loop.until", { passes: pass - 1 }, step.path);
  walk.run.cursor.pop();
  advanceCursor(walk);
}

function skip(walk: Walk, step: SkipToStep): void {
  const { cursor } = walk.run;
  const { target } = step;
  const depth = cursor.findLastIndex((frame) => frame.list === target.list);
  const frame = cursor[depth];
  if (frame === undefined) {
    finish(walk, "failed", "lost_step");
    return;
  }
  cursor.length = depth;
  cursor.push({ ...frame, index: target.index });
  note(walk, "step.jumped", { to: target.path }, step.path);
}

// effects ----------------------------------------------------------------------------------------------------------

/** One effect, next at once; what fails in making it is an error of ours, and `on_error` says what follows. */
function effect(walk: Walk, step: Step, make: () => void): void {
  if (ends(walk)) return;
  try {
    make();
  } catch (error) {
    failStep(walk, step, error instanceof Error ? error.message : String(error));
    return;
  }
  advanceCursor(walk);
}

function failStep(walk: Walk, step: Step, reason: string): void {
  const { run, facts } = walk;
  const rule: OnError = step.onError ?? walk.plan.onError;
  run.errors = { count: (run.errors?.count ?? 0) + 1, last: clipped(reason, 200) };
  if (walk.attempt <= rule.retry) {
    const jitter = 1 + 0.1 * lot(walk, `retry:${step.path}:${walk.attempt}`);
    const until = facts.now + Math.ceil(rule.every * 2 ** (walk.attempt - 1) * jitter);
    run.parked = { on: "retry", path: step.path, until, attempt: walk.attempt + 1 };
    note(walk, "error.retry", { until, attempt: walk.attempt }, step.path);
    return;
  }
  note(walk, `error.${rule.then}`, { reason: clipped(reason, 200) }, step.path);
  if (rule.then === "continue") advanceCursor(walk);
  else finish(walk, rule.then === "fail" ? "failed" : "stopped", "error");
}

/** Nothing is asked for where both the CRM and this run say that nothing would change. */
function tag(walk: Walk, step: TagStep): void {
  const { run } = walk;
  const told = walk.facts.lead.value("contact.tags");
  const has = Array.isArray(told) ? new Set(told.map((name) => name.toLowerCase())) : undefined;
  const wrote = run.tagged ?? {};
  const add = step.add.filter((name) => has?.has(name.toLowerCase()) !== true || wrote[name] === false);
  const remove = step.remove.filter((name) => has?.has(name.toLowerCase()) !== false || wrote[name] === true);
  if (add.length === 0 && remove.length === 0) {
    note(walk, "tag.unchanged", {}, step.path);
    return;
  }
  run.tagged = {
    ...wrote,
    ...Object.fromEntries(add.map((name) => [name, true])),
    ...Object.fromEntries(remove.map((name) => [name, false])),
  };
  walk.effects.push({ kind: "tag", ...stamp(walk, step, "tag"), add, remove });
  note(walk, "tag.asked", { add, remove }, step.path);
}

function task(walk: Walk, step: TaskStep): void {
  const { facts, run } = walk;
  const dueAt = instantAfter(step.due, facts.now, calendarOf(walk));
  walk.effects.push({
    kind: "task",
    ...stamp(walk, step, "task"),
    title: facts.render(step.title, run),
    ...(step.body === undefined ? {} : { body: facts.render(step.body, run) }),
    to: step.to,
    dueAt,
  });
  note(walk, "task.asked", { to: step.to, due: dueAt }, step.path);
}

function write(walk: Walk, step: NoteStep): void {
  const text = walk.facts.render(step.text, walk.run);
  walk.effects.push({ kind: "note", ...stamp(walk, step, "note"), text });
  note(walk, "note.asked", {}, step.path);
}

const stamp = (walk: Walk, step: Step, kind: "tag" | "task" | "note") => ({
  id: identity(walk, step.path, kind),
  run: walk.run.id,
  path: passed(walk.run, step.path),
});
