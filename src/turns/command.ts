// What a person, or a program in a person's name, asked of a lead. It was audited when it was mailed.

import type { Command, Hold, LeadEvent } from "../events/index.ts";
import { Defect, unreachable } from "../kernel/errors.ts";
import { idFrom } from "../kernel/ids.ts";
import type { JsonObject } from "../kernel/json.ts";
import { hold, nextDue, type Plan, parkedPath, type Run, release } from "../workflows/index.ts";
import { type Desk, planOf } from "./desk.ts";
import { enrollAsked } from "./enroll.ts";
import { judgeWords, settleByHand } from "./outreach.ts";
import { moveRun } from "./runs.ts";
import { type Draft, workflowLink } from "./trace.ts";

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
      throw new Defect("no run moves between versions yet");
    default:
      unreachable(command);
  }
}

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
  if (pausing) desk.drafts.push(heldDraft(desk, changed, plan, { reason: command.reason, by: command.by }));
  // it looks at the clock anew: a run that is free again goes on, and one that stands still forgets its step's instant
  if (run.status !== "pending") moveRun(desk, id, { type: "due" }, undefined, 0);
}

const heldDraft = (desk: Desk, run: Run, plan: Plan, values: JsonObject): Draft => ({
  at: desk.clock,
  kind: "run",
  verdict: "waiting",
  workflow: run.workflow,
  plan: run.plan,
  run: run.id,
  path: parkedPath(run),
  links: [
    workflowLink(plan, parkedPath(run), { input: "pause_run" }),
    { kind: "then", status: "off", code: "paused.run", values },
  ],
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
