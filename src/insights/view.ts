// What the API says about leads and decisions: JSON shapes, shared with the dashboard as types.
// Times are ISO 8601 in UTC, durations whole milliseconds, shares 0 to 1, ids opaque.

import type { JsonObject } from "../kernel/json.ts";
import type { ChannelName } from "../leads/index.ts";
import type { LegState, Told } from "../outreach/index.ts";
import type { Link } from "./decision.ts";

export type Status = Link["status"];

/** From where to go on living: what the hub had said of `topic` before the answer was read. */
export interface LiveMark {
  readonly topic: string;
  readonly epoch: string;
  readonly seq: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Cursor of the next page; absent at the end. */
  readonly next?: string;
  readonly live?: LiveMark;
}

/** What the lead did, a message of ours, or anything else that was decided. */
export type ItemKind = "behavior" | "message" | "decision";

/** One run of text; `ref` is the id of the lead or workflow it names. */
export interface TextPart {
  readonly t: string;
  readonly ref?: string;
  /** What somebody wrote: the live stream leaves it out. */
  readonly quoted?: true;
}

export interface FeedItem {
  readonly id: string;
  readonly at: string;
  readonly kind: ItemKind;
  readonly status: Status;
  readonly lead: { readonly id: string; readonly name: string };
  readonly text: readonly TextPart[];
  /** It quotes what somebody wrote: said by HTTP alone. */
  readonly quoted?: true;
  readonly decision?: string;
  readonly count?: number;
  /** Neighbors of one lead with the same mark are likes, and may be shown as one. */
  readonly fold?: string;
}

export interface TimelineItem {
  readonly id: string;
  readonly at: string;
  readonly kind: ItemKind;
  readonly status: Status;
  readonly title: string;
  readonly detail?: string;
  /** The detail is what somebody wrote: said by HTTP alone. */
  readonly quoted?: true;
  readonly count?: number;
  readonly fold?: string;
  readonly decision?: string;
  readonly message?: {
    readonly id: string;
    readonly channel: ChannelName;
    readonly template: string;
    readonly state: MessageState;
  };
}

/** Where a message stands, as people read it. */
export type MessageState =
  | "queued"
  | "held"
  | "sending"
  | "unconfirmed"
  | "accepted"
  | "delivered"
  | "failed"
  | "blocked"
  | "expired"
  | "withdrawn"
  | "undecided"
  | "shadow";

export interface RunView {
  readonly id: string;
  readonly workflow: { readonly id: string; readonly name: string; readonly version: string };
  readonly step?: { readonly path: string; readonly name: string };
  readonly status: string;
  readonly outcome?: string;
  readonly enrolledAt: string;
  readonly endedAt?: string;
  readonly dueAt?: string;
  readonly waitsFor?: string;
  readonly held?: { readonly until?: string; readonly reason: string };
}

export interface ChannelView {
  readonly channel: ChannelName;
  readonly state: "ok" | "held" | "off";
  /** One or two words for a chip. */
  readonly text: string;
  readonly reason: string;
  /** Refusals or bounces closed the number or address: a manager may say that it is good. */
  readonly closed?: "phone" | "email";
}

/** What the rules say of one channel to a lead, now; `code` and `values` of what is against it. */
export interface ChannelRight {
  readonly channel: ChannelName;
  readonly state: ChannelView["state"];
  readonly code?: string | undefined;
  readonly values?: JsonObject | undefined;
}

export interface LeadRow {
  readonly id: string;
  readonly name: string;
  readonly lastSeenAt?: string;
  readonly lastAct?: { readonly kind: string; readonly text: string };
  readonly runs: readonly RunView[];
  readonly owner?: string;
  readonly tags: readonly string[];
}

