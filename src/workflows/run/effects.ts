// Steps that ask the rest of the house for one thing and go on: each an effect with an identity of its own. Under a
// plan in shadow what goes to the CRM or the web is asked for as such and only recorded; what would change this lead's
// other runs, its score or its standing in an experiment is not asked for at all.

import type { Json, JsonObject } from "../../kernel/json.ts";
import { DAY, type Millis } from "../../kernel/time.ts";
import type { Value } from "../condition.ts";
import type {
  AssignStep,
  EmitStep,
  HighlevelWorkflowStep,
  NoteStep,
  NotifyStep,
  OpportunityStep,
  ScoreStep,
  SetStep,
  Step,
  StopStep,
  TagStep,
  TaskStep,
  UpdateStep,
  WebhookStep,
} from "../plan.ts";
import type { Effect, EffectStamp } from "../run.ts";
import { ends } from "./ending.ts";
import { failStep, refusalsAt } from "./errors.ts";
import { instantAfter } from "./wait.ts";
import { advanceCursor, allGiven, calendarOf, given, identity, note, passed, type Walk } from "./walk.ts";

/** What fails in the making is an error of ours, and `on_error` says what follows. */
export function effect(walk: Walk, step: Step, make: () => void): void {
  if (ends(walk)) return;
  const before = walk.effects.length;
  try {
    make();
    forgetRefusals(walk, step.path, walk.effects.slice(before));
  } catch (error) {
    failStep(walk, step, error instanceof Error ? error.message : String(error));
    return;
  }
  if (walk.run.parked === undefined) advanceCursor(walk);
}

/** What is asked for again under the same identity, as when a person tries it again, may be refused again. */
function forgetRefusals(walk: Walk, path: string, asked: readonly Effect[]): void {
  const { refused, ...rest } = walk.run.facts[path] ?? {};
  if (refused === undefined) return;
  const left = refusalsAt(walk, path).filter((id) => !asked.some((effect) => "id" in effect && effect.id === id));
  walk.run.facts[path] = left.length === 0 ? rest : { ...rest, refused: left };
}

export const inShadow = (walk: Walk): boolean => walk.plan.status === "shadow";

/** The stamp of what goes to the CRM or the web. */
export function stamp(walk: Walk, step: Step, kind: Effect["kind"]): EffectStamp {
  const { retry, every } = step.onError ?? walk.plan.onError;
  return {
    id: identity(walk, step.path, kind),
    run: walk.run.id,
    path: passed(walk.run, step.path),
    ...(retry > 0 ? { retry: { times: retry, every } } : {}),
    ...(inShadow(walk) ? { shadow: true } : {}),
  };
}

/** The stamp of what stays inside the house; undefined in shadow, where it is not asked for. */
export function inner(walk: Walk, step: Step, kind: "emit" | "score" | "start" | "stop"): EffectStamp | undefined {
  if (inShadow(walk)) {
    note(walk, `${kind}.shadow`, {}, step.path);
    return undefined;
  }
  return { id: identity(walk, step.path, kind), run: walk.run.id, path: passed(walk.run, step.path) };
}

// the CRM ----------------------------------------------------------------------------------------------------------

