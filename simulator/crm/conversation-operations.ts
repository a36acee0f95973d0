// Conversations: sending, and the look-ups that follow when an answer went missing.

import { OWN_NUMBER, USERS } from "./catalog.ts";
import type { Crm, SendRequest } from "./crm.ts";
import { type Answered, type BodyShape, type Call, failure, type Operation, ok } from "./operation.ts";
import { type ChannelType, type Conversation, type Message, TYPE_NUMBER, TYPE_STRING } from "./records.ts";

const VERSIONS = ["v3", "2021-04-15"];

const SEND: BodyShape = {
  required: ["type", "contactId"],
  properties: {
    type: "string",
    subType: "any",
    status: "string",
    contactId: "string",
    appointmentId: "string",
    attachments: "array",
    emailFrom: "string",
    emailCc: "array",
    emailBcc: "array",
    html: "string",
    message: "string",
    subject: "string",
    replyMessageId: "string",
    templateId: "string",
    threadId: "string",
    scheduledTimestamp: "number",
    conversationProviderId: "string",
    emailTo: "string",
    customSubtypeId: "string",
    emailReplyMode: "string",
    fromNumber: "string",
    toNumber: "string",
    forward: "object",
    usesNativeSchedulingAi: "boolean",
    optimizationPeriod: "string",
  },
};

const SENDABLE: ReadonlySet<string> = new Set<ChannelType>(["SMS", "Email", "WhatsApp"]);

/** Numbers of the location: a text leaves from one of these, or from none named. */
const NUMBERS: ReadonlySet<string> = new Set([OWN_NUMBER, ...USERS.map(({ number }) => number)]);

function send({ crm, body, answer }: Call): Answered {
  if (!SENDABLE.has(String(body["type"])))
    return failure(400, `No conversation provider for type ${String(body["type"])}`);
  if (typeof body["emailFrom"] === "string" && !/^[^\s<>@]+@[^\s<>@]+$/.test(body["emailFrom"]))
    return failure(400, "emailFrom must be an email");
  const { fromNumber } = body;
  if (typeof fromNumber === "string" && !NUMBERS.has(fromNumber))
    return failure(400, "fromNumber does not belong to the location");
  const sent = crm.send(body as unknown as SendRequest, answer);
  if (!sent.ok) return failure(sent.status, sent.message);
  const { id, conversationId, emailMessageId } = sent.value;
  return ok({
    conversationId,
    messageId: id,
    ...(emailMessageId === undefined ? {} : { emailMessageId }),
    msg: emailMessageId === undefined ? "Message queued successfully." : "Email queued successfully.",
    status: "pending",
  });
}

function shownMessage(crm: Crm, message: Message) {
  return {
    id: message.id,
    type: TYPE_NUMBER[message.channel],
    messageType: TYPE_STRING[message.channel],
    locationId: crm.location.id,
    contactId: message.contactId,
    conversationId: message.conversationId,
    dateAdded: crm.realStamp(message.at),
    body: message.body,
    direction: message.direction,
    status: message.channel === "CALL" ? "connected" : message.status,
    contentType: message.channel === "Email" ? "text/html" : "text/plain",
    attachments: message.attachments,
    source: message.source,
    ...(message.emailMessageId === undefined
      ? {}
      : { meta: { email: { messageIds: [message.emailMessageId], subject: message.subject } } }),
    ...(message.channel === "CALL"
      ? { meta: { callStatus: message.status, callDuration: message.status === "completed" ? "210" : "0" } }
      : {}),
  };
}

const visible = (thread: Conversation, before: number) => thread.messages.filter(({ at }) => at <= before);

function shownConversation(crm: Crm, thread: Conversation, messages: readonly Message[]) {
  const contact = crm.contacts.get(thread.contactId);
  const last = messages.at(-1);
  return {
    id: thread.id,
    contactId: thread.contactId,
    locationId: crm.location.id,
    lastMessageBody: last?.body ?? "",
    lastMessageType: TYPE_STRING[last?.channel ?? "SMS"],
    lastMessageDirection: last?.direction ?? "outbound",
    lastMessageDate: last?.at ?? 0,
    type: "TYPE_PHONE",
    unreadCount: thread.unread,
    fullName: contact?.name ?? "",
    contactName: contact?.name ?? "",
    email: contact?.email ?? "",
    phone: contact?.phone ?? "",
  };
}

function search({ crm, query, visibleBefore }: Call): Answered {
  if (query.get("locationId") !== crm.location.id)
    return failure(401, "The token does not have access to this location.");
  const contact = query.get("contactId");
  const id = query.get("id");
  const only = contact === null ? undefined : crm.conversationOf(contact);
  const among = contact === null ? crm.conversations.values() : only === undefined ? [] : [only];
  const found = [];
  for (const thread of among) {
    const messages = visible(thread, visibleBefore);
    if (messages.length > 0 && (id === null || id === thread.id)) found.push(shownConversation(crm, thread, messages));
  }
  found.sort((a, b) => b.lastMessageDate - a.lastMessageDate);
  return ok({ conversations: found.slice(0, Math.min(Number(query.get("limit") ?? 20), 100)), total: found.length });
}

