import type { Refusal } from "../events/index.ts";
import type { Json, JsonObject } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import type { ChannelName } from "../leads/index.ts";
import type { Cap, LocalRange, Purpose, Value } from "../workflows/index.ts";
import type { Delivery, Teller } from "./fate/delivery.ts";
import type { SenderChoice } from "./letter/from.ts";

/**
 * Where an effect stands on its way out. The turn inserts, re-times, withdraws and picks the next
 * channel, on rows it has locked; the sender moves a row only by compare-and-set on (state, attempt).
 *
 * queued, held, sending, unconfirmed, refused are open; the others are final, `undecided` until a person says.
 */
export type OutboxState =
  | "queued"
  | "held"
  | "sending"
  | "unconfirmed"
  | "refused"
  | "accepted"
  | "rejected"
  | "blocked"
  | "withdrawn"
  | "expired"
  | "undecided"
  | "shadow";

export type OutboxKind =
  | "message"
  | "tag"
  | "task"
  | "note"
  | "update"
  | "assign"
  | "notify"
  | "opportunity"
  | "webhook"
  | "highlevel_workflow"
  | "crm_trigger"
  | "write_back";

/** Who goes first when the budget is short: answers to the lead, then urgent, then the rest, then mass wakes. */
export type Lane = "reply" | "urgent" | "normal" | "bulk";

export interface OutboxRow {
  /** Effect identity. */
  readonly id: string;
  readonly location: string;
  readonly lead: string;
  readonly kind: OutboxKind;
  readonly run?: string;
  readonly workflow?: string;
  readonly path?: string;
  readonly lane: Lane;
  readonly priority: number;
  /** Failover order, and the place in it. */
  readonly channels: readonly ChannelName[];
  readonly place: number;
  readonly state: OutboxState;
  /** Not before this domain instant; a wake of the lead while held. */
  readonly notBefore?: Instant;
  /** The message's own `hold`: after this domain instant it is *expired*. */
  readonly holdUntil?: Instant;
  readonly attempt: number;
  /** How many times it was sent anew: after a look-up found nothing, at most once; a write that may be repeated, as its policy says. */
  readonly resent: number;
  /** Real time: until when a *sending* row may be in flight; when an *unconfirmed* one is looked up next; before which a *queued* one is not tried again. */
  readonly deadline?: Instant;
  /** Real time of the last instant at which the request could still be in flight. */
  readonly attemptedAt?: Instant;
  /** Real time: when the first attempt on this channel was committed; what a look-up finds is not older. */
  readonly triedAt?: Instant;
  readonly lookups: number;
  /** Its run ended while it was on its way: where it is put off, it does not leave any more. */
  readonly recalled?: true;
  readonly provider: ProviderIds;
  readonly createdAt: Instant;
  /** What the kind needs: a tag's lists, a task's text, a message's rules. */
  readonly body: JsonObject;
}

export interface ProviderIds {
  readonly messageId?: string;
  readonly emailMessageId?: string;
  readonly conversationId?: string;
}

/** The rules a message carries from its workflow: `body` of an outbox row of kind `message`. */
export interface MessageRules {
  readonly purpose: Purpose;
  readonly template: string;
  readonly caps: readonly Cap[];
  readonly quietHours?: LocalRange;
  readonly workflow: string;
}

/** A text for one channel, rendered. */
export interface Rendered {
  readonly channel: ChannelName;
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string;
  /** E-mail and SMS: https addresses of files. A text with one is an MMS, which has no parts. */
  readonly attachments?: readonly string[];
  /** The number (E.164) or bare address it is sent from. */
  readonly from?: string;
  /** What decided from where; absent: nothing said, and the CRM picks. */
  readonly sender?: SenderChoice;
  /** Voice: the workflow of the CRM that calls. WhatsApp: the one that sends a template, instead of `text`, which names it. */
  readonly workflow?: string;
  /** WhatsApp: the same message in its other form, for when the window has opened or closed. */
  readonly other?: Rendered;
  /** What its signed links stand for, by place. */
  readonly links?: readonly string[];
  /** E-mail: for providers whose send takes headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** SMS without files: how many parts, and in which encoding. */
  readonly segments?: number;
  readonly encoding?: "gsm7" | "ucs2";
}

/** One check of the right to send, in data. `values` fill the words of `code`. */
export interface Verdict {
  readonly code: string;
  readonly ok: boolean;
  readonly channel?: ChannelName;
  /** When it may be otherwise, for a hold. */
  readonly until?: Instant;
  readonly values?: JsonObject;
}

