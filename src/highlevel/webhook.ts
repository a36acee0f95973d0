// One webhook of HighLevel's becomes our events. Pure: parsing, naming and stamping, no memory of what came before.

import type { ZodError } from "zod";
import { APP_LOCATION, LOCATION_LEAD, type NewEvent } from "../events/index.ts";
import type { FieldError } from "../kernel/errors.ts";
import { type JsonObject, own } from "../kernel/json.ts";
import { crmId } from "../kernel/request.ts";
import type { Instant } from "../kernel/time.ts";
import type { ProviderReceipt } from "../outreach/index.ts";
import { readMessage } from "./conversation.ts";
import { readEmailStats } from "./email-stats.ts";
import { type Envelope, envelope, instant } from "./payload.ts";
import { readAppointment, readContact, readDnd, readNote, readOpportunity, readTask } from "./records.ts";
import { readVoiceCall } from "./voice-call.ts";

export interface Webhook {
  /** `_app` for webhooks about the app itself, or about an agency. */
  readonly location: string;
  readonly type: string;
  /** Stable across retries: the key of deduplication. */
  readonly id?: string;
  readonly lead: LeadReference;
  readonly events: readonly NewEvent[];
  readonly receipts: readonly ProviderReceipt[];
}

/** Whom it is about. Empty: the location itself. Without `contact`, whoever knows leads or messages resolves the rest. */
export interface LeadReference {
  readonly contact?: string;
  readonly email?: string;
  readonly phone?: string;
  /** The provider's id of a message or task that may be ours. */
  readonly provider?: string;
}

/** Why a webhook cannot be read: answered 400. */
export interface Unreadable {
  readonly problem: string;
  readonly errors: readonly FieldError[];
}

export interface Reading {
  readonly lead: LeadReference;
  readonly events: readonly NewEvent[];
  readonly receipts?: readonly ProviderReceipt[];
}

/** What a reader is told besides the payload. */
export interface Context {
  readonly type: string;
  /** When the CRM stated it, never later than its receipt; undefined when it does not say. */
  readonly stated: Instant | undefined;
  readonly receivedAt: Instant;
  /** Found in the API's answer, not told by a webhook. */
  readonly polled?: true;
}

type Reader = (body: JsonObject, context: Context) => Reading | ZodError;

const APP_TYPES = new Set([
  "INSTALL",
  "UNINSTALL",
  "UPDATE",
  "PLAN_CHANGE",
  "EXTERNAL_AUTH_CONNECTED",
  "AppPaymentStatus",
]);

const READERS: Readonly<Record<string, Reader>> = {
  ContactCreate: readContact("create"),
  ContactUpdate: readContact("update"),
  ContactDelete: readContact("delete"),
  ContactTagUpdate: readContact("tags"),
  ContactDndUpdate: readDnd,
  InboundMessage: readMessage,
  OutboundMessage: readMessage,
  LCEmailStats: readEmailStats,
  VoiceAiCallEnd: readVoiceCall,
  OpportunityCreate: readOpportunity("create"),
  OpportunityUpdate: readOpportunity("update"),
  OpportunityDelete: readOpportunity("delete"),
  OpportunityStageUpdate: readOpportunity("stage"),
  OpportunityStatusUpdate: readOpportunity("status"),
  OpportunityAssignedToUpdate: readOpportunity("owner"),
  OpportunityMonetaryValueUpdate: readOpportunity("value"),
  AppointmentCreate: readAppointment("create"),
  AppointmentUpdate: readAppointment("update"),
  AppointmentDelete: readAppointment("delete"),
  TaskComplete: readTask,
  NoteCreate: readNote,
};

/**
 * Reads one parsed webhook.
 *
 * A type we do not know is kept as it came, as `crm.<type>`: HighLevel keeps adding types, and repeats for days what
 * is refused. A known type whose fields are of the wrong type is unreadable.
 */
export function readWebhook(body: unknown, receivedAt: Instant): Webhook | Unreadable {
  const parsed = envelope.safeParse(body);
  if (!parsed.success) return unreadable(parsed.error);
  const head = parsed.data;
  const type = typeOf(head);
  const location = locationOf(head, type);
  if (location === undefined)
    return { problem: "locationId is missing.", errors: [{ field: "locationId", detail: "is missing" }] };

  const at = instant(head.timestamp);
  const context: Context = { type, stated: at === undefined ? undefined : Math.min(at, receivedAt), receivedAt };
  const reading =
    location === APP_LOCATION
      ? asItCame(head as JsonObject, context)
      : (own(READERS, type) ?? asItCame)(head as JsonObject, context);
  if (!("events" in reading)) return unreadable(reading);
  return {
    location,
    type,
    ...(head.webhookId ? { id: head.webhookId } : {}),
    lead: reading.lead,
    events: reading.events,
    receipts: reading.receipts ?? [],
  };
}

const TYPE = /^[A-Za-z][A-Za-z0-9_.-]*$/;

/** What a conversation provider is asked to deliver carries its channel as `type`; some webhooks carry none at all. */
function typeOf(head: Envelope): string {
  if (
    typeof head["messageId"] === "string" &&
    (typeof head["emailTo"] !== "undefined" || typeof head["phone"] === "string")
  )
    return "ProviderOutboundMessage";
  // an official example has no type
  if (!head.type && typeof head["agentId"] === "string" && typeof head["transcript"] === "string") {
    return "VoiceAiCallEnd";
  }
  return head.type && TYPE.test(head.type) ? head.type : "untyped";
}

function locationOf(head: Envelope, type: string): string | undefined {
  if (APP_TYPES.has(type)) return APP_LOCATION;
  if (head.locationId) return head.locationId;
  if (head["altType"] === "location" && typeof head["altId"] === "string") return head["altId"];
  if (type.startsWith("Location") && typeof head["id"] === "string") return head["id"];
  return head.companyId ? APP_LOCATION : undefined;
}

/** Told to whoever keeps the accounts, who reads the mail of `_app`. */
const ABOUT_INSTALLS = new Set(["INSTALL", "UNINSTALL"]);

/** Kept whole. It wakes the contact it names; the location itself has nothing to decide about it. */
function asItCame(body: JsonObject, { type, stated, receivedAt }: Context): Reading {
  const contact = ABOUT_INSTALLS.has(type) ? LOCATION_LEAD : contactIn(body);
  const event = { type: `crm.${type}`, at: stated ?? receivedAt, data: body };
  const quiet = contact === undefined || type === "ConversationUnreadUpdate";
  return { lead: contact === undefined ? {} : { contact }, events: [quiet ? { ...event, quiet } : event] };
}

function contactIn(body: JsonObject): string | undefined {
  const nested = (member: string) => (body[member] as JsonObject | null | undefined)?.["id"];
  const related = (side: "first" | "second") =>
    body[`${side}ObjectKey`] === "contact" ? body[`${side}RecordId`] : undefined;
  const named =
    body["contactId"] ?? nested("contactDetails") ?? nested("contactSnapshot") ?? related("first") ?? related("second");
  return crmId.safeParse(named).data;
}

function unreadable(error: ZodError): Unreadable {
  const errors = error.issues
    .slice(0, 20)
    .map((issue) => ({ field: issue.path.join(".") || "body", detail: issue.message }));
  return { problem: errors.map(({ field, detail }) => `${field}: ${detail}`).join("; "), errors };
}
