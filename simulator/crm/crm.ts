// The CRM without its HTTP: contacts, conversations and what is said in them, and the webhooks each change causes.
// The API, the admin endpoints and the town all act through here.

import { bits } from "../chance.ts";
import type { SharedClock } from "../clock.ts";
import { CUSTOM_FIELDS, type Location, WORKFLOWS } from "./catalog.ts";
import { type ContactFields, merge } from "./contact.ts";
import { openDealings } from "./dealings.ts";
import type { KeptCrm } from "./kept.ts";
import type { Ledger } from "./ledger.ts";
import {
  type ChannelType,
  type Contact,
  type Conversation,
  type CustomField,
  DND_KEY,
  type Message,
  oldDndSettings,
  type Task,
  TYPE_NUMBER,
  TYPE_STRING,
} from "./records.ts";
import type { Webhooks } from "./webhooks.ts";

export interface SendRequest {
  readonly contactId: string;
  readonly type: ChannelType;
  readonly message?: string;
  readonly html?: string;
  readonly subject?: string;
  readonly emailTo?: string;
  readonly toNumber?: string;
  readonly attachments?: readonly string[];
}

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly status: number; readonly message: string };

type Echo = "all" | "first" | "none";

/** Domain delay from a workflow that calls to the end of its call. */
const CALLED_MS = 30_000;
/** Domain delays from accepted to sent, and to the carrier's word. */
const SENT_MS = 400;
const DELIVERED_MS = 2_000;
/** What the carrier takes for a wish to stop: HighLevel itself then blocks the channel. */
const STOP = /^\s*(stop|stopall|stop all|unsubscribe|cancel|end|quit|revoke|optout|opt out)[\s.!]*$/i;

export type Crm = ReturnType<typeof openCrm>;

export interface CrmOptions {
  readonly clock: SharedClock;
  readonly seed: number;
  /** Keeps the ids of two processes apart: whoever remembers those of the last one must not meet them again. */
  readonly run: string;
  readonly location: Location;
  readonly webhooks: Webhooks;
  readonly ledger: Ledger;
  readonly echo: Echo;
  /** How far its clock is ahead of the real one. */
  readonly skew?: () => number;
  /** What the carrier says instead of "delivered"; asked when it would say so. */
  readonly carrier?: (message: Message) => "failed" | "undelivered" | undefined;
  /** Whether a message to this contact arrives; decided when it was accepted. */
  readonly arrives?: (message: Message) => boolean;
  /** Tells whoever lives behind the contacts: the town. */
  readonly onAccepted?: (message: Message) => void;
  readonly onTask?: (task: Task) => void;
}

