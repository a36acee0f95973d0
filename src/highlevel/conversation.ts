// Messages and calls of the CRM's conversations, in both directions.

import type { ZodError } from "zod";
import type { NewEvent } from "../events/index.ts";
import { sha256 } from "../kernel/ids.ts";
import { clipped, type JsonObject } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import type { ProviderReceipt } from "../outreach/index.ts";
import { instant, type MessagePayload, message as messagePayload, said } from "./payload.ts";
import { plainText } from "./plain-text.ts";
import type { Context, LeadReference, Reading } from "./webhook.ts";

/** A call on which people talked, not a hello: Follow Up Boss's rule. Seconds. */
const TALKED_S = 150;

export function readMessage(body: JsonObject, context: Context): Reading | ZodError {
  const parsed = messagePayload.safeParse(body);
  if (!parsed.success) return parsed.error;
  const message = parsed.data;
  const reading = readKind(message, kindOf(message), body, context);
  const isRaw = ({ type }: NewEvent) => type === `crm.${context.type}`;
  return {
    ...reading,
    events: reading.events.map((event) => (isRaw(event) ? event : named(event, message, context))),
  };
}

function readKind(message: MessagePayload, kind: string, body: JsonObject, context: Context): Reading {
  const at = Math.min(instant(message.dateAdded) ?? context.stated ?? context.receivedAt, context.receivedAt);
  if (kind === "call")
    return {
      lead: whose(message, isInbound(message, context)),
      events: callEvents(message, isInbound(message, context), at, body, context),
      receipts: isInbound(message, context) ? [] : callReceipts(message, kind, at),
    };
  // An official example of an outbound text says `direction: inbound`: the type is right about texts.
  const inbound = context.type === "InboundMessage";
  const lead = whose(message, inbound);
  if (kind === "voicemail" && !inbound) {
    return { lead, events: [asItCame(body, context, at)], receipts: callReceipts(message, kind, at) };
  }
  if (kind === "internalcomment" || kind === "voicemail") return { lead, events: [asItCame(body, context, at)] };
  if (inbound) return { lead, events: [received(message, kind, at)] };
  if (message.source === "api") return echo(message, kind, at);
  return { lead, events: [outbound(message, kind, at)], receipts: templateReceipts(message, kind, at) };
}

/**
 * Names the fact, so that it counts once whoever tells it first. A message is known by its id. Some webhooks leave that
 * out: such a one is known by contact, channel, instant and words, and a polled message by both.
 */
function named(event: NewEvent, message: MessagePayload, { polled }: Context): NewEvent {
  const { messageId, emailMessageId, contactId, dateAdded, status } = message;
  // what becomes of an outbound message is told again and again; all else about a message happens once
  const what = event.type === "crm.outbound" ? `${event.type}/${status ?? ""}` : event.type;
  const keys = messageId ? [`message/${messageId}/${what}`] : emailMessageId ? [`mail/${emailMessageId}/${what}`] : [];
  const at = instant(dateAdded);
  if ((keys.length === 0 || polled === true) && contactId && at !== undefined) {
    const kind = kindOf(message);
    // a mail's body is told in several forms
    const words = kind === "email" ? "" : sha256(textOf(message).trim()).slice(0, 16);
    keys.push(`said/${contactId}/${kind}/${at}/${words}/${what}`);
  }
  return keys.length === 0 ? event : { ...event, once: keys };
}

/** `sms`, `email`, `whatsapp`, `call`, `voicemail`, or the CRM's own word in lower case. */
export function kindOf({
  messageType,
  messageTypeString,
  messageTypeId,
  emailMessageId,
}: Partial<MessagePayload>): string {
  const word = messageType || messageTypeString;
  if (word) return word.toLowerCase().replace(/^type_/, "");
  const known: Readonly<Record<number, string>> = { 1: "call", 2: "sms", 3: "email", 10: "voicemail" };
  return known[messageTypeId ?? -1] ?? (emailMessageId ? "email" : "sms");
}

