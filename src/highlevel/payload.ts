// What HighLevel sends, as far as we read it. Lenient on unknown keys and on null; strict on the types of what we use.

import { z } from "zod";
import { crmId } from "../kernel/request.ts";
import { type Instant, isInstant } from "../kernel/time.ts";

const text = z.string().nullish();
const number = z.number().nullish();
/** An address that a webhook names once (new documents) or in a list (old ones). */
const addresses = z.union([z.string(), z.array(z.string())]).nullish();

export const envelope = z.looseObject({
  type: z.string().min(1).max(100).nullish(),
  locationId: text,
  companyId: text,
  webhookId: z.string().min(1).max(200).nullish(),
  timestamp: z.union([z.string(), z.number()]).nullish(),
});
export type Envelope = z.infer<typeof envelope>;

export const contact = z.looseObject({
  id: crmId,
  email: text,
  phone: text,
  name: text,
  firstName: text,
  lastName: text,
  address1: text,
  city: text,
  state: text,
  postalCode: text,
  country: text,
  companyName: text,
  website: text,
  source: text,
  timezone: text,
  dateAdded: text,
  dateOfBirth: text,
  dnd: z.boolean().nullish(),
  tags: z.array(z.string()).nullish(),
  assignedTo: text,
  customFields: z.array(z.looseObject({ id: z.string(), value: z.unknown() })).nullish(),
  dndSettings: z.record(z.string(), z.looseObject({ status: text }).nullish()).nullish(),
});
export type ContactPayload = z.infer<typeof contact>;

export const opportunity = z.looseObject({
  id: crmId,
  contactId: crmId.nullish(),
  pipelineId: text,
  pipelineStageId: text,
  name: text,
  monetaryValue: number,
  status: text,
  source: text,
  assignedTo: text,
  dateAdded: text,
  lastStatusChangeAt: z.union([z.string(), z.number()]).nullish().catch(undefined),
});

export const appointment = z.looseObject({
  appointment: z.looseObject({
    id: crmId,
    calendarId: text,
    contactId: crmId.nullish(),
    title: text,
    appointmentStatus: text,
    assignedUserId: text,
    source: text,
    startTime: text,
    endTime: text,
    dateAdded: text,
    dateUpdated: text,
  }),
});

export const message = z.looseObject({
  contactId: crmId.nullish(),
  conversationId: text,
  messageId: text,
  emailMessageId: text,
  body: text,
  plainText: text,
  subject: text,
  direction: z.enum(["inbound", "outbound"]).nullish(),
  messageType: text,
  messageTypeString: text,
  messageTypeId: number,
  status: text,
  source: text,
  userId: text,
  from: addresses,
  to: addresses,
  dateAdded: text,
  callDuration: z.union([z.number(), z.string()]).nullish(),
  callStatus: text,
});
export type MessagePayload = z.infer<typeof message>;

/** A call of the CRM's voice agent, ended. */
export const voiceCall = z.looseObject({
  id: z.string().min(1),
  contactId: crmId,
  agentId: text,
  fromNumber: text,
  duration: z.union([z.number(), z.string()]).nullish(),
  transcript: text,
  messageId: text,
  createdAt: text,
});

export const emailStats = z.looseObject({
  webhookPayload: z.looseObject({
    event: z.string(),
    id: text,
    timestamp: number,
    recipient: text,
    severity: text,
    url: text,
    message: z.looseObject({ headers: z.looseObject({ "message-id": text }).nullish() }).nullish(),
    "client-info": z.looseObject({ "user-agent": text, "client-type": text, bot: text }).nullish(),
    "delivery-status": z
      .looseObject({ code: z.union([z.number(), z.string()]).nullish(), "enhanced-code": text, message: text })
      .nullish(),
    "lc-operations": z.looseObject({ email_message_id: text }).nullish(),
  }),
});
export type EmailStatsPayload = z.infer<typeof emailStats>;

export const task = z.looseObject({
  id: crmId,
  contactId: crmId.nullish(),
  title: text,
  body: text,
  assignedTo: text,
  dateAdded: text,
});

export const note = z.looseObject({ id: crmId, contactId: crmId.nullish(), body: text, dateAdded: text });

/** An ISO instant, or epoch milliseconds; undefined when it is neither, or no instant a calendar has. */
export function instant(value: string | number | null | undefined): Instant | undefined {
  const at = Math.trunc(typeof value === "string" ? Date.parse(value) : (value ?? Number.NaN));
  return isInstant(at) ? at : undefined;
}

/** The members that say something: neither null, undefined nor empty text. */
export function said<T extends Record<string, unknown>>(
  members: T,
): { [K in keyof T]?: Exclude<T[K], null | undefined> } {
  const kept = Object.entries(members).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], null | undefined> };
}
