// Contacts, their tags, tasks, notes, and the CRM's own workflows.

import { USERS } from "./catalog.ts";
import type { ContactFields } from "./contact.ts";
import type { Crm } from "./crm.ts";
import {
  type Answered,
  type BodyShape,
  type Call,
  created,
  failure,
  type Kind,
  type Operation,
  ok,
} from "./operation.ts";
import { type Contact, oldDndSettings, type Task } from "./records.ts";

const VERSIONS = ["v3", "2021-07-28"];

const FIELDS: Readonly<Record<string, Kind>> = {
  firstName: "string",
  lastName: "string",
  name: "string",
  email: "string",
  phone: "string",
  address1: "string",
  city: "string",
  state: "string",
  postalCode: "string",
  website: "string",
  timezone: "string",
  dnd: "boolean",
  dndSettings: "object",
  inboundDndSettings: "object",
  tags: "array",
  customFields: "array",
  source: "string",
  dateOfBirth: "any",
  country: "string",
  assignedTo: "string",
};
const NEW: BodyShape = {
  required: ["locationId"],
  properties: { ...FIELDS, locationId: "string", gender: "string", companyName: "string" },
};
const TAGS: BodyShape = { required: ["tags"], properties: { tags: "array" } };

/** The contact as an API answer shows it. */
function shown(contact: Contact, version: string) {
  return {
    ...contact,
    ...(contact.email === undefined ? {} : { emailLowerCase: contact.email.toLowerCase() }),
    firstNameLowerCase: contact.firstName.toLowerCase(),
    lastNameLowerCase: contact.lastName.toLowerCase(),
    fullNameLowerCase: contact.name.toLowerCase(),
    dndSettings: version === "v3" ? contact.dndSettings : oldDndSettings(contact.dndSettings),
  };
}

const withContact =
  (act: (contact: Contact, call: Call) => Answered) =>
  (call: Call): Answered => {
    const contact = call.crm.contacts.get(call.path[0] ?? "");
    return contact === undefined ? failure(400, "Contact not found") : act(contact, call);
  };

const ours = (crm: Crm, body: Readonly<Record<string, unknown>>) => body["locationId"] === crm.location.id;
const NOT_OURS = failure(401, "The token does not have access to this location.");

/** What plain page numbers reach. */
const WINDOW = 10_000;

/** Sorted by dateUpdated, newest first unless asked otherwise; deleted ones are gone, fresh changes show later. */
function search({ crm, body, version, visibleBefore }: Call): Answered {
  if (!ours(crm, body)) return NOT_OURS;
  const limit = Number(body["pageLimit"] ?? 20);
  if (!(limit >= 1 && limit <= 500)) return failure(400, "pageLimit must be between 1 and 500");
  const after = body["searchAfter"] as [number, string] | undefined;
  const page = Number(body["page"] ?? 1);
  if (after === undefined && page * limit > WINDOW)
    return failure(400, "Pagination is limited to 10000 records: use searchAfter");
  const query = String(body["query"] ?? "").toLowerCase();
  const filters = (body["filters"] ?? []) as Filter[];
  const wrong = filters.find(({ field, operator }) => DATES.has(field) && operator !== "range");
  if (wrong !== undefined) return failure(400, `Invalid Operator passed for field ${wrong.field}`);
  const sort = (body["sort"] ?? []) as { field: string; direction: string }[];
  const way = sort[0]?.direction === "asc" ? 1 : -1;
  const order = (a: [number, string], b: [number, string]) => way * (a[0] - b[0]) || (a[1] < b[1] ? -1 : 1);
  const found = [...crm.contacts.values()]
    .filter(({ id }) => crm.changedAt(id) <= visibleBefore)
    .filter((contact) => query === "" || matches(contact, query))
    .filter((contact) => filters.every((filter) => passes(contact, filter)))
    .map((contact) => ({ contact, place: [Date.parse(contact.dateUpdated), contact.id] as [number, string] }))
    .sort((a, b) => order(a.place, b.place));
  const rest =
    after === undefined
      ? found.slice(limit * (page - 1))
      : found.filter(({ place }) => place[1] !== after[1] && order(place, after) > 0);
  return ok({
    contacts: rest.slice(0, limit).map(({ contact, place }) => ({ ...shown(contact, version), searchAfter: place })),
    total: found.length,
  });
}

