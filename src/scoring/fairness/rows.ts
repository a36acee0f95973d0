// The rows an audit asks about. Of the rules: a column per feature, its cell what the feature added to the score; rules are
// additive, so that scoring such a row again is exact. Of a model: its own columns, read from the tally kept with the score.

import type { Instant } from "../../kernel/time.ts";
import { openRows } from "../features/row.ts";
import type { Tally } from "../features/tally.ts";
import { shifted, standingOf } from "../foretell.ts";
import { ready } from "../learn/predict.ts";
import type { ChanceScorer } from "../scorers.ts";
import type { AuditRows } from "./proxies.ts";

/** What the rules read, each with an example of what it says; `src/scoring/score.ts`. */
export const RULE_WORDS = {
  engagement: "engagement is 40 of 100",
  qualification: "qualification is 60 of 100",
  views: "3 property views in 7 days",
  wrote: "wrote to us in the last 14 days",
  appointment: "has an appointment",
  idle: "quiet for 20 days",
} as const;
const RULE_FEATURES = Object.keys(RULE_WORDS);

/** Rows, and how such a row is scored: 0 to 1, where its lead stands. */
export interface Scored {
  readonly rows: AuditRows;
  readonly score: (row: Float64Array) => number;
}

/** A score of the rules, as it is kept. */
export interface Kept {
  readonly base: number;
  readonly reasons: readonly { readonly feature?: string; readonly logOdds?: number }[];
}

/** All of one `base`: of one version of the rules. What steps have added for a time is not in a row. */
export function rulesRows(scores: readonly Kept[]): Scored {
  const columns = RULE_FEATURES.map((name) => ({ name, kind: "number" as const }));
  const cells = RULE_FEATURES.map((name) =>
    Float64Array.from(scores, ({ reasons }) => reasons.find(({ feature }) => feature === name)?.logOdds ?? 0),
  );
  const base = scores[0]?.base ?? 0;
  return {
    rows: { columns, rows: scores.length, cells },
    score: (row) => 1 / (1 + Math.exp(-row.reduce((sum, cell) => sum + cell, base))),
  };
}

/** As of when each lead was scored. What an agent's own outcomes add is left out. */
export function learnedRows(
  kept: readonly { readonly tally: Tally; readonly at: Instant }[],
  { model, quantiles, location }: ChanceScorer,
): Scored {
  const read = openRows(model.columns);
  const made = kept.map(({ tally, at }) => read(tally, at));
  const { chance } = ready(model);
  return {
    rows: {
      columns: model.columns,
      rows: made.length,
      cells: model.columns.map((_, index) => Float64Array.from(made, (row) => row[index] as number)),
    },
    score: (row) => standingOf(quantiles, shifted(chance(row), location.logOdds)),
  };
}
