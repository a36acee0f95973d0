import type { Answer, LeadEvent } from "../events/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import type { ChannelName } from "../leads/index.ts";
import type { ConditionFacts } from "./condition.ts";
import type { Cap, LocalRange, Purpose } from "./plan.ts";

export type RunStatus = "pending" | "waiting" | "paused" | "completed" | "failed" | "stopped";

/** One lead in one workflow. Plain JSON; columns of `run` repeat what SQL asks for. */
export interface Run {
  readonly id: string;
  readonly location: string;
  readonly lead: string;
  readonly workflow: string;
  /** Plan id it is pinned to. */
  readonly plan: string;
  readonly priority: number;
  /** Value of the property in which parallel runs of one lead differ. */
  readonly key?: string;
  readonly enrolledBy: { readonly event: string; readonly type: string; readonly data: JsonObject };
  readonly enrolledAt: Instant;
  readonly status: RunStatus;
  /** How it ended: the word of an `end`, `goal`, `exit: <reason>`, `timed_out`, `opted_out`, `holdout`, … */
  readonly outcome?: string;
  readonly endedAt?: Instant;
  /** Since when it is paused, and until when; without an end, until somebody resumes it. */
  readonly pausedAt?: Instant;
  readonly pausedUntil?: Instant;
  /** Where it stands: outermost list first. Empty once ended. */
  readonly cursor: readonly Frame[];
  /** What it is parked on. Absent while pending or ended. */
  readonly parked?: Parked;
  readonly entered: Readonly<Record<string, Instant>>;
  /** Figures as of when a step was entered, only those that some `rose_by` reads: path to subject to number. */
  readonly marks: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What became of steps, by path: bounded by the plan. */
  readonly facts: Readonly<Record<string, StepFacts>>;
  /** Path of the latest send that made a message. */
  readonly lastSend?: string;
  /** Next instant at which it must be looked at. A waiting run has one, or waits for an outbox row. */
  readonly dueAt?: Instant;
  /** Tags as this run last wrote them: true added, false removed. The CRM may not have echoed them yet. */
  readonly tagged?: Readonly<Record<string, boolean>>;
  readonly stepsTaken: number;
  readonly goalReachedAt?: Instant;
  readonly errors?: { readonly count: number; readonly last: string };
}

export interface Frame {
  readonly list: number;
  readonly index: number;
  /** Pass of a `repeat`, from 1. */
  readonly pass?: number;
  /** Inside `then` of a `wait_for`: the event that came, which is `event.*` there. */
  readonly event?: EventInHand;
}

export interface EventInHand {
  readonly id: string;
  readonly type: string;
  readonly at: Instant;
  readonly data: JsonObject;
}

export type Parked =
  | { readonly on: "settle"; readonly until: Instant }
  /** Pending until a run ends: of its group, or of its own workflow (`if_running: queue`). */
  | { readonly on: "room"; readonly for: "group" | "queue"; readonly until: Instant }
  /** `since`: when the wait began, from which its spread is measured. */
  | { readonly on: "wait"; readonly path: string; readonly since: Instant; readonly until: Instant }
  | {
      readonly on: "message";
      readonly path: string;
      readonly message: string;
      readonly until: Instant;
      /** Accepted under `proceed: delivered`: from then on `until` is the end of `within`. Before it, the outbox row decides. */
      readonly accepted?: true;
      /** An outcome that came while the run was paused. */
      readonly settled?: SendOutcome;
    }
  | {
      readonly on: "events";
      readonly path: string;
      readonly since: Instant;
      readonly until: Instant;
      readonly message?: string;
      /** Indexes of the step's events that have been seen. */
      readonly seen: readonly number[];
      /** The event during which the step was entered: it came before, so it does not count. */
      readonly enteredBy?: string;
      /** The latest event that counted. */
      readonly event?: EventInHand;
    }
  | { readonly on: "retry"; readonly path: string; readonly until: Instant; readonly attempt: number };

