// What a person, or a program in a person's name, asked of a lead. It was audited when it was mailed.

import type { Command, Hold, LeadEvent } from "../events/index.ts";
import { unreachable } from "../kernel/errors.ts";
import { idFrom } from "../kernel/ids.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import {
  hasEnded,
  hold,
  moveRun as moveVersion,
  nextDue,
  type Plan,
  parkedPath,
  type Run,
  release,
} from "../workflows/index.ts";
import { judgeWords, reopen, settleByHand, setZone } from "./by-hand.ts";
import { count, type Desk, planOf } from "./desk.ts";
import { enrollAsked } from "./enroll.ts";
import { runFactsOf } from "./facts.ts";
import { liftOptOut } from "./lifting.ts";
import { applyAdvance, moveRun } from "./runs.ts";
import { type Draft, workflowLink } from "./trace.ts";
import { askUnjudged } from "./words.ts";

export function applyCommand(desk: Desk, command: Command): void {
  switch (command.type) {
    case "retry":
      // the turn itself is the retry; failed runs try their step again
      for (const run of [...desk.runs.values()]) {
        if (run.status === "failed")
          moveRun(desk, run.id, { type: "command", command: "retry", reason: command.by }, undefined, 0);
      }
      return;
    case "settle":
      settleByHand(desk, command.outbox, command.as, command.by);
      return;
    case "judge":
      judgeWords(desk, command);
      return;
    case "unjudged":
      askUnjudged(desk, command.family, undefined);
      return;
    case "reopen":
      reopen(desk, command);
      return;
    case "lift":
      liftOptOut(desk, command);
      return;
    case "zone":
      setZone(desk, command);
      return;
    case "enroll": {
      const plan = desk.scene.publication.plans.find((live) => live.workflow === command.workflow);
      if (plan !== undefined) {
        const { override = false, inputs = {} } = command;
        enrollAsked(desk, plan, asked(desk, command), { override, inputs });
      }
      return;
    }
    case "existing":
      for (const plan of desk.scene.publication.plans) {
        if (command.workflows.includes(plan.workflow)) {
          enrollAsked(desk, plan, there(desk, plan), { override: false }, true);
        }
      }
      return;
    case "pause_run":
    case "resume_run":
      if (command.hold === undefined)
        tell(desk, command.run, command.type === "pause_run" ? "pause" : "resume", command);
      else holdRun(desk, command.run, command.hold, command);
      return;
    case "stop_run":
      tell(desk, command.run, "stop", command);
      return;
    case "skip_run":
      tell(desk, command.run, "skip", command);
      return;
    case "retry_run": {
      const again = command.again === true ? { again: true as const } : {};
      moveRun(desk, command.run, { type: "command", command: "retry", reason: command.reason, ...again }, undefined, 0);
      return;
    }
    case "retime_run": {
      const { until, reason } = command;
      moveRun(desk, command.run, { type: "command", command: "re-time", until, reason }, undefined, 0);
      return;
    }
    case "move_run":
      toVersion(desk, command);
      return;
    default:
      unreachable(command);
  }
}

/** Another version may have become live since this was asked: the run goes where it was sent, and is sent on from there. */
function toVersion(desk: Desk, { run: id, plan, mode, by }: Extract<Command, { type: "move_run" }>): void {
  const run = desk.runs.get(id);
  const to = desk.scene.plans.get(plan);
  if (run === undefined || to === undefined || run.plan === plan || run.workflow !== to.workflow) return;
  const from = planOf(desk, run);
  const moved = moveVersion(run, from, to, mode, runFactsOf(desk));
  count(desk, moved === "lost" ? "run.kept" : `run.${MOVED[mode]}`, to.workflow);
  if (moved !== "lost") applyAdvance(desk, mode === "exit" ? from : to, moved, undefined, undefined, 0);
  else if (!hasEnded(run))
    desk.drafts.push(saidDraft(run, from, "run.kept", { to: to.id.slice(0, 12), by }, desk.clock));
}

const MOVED = { move: "moved", "re-time": "moved", exit: "edited" } as const;

function tell(
  desk: Desk,
  run: string,
  command: "pause" | "resume" | "stop" | "skip",
  { reason }: { readonly reason: string },
): void {
  moveRun(desk, run, { type: "command", command, reason }, undefined, 0);
}

/** Standing still is no step of a run: it says so, and its timers follow. A run that is free again may be due at once. */
function holdRun(
  desk: Desk,
  id: string,
  by: Hold,
  command: Extract<Command, { type: "pause_run" | "resume_run" }>,
): void {
  const run = desk.runs.get(id);
  if (run === undefined) return;
  const pausing = command.type === "pause_run";
  const changed = pausing ? hold(run, by, desk.clock) : release(run, by, desk.clock);
  if (changed === run) return;
  const plan = planOf(desk, run);
  const dueAt = nextDue(plan, changed);
  desk.runs.set(id, dueAt === undefined ? changed : { ...changed, dueAt });
  desk.changed.add(id);
  if (pausing) {
    const values = { reason: command.reason, by: command.by };
    desk.drafts.push(saidDraft(changed, plan, "paused.run", values, desk.clock));
  }
  // it looks at the clock anew: a run that is free again goes on, and one that stands still forgets its step's instant
  if (run.status !== "pending") moveRun(desk, id, { type: "due" }, undefined, 0);
}

const saidDraft = (run: Run, plan: Plan, code: string, values: JsonObject, at: Instant): Draft => ({
  at,
  kind: "run",
  verdict: "waiting",
  workflow: run.workflow,
  plan: run.plan,
  run: run.id,
  path: parkedPath(run),
  links: [workflowLink(plan, parkedPath(run)), { kind: "then", status: "off", code, values }],
});

/** The event that an enrollment by hand hangs on: the request's own id absorbs its repetitions. */
const asked = (desk: Desk, command: Extract<Command, { type: "enroll" }>): LeadEvent => ({
  id: idFrom(desk.scene.location, desk.case.id, "enroll", command.id),
  lead: desk.case.id,
  type: "enroll.asked",
  at: desk.clock,
  receivedAt: desk.scene.now,
  source: "person",
  data: {
    ...command.inputs,
    by: command.by,
    workflow: command.workflow,
    ...(command.override === true ? { override: true } : {}),
  },
});

/** The event that the enrollment of a lead hangs on who was there before this version. */
const there = (desk: Desk, plan: Plan): LeadEvent => ({
  id: idFrom(desk.scene.location, desk.case.id, "existing", plan.id),
  lead: desk.case.id,
  type: "enroll.existing",
  at: desk.clock,
  receivedAt: desk.scene.now,
  source: "latchkey",
  data: { workflow: plan.workflow },
});
