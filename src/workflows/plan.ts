import type { HistoryQuestion, Rule } from "../behavior/index.ts";
import type { Json } from "../kernel/json.ts";
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
  /** What an edit of the file does to runs parked on this version's predecessors. */
  readonly onEdit: "keep" | "move" | "re-time" | "exit";
  /** Old path to new: how a parked run finds its step in this version. */
  readonly moved: Readonly<Record<string, string>>;
  /** Declared ones alone. One that steps only `set` or `save` is not here and has any type. */
  readonly vars: Readonly<Record<string, Declared>>;
  readonly inputs: Readonly<Record<string, Declared>>;
  readonly outputs: Readonly<Record<string, Declared>>;
  /** List 0 is `steps`; steps name their branches by index. Arms of a test may name the same branch. */
  readonly lists: readonly (readonly Step[])[];
  /** Every question about history that its conditions ask. */
  readonly questions: readonly HistoryQuestion[];
  /** Event types looked at by goal, exits, pauses, some `wait_for`, or a wait for an instant that they move. */
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

/** A value of a workflow's own: `vars`, `inputs`, `outputs`. An input without a default must be given. */
export interface Declared {
  readonly type: ValueType;
  readonly default?: Scalar;
  /** The only values it may take. */
  readonly in?: readonly Scalar[];
}

export type ValueType = "text" | "number" | "money" | "boolean" | "date" | "list";
export type Scalar = string | number | boolean;

/** A value written down, or another fact as of the moment the step is entered. */
export type Given = Scalar | { readonly fact: string };

/** Sweeps at a local time: the event `schedule`, for the leads of whom the `if` holds. */
export interface Schedule {
  /** 1 (Monday) to 7; absent: every day. */
  readonly days?: readonly number[];
  /** Minutes since local midnight. */
  readonly at: number;
}

/** The event `date.reached`: a date of the lead's own, and how far from it. */
export interface DateReached {
  readonly field: string;
  readonly offset: Duration;
  readonly sign: 1 | -1;
  /** Minutes since local midnight; absent: the instant itself (midnight for a day). */
  readonly at?: number;
}

export interface Enroll {
  /** Any of these; empty, with no schedule and no date: only by API, by `start` or by hand. */
  readonly when: readonly EventMatch[];
  readonly schedules?: readonly Schedule[];
  readonly dates?: readonly DateReached[];
  readonly settle?: Millis;
  readonly if?: Condition;
  /** Milliseconds since the last run of this workflow for this lead ended. */
  readonly again: "never" | "always" | { readonly after: Millis };
  readonly ifRunning: "skip" | "restart" | "queue" | "parallel";
  readonly key?: string;
  /** Shares from 0 to 1. */
  readonly rollout?: number;
  readonly holdout?: number;
  /** At most so many enrollments per location in each window; more wait, oldest first. */
  readonly limit?: { readonly count: number; readonly window: Millis };
  /** Leads for whom `if` holds already when this version is published: dripped in, or left alone (absent). */
  readonly existing?: "include";
}

export interface Goal {
  /** Any of these. */
  readonly when: readonly EventMatch[];
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
  /**
   * Steps of its own: afterwards the run goes on behind the step that failed. The workflow's list (paths `on_error+n`)
   * is named by every step that inherits it and belongs to no step; a step's own has the paths `<step>/on_error+n`.
   */
  readonly then: "fail" | "continue" | "end" | { readonly do: ListIndex };
}

