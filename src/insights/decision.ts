import type { JsonObject } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import type { Verdict } from "../outreach/index.ts";

/**
 * One decision about a lead, to act or not to act, with its causes: a row of `decision`, written in the turn and never
 * changed. What became of a message afterwards is read from its outbox row and message.
 */
export interface Decision {
  /** Hash of lead, turn number and place. */
  readonly id: string;
  readonly lead: string;
  readonly turn: number;
  /** Place in the turn. */
  readonly place: number;
  readonly at: Instant;
  readonly kind: DecisionKind;
  readonly verdict: DecisionVerdict;
  readonly workflow?: string;
  readonly run?: string;
  readonly path?: string;
  /** Outbox identity, when it is about an effect. */
  readonly message?: string;
  readonly links: readonly Link[];
  readonly versions: {
    readonly publication: string;
    readonly plan?: string;
    readonly zones: string;
    readonly model: string;
  };
  /** SHA-256 (hex) over the one before of this lead, and this one without its hash. */
  readonly hash: string;
}

export type DecisionKind = "message" | "enrollment" | "rule" | "step" | "run" | "effect";

export type DecisionVerdict =
  | "queued"
  | "held"
  | "blocked"
  | "expired"
  | "withdrawn"
  | "failed"
  | "sent"
  | "undecided"
  | "shadow"
  | "enrolled"
  | "not_enrolled"
  | "fired"
  | "not_fired"
  | "branch"
  | "waiting"
  | "ended"
  | "done";

/** One link of the chain from cause to effect. Words are made from `code` and `values`, so programs read codes. */
export interface Link {
  readonly kind: "event" | "rule" | "score" | "workflow" | "permission" | "channel" | "provider" | "then";
  readonly status: "done" | "held" | "off" | "failed" | "run" | "event" | "asked";
  readonly code: string;
  readonly values?: JsonObject;
  readonly at?: Instant;
  readonly verdicts?: readonly (Verdict & { readonly round: "decide" | "send" })[];
  /** What to open for the record behind it. */
  readonly evidence?: { readonly type: "event" | "rule" | "run" | "plan" | "message"; readonly id: string };
}