/** An official example of an inbound call is an `OutboundMessage`: the direction is right about calls. */
const isInbound = (message: MessagePayload, { type }: Context): boolean =>
  message.direction ? message.direction === "inbound" : type === "InboundMessage";

const REACHED = new Set(["completed", "answered"]);
const UNREACHED = new Set(["voicemail", "no-answer", "no_answer", "busy", "failed", "canceled", "cancelled", "missed"]);

function callEvents(
  message: MessagePayload,
  inbound: boolean,
  at: Instant,
  body: JsonObject,
  context: Context,
): NewEvent[] {
  const status = (message.callStatus || message.status || "").toLowerCase();
  const reached = REACHED.has(status) && message.status?.toLowerCase() !== "voicemail";
  if (!reached && !UNREACHED.has(status)) return [asItCame(body, context, at)];

  const seconds = Number(message.callDuration ?? 0) || 0;
  const call = {
    direction: inbound ? "inbound" : "outbound",
    answered: reached,
    seconds,
    status,
    ...said({ user: message.userId, message: message.messageId ? { id: message.messageId } : undefined }),
  };
  const events: NewEvent[] = [];
  if (reached) events.push({ type: "call.answered", at, data: call });
  else if (inbound) events.push({ type: "call.missed", at, data: call });
  events.push({ type: "call.ended", at, data: call });
  if (reached && seconds > TALKED_S)
    events.push({
      type: "agent.contacted",
      at,
      data: { channel: "voice", ...said({ user: message.userId }), seconds },
    });
  return events;
}

/** What came of a call in words that a lead's timeline can show; the platform gives none for how it rang. */
const UNANSWERED: Readonly<Record<string, string>> = {
  "no-answer": "nobody answered",
  no_answer: "nobody answered",
  missed: "nobody answered",
  busy: "the line was busy",
  failed: "the call failed",
  undelivered: "the call failed",
  canceled: "the call was canceled",
  cancelled: "the call was canceled",
};

/** Of a call or voicemail that a workflow of the CRM made; one that a person made is not ours. */
function callReceipts(message: MessagePayload, kind: string, at: Instant): ProviderReceipt[] {
  const automated = message.source ? message.source === "workflow" : !message.userId;
  if (!automated || !message.contactId) return [];
  const status = (message.callStatus || message.status || "").toLowerCase();
  const left = kind === "voicemail" || status === "voicemail" || message.status?.toLowerCase() === "voicemail";
  const unanswered = UNANSWERED[status];
  if (!left && unanswered === undefined && !REACHED.has(status)) return [];
  const id = message.messageId ?? `call/${message.contactId}/${at}`;
  const fate = unanswered === undefined ? "delivered" : "failed";
  const detail = unanswered ?? (left ? "voicemail" : "answered");
  const about = { providerId: id, provider: { messageId: id }, channel: "voice", contact: message.contactId } as const;
  return [{ ...about, kind: fate, at, detail }];
}

function received(message: MessagePayload, channel: string, at: Instant): NewEvent {
  return {
    type: "message.received",
    at,
    data: {
      channel,
      text: textOf(message),
      ...said({
        from: theirsOf(message.from),
        line: lineOf(message.to),
        subject: message.subject,
        conversation: message.conversationId,
        message:
          message.messageId || message.emailMessageId ? { id: message.messageId ?? message.emailMessageId } : undefined,
      }),
    },
  };
}

export const FAILED: ReadonlySet<string> = new Set(["failed", "undelivered", "opt_out"]);
export const ARRIVED: ReadonlySet<string> = new Set(["delivered", "read", "opened", "clicked"]);

/** By a person in the CRM: the agent has the lead. By the CRM's own automations: kept, and nobody's act. */
function outbound(message: MessagePayload, channel: string, at: Instant): NewEvent {
  const byPerson = message.source ? message.source === "app" : Boolean(message.userId);
  const data = {
    channel,
    ...said({
      source: message.source,
      line: lineOf(message.from),
      user: message.userId,
      status: message.status,
      message:
        message.messageId || message.emailMessageId ? { id: message.messageId ?? message.emailMessageId } : undefined,
    }),
  };
  if (byPerson && !FAILED.has(message.status ?? "")) return { type: "agent.contacted", at, data };
  return { type: "crm.outbound", at, data, quiet: true };
}

