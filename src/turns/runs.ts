// Runs in a turn: which of them an input concerns, in which order, and what their advances ask for.

import type { LeadEvent } from "../events/index.ts";
import type { DecisionVerdict, Link } from "../insights/index.ts";
import {
  type Advance,
  advance,
  type Effect,
  endRun,
  hasEnded,
  NOT_ENROLLED,
  type Plan,
  type Run,
  type RunInput,
  wantsEvent,
} from "../workflows/index.ts";
import { askForAssignee } from "./assignee.ts";
import { count, type Desk, derive, planOf } from "./desk.ts";
import { carryOut, withdrawRun } from "./effects.ts";
import { meet } from "./exposures.ts";
import { runFactsOf } from "./facts.ts";
import { adjust } from "./score.ts";
import { eventLink, timerLink, traceLink, workflowLink } from "./trace.ts";

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
  if (run.status === "pending" && input.type === "due") desk.follows.push({ what: "admit", run: id, event, depth });
  else {
    const plan = planOf(desk, run);
    applyAdvance(desk, plan, advance(plan, run, input, runFactsOf(desk)), input, event, depth);
  }
}

/** Ends a run from outside. One that has ended stays as it ended. */
export function stopRun(desk: Desk, id: string, outcome: string, event: LeadEvent | undefined, depth: number): void {
  const run = desk.runs.get(id);
  if (run === undefined || hasEnded(run)) return;
  const plan = planOf(desk, run);
  applyAdvance(desk, plan, endRun(plan, run, outcome, runFactsOf(desk)), undefined, event, depth);
}

export function applyAdvance(
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
  if (ended) endOf(desk, run, event, depth);
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

/** A run is over: those it called end with it, the one that called it hears, and room may have come for one that waits. */
export function endOf(desk: Desk, run: Run, event: LeadEvent | undefined, depth: number): void {
  count(desk, "run.ended", `${run.workflow}:${run.outcome ?? run.status}`);
  for (const called of runOrder(desk)) {
    if (called.caller?.run === run.id) stopRun(desk, called.id, "caller_ended", event, depth);
  }
  if (run.caller !== undefined) tellCaller(desk, run.caller, run, event, depth);
  for (const other of runOrder(desk)) {
    if (other.status === "pending" && other.parked?.on === "room") {
      desk.follows.push({ what: "admit", run: other.id, event: undefined, depth });
    }
  }
}

/** What became of a run, to the one that called it. A run that was never let in was refused. */
export function tellCaller(
  desk: Desk,
  caller: NonNullable<Run["caller"]>,
  run: Run,
  event: LeadEvent | undefined,
  depth: number,
): void {
  const refused = run.outcome === NOT_ENROLLED || run.outcome === "holdout";
  const input: RunInput = {
    type: "child",
    effect: caller.effect,
    path: caller.path,
    run: run.id,
    status: refused ? "refused" : (run.status as "completed" | "failed" | "stopped"),
    outcome: run.outcome ?? run.status,
    ...(run.outputs === undefined ? {} : { outputs: run.outputs }),
  };
  desk.follows.push({ what: "tell", run: caller.run, input, event, depth });
}

export function applyEffect(
  desk: Desk,
  effect: Effect,
  run: Run | undefined,
  event: LeadEvent | undefined,
  depth: number,
): void {
  switch (effect.kind) {
    case "message":
      desk.messages.push({ effect, event, at: desk.clock });
      return;
    case "withdraw":
      withdrawRun(desk, effect);
      for (const called of runOrder(desk)) {
        if (called.caller !== undefined && effect.calls?.includes(called.caller.effect) === true)
          stopRun(desk, called.id, "caller_ended", event, depth);
      }
      return;
    case "emit":
      derive(desk, { type: effect.type, at: desk.clock, data: effect.data }, effect.id, depth + 1);
      return;
    case "start":
      desk.follows.push({ what: "start", effect, event, depth });
      return;
    case "stop":
      stopOthers(desk, effect, event, depth);
      return;
    case "score":
      for (const crossing of adjust(desk, effect)) derive(desk, crossing, effect.id, depth + 1);
      return;
    case "exposure":
      meet(desk, effect);
      return;
    case "assign":
      if (effect.to.startsWith("team.") && effect.shadow !== true) {
        askForAssignee(desk, effect);
        return;
      }
      break;
    default:
  }
  const told = carryOut(desk, effect, event, run);
  if (told !== undefined && run !== undefined) {
    desk.follows.push({ what: "tell", run: run.id, input: told, event: undefined, depth });
  }
}

/** The run that says so goes on. */
function stopOthers(
  desk: Desk,
  effect: Extract<Effect, { kind: "stop" }>,
  event: LeadEvent | undefined,
  depth: number,
): void {
  for (const other of runOrder(desk)) {
    if (other.id === effect.run) continue;
    const meant =
      effect.group === undefined ? other.workflow === effect.workflow : planOf(desk, other).group === effect.group;
    if (meant) stopRun(desk, other.id, `stop: ${effect.reason}`, event, depth);
  }
}