/** What all steps share. */
interface StepBase {
  /**
   * Unique in the plan: the id, or an anchored path such as `opened/otherwise+1`. The one exception is
   * the step in an arm of a test, which has the path of the test.
   */
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
  /** The lead's own best channel first, then the rest of `via` (or of the template). */
  readonly best?: true;
  /** In whose name: `owner` or `user.<id>`. */
  readonly from?: string;
  /** Liquid text in place of the template's own e-mail subject; what an experiment's variant changes. */
  readonly subject?: string;
  readonly proceed: "accepted" | "delivered" | "queued";
  readonly within: Millis;
  readonly hold: Millis;
  readonly purpose: Purpose;
  readonly urgent: boolean;
  readonly with?: Readonly<Record<string, Given>>;
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
  /** After `for`, this lead's best hour within so long; unknown: the middle of `during`. */
  readonly bestTime?: Duration;
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

/** How often loops inside each other go round at most, in all. */
export const MAX_PASSES = 500;

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

/** Writes fields of the contact: `contact.<field>`, `contact.custom.<key>`, `contact.assigned_to`. */
export interface UpdateStep extends StepBase {
  readonly verb: "update";
  readonly fields: Readonly<Record<string, Given>>;
}

export interface AssignStep extends StepBase {
  readonly verb: "assign";
  /** `user.<id>`, `team.<id>`, or `owner`, who has the lead already. */
  readonly to: string;
  /** How one of a team is chosen; always there with a team, and only there. */
  readonly by?: "round_robin" | "least_busy";
  readonly only?: "available";
}

export interface NotifyStep extends StepBase {
  readonly verb: "notify";
  /** `owner`, `user.<id>` or `team.<id>`. */
  readonly to: string;
  /** Liquid text. */
  readonly message: string;
  readonly through: readonly ("app" | "sms" | "email")[];
}

export interface OpportunityStep extends StepBase {
  readonly verb: "opportunity";
  readonly action: "create" | "move" | "won" | "lost";
  /** Names as the CRM shows them. */
  readonly pipeline?: string;
  readonly stage?: string;
  readonly value?: Given;
  /** The deal's name, Liquid text; such a step has no name of its own. */
  readonly name?: string;
}

export interface WebhookStep extends StepBase {
  readonly verb: "webhook";
  readonly url: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
  /** JSON; its texts are Liquid. */
  readonly body?: Json;
  /** Name of a stored secret that signs the request. */
  readonly secret?: string;
  /** `vars.<name>` to a dotted path in the answer; the run waits for it. */
  readonly save?: Readonly<Record<string, string>>;
  readonly timeout: Millis;
}

export interface HighlevelWorkflowStep extends StepBase {
  readonly verb: "highlevel_workflow";
  /** Mapped name. */
  readonly workflow: string;
  readonly action: "add" | "remove";
}

/** A new run beside this one. */
export interface StartStep extends StepBase {
  readonly verb: "start";
  readonly workflow: string;
  readonly with: Readonly<Record<string, Given>>;
}

/** A run of its own, whose end this one waits for. */
export interface CallStep extends StepBase {
  readonly verb: "call";
  readonly workflow: string;
  readonly with: Readonly<Record<string, Given>>;
  readonly within: Duration;
  readonly otherwise?: ListIndex;
}

export interface StopStep extends StepBase {
  readonly verb: "stop";
  /** Whose runs of this lead end: of a workflow, or of a group. The run that says so goes on. */
  readonly workflow?: string;
  readonly group?: string;
  readonly reason?: string;
}

export interface SetStep extends StepBase {
  readonly verb: "set";
  /** By name, without `vars.`. */
  readonly vars: Readonly<Record<string, Given>>;
}

export interface EmitStep extends StepBase {
  readonly verb: "emit";
  readonly event: string;
  readonly with: Readonly<Record<string, Given>>;
}

export interface ScoreStep extends StepBase {
  readonly verb: "score";
  readonly add: number;
  readonly for: Duration;
  readonly because?: string;
}

/**
 * The step of an experiment, with an arm for each of its variants. An arm is a list: one step, patched or another, under
 * the test's own path, so that `step.<test>.*` are its facts too; or other steps (`variants: { late: { do: […] } }`),
 * whose unnamed ones are `<test>/variant.<arm>+n`. Branches that no variant changes (`<test>/if_failed+1`) are one list
 * that several arms name. Whom the experiment holds out takes no arm and goes on.
 */
export interface TestStep extends StepBase {
  readonly verb: "test";
  readonly experiment: string;
  readonly arms: Readonly<Record<string, ListIndex>>;
}

/**
 * Branches beside one another. A branch that reaches its end waits for the join; an `end` in it ends the run, a
 * `skip_to` out of it leaves the step for good, and both withdraw the other branches.
 */
export interface ParallelStep extends StepBase {
  readonly verb: "parallel";
  /** In file order; `path` is `<step>/parallel.<id>`. */
  readonly branches: readonly { readonly id: string; readonly path: string; readonly do: ListIndex }[];
  /** How many branches must end; the others are then withdrawn. */
  readonly join: number;
  /** Then what has not ended is withdrawn, and the run goes on. */
  readonly within?: Duration;
}

export interface SkipToStep extends StepBase {
  readonly verb: "skip_to";
  /** A later step of the same list or of a list around it. */
  readonly target: { readonly list: ListIndex; readonly index: number; readonly path: string };
}

export interface EndStep extends StepBase {
  readonly verb: "end";
  readonly outcome: string;
  /** It counts as the goal. */
  readonly goal: boolean;
  /** By the names the workflow declares; what is not given here its caller does not know. */
  readonly outputs?: Readonly<Record<string, Given>>;
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
  | UpdateStep
  | AssignStep
  | NotifyStep
  | OpportunityStep
  | WebhookStep
  | HighlevelWorkflowStep
  | StartStep
  | CallStep
  | StopStep
  | SetStep
  | EmitStep
  | ScoreStep
  | TestStep
  | ParallelStep
  | SkipToStep
  | EndStep;

/** Steps a behavior rule may take: none waits, none talks to the lead. */
export type RuleStep =
  | TagStep
  | TaskStep
  | NoteStep
  | UpdateStep
  | AssignStep
  | NotifyStep
  | OpportunityStep
  | WebhookStep
  | HighlevelWorkflowStep
  | StartStep
  | StopStep
  | EmitStep
  | ScoreStep;

export interface Template {
  readonly id: string;
  readonly sms?: string;
  /** Files that the text brings along, which makes it an MMS: names beside the workflows, or https addresses. */
  readonly smsAttach?: readonly string[];
  readonly email?: {
    readonly subject: string;
    readonly body?: string;
    readonly html?: string;
    /** Names of files beside the workflows, or https addresses. */
    readonly attach?: readonly string[];
  };
  readonly whatsapp?: string;
  /** Outside WhatsApp's window a workflow of the CRM sends an approved template, by its mapped name. */
  readonly whatsappWorkflow?: string;
  /** A call is made by a workflow of the CRM, by its mapped name. */
  readonly voice?: { readonly highlevelWorkflow: string };
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
  /** Whether these, and a workflow's own, hold for e-mail, too. Default false. */
  readonly emailQuietHours?: boolean;
  readonly caps: readonly Cap[];
  /** `team.<id>`: the CRM user ids in it. */
  readonly teams: Readonly<Record<string, readonly string[]>>;
  /** Mapped name to the id of a workflow in the CRM; a name that is not here is looked up by the CRM's own names. */
  readonly highlevelWorkflows: Readonly<Record<string, string>>;
  /** Numbers (E.164) and bare e-mail addresses in lower case that messages come from. */
  readonly senders?: SenderSettings;
}

export interface SenderSettings {
  readonly sms?: string;
  readonly whatsapp?: string;
  readonly email?: string;
  /** The lead's agent writes under their own number and address. Default false. */
  readonly agents?: boolean;
  /** Further ones that a step may name. */
  readonly others?: readonly string[];
}

/** A named condition, kept up to date in every turn: `segment.entered`, `segment.left`. Plans carry their own copy. */
export interface Segment {
  readonly id: string;
  readonly name: string;
  readonly if: Condition;
}

/** Counts once per exposed lead: the event, within so long of the exposure. */
export interface Metric {
  readonly when: readonly EventMatch[];
  /** Message events: of this step's message alone. */
  readonly of?: string;
  readonly within: Millis;
}

/** An experiment as declared. Its state (running, stopped, the winner) is kept beside it and always live. */
export interface Experiment {
  readonly id: string;
  readonly name: string;
  readonly hypothesis?: string;
  /** In file order; shares sum to 1. */
  readonly variants: readonly { readonly id: string; readonly share: number }[];
  readonly control: string;
  readonly metric: Metric;
  readonly also: readonly Metric[];
  readonly guardrails: readonly (Metric & { readonly worseBy: number })[];
  /** Share of all leads that see none of it. */
  readonly holdout: number;
  /** Absolute difference worth finding. */
  readonly minimumEffect: number;
  /** `bandit`: shares follow what has been learned (Thompson). */
  readonly assign: "fixed" | "bandit";
  readonly stop: {
    /** Exposed leads with a closed window, per variant, before anything is concluded. */
    readonly least: number;
    readonly latest: Millis;
    readonly then: "winner" | "report";
    readonly ifUndecided: "control" | "continue";
  };
}

/** Everything a turn needs of what is live at a location, as one immutable value. */
export interface Publication {
  /** SHA-256 (hex) over the ids and hashes below: named by every turn. */
  readonly id: string;
  readonly publishedAt: Instant;
  /** The live plan per workflow, in order of priority (high first), then id. */
  readonly plans: readonly Plan[];
  /** Workflows paused by hand, which take nobody in until they are resumed; `*` is all of them. */
  readonly paused?: readonly string[];
  readonly rules: readonly Rule[];
  readonly segments: readonly Segment[];
  readonly experiments: Readonly<Record<string, Experiment>>;
  /** Every question about history that its plans, rules and segments ask. Plans of earlier publications name their own. */
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
