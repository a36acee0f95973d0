import type { Answer, Hold, LeadEvent } from "../events/index.ts";
import type { Json, JsonObject } from "../kernel/json.ts";
import type { Instant, Millis } from "../kernel/time.ts";
import type { ChannelName } from "../leads/index.ts";
import type { TraceCode } from "./codes.ts";
import type { ConditionFacts, Value } from "./condition.ts";
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
  /** Its workflow or its location is paused by hand: until these are released no other end of a pause counts. */
  readonly held?: readonly Hold[];
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
  /** Fields of the contact as this run last wrote them, for the same reason. */
  readonly wrote?: Readonly<Record<string, Value>>;
  /**
   * Paths that the present version calls differently, to what they were called when the run came to them: the
   * identities of what it asked for keep the old name, so that nothing is asked for twice.
   */
  readonly formerly?: Readonly<Record<string, string>>;
  /** Own values, by name; as they were given where they came from outside. */
  readonly vars?: Readonly<Record<string, Value>>;
  readonly inputs?: Readonly<Record<string, Value>>;
  readonly outputs?: Readonly<Record<string, Value>>;
  /** Workflows that started one another down to this run, the eldest first; without this one. */
  readonly lineage?: readonly string[];
  /** The run that called this one and waits for its end, and the effect and step by which it did. */
  readonly caller?: { readonly run: string; readonly effect: string; readonly path: string };
  /** Branches of the `parallel` steps it stands in, in file order. */
  readonly strands?: readonly Strand[];
  /** Steps a person had done again although their effect had left, by path with passes: how often. */
  readonly again?: Readonly<Record<string, number>>;
  readonly stepsTaken: number;
  readonly goalReachedAt?: Instant;
  readonly errors?: { readonly count: number; readonly last: string };
}