/** What a channel is asked to send, once. */
export interface OutgoingMessage {
  /** Outbox identity; the same on every attempt. */
  readonly key: string;
  readonly location: string;
  readonly contact: string;
  /** E.164 or an e-mail address, as known when it was decided. */
  readonly to?: string;
  readonly rendered: Rendered;
}

/**
 * Why nothing was taken: over the rate, the token not let in, nobody there, too many failures in a row, a scope that
 * is missing, or the CRM's own limit of texts a day.
 */
export type PutOff = "rate" | "auth" | "unreachable" | "breaker" | "forbidden" | "limit";

/** An answer for each of the things that may happen next. */
export type SendResult =
  /** The provider took it; whether it arrives is told later. */
  | { readonly result: "accepted"; readonly provider: ProviderIds; readonly value?: Json }
  /** It never will, on this channel. */
  | {
      readonly result: "rejected";
      readonly reason: Refusal;
      readonly status: number;
      readonly detail: string;
    }
  /** Nothing was taken; the same channel again, no earlier than `retryAt` (real time). */
  | {
      readonly result: "deferred";
      readonly retryAt: Instant;
      readonly detail: string;
      readonly cause: PutOff;
    }
  /** The request left and no answer came: the lead may have it. Look before any resend. */
  | { readonly result: "unconfirmed"; readonly detail: string }
  /** Webhooks, and triggers of the CRM's workflows, alone: whatever went wrong, it may be tried again, as often as its step says. */
  | { readonly result: "failed"; readonly detail: string };

/** A way to reach a lead, through one provider. */
export interface Channel {
  readonly name: ChannelName;
  /** Hands one message over, once, never retrying. Only an abort before the request was written, or a bug, throws. */
  send(message: OutgoingMessage, signal: AbortSignal): Promise<SendResult>;
}

/** What a look-up in the provider's conversation found. `ambiguous`: more than one could be ours. */
export type LookupResult =
  | { readonly found: "one"; readonly provider: ProviderIds; readonly status?: string }
  | { readonly found: "none" }
  | { readonly found: "ambiguous" }
  | { readonly found: "unavailable"; readonly retryAt: Instant };

/** What to look for when an attempt was left without an answer. */
export interface LookupRequest {
  readonly location: string;
  readonly contact: string;
  readonly sought:
    | { readonly kind: "message"; readonly rendered: Rendered; readonly conversation?: string }
    | { readonly kind: "task"; readonly title: string; readonly body?: string }
    | { readonly kind: "note"; readonly text: string }
    | { readonly kind: "opportunity"; readonly pipeline: string; readonly name: string };
  /** Real time: when the attempt was committed, and the last instant at which its request could be in flight. */
  readonly attempt: { readonly from: Instant; readonly to: Instant };
  /** Which of these provider ids other effects of ours hold already. */
  bound(ids: readonly string[]): Promise<ReadonlySet<string>>;
}

/** Looks at the provider once. The id of a task or note comes back as `messageId`. */
export type Lookup = (request: LookupRequest, signal: AbortSignal) => Promise<LookupResult>;

/** What we do in the CRM besides writing to leads. Answers as a channel does; the id of a task or note is its `messageId`. */
export interface Records {
  createTask(task: NewTask, signal: AbortSignal): Promise<SendResult>;
  createNote(
    note: { readonly location: string; readonly contact: string; readonly text: string },
    signal: AbortSignal,
  ): Promise<SendResult>;
  /** Repeatable: an unconfirmed change is simply made again. */
  changeTags(
    change: {
      readonly location: string;
      readonly contact: string;
      readonly add: readonly string[];
      readonly remove: readonly string[];
    },
    signal: AbortSignal,
  ): Promise<SendResult>;
  /** Repeatable. `custom` is by the CRM's field id. */
  updateContact(change: ContactChange, signal: AbortSignal): Promise<SendResult>;
  createOpportunity(deal: OpportunityChange, signal: AbortSignal): Promise<SendResult>;
  /** Repeatable. */
  updateOpportunity(deal: OpportunityChange & { readonly id: string }, signal: AbortSignal): Promise<SendResult>;
  /** Removing is repeatable; adding is not, and leaves nothing that could be looked up. */
  changeWorkflow(
    change: {
      readonly location: string;
      readonly contact: string;
      readonly workflow: string;
      readonly action: "add" | "remove";
    },
    signal: AbortSignal,
  ): Promise<SendResult>;
}