export interface LeadView {
  readonly id: string;
  readonly name: string;
  readonly city?: string;
  readonly zone?: string;
  readonly owner?: string;
  readonly phone?: string;
  readonly email?: string;
  readonly tags: readonly string[];
  readonly source?: string;
  readonly createdAt?: string;
  readonly score?: {
    /** 0 to 1: standing among the location's leads. */
    readonly value: number;
    readonly source: "rules" | "model";
    readonly model?: string;
    readonly asOf?: string;
    readonly tier?: "hot" | "warm" | "cold";
    /** Calibrated, of what `says` names. Only a learned model says one, and not once that has come. */
    readonly chance?: number;
    /** The same in words: "2.4 of 100 leads like this book within 30 days". */
    readonly says?: string;
    /** Of going cold within so many days, 0 to 1. */
    readonly churn?: { readonly value: number; readonly days?: number };
    /** Outcomes of the team's own that the model learned from, and their share of what it says here. */
    readonly team?: {
      readonly outcomes: number;
      readonly weight: number;
      /** It is all locations' model, and was not judged on this team's leads. */
      readonly borrowed?: true;
    };
    /** Strongest first: what the score makes of these figures, not what would change it. */
    readonly reasons: readonly { readonly text: string; readonly weight: number }[];
  };
  /** S/(S+2), 0 to 1, as of the answer. */
  readonly engagement?: number;
  readonly lastActAt?: string;
  readonly channels: readonly ChannelView[];
  /** Words that may have asked us to stop: nothing goes to that number or address until a person has judged them. */
  readonly unclear?: readonly {
    readonly family: "phone" | "email";
    readonly since: string;
    readonly words?: string;
    /** Names the last of them: sent with the judgment. */
    readonly seen: string;
  }[];
  /** What is opted out, and for what reasons a manager may lift it; none: it is the lead's own to lift. */
  readonly optOuts?: readonly {
    readonly family: "phone" | "email";
    readonly since: string;
    readonly by?: string;
    readonly reasons: readonly ("judged_by_mistake" | "asked_by_phone" | "asked_in_writing")[];
    /** What else may have asked us to stop, and nobody has judged: once it is lifted, everything waits for that. */
    readonly unclear?: { readonly since: string; readonly words?: string };
  }[];
  readonly runs: readonly RunView[];
  /** The lead takes no more turns until somebody asks again. */
  readonly parked?: { readonly at: string; readonly why: string };
  readonly live?: LiveMark;
}

export interface LinkView {
  readonly kind: Link["kind"];
  readonly status: Status;
  readonly code: string;
  readonly label: string;
  readonly line: string;
  readonly note?: string;
  readonly at?: string;
  /** Time since the event that began it, where known. */
  readonly sinceEventMs?: number;
  readonly verdicts?: readonly VerdictView[];
  readonly evidence?: Link["evidence"];
  readonly values?: JsonObject;
}

export interface VerdictView {
  readonly code: string;
  readonly ok: boolean;
  readonly label: string;
  readonly line: string;
  readonly round: "decide" | "send";
  readonly until?: string;
  readonly values?: JsonObject;
}

export interface DecisionView {
  readonly id: string;
  /** Twelve digits to name it by. */
  readonly short: string;
  readonly at: string;
  /** IANA: whose clock the words tell. */
  readonly zone: string;
  readonly lead: { readonly id: string; readonly name: string };
  /** Of a message. */
  readonly message?: string;
  readonly verdict: string;
  readonly status: Status;
  readonly sentence: string;
  readonly text?: {
    readonly channel: ChannelName;
    readonly subject?: string;
    readonly body: string;
    /** Addresses of the files that went with it. */
    readonly attached?: readonly string[];
    readonly template: string;
    readonly hash: string;
  };
  readonly links: readonly LinkView[];
  readonly supersedes?: string;
  readonly supersededBy?: string;
  readonly versions: JsonObject;
  readonly hash: string;
}

export interface MessageView {
  readonly id: string;
  readonly lead: { readonly id: string; readonly name: string };
  readonly channel: ChannelName;
  readonly template?: string;
  readonly workflow?: string;
  readonly run?: string;
  readonly step?: string;
  readonly state: MessageState;
  readonly status: Status;
  /** The channels it took, in their order; those it never came to are absent. */
  readonly legs: readonly LegView[];
  readonly heldUntil?: string;
  readonly reason?: { readonly code: string; readonly line: string };
  readonly createdAt: string;
  readonly decision?: string;
}

