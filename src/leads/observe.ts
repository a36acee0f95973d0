// Folds what the CRM says into the profile, and says what that means: a snapshot in, the differences out.
// The CRM orders nothing, so each part of a profile keeps the instant at which it was stated; an older statement
// changes nothing, and of two with the same stamp the fuller one stands, whichever came first.

import type {
  CrmAppointment,
  CrmContact,
  CrmContactFields,
  CrmDnd,
  CrmOpportunity,
  LeadEvent,
} from "../events/index.ts";
import { canonicalJson, type Json, type JsonObject, own } from "../kernel/json.ts";
import { isOwnField } from "../kernel/own-fields.ts";
import { DAY, type Instant } from "../kernel/time.ts";
import type { Catalog } from "./catalog.ts";
import { consenting } from "./consents.ts";
import type { Appointment, ChannelName, Consent, Contact, Lead, Opportunity } from "./lead.ts";

/** An event that follows from what came in. The turn gives it its id. */
export interface Derived {
  readonly type: string;
  readonly at: Instant;
  readonly data: JsonObject;
}

export interface Observed {
  readonly lead: Lead;
  readonly derived: readonly Derived[];
}

/** Our latest message to the lead on a channel, for telling a reply from a first word. */
export type LatestMessage = (channel: string) => { readonly id: string; readonly at: Instant } | undefined;

/** A reply is a reply for two weeks. */
const REPLY_WITHIN = 14 * DAY;

/** @param latest without it nothing counts as a reply */
export function observe(lead: Lead, event: LeadEvent, catalog: Catalog, latest?: LatestMessage): Observed {
  switch (event.type) {
    case "crm.contact":
      return observeContact(lead, event, event.data as unknown as CrmContact, catalog);
    case "crm.dnd":
      return observeDnd(lead, event, event.data as unknown as CrmDnd);
    case "crm.opportunity":
      return observeOpportunity(lead, event, event.data as unknown as CrmOpportunity, catalog);
    case "crm.appointment":
      return observeAppointment(lead, event, event.data as unknown as CrmAppointment, catalog);
    case "message.received":
      return { lead: consenting(lead, event), derived: reply(event, latest) };
    default:
      return { lead: seenFrom(consenting(lead, event), event), derived: [] };
  }
}

/** Where the lead's own browser last was, by what the tracker of the team's site says. */
function seenFrom(lead: Lead, { source, at, data: { time_zone: zone } }: LeadEvent): Lead {
  if (source !== "site" || typeof zone !== "string" || (lead.browserZone?.at ?? -1) > at) return lead;
  return { ...lead, browserZone: { zone, at } };
}

// Contacts ---------------------------------------------------------------------------------------------------------

const TEXT_FIELDS = {
  firstName: "contact.first_name",
  lastName: "contact.last_name",
  name: "contact.name",
  email: "contact.email",
  phone: "contact.phone",
  address: "contact.address",
  city: "contact.city",
  state: "contact.state",
  postalCode: "contact.postal_code",
  country: "contact.country",
  company: "contact.company",
  website: "contact.website",
  source: "contact.source",
  birthday: "contact.birthday",
  assignedTo: "contact.assigned_to",
} as const satisfies Partial<Record<keyof CrmContactFields, string>>;

const textFields = Object.keys(TEXT_FIELDS) as (keyof typeof TEXT_FIELDS)[];
type Texts = Pick<Contact, keyof typeof TEXT_FIELDS>;