/** Of a WhatsApp template that a workflow of the CRM sent: that it exists, and what became of it. */
function templateReceipts(
  { source, status: word, contactId, messageId }: MessagePayload,
  kind: string,
  at: Instant,
): ProviderReceipt[] {
  const status = word ?? "";
  if (kind !== "whatsapp" || source !== "workflow" || !contactId || !messageId) return [];
  const provider = { messageId };
  const about = {
    providerId: messageId,
    provider,
    channel: "whatsapp",
    contact: contactId,
    byWorkflow: true,
    at,
  } as const;
  if (FAILED.has(status)) return [{ ...about, kind: "failed", detail: status }];
  return [{ ...about, kind: ARRIVED.has(status) ? "delivered" : "echo" }];
}

const CHANNELS = ["sms", "email", "whatsapp"] as const;

/** Our own message coming back, or another program's: it says what became of it and moves nobody. */
function echo(message: MessagePayload, kind: string, at: Instant): Reading {
  const provider = said({
    messageId: message.messageId,
    emailMessageId: message.emailMessageId,
    conversationId: message.conversationId,
  });
  const channel = CHANNELS.find((name) => name === kind);
  const ids = [...new Set([provider.messageId, provider.emailMessageId])].filter((id) => id !== undefined);
  const status = message.status ?? "";
  const base = { at, provider, ...said({ contact: message.contactId, channel }) };
  const receipts = ids
    .slice(0, 1)
    .flatMap((providerId): ProviderReceipt[] => [
      { ...base, providerId, kind: "echo", text: textOf(message) },
      ...(ARRIVED.has(status) ? [{ ...base, providerId, kind: "delivered" as const }] : []),
      ...(FAILED.has(status) ? [{ ...base, providerId, kind: "failed" as const, detail: status }] : []),
    ]);
  const data = {
    channel: kind,
    source: "api",
    ...said({ status: message.status, message: ids[0] ? { id: ids[0] } : undefined }),
  };
  return {
    lead: whose(message, false),
    events: [{ type: "crm.outbound", at, data, quiet: true }],
    receipts,
  };
}

/** Long enough for any rule about words; the whole is kept raw. Characters. */
const TEXT_LIMIT = 10_000;

function textOf(message: MessagePayload): string {
  const text = message.plainText || message.body || "";
  return clipped(kindOf(message) === "email" && !message.plainText ? plainText(text) : text, TEXT_LIMIT);
}

function asItCame(body: JsonObject, { type }: Context, at: Instant): NewEvent {
  return { type: `crm.${type}`, at, data: body, quiet: true };
}

/** The number or address at the lead's end. */
const theirsOf = (side: MessagePayload["from"]): string | undefined =>
  bare(typeof side === "string" ? side : side?.[0]);

/** Without a contact, the other side's address, and the message's id. */
function whose(message: MessagePayload, inbound: boolean): LeadReference {
  if (message.contactId) return { contact: message.contactId };
  const address = theirsOf(inbound ? message.from : message.to);
  return said({
    email: address?.includes("@") ? address : undefined,
    phone: address?.startsWith("+") ? address : undefined,
    provider: message.messageId ?? message.emailMessageId,
  });
}

/** Our own number or address, where exactly one is named: a mail to several says nothing about which is ours. */
const lineOf = (side: MessagePayload["from"]): string | undefined =>
  typeof side === "string" ? bare(side) : side?.length === 1 ? bare(side[0]) : undefined;

/** `Ada <ada@example.com>` → `ada@example.com`. */
const bare = (address: string | undefined): string | undefined => address?.match(/<([^<>]+)>/)?.[1] ?? address?.trim();
