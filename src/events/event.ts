import type { Json, JsonObject } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import type { Unplaced } from "./whose.ts";

/**
 * Something that happened, as the log keeps it for ever. `at` is when it happened, clamped to `receivedAt`: a stamp
 * from the future is taken for the instant of receipt. Types are a noun, then what happened (`property_view`, `contact.created`).
 *
 * Types that begin with `crm.` are what the CRM told us, before a lead's turn has compared it with what we knew:
 * the turn derives from them the events that people write about (`tag.added`, `email.opened`, …).
 */
export interface LeadEvent {
  readonly id: string;
  /** The contact id, or `_location` for what concerns the location itself. */
  readonly lead: string;
  readonly type: string;
  readonly at: Instant;
  readonly receivedAt: Instant;
  readonly source: EventSource;
  readonly data: JsonObject;
}

/** An event before ingest gave it its id, its lead and the instant of its receipt. */
export interface NewEvent {
  readonly type: string;
  readonly at: Instant;
  readonly data: JsonObject;
  /** Kept in the log and mailed to nobody: it moves no lead. */
  readonly quiet?: true;
  /** Names of the fact itself: told again, by another webhook, by polling or an import, it is the same one. */
  readonly once?: readonly string[];
}

/**
 * Who told us: the CRM, the team's site, the API, a person in the dashboard, or a decider of ours. `import` is the
 * past, of the CRM or of the site, told on request: it teaches us what a lead is and has done, and sets nothing off.
 */
export type EventSource = "crm" | "site" | "api" | "person" | "latchkey" | "import";

/** The lead id under which a location's own turns run. */
export const LOCATION_LEAD = "_location";

/** The location id of webhooks about the app itself. */
export const APP_LOCATION = "_app";

/** What can wait in a lead's mailbox. Everything that moves a lead forward is one of these, or an instant in `due_at`. */
export type Mail =
  | {
      readonly kind: "event";
      readonly seq: number;
      readonly event: LeadEvent;
      /** Words that do not say whose they are, and the CRM has not been asked. */
      readonly unplaced?: Unplaced;
    }
  | { readonly kind: "answer"; readonly seq: number; readonly at: Instant; readonly answer: Answer }
  | { readonly kind: "command"; readonly seq: number; readonly at: Instant; readonly command: Command }
  | { readonly kind: "ask"; readonly seq: number; readonly at: Instant; readonly ask: Ask }
  | { readonly kind: "reply"; readonly seq: number; readonly at: Instant; readonly reply: Reply };

/** What a lead's turn asks of its location: what many leads share is decided in the location's own turns. */
export type Ask =
  /** Room for one more enrollment under the workflow's `limit`. */
  | ({ readonly type: "slot"; readonly lead: string; readonly run: string; readonly workflow: string } & Unprompted)
  /** Who of a team takes this lead. */
  | ({
      readonly type: "assignee";
      readonly lead: string;
      readonly effect: string;
      readonly path: string;
      readonly run?: string;
      readonly team: string;
      readonly by: "round_robin" | "least_busy";
      readonly only?: "available";
    } & Unprompted);

/** It was asked in a turn that nothing of the lead prompted; so is what follows from the answer. */
type Unprompted = { readonly bulk?: true };

/** The location's word on an ask. */
export type Reply =
  /** The run may begin at this instant. */
  | ({ readonly type: "slot"; readonly run: string; readonly at: Instant } & Unprompted)
  | ({
      readonly type: "assignee";
      readonly effect: string;
      readonly path: string;
      readonly run?: string;
      /** CRM user id; absent: nobody could be chosen. */
      readonly user?: string;
      /** Why this one, or why nobody. */
      readonly why: JsonObject;
    } & Unprompted);

/** What the sender or a receipt reports about an effect of ours. `outbox` is the effect's identity. */
export interface Answer {
  readonly outbox: string;
  readonly outcome: AnswerOutcome;
  /** Domain time at which the provider, or our look-up, said so. */
  readonly at: Instant;
  readonly channel?: string;
  readonly providerId?: string;
  /** Short and without an address or a body. */
  readonly detail?: string;
  /** refused: what kind of no. */
  readonly reason?: Refusal;
  /** done: what a webhook answered, whom an assignment chose. */
  readonly value?: Json;
  /** clicked: the address of the link. */
  readonly link?: string;
  /** opened, clicked: a mail proxy or link scanner did it, not a person. */
  readonly machine?: boolean;
  /** How we know: what was answered to the request, unless said. `recipient`: e-mail statistics, joined by the recipient alone. */
  readonly by?: "webhook" | "email_stats" | "recipient" | "poll" | "lookup";
  /** The keyed hash of the number or address that it went to. */
  readonly to?: string;
}