function observeContact(lead: Lead, event: LeadEvent, said: CrmContact, catalog: Catalog): Observed {
  const at = stamp(said.asOf, event);
  const deleted = said.change === "delete";
  const asOf: Record<string, Instant> = { ...lead.asOf };
  const newer = (part: string, held: Json | undefined, stated: Json | undefined): boolean => {
    if (stated === undefined || !prevails(lead.asOf[part], held, at, stated)) return false;
    asOf[part] = at;
    return true;
  };

  const texts = pickTexts(said.contact);
  const whole =
    deleted !== lead.deleted && at === lead.asOf["contact"]
      ? deleted
      : newer("contact", pickTexts(lead.contact), texts);
  const contact: Contact = {
    ...(whole ? texts : pickTexts(lead.contact)),
    ...optional("timeZone", lead.contact.timeZone),
    tags: lead.contact.tags,
    custom: lead.contact.custom,
    ...(newer("contact/zone", lead.contact.timeZone, said.contact.timeZone) && {
      timeZone: said.contact.timeZone as string,
    }),
    ...(newer("contact/tags", lead.contact.tags, said.contact.tags) && { tags: said.contact.tags ?? [] }),
    ...(newer("contact/custom", lead.contact.custom, said.contact.custom) && { custom: said.contact.custom ?? {} }),
  };
  const createdAt = earliest(lead.createdAt, said.createdAt ?? (said.change === "create" ? at : undefined));
  const withoutConsent: Lead = {
    ...lead,
    ...(createdAt !== undefined && { createdAt }),
    asOf,
    contact,
    stub: false,
    deleted: whole ? deleted : lead.deleted,
  };
  const consent =
    said.dnd === undefined ? { lead: withoutConsent, derived: [] } : switchAll(withoutConsent, event.at, said.dnd, at);
  return {
    lead: consent.lead,
    derived: [...contactEvents(lead, consent.lead, event.at, catalog, said), ...consent.derived],
  };
}

/**
 * A lead is created once: when we first learn that its contact was added after the install. What such a contact
 * came with counts as added; of a contact that was there before, the first snapshot only teaches us what it is.
 */
function contactEvents(before: Lead, after: Lead, at: Instant, catalog: Catalog, said: CrmContact): Derived[] {
  const derived: Derived[] = [];
  const emit = (type: string, data: JsonObject) => derived.push({ type, at, data });
  const born = before.createdAt === undefined && (after.createdAt ?? -1) >= catalog.installedAt && !after.deleted;
  if (born) {
    emit("contact.created", { ...optional("source", after.contact.source), createdAt: after.createdAt as Instant });
  }
  const changes: { field: string; from: Json; to: Json }[] = [];
  if (!before.stub) changes.push(...fieldChanges(before.contact, after.contact, catalog));
  if (!before.stub || born) {
    const had = new Set(before.contact.tags.map(fold));
    const has = new Set(after.contact.tags.map(fold));
    for (const tag of after.contact.tags) if (!had.has(fold(tag))) emit("tag.added", { tag });
    for (const tag of before.contact.tags) if (!has.has(fold(tag))) emit("tag.removed", { tag });
  }
  for (const change of changes) emit("field.changed", change);
  const tagsMoved = derived.some((event) => event.type.startsWith("tag."));
  const told = before.stub && !born && (said.change === "update" || said.change === "tags");
  if (!born && (changes.length > 0 || tagsMoved || told)) {
    const fields = [...changes.map((change) => change.field), ...(tagsMoved ? ["contact.tags"] : [])];
    emit("contact.updated", { fields });
  }
  if (after.deleted && !before.deleted) emit("contact.deleted", {});
  return derived;
}

function fieldChanges(from: Contact, to: Contact, catalog: Catalog): { field: string; from: Json; to: Json }[] {
  const changes: { field: string; from: Json; to: Json }[] = [];
  const compare = (field: string, a: Json | undefined, b: Json | undefined) => {
    if (a === b || canonicalJson(a ?? null) === canonicalJson(b ?? null)) return;
    changes.push({ field, from: a ?? null, to: b ?? null });
  };
  for (const name of textFields) compare(TEXT_FIELDS[name], from[name], to[name]);
  compare("contact.time_zone", from.timeZone, to.timeZone);
  if (from.custom !== to.custom) {
    for (const id of new Set([...Object.keys(from.custom), ...Object.keys(to.custom)].sort())) {
      const field = own(catalog.fields, id);
      // our own word, come back: nobody has done anything
      if (field !== undefined && isOwnField(field.key)) continue;
      compare(field?.subject ?? `contact.custom.${id}`, own(from.custom, id), own(to.custom, id));
    }
  }
  return changes;
}

function pickTexts(contact: Contact | CrmContactFields): Texts {
  const texts: Record<string, string> = {};
  for (const name of textFields) {
    const value = contact[name];
    if (value !== undefined && value !== "") texts[name] = value;
  }
  return texts as Texts;
}

// Consent ----------------------------------------------------------------------------------------------------------

const CHANNELS: readonly ChannelName[] = ["sms", "email", "whatsapp", "voice"];

