// Who comes in: whether an event begins a run, and when. Pure.

import { type LeadEvent, property } from "../../events/index.ts";
import { chance, idFrom } from "../../kernel/ids.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Condition, Value } from "../condition.ts";
import { evaluate } from "../evaluate.ts";
import type { Enroll, Plan, Scalar, ValueType } from "../plan.ts";
import type { Advance, Run, RunFacts } from "../run.ts";
import { endRun } from "./advance.ts";
import { lineageFault } from "./calls.ts";
import { isHeld } from "./hold.ts";
import { beginsByCalendar } from "./schedule.ts";
import { inRun, withEvent } from "./scope.ts";
import { hasEnded, whyNot } from "./walk.ts";

export interface Situation {
  readonly location: string;
  /** This lead's runs of this workflow: all that have not ended, and the ended ones that `again` may ask about. */
  readonly runs: readonly Run[];
  /** This lead's runs of the plan's group, of any workflow, with the plans they are pinned to. */
  readonly group: readonly { readonly run: Run; readonly plan: Plan }[];
  /** How many runs of this lead, of any workflow, have not ended. */
  readonly activeRuns: number;
  /** The workflow, or its location, is paused by hand. */
  readonly paused: boolean;
  readonly facts: RunFacts;
  /** Asked for by a person or a program: `when` is not looked at, and with `override` neither are `if`, `again`, `holdout`. */
  readonly asked?: Asked;
}

export interface Asked {
  readonly override: boolean;
  readonly inputs?: Readonly<Record<string, Value>>;
  /** By a step `start` or `call`: who started whom down to the run to be. */
  readonly lineage?: readonly string[];
  /** By a step `call`. */
  readonly caller?: NonNullable<Run["caller"]>;
}

export type Considered =
  /** Not what this workflow begins with, or begun already by this very event: nothing to record. */
  | { readonly outcome: "none" }
  | {
      readonly outcome: "not_enrolled";
      readonly code: NotEnrolled;
      readonly values: JsonObject;
      /** The pending run that ends with this, where there was one. */
      readonly run?: Run;
    }
  /** A row for the measure: never treated. */
  | { readonly outcome: "holdout"; readonly run: Run }
  /** It waits: for `settle`, or for room. Call `admit` when it is due, and whenever a run of the lead has ended. */
  | { readonly outcome: "pending"; readonly run: Run; readonly values: JsonObject; readonly ended: readonly Advance[] }
  /** Save it, and give it the input `enrolled`. `ended` are the runs that made room for it. */
  | { readonly outcome: "enrolled"; readonly run: Run; readonly ended: readonly Advance[] };

export type NotEnrolled =
  | "enroll.condition"
  | "enroll.again"
  | "enroll.running"
  | "enroll.limit"
  | "enroll.inputs"
  | "enroll.lineage"
  | "rollout"
  | "group.busy"
  | "consent.opted_out"
  | "paused.workflow"
  | "workflow.draft";

/** Language, 4.8. */
const MOST_RUNS_PER_LEAD = 20;

/** Whether this event begins a run of this workflow for its lead. */
export function consider(plan: Plan, event: LeadEvent, situation: Situation): Considered {
  const enroll = plan.enroll ?? ANYONE;
  const { facts, runs } = situation;
  if (situation.asked === undefined && !begins(plan, enroll, event, facts)) return { outcome: "none" };
  const key = keyOf(enroll, event);
  const id = idFrom(situation.location, event.lead, plan.workflow, event.id, key ?? "");
  if (runs.some((run) => run.id === id)) return { outcome: "none" };
  const refusal = refused(plan, enroll, event, situation, key);
  if (refusal !== undefined) return refusal;
  const run = begin(plan, event, situation, id, key);
  const until = event.at + (enroll.settle ?? 0);
  const considered = until <= facts.now ? admit(plan, run, situation) : waiting(plan, run, { on: "settle", until });
  if (considered.outcome !== "pending" && considered.outcome !== "enrolled") return considered;
  // At most one start waits, the latest (`restart`, `queue`; with the others there is never a second).
  const older = runs.filter((other) => other.status === "pending" && other.key === key);
  const ended = older.map((other) => endRun(plan, other, NOT_ENROLLED, facts));
  return { ...considered, ended: [...considered.ended, ...ended] };
}

