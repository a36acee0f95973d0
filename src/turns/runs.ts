// Runs in a turn: which of them an input concerns, in which order, and what their advances ask for.

import type { LeadEvent } from "../events/index.ts";
import type { DecisionVerdict, Link } from "../insights/index.ts";
import { Defect } from "../kernel/errors.ts";
import {
  type Advance,
  admit,
  advance,
  type Considered,
  consider,
  type Effect,
  hasEnded,
  type Plan,
  type Run,
  type RunInput,
  type Situation,
  wantsEvent,
} from "../workflows/index.ts";
import { count, type Desk, derive, planOf } from "./desk.ts";
import { carryOut, withdrawRun } from "./effects.ts";
import { runFactsOf } from "./facts.ts";
import { eventLink, scoreLink, timerLink, traceLink, workflowLink } from "./trace.ts";

/** All runs, high priority first, then the older, then by id. */
export const runOrder = (desk: Desk): Run[] =>
  [...desk.runs.values()].sort(
    (a, b) => b.priority - a.priority || a.enrolledAt - b.enrolledAt || (a.id < b.id ? -1 : 1),
  );

export function moveRunsOn(desk: Desk, event: LeadEvent, depth: number): void {
  for (const { id } of runOrder(desk)) {
    // an earlier run's advance may have ended or replaced this one
    const run = desk.runs.get(id);
    if (run !== undefined && wantsEvent(planOf(desk, run), run, event.type)) {
      moveRun(desk, id, { type: "event", event }, event, depth);
    }
  }
}

/** Gives one run one input, and does what follows. */
export function moveRun(desk: Desk, id: string, input: RunInput, event: LeadEvent | undefined, depth: number): void {
  const run = desk.runs.get(id);
  if (run === undefined) return;
  const plan = planOf(desk, run);
  if (run.status === "pending" && input.type === "due") admitted(desk, plan, run, event, depth);
  else applyAdvance(desk, plan, advance(plan, run, input, runFactsOf(desk)), input, event, depth);
}

function applyAdvance(
  desk: Desk,
  plan: Plan,
  { run, effects, trace }: Advance,
  input: RunInput | undefined,
  event: LeadEvent | undefined,
  depth: number,
): void {
  const before = desk.runs.get(run.id);
  desk.runs.set(run.id, run);
  desk.changed.add(run.id);
  const ended = hasEnded(run) && (before === undefined || !hasEnded(before));
  const because = causeLink(desk, input, event);
  if (ended || trace.some(({ code }) => !OWN_RECORD.has(code))) {
    const verdict: DecisionVerdict = ended ? "ended" : run.parked === undefined ? "done" : "waiting";
    desk.drafts.push({
      at: desk.clock,
      kind: ended ? "run" : "step",
      verdict,
      workflow: plan.workflow,
      plan: plan.id,
      run: run.id,
      path: trace.at(-1)?.path,
      links: [
        ...because,
        workflowLink(plan, trace.at(-1)?.path, { input: input?.type ?? "ended" }),
        ...trace.map((line) => traceLink(line, desk.clock)),
        ...(ended ? [endLink(run)] : []),
      ],
    });
  }
  for (const effect of effects) applyEffect(desk, effect, run, event, depth);
  if (ended) endOf(desk, plan, run, depth);
}

/** Lines about what has a record of its own: where a run stands is in the run, what it asked for is an effect's decision. */
const OWN_RECORD: ReadonlySet<string> = new Set([
  "wait.until",
  "wait_for.listening",
  "send.asked",
  "tag.asked",
  "task.asked",
  "note.asked",
]);

const endLink = (run: Run): Link => ({
  kind: "then",
  status: run.status === "failed" ? "failed" : run.status === "completed" ? "done" : "off",
  code: `run.${run.status}`,
  values: { outcome: run.outcome ?? run.status },
  evidence: { type: "run", id: run.id },
});

function causeLink(desk: Desk, input: RunInput | undefined, event: LeadEvent | undefined): Link[] {
  if (event !== undefined) return [eventLink(event)];
  if (input?.type === "due") return [timerLink("run", desk.clock)];
  if (input?.type === "outcome") {
    return [{ kind: "event", status: "event", code: `outcome.${input.outcome}`, at: desk.clock }];
  }
  return [];
}

/** An end may make room for a run that waited for it; the event it is comes from the advance itself. */
function endOf(desk: Desk, plan: Plan, run: Run, depth: number): void {
  count(desk, "run.ended", `${plan.workflow}:${run.outcome ?? run.status}`);
  for (const other of runOrder(desk)) {
    if (other.status === "pending" && other.parked?.on === "room")
      admitted(desk, planOf(desk, other), other, undefined, depth);
  }
}