function observeDnd(lead: Lead, event: LeadEvent, said: CrmDnd): Observed {
  const at = stamp(said.asOf, event);
  const all = switchAll(lead, event.at, said.all, at);
  const derived = [...all.derived];
  const asOf: Record<string, Instant> = { ...all.lead.asOf };
  const channels: Partial<Record<ChannelName, "blocked" | "permanent">> = { ...lead.consent.channels };
  for (const channel of CHANNELS) {
    const to = said.channels[channel];
    const from = lead.consent.channels[channel] ?? "open";
    const part = `dnd/${channel}`;
    if (to === undefined || !stricterOrNewer(lead.asOf[part], STRICTNESS[from], at, STRICTNESS[to])) continue;
    asOf[part] = at;
    if (to === "open") delete channels[channel];
    else channels[channel] = to;
    if (from !== to) derived.push({ type: "consent.changed", at: event.at, data: { channel, from, to } });
  }
  const consent: Consent = { all: all.lead.consent.all, channels };
  return { lead: { ...all.lead, asOf, consent }, derived };
}

function switchAll(lead: Lead, eventAt: Instant, all: boolean, at: Instant): Observed {
  if (!stricterOrNewer(lead.asOf["dnd"], Number(lead.consent.all), at, Number(all))) return { lead, derived: [] };
  const word = (blocked: boolean) => (blocked ? "blocked" : "open");
  const changed = lead.consent.all !== all;
  return {
    lead: { ...lead, asOf: { ...lead.asOf, dnd: at }, consent: { ...lead.consent, all } },
    derived: changed
      ? [
          {
            type: "consent.changed",
            at: eventAt,
            data: { channel: "all", from: word(lead.consent.all), to: word(all) },
          },
        ]
      : [],
  };
}

const STRICTNESS = { open: 0, blocked: 1, permanent: 2 } as const;

/** Of two statements about consent with the same stamp the stricter one stands. */
const stricterOrNewer = (heldAt: Instant | undefined, held: number, at: Instant, said: number): boolean =>
  heldAt === undefined || at > heldAt || (at === heldAt && said > held);

// Deals ------------------------------------------------------------------------------------------------------------

function observeOpportunity(lead: Lead, event: LeadEvent, said: CrmOpportunity, catalog: Catalog): Observed {
  const at = stamp(said.asOf, event);
  const { id, name, pipeline, stage, status, value } = said.opportunity;
  const part = `opportunity/${id}`;
  const held = own(lead.opportunities, id);
  const deleted = said.change === "delete";
  const now: Opportunity = {
    id,
    ...optional("name", name),
    ...optional("pipeline", pipeline),
    ...optional("stage", stage),
    status,
    ...optional("value", value),
    changedAt: at,
  };
  if (!prevailsOrGone(lead.asOf[part], held, at, deleted ? undefined : now)) return { lead, derived: [] };
  const known = lead.asOf[part] !== undefined;
  const next: Lead = {
    ...lead,
    asOf: { ...lead.asOf, [part]: at },
    opportunities: replaced(lead.opportunities, id, deleted ? undefined : now),
  };
  if (deleted) return { lead: next, derived: [] };

  const fresh = !known && (said.change === "create" || (said.opportunity.createdAt ?? -1) >= catalog.installedAt);
  const types: string[] = [];
  if (fresh) types.push("opportunity.created");
  const stageMoved = held === undefined ? !fresh && said.change === "stage" : held.stage !== stage;
  if (stageMoved) types.push("opportunity.stage_changed");
  const statusMoved = held === undefined ? fresh || said.change === "status" : held.status !== status;
  if (statusMoved && status !== "open") types.push(`opportunity.${status}`);
  const stageOf = stage === undefined ? undefined : own(catalog.stages, stage);
  const data: JsonObject = {
    opportunity: { id, ...optional("name", name) },
    ...optional("pipeline", pipeline === undefined ? undefined : (own(catalog.pipelines, pipeline) ?? pipeline)),
    ...optional("stage", stageOf?.name ?? stage),
    status,
    ...optional("value", value),
    ...(stageMoved && held?.stage !== undefined && { from: own(catalog.stages, held.stage)?.name ?? held.stage }),
  };
  return { lead: next, derived: types.map((type) => ({ type, at: event.at, data })) };
}

// Appointments -----------------------------------------------------------------------------------------------------

/** What the CRM's status words come to. A word we do not know is a booking that stands. */
export function appointmentOutcome(status: string): "booked" | "canceled" | "missed" | "held" {
  switch (status.toLowerCase().replace(/[\s_-]/g, "")) {
    case "cancelled":
    case "canceled":
    case "invalid":
      return "canceled";
    case "noshow":
      return "missed";
    case "showed":
      return "held";
    default:
      return "booked";
  }
}

