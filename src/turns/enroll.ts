// Who comes in: the workflows that an input of a turn begins, and pending runs whose time or room has come.

import type { LeadEvent } from "../events/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import {
  type Asked,
  admit,
  type Considered,
  consider,
  type Effect,
  hasEnded,
  type Plan,
  type Run,
  type Situation,
} from "../workflows/index.ts";
import { count, type Desk, planOf, unprompted } from "./desk.ts";
import { runFactsOf } from "./facts.ts";
import { applyAdvance, moveRun, tellCaller } from "./runs.ts";
import { eventLink, present, scoreLinks, timerLink, workflowLink } from "./trace.ts";

/** Runs that steps may begin in one turn: workflows that call one another in loops come to an end here. */
const MOST_STARTED = 100;

/** Looks at every live workflow that begins with this event, in order of priority. */
export function enrollOn(desk: Desk, event: LeadEvent, depth: number): void {
  for (const plan of desk.scene.publication.plans) {
    if (plan.enroll?.when.some((match) => match.event === event.type) !== true) continue;
    applyConsidered(desk, plan, consider(plan, event, situation(desk, plan)), event, depth);
  }
}

/**
 * Something beside the events of `when` asks for it: a person, a program, the clock, a publication. Where many leads
 * are asked, `quiet`, there is nothing to tell of those who do not qualify.
 *
 * @returns whether there was anything to record of it
 */
export function enrollAsked(desk: Desk, plan: Plan, event: LeadEvent, asked: Asked, quiet = false): boolean {
  const considered = consider(plan, event, { ...situation(desk, plan), asked });
  if (considered.outcome === "none" || (quiet && considered.outcome === "not_enrolled")) return false;
  applyConsidered(desk, plan, considered, event, 0);
  return true;
}

/** What is at the bottom of it: a run that was itself begun passes on what began it. */
function promptedBy(event: LeadEvent | undefined): JsonObject {
  if (event === undefined) return {};
  if (event.type === "enroll.started") return present({ prompted: event.data["prompted"] }) as JsonObject;
  return { prompted: { type: event.type, data: event.data } };
}

/** A step began it. Its refusal is an outcome for the run that asked, and no error. */
export function startRun(
  desk: Desk,
  effect: Extract<Effect, { kind: "start" }>,
  event: LeadEvent | undefined,
  depth: number,
): void {
  const plan = desk.scene.publication.plans.find((live) => live.workflow === effect.workflow);
  desk.started += 1;
  if (plan === undefined || desk.started > MOST_STARTED) {
    refuse(desk, effect, plan === undefined ? "workflow.gone" : "enroll.limit", event, depth);
    return;
  }
  const begun: LeadEvent = {
    id: effect.id,
    lead: desk.case.id,
    type: "enroll.started",
    at: desk.clock,
    receivedAt: desk.scene.now,
    source: "latchkey",
    data: {
      ...effect.inputs,
      by: effect.lineage.at(-1) ?? effect.path,
      // for whoever asks why: the rule's firing, or what the run that asked had just heard
      ...promptedBy(event),
    },
  };
  const caller =
    effect.call && effect.run !== undefined
      ? { caller: { run: effect.run, effect: effect.id, path: effect.path } }
      : undefined;
  const considered = consider(plan, begun, {
    ...situation(desk, plan),
    asked: { override: false, inputs: effect.inputs, lineage: effect.lineage, ...caller },
  });
  applyConsidered(desk, plan, considered, begun, depth);
  if (considered.outcome === "not_enrolled" && considered.run === undefined) {
    refuse(desk, effect, considered.code, event, depth);
  } else if (considered.outcome === "none" && effect.call) {
    const earlier = [...desk.runs.values()].find((run) => run.caller?.effect === effect.id);
    if (earlier?.caller !== undefined && hasEnded(earlier)) tellCaller(desk, earlier.caller, earlier, event, depth);
  }
}

function refuse(
  desk: Desk,
  effect: Extract<Effect, { kind: "start" }>,
  outcome: string,
  event: LeadEvent | undefined,
  depth: number,
): void {
  if (effect.run === undefined) return;
  const { id, path, run } = effect;
  const input = { type: "child", effect: id, path, status: "refused", outcome } as const;
  desk.follows.push({ what: "tell", run, input, event, depth });
}

/** Its settling time is over, or a run that stood in its way has ended, or its turn under the limit has come. */
export function admitPending(desk: Desk, id: string, event: LeadEvent | undefined, depth: number): void {
  const run = desk.runs.get(id);
  if (run?.status !== "pending") return;
  const plan = planOf(desk, run);
  const override = run.enrolledBy.data["override"] === true;
  const considered = admit(plan, run, { ...situation(desk, plan), ...(override ? { asked: { override } } : {}) });
  applyConsidered(desk, plan, considered, event, depth);
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
  const { run } = considered;
  const before = run === undefined ? undefined : desk.runs.get(run.id);
  if (run !== undefined) {
    desk.runs.set(run.id, run);
    desk.changed.add(run.id);
  }
  const waitsOn = considered.outcome === "pending" ? roomOf(considered.run) : undefined;
  if (waitsOn === "limit" && roomOf(before) !== "limit" && run !== undefined) {
    desk.asks.push({ type: "slot", lead: desk.case.id, run: run.id, workflow: plan.workflow, ...unprompted(desk) });
  }
  // a run that settles, or that goes on waiting for the same, is in its row
  if (considered.outcome !== "pending" || (waitsOn !== undefined && waitsOn !== roomOf(before))) {
    desk.drafts.push(enrollmentDraft(desk, plan, considered, event));
    count(desk, `enrollment.${considered.outcome}`, plan.workflow);
  }
  if (considered.outcome === "enrolled") moveRun(desk, considered.run.id, { type: "enrolled" }, event, depth);
  else if (run?.caller !== undefined && hasEnded(run)) tellCaller(desk, run.caller, run, event, depth);
}

const roomOf = (run: Run | undefined): string | undefined =>
  run?.status === "pending" && run.parked?.on === "room" ? run.parked.for : undefined;

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
      ...scoreLinks(desk),
      workflowLink(plan, "enroll"),
      { kind: "then", status: considered.outcome === "enrolled" ? "done" : "off", code, values },
    ],
  };
}
