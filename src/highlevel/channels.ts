// Texts and e-mails through HighLevel's conversations, calls through its workflows; what else is written to its contacts.

import { type Clock, HOUR, iso, MINUTE } from "../kernel/time.ts";
import type { Channel, OutgoingMessage, PutOff, Records, SendResult } from "../outreach/index.ts";
import type { Value } from "../workflows/index.ts";
import type { Operations } from "./client.ts";
import type { SendBody } from "./operations/conversations.ts";
import { reasonOf } from "./refusal.ts";
import type { Failure, Reply } from "./request.ts";

export interface Channels {
  readonly sms: Channel;
  readonly email: Channel;
  readonly whatsapp: Channel;
  readonly voice: Channel;
}

export function openChannels(api: Operations, clock: Clock): Channels {
  const { made } = answers(clock);
  // The API places no calls and sends no WhatsApp templates, a workflow of the CRM does. That it was given the contact is all
  // we are told; what became of it comes as an event about a call, or about a message of the workflow's.
  const byWorkflow: Channel["send"] = async ({ location, contact, rendered }, signal) => {
    const change = { contact, workflow: rendered.workflow ?? "", action: "add" } as const;
    return made(await api.changeWorkflow(location, change, signal), () => ({}));
  };
  const channel = (name: "sms" | "email" | "whatsapp", bodyOf: (message: OutgoingMessage) => SendBody): Channel => ({
    name,
    async send(message, signal) {
      if (message.rendered.workflow !== undefined) return byWorkflow(message, signal);
      const reply = await api.sendMessage(message.location, bodyOf(message), signal);
      return made(reply, ({ messageId, conversationId, emailMessageId }) => ({
        messageId,
        ...(conversationId ? { conversationId } : {}),
        ...(emailMessageId ? { emailMessageId } : {}),
      }));
    },
  });
  return {
    sms: channel("sms", smsBody),
    email: channel("email", emailBody),
    whatsapp: channel("whatsapp", whatsappBody),
    voice: { name: "voice", send: byWorkflow },
  };
}

const whatsappBody = ({ contact, to, rendered }: OutgoingMessage): SendBody => ({
  type: "WhatsApp",
  contactId: contact,
  message: rendered.text ?? "",
  ...(to === undefined ? {} : { toNumber: to }),
  ...(rendered.from === undefined ? {} : { fromNumber: rendered.from }),
});

const smsBody = ({ contact, to, rendered }: OutgoingMessage): SendBody => ({
  type: "SMS",
  contactId: contact,
  message: rendered.text ?? "",
  ...(to === undefined ? {} : { toNumber: to }),
  ...(rendered.from === undefined ? {} : { fromNumber: rendered.from }),
  ...(rendered.attachments === undefined ? {} : { attachments: rendered.attachments }),
});

/** HighLevel's send has no field for headers (its schema knows `threadId` and the like alone), so `rendered.headers` stays behind:
 * the way out stands in the mail itself. */
const emailBody = ({ contact, to, rendered }: OutgoingMessage): SendBody => ({
  type: "Email",
  contactId: contact,
  ...(rendered.subject === undefined ? {} : { subject: rendered.subject }),
  ...(rendered.html === undefined ? {} : { html: rendered.html }),
  ...(rendered.text === undefined ? {} : { message: rendered.text }),
  ...(to === undefined ? {} : { emailTo: to }),
  ...(rendered.from === undefined ? {} : { emailFrom: rendered.from }),
  ...(rendered.attachments === undefined ? {} : { attachments: rendered.attachments }),
});

export function openRecords(api: Operations, clock: Clock): Records {
  const { settled, made, failure } = answers(clock);
  return {
    async createTask({ location, contact, title, body, dueAt, assignedTo }, signal) {
      const task = {
        title,
        dueDate: iso(dueAt),
        completed: false,
        ...(body === undefined ? {} : { body }),
        ...(assignedTo === undefined ? {} : { assignedTo }),
      };
      return made(await api.createTask(location, contact, task, signal), (messageId) => ({ messageId }));
    },
    async createNote({ location, contact, text }, signal) {
      return made(await api.createNote(location, contact, text, signal), (messageId) => ({ messageId }));
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
    async updateContact({ location, contact, fields, custom, dnd }, signal) {
      const change = {
        fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, asText(value)])),
        custom: custom.map(({ id, value }) => ({ id, value: asText(value) })),
        ...(dnd === undefined ? {} : { dnd }),
      };
      return settled(await api.updateContact(location, contact, change, signal), () => ({}));
    },
    async createOpportunity({ location, contact, fields }, signal) {
      const body = { ...fields, locationId: location, contactId: contact };
      return made(await api.createOpportunity(location, body, signal), (messageId) => ({ messageId }));
    },
    async updateOpportunity({ location, id, fields }, signal) {
      return settled(await api.updateOpportunity(location, id, fields, signal), () => ({}));
    },
    async changeWorkflow({ location, contact, workflow, action }, signal) {
      const reply = await api.changeWorkflow(location, { contact, workflow, action }, signal);
      return action === "add" ? made(reply, () => ({})) : settled(reply, () => ({}));
    },
  };
}

/** The CRM takes texts and lists of them, and reads numbers out of texts. */
const asText = (value: Value): string | readonly string[] => (typeof value === "object" ? value : String(value));

const DONE: SendResult = { result: "accepted", provider: {} };

type Accepted = Extract<SendResult, { result: "accepted" }>;

/** After a scope was missing, and after the day's limit of texts: somebody has to act, or the day to pass. */
const FORBIDDEN_WAIT = 15 * MINUTE;
const LIMIT_WAIT = HOUR;

/** What each answer of the API means for what was to be done. */
function answers(clock: Clock) {
  const putOff = (cause: PutOff, wait: number, detail: string): SendResult => ({
    result: "deferred",
    cause,
    retryAt: clock.real() + wait,
    detail,
  });

  const failure = (reply: Failure): SendResult => {
    switch (reply.outcome) {
      case "not_taken":
        return { result: "deferred", retryAt: reply.retryAt, detail: reply.detail, cause: reply.cause };
      case "unknown":
        return { result: "unconfirmed", detail: reply.detail };
      case "refused": {
        const { status, message } = reply;
        if (status === 403) return putOff("forbidden", FORBIDDEN_WAIT, message);
        if (/\b(daily|ramp|sms|text|messag\w+) limit\b|limit (is |was )?(reached|exceeded)/i.test(message))
          return putOff("limit", LIMIT_WAIT, message);
        return { result: "rejected", reason: reasonOf(reply), status, detail: message };
      }
    }
  };

  const settled = <T>(reply: Reply<T>, idsOf: (value: T) => Accepted["provider"]): SendResult =>
    reply.outcome === "done" ? { result: "accepted", provider: idsOf(reply.value) } : failure(reply);

  return {
    failure,
    settled,
    /**
     * Of what must not be done twice. A 422 that does not say what was wrong may have done it all the same: that is
     * looked for before anything else. @source HighLevel API issue 64: so with a contact that was created
     */
    made<T>(reply: Reply<T>, idsOf: (value: T) => Accepted["provider"]): SendResult {
      const result = settled(reply, idsOf);
      const unclear = result.result === "rejected" && result.status === 422 && result.reason === "unknown";
      return unclear && !SAYS_WHAT.test(result.detail)
        ? { result: "unconfirmed", detail: `422 ${result.detail}`.trim() }
        : result;
    },
  };
}

/** The words of a check before anything is done. */
const SAYS_WHAT = /\b(should|must|invalid|required|missing|not (found|allowed|supported|valid))\b/i;
