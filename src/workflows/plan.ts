import type { HistoryQuestion, Rule } from "../behavior/index.ts";
import type { Instant, Millis } from "../kernel/time.ts";
import type { ChannelName } from "../leads/index.ts";
import type { Condition } from "./condition.ts";

/**
 * A workflow, checked and frozen: JSON, no names left to look up. `id` is the SHA-256 (hex) of the canonical JSON of
 * everything but `id`, `name`, `about` and `positions`, so reformatting a file is not a new version.
 */
export interface Plan {
  readonly id: string;
  readonly workflow: string;
  readonly name: string;
  readonly about?: string;
  /** Where each step, by path, and each part (`enroll`, `goal`, `exit.0`) stands. Not part of the identity. */
  readonly positions: Readonly<Record<string, Position>>;
  readonly status: "draft" | "shadow" | "live" | "paused";
  /** 0 to 100, default 50. */
  readonly priority: number;
  readonly group?: string;
  readonly ifGroupBusy: "wait" | "skip" | "replace";
  /** `lead`, or an IANA zone. */
  readonly timeZone: string;
  /** The run ends `timed_out` after this; default 180 d. */
  readonly maxDuration: Millis;
  readonly caps: readonly Cap[];
  /** Only ever adds to the location's quiet time. */
  readonly quietHours?: LocalRange;
  readonly enroll?: Enroll;
  readonly goal?: Goal;
  readonly exits: readonly Exit[];
  readonly pauses: readonly Pause[];
  readonly onError: OnError;
  /** List 0 is `steps`; steps name their branches by index. */
  readonly lists: readonly (readonly Step[])[];
  /** Every question about history that its conditions ask. */
  readonly questions: readonly HistoryQuestion[];
  /** Event types looked at by goal, exits, pauses or some `wait_for`. */
  readonly listens: readonly string[];
  /** Subjects read by `exit: [{ if }]`, which is looked at when one of them changes. */
  readonly exitReads: readonly string[];
}

export interface Position {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
}

/** At most `count` messages in any sliding `window`. */
export interface Cap {
  readonly channel: ChannelName | "all";
  readonly count: number;
  readonly window: Millis;
}

/** Minutes since local midnight; `to` before `from` is overnight. Half-open. */
export interface LocalRange {
  readonly from: number;
  readonly to: number;
}

export interface EventMatch {
  readonly event: string;
  readonly if?: Condition;
}

export interface Enroll {
  /** Any of these; empty: only by API or by hand. */
  readonly when: readonly EventMatch[];
  readonly settle?: Millis;
  readonly if?: Condition;
  /** Milliseconds since the last run of this workflow for this lead ended. */
  readonly again: "never" | "always" | { readonly after: Millis };
  readonly ifRunning: "skip" | "restart" | "queue" | "parallel";
  readonly key?: string;
  /** Shares from 0 to 1. */
  readonly rollout?: number;
  readonly holdout?: number;
}

export interface Goal extends EventMatch {
  readonly within?: Millis;
  readonly then: "end" | "continue";
}

export type Exit =
  | { readonly when: readonly EventMatch[]; readonly reason?: string }
  | { readonly if: Condition; readonly reason?: string };

export interface Pause {
  readonly when: readonly EventMatch[];
  readonly for: Millis;
}

export interface OnError {
  readonly retry: number;
  readonly every: Millis;
  readonly then: "fail" | "continue" | "end";
}

/** What all steps share. */
interface StepBase {
  /** Unique in the plan (language, 4.2): the id, or an anchored path such as `opened/otherwise+1`. */
  readonly path: string;
  readonly name?: string;
  readonly if?: Condition;
  readonly onError?: OnError;
}

/** Index into `Plan.lists`. */
export type ListIndex = number;

export interface SendStep extends StepBase {
  readonly verb: "send";
  readonly template: string;
  /** Failover order. Empty: the template's own order. */
  readonly via: readonly ChannelName[];
  readonly proceed: "accepted" | "delivered" | "queued";
  readonly within: Millis;
  readonly hold: Millis;
  readonly purpose: Purpose;
  readonly urgent: boolean;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
  readonly ifFailed?: ListIndex;
  readonly ifLate?: ListIndex;
  readonly ifBlocked?: ListIndex;
  readonly ifExpired?: ListIndex;
}

export type Purpose = "marketing" | "reply" | "transactional";

export interface WaitStep extends StepBase {
  readonly verb: "wait";
  readonly wait: Wait;
  readonly ifPast?: ListIndex;
  readonly ifMissing?: ListIndex;
}