export interface ContactChange {
  readonly location: string;
  readonly contact: string;
  /** By the CRM's names. */
  readonly fields: Readonly<Record<string, Value>>;
  readonly custom: readonly { readonly id: string; readonly value: Value }[];
  /** Do not disturb, by channel. */
  readonly dnd?: Readonly<Partial<Record<ChannelName, "blocked" | "open">>>;
}

export interface OpportunityChange {
  readonly location: string;
  readonly contact: string;
  /** By the CRM's names: pipelineId, pipelineStageId, name, monetaryValue, status. */
  readonly fields: Readonly<Record<string, Value>>;
}

/** A request to somebody's own address, named by a workflow. */
export interface HookRequest {
  /** Effect identity; the same on every attempt. */
  readonly key: string;
  readonly location: string;
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Json;
  /** Name of the stored secret that signs it. */
  readonly secret?: string;
  /** Whether what it answers is wanted: JSON, as `value`. */
  readonly answer: boolean;
}

/** Makes one such request, never retrying. */
export type CallHook = (request: HookRequest, signal: AbortSignal) => Promise<SendResult>;

/** What a workflow of the CRM asked to be told of, and that it happened. */
export interface TriggerRequest {
  /** Effect identity; the same on every attempt. */
  readonly key: string;
  readonly location: string;
  /** The CRM's id of the trigger in its workflow. */
  readonly subscription: string;
  readonly event: JsonObject;
}

/** Tells it once, never retrying. */
export type CallTrigger = (request: TriggerRequest, signal: AbortSignal) => Promise<SendResult>;

export interface NewTask {
  readonly location: string;
  readonly contact: string;
  readonly title: string;
  readonly body?: string;
  readonly dueAt: Instant;
  /** CRM user id. */
  readonly assignedTo?: string;
}

/**
 * What the provider says about something it sent, under its own id. Until one of our outbox rows claims the id it
 * waits in `provider_receipt`: it may arrive before our own commit, or be about a message of somebody else.
 */
export interface ProviderReceipt {
  /** The provider's message id, or its e-mail message id, or the `message-id` header. */
  readonly providerId: string;
  /** `echo`: the message exists at the provider. The others are what became of it. */
  readonly kind: "echo" | "delivered" | "failed" | "bounced" | "opened" | "clicked" | "complained" | "unsubscribed";
  /** When the provider says it happened. */
  readonly at: Instant;
  /** How it reached us; a webhook unless said. */
  readonly by?: Extract<Teller, "webhook" | "email_stats" | "poll">;
  /** The contact it went to, where the provider names one. */
  readonly contact?: string;
  readonly channel?: ChannelName;
  /** Every id under which the provider knows it. */
  readonly provider: ProviderIds;
  /** echo: the text as the provider sent it, to be compared with an unconfirmed one of ours. */
  readonly text?: string;
  /** clicked: the address of the link. */
  readonly link?: string;
  /** opened, clicked: a mail proxy or link scanner did it, not a person. */
  readonly machine?: boolean;
  /** failed, bounced: the provider's code or word, without an address. */
  readonly detail?: string;
  /** A workflow of the CRM sent it: it may be one that we gave the contact to, which is known by contact and time. */
  readonly byWorkflow?: true;
  /** Calls: the number that called. Never logged. */
  readonly caller?: string;
  /** E-mail receipts: it carries no id that we could know of, and `providerId` is the mail's own. */
  readonly unnamed?: true;
  /** E-mail receipts: to whom, for the join by recipient. Never logged. */
  readonly recipient?: string;
}

/** What a number or an address told us, whichever contact records hold it. Opt-outs are never forgotten. */
export interface AddressFact {
  readonly optedOutAt?: Instant;
  /** Why it is opted out; or, without `optedOutAt`, why a person must say whether it is. */
  readonly optOut?: OptOut;
  /** The lift by which it may be written to again: shown beside the consent of every message since. */
  readonly lifted?: Lifted;
  /** When it last asked us to stop, of what has been taken back since: whoever agreed until then has agreed to nothing. */
  readonly leftAt?: Instant;
  readonly faults?: AddressFaults;
  /** Kinds of e-mail, by workflow, that whoever has the address asked us to leave off, and when. */
  readonly muted?: Readonly<Record<string, Instant>>;
  /** Our latest sends to it, oldest first, written in the transaction that sets *sending*. */
  readonly sends: readonly Send[];
}

/** By channel, since a number that takes no texts may well take calls. */
export type AddressFaults = Readonly<Partial<Record<ChannelName, AddressFault>>>;

