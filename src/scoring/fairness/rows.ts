// The rows an audit asks about, as the rules had them: a column per feature, its cell what the feature added to the score.
// Rules are additive, so that scoring such a row again is exact.

import type { AuditRows } from "./proxies.ts";

/** What the rules read; `src/scoring/score.ts`. */
export const RULE_FEATURES = ["engagement", "qualification", "views", "wrote", "appointment", "idle"] as const;

/** A score of the rules, as it is kept. */
export interface Kept {
  readonly base: number;
  readonly reasons: readonly { readonly feature?: string; readonly logOdds?: number }[];
}

/** All of one `base`: of one version of the rules. What steps have added for a time is not in a row. */
export function rulesRows(scores: readonly Kept[]): {
  readonly rows: AuditRows;
  readonly score: (row: Float64Array) => number;
} {
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
