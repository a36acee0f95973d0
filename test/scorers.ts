// Models for tests that anybody can compute by hand: a logistic of a few columns.

import type { Scorers } from "../src/scoring/index.ts";

type Model = NonNullable<Scorers["chance"]>["model"];

/** Log-odds = intercept + the sum of weight times cell; what is missing adds nothing. */
export const logistic = (intercept: number, weights: Readonly<Record<string, number>>): Model => ({
  format: 1,
  columns: Object.keys(weights).map((name) => ({ name, kind: "number" })),
  parts: [
    {
      weight: 1,
      part: {
        kind: "linear",
        intercept,
        terms: Object.values(weights).map((weight) => ({
          kind: "number",
          ...{ mean: 0, scale: 1, weight, missing: 0, missingShare: 0 },
        })),
      },
    },
  ],
  calibration: { kind: "none" },
  learned: { rows: 1_000, positives: 100, seed: 1 },
});

const NO_SHIFT = { logOdds: 0, n: 0, k: 100 };

/** A chance that rises with each message of the lead; its standing is the chance itself. */
export const chanceOf = (more: Partial<NonNullable<Scorers["chance"]>> = {}): NonNullable<Scorers["chance"]> => ({
  model: logistic(-2, { words_ever: 2, homes: 0.5 }),
  quantiles: Array.from({ length: 101 }, (_, percent) => percent / 100),
  location: NO_SHIFT,
  agents: {},
  ...more,
});

/** A risk that rises with each day of silence: .27 after 20 days, .73 after 28. */
export const churnOf = (): NonNullable<Scorers["churn"]> => ({
  model: logistic(-6, { week: 0, idleDays: 0.25 }),
  days: 30,
});
