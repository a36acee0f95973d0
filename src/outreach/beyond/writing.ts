// One row that is no message, carried out: the port its kind needs, with its body as the turn wrote it (see `outboxFor`).

import { Defect } from "../../kernel/errors.ts";
import type { Json, JsonObject } from "../../kernel/json.ts";
import type { Database } from "../../kernel/sql.ts";
import { type Instant, type Millis, SECOND } from "../../kernel/time.ts";
import type { Value } from "../../workflows/index.ts";
import type { CallHook, CallTrigger, ContactChange, OutboxRow, Records, SendResult } from "../message.ts";
import { insertNotice } from "./notices.ts";

export interface WritingNeeds {
  readonly database: Database;
  readonly records: Records;
  readonly hook: CallHook;
  readonly trigger: CallTrigger;
}

/** How long a request may take. */
export const REQUEST_MS: Millis = 10 * SECOND;
/** A webhook's step says how long, but not beyond the time after which its row is given up. */
const LONGEST_MS: Millis = 25 * SECOND;

/** What the bodies of all kinds may hold. */
interface Body {
  readonly title?: string;
  readonly body?: Json;
  readonly assignee?: string;
  readonly dueAt?: Instant;
  readonly text?: string;
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly contact?: Readonly<Record<string, Value>>;
  readonly custom?: readonly { readonly id: string; readonly value: Value }[];
  readonly dnd?: NonNullable<ContactChange["dnd"]>;
  readonly opportunity?: string;
  readonly workflow?: string;
  readonly action?: "add" | "remove";
  readonly users?: readonly string[];
  readonly message?: string;
  readonly url?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly secret?: string;
  readonly timeout?: Millis;
  readonly answer?: boolean;
  readonly subscription?: string;
  readonly event?: JsonObject;
}

export async function write({ database, records, hook, trigger }: WritingNeeds, row: OutboxRow): Promise<SendResult> {
  const { kind, location, lead: contact } = row;
  const body = row.body as Body;
  const who = { location, contact };
  const signal = AbortSignal.timeout(
    kind === "webhook" ? Math.min(body.timeout ?? REQUEST_MS, LONGEST_MS) : REQUEST_MS,
  );
  switch (kind) {
    case "task":
      return records.createTask({ ...who, ...taskOf(body) }, signal);
    case "note":
      return records.createNote({ ...who, text: body.text ?? "" }, signal);
    case "tag":
      return records.changeTags({ ...who, add: body.add ?? [], remove: body.remove ?? [] }, signal);
    case "update":
    case "assign":
      return records.updateContact(
        {
          ...who,
          fields: body.contact ?? {},
          custom: body.custom ?? [],
          ...(body.dnd === undefined ? {} : { dnd: body.dnd }),
        },
        signal,
      );
    case "opportunity": {
      const { opportunity: id, retry: _, ...fields } = row.body as Readonly<Record<string, Value>>;
      return id === undefined
        ? records.createOpportunity({ ...who, fields }, signal)
        : records.updateOpportunity({ ...who, id: String(id), fields }, signal);
    }
    case "write_back":
      return records.updateContact({ ...who, fields: {}, custom: body.custom ?? [] }, signal);
    case "highlevel_workflow":
      return records.changeWorkflow({ ...who, workflow: body.workflow ?? "", action: body.action ?? "add" }, signal);
    case "notify":
      await database.transaction([location], (sql) => insertNotice(sql, location, noticeOf(row, body)));
      return { result: "accepted", provider: {} };
    case "webhook":
      return hook(hookOf(row, body), signal);
    case "crm_trigger": {
      const { subscription = "", event = {} } = body;
      return trigger({ key: row.id, location, subscription, event }, signal);
    }
    case "message":
      throw new Defect("a message was believed to be a write");
  }
}

const taskOf = ({ title, body, assignee, dueAt }: Body) => ({
  title: title ?? "",
  dueAt: dueAt ?? 0,
  ...(typeof body === "string" ? { body } : {}),
  ...(assignee === undefined ? {} : { assignedTo: assignee }),
});

const noticeOf = ({ id, lead, workflow, run, createdAt }: OutboxRow, { users, message }: Body) => ({
  id,
  lead,
  users: users ?? [],
  message: message ?? "",
  at: createdAt,
  ...(workflow === undefined ? {} : { workflow }),
  ...(run === undefined ? {} : { run }),
});

const hookOf = ({ id, location }: OutboxRow, { url, method, headers, body, secret, answer }: Body) => ({
  key: id,
  location,
  url: url ?? "",
  method: method ?? "POST",
  headers: headers ?? {},
  answer: answer === true,
  ...(body === undefined ? {} : { body }),
  ...(secret === undefined ? {} : { secret }),
});
