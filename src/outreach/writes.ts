// Tags, tasks and notes on their way to the CRM. Pure. What would change nothing is not sent.

import type { JsonObject } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import type { Lead } from "../leads/index.ts";
import type { Effect } from "../workflows/index.ts";
import type { OutboxRow } from "./message.ts";

type Write = Extract<Effect, { kind: "tag" | "task" | "note" }>;

/** The outbox row of a write, or undefined when the CRM already has it so. */
export function outboxFor(effect: Write, lead: Lead, now: Instant, workflow?: string): OutboxRow | undefined {
  const body = bodyOf(effect, lead);
  if (body === undefined) return undefined;
  return {
    id: effect.id,
    location: lead.location,
    lead: lead.id,
    kind: effect.kind,
    ...(effect.run === undefined ? {} : { run: effect.run }),
    ...(workflow === undefined ? {} : { workflow }),
    path: effect.path,
    lane: "normal",
    priority: 50,
    channels: [],
    place: 0,
    state: "queued",
    attempt: 0,
    resent: 0,
    lookups: 0,
    provider: {},
    createdAt: now,
    body,
  };
}

function bodyOf(effect: Write, lead: Lead): JsonObject | undefined {
  switch (effect.kind) {
    case "tag": {
      // The CRM writes tags in lower case and compares them so.
      const has = new Set(lead.contact.tags.map((tag) => tag.trim().toLowerCase()));
      const add = effect.add.filter((tag) => !has.has(tag.trim().toLowerCase()));
      const remove = effect.remove.filter((tag) => has.has(tag.trim().toLowerCase()));
      return add.length + remove.length === 0 ? undefined : { add, remove };
    }
    case "task": {
      const assignee = effect.to === "owner" ? lead.contact.assignedTo : effect.to.replace(/^user\./, "");
      return {
        title: effect.title,
        ...(effect.body === undefined ? {} : { body: effect.body }),
        ...(assignee === undefined ? {} : { assignee }),
        dueAt: effect.dueAt,
      };
    }
    case "note":
      return { text: effect.text };
  }
}
