// A lead's whole way through a folder of workflows, in memory and at once: who it is, what happens to it, what becomes of
// our messages; and, of what followed, what people would ask about, and which steps and branches were walked.
//
//   const { runs, messages, walked } = await journey(folderOf("workflows"), {
//     lead: { tags: ["First-Time Buyer"], custom: { budget: 400_000 } },
//     events: [viewed("2h"), viewed("2h1m"), viewed("2h2m"), booked("3d")],
//     fates: { ftb_welcome: { then: [delivered("1m")] }, ftb_education: { then: [opened("5h")] } },
//   });
//   expect(runs).toMatchObject([{ workflow: "first_time_buyer_nurture", outcome: "qualified" }]);
//
// `unwalked(folder, journeys)` names every branch of a folder that no journey of a set has walked.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Answer, CrmContactFields, LeadEvent } from "../src/events/index.ts";
import { idFrom } from "../src/kernel/ids.ts";
import type { Json, JsonObject } from "../src/kernel/json.ts";
import { DAY, HOUR, type Instant, MINUTE, type Millis, SECOND } from "../src/kernel/time.ts";
import type { ChannelName, Contact } from "../src/leads/index.ts";
import type { OutboxRow } from "../src/outreach/index.ts";
import {
  branchesOf,
  drive,
  type Leaving,
  type Letter,
  openMemory,
  openQueue,
  openWalks,
  placeIn,
  sceneOf,
  type Walked,
} from "../src/timetravel/index.ts";
import type { Place } from "../src/turns/index.ts";
import { compile, type Publication, type SourceFile } from "../src/workflows/index.ts";

/** Elapsed time as one says it: `90s`, `5m`, `2h1m`, `3d`. Or milliseconds. */
export type Span = string | Millis;

export interface Script {
  /** When the lead comes. Default: Wednesday 18 November 2026, 10:00 in New York. */
  readonly start?: Instant;
  /** Default: a contact with name, number and e-mail address, no tags. Custom fields by their key. */
  readonly lead?: Partial<CrmContactFields>;
  /** What happens to it, after its start. */
  readonly events?: readonly Happening[];
  /** What becomes of our messages, by template; `"*"`: of those not named. Otherwise they are taken, and nothing more is heard. */
  readonly fates?: Readonly<Record<string, Fate>>;
  /** What webhooks answer, by url; a status from 400 refuses. Otherwise: 200, and nothing. */
  readonly webhooks?: Readonly<Record<string, { readonly status?: number; readonly value?: Json }>>;
  /** How long it is followed. Default 60 days. */
  readonly for?: Span;
  /** The location: users, stages, fields, links. */
  readonly place?: Partial<Place>;
  /** Leave the contact in the CRM as it was: our tags and updates do not come back as its news. */
  readonly deaf?: boolean;
}

export interface Happening {
  readonly after: Span;
  readonly type: string;
  readonly data: JsonObject;
}

/** What becomes of a message. */
export interface Fate {
  /** The provider refuses it: on these channels, or on every one. */
  readonly refused?: readonly ChannelName[] | true;
  /** Receipts, and what the lead does about it, after it has left. */
  readonly then?: readonly Reaction[];
}

export type Reaction =
  | { readonly after: Span; readonly outcome: Answer["outcome"]; readonly link?: string; readonly machine?: boolean }
  | { readonly after: Span; readonly reply: string };

export interface Journey {
  readonly messages: readonly {
    readonly workflow: string;
    readonly path: string;
    readonly template: string;
    readonly channel: ChannelName | undefined;
    readonly state: OutboxRow["state"];
    /** When it was decided. */
    readonly at: Instant;
    readonly sentAt?: Instant;
    readonly subject?: string;
    readonly text?: string;
  }[];
  readonly tasks: readonly {
    readonly path: string;
    readonly title: string;
    readonly at: Instant;
    readonly dueAt: Instant;
  }[];
  readonly notes: readonly string[];
  readonly tags: { readonly added: readonly string[]; readonly removed: readonly string[] };
  /** Everything else that was asked of the CRM or of others. */
  readonly writes: readonly {
    readonly kind: string;
    readonly path: string;
    readonly at: Instant;
    readonly body: JsonObject;
  }[];
  /** Oldest first. `at`: where it stands. */
  readonly runs: readonly {
    readonly workflow: string;
    readonly status: string;
    readonly outcome: string | undefined;
    readonly at: string | undefined;
    readonly vars: JsonObject;
  }[];
  /** Types of all events, in order. */
  readonly events: readonly string[];
  /** Why messages were held back, blocked or expired: codes of the first check that said no. */
  readonly heldFor: readonly string[];
  readonly walked: Walked;
}