interface Filter {
  readonly field: string;
  readonly operator: string;
  readonly value: unknown;
}

const DATES = new Set(["dateAdded", "dateUpdated"]);

const matches = ({ name, email, phone }: Contact, query: string) =>
  name.toLowerCase().includes(query) || (email ?? "").toLowerCase().includes(query) || (phone ?? "").includes(query);

function passes(contact: Contact, { field, operator, value }: Filter): boolean {
  const held = (contact as unknown as Record<string, unknown>)[field];
  if (operator === "eq")
    return typeof held === "string" ? held.toLowerCase() === String(value).toLowerCase() : held === value;
  if (operator === "contains")
    return Array.isArray(held) ? held.includes(value) : String(held ?? "").includes(String(value));
  if (operator === "range") {
    const { gt, gte, lt, lte } = value as Record<string, string | number | undefined>;
    const at = Date.parse(String(held));
    const of = (bound: string | number) => (typeof bound === "number" ? bound : Date.parse(bound));
    return (
      (gt === undefined || at > of(gt)) &&
      (gte === undefined || at >= of(gte)) &&
      (lt === undefined || at < of(lt)) &&
      (lte === undefined || at <= of(lte))
    );
  }
  return false;
}

function upsert({ crm, body, version }: Call): Answered {
  if (!ours(crm, body)) return NOT_OURS;
  const fields = body as ContactFields;
  if (!fields.email && !fields.phone && !fields.name && !fields.firstName)
    return failure(422, ["email or phone should not be empty"]);
  const known = crm.find(fields as { email?: string; phone?: string });
  const contact = known === undefined ? crm.createContact(fields) : crm.updateContact(known, fields);
  return ok({ new: known === undefined, contact: shown(contact, version) });
}

function create({ crm, body, version }: Call): Answered {
  if (!ours(crm, body)) return NOT_OURS;
  const fields = body as ContactFields;
  const known = crm.find(fields as { email?: string; phone?: string });
  if (known !== undefined)
    return {
      status: 400,
      body: {
        statusCode: 400,
        message: "This location does not allow duplicated contacts.",
        meta: { contactId: known.id },
      },
    };
  return created({ contact: shown(crm.createContact(fields), version) });
}

function addTask(contact: Contact, { crm, body, answer }: Call): Answered {
  if (Number.isNaN(Date.parse(String(body["dueDate"]))))
    return failure(422, ["dueDate must be a valid ISO 8601 date string"]);
  const task = crm.createTask(contact.id, body as unknown as Omit<Task, "id" | "contactId">);
  crm.ledger.note({ at: Date.now(), contactId: contact.id, what: "task.create", id: task.id, answer });
  return created({ task });
}

function completeTask(contact: Contact, { crm, path, body }: Call): Answered {
  const task = crm.tasksOf(contact.id).find(({ id }) => id === path[1]);
  return task === undefined
    ? failure(400, "Task not found")
    : ok({ task: crm.completeTask(task, body["completed"] === true) });
}

function update(contact: Contact, { crm, body, version, answer }: Call): Answered {
  const { assignedTo } = body;
  if (typeof assignedTo === "string" && assignedTo !== "" && !USERS.some(({ id }) => id === assignedTo))
    return failure(400, "assignedTo is not a user of this location");
  const updated = crm.updateContact(contact, body as ContactFields);
  crm.ledger.note({ at: Date.now(), contactId: contact.id, what: "contact.update", id: contact.id, answer });
  return ok({ succeeded: true, contact: shown(updated, version) });
}

const changeWorkflow =
  (action: "add" | "remove") =>
  (contact: Contact, { crm, path, answer }: Call): Answered => {
    const id = path[1] ?? "";
    if (!crm.changeWorkflow(contact.id, id, action)) return failure(400, "Workflow not found");
    crm.ledger.note({ at: Date.now(), contactId: contact.id, what: `workflow.${action}`, id, answer });
    return ok({ succeeded: true, succeded: true });
  };

