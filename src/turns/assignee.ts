// `assign` to a team: the location is asked who takes the lead, and what it answers becomes the write to the CRM.

import type { Reply } from "../events/index.ts";
import type { Effect } from "../workflows/index.ts";
import { type Desk, planOf, unprompted } from "./desk.ts";
import { carryOut } from "./effects.ts";
import { workflowLink } from "./trace.ts";

type Assign = Extract<Effect, { kind: "assign" }>;

export function askForAssignee(desk: Desk, effect: Assign): void {
  const { id, path, run, to, by = "round_robin", only } = effect;
  desk.asks.push({
    type: "assignee",
    lead: desk.case.id,
    effect: id,
    path,
    ...(run === undefined ? {} : { run }),
    team: to.slice("team.".length),
    by,
    ...(only === undefined ? {} : { only }),
    ...unprompted(desk),
  });
}

/** The run that asked hears whom the location chose; that nobody could be is an error of ours. */
export function takeAssignee(desk: Desk, reply: Extract<Reply, { type: "assignee" }>): void {
  const { effect: id, path, user, why } = reply;
  const run = reply.run === undefined ? undefined : desk.runs.get(reply.run);
  desk.drafts.push({
    at: desk.clock,
    kind: "effect",
    verdict: user === undefined ? "failed" : "done",
    workflow: run?.workflow,
    run: run?.id,
    path,
    links: [
      ...(run === undefined ? [] : [workflowLink(planOf(desk, run), path)]),
      { kind: "then", status: user === undefined ? "failed" : "done", code: "assign.chosen", values: why },
    ],
  });
  const answer = { type: "answer", effect: id, path } as const;
  const refused =
    user === undefined
      ? { ...answer, ok: false, detail: String(why["reason"] ?? "nobody could be chosen") }
      : carryOut(desk, { kind: "assign", id, path, to: `user.${user}`, ...(run && { run: run.id }) }, undefined, run);
  if (run === undefined) return;
  const input = refused?.ok === false ? refused : { ...answer, ok: true, ...(user && { value: user }) };
  desk.follows.push({ what: "tell", run: run.id, input, event: undefined, depth: 0 });
}