export interface Folder {
  readonly publication: Publication;
}

const NINE_TO_FIVE = Date.UTC(2026, 10, 18, 15);
const ZONE = "America/New_York";
const LEAD = "ada";

/** A folder of YAML, compiled. @throws Error with every finding where it has errors */
export function folderOf(dir: string): Folder {
  const read = (folder: string, prefix: string): SourceFile[] =>
    readdirSync(folder)
      .sort()
      .flatMap((name) => {
        const path = join(folder, name);
        if (statSync(path).isDirectory()) return read(path, `${prefix}${name}/`);
        return /\.ya?ml$/.test(name) ? [{ file: `${prefix}${name}`, text: readFileSync(path, "utf8") }] : [];
      });
  return compiled(read(dir, ""));
}

/** The same of a text. */
export const folderFrom = (yaml: string): Folder => compiled([{ file: "test.yaml", text: yaml }]);

function compiled(files: readonly SourceFile[]): Folder {
  const { content, diagnostics } = compile(files);
  if (content === undefined) throw new Error(JSON.stringify(diagnostics, undefined, 2));
  return { publication: { ...content, publishedAt: NINE_TO_FIVE - HOUR } };
}

/** Runs a script through a folder. */
export async function journey({ publication }: Folder, script: Script = {}): Promise<Journey> {
  const start = script.start ?? NINE_TO_FIVE;
  const until = start + span(script.for ?? 60 * DAY);
  const queue = openQueue();
  const walks = openWalks();
  const events: string[] = [];
  const heldFor: string[] = [];
  const sentAt = new Map<string, Instant>();

  const fateOf = (row: OutboxRow): Fate =>
    script.fates?.[String(row.body["template"])] ?? script.fates?.["*"] ?? { then: [] };
  const send = ({ row, channel, at }: Leaving) => {
    const { refused = [], then = [] } = fateOf(row);
    if (refused === true || refused.includes(channel)) {
      return { taken: false as const, reason: "content" as const, status: 400 };
    }
    sentAt.set(row.id, at);
    for (const reaction of then) queue.add(at + span(reaction.after), LEAD, reactionTo(row, channel, at, reaction));
    return { taken: true as const, providerId: row.id };
  };
  /** The CRM tells us of the change a moment later. */
  const echo = (at: Instant, contact: Partial<CrmContactFields>) => {
    if (script.deaf === true) return;
    const now = memory.lead(LEAD)?.lead?.contact;
    const told = at + 2 * SECOND;
    if (now !== undefined) queue.add(told, LEAD, snapshot(told, { ...fieldsOf(now), ...contact }, "update"));
  };

  const memory = openMemory({
    scene: await sceneOf(LEAD, publication, placeOf(script)),
    provider: {
      send,
      write(row, at) {
        const { kind, body } = row as { kind: string; body: JsonObject };
        if (kind === "tag") echo(at, { tags: retagged(memory.lead(LEAD)?.lead?.contact.tags ?? [], body) });
        const { contact } = body as { contact?: Partial<CrmContactFields> };
        if (contact !== undefined) echo(at, contact);
        if (kind !== "webhook") return { taken: true };
        const { status = 200, value } = script.webhooks?.[String(body["url"])] ?? {};
        if (status >= 400) return { taken: false, reason: "unknown", status };
        return { taken: true, ...(value === undefined ? {} : { value }) };
      },
    },
    saved(_kept, outcome) {
      walks.note(outcome.decisions);
      events.push(...outcome.events.map(({ type }) => type));
      for (const { verdict, links } of outcome.decisions) {
        if (verdict !== "held" && verdict !== "blocked" && verdict !== "expired") continue;
        heldFor.push(links.find(({ kind }) => kind === "permission")?.code ?? verdict);
      }
    },
    failed(_kept, error) {
      throw error;
    },
  });
  queue.add(start, LEAD, snapshot(start, { ...SOMEBODY, ...script.lead }, "create"));
  for (const { after, type, data } of script.events ?? []) {
    const at = start + span(after);
    queue.add(at, LEAD, happened(at, type, stamped(data, at, start)));
  }
  drive(memory, queue, { from: start, to: until });

  const kept = memory.lead(LEAD);
  const runs = [...(kept?.runs.values() ?? [])].sort((a, b) => a.enrolledAt - b.enrolledAt || (a.id < b.id ? -1 : 1));
  const rows = [...(kept?.outbox.values() ?? [])].sort((a, b) => a.row.createdAt - b.row.createdAt);
  const writes = rows.filter(({ row }) => row.kind !== "message").map(({ row }) => row);
  const bodies = <Body>(kind: string) =>
    writes.filter((row) => row.kind === kind).map((row) => ({ row, body: row.body as Body }));
  const tags = bodies<{ add: readonly string[]; remove: readonly string[] }>("tag");
  return {
    messages: rows.flatMap(({ row, message }) => {
      if (message === undefined) return [];
      const channel = row.channels[row.place];
      const rendered = channel === undefined ? undefined : message.rendered[channel];
      const left = sentAt.get(row.id);
      return [
        {
          workflow: row.workflow ?? "",
          path: row.path ?? "",
          template: message.template,
          channel,
          state: row.state,
          at: row.createdAt,
          ...(left === undefined ? {} : { sentAt: left }),
          ...(rendered?.subject === undefined ? {} : { subject: rendered.subject }),
          ...(rendered?.text === undefined ? {} : { text: rendered.text }),
        },
      ];
    }),
    tasks: bodies<{ title: string; dueAt: Instant }>("task").map(({ row, body }) => ({
      path: row.path ?? "",
      title: body.title,
      at: row.createdAt,
      dueAt: body.dueAt,
    })),
    notes: bodies<{ text: string }>("note").map(({ body }) => body.text),
    tags: { added: tags.flatMap(({ body }) => body.add), removed: tags.flatMap(({ body }) => body.remove) },
    writes: writes
      .filter(({ kind }) => !["tag", "task", "note"].includes(kind))
      .map(({ kind, path = "", createdAt: at, body }) => ({ kind, path, at, body })),
    runs: runs.map(({ workflow, status, outcome, parked, vars = {} }) => ({
      workflow,
      status,
      outcome,
      at: parked !== undefined && "path" in parked ? parked.path : undefined,
      vars,
    })),
    events,
    heldFor,
    walked: walks.read(runs, publication.plans),
  };
}

