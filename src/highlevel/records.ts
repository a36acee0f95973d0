// Contacts, deals, appointments, tasks and notes: whole records, normalized. What changed is found by whoever holds
// the record before.

import type { ZodError } from "zod";
import type { CrmAppointment, CrmContact, CrmContactFields, CrmDnd, CrmOpportunity } from "../events/index.ts";
import { type JsonObject, own } from "../kernel/json.ts";
import {
  appointment as appointmentPayload,
  type ContactPayload,
  contact as contactPayload,
  instant,
  note as notePayload,
  opportunity as opportunityPayload,
  said,
  task as taskPayload,
} from "./payload.ts";
import type { Context, Reading } from "./webhook.ts";

type Outcome = Reading | ZodError;

export function readContact(change: CrmContact["change"]) {
  return (body: JsonObject, { stated, receivedAt }: Context): Outcome => {
    const parsed = contactPayload.safeParse(body);
    if (!parsed.success) return parsed.error;
    const createdAt = instant(parsed.data.dateAdded);
    // `dateAdded` is when the contact was made: for its creation that is when it was stated, for nothing later.
    const asOf = Math.min(stated ?? (change === "create" ? createdAt : undefined) ?? receivedAt, receivedAt);
    const data: CrmContact = {
      change,
      asOf,
      contact: contactFields(parsed.data),
      ...said({ createdAt, dnd: parsed.data.dnd }),
    };
    return { lead: { contact: parsed.data.id }, events: [{ type: "crm.contact", at: asOf, data }] };
  };
}

/** A contact of a webhook or of an API answer, in our words. */
export function contactFields(payload: ContactPayload): CrmContactFields {
  return {
    ...said({
      firstName: payload.firstName,
      lastName: payload.lastName,
      name: payload.name,
      email: payload.email,
      phone: payload.phone,
      address: payload.address1,
      city: payload.city,
      state: payload.state,
      postalCode: payload.postalCode,
      country: payload.country,
      company: payload.companyName,
      website: payload.website,
      source: payload.source,
      timeZone: payload.timezone,
      birthday: payload.dateOfBirth,
      assignedTo: payload.assignedTo,
    }),
    ...(payload.tags ? { tags: payload.tags } : {}),
    ...(payload.customFields ? { custom: customValues(payload.customFields) } : {}),
  };
}

function customValues(fields: readonly { id: string; value?: unknown }[]): NonNullable<CrmContactFields["custom"]> {
  const known = fields.filter(({ value }) => value !== null && value !== undefined);
  return Object.fromEntries(known.map(({ id, value }) => [id, customValue(value)]));
}

function customValue(value: unknown): string | number | boolean | readonly string[] {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map((item) => (typeof item === "string" ? item : JSON.stringify(item)));
  return JSON.stringify(value);
}

type Channel = keyof CrmDnd["channels"];
const DND_CHANNELS: Readonly<Record<string, Channel>> = {
  sms: "sms",
  email: "email",
  whatsapp: "whatsapp",
  call: "voice",
};
const DND_STATES: Readonly<Record<string, "open" | "blocked" | "permanent">> = {
  active: "blocked",
  inactive: "open",
  permanent: "permanent",
};

/** `dnd` as HighLevel keeps it: its words are of what is blocked, so `active` means silence. */
export function dndOf(payload: ContactPayload): Omit<CrmDnd, "asOf"> {
  const channels: Partial<Record<"sms" | "email" | "whatsapp" | "voice", "open" | "blocked" | "permanent">> = {};
  for (const [name, setting] of Object.entries(payload.dndSettings ?? {})) {
    const channel = own(DND_CHANNELS, name.toLowerCase());
    const state = own(DND_STATES, setting?.status ?? "");
    if (channel !== undefined && state !== undefined) channels[channel] = state;
  }
  return { all: payload.dnd === true, channels };
}

export function readDnd(body: JsonObject, { stated, receivedAt }: Context): Outcome {
  const parsed = contactPayload.safeParse(body);
  if (!parsed.success) return parsed.error;
  const asOf = stated ?? receivedAt;
  const data: CrmDnd = { asOf, ...dndOf(parsed.data) };
  return { lead: { contact: parsed.data.id }, events: [{ type: "crm.dnd", at: asOf, data }] };
}

const STATUSES = ["open", "won", "lost", "abandoned"] as const;

export function readOpportunity(change: CrmOpportunity["change"]) {
  return (body: JsonObject, { stated, receivedAt }: Context): Outcome => {
    const parsed = opportunityPayload.safeParse(body);
    if (!parsed.success) return parsed.error;
    const deal = parsed.data;
    const createdAt = instant(deal.dateAdded);
    const asOf = Math.min(stated ?? (change === "create" ? createdAt : undefined) ?? receivedAt, receivedAt);
    const statusAt = instant(deal.lastStatusChangeAt);
    const data: CrmOpportunity = {
      change,
      asOf,
      opportunity: {
        id: deal.id,
        status: STATUSES.find((status) => status === deal.status) ?? "open",
        ...said({
          name: deal.name,
          pipeline: deal.pipelineId,
          stage: deal.pipelineStageId,
          value: deal.monetaryValue,
          source: deal.source,
          assignedTo: deal.assignedTo,
          createdAt,
          statusAt: statusAt === undefined ? undefined : Math.min(statusAt, asOf),
        }),
      },
    };
    return { lead: aboutContact(deal), events: [{ type: "crm.opportunity", at: asOf, data }] };
  };
}

export function readAppointment(change: CrmAppointment["change"]) {
  return (body: JsonObject, { stated, receivedAt }: Context): Outcome => {
    const parsed = appointmentPayload.safeParse(body);
    if (!parsed.success) return parsed.error;
    const { appointment } = parsed.data;
    const asOf = Math.min(stated ?? instant(appointment.dateUpdated) ?? receivedAt, receivedAt);
    const data: CrmAppointment = {
      change,
      asOf,
      appointment: {
        id: appointment.id,
        status: appointment.appointmentStatus ?? "unknown",
        ...said({
          calendar: appointment.calendarId,
          title: appointment.title,
          start: instant(appointment.startTime),
          end: instant(appointment.endTime),
          assignedTo: appointment.assignedUserId,
          source: appointment.source,
        }),
      },
    };
    return { lead: aboutContact(appointment), events: [{ type: "crm.appointment", at: asOf, data }] };
  };
}

export function readTask(body: JsonObject, { stated, receivedAt }: Context): Outcome {
  const parsed = taskPayload.safeParse(body);
  if (!parsed.success) return parsed.error;
  const { id, title, body: text, assignedTo } = parsed.data;
  const data = { task: { id, ...said({ title, body: text }) }, ...said({ user: assignedTo }) };
  return {
    lead: { ...aboutContact(parsed.data), provider: id },
    events: [{ type: "task.completed", at: stated ?? receivedAt, data }],
  };
}

export function readNote(body: JsonObject, { stated, receivedAt }: Context): Outcome {
  const parsed = notePayload.safeParse(body);
  if (!parsed.success) return parsed.error;
  const at = Math.min(stated ?? instant(parsed.data.dateAdded) ?? receivedAt, receivedAt);
  const data = { note: { id: parsed.data.id, ...said({ text: parsed.data.body }) } };
  return {
    lead: { ...aboutContact(parsed.data), provider: parsed.data.id },
    events: [{ type: "note.added", at, data }],
  };
}

const aboutContact = ({ contactId }: { contactId?: string | null | undefined }) =>
  contactId ? { contact: contactId } : {};