/** A branch of a `parallel`, or of an error that came back late: a cursor of its own, and what it is parked on. */
export interface Strand {
  /** With the passes of loops around it: `both/parallel.human`. */
  readonly path: string;
  /** From the outermost list of the run. */
  readonly cursor: readonly Frame[];
  /** How many of its frames belong to what is around it. */
  readonly outer: number;
  readonly parked?: Parked;
  /** Path of the latest send in this branch. */
  readonly lastSend?: string;
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
  | { readonly on: "room"; readonly for: "group" | "queue" | "limit"; readonly until: Instant }
  /** `since`: when the wait began, from which its spread is measured. */
  | { readonly on: "wait"; readonly path: string; readonly since: Instant; readonly until: Instant }
  | {
      readonly on: "message";
      readonly path: string;
      readonly message: string;
      readonly until: Instant;
      /** Which try of the step made it; absent: the first. */
      readonly attempt?: number;
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
  /** The answer of an effect: what a webhook said, whom an assignment chose. */
  | { readonly on: "answer"; readonly path: string; readonly effect: string; readonly until: Instant }
  /** The end of the run that a `call` made. */
  | { readonly on: "child"; readonly path: string; readonly effect: string; readonly until: Instant }
  /** Enough branches of a `parallel`; without `within`, until the end of the run. */
  | { readonly on: "join"; readonly path: string; readonly until: Instant }
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
  /** Of a `test`: what this lead saw; `none` for the held out. */
  readonly variant?: string;
  /** Identities of what this step asked for and was refused, the latest last. */
  readonly refused?: string | readonly string[];
  /** Of a `call`; of an `assign`, the `user` who was chosen. */
  readonly outputs?: Readonly<Record<string, Value>>;
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
  /** What became of an effect that is no message. `ok: false` is an error of ours: `on_error` says what follows. */
  | {
      readonly type: "answer";
      readonly effect: string;
      /** Of the step that asked, as the effect named it. */
      readonly path: string;
      readonly ok: boolean;
      readonly value?: Json;
      readonly detail?: string;
    }
  /** A run that this one called has ended, or was refused; one that it merely started, was refused. */
  | {
      readonly type: "child";
      readonly effect: string;
      /** Of the step that asked, as the effect named it. */
      readonly path: string;
      readonly run?: string;
      readonly status: "completed" | "failed" | "stopped" | "refused";
      readonly outcome: string;
      readonly outputs?: Readonly<Record<string, Value>>;
    }
  | {
      readonly type: "command";
      readonly command: "pause" | "resume" | "stop";
      readonly reason: string;
    }
  /** `again`: the effect of the failed step is there already; it is asked for once more, as `~2`. */
  | { readonly type: "command"; readonly command: "retry"; readonly reason: string; readonly again?: true }
  /** Past the step it waits in. `path`: which of them, where branches run side by side; absent: the outermost. */
  | { readonly type: "command"; readonly command: "skip"; readonly reason: string; readonly path?: string }
  /** A person sets the present deadline by hand. */
  | {
      readonly type: "command";
      readonly command: "re-time";
      readonly until: Instant;
      readonly reason: string;
      readonly path?: string;
    };

/** queued: it is in the outbox (`proceed: queued`). The others as the language defines them (2.6). */
export type SendOutcome = "sent" | "delivered" | "failed" | "blocked" | "expired";

/** What a step asks the rest of the house to do. Identities never hold a clock or a random part. */
export type Effect =
  | MessageEffect
  | (EffectStamp & { readonly kind: "tag"; readonly add: readonly string[]; readonly remove: readonly string[] })
  | (EffectStamp & {
      readonly kind: "task";
      readonly title: string;
      readonly body?: string;
      readonly to: string;
      readonly dueAt: Instant;
    })
  | (EffectStamp & { readonly kind: "note"; readonly text: string })
  | (EffectStamp & { readonly kind: "update"; readonly fields: Readonly<Record<string, Value>> })
  /** `to` is a user, or a team of which the location chooses one: then the answer comes back as an input. */
  | (EffectStamp & {
      readonly kind: "assign";
      readonly to: string;
      readonly by?: "round_robin" | "least_busy";
      readonly only?: "available";
    })
  | (EffectStamp & {
      readonly kind: "notify";
      readonly to: string;
      readonly message: string;
      readonly through: readonly ("app" | "sms" | "email")[];
    })
  | (EffectStamp & {
      readonly kind: "opportunity";
      readonly action: "create" | "move" | "won" | "lost";
      readonly pipeline?: string;
      readonly stage?: string;
      readonly value?: number;
      readonly name?: string;
    })
  | (EffectStamp & {
      readonly kind: "webhook";
      readonly url: string;
      readonly method: string;
      readonly headers: Readonly<Record<string, string>>;
      /** Its texts rendered. */
      readonly body?: Json;
      readonly secret?: string;
      readonly timeout: Millis;
      /** The run waits for what it answers. */
      readonly answer: boolean;
    })
  | (EffectStamp & {
      readonly kind: "highlevel_workflow";
      readonly workflow: string;
      readonly action: "add" | "remove";
    })
  /** A run of another workflow for this lead; with `call`, its end comes back as the input `child`. */
  | (EffectStamp & {
      readonly kind: "start";
      readonly workflow: string;
      readonly inputs: Readonly<Record<string, Value>>;
      readonly call: boolean;
      /** Of the run to be: the starter's, and the starter. */
      readonly lineage: readonly string[];
    })
  | (EffectStamp & {
      readonly kind: "stop";
      readonly workflow?: string;
      readonly group?: string;
      readonly reason: string;
    })
  | (EffectStamp & { readonly kind: "score"; readonly add: number; readonly until: Instant; readonly because?: string })
  /** The lead has met an experiment; `none` for the held out. */
  | (EffectStamp & { readonly kind: "exposure"; readonly experiment: string; readonly variant: string })
  /** The run, or these of its messages, leave the outbox where they have not begun to leave. */
  | {
      readonly kind: "withdraw";
      readonly run: string;
      readonly reason: string;
      readonly messages?: readonly string[];
      /** The effects by which it called runs that end with it. */
      readonly calls?: readonly string[];
    }
  /** An event of our own, appended to the same turn. */
  | { readonly kind: "emit"; readonly id: string; readonly type: string; readonly data: JsonObject };

export interface EffectStamp {
  /** Hash of run, path with passes, kind, ordinal: the outbox's key. */
  readonly id: string;
  readonly run?: string;
  /** With the passes of the loops around it. */
  readonly path: string;
  /** How often its sender tries again before it answers `ok: false`, and after how long: doubling, with jitter. */
  readonly retry?: { readonly times: number; readonly every: Millis };
  /** Of a workflow in shadow: recorded, and nothing else. No answer is awaited. */
  readonly shadow?: true;
}

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
  readonly best?: true;
  readonly from?: string;
  /** In place of the template's own e-mail subject. */
  readonly subject?: string;
  readonly with?: Readonly<Record<string, Value>>;
  /** `vars.*`, `inputs.*` and `step.*` as of the step, for its text. */
  readonly values?: JsonObject;
  readonly caps: readonly Cap[];
  readonly quietHours?: LocalRange;
  /** Decided and recorded, never sent. */
  readonly shadow: boolean;
}

/** One line of why, as data: `values` fill the words of `code`. */
export interface TraceLine {
  readonly run?: string;
  readonly workflow: string;
  readonly path?: string;
  readonly code: TraceCode;
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
  /** The lead's zone as decided for clocks, and whether it is certain. */
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
  /** What this lead sees of an experiment; undefined where none of that name is declared. Stable for ever while it runs. */
  variant(experiment: string): string | undefined;
  /** This lead's best instant in any of these spans (in order, their ends open); undefined where too little is known. */
  bestTime(spans: readonly { readonly from: Instant; readonly to: Instant }[]): BestTime | undefined;
}

export interface BestTime {
  readonly at: Instant;
  /** `own`: what this lead does had a say; `location`: only what all leads of the location do. */
  readonly hour: "own" | "location";
  /** What it was taken by, for the trace: plain figures and words. */
  readonly known: Readonly<Record<string, string | number>>;
}
