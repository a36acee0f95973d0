// What is kept of a learned model beside its trees: where it comes from, how it was judged, and where it stands.

import { type Aim, APPOINTMENT, aimIn, aimKey } from "../../kernel/aim.ts";
import type { Instant } from "../../kernel/time.ts";
import type { ColdMetrics } from "../churn/comparison.ts";
import type { Interval } from "../learn/intervals.ts";
import type { Model } from "../learn/model.ts";
import type { Shift } from "../scorers.ts";

/** What a model answers: the chance of what the location asks for (`aim.ts`), or the risk of going cold. */
export const KINDS = ["chance", "churn"] as const;
export type Kind = (typeof KINDS)[number];

/**
 * The location of the models that all locations taught together which ask for the same; no location of the CRM has such an
 * id.
 */
export const POOLED = "_all";
const POOLS = `${POOLED}-`;

export const poolOf = (aim: Aim): string =>
  aimKey(aim) === aimKey(APPOINTMENT) ? POOLED : `${POOLS}${aim.outcome}-${aim.days}`;

export const isPool = (location: string): boolean => location === POOLED || location.startsWith(POOLS);

/** What a pool's model foretells. */
export function aimOfPool(location: string): Aim {
  const [outcome, days] = location.slice(POOLS.length).split("-");
  return aimIn({ outcome, days: Number(days) });
}

/** What a lead is called in the rows of all locations together; ids of locations have no slash. */
export const pooledName = (location: string, lead: string): string => `${location}/${lead}`;

export function placeOf(pooled: string): { readonly location: string; readonly lead: string } {
  const at = pooled.indexOf("/");
  return { location: pooled.slice(0, at), lead: pooled.slice(at + 1) };
}

/** A model as a location scores with it. Its id is the SHA-256 of its canonical JSON. */
export type Body =
  | {
      readonly kind: "chance";
      /** What it foretells; absent: an appointment within 30 days. */
      readonly aim?: Aim;
      readonly model: Model;
      /** 101 chances of the location's leads, rising (see `ChanceScorer`). */
      readonly quantiles: readonly number[];
      readonly location: Shift;
      readonly agents: Readonly<Record<string, Shift>>;
    }
  | { readonly kind: "churn"; readonly model: Model; readonly days: number };

/** What taught it. */
export interface Learned {
  /** Of a chance, what it foretells; absent: an appointment within 30 days. */
  readonly aim?: Aim;
  readonly rows: number;
  readonly positives: number;
  /** When the leads were looked at, first and last. */
  readonly from: Instant;
  readonly until: Instant;
  /** SHA-256 of the rows: the same data under the same seed make the same model. */
  readonly data: string;
  readonly seed: number;
  /** Version of the registry of features. */
  readonly features: string;
  /** `own`: this location's outcomes alone. `pooled`: those of all locations of this Latchkey, shifted to this one. */
  readonly source: "own" | "pooled";
  /** How many locations taught it. */
  readonly locations: number;
}

/** One bin of the reliability curve: of `n` leads shown `shown` on average, `observed` came, with its 95 % interval. */
export interface ReliabilityBin {
  readonly shown: number;
  readonly observed: number;
  readonly n: number;
  readonly low: number;
  readonly high: number;
}

/** How far a group of features moves a lead's log-odds, on average, whichever way. */
export interface Driver {
  readonly group: string;
  readonly meanAbs: number;
}

/** Counted on rows that are later than all that taught the model. Intervals are 95 %. */
export interface Metrics {
  readonly rows: number;
  readonly positives: number;
  readonly from: Instant;
  readonly until: Instant;
  readonly logLoss: Interval;
  readonly brier: Interval;
  readonly auc: Interval;
  readonly ece: Interval;
  readonly reliability: readonly ReliabilityBin[];
  /** What moves leads, the furthest first; absent of models that were kept before it was counted. */
  readonly drivers?: readonly Driver[];
  /** Log loss of answering the base rate to everybody. */
  readonly baseLogLoss: number;
  /** The share of positives in it. */
  readonly baseRate: number;
  /** Of going cold: beside what needs no learning, by horizon. */
  readonly cold?: ColdMetrics;
}

/**
 * A bar that a challenger passes or fails, as a person reads it. One without anything to measure by stops nobody; nor does
 * one that is borrowed: it was passed over all locations, and here there is too little to judge by.
 */
export interface Bar {
  readonly bar: "enough" | "better" | "baselines" | "calibrated" | "fair";
  readonly outcome: "passed" | "failed" | "unmeasured" | "borrowed";
  readonly says: string;
}

export interface Verdict {
  /** The model it was held against; `rules` where there was none. */
  readonly against: string;
  /** Who scored then, where that is another: one that was never judged here, so that this one is held against the rules. */
  readonly instead?: string;
  readonly promoted: boolean;
  /** Mean log loss of the one it was held against less its own, per lead: above 0 is better. Absent: not judged. */
  readonly gain?: Interval;
  readonly rows: number;
  readonly bars: readonly Bar[];
}

/** It serves, or would, without having been judged on the location's own leads. */
export const isBorrowed = ({ bars }: Pick<Verdict, "bars">): boolean =>
  bars.some(({ outcome }) => outcome === "borrowed");

export type ModelState = "challenger" | "champion" | "retired";

/** A model without its body: what lists show. */
export interface KeptModel {
  readonly id: string;
  readonly kind: Kind;
  readonly state: ModelState;
  readonly learned: Learned;
  readonly metrics: Metrics;
  readonly verdict: Verdict;
  readonly createdAt: Instant;
  readonly promotedAt?: Instant;
  readonly promotedBy?: string;
  readonly why?: string;
  readonly replaced?: string;
  readonly retiredAt?: Instant;
  readonly watched?: Watched;
  readonly watchedAt?: Instant;
}

/** What can drift: whether chances come true, how they are spread, and the leads themselves. */
export type Drifting = "outcomes" | "chances" | "features";

export type DriftLevel = "stable" | "watch" | "act";

/** CUSUM of y - p over outcomes, in standard deviations of one, as it stands: high, more come than it says; low, fewer. */
export interface Cusum {
  readonly n: number;
  readonly expected: number;
  readonly observed: number;
  readonly high: number;
  readonly low: number;
  readonly level: DriftLevel;
}

/** What a daily look at a champion found. */
export interface Watched {
  /** Leads looked at. */
  readonly n: number;
  /** Population stability index of each feature, largest first, and of the chance itself; against the leads of when it was made. */
  readonly drift: readonly { readonly feature: string; readonly psi: number; readonly level: DriftLevel }[];
  readonly score?: { readonly psi: number; readonly level: DriftLevel };
  /** Of leads looked at since it was made whose outcomes are known; absent while they are fewer than 100. */
  readonly calibration?: Cusum;
  /** Since when a drift that was to be acted on lasts: until it is stable again. */
  readonly since?: Readonly<Partial<Record<Drifting, Instant>>>;
}

/** One drift, in words. */
export interface Alarm {
  readonly about: Drifting;
  readonly level: DriftLevel;
  readonly says: string;
}

/** Twelve digits are what people see and decisions record. */
export const short = (id: string): string => id.slice(0, 12);
