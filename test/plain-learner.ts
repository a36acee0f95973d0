// A learner that is one ridge regression and nothing else: quick and the same each time, for tests of what is made of a model.

import { learnLinear } from "../src/scoring/learn/logistic.ts";
import type { Model, Table } from "../src/scoring/learn/model.ts";

export const learnPlainly = (table: Table, { seed }: { readonly seed: number }): Model => ({
  format: 1,
  columns: table.columns,
  parts: [{ weight: 1, part: learnLinear(table, { seed, ridge: 1 }) }],
  calibration: { kind: "none" },
  learned: { rows: table.rows, positives: table.labels.reduce((sum, one) => sum + one, 0), seed },
});
