// What serves a location whose own outcomes are too few to judge a model by: the model of all locations, which passed its
// bars there, shifted to this one. It says of itself that nobody has judged it here.

import type { Examples } from "../features/growing.ts";
import type { Model } from "../learn/model.ts";
import type { Evidence } from "../learn/subset.ts";
import { contradictions, LEAST_POSITIVES, pairedOf } from "./judge.ts";
import type { Bar, Body, Learned, Metrics, Verdict } from "./kept.ts";
import { chancesOf, firstOfEach, LEAST_AMONG } from "./rows.ts";

/** The model of all locations. */
export interface Pooled {
  readonly model: Model;
  readonly learned: Learned;
  /** Over later leads of all locations. */
  readonly metrics: Metrics;
  /** It passed its bars there, the rules among whom it was held against; whoever promoted it. */
  readonly passed: boolean;
}

/** Who scores at a location. Without a body it cannot: the rules do. */
export interface Scoring {
  readonly id: string;
  readonly body?: Body;
  /** It serves unjudged. */
  readonly borrowed?: boolean;
}

export const passedBars = ({ bars }: Verdict): boolean =>
  bars.some(({ bar, outcome }) => bar === "better" && outcome === "passed") &&
  bars.every(({ outcome }) => outcome !== "failed");

/**
 * What a location may borrow. Nothing where the model is of one location alone, has not passed, or somebody who was judged
 * scores there.
 */
export function lentBy(pooled: Pooled | undefined, scores: Scoring | undefined): Pooled | undefined {
  if (pooled === undefined || !pooled.passed || pooled.learned.locations < 2) return undefined;
  return scores?.body === undefined || scores.borrowed === true ? pooled : undefined;
}

/** The rows a borrowed chance stands among: the leads of now, or all that were looked at; undefined: too few of both. */
export const standsAmong = (current: Examples, examples: Examples): Examples | undefined =>
  [current, examples].find(({ rows }) => rows >= LEAST_AMONG);

/** Nothing is held against anything; groups that were brought may still stop it. */
export function borrowedVerdict(
  { came, not }: Evidence,
  { scores, fair, rows }: { readonly scores: Scoring | undefined; readonly fair: Bar; readonly rows: number },
): Verdict {
  const missing = came < LEAST_POSITIVES ? `${came} came` : `${not} did not come`;
  const says = `not yet judged on your leads: ${missing} in the later window; it takes ${LEAST_POSITIVES}`;
  return {
    ...{ against: scores?.id ?? "rules", rows, promoted: fair.outcome !== "failed" },
    bars: [{ bar: "enough", outcome: "borrowed", says }, fair],
  };
}

/** What a borrowed model that serves is contradicted by; nothing: `says` would be empty. */
export interface Contradicted {
  readonly contradicted?: { readonly id: string; readonly says: readonly string[] };
}

/** Whether the later window, now that it is long enough to judge by, speaks against who serves unjudged. */
export function contradictedBy(
  { id, body }: Scoring,
  judging: Examples,
  rules: Float64Array,
  aucOf: (chances: Float64Array, labels: Uint8Array) => Metrics["auc"],
): Contradicted {
  if (body === undefined) return {};
  const chances = chancesOf(body, judging);
  const one = firstOfEach(judging);
  const auc = aucOf(
    Float64Array.from(one, (row) => chances[row] as number),
    Uint8Array.from(one, (row) => judging.labels[row] as number),
  );
  const says = contradictions(pairedOf(judging, chances, rules), auc);
  return says.length === 0 ? {} : { contradicted: { id, says } };
}
