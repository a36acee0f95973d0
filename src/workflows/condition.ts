import type { HistoryQuestion } from "../behavior/index.ts";
import type { Instant } from "../kernel/time.ts";

/**
 * A condition, compiled: data without closures, so that it is part of a plan's identity and of a trace.
 * Evaluated in Kleene's three values.
 */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly atLeast: number; readonly of: readonly Condition[] }
  | Leaf
  | HistoryLeaf;

/** A fact and what must hold of it; several tests must all hold. */
export interface Leaf {
  readonly subject: string;
  readonly tests: readonly Test[];
  /** What a missing value counts as; without it, unknown. */
  readonly ifMissing?: boolean;
}

/** A question about what the lead did; the tests look at its count (or sum). Never unknown: no events is zero. */
export interface HistoryLeaf {
  readonly history: HistoryQuestion;
  readonly tests: readonly Test[];
  /** Counts from the run's enrollment or from where a step was entered, instead of a sliding window. */
  readonly since?: "enrolled" | { readonly step: string };
}

export interface Test {
  readonly operator: Operator;
  readonly value: Operand;
}

export type Operand =
  | string
  | number
  | boolean
  | readonly (string | number | boolean)[]
  /** Another fact of the same moment. */
  | { readonly fact: string }
  /** `rose_by`, `fell_by`: compared with the mark of a step. */
  | { readonly by: number; readonly since: string };

export type Operator =
  | "equals"
  | "not_equals"
  | "greater_than"
  | "less_than"
  | "at_least"
  | "at_most"
  | "between"
  | "contains"
  | "not_contains"
  | "in"
  | "not_in"
  | "starts_with"
  | "ends_with"
  | "matches"
  | "exists"
  | "is_true"
  | "is_false"
  | "rose_by"
  | "fell_by"
  | "changed";

export type Value = string | number | boolean | readonly string[];

/** What a condition may ask. Built by turns/ for one lead at one instant; answering must not depend on anything else. */
export interface ConditionFacts {
  readonly now: Instant;
  /** The zone in which `time.*` is read. */
  readonly zone: string;
  /** A fact by its dotted name; undefined when the lead has no such value. Durations in ms, instants in ms, money in major units. */
  value(subject: string): Value | undefined;
  /** How many marks (or what sum) answer the question at `now`; `from` replaces the sliding window's start. */
  history(question: HistoryQuestion, from?: Instant): number;
  /** When the clock alone next changes the answer of a sliding window; undefined while nothing in it can. */
  nextExpiry?(question: HistoryQuestion): Instant | undefined;
  /** Where a history leaf with `since` begins; undefined while that step was never entered. Only a run knows. */
  since?(mark: "enrolled" | { readonly step: string }): Instant | undefined;
  /** The figure as of when a step was entered: `rose_by`, `fell_by`. Only a run knows. */
  mark?(step: string, subject: string): number | undefined;
  /** Whether the event in hand changed this field. Undefined without an event. */
  changed?(subject: string): boolean | undefined;
}

/** One leaf of a condition and what became of it: a line of why. */
export interface LeafTruth {
  readonly subject: string;
  readonly truth: Truth;
  readonly value?: Value;
  /** `holds`, `differs`, `empty` (no value), `other_type` (a value that cannot be compared with what was asked). */
  readonly code: "holds" | "differs" | "empty" | "other_type";
}

/** true, false, or undefined for unknown. */
export type Truth = boolean | undefined;
