// What the location answered: room for an enrollment, or who of a team takes the lead.

import type { Reply } from "../events/index.ts";
import { unreachable } from "../kernel/errors.ts";
import { reserve } from "../workflows/index.ts";
import { takeAssignee } from "./assignee.ts";
import { type Desk, planOf } from "./desk.ts";

export function takeReply(desk: Desk, reply: Reply): void {
  switch (reply.type) {
    case "slot": {
      const run = desk.runs.get(reply.run);
      if (run === undefined) return;
      const reserved = reserve(planOf(desk, run), run, reply.at);
      if (reserved === run) return;
      desk.runs.set(run.id, reserved);
      desk.changed.add(run.id);
      if (reply.at <= desk.clock) desk.follows.push({ what: "admit", run: run.id, event: undefined, depth: 0 });
      return;
    }
    case "assignee":
      takeAssignee(desk, reply);
      return;
    default:
      unreachable(reply);
  }
}
