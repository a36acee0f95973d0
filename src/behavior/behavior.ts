import type { JsonObject } from "../kernel/json.ts";
import type { Instant, Millis } from "../kernel/time.ts";
import type { Condition, RuleStep } from "../workflows/index.ts";
import type { Acts } from "./rhythm.ts";

/** What a lead has done, folded. Plain JSON, bounded by the rules that read it and never by history. */
export interface BehaviorState {
  /** Engagement: S, the sum of weights halving every 7 days, as of an instant. The figure people see is S/(S+2). */
  readonly engagement: { readonly sum: number; readonly asOf: Instant };
  /**
   * Starts at .5, moved by each event's impact, six decimals. Kept unclamped so that the order of arrival does not
   * matter; `qualification()` reads it between 0 and 1.
   */
  readonly qualification: number;
  /** When the lead last did something (an event with a weight); absent until then. */
  readonly lastActAt?: Instant;
  /** When a person of the team last wrote or talked. */
  readonly agentContactAt?: Instant;
  /** When the lead was first seen; idle counts from here until the first act. */
  readonly firstSeenAt: Instant;
  /** When it acts, for its best hour. Absent in a state from before this was kept: the past is folded first. */
  readonly acts?: Acts;
  /** One bounded window per question that some rule, workflow or segment asks, by the question's key. */
  readonly windows: Readonly<Record<string, Window>>;
  /** Latest instants per event kind named in some `since`, newest last, at most 50 kinds of 20. */
  readonly recent: Readonly<Record<string, readonly Instant[]>>;
  /** Per rule: until when it may not fire (by property value where the cooldown has one), and which levels fired in this silence. */
  readonly rules: Readonly<Record<string, RuleState>>;
  /** Id of the book whose questions the windows answer; another one means that some may have to be folded first. */
  readonly book?: string;
}

export interface Window {
  /** Marks in order of instant: [instant, grouping value, number to sum]. */
  readonly marks: readonly Mark[];
}

export type Mark = readonly [at: Instant, value?: string | null, amount?: number];

export interface RuleState {
  readonly cooldowns?: Readonly<Record<string, Instant>>;
  /** For idle rules: the silence (its start) and levels that have fired in it. */
  readonly silence?: { readonly from: Instant; readonly levels: readonly string[] };
  /** For `not_followed_by` rules: the latest deadline that was looked at. */
  readonly lapsed?: Instant;
}

/** One question about history, compiled from a `behavior.<event>` leaf. Its key names its window. */
export interface HistoryQuestion {
  readonly key: string;
  /** Event type, or a family (`any`, `email.reacted`). */
  readonly event: string;
  /** Sliding window ending now; absent with `since`. */
  readonly within?: Millis;
  /** Condition on the event's properties (`event.*` subjects); only events for which it is true leave a mark. */
  readonly where?: Condition;
  readonly distinct?: string;
  readonly same?: string;
  /** Property whose numbers are added up; `qualification_impact` is the event's own impact. */
  readonly sum?: string;
  readonly afterSilence?: Millis;
  readonly notFollowedBy?: string;
  /** How many marks decide the question, so that no more are kept. */
  readonly keep: number;
}

/** A behavior rule, compiled. */
export interface Rule {
  readonly id: string;
  readonly name: string;
  readonly when: Condition;
  readonly if?: Condition;
  /** Event types that could make `when` true; `any` family expanded. */
  readonly wakes: readonly string[];
  readonly cooldown: Millis;
  /** Property whose values cool down one by one (`7d per property.id`). */
  readonly cooldownPer?: string;
  /** `lead.idle` rules: the silence each level needs, shortest first. */
  readonly levels?: readonly { readonly level: string; readonly idle: Millis }[];
  readonly guard: { readonly newLead?: Millis; readonly agentContact?: Millis };
  /** Steps that neither wait nor send. */
  readonly do: readonly RuleStep[];
}

/** A rule that fired: becomes the event `trigger.<rule>`. */
export interface Firing {
  readonly rule: string;
  readonly at: Instant;
  readonly level?: string;
  /** In plain words: "3 property views in 24 h". */
  readonly reasons: readonly string[];
  /** Instants and counts that made it true. */
  readonly evidence: JsonObject;
}