/**
 * Lets a pending run in, or not: its settling time is over, or a run that stood in its way has ended. Called too early
 * it says `pending` again.
 */
export function admit(plan: Plan, run: Run, situation: Situation): Considered {
  const enroll = plan.enroll ?? ANYONE;
  const { facts } = situation;
  const override = situation.asked?.override === true;
  if (hasEnded(run) || (isHeld(run) && facts.now < run.enrolledAt + plan.maxDuration)) return { outcome: "none" };
  const { parked } = run;
  if (parked?.on === "settle" && parked.until > facts.now) return waiting(plan, run, parked);
  const refuse = (code: NotEnrolled, values: JsonObject): Considered => turnAway(run, facts, code, values);
  if (facts.lead.value("lead.opted_out") === true) return refuse("consent.opted_out", {});
  if (run.enrolledAt + plan.maxDuration <= facts.now) return refuse("group.busy", { waited: plan.maxDuration });
  const limited = parked?.on === "room" && parked.for === "limit";
  if (limited && parked.until > facts.now) return waiting(plan, run, parked);
  const others = situation.runs.filter((other) => other.id !== run.id);
  if (!override && enroll.if !== undefined) {
    const why = unmet(enroll.if, facts, run);
    if (why !== undefined) return refuse("enroll.condition", why);
  }
  if (!override && enroll.holdout !== undefined && drawn(plan, run, facts, "holdout") < enroll.holdout) {
    return { outcome: "holdout", run: heldOut(run, facts.now) };
  }
  const rivals = others.filter((other) => running(other) && other.key === run.key);
  if (rivals.length > 0 && enroll.ifRunning === "queue") return waiting(plan, run, room(plan, run, "queue"));
  if (rivals.length > 0 && enroll.ifRunning !== "restart")
    return refuse("enroll.running", { run: rivals[0]?.id ?? "" });
  const busy = situation.group.filter((other) => other.run.workflow !== plan.workflow && running(other.run));
  if (busy.length > 0 && !replaces(plan, busy)) {
    const first = busy[0]?.run;
    const values = { workflow: first?.workflow ?? "", run: first?.id ?? "" };
    if (plan.ifGroupBusy !== "wait") return refuse("group.busy", values);
    return waiting(plan, run, room(plan, run, "group"), values);
  }
  if (enroll.limit !== undefined && !limited) return waiting(plan, run, room(plan, run, "limit"));
  const ended = [
    ...rivals.map((rival) => endRun(plan, rival, "restarted", facts)),
    ...busy.map((other) => endRun(other.plan, other.run, "replaced", facts)),
  ];
  return { outcome: "enrolled", run: admitted(run, facts.now), ended };
}

/** The location has room for a run that waits for its `limit`, from this instant on. */
export function reserve(plan: Plan, run: Run, at: Instant): Run {
  if (run.status !== "pending" || run.parked?.on !== "room" || run.parked.for !== "limit") return run;
  return { ...run, parked: { ...run.parked, until: at }, dueAt: Math.min(at, run.enrolledAt + plan.maxDuration) };
}

const ANYONE: Enroll = { when: [], again: "never", ifRunning: "skip" };

function begins(plan: Plan, enroll: Enroll, event: LeadEvent, facts: RunFacts): boolean {
  if (beginsByCalendar(enroll, plan.workflow, event)) return true;
  return enroll.when.some(
    (match) =>
      match.event === event.type &&
      (match.if === undefined || evaluate(match.if, withEvent(facts.lead, event)) === true),
  );
}