function observeAppointment(lead: Lead, event: LeadEvent, said: CrmAppointment, catalog: Catalog): Observed {
  const at = stamp(said.asOf, event);
  const { id, calendar, title, status, start, end, assignedTo } = said.appointment;
  const part = `appointment/${id}`;
  const held = own(lead.appointments, id);
  const deleted = said.change === "delete";
  const now: Appointment = {
    id,
    ...optional("calendar", calendar),
    ...optional("title", title),
    status,
    ...optional("start", start),
    ...optional("end", end),
    ...optional("assignedTo", assignedTo),
  };
  if (!prevailsOrGone(lead.asOf[part], held, at, deleted ? undefined : now)) return { lead, derived: [] };
  const next: Lead = {
    ...lead,
    asOf: { ...lead.asOf, [part]: at },
    appointments: replaced(lead.appointments, id, deleted ? undefined : now),
  };
  const types = appointmentEvents(held, deleted ? undefined : now, lead.asOf[part] !== undefined);
  const data: JsonObject = {
    appointment: { id, ...optional("title", title), ...optional("end", end) },
    ...optional("calendar", calendar === undefined ? undefined : (own(catalog.calendars, calendar) ?? calendar)),
    ...optional("start", start),
    ...(types.includes("appointment.moved") && optional("from", held?.start)),
  };
  return { lead: next, derived: types.map((type) => ({ type, at: event.at, data })) };
}

/** A first sight of an appointment that is already over still was a booking; one already canceled never mattered. */
function appointmentEvents(held: Appointment | undefined, now: Appointment | undefined, known: boolean): string[] {
  const from = held === undefined ? undefined : appointmentOutcome(held.status);
  if (now === undefined) return from === "booked" ? ["appointment.canceled"] : [];
  const to = appointmentOutcome(now.status);
  if (from === undefined) {
    if (to === "canceled") return known ? [] : ["appointment.canceled"];
    return to === "booked" ? ["appointment.booked"] : ["appointment.booked", `appointment.${to}`];
  }
  if (from !== to) return [`appointment.${to}`];
  return to === "booked" && held?.start !== now.start ? ["appointment.moved"] : [];
}

// Replies ----------------------------------------------------------------------------------------------------------

/** The same act as the `message.received` it comes from: it has no weight of its own. */
function reply(event: LeadEvent, latest: LatestMessage | undefined): Derived[] {
  const channel = event.data["channel"];
  if (typeof channel !== "string") return [];
  const message = latest?.(channel);
  if (message === undefined || message.at > event.at || event.at - message.at > REPLY_WITHIN) return [];
  return [{ type: "message.replied", at: event.at, data: { ...event.data, message: { id: message.id } } }];
}

// What statements share ----------------------------------------------------------------------------------------------

/** A statement from the future is taken for one made when it arrived. */
const stamp = (asOf: Instant, event: LeadEvent): Instant => Math.min(asOf, event.receivedAt);

function prevails(heldAt: Instant | undefined, held: Json | undefined, at: Instant, said: Json): boolean {
  if (heldAt === undefined || at > heldAt) return true;
  if (at < heldAt) return false;
  const a = canonicalJson(held ?? null);
  const b = canonicalJson(said);
  return b.length !== a.length ? b.length > a.length : b > a;
}

/** Of a deletion and a snapshot with the same stamp the deletion stands. */
function prevailsOrGone(
  heldAt: Instant | undefined,
  held: Opportunity | Appointment | undefined,
  at: Instant,
  said: Opportunity | Appointment | undefined,
): boolean {
  if (heldAt !== undefined && at === heldAt) {
    if (held === undefined) return false;
    if (said === undefined) return true;
  }
  return prevails(heldAt, held as unknown as JsonObject | undefined, at, (said ?? null) as unknown as Json);
}

function replaced<T>(record: Readonly<Record<string, T>>, id: string, value: T | undefined): Record<string, T> {
  const next = { ...record };
  if (value === undefined) delete next[id];
  else next[id] = value;
  return next;
}

const earliest = (a: Instant | undefined, b: Instant | undefined): Instant | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b);

/** Tags are compared as the CRM compares them, without regard to case. */
const fold = (tag: string): string => tag.toLowerCase();

function optional<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: V });
}
