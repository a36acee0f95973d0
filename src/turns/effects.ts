// Effects that need no decision of outreach: what goes out and is no message, and the withdrawal of what has not begun to leave.

import type { LeadEvent } from "../events/index.ts";
import type { Link } from "../insights/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import { betterLane, outboxFor, type Write, withdraw } from "../outreach/index.ts";
import type { Effect, Run, RunInput } from "../workflows/index.ts";
import { count, type Desk, planOf } from "./desk.ts";
import { countWithdrawn } from "./funnel.ts";
import { type Draft, eventLink, scoreLinks, workflowLink } from "./trace.ts";

/**
 * An effect on its way out. What would change nothing is not sent; under a shadow plan nothing is; what names something
 * that the location does not have is an error. Answers what the run learns at once; what leaves is answered later.
 */
export function carryOut(
  desk: Desk,
  effect: Write,
  event: LeadEvent | undefined,
  run?: Run,
): Extract<RunInput, { type: "answer" }> | undefined {
  const known = desk.outbox.get(effect.id)?.row;
  if (known !== undefined && known.state !== "rejected") return undefined;
  const { catalog, publication, now } = desk.scene;
  const { lead, prompted } = desk;
  const facts = { lead, now, prompted, workflow: run?.workflow, catalog, settings: publication.settings };
  const written = outboxFor(effect, facts);
  const plan = run === undefined ? undefined : planOf(desk, run);
  const shadow = effect.shadow === true || plan?.status === "shadow";
  const rows = "refused" in written ? [] : written.rows;
  for (const made of rows) {
    const row = known?.id === made.id ? { ...made, lane: betterLane(made.lane, known.lane) } : made;
    desk.outbox.set(row.id, { row: shadow ? { ...row, state: "shadow" } : row });
    desk.fresh.add(row.id);
  }
  const refused = "refused" in written ? written.refused : undefined;
  const then =
    refused !== undefined
      ? "effect.refused"
      : rows.length === 0
        ? "effect.unchanged"
        : `effect.${effect.kind.replace("highlevel", "crm")}`;
  desk.drafts.push({
    at: desk.clock,
    kind: "effect",
    verdict: refused !== undefined ? "failed" : rows.length === 0 ? "done" : shadow ? "shadow" : "queued",
    workflow: run?.workflow,
    plan: run?.plan,
    run: run?.id,
    path: effect.path,
    message: rows[0]?.id,
    links: [
      ...(event === undefined ? [] : [eventLink(event)]),
      ...(plan === undefined ? [] : [workflowLink(plan, effect.path)]),
      {
        kind: "then",
        status: refused !== undefined ? "failed" : rows.length === 0 ? "off" : "run",
        code: then,
        values: { ...valuesOf(effect), ...(refused === undefined ? {} : { reason: refused }) },
      },
    ],
  });
  if (rows.length > 0) return undefined;
  const told = { type: "answer", effect: effect.id, path: effect.path } as const;
  return refused === undefined ? { ...told, ok: true } : { ...told, ok: false, detail: refused };
}

/** What a person is told of it. A webhook's headers and body stay between it and whom it is for. */
function valuesOf(effect: Write): JsonObject {
  if (effect.kind === "webhook") return { host: hostOf(effect.url), method: effect.method };
  if (effect.kind === "update") return { changed: Object.keys(effect.fields) };
  const { kind: _kind, id: _id, path: _path, run: _run, retry: _retry, shadow: _shadow, ...values } = effect;
  return values as unknown as JsonObject;
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : "");

/** What has not begun to leave does not leave: all of a run that ended, or these of its messages. */
export function withdrawRun(desk: Desk, { run, reason, messages }: Extract<Effect, { kind: "withdraw" }>): void {
  const meant = (id: string) => messages === undefined || messages.includes(id);
  const dropped = desk.messages.filter(({ effect }) => effect.run === run && meant(effect.id));
  desk.messages = desk.messages.filter((asked) => !dropped.includes(asked));
  for (const { effect, event } of dropped) {
    desk.drafts.push(withdrawnDraft(desk, effect, reason, event));
  }
  for (const { row, message } of [...desk.outbox.values()]) {
    if (row.run !== run || row.kind !== "message" || !meant(row.id)) continue;
    const gone = withdraw(row);
    if (gone === row) continue;
    desk.outbox.set(row.id, message === undefined ? { row: gone } : { row: gone, message });
    if (!desk.fresh.has(row.id)) desk.moved.add(row.id);
    if (gone.state !== "withdrawn") continue; // it may arrive
    countWithdrawn(desk, { row: gone, ...(message === undefined ? {} : { message }) });
    count(desk, "message.withdrawn", row.channels[row.place] ?? "");
    desk.drafts.push(
      withdrawnDraft(desk, { id: row.id, run, workflow: row.workflow, path: row.path }, reason, undefined),
    );
  }
}

function withdrawnDraft(
  desk: Desk,
  about: { id: string; run: string; workflow?: string | undefined; path?: string | undefined },
  reason: string,
  event: LeadEvent | undefined,
): Draft {
  return {
    at: desk.clock,
    kind: "message",
    verdict: "withdrawn",
    workflow: about.workflow,
    run: about.run,
    path: about.path,
    message: about.id,
    links: [
      ...causeOf(desk, desk.runs.get(about.run), about.path, event),
      { kind: "provider", status: "off", code: "exit", values: { reason } },
    ],
  };
}

/** What led to a message: event, rule, score, workflow at the step `path` that asked for it; its run may be further on. */
export function causeOf(
  desk: Desk,
  run: Run | undefined,
  path: string | undefined,
  event: LeadEvent | undefined,
): Link[] {
  const chain: Link[] = [];
  if (event !== undefined) chain.push(eventLink(event));
  else if (run !== undefined) {
    const { event: id, type, data } = run.enrolledBy;
    chain.push(eventLink({ id, type, at: run.enrolledAt, data, source: "latchkey" }));
  }
  const trigger = event?.type.startsWith("trigger.") ? event.type : run?.enrolledBy.type;
  if (trigger?.startsWith("trigger.")) {
    const rule = desk.scene.publication.rules.find(({ id }) => id === trigger.slice("trigger.".length));
    const data = event?.type === trigger ? event.data : run?.enrolledBy.data;
    chain.push({
      kind: "rule",
      status: "done",
      code: "rule.fired",
      values: { rule: rule?.id ?? trigger, name: rule?.name ?? trigger, ...(data ?? {}) },
      evidence: { type: "rule", id: rule?.id ?? trigger },
    });
  }
  chain.push(...scoreLinks(desk));
  if (run !== undefined) chain.push(workflowLink(planOf(desk, run), path, { enrolled: run.enrolledBy.type }));
  return chain;
}