function keyOf(enroll: Enroll, event: LeadEvent): string | undefined {
  if (enroll.key === undefined) return undefined;
  const value = property(event.data, enroll.key);
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? `${value}` : undefined;
}

/** What can be said at the event itself, before anything settles. */
function refused(
  plan: Plan,
  enroll: Enroll,
  event: LeadEvent,
  situation: Situation,
  key: string | undefined,
): Considered | undefined {
  const { facts, runs } = situation;
  const no = (code: NotEnrolled, values: JsonObject = {}): Considered => ({ outcome: "not_enrolled", code, values });
  const override = situation.asked?.override === true;
  const lineage = situation.asked?.lineage ?? [];
  if (lineageFault(lineage, plan.workflow)) return no("enroll.lineage", { lineage });
  const fault = inputFault(plan, situation.asked?.inputs ?? {});
  if (fault !== undefined) return no("enroll.inputs", fault);
  if (plan.status === "draft") return no("workflow.draft");
  if (plan.status === "paused" || situation.paused) return no("paused.workflow");
  if (facts.lead.value("lead.opted_out") === true) return no("consent.opted_out");
  if (enroll.key !== undefined && key === undefined) {
    return no("enroll.condition", { subject: `event.${enroll.key}`, why: "empty", unknown: true });
  }
  const lot = chance(facts.seed, situation.location, event.lead, `rollout:${plan.workflow}`);
  if (enroll.rollout !== undefined && lot >= enroll.rollout) return no("rollout", { share: enroll.rollout });
  if (enroll.ifRunning === "skip" || enroll.ifRunning === "parallel") {
    const rival = runs.find((run) => !hasEnded(run) && run.key === key);
    if (rival !== undefined) return no("enroll.running", { run: rival.id });
  }
  if (!override) {
    const again = tooSoon(enroll, runs, key, facts.now);
    if (again !== undefined) return no("enroll.again", again);
  }
  if (situation.activeRuns >= MOST_RUNS_PER_LEAD) return no("enroll.limit", { most: MOST_RUNS_PER_LEAD });
  return undefined;
}

function tooSoon(enroll: Enroll, runs: readonly Run[], key: string | undefined, now: Instant): JsonObject | undefined {
  if (enroll.again === "always") return undefined;
  const ends = runs.filter((run) => run.key === key && run.endedAt !== undefined && counts(run));
  const last = ends.reduce((latest, run) => Math.max(latest, run.endedAt ?? 0), 0);
  if (ends.length === 0) return undefined;
  if (enroll.again === "never") return { ended: last };
  const from = last + enroll.again.after;
  return from > now ? { ended: last, from } : undefined;
}

/** A run that never began, or made room for its own successor, is not a time before. */
const counts = (run: Run): boolean => run.outcome !== NOT_ENROLLED && run.outcome !== "restarted";

/** Outcome of a pending run that was turned away. */
export const NOT_ENROLLED = "not_enrolled";

/** A failed run holds no group; a pending one has not begun. */
const running = (run: Run): boolean => run.status === "waiting" || run.status === "paused";

const replaces = (plan: Plan, busy: Situation["group"]): boolean =>
  plan.ifGroupBusy === "replace" && busy.every((other) => other.run.priority < plan.priority);

function unmet(condition: Condition, facts: RunFacts, run: Run): JsonObject | undefined {
  const scope = inRun(facts.lead, run);
  return evaluate(condition, scope) === true ? undefined : whyNot(condition, scope);
}

const drawn = (plan: Plan, run: Run, facts: RunFacts, name: string): number =>
  chance(facts.seed, run.location, run.lead, `${name}:${plan.workflow}`);

function begin(plan: Plan, event: LeadEvent, situation: Situation, id: string, key: string | undefined): Run {
  return {
    id,
    location: situation.location,
    lead: event.lead,
    workflow: plan.workflow,
    plan: plan.id,
    priority: plan.priority,
    ...(key === undefined ? {} : { key }),
    enrolledBy: { event: event.id, type: event.type, data: event.data },
    enrolledAt: situation.facts.now,
    status: "pending",
    cursor: [],
    entered: {},
    marks: {},
    facts: {},
    ...own(plan, situation.asked ?? { override: false }),
    stepsTaken: 0,
  };
}

