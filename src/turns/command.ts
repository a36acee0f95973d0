// What a person, or a program in a person's name, asked of a lead. It was audited when it was mailed.

import type { Command, LeadEvent } from "../events/index.ts";
import { unreachable } from "../kernel/errors.ts";
import { idFrom } from "../kernel/ids.ts";
import type { Desk } from "./desk.ts";
import { judgeWords, settleByHand } from "./outreach.ts";
import { enrollAsked, moveRun } from "./runs.ts";

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
      if (plan !== undefined) enrollAsked(desk, plan, asked(desk, command), command.override === true);
      return;
    }
    case "stop_run":
    case "pause_run":
    case "resume_run": {
      const verb = command.type === "stop_run" ? "stop" : command.type === "pause_run" ? "pause" : "resume";
      moveRun(desk, command.run, { type: "command", command: verb, reason: command.reason }, undefined, 0);
      return;
    }
    default:
      unreachable(command);
  }
}

/** The event that an enrollment by hand hangs on: the request's own id absorbs its repetitions. */
const asked = (desk: Desk, command: Extract<Command, { type: "enroll" }>): LeadEvent => ({
  id: idFrom(desk.scene.location, desk.case.id, "enroll", command.id),
  lead: desk.case.id,
  type: "enroll.asked",
  at: desk.clock,
  receivedAt: desk.scene.now,
  source: "person",
  data: { by: command.by, workflow: command.workflow },
});