/** Branches of a folder's workflows that none of these journeys has walked: `<workflow>/<path>`. */
export function unwalked({ publication }: Folder, journeys: readonly Journey[]): string[] {
  const walked = new Set(journeys.flatMap(({ walked: { branches } }) => [...branches.keys()]));
  return publication.plans.flatMap((plan) =>
    branchesOf(plan)
      .map(({ path }) => `${plan.workflow}/${path}`)
      .filter((name) => !walked.has(name)),
  );
}

// Words for scripts ------------------------------------------------------------------------------------------------------

export const happens = (after: Span, type: string, data: JsonObject = {}): Happening => ({ after, type, data });
export const viewed = (after: Span, home = "home-1", more: JsonObject = {}): Happening =>
  happens(after, "property_view", { property: { id: home, ...more } });
export const visited = (after: Span, url = "https://homes.example.com/"): Happening =>
  happens(after, "website_visit", { url });
export const submitted = (after: Span, form: string): Happening => happens(after, "form.submitted", { form });
export const downloaded = (after: Span, document: string): Happening =>
  happens(after, "document.downloaded", { document });
/** An appointment, made then, for `start` later. */
export const booked = (after: Span, ahead: Span = "2d", id = "visit-1"): Happening =>
  happens(after, "crm.appointment", {
    change: "create",
    appointment: { id, status: "confirmed", start: span(after) + span(ahead) },
  });