/** What a run begins with beside its event: its variables' and outputs' defaults, its inputs, and who asked for it. */
function own(plan: Plan, asked: Asked): Partial<Run> {
  const vars = defaults(plan.vars);
  const inputs = { ...defaults(plan.inputs), ...asked.inputs };
  const outputs = defaults(plan.outputs);
  return {
    ...(Object.keys(vars).length === 0 ? {} : { vars }),
    ...(Object.keys(inputs).length === 0 ? {} : { inputs }),
    ...(Object.keys(outputs).length === 0 ? {} : { outputs }),
    ...(asked.lineage === undefined ? {} : { lineage: asked.lineage }),
    ...(asked.caller === undefined ? {} : { caller: asked.caller }),
  };
}

const defaults = (declared: Plan["vars"]): Record<string, Scalar> =>
  Object.fromEntries(
    Object.entries(declared).flatMap(([name, one]) => (one.default === undefined ? [] : [[name, one.default]])),
  );

/** An input that is missing, unknown, of another type, or not one of those it may be. */
function inputFault(plan: Plan, inputs: Readonly<Record<string, Value>>): JsonObject | undefined {
  const unknown = Object.keys(inputs).find((name) => !Object.hasOwn(plan.inputs, name));
  if (unknown !== undefined) return { input: unknown, why: "unknown" };
  for (const [name, declared] of Object.entries(plan.inputs)) {
    const value = Object.hasOwn(inputs, name) ? inputs[name] : declared.default;
    if (value === undefined) return { input: name, why: "missing" };
    if (!isOf(declared.type, value)) return { input: name, why: `not_${declared.type}` };
    if (declared.in !== undefined && !declared.in.some((one) => one === value))
      return { input: name, why: "not_one_of" };
  }
  return undefined;
}

/** Dates are written in more than one way; whoever reads one finds out. */
function isOf(type: ValueType, value: Value): boolean {
  if (type === "number" || type === "money") return typeof value === "number";
  if (type === "text" || type === "boolean") return typeof value === (type === "text" ? "string" : "boolean");
  return type === "date" || Array.isArray(value);
}

const room = (plan: Plan, run: Run, what: "group" | "queue" | "limit") =>
  ({ on: "room", for: what, until: run.enrolledAt + plan.maxDuration }) as const;

function waiting(plan: Plan, run: Run, parked: NonNullable<Run["parked"]>, values: JsonObject = {}): Considered {
  const dueAt = Math.min(parked.until, run.enrolledAt + plan.maxDuration);
  return { outcome: "pending", run: { ...run, status: "pending", parked, dueAt }, values, ended: [] };
}

/** The goal, `max_duration` and `run.age` count from here. */
function admitted(run: Run, now: Instant): Run {
  const { parked: _, dueAt: __, ...rest } = run;
  return { ...rest, enrolledAt: now, status: "waiting", cursor: [{ list: 0, index: 0 }] };
}

function heldOut(run: Run, now: Instant): Run {
  const { parked: _, dueAt: __, ...rest } = run;
  return { ...rest, enrolledAt: now, status: "completed", outcome: "holdout", endedAt: now };
}

function turnAway(run: Run, facts: RunFacts, code: NotEnrolled, values: JsonObject): Considered {
  // A run that was never saved leaves no row; one that waited ends where people can see why.
  if (run.parked === undefined) return { outcome: "not_enrolled", code, values };
  const { parked: _, dueAt: __, ...rest } = run;
  const gone: Run = { ...rest, status: "stopped", outcome: NOT_ENROLLED, endedAt: facts.now };
  return { outcome: "not_enrolled", code, values, run: gone };
}