export interface StepFacts {
  readonly outcome?: string;
  /** Outbox identity of the step's latest message. */
  readonly message?: string;
  readonly channel?: ChannelName;
  readonly at?: Instant;
  readonly sent?: boolean;
  readonly delivered?: boolean;
  readonly opened?: boolean;
  readonly clicked?: boolean;
  /** Different links clicked. */
  readonly links?: readonly string[];
  readonly replied?: boolean;
  readonly timedOut?: boolean;
}

export type RunInput =
  | { readonly type: "enrolled" }
  | { readonly type: "event"; readonly event: LeadEvent }
  | { readonly type: "due" }
  /** The outcome of a message of this run: what the outreach room settled. */
  | {
      readonly type: "outcome";
      readonly message: string;
      readonly outcome: SendOutcome;
      readonly channel?: ChannelName;
      readonly answer?: Answer;
    }
  | { readonly type: "command"; readonly command: "pause" | "resume" | "stop" | "retry"; readonly reason: string };

/** queued: it is in the outbox (`proceed: queued`). The others as the language defines them (2.6). */
export type SendOutcome = "sent" | "delivered" | "failed" | "blocked" | "expired";

/** What a step asks the rest of the house to do. Identities never hold a clock or a random part. */
export type Effect =
  | MessageEffect
  | {
      readonly kind: "tag";
      readonly id: string;
      readonly run?: string;
      readonly path: string;
      readonly add: readonly string[];
      readonly remove: readonly string[];
    }
  | {
      readonly kind: "task";
      readonly id: string;
      readonly run?: string;
      readonly path: string;
      readonly title: string;
      readonly body?: string;
      readonly to: string;
      readonly dueAt: Instant;
    }
  | { readonly kind: "note"; readonly id: string; readonly run?: string; readonly path: string; readonly text: string }
  /** The run ended: its queued and held messages leave the outbox. */
  | { readonly kind: "withdraw"; readonly run: string; readonly reason: string }
  /** An event of our own, appended to the same turn. */
  | { readonly kind: "emit"; readonly id: string; readonly type: string; readonly data: JsonObject };

export interface MessageEffect {
  readonly kind: "message";
  /** Message id: hash of run, path with passes, ordinal. The outbox's key. */
  readonly id: string;
  readonly run: string;
  readonly workflow: string;
  readonly plan: string;
  readonly path: string;
  readonly template: string;
  readonly via: readonly ChannelName[];
  readonly purpose: Purpose;
  readonly urgent: boolean;
  readonly priority: number;
  readonly holdUntil: Instant;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
  readonly caps: readonly Cap[];
  readonly quietHours?: LocalRange;
  /** Decided and recorded, never sent. */
  readonly shadow: boolean;
}

/** One line of why, as data: `code` has words in the dashboard, `values` fill them. */
export interface TraceLine {
  readonly run?: string;
  readonly workflow: string;
  readonly path?: string;
  readonly code: string;
  readonly values?: JsonObject;
}

export interface Advance {
  readonly run: Run;
  readonly effects: readonly Effect[];
  readonly trace: readonly TraceLine[];
}

/** What `advance` may know about the lead at the instant of its input. */
export interface RunFacts {
  readonly now: Instant;
  /** The seed of the location, for spreads. */
  readonly seed: string;
  /** The lead's zone as decided for clocks (language, 2.7), and whether it is certain. */
  readonly zone: string;
  /**
   * What is known of the lead: `contact.*`, `agent.*`, `opportunity.*`, `appointment.*`, `lead.*`, `time.*`, history.
   * `step.*`, `run.*` and `event.*` are added from the run. `lead.opted_out` is true once no channel is left.
   */
  readonly lead: ConditionFacts;
  /**
   * This lead's events of one type known since an instant (inclusive), oldest first: the turn's own up to the present
   * input, and instants from bounded behavior state.
   */
  eventsSince(type: string, from: Instant): readonly { readonly at: Instant; readonly event?: LeadEvent }[];
  /** Renders a step's text for people (task titles, notes). */
  render(text: string, run: Run): string;
  readonly businessHours: readonly { readonly days: readonly number[]; readonly from: number; readonly to: number }[];
  readonly holidays: readonly string[];
}