export interface Wait {
  readonly for?: Duration;
  readonly until?: Until;
  /** After `for`, the first instant inside this window. */
  readonly during?:
    | "business_hours"
    | { readonly days?: readonly number[]; readonly from: number; readonly to: number };
  /** Wakes are spread by up to this much, seeded; absent: 1 % of the wait, at most 5 min. */
  readonly spread?: Millis;
}

/** `ms` is elapsed time; `days` are calendar days of the zone; `business` counts business days or elapsed business time. */
export interface Duration {
  readonly ms: Millis;
  readonly days: number;
  readonly businessDays?: number;
  readonly businessMs?: Millis;
}

export type Until =
  | { readonly at: number; readonly weekday?: number; readonly date?: string }
  /** An anchor such as `appointment.start`, and how far from it. */
  | { readonly anchor: string; readonly offset: Duration; readonly sign: 1 | -1 };

export interface WaitForStep extends StepBase {
  readonly verb: "wait_for";
  readonly mode: "any" | "all";
  readonly events: readonly EventMatch[];
  /** Completes the wait too (in `any`), or must hold as well (in `all`). `if`, as on every step, says whether to wait at all. */
  readonly awaits?: Condition;
  readonly within: Duration;
  /** Message events: which step's message; absent: this run's latest send; `any`. */
  readonly of?: string;
  readonly since?: "enrolled" | { readonly step: string } | { readonly back: Millis };
  readonly then?: ListIndex;
  readonly otherwise?: ListIndex;
}

export interface ChooseStep extends StepBase {
  readonly verb: "choose";
  readonly cases: readonly {
    readonly path: string;
    readonly name?: string;
    readonly if?: Condition;
    readonly do: ListIndex;
  }[];
  readonly otherwise?: ListIndex;
}

export interface DoStep extends StepBase {
  readonly verb: "do";
  readonly do: ListIndex;
  readonly otherwise?: ListIndex;
  readonly repeat?: number;
  readonly every?: Duration;
  readonly until?: Condition;
}

export interface TagStep extends StepBase {
  readonly verb: "tag";
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

export interface TaskStep extends StepBase {
  readonly verb: "task";
  /** Liquid text. */
  readonly title: string;
  readonly body?: string;
  /** `owner` or `user.<id>`. */
  readonly to: string;
  readonly due: Duration;
}

export interface NoteStep extends StepBase {
  readonly verb: "note";
  readonly text: string;
}

export interface SkipToStep extends StepBase {
  readonly verb: "skip_to";
  /** A later step of the same list or of a list around it. */
  readonly target: { readonly list: ListIndex; readonly index: number; readonly path: string };
}

export interface EndStep extends StepBase {
  readonly verb: "end";
  readonly outcome: string;
  readonly goal: boolean;
}

export type Step =
  | SendStep
  | WaitStep
  | WaitForStep
  | ChooseStep
  | DoStep
  | TagStep
  | TaskStep
  | NoteStep
  | SkipToStep
  | EndStep;

/** Steps a behavior rule may take: none waits, none talks to the lead. */
export type RuleStep = TagStep | TaskStep | NoteStep;

export interface Template {
  readonly id: string;
  readonly sms?: string;
  readonly email?: { readonly subject: string; readonly body?: string; readonly html?: string };
  /** In which order its bodies were written: the order `send` without `via` follows. */
  readonly order: readonly ChannelName[];
  /** SHA-256 (hex) of its text; recorded with each message. */
  readonly hash: string;
}

/** What the folder's `settings` say. Quiet hours and caps only add to the house's. */
export interface FolderSettings {
  readonly businessHours: readonly { readonly days: readonly number[]; readonly from: number; readonly to: number }[];
  readonly holidays: readonly string[];
  readonly quietHours?: LocalRange;
  readonly caps: readonly Cap[];
}

/** Everything a turn needs of what is live at a location, as one immutable value. */
export interface Publication {
  /** SHA-256 (hex) over the ids and hashes below: named by every turn. */
  readonly id: string;
  readonly publishedAt: Instant;
  /** The live plan per workflow, in order of priority (high first), then id. */
  readonly plans: readonly Plan[];
  readonly rules: readonly Rule[];
  /** Every question about history that its plans and rules ask. Plans of earlier publications name their own. */
  readonly questions: readonly HistoryQuestion[];
  readonly templates: Readonly<Record<string, Template>>;
  readonly settings: FolderSettings;
  /** Own custom fields: `contact.custom.<key>` to its type and the CRM's field key. */
  readonly fields: Readonly<Record<string, { readonly type: string; readonly crm?: string }>>;
  /** Own event vocabulary beside the built-in one. */
  readonly events: Readonly<
    Record<
      string,
      { readonly weight?: number; readonly impact?: number; readonly properties: Readonly<Record<string, string>> }
    >
  >;
}