/**
 * What kind of no. A bad address and an opt-out outlive the message. `dnd`: the CRM's own switch, of which it tells us
 * apart; `no_address`: its contact has none, whatever we believe; `gone`: it has no such contact any more. `sender`: who sends
 * is at fault, nobody's address; `unsure_address`: it speaks of a number or address, in words that prove nothing.
 */
export type Refusal =
  | "bad_address"
  | "unsure_address"
  | "sender"
  | "no_address"
  | "opted_out"
  | "dnd"
  | "content"
  | "forbidden"
  | "gone"
  | "unknown";

/**
 * accepted: the provider took it. refused: it never will on this channel. held: a check at the moment of sending
 * said not now. undecided: a person must say. withdrawn: its run ended while it was on its way, and it was put off. done: an effect that is no message was carried out. The others are receipts after acceptance; the turn makes the lead's events of them.
 */
export type AnswerOutcome =
  | "accepted"
  | "refused"
  | "held"
  | "undecided"
  | "withdrawn"
  | "done"
  | "delivered"
  | "failed"
  | "bounced"
  | "opened"
  | "clicked"
  | "complained"
  | "unsubscribed";

/** What a person, or a program in a person's name, asks of a lead. Audited before it is mailed. */
export type Command = (
  | { readonly type: "retry"; readonly by: string }
  | { readonly type: "settle"; readonly outbox: string; readonly as: "sent" | "not_sent"; readonly by: string }
  | {
      readonly type: "judge";
      /** Which address the words were about. */
      readonly family: "phone" | "email";
      readonly as: "opted_out" | "go_on";
      /** The last of the words that the person had read. Absent: asked for before it was kept. */
      readonly seen?: string;
      readonly by: string;
    }
  /** Words hold the number or address of which no person was asked: they were said while what was known of it was judged or taken back. */
  | { readonly type: "unjudged"; readonly family: "phone" | "email"; readonly by: string }
  /** Refusals had closed the number or address to us, and a person says that it is good. */
  | { readonly type: "reopen"; readonly family: "phone" | "email"; readonly by: string }
  /** A manager lifts an opt-out that the team judged or a link made, as far as it was said until then. */
  | {
      readonly type: "lift";
      readonly family: "phone" | "email";
      /** Of which number or address, by its keyed hash; absent: one that was asked for before it was kept. */
      readonly hash?: string;
      readonly why: "judged_by_mistake" | "asked_by_phone" | "asked_in_writing";
      readonly until: Instant;
      readonly evidence: string;
      readonly by: string;
    }
  | {
      readonly type: "enroll";
      readonly workflow: string;
      readonly id: string;
      readonly by: string;
      readonly override?: boolean;
      /** The workflow's declared inputs. */
      readonly inputs?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
    }
  /** A person says in which zone (IANA) the lead lives, or, without one, that it is not known. */
  | { readonly type: "zone"; readonly zone?: string; readonly by: string }
  /** A new publication takes in leads who were there before it: these workflows, for whom their `if` holds. */
  | { readonly type: "existing"; readonly workflows: readonly string[]; readonly by: string }
  | {
      readonly type: "pause_run" | "resume_run";
      readonly run: string;
      readonly by: string;
      readonly reason: string;
      /** A whole workflow or location is paused: the run stands still until that one is released. */
      readonly hold?: Hold;
    }
  | {
      readonly type: "stop_run" | "skip_run";
      readonly run: string;
      readonly by: string;
      readonly reason: string;
    }
  | {
      readonly type: "retry_run";
      readonly run: string;
      readonly by: string;
      readonly reason: string;
      /** The step's effect has a row already: it is made once more, under an identity of its own. */
      readonly again?: true;
    }
  | {
      readonly type: "retime_run";
      readonly run: string;
      readonly until: Instant;
      readonly by: string;
      readonly reason: string;
    }
  /** To another version of its workflow. A step that is gone there leaves the run where it is. */
  | {
      readonly type: "move_run";
      readonly run: string;
      readonly plan: string;
      readonly mode: "move" | "re-time" | "exit";
      readonly by: string;
    }
) & {
  /** One of many that were written to alike: nobody waits for this one. */
  readonly many?: true;
};

/** What a pause over many runs is about. */
export type Hold = "workflow" | "location";
