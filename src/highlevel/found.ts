// What the API's searches find becomes what its webhooks would have told: the same events, in our words.

import { z } from "zod";
import type { CrmAppointment, CrmContact, CrmDnd, CrmOpportunity, NewEvent } from "../events/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import { crmId } from "../kernel/request.ts";
import type { Instant } from "../kernel/time.ts";
import type { ProviderReceipt } from "../outreach/index.ts";
import { readMessage } from "./conversation.ts";
import { appointment, contact, instant, opportunity } from "./payload.ts";
import { contactFields, dndOf, readAppointment, readOpportunity } from "./records.ts";
import type { Context } from "./webhook.ts";

export interface FoundContact {
  readonly id: string;
  readonly updatedAt: Instant;
  readonly contact: CrmContact;
  /** Absent where the search left it out, as it may: then whoever wants to know asks for the contact itself. */
  readonly dnd?: CrmDnd;
}

export interface FoundOpportunity {
  readonly id: string;
  readonly contact: string;
  readonly updatedAt: Instant;
  readonly opportunity: CrmOpportunity;
}

export interface FoundAppointment {
  readonly id: string;
  readonly contact: string;
  readonly updatedAt: Instant;
  readonly appointment: CrmAppointment;
}

export interface FoundMessage {
  readonly id: string;
  readonly contact: string;
  readonly addedAt: Instant;
  readonly updatedAt: Instant;
  /** What webhooks about it would have become, each under the name of its fact. */
  readonly events: readonly NewEvent[];
  readonly receipts: readonly ProviderReceipt[];
}

const text = z.string().nullish();

/** @returns undefined for a record that cannot be read: one of them must not end a reading */
export function foundContact(record: unknown, now: Instant): FoundContact | undefined {
  const parsed = contact.extend({ dateUpdated: text }).safeParse(withTexts(record));
  if (!parsed.success) return undefined;
  const { data } = parsed;
  const createdAt = instant(data.dateAdded);
  const asOf = Math.min(instant(data.dateUpdated) ?? createdAt ?? now, now);
  const isTold = typeof data.dnd === "boolean";
  return {
    id: data.id,
    updatedAt: asOf,
    contact: {
      change: "update",
      asOf,
      contact: contactFields(data),
      ...(createdAt === undefined ? {} : { createdAt }),
      ...(isTold ? { dnd: data.dnd === true } : {}),
    },
    ...(isTold && data.dndSettings ? { dnd: { asOf, ...dndOf(data) } } : {}),
  };
}

const dates = z.looseObject({ createdAt: text, updatedAt: text });

export function foundOpportunity(record: unknown, now: Instant): FoundOpportunity | undefined {
  const stamps = dates.safeParse(record);
  if (!stamps.success || !opportunity.safeParse(record).success) return undefined;
  const { createdAt, updatedAt } = stamps.data;
  const asOf = Math.min(instant(updatedAt) ?? instant(createdAt) ?? now, now);
  const body = { ...stamps.data, dateAdded: createdAt ?? null } as JsonObject;
  const reading = readOpportunity("update")(body, { type: "polled", stated: asOf, receivedAt: now });
  if (!("events" in reading) || reading.lead.contact === undefined) return undefined;
  const told = reading.events[0]?.data as unknown as CrmOpportunity;
  return { id: told.opportunity.id, contact: reading.lead.contact, updatedAt: asOf, opportunity: told };
}

export function foundAppointment(record: unknown, now: Instant): FoundAppointment | undefined {
  const body = { appointment: record } as JsonObject;
  const parsed = appointment.safeParse(body);
  if (!parsed.success) return undefined;
  const { dateUpdated, dateAdded, deleted } = parsed.data.appointment;
  const asOf = Math.min(instant(dateUpdated) ?? instant(dateAdded) ?? now, now);
  const change = deleted === true ? "delete" : "update";
  const reading = readAppointment(change)(body, { type: "polled", stated: asOf, receivedAt: now });
  if (!("events" in reading) || reading.lead.contact === undefined) return undefined;
  const told = reading.events[0]?.data as unknown as CrmAppointment;
  return { id: told.appointment.id, contact: reading.lead.contact, updatedAt: asOf, appointment: told };
}

const exported = z.looseObject({
  id: crmId,
  contactId: crmId,
  messageType: text,
  direction: text,
  dateAdded: z.union([z.string(), z.number()]).nullish(),
  dateUpdated: z.union([z.string(), z.number()]).nullish(),
  meta: z
    .looseObject({
      callDuration: z.union([z.number(), z.string()]).nullish(),
      callStatus: text,
      email: z.looseObject({ subject: text }).nullish(),
    })
    .nullish(),
});

/** What a message's type is called in a webhook, where the API calls it otherwise. */
const CALLED: Readonly<Record<string, string>> = {
  facebook: "fb",
  instagram: "ig",
  ivr_call: "call",
  custom_call: "call",
  campaign_call: "call",
  custom_sms: "sms",
  custom_provider_sms: "sms",
  campaign_sms: "sms",
  custom_email: "email",
  custom_provider_email: "email",
  campaign_email: "email",
};
/** What stands in a conversation without anybody having said it to the other side. */
const NO_MESSAGE = /^(activity_|internal_comment|live_chat_info|form_submission|review)/;

export function foundMessage(record: unknown, now: Instant): FoundMessage | "no message" | undefined {
  const parsed = exported.safeParse(record);
  if (!parsed.success) return undefined;
  const { id, contactId, messageType, direction, dateAdded, dateUpdated, meta, ...rest } = parsed.data;
  const word = (messageType ?? "").toLowerCase().replace(/^type_/, "");
  if (NO_MESSAGE.test(word)) return "no message";
  const addedAt = instant(dateAdded) ?? now;
  const type = direction === "inbound" ? "InboundMessage" : "OutboundMessage";
  const context: Context = { type, stated: addedAt, receivedAt: now, polled: true };
  const body = {
    ...rest,
    ...{ contactId, messageId: id, direction, messageType: CALLED[word] ?? word },
    dateAdded: new Date(addedAt).toISOString(),
    callStatus: meta?.callStatus ?? null,
    callDuration: meta?.callDuration ?? null,
    subject: meta?.email?.subject ?? null,
  } as JsonObject;
  const reading = readMessage(body, context);
  if (!("events" in reading)) return undefined;
  return {
    id,
    contact: contactId,
    addedAt,
    updatedAt: instant(dateUpdated) ?? addedAt,
    // what has no name cannot be told apart from its repetition: a call that still rings, a voice mail
    events: reading.events.filter(({ once }) => once !== undefined),
    receipts: reading.receipts ?? [],
  };
}

/** Searches give some stamps as numbers, where the other answers give texts. */
function withTexts(record: unknown): unknown {
  if (typeof record !== "object" || record === null) return record;
  const stamp = (value: unknown) => (typeof value === "number" ? new Date(value).toISOString() : value);
  const { dateAdded, dateUpdated, dateOfBirth, ...rest } = record as Record<string, unknown>;
  return {
    ...rest,
    ...{ dateAdded: stamp(dateAdded), dateUpdated: stamp(dateUpdated), dateOfBirth: stamp(dateOfBirth) },
  };
}
