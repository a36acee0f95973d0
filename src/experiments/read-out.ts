import type { Instant } from "../kernel/time.ts";
import type { Difference, Interval } from "./statistics/sequence.ts";

/** What may be said of an experiment at an instant. A figure that too few leads stand behind is absent. */
export interface ReadOut {
  readonly at: Instant;
  readonly verdict: Verdict;
  /** Chance of ever being wrong about one of the comparisons with control. */
  readonly alpha: number;
  readonly variants: readonly VariantReading[];
  /** The metrics beside the one that decides, then the guardrails, as declared. */
  readonly also: readonly MetricReading[];
  readonly guardrails: readonly (MetricReading & { readonly worseBy: number })[];
  readonly holdout?: HoldoutReading;
  readonly ratio: RatioReading;
}

export type Verdict =
  /** Not enough data: so many leads per variant must have had their time. */
  | { readonly kind: "waiting"; readonly least: number }
  | { readonly kind: "running" }
  | { readonly kind: "decided"; readonly winner: string }
  /** The time is over and nothing is decided. */
  | { readonly kind: "undecided" }
  /** `guardrail`: its place among the guardrails. */
  | { readonly kind: "guardrail"; readonly variant: string; readonly guardrail: number }
  /** Leads do not fall to the variants as declared: nothing is concluded until somebody has found out why. */
  | { readonly kind: "sample_ratio" };

/** One rate, as far as the leads whose window is over tell. */
export interface RateReading {
  readonly closed: number;
  readonly reached: number;
  readonly rate?: number;
}

export interface VariantReading extends RateReading {
  readonly id: string;
  readonly control: boolean;
  /** As declared, or a bandit's present one. */
  readonly share: number;
  readonly exposed: number;
  /** Where its own rate lies with 95 % (Bayes). */
  readonly interval?: Interval;
  /** Probability that its rate is the highest, and what choosing it would cost on average if it is not. */
  readonly best?: number;
  readonly loss?: number;
  /** Against control; holds at every look. */
  readonly difference?: Compared;
  /** The smallest difference from control that the leads so far would show. */
  readonly detectable?: number;
}

export interface Compared extends Difference {
  /** too_small: an improvement of the declared size is ruled out. */
  readonly stands: "better" | "worse" | "too_small" | "open";
}

export interface MetricReading {
  /** Its events. */
  readonly when: readonly string[];
  readonly variants: readonly (RateReading & { readonly id: string; readonly difference?: Difference })[];
}

/** Held out against everyone else: whether the step is worth taking at all. */
export interface HoldoutReading extends RateReading {
  readonly exposed: number;
  readonly lift?: Difference;
}

export interface RatioReading {
  /** May be looked at every day; the smallest ever seen counts. */
  readonly p: number;
  /** Of the chi-square test, for whoever looks once. */
  readonly chiSquareP: number;
  readonly alarm: boolean;
}