export interface AddressFault {
  /** Since when nothing goes there by this channel. Absent: what came back proves nothing yet. */
  readonly badAt?: Instant;
  /** What came back and proved nothing, oldest first, until enough of it lies days apart. */
  readonly doubts?: readonly Instant[];
  /** The provider's last word, without an address. */
  readonly detail: string;
}

export interface OptOut {
  readonly by: "words" | "link" | "complaint" | "carrier" | "person";
  /** The rule and the words that matched. */
  readonly rule?: string;
  readonly matched?: string;
  /** The event it was read in. */
  readonly event?: string;
  /** Whose words they are, of unclear ones. */
  readonly lead?: string;
  /** Since when everything waits for a person's judgment. */
  readonly askedAt?: Instant;
  /** Channels that we closed in the CRM for it: START, or a lift, opens these again. */
  readonly closed?: readonly ChannelName[];
  /** From before it was kept what else has ended it since. */
  readonly alone?: true;
  /** What else has ended it since, by kind, each as it was last said: what takes back the first leaves these. */
  readonly also?: Readonly<
    Partial<Record<OptOut["by"], Pick<OptOut, "rule" | "matched" | "event"> & { readonly at: Instant }>>
  >;
  /** Beside an opt-out, or the first of them: the last words that may have asked us to stop and that nobody has judged. A lift leaves these to be judged.
   * Where older ones were heard after newer ones, those of both, as of the newer. */
  readonly unclear?: Pick<OptOut, "rule" | "matched" | "event" | "lead"> & { readonly at: Instant };
}

/** A manager's lift of an opt-out, audited when it was asked for. */
export interface Lifted {
  readonly at: Instant;
  readonly by: string;
  readonly why: "judged_by_mistake" | "asked_by_phone" | "asked_in_writing";
  /** Until when what was said is taken back: when the lead asked for messages again, or the mistake was found. */
  readonly until: Instant;
}

/** Takes back what these kinds ended until an instant, and nothing else. */
export interface Taking {
  readonly kinds: readonly OptOut["by"][];
  readonly at: Instant;
  readonly lifted?: Lifted;
}

/** One lead's number and e-mail address. The number carries SMS, WhatsApp and voice. */
export interface AddressFacts {
  readonly phone?: AddressFact;
  readonly email?: AddressFact;
}

export interface Send {
  readonly at: Instant;
  readonly channel: ChannelName;
  readonly workflow: string;
  /** Outbox identity, so that failover and a second attempt count once. */
  readonly message: string;
}

/**
 * What is refused for the sender's sake, and until when its marketing waits: domains of ours ('': where the CRM picks), and, as
 * `sms`, `whatsapp` or `voice`, what is sent from at a channel.
 */
export type Refusals = Readonly<Record<string, Refused>>;

export interface Refused {
  readonly since: Instant;
  readonly until: Instant;
  /** The receiver's word. */
  readonly detail: string;
  readonly times: number;
}

/**
 * What a turn learned about an address. The store finds the row by the address' keyed hash: the one named, where
 * it is of a number or address that is no longer the lead's.
 */
export type AddressChange = Learned & (OfAddress | OfHash);

interface OfAddress {
  /** E.164, or the e-mail address in lower case. */
  readonly address: string;
  readonly hash?: never;
}

interface OfHash {
  readonly hash: string;
  readonly address?: never;
}

/** With `optedOutAt`, an opt-out, beside what is there; `optOut` alone: unclear words. */
export interface Learned {
  readonly family: "phone" | "email";
  readonly optedOutAt?: Instant;
  readonly optOut?: OptOut;
  /** A person read what was unclear, and has us go on. */
  readonly goOn?: true;
  /** The last unclear words that the person had read who judges them (`lastWords`): what came since stays to be judged. */
  readonly seen?: string;
  readonly takes?: Taking;
  /** Those of the channels that are named; `null` lifts all of them. */
  readonly faults?: AddressFaults | null;
}

/** A message at rest: what the lead would read, and why it may go. */
export interface StoredMessage {
  /** Outbox identity. */
  readonly id: string;
  readonly location: string;
  readonly lead: string;
  readonly createdAt: Instant;
  /** By channel: the text of every channel it could go out on. */
  readonly rendered: Readonly<Partial<Record<ChannelName, Rendered>>>;
  readonly template: string;
  readonly templateHash: string;
  /** Verdicts in the turn, the latest round. */
  readonly decided: readonly Verdict[];
  /** Verdicts at the moment of sending. */
  readonly checked?: readonly Verdict[];
  readonly delivery: Delivery;
}
