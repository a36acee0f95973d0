// Effects other than messages, on their way out: what each becomes in the outbox. Pure. What would change nothing is not
// sent; what names something the location does not have is refused with the name.

import { alike } from "../../kernel/alike.ts";
import { idFrom } from "../../kernel/ids.ts";
import { type JsonObject, own } from "../../kernel/json.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Catalog, Lead } from "../../leads/index.ts";
import type { Effect, FolderSettings } from "../../workflows/index.ts";
import { idNamed } from "../letter/names.ts";
import type { OutboxKind, OutboxRow } from "../message.ts";
import { queuedRow } from "../row.ts";
import { laneOfWrite } from "../sending/lane.ts";
import { contactChange } from "./contact-change.ts";
import { deal } from "./deals.ts";

/** Effects that leave by the outbox and are no message. */
export type Write = Extract<Effect, { kind: Exclude<OutboxKind, "message"> }>;

/** What a write is made with: the lead as it is now, and what the location has. */
export interface WriteFacts {
  readonly lead: Lead;
  readonly now: Instant;
  /** Something of the lead prompted the turn. */
  readonly prompted: boolean;
  readonly workflow?: string | undefined;
  readonly catalog: Catalog;
  readonly settings: Pick<FolderSettings, "teams" | "highlevelWorkflows">;
}

/**
 * The rows of a write: none where the CRM already has it so; the first bears the effect's identity. `refused` is an
 * error of ours, in words for people.
 */
export type Written = { readonly rows: readonly OutboxRow[] } | { readonly refused: string };

/** What one row will carry, or why there can be none; undefined: nothing would change. */
export type Body = { readonly body: JsonObject } | { readonly refused: string } | undefined;

export function outboxFor(effect: Write, facts: WriteFacts): Written {
  if (effect.kind === "notify") return notices(effect, facts);
  const made = bodyOf(effect, facts);
  if (made === undefined) return { rows: [] };
  return "refused" in made ? made : { rows: [rowOf(effect, effect.kind, effect.id, made.body, facts)] };
}

function bodyOf(effect: Exclude<Write, { kind: "notify" }>, facts: WriteFacts): Body {
  const { lead } = facts;
  switch (effect.kind) {
    case "tag": {
      // The CRM writes tags in lower case and compares them so.
      const has = new Set(lead.contact.tags.map((tag) => tag.trim().toLowerCase()));
      const add = effect.add.filter((tag) => !has.has(tag.trim().toLowerCase()));
      const remove = effect.remove.filter((tag) => has.has(tag.trim().toLowerCase()));
      return add.length + remove.length === 0 ? undefined : { body: { add, remove } };
    }
    case "task": {
      const assignee = userOf(effect.to, lead);
      return {
        body: {
          title: effect.title,
          ...(effect.body === undefined ? {} : { body: effect.body }),
          ...(assignee === undefined ? {} : { assignee }),
          dueAt: effect.dueAt,
        },
      };
    }
    case "note":
      return { body: { text: effect.text } };
    case "update":
      return contactChange(effect.fields, facts);
    case "assign":
      return assignment(effect.to, facts);
    case "opportunity":
      return deal(effect, facts);
    case "highlevel_workflow":
      return crmWorkflow(effect, facts);
    case "webhook": {
      const { url, method, headers, body, secret, timeout, answer } = effect;
      const request = { url, method, headers, timeout, answer };
      return {
        body: { ...request, ...(body === undefined ? {} : { body }), ...(secret === undefined ? {} : { secret }) },
      };
    }
  }
}

/** `owner` is whoever the lead is assigned to. */
const userOf = (to: string, lead: Lead): string | undefined =>
  to === "owner" ? lead.contact.assignedTo : to.replace(/^user\./, "");

function assignment(to: string, { lead, catalog }: WriteFacts): Body {
  if (to === "owner") return undefined;
  if (to.startsWith("team.")) return { refused: `nobody of ${to} was chosen` };
  return assigned(to.replace(/^user\./, ""), lead, catalog);
}

/** A lead's new owner, by CRM user id. */
function assigned(user: string, lead: Lead, { users }: Catalog): Body {
  if (Object.keys(users).length > 0 && own(users, user) === undefined) {
    return { refused: `the location has no user "${user}"` };
  }
  return lead.contact.assignedTo === user ? undefined : { body: { contact: { assignedTo: user } } };
}

function crmWorkflow(
  { workflow: name, action }: Extract<Write, { kind: "highlevel_workflow" }>,
  { catalog, settings }: WriteFacts,
): Body {
  const workflow = crmWorkflowId(name, catalog, settings);
  if (workflow !== undefined) return { body: { workflow, name, action } };
  return {
    refused: `the CRM has no workflow "${name}", and settings.highlevel_workflows maps it to none`,
  };
}

/** The CRM's workflow that a name is mapped to, else the one that is called so. */
export function crmWorkflowId(
  name: string,
  { workflows, gone }: Catalog,
  { highlevelWorkflows }: Pick<FolderSettings, "highlevelWorkflows">,
): string | undefined {
  const mapped = Object.entries(highlevelWorkflows).find(([known]) => alike(known, name))?.[1];
  return mapped ?? idNamed(workflows, gone, name);
}

// Telling people -----------------------------------------------------------------------------------------------------

/**
 * `app` is a notice of our own. The CRM has no call that texts or mails one of its users, but tells them of tasks as
 * each has chosen: so `sms` and `email` are one task for each of them.
 */
function notices(effect: Extract<Write, { kind: "notify" }>, facts: WriteFacts): Written {
  const users = toldOf(effect.to, facts);
  if (users === undefined) return { refused: `settings.teams has no "${effect.to}"` };
  const inApp = effect.through.includes("app");
  const outside = effect.through.some((way) => way !== "app");
  if (!inApp && users.length === 0) return { refused: `${effect.to} is nobody: the lead has no owner` };
  const row = (kind: "notify" | "task", id: string, body: JsonObject) => rowOf(effect, kind, id, body, facts);
  const rows = inApp ? [row("notify", effect.id, { users, message: effect.message })] : [];
  if (outside) {
    for (const user of users) {
      const id = rows.length === 0 ? effect.id : idFrom(effect.id, user);
      rows.push(row("task", id, { title: effect.message, assignee: user, dueAt: facts.now }));
    }
  }
  return { rows };
}

/** CRM users; none: everybody of the location. */
function toldOf(to: string, { lead, settings }: WriteFacts): readonly string[] | undefined {
  if (to.startsWith("team.")) return own(settings.teams, to) ?? own(settings.teams, to.slice("team.".length));
  const user = userOf(to, lead);
  return user === undefined ? [] : [user];
}

// Rows ---------------------------------------------------------------------------------------------------------------

const rowOf = (effect: Write, kind: OutboxKind, id: string, body: JsonObject, facts: WriteFacts): OutboxRow =>
  queuedRow({
    ...{ id, kind, body, location: facts.lead.location, lead: facts.lead.id, createdAt: facts.now },
    ...(effect.run === undefined ? {} : { run: effect.run }),
    ...(facts.workflow === undefined ? {} : { workflow: facts.workflow }),
    path: effect.path,
    lane: laneOfWrite(facts.prompted),
    retry: effect.retry,
  });