const SEARCH_BODY: BodyShape = {
  required: ["locationId"],
  properties: {
    locationId: "string",
    page: "number",
    pageLimit: "number",
    searchAfter: "array",
    query: "string",
    filters: "array",
    sort: "array",
  },
};
const TASK_BODY: BodyShape = {
  required: ["title", "dueDate", "completed"],
  properties: { title: "string", body: "string", dueDate: "string", completed: "boolean", assignedTo: "string" },
};
const NOTE_BODY: BodyShape = {
  required: ["body"],
  properties: { body: "string", userId: "string", title: "string", color: "string", pinned: "boolean" },
};

export const contactOperations: readonly Operation[] = [
  {
    method: "POST",
    path: "/contacts/search",
    scope: "contacts.readonly",
    versions: VERSIONS,
    body: SEARCH_BODY,
    act: search,
  },
  {
    method: "POST",
    path: "/contacts/upsert",
    scope: "contacts.write",
    versions: VERSIONS,
    body: { ...NEW, properties: { ...NEW.properties, createNewIfDuplicateAllowed: "boolean" } },
    act: upsert,
  },
  { method: "POST", path: "/contacts", scope: "contacts.write", versions: VERSIONS, body: NEW, act: create },
  {
    method: "GET",
    path: "/contacts/:contact",
    scope: "contacts.readonly",
    versions: VERSIONS,
    act: withContact((contact, { version }) => ok({ contact: shown(contact, version) })),
  },
  {
    method: "PUT",
    path: "/contacts/:contact",
    scope: "contacts.write",
    versions: VERSIONS,
    body: { required: [], properties: FIELDS },
    act: withContact(update),
  },
  {
    method: "POST",
    path: "/contacts/:contact/tags",
    scope: "contacts.write",
    versions: VERSIONS,
    body: TAGS,
    act: withContact((contact, { crm, body }) =>
      created({ tags: crm.setTags(contact, [...new Set([...contact.tags, ...(body["tags"] as string[])])]) }),
    ),
  },
  {
    method: "DELETE",
    path: "/contacts/:contact/tags",
    scope: "contacts.write",
    versions: VERSIONS,
    body: TAGS,
    act: withContact((contact, { crm, body }) =>
      ok({
        tags: crm.setTags(
          contact,
          contact.tags.filter((tag) => !(body["tags"] as string[]).includes(tag)),
        ),
      }),
    ),
  },
  {
    method: "GET",
    path: "/contacts/:contact/tasks",
    scope: "contacts.readonly",
    versions: VERSIONS,
    act: withContact((contact, { crm }) => ok({ tasks: crm.tasksOf(contact.id) })),
  },
  {
    method: "POST",
    path: "/contacts/:contact/tasks",
    scope: "contacts.write",
    versions: VERSIONS,
    body: TASK_BODY,
    act: withContact(addTask),
  },
  {
    method: "PUT",
    path: "/contacts/:contact/tasks/:task/completed",
    scope: "contacts.write",
    versions: VERSIONS,
    body: { required: ["completed"], properties: { completed: "boolean" } },
    act: withContact(completeTask),
  },
  {
    method: "GET",
    path: "/contacts/:contact/notes",
    scope: "contacts.readonly",
    versions: VERSIONS,
    act: withContact((contact, { crm }) => ok({ notes: crm.notesOf(contact.id) })),
  },
  {
    method: "POST",
    path: "/contacts/:contact/notes",
    scope: "contacts.write",
    versions: VERSIONS,
    body: NOTE_BODY,
    act: withContact((contact, { crm, body, answer }) => {
      const note = crm.createNote(contact.id, body as unknown as { body: string });
      crm.ledger.note({ at: Date.now(), contactId: contact.id, what: "note.create", id: note.id, answer });
      return created({ note });
    }),
  },
  {
    method: "POST",
    path: "/contacts/:contact/workflow/:workflow",
    scope: "contacts.write",
    versions: VERSIONS,
    body: { required: [], properties: { eventStartTime: "string" } },
    act: withContact(changeWorkflow("add")),
  },
  {
    method: "DELETE",
    path: "/contacts/:contact/workflow/:workflow",
    scope: "contacts.write",
    versions: VERSIONS,
    body: { required: [], properties: { eventStartTime: "string" } },
    act: withContact(changeWorkflow("remove")),
  },
];
