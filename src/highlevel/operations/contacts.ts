// Contacts, and what hangs on them: tags, tasks, notes, the CRM's own workflows.

import type { CrmContact, CrmDnd } from "../../events/index.ts";
import * as answer from "../answers.ts";
import { instant } from "../payload.ts";
import { contactFields, dndOf } from "../records.ts";
import { type Api, mapped, type Reply } from "../request.ts";

export interface NewContact {
  readonly email?: string;
  readonly phone?: string;
  readonly name?: string;
  readonly source?: string;
}

interface TaskBody {
  readonly title: string;
  readonly body?: string;
  /** ISO instant. */
  readonly dueDate: string;
  readonly completed: boolean;
  readonly assignedTo?: string;
}

interface WorkflowChange {
  readonly contact: string;
  readonly workflow: string;
  readonly action: "add" | "remove";
}

export interface ContactsOperations {
  /** The contact as events of ours carry it. */
  contact(
    location: string,
    id: string,
    signal?: AbortSignal,
  ): Promise<Reply<{ readonly contact: CrmContact; readonly dnd: CrmDnd }>>;
  upsertContact(
    location: string,
    contact: NewContact,
  ): Promise<Reply<{ readonly id: string; readonly fresh: boolean }>>;
  addTags(location: string, contact: string, tags: readonly string[], signal?: AbortSignal): Promise<Reply<unknown>>;
  removeTags(location: string, contact: string, tags: readonly string[], signal?: AbortSignal): Promise<Reply<unknown>>;
  createTask(location: string, contact: string, task: TaskBody, signal?: AbortSignal): Promise<Reply<string>>;
  tasks(location: string, contact: string, signal?: AbortSignal): Promise<Reply<readonly answer.Task[]>>;
  createNote(location: string, contact: string, text: string, signal?: AbortSignal): Promise<Reply<string>>;
  notes(location: string, contact: string, signal?: AbortSignal): Promise<Reply<readonly answer.Note[]>>;
  /** By the CRM's names; own fields by their ids. */
  updateContact(
    location: string,
    contact: string,
    change: {
      readonly fields: object;
      readonly custom: readonly { readonly id: string; readonly value: unknown }[];
      /** Do not disturb, by channel of ours. */
      readonly dnd?: Readonly<Partial<Record<DndChannel, "blocked" | "open">>>;
    },
    signal?: AbortSignal,
  ): Promise<Reply<unknown>>;
  /** Puts a contact into a workflow of the CRM, or takes it out. */
  changeWorkflow(location: string, change: WorkflowChange, signal?: AbortSignal): Promise<Reply<unknown>>;
}

type DndChannel = "sms" | "email" | "whatsapp" | "voice";

/** The keys of the versions that have a date, and of v3. */
const DND_KEYS: Readonly<Record<DndChannel, readonly [dated: string, v3: string]>> = {
  sms: ["SMS", "sms"],
  email: ["Email", "email"],
  whatsapp: ["WhatsApp", "whatsApp"],
  voice: ["Call", "call"],
};

/** `active` means silence: the CRM's words are of what is blocked. */
function dndSettings(
  dnd: Readonly<Partial<Record<DndChannel, "blocked" | "open">>>,
  versions: "v3" | "dated" = "v3",
): object {
  const entries = Object.entries(dnd) as [DndChannel, "blocked" | "open"][];
  return Object.fromEntries(
    entries.map(([channel, to]) => [
      DND_KEYS[channel][versions === "dated" ? 0 : 1],
      {
        status: to === "blocked" ? "active" : "inactive",
        message: "Set by Latchkey, on the lead's own word",
        code: "",
      },
    ]),
  );
}

export function contactsOperations({ call, options }: Api): ContactsOperations {
  const contactPath = (contact: string, rest = "") => `/contacts/${encodeURIComponent(contact)}${rest}`;
  const changeTags = (
    method: "POST" | "DELETE",
    location: string,
    contact: string,
    tags: readonly string[],
    signal?: AbortSignal,
  ) =>
    call(location, {
      resource: "contacts",
      method,
      path: contactPath(contact, "/tags"),
      body: { tags },
      shape: answer.Anything,
      signal,
    });

  return {
    async contact(location, id, signal) {
      const reply = await call(location, {
        resource: "contacts",
        method: "GET",
        path: contactPath(id),
        shape: answer.ContactAnswer,
        signal,
      });
      return mapped(reply, ({ contact }) => {
        const asOf = instant(contact.dateUpdated) ?? options.clock.now();
        const createdAt = instant(contact.dateAdded);
        return {
          contact: {
            change: "update",
            asOf,
            contact: contactFields(contact),
            ...(createdAt === undefined ? {} : { createdAt }),
            ...(typeof contact.dnd === "boolean" ? { dnd: contact.dnd } : {}),
          },
          dnd: { asOf, ...dndOf(contact) },
        };
      });
    },
    async upsertContact(location, contact) {
      const reply = await call(location, {
        resource: "contacts",
        method: "POST",
        path: "/contacts/upsert",
        body: { locationId: location, ...contact },
        shape: answer.Upserted,
      });
      return mapped(reply, (value) => ({ id: value.contact.id, fresh: value.new === true }));
    },
    addTags: (location, contact, tags, signal) => changeTags("POST", location, contact, tags, signal),
    removeTags: (location, contact, tags, signal) => changeTags("DELETE", location, contact, tags, signal),
    async createTask(location, contact, body, signal) {
      const reply = await call(location, {
        resource: "contacts",
        method: "POST",
        path: contactPath(contact, "/tasks"),
        body,
        shape: answer.TaskAnswer,
        signal,
      });
      return mapped(reply, ({ task }) => task.id);
    },
    async tasks(location, contact, signal) {
      const reply = await call(location, {
        resource: "contacts",
        method: "GET",
        path: contactPath(contact, "/tasks"),
        shape: answer.Tasks,
        signal,
      });
      return mapped(reply, ({ tasks }) => tasks);
    },
    async createNote(location, contact, text, signal) {
      const reply = await call(location, {
        resource: "contacts",
        method: "POST",
        path: contactPath(contact, "/notes"),
        body: { body: text },
        shape: answer.NoteAnswer,
        signal,
      });
      return mapped(reply, ({ note }) => note.id);
    },
    async notes(location, contact, signal) {
      const reply = await call(location, {
        resource: "contacts",
        method: "GET",
        path: contactPath(contact, "/notes"),
        shape: answer.Notes,
        signal,
      });
      return mapped(reply, ({ notes }) => notes);
    },
    updateContact(location, contact, { fields, custom, dnd }, signal) {
      const name = options.versions === "dated" ? "field_value" : "fieldValue";
      const customFields = custom.map(({ id, value }) => ({ id, [name]: value }));
      return call(location, {
        resource: "contacts",
        method: "PUT",
        path: contactPath(contact),
        body: {
          ...fields,
          ...(custom.length === 0 ? {} : { customFields }),
          ...(dnd === undefined ? {} : { dndSettings: dndSettings(dnd, options.versions) }),
        },
        shape: answer.Anything,
        signal,
      });
    },
    changeWorkflow: (location, { contact, workflow, action }, signal) =>
      call(location, {
        resource: "contacts",
        method: action === "add" ? "POST" : "DELETE",
        path: contactPath(contact, `/workflow/${encodeURIComponent(workflow)}`),
        body: {},
        shape: answer.Anything,
        signal,
      }),
  };
}