export const delivered = (after: Span = "1m"): Reaction => ({ after, outcome: "delivered" });
export const bounced = (after: Span = "1m"): Reaction => ({ after, outcome: "bounced" });
export const undelivered = (after: Span = "1m"): Reaction => ({ after, outcome: "failed" });
export const opened = (after: Span): Reaction => ({ after, outcome: "opened", machine: false });
export const clicked = (after: Span, link = "https://homes.example.com/"): Reaction => ({
  after,
  outcome: "clicked",
  link,
  machine: false,
});
export const replied = (after: Span, reply = "Yes, please"): Reaction => ({ after, reply });

const UNITS: Readonly<Record<string, Millis>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY };

function span(length: Span): Millis {
  if (typeof length === "number") return length;
  const parts = [...length.matchAll(/(\d+)([smhd])/g)];
  if (parts.map(([whole]) => whole).join("") !== length) throw new Error(`${length} is no span such as 2h30m`);
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ""] ?? 0), 0);
}

// Letters ----------------------------------------------------------------------------------------------------------------

const SOMEBODY: CrmContactFields = {
  firstName: "Ada",
  lastName: "Byron",
  name: "Ada Byron",
  email: "ada@example.com",
  phone: "+16175550101",
  assignedTo: "tessa",
  tags: [],
  custom: {},
};

const snapshot = (at: Instant, contact: CrmContactFields, change: "create" | "update"): Letter =>
  happened(at, "crm.contact", {
    change,
    asOf: at,
    ...(change === "create" ? { createdAt: at } : {}),
    contact: contact as unknown as JsonObject,
  });

/** What the CRM states it states then; an appointment lies so far after the start. */
function stamped(data: JsonObject, at: Instant, start: Instant): JsonObject {
  const { appointment } = data as { appointment?: { readonly start: Millis } & JsonObject };
  if (appointment === undefined) return { asOf: at, ...data };
  return { asOf: at, ...data, appointment: { ...appointment, start: start + appointment.start } };
}

const happened = (at: Instant, type: string, data: JsonObject): Letter => ({
  kind: "event",
  event: {
    id: idFrom(LEAD, at, type, JSON.stringify(data)),
    lead: LEAD,
    type,
    at,
    receivedAt: at,
    source: type.startsWith("crm.") ? "crm" : "site",
    data,
  } satisfies LeadEvent,
});

function reactionTo(row: OutboxRow, channel: ChannelName, sent: Instant, reaction: Reaction): Letter {
  const at = sent + span(reaction.after);
  if ("reply" in reaction) return happened(at, "message.received", { channel, text: reaction.reply });
  const { after: _, ...said } = reaction;
  return { kind: "answer", at, answer: { outbox: row.id, at, channel, ...said } };
}

const fieldsOf = (contact: Contact): CrmContactFields => contact;

const retagged = (tags: readonly string[], body: JsonObject): string[] => {
  const { add = [], remove = [] } = body as { add?: readonly string[]; remove?: readonly string[] };
  const gone = new Set(remove.map((tag) => tag.toLowerCase()));
  const kept = tags.filter((tag) => !gone.has(tag.toLowerCase()));
  const has = new Set(kept.map((tag) => tag.toLowerCase()));
  return [...kept, ...add.filter((tag) => !has.has(tag.toLowerCase()))];
};

/** Custom fields are called by their key, so that a script can write them as a workflow reads them. */
function placeOf(script: Script): Place {
  const keys = [
    ...Object.keys(script.lead?.custom ?? {}),
    ...(script.events ?? []).flatMap(({ data }) =>
      Object.keys((data as { contact?: { custom?: object } }).contact?.custom ?? {}),
    ),
  ];
  const { catalog, ...more } = script.place ?? {};
  return placeIn(ZONE, "seed", {
    links: { booking: "https://homes.example.com/book", listings: "https://homes.example.com/new" },
    ...more,
    catalog: {
      installedAt: 0,
      users: { tessa: { firstName: "Tessa", lastName: "Oakmoor", name: "Tessa Oakmoor", available: true } },
      ...catalog,
      fields: { ...Object.fromEntries(keys.map((key) => [key, key])), ...catalog?.fields },
    },
  });
}