function applyEffect(desk: Desk, effect: Effect, run: Run, event: LeadEvent | undefined, depth: number): void {
  switch (effect.kind) {
    case "message":
      desk.messages.push({ effect, event, at: desk.clock });
      return;
    case "withdraw":
      withdrawRun(desk, effect.run, effect.reason);
      return;
    case "emit":
      derive(desk, { type: effect.type, at: desk.clock, data: effect.data }, effect.id, depth + 1);
      return;
    case "tag":
    case "task":
    case "note":
    case "update":
    case "assign":
    case "notify":
    case "opportunity":
    case "webhook":
    case "highlevel_workflow": {
      const told = carryOut(desk, effect, event, run);
      if (told !== undefined) moveRun(desk, run.id, told, undefined, depth);
      return;
    }
    default:
      throw new Defect(`no step asks for an effect of kind ${effect.kind} yet`);
  }
}

// Enrollment -----------------------------------------------------------------------------------------------------------

/** Looks at every live workflow that begins with this event, in order of priority. */
export function enrollOn(desk: Desk, event: LeadEvent, depth: number): void {
  for (const plan of desk.scene.publication.plans) {
    if (plan.enroll?.when.some((match) => match.event === event.type) !== true) continue;
    applyConsidered(desk, plan, consider(plan, event, situation(desk, plan)), event, depth);
  }
}

/** Somebody asked for it: by hand or by API. */
export function enrollAsked(desk: Desk, plan: Plan, event: LeadEvent, override: boolean): void {
  applyConsidered(desk, plan, consider(plan, event, { ...situation(desk, plan), asked: { override } }), event, 0);
}

function admitted(desk: Desk, plan: Plan, run: Run, event: LeadEvent | undefined, depth: number): void {
  applyConsidered(desk, plan, admit(plan, run, situation(desk, plan)), event, depth);
}

function situation(desk: Desk, plan: Plan): Situation {
  const runs = [...desk.runs.values()];
  return {
    location: desk.scene.location,
    runs: runs.filter((run) => run.workflow === plan.workflow),
    group:
      plan.group === undefined
        ? []
        : runs
            .map((run) => ({ run, plan: planOf(desk, run) }))
            .filter((other) => other.plan.group === plan.group && !hasEnded(other.run)),
    activeRuns: runs.filter((run) => !hasEnded(run)).length,
    paused: desk.scene.publication.paused?.some((held) => held === "*" || held === plan.workflow) === true,
    facts: runFactsOf(desk),
  };
}

function applyConsidered(
  desk: Desk,
  plan: Plan,
  considered: Considered,
  event: LeadEvent | undefined,
  depth: number,
): void {
  if (considered.outcome === "none") return;
  if (considered.outcome === "enrolled" || considered.outcome === "pending") {
    for (const ended of considered.ended) {
      applyAdvance(desk, planOf(desk, ended.run), ended, undefined, event, depth);
    }
  }
  const run = considered.run;
  if (run !== undefined) {
    desk.runs.set(run.id, run);
    desk.changed.add(run.id);
  }
  if (considered.outcome !== "pending" || considered.run.parked?.on !== "settle") {
    desk.drafts.push(enrollmentDraft(desk, plan, considered, event));
  }
  count(desk, `enrollment.${considered.outcome}`, plan.workflow);
  if (considered.outcome === "enrolled") moveRun(desk, considered.run.id, { type: "enrolled" }, event, depth);
}

function enrollmentDraft(
  desk: Desk,
  plan: Plan,
  considered: Exclude<Considered, { outcome: "none" }>,
  event: LeadEvent | undefined,
): Desk["drafts"][number] {
  const code = considered.outcome === "not_enrolled" ? considered.code : `enroll.${considered.outcome}`;
  const values = "values" in considered ? considered.values : {};
  return {
    at: desk.clock,
    kind: "enrollment",
    verdict:
      considered.outcome === "enrolled" ? "enrolled" : considered.outcome === "pending" ? "waiting" : "not_enrolled",
    workflow: plan.workflow,
    plan: plan.id,
    run: considered.run?.id,
    links: [
      ...(event === undefined ? [timerLink("settle", desk.clock)] : [eventLink(event)]),
      ...(desk.score === undefined ? [] : [scoreLink(desk.score, desk.clock)]),
      workflowLink(plan, "enroll"),
      { kind: "then", status: considered.outcome === "enrolled" ? "done" : "off", code, values },
    ],
  };
}