/** Nothing is asked for where both the CRM and this run say that nothing would change. */
export function tag(walk: Walk, step: TagStep): void {
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

export function task(walk: Walk, step: TaskStep): void {
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

export function write(walk: Walk, step: NoteStep): void {
  const text = walk.facts.render(step.text, walk.run);
  walk.effects.push({ kind: "note", ...stamp(walk, step, "note"), text });
  note(walk, "note.asked", {}, step.path);
}

/** Only fields that would change, as far as the CRM and this run know. One whose new value is empty stays as it is. */
export function update(walk: Walk, step: UpdateStep): void {
  const { run, facts } = walk;
  const known = (field: string): Value | undefined => run.wrote?.[field] ?? facts.lead.value(field);
  const fields = Object.fromEntries(
    Object.entries(allGiven(walk, step.fields)).filter(
      ([field, value]) => JSON.stringify(known(field)) !== JSON.stringify(value),
    ),
  );
  const names = Object.keys(fields);
  if (names.length === 0) {
    note(walk, "update.unchanged", {}, step.path);
    return;
  }
  run.wrote = { ...run.wrote, ...fields };
  walk.effects.push({ kind: "update", ...stamp(walk, step, "update"), fields });
  note(walk, "update.asked", { fields: names }, step.path);
}

export function opportunity(walk: Walk, step: OpportunityStep): void {
  const { run, facts } = walk;
  const value = step.value === undefined ? undefined : given(walk, step.value);
  walk.effects.push({
    kind: "opportunity",
    ...stamp(walk, step, "opportunity"),
    action: step.action,
    ...(step.pipeline === undefined ? {} : { pipeline: step.pipeline }),
    ...(step.stage === undefined ? {} : { stage: step.stage }),
    ...(typeof value === "number" ? { value } : {}),
    ...(step.name === undefined ? {} : { name: facts.render(step.name, run) }),
  });
  note(walk, "opportunity.asked", { action: step.action }, step.path);
}

export function highlevelWorkflow(walk: Walk, step: HighlevelWorkflowStep): void {
  const { workflow, action } = step;
  walk.effects.push({
    kind: "highlevel_workflow",
    ...stamp(walk, step, "highlevel_workflow"),
    workflow,
    action,
  });
  note(walk, "crm_workflow.asked", { workflow, action }, step.path);
}

export function notify(walk: Walk, step: NotifyStep): void {
  const { to, through } = step;
  const message = walk.facts.render(step.message, walk.run);
  walk.effects.push({ kind: "notify", ...stamp(walk, step, "notify"), to, message, through });
  note(walk, "notify.asked", { to }, step.path);
}

/** How long the location may take to choose one of a team. */
const CHOOSING: Millis = DAY;

/** Which of a team is the location's to say: the run waits to hear it. */
export function assign(walk: Walk, step: AssignStep): void {
  const { by, only, to } = step;
  const stamped = stamp(walk, step, "assign");
  walk.effects.push({
    kind: "assign",
    ...stamped,
    to,
    ...(by === undefined ? {} : { by }),
    ...(only === undefined ? {} : { only }),
  });
  note(walk, "assign.asked", { to }, step.path);
  if (by !== undefined) awaitAnswer(walk, stamped, step.path, CHOOSING);
}

// the web ----------------------------------------------------------------------------------------------------------

export function webhook(walk: Walk, step: WebhookStep): void {
  const { method, url, headers, timeout } = step;
  const stamped = stamp(walk, step, "webhook");
  const answer = step.save !== undefined && !inShadow(walk);
  walk.effects.push({
    kind: "webhook",
    ...stamped,
    url,
    method,
    headers,
    ...(step.body === undefined ? {} : { body: rendered(walk, step.body) }),
    ...(step.secret === undefined ? {} : { secret: step.secret }),
    timeout,
    answer,
  });
  note(walk, "webhook.asked", { url, method }, step.path);
  if (step.save !== undefined) awaitAnswer(walk, stamped, step.path, patience(stamped, timeout));
}

/** In shadow nobody answers: the run goes on, and what would have been saved stays as it is. */
function awaitAnswer(walk: Walk, stamped: EffectStamp, path: string, within: Millis): void {
  if (stamped.shadow === true) return;
  walk.run.parked = { on: "answer", path, effect: stamped.id, until: walk.facts.now + within };
}

/** All tries of the sender with the time between them, and a day in which the house itself may be down. */
function patience({ retry }: EffectStamp, timeout: Millis): Millis {
  let length = timeout + DAY;
  for (let again = 0; again < (retry?.times ?? 0); again += 1) length += timeout + (retry?.every ?? 0) * 2 ** again * 2;
  return length;
}

function rendered(walk: Walk, body: Json): Json {
  if (typeof body === "string") return walk.facts.render(body, walk.run);
  if (Array.isArray(body)) return body.map((one: Json) => rendered(walk, one));
  if (typeof body !== "object" || body === null) return body;
  return Object.fromEntries(
    Object.entries(body).map(([name, one]) => [name, one === undefined ? one : rendered(walk, one)]),
  );
}

// inside the house -------------------------------------------------------------------------------------------------

export function emit(walk: Walk, step: EmitStep): void {
  const stamped = inner(walk, step, "emit");
  if (stamped === undefined) return;
  const data: JsonObject = allGiven(walk, step.with);
  walk.effects.push({ kind: "emit", id: stamped.id, type: step.event, data });
  note(walk, "emit.asked", { event: step.event }, step.path);
}

export function score(walk: Walk, step: ScoreStep): void {
  const stamped = inner(walk, step, "score");
  if (stamped === undefined) return;
  const until = instantAfter(step.for, walk.facts.now, calendarOf(walk));
  const because = step.because === undefined ? {} : { because: step.because };
  walk.effects.push({ kind: "score", ...stamped, add: step.add, until, ...because });
  note(walk, "score.asked", { add: step.add, until }, step.path);
}

/** Other runs of this lead end; the one that says so goes on. */
export function stop(walk: Walk, step: StopStep): void {
  const stamped = inner(walk, step, "stop");
  if (stamped === undefined) return;
  const { workflow, group } = step;
  walk.effects.push({
    kind: "stop",
    ...stamped,
    ...(workflow === undefined ? {} : { workflow }),
    ...(group === undefined ? {} : { group }),
    reason: step.reason ?? "stopped",
  });
  note(
    walk,
    "stop.asked",
    { ...(workflow === undefined ? {} : { workflow }), ...(group === undefined ? {} : { group }) },
    step.path,
  );
}

/** A variable whose new value is empty becomes empty. */
export function set(walk: Walk, step: SetStep): void {
  const values = Object.entries(step.vars).map(([name, value]) => [name, given(walk, value)] as const);
  if (!setVars(walk, Object.fromEntries(values))) throw new Error("too_big");
  note(walk, "set.done", { vars: Object.keys(step.vars) }, step.path);
}

/** Of all variables together, and of one answer. */
export const MOST_BYTES: number = 16 * 1024;

/** @returns false, with nothing changed, when they would be more than a run may carry */
export function setVars(walk: Walk, values: Readonly<Record<string, Value | undefined>>): boolean {
  const { run } = walk;
  const all = Object.entries({ ...run.vars, ...values }).filter((one): one is [string, Value] => one[1] !== undefined);
  const vars = Object.fromEntries(all);
  if (Buffer.byteLength(JSON.stringify(vars)) > MOST_BYTES) return false;
  run.vars = vars;
  return true;
}