/** One channel that a message took, and all that was told of it, oldest first. */
export interface LegView {
  readonly channel: ChannelName;
  readonly state: LegState;
  readonly facts: readonly {
    readonly told: Told;
    readonly at: string;
    readonly by: string;
    readonly detail?: string;
  }[];
}

/** `learning`: leads are being told of a new publication; counts are right once it is gone. */
export interface SegmentsView {
  readonly items: readonly { readonly id: string; readonly name: string; readonly leads: number }[];
  readonly learning?: {
    readonly publication: string;
    readonly startedAt: string;
    readonly seen: number;
    readonly of: number;
  };
}

/** What is wrong in a team's files, and which of them do not run as they are written now. */
export interface FilesView {
  readonly diagnostics: readonly Diagnostic[];
  /** `runs`: as it was last good; else it was never good, and does not run. */
  readonly held: readonly { readonly file: string; readonly runs: boolean }[];
}

export interface WorkflowView {
  readonly id: string;
  readonly name: string;
  readonly about?: string;
  readonly version: string;
  readonly status: string;
  readonly active: number;
  readonly failed: number;
  /** Held by a person: it alone, or everything of the team. */
  readonly paused?: "workflow" | "location";
  /** Where those stand who are under way; the fullest first. */
  readonly standing: readonly { readonly path: string; readonly name: string; readonly count: number }[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface Diagnostic {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly message: string;
}

export interface AttentionItem {
  readonly id: string;
  readonly lead: { readonly id: string; readonly name: string };
  readonly reason: "parked" | "run_failed" | "undecided" | "stuck" | "unclear";
  readonly text: string;
  readonly since: string;
  readonly decision?: string;
  readonly actions: readonly ("open" | "retry")[];
}

export interface TodayView {
  readonly asOf: string;
  /** Each message once, however many channels it tries. */
  readonly messages: {
    /** Since midnight where the team is, as the page Messages counts: sent; refused, expired or withdrawn; failed. */
    readonly out: number;
    readonly notSent: number;
    readonly failed: number;
    /** At this moment. */
    readonly held: number;
    readonly unconfirmed: number;
  };
  readonly attention: number;
  readonly live?: LiveMark;
}

/** What a location may ask of the CRM, how the CRM answers, and what waits to go. */
export interface LimitsView {
  readonly budget: {
    /** Requests in the last interval, and today (UTC, or the provider's day where it says). */
    readonly used: number;
    readonly max: number;
    readonly intervalMs: number;
    readonly usedToday: number;
    readonly daily: number;
    /** Present when the day is spent. */
    readonly dayEnds?: string;
  };
  /** Parts of the CRM's API that do not answer. */
  readonly breakers: readonly {
    readonly dependency: string;
    readonly state: "open" | "half_open";
    readonly since: string;
    readonly until?: string;
    readonly detail: string;
  }[];
  /** What went wrong in the last hour, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** Rows to go, counted up to 1,001, by lane. */
  readonly lanes: readonly {
    readonly lane: "reply" | "urgent" | "normal" | "bulk";
    readonly waiting: number;
    readonly since: string;
  }[];
}

export interface SystemView {
  readonly verdict: { readonly level: "good" | "watch" | "bad"; readonly text: string };
  readonly asOf: string;
  readonly figures: {
    /** How late the oldest due work is; absent when nothing is due. */
    readonly oldestDueMs?: number;
    readonly lastEventAt?: string;
    readonly dueLeads: number;
    readonly mail: number;
    readonly queued: number;
    readonly unconfirmed: number;
    readonly parkedLeads: number;
    readonly failedRuns: number;
    readonly diskBytes?: number;
  };
  readonly limits: LimitsView;
  readonly parts: readonly {
    readonly name: string;
    readonly state: "good" | "watch" | "bad";
    readonly text: string;
  }[];
  readonly live?: LiveMark;
}