function one({ crm, path }: Call): Answered {
  const thread = crm.conversations.get(path[0] ?? "");
  if (thread === undefined) return failure(400, "Conversation not found");
  return ok({
    id: thread.id,
    contactId: thread.contactId,
    locationId: crm.location.id,
    deleted: false,
    inbox: thread.unread > 0,
    type: 1,
    unreadCount: thread.unread,
    starred: false,
  });
}

/** Newest first; `lastMessageId` of one page opens the next. */
function list({ crm, path, query, visibleBefore }: Call): Answered {
  const thread = crm.conversations.get(path[0] ?? "");
  if (thread === undefined) return failure(400, "Conversation not found");
  const types = query.get("type")?.split(",");
  const newest = visible(thread, visibleBefore)
    .filter((message) => types === undefined || types.includes(TYPE_STRING[message.channel]))
    .reverse();
  const after = query.get("lastMessageId");
  const from = after === null ? 0 : newest.findIndex(({ id }) => id === after) + 1;
  const limit = Math.min(Number(query.get("limit") ?? 20), 100);
  const page = newest.slice(from, from + limit);
  return ok({
    lastMessageId: page.at(-1)?.id ?? "",
    nextPage: newest.length > from + limit,
    messages: page.map((message) => shownMessage(crm, message)),
  });
}

function message({ crm, path, visibleBefore }: Call): Answered {
  const found = crm.messages.get(path[0] ?? "");
  return found === undefined || found.at > visibleBefore
    ? failure(400, "Message not found")
    : ok(shownMessage(crm, found));
}

/** A location's messages by instant, with a cursor that says where a page ended. Mails only where they are asked for. */
function exported({ crm, query, visibleBefore }: Call): Answered {
  if (query.get("locationId") !== crm.location.id)
    return failure(401, "The token does not have access to this location.");
  const limit = Number(query.get("limit") ?? 100);
  if (!(limit >= 10 && limit <= 500)) return failure(422, ["limit must not be less than 10 or greater than 500"]);
  const instant = (name: string, otherwise: number) => {
    const given = query.get(name);
    return given === null ? otherwise : Date.parse(given);
  };
  const [from, to] = [instant("startDate", 0), instant("endDate", Number.POSITIVE_INFINITY)];
  const channel = query.get("channel");
  const contact = query.get("contactId");
  const cursor = query.get("cursor");
  const after =
    cursor === null ? undefined : (JSON.parse(Buffer.from(cursor, "base64url").toString()) as [number, string]);
  const way = query.get("sortOrder") === "asc" ? 1 : -1;
  const order = (a: [number, string], b: [number, string]) => way * (a[0] - b[0]) || (a[1] < b[1] ? -1 : 1);
  const found = [...crm.messages.values()]
    .filter(({ at }) => at >= from && at <= to && at <= visibleBefore)
    .filter((one) => (channel === null ? one.channel !== "Email" : one.channel.toLowerCase() === channel.toLowerCase()))
    .filter(({ contactId }) => contact === null || contactId === contact)
    .map((one) => ({ one, place: [one.at, one.id] as [number, string] }))
    .sort((a, b) => order(a.place, b.place));
  const rest =
    after === undefined ? found : found.filter(({ place }) => order(place, after) > 0 && place[1] !== after[1]);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const next =
    rest.length > limit && last !== undefined
      ? Buffer.from(JSON.stringify(last.place)).toString("base64url")
      : undefined;
  return ok({
    messages: page.map(({ one }) => shownMessage(crm, one)),
    ...(next === undefined ? {} : { nextCursor: next }),
    total: found.length,
  });
}

export const conversationOperations: readonly Operation[] = [
  {
    method: "POST",
    path: "/conversations/messages",
    scope: "conversations/message.write",
    versions: VERSIONS,
    body: SEND,
    isSend: true,
    act: send,
  },
  {
    method: "GET",
    path: "/conversations/search",
    scope: "conversations.readonly",
    versions: VERSIONS,
    query: { required: ["locationId"] },
    act: search,
  },
  {
    method: "GET",
    path: "/conversations/messages/export",
    scope: "conversations/message.readonly",
    versions: VERSIONS,
    query: { required: ["locationId"] },
    act: exported,
  },
  {
    method: "GET",
    path: "/conversations/messages/:message",
    scope: "conversations/message.readonly",
    versions: VERSIONS,
    act: message,
  },
  {
    method: "GET",
    path: "/conversations/:conversation",
    scope: "conversations.readonly",
    versions: VERSIONS,
    act: one,
  },
  {
    method: "GET",
    path: "/conversations/:conversation/messages",
    scope: "conversations/message.readonly",
    versions: VERSIONS,
    act: list,
  },
];
