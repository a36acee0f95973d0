// Texts and e-mails through HighLevel's conversations; tasks, notes and tags in its contacts.

import type { Refusal } from "../events/index.ts";
import { iso } from "../kernel/time.ts";
import type { Channel, OutgoingMessage, Records, SendResult } from "../outreach/index.ts";
import type { Failure, HighLevel, Reply, SendBody } from "./client.ts";

export interface Channels {
  readonly sms: Channel;
  readonly email: Channel;
}

export function openChannels(api: HighLevel): Channels {
  const channel = (name: "sms" | "email", bodyOf: (message: OutgoingMessage) => SendBody): Channel => ({
    name,
    async send(message, signal) {
      const reply = await api.sendMessage(message.location, bodyOf(message), signal);
      return settled(reply, ({ messageId, conversationId, emailMessageId }) => ({
        messageId,
        ...(conversationId ? { conversationId } : {}),
        ...(emailMessageId ? { emailMessageId } : {}),
      }));
    },
  });
  return { sms: channel("sms", smsBody), email: channel("email", emailBody) };
}

const smsBody = ({ contact, to, rendered }: OutgoingMessage): SendBody => ({
  type: "SMS",
  contactId: contact,
  message: rendered.text ?? "",
  ...(to === undefined ? {} : { toNumber: to }),
});

const emailBody = ({ contact, to, rendered }: OutgoingMessage): SendBody => ({
  type: "Email",
  contactId: contact,
  ...(rendered.subject === undefined ? {} : { subject: rendered.subject }),
  ...(rendered.html === undefined ? {} : { html: rendered.html }),
  ...(rendered.text === undefined ? {} : { message: rendered.text }),
  ...(to === undefined ? {} : { emailTo: to }),
});

export function openRecords(api: HighLevel): Records {
  return {
    async createTask({ location, contact, title, body, dueAt, assignedTo }, signal) {
      const task = {
        title,
        dueDate: iso(dueAt),
        completed: false,
        ...(body === undefined ? {} : { body }),
        ...(assignedTo === undefined ? {} : { assignedTo }),
      };
      return settled(await api.createTask(location, contact, task, signal), (messageId) => ({ messageId }));
    },
    async createNote({ location, contact, text }, signal) {
      return settled(await api.createNote(location, contact, text, signal), (messageId) => ({ messageId }));
    },
    async changeTags({ location, contact, add, remove }, signal) {
      if (add.length > 0) {
        const added = await api.addTags(location, contact, add, signal);
        if (added.outcome !== "done") return failure(added);
      }
      if (remove.length > 0) {
        const removed = await api.removeTags(location, contact, remove, signal);
        if (removed.outcome !== "done") return failure(removed);
      }
      return DONE;
    },
    async updateContact({ location, contact, fields, custom }, signal) {
      return settled(await api.updateContact(location, contact, { fields, custom }, signal), () => ({}));
    },
    async createOpportunity({ location, contact, fields }, signal) {
      const body = { ...fields, locationId: location, contactId: contact };
      return settled(await api.createOpportunity(location, body, signal), (messageId) => ({ messageId }));
    },
    async updateOpportunity({ location, id, fields }, signal) {
      return settled(await api.updateOpportunity(location, id, fields, signal), () => ({}));
    },
    async changeWorkflow({ location, contact, workflow, action }, signal) {
      return settled(await api.changeWorkflow(location, { contact, workflow, action }, signal), () => ({}));
    },
  };
}

const DONE: SendResult = { result: "accepted", provider: {} };

type Accepted = Extract<SendResult, { result: "accepted" }>;

function settled<T>(reply: Reply<T>, idsOf: (value: T) => Accepted["provider"]): SendResult {
  return reply.outcome === "done" ? { result: "accepted", provider: idsOf(reply.value) } : failure(reply);
}

function failure(reply: Failure): SendResult {
  switch (reply.outcome) {
    case "not_taken":
      return { result: "deferred", retryAt: reply.retryAt, detail: reply.detail, cause: reply.cause };
    case "unknown":
      return { result: "unconfirmed", detail: reply.detail };
    case "refused":
      return { result: "rejected", reason: reasonOf(reply), status: reply.status, detail: reply.message };
  }
}

/** HighLevel enumerates none of these texts: words first, then the status. */
function reasonOf({ status, message }: Extract<Failure, { outcome: "refused" }>): Refusal {
  if (/\bdnd\b|do not disturb/i.test(message)) return "dnd";
  if (/unsubscrib|opt(ed)?[ -_]?out/i.test(message)) return "opted_out";
  if (/phone|number|e-?mail|address|landline|recipient/i.test(message)) {
    return /\b(no|missing|without|does not have|not belong)\b/i.test(message) ? "no_address" : "bad_address";
  }
  if (status === 403) return "forbidden";
  if (status === 413 || /body|content|message|attachment|template|subject/i.test(message)) return "content";
  return "unknown";
}