export function openCrm(options: CrmOptions) {
  const { clock, seed, run, location, webhooks, ledger } = options;
  const contacts = new Map<string, Contact>();
  const byAddress = new Map<string, string>();
  const conversations = new Map<string, Conversation>();
  const conversationOf = new Map<string, Conversation>();
  const messages = new Map<string, Message>();
  /** Real instants: how long ago a search could first find what they name as it is now. */
  const changes = new Map<string, number>();
  const enrolled = new Map<string, Set<string>>();
  const customFields: CustomField[] = [...CUSTOM_FIELDS];
  const timers = new Set<NodeJS.Timeout>();
  const numbers = new Map<string, number>();

  /** The next id of a kind below an owner. */
  const nextId = (kind: string, owner = "") => {
    const key = `${kind}/${owner}`;
    const n = (numbers.get(key) ?? 0) + 1;
    numbers.set(key, n);
    return idOf(seed, n, `${run}/${key}`);
  };
  const later = (domainMs: number, act: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, clock.realOf(domainMs));
    timers.add(timer);
  };
  const skew = () => options.skew?.() ?? 0;
  const stamp = () => new Date(clock.now() + skew()).toISOString();
  /** As the API stamps what look-ups compare: real time. */
  const realStamp = (at: number = clock.real()) => new Date(at + skew()).toISOString();

  const touched = (id: string) => void changes.set(id, clock.real());
  const {
    keep: keepDealings,
    restore: restoreDealings,
    ...dealings
  } = openDealings({ webhooks, nextId, stamp, realStamp, touched, onTask: options.onTask });

  const contactWebhook = (type: string, contact: Contact) =>
    webhooks.emit({ ...contact, dndSettings: oldDndSettings(contact.dndSettings), type });

  const index = (contact: Contact) => {
    touched(contact.id);
    if (contact.email !== undefined) byAddress.set(contact.email.toLowerCase(), contact.id);
    if (contact.phone !== undefined) byAddress.set(contact.phone, contact.id);
  };

  function createContact(
    fields: ContactFields,
    { id, webhook = true }: { id?: string; webhook?: boolean } = {},
  ): Contact {
    const now = stamp();
    const contact = merge(
      {
        id: id ?? nextId("contact"),
        locationId: location.id,
        name: "",
        firstName: "",
        lastName: "",
        dnd: false,
        dndSettings: {},
        type: "lead",
        country: "US",
        tags: [],
        customFields: [],
        dateAdded: fields.dateAdded ?? now,
        dateUpdated: now,
      },
      fields,
      now,
    );
    contacts.set(contact.id, contact);
    index(contact);
    if (webhook) contactWebhook("ContactCreate", contact);
    return contact;
  }

  function updateContact(contact: Contact, fields: ContactFields): Contact {
    const before = { dnd: contact.dnd, settings: JSON.stringify(contact.dndSettings), tags: contact.tags.join("\n") };
    merge(contact, fields, stamp());
    index(contact);
    contactWebhook("ContactUpdate", contact);
    if (contact.tags.join("\n") !== before.tags) contactWebhook("ContactTagUpdate", contact);
    if (contact.dnd !== before.dnd || JSON.stringify(contact.dndSettings) !== before.settings)
      contactWebhook("ContactDndUpdate", contact);
    return contact;
  }

  /** E-mail first, then phone, as a location's duplicate setting usually has it. */
  function find({ email, phone }: { email?: string | null; phone?: string | null }): Contact | undefined {
    for (const address of [email?.toLowerCase(), phone]) {
      const id = address === undefined || address === null ? undefined : byAddress.get(address);
      if (id !== undefined) return contacts.get(id);
    }
    return undefined;
  }

  function setTags(contact: Contact, tags: string[]): string[] {
    const changed = tags.length !== contact.tags.length || tags.some((tag, i) => tag !== contact.tags[i]);
    contact.tags = tags;
    contact.dateUpdated = stamp();
    touched(contact.id);
    if (changed) contactWebhook("ContactTagUpdate", contact);
    return tags;
  }

  /** Gone for searches and look-ups; what was said stays in its conversation. */
  function deleteContact(id: string, { webhook = true }: { webhook?: boolean } = {}) {
    const contact = contacts.get(id);
    if (contact === undefined) return;
    contacts.delete(id);
    for (const address of [contact.email?.toLowerCase(), contact.phone])
      if (address !== undefined && byAddress.get(address) === id) byAddress.delete(address);
    if (webhook) contactWebhook("ContactDelete", contact);
  }

  function conversation(contactId: string): Conversation {
    const known = conversationOf.get(contactId);
    if (known !== undefined) return known;
    const fresh: Conversation = { id: nextId("conversation", contactId), contactId, unread: 0, messages: [] };
    conversations.set(fresh.id, fresh);
    conversationOf.set(contactId, fresh);
    return fresh;
  }

  function messageWebhook(message: Message) {
    const contact = contacts.get(message.contactId);
    const inbound = message.direction === "inbound";
    const ours = message.channel === "Email" ? "office@example.com" : "+15125550100";
    const theirs = message.channel === "Email" ? contact?.email : contact?.phone;
    webhooks.emit({
      type: inbound ? "InboundMessage" : "OutboundMessage",
      contactId: message.contactId,
      conversationId: message.conversationId,
      messageId: message.id,
      ...(message.emailMessageId === undefined
        ? {}
        : { emailMessageId: message.emailMessageId, threadId: message.conversationId }),
      ...(message.subject === undefined ? {} : { subject: message.subject }),
      body: message.body,
      contentType: message.channel === "Email" ? "text/html" : "text/plain",
      direction: message.direction,
      messageType: message.channel,
      messageTypeId: TYPE_NUMBER[message.channel],
      messageTypeString: TYPE_STRING[message.channel],
      ...(inbound ? {} : { source: message.source }),
      status: message.status,
      attachments: message.attachments,
      from: inbound ? theirs : ours,
      to: inbound ? ours : theirs,
      dateAdded: stamp(),
      ...(message.channel === "CALL"
        ? { callStatus: message.status, callDuration: message.status === "completed" ? 210 : 0 }
        : {}),
    });
  }

  function store(message: Message): Message {
    messages.set(message.id, message);
    conversations.get(message.conversationId)?.messages.push(message);
    return message;
  }

  /** Takes a message for delivery, or says why it never will. */
  function send(request: SendRequest, answer: "answered" | "failed" | "dropped"): Answer<Message> {
    const contact = contacts.get(request.contactId);
    const refused = refusal(contact, request);
    if (contact === undefined || refused !== undefined) {
      const { status, message } = refused ?? { status: 400, message: "Contact not found" };
      ledger.refuse({ at: clock.real(), contactId: request.contactId, type: request.type, reason: message });
      return { ok: false, status, message };
    }
    const id = nextId("message", contact.id);
    const body = request.type === "Email" ? (request.html ?? request.message ?? "") : (request.message ?? "");
    const message = store({
      id,
      conversationId: conversation(contact.id).id,
      contactId: contact.id,
      channel: request.type,
      direction: "outbound",
      source: "api",
      body,
      ...(request.subject === undefined ? {} : { subject: request.subject }),
      ...(request.type === "Email" ? { emailMessageId: idOf(seed, 1, `email/${id}`) } : {}),
      attachments: request.attachments ?? [],
      at: clock.real(),
      status: "pending",
    });
    ledger.accept({
      at: message.at,
      messageId: id,
      contactId: contact.id,
      type: request.type,
      ...(request.subject === undefined ? {} : { subject: request.subject }),
      body,
      ...(message.attachments.length === 0 ? {} : { attachments: message.attachments }),
      answer,
    });
    options.onAccepted?.(message);
    progress(message);
    return { ok: true, value: message };
  }

  function refusal(contact: Contact | undefined, request: SendRequest) {
    if (contact === undefined) return { status: 400, message: "Contact not found" };
    const dnd = contact.dndSettings[DND_KEY[request.type]]?.status;
    if (contact.dnd || dnd === "active" || dnd === "permanent")
      return { status: 400, message: `Cannot send message as DND is active for ${request.type}.` };
    if (request.type === "Email") {
      if (contact.email === undefined) return { status: 400, message: "Contact does not have an email address" };
      if (request.emailTo !== undefined && request.emailTo.toLowerCase() !== contact.email.toLowerCase())
        return { status: 400, message: "emailTo does not belong to the contact" };
    } else {
      if (contact.phone === undefined) return { status: 400, message: "Missing phone number" };
      if (!/^\+[1-9]\d{7,14}$/.test(contact.phone)) return { status: 400, message: "Invalid phone number" };
      if ((request.message ?? "") === "" && (request.attachments ?? []).length === 0)
        return { status: 400, message: "There is no message or attachments for this message. Skip sending." };
    }
    // its files are stored and shown and never leave: without words there is nothing to send
    if (request.type === "WhatsApp" && (request.message ?? "") === "")
      return { status: 400, message: "The parameter text.body is required." };
    if (request.type === "WhatsApp" && !hasOpenWindow(contact.id))
      return {
        status: 400,
        message:
          "131047: Message failed to send because more than 24 hours have passed since the customer last replied",
      };
    return undefined;
  }

  const hasOpenWindow = (contactId: string) =>
    conversationOf
      .get(contactId)
      ?.messages.some(
        (m) => m.channel === "WhatsApp" && m.direction === "inbound" && clock.real() - m.at < clock.realOf(86_400_000),
      ) ?? false;

  /** pending, sent, then delivered or failed; the echo with the first, and with the last where a status changes. */
  function progress(message: Message) {
    if (options.echo === "none") {
      message.status = "delivered";
      return;
    }
    later(SENT_MS, () => {
      message.status = "sent";
      messageWebhook(message);
    });
    later(DELIVERED_MS, () => {
      const wrong = options.carrier?.(message);
      const arrived = wrong === undefined && (options.arrives?.(message) ?? true);
      if (message.status === "sent") message.status = arrived ? "delivered" : (wrong ?? "failed");
      if (options.echo !== "all") return;
      if (message.channel === "Email") emailEvent(message, arrived ? "delivered" : "failed");
      else messageWebhook(message);
    });
  }

  /** A Mailgun event of one of our mails, joined by lc-operations as seen in the field. */
  function emailEvent(message: Message, event: string, { url, proxy = false }: { url?: string; proxy?: boolean } = {}) {
    const recipient = contacts.get(message.contactId)?.email ?? "";
    if (event === "opened" || event === "clicked") message.status = event;
    webhooks.emit({
      type: "LCEmailStats",
      companyId: "simcompany00000000001",
      webhookPayload: {
        event,
        id: nextId("emailEvent", message.id),
        timestamp: Math.floor((clock.now() + skew()) / 1000),
        recipient,
        "recipient-domain": recipient.split("@")[1] ?? "",
        message: {
          headers: {
            "message-id": `${message.id}@mail.example.com`,
            from: "office@example.com",
            to: recipient,
            subject: message.subject ?? "",
          },
        },
        tags: [`loc_${location.id}`, "com_simcompany00000000001", "et_other"],
        "lc-operations": { email_message_id: message.emailMessageId },
        ...(event === "failed"
          ? { severity: "permanent", "delivery-status": { code: 550, message: "mailbox unavailable" } }
          : {}),
        ...(event === "delivered" ? { "delivery-status": { code: 250, message: "OK", "attempt-no": 1 } } : {}),
        ...(url === undefined ? {} : { url }),
        ...(event === "opened" || event === "clicked"
          ? {
              "client-info": {
                "user-agent": proxy ? "Mozilla/5.0" : "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)",
              },
            }
          : {}),
      },
    });
  }

  /** The lead writes. A stop word also sets DND, as HighLevel does. */
  function inbound(contactId: string, channel: ChannelType, body: string, subject?: string): Message | undefined {
    const contact = contacts.get(contactId);
    if (contact === undefined) return undefined;
    const id = nextId("inbound", contactId);
    const thread = conversation(contactId);
    thread.unread += 1;
    const message = store({
      id,
      conversationId: thread.id,
      contactId,
      channel,
      direction: "inbound",
      source: "app",
      body,
      ...(subject === undefined ? {} : { subject }),
      ...(channel === "Email" ? { emailMessageId: idOf(seed, 1, `email/${id}`) } : {}),
      attachments: [],
      at: clock.real(),
      status: "delivered",
    });
    messageWebhook(message);
    if (channel === "SMS" && STOP.test(body)) {
      contact.dndSettings = { ...contact.dndSettings, sms: { status: "permanent", message: "STOP", code: "101" } };
      contactWebhook("ContactDndUpdate", contact);
    }
    return message;
  }

  /** A person of the team calls; `outcome` is HighLevel's callStatus. */
  function call(
    contactId: string,
    outcome: "completed" | "voicemail" | "no-answer",
    direction: "inbound" | "outbound" = "outbound",
    source: Message["source"] = "app",
  ) {
    if (!contacts.has(contactId)) return;
    const message = store({
      id: nextId("call", contactId),
      conversationId: conversation(contactId).id,
      contactId,
      channel: "CALL",
      direction,
      source,
      body: "",
      attachments: [],
      at: clock.real(),
      status: outcome,
    });
    messageWebhook(message);
  }

  /** What a workflow of the CRM does with a contact is its own affair; those that call, call, and a template is sent. */
  function changeWorkflow(contactId: string, workflowId: string, action: "add" | "remove"): boolean {
    const workflow = WORKFLOWS.find(({ id }) => id === workflowId);
    if (workflow === undefined) return false;
    const inside = enrolled.get(contactId) ?? new Set();
    enrolled.set(contactId, inside);
    if (action === "remove") inside.delete(workflowId);
    else {
      inside.add(workflowId);
      const dnd = contacts.get(contactId)?.dndSettings.call?.status;
      const blocked = contacts.get(contactId)?.dnd === true || dnd === "active" || dnd === "permanent";
      if (workflow.calls && !blocked)
        later(CALLED_MS, () => call(contactId, answers(contactId), "outbound", "workflow"));
      if ("template" in workflow) sendTemplate(contactId, workflow.template);
    }
    return true;
  }

  /** An approved WhatsApp template: it needs no open window. */
  function sendTemplate(contactId: string, body: string): void {
    const contact = contacts.get(contactId);
    const dnd = contact?.dndSettings.whatsApp?.status;
    if (contact?.phone === undefined || contact.dnd || dnd === "active" || dnd === "permanent") return;
    const message = store({
      id: nextId("template", contactId),
      conversationId: conversation(contactId).id,
      contactId,
      channel: "WhatsApp",
      direction: "outbound",
      source: "workflow",
      body,
      attachments: [],
      at: clock.real(),
      status: "pending",
    });
    progress(message);
  }

  const answers = (contactId: string) =>
    bits(seed, conversationOf.get(contactId)?.messages.length ?? 0, `call/${contactId}`, 0) % 2 === 0
      ? ("completed" as const)
      : ("no-answer" as const);

  /** All it holds, to be written down. */
  const keep = (): KeptCrm => ({
    contacts: [...contacts.values()],
    conversations: [...conversations.values()],
    ...keepDealings(),
    enrolled: [...enrolled].map(([contact, workflows]) => [contact, [...workflows]] as const),
    customFields,
  });

  /** Goes on from what was written down, telling nobody; what was on its way is delivered. */
  function restore(kept: KeptCrm) {
    for (const contact of kept.contacts) {
      contacts.set(contact.id, contact);
      index(contact);
    }
    for (const thread of kept.conversations) {
      conversations.set(thread.id, thread);
      conversationOf.set(thread.contactId, thread);
      for (const message of thread.messages) messages.set(message.id, message);
    }
    restoreDealings(kept);
    for (const [contact, workflows] of kept.enrolled) enrolled.set(contact, new Set(workflows));
    customFields.splice(0, customFields.length, ...kept.customFields);
    for (const message of messages.values())
      if (message.status === "pending" || message.status === "sent") progress(message);
  }

  return {
    keep,
    restore,
    location,
    contacts,
    conversations,
    messages,
    customFields,
    ...dealings,
    changedAt: (id: string): number => changes.get(id) ?? 0,
    deleteContact,
    conversationOf: (contactId: string) => conversationOf.get(contactId),
    nextId,
    find,
    createContact,
    updateContact,
    setTags,
    announce: (contact: Contact) => void contactWebhook("ContactCreate", contact),
    send,
    emailEvent,
    inbound,
    call,
    changeWorkflow,
    /** Ids of the CRM's workflows a contact is in. */
    workflowsOf: (contactId: string): ReadonlySet<string> => enrolled.get(contactId) ?? new Set(),
    realStamp,
    ledger,
    close() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Twenty letters and digits, as HighLevel's ids look. */
export function idOf(seed: number, n: number, purpose: string): string {
  let id = "";
  for (let word = 0; word < 5; word += 1) {
    let rest = bits(seed, n, `id/${purpose}`, word);
    for (let i = 0; i < 4; i += 1) {
      id += ALPHABET[rest % 62];
      rest = Math.floor(rest / 62);
    }
  }
  return id;
}
