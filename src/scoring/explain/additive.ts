// What both forms of explanation share: parts times their weights, a base that is what the parts say of nobody in
// particular, and contributions that bring it to what they say of this row.

import type { Boosted, Linear, LinearTerm, Model, Rate, Row } from "../learn/model.ts";
import { termOf } from "../learn/term.ts";

export interface Explanation {
  /** Log-odds of the model where it knows nothing of the row. */
  readonly base: number;
  /** Log-odds by column of the model, in its order. */
  readonly contributions: Float64Array;
  /** base + all contributions: the raw log-odds, before calibration. */
  readonly logOdds: number;
}

/** Made once per model, then asked row by row. A level that the model does not know is missing. */
export type Explain = (row: Row) => Explanation;

export interface Part {
  readonly base: number;
  /** Adds the part's contributions, times its weight in the model, to `into`. */
  add(row: Row, into: Float64Array): void;
}

/** How a form takes trees, and what it holds a linear term against. */
export interface Form {
  boosted(part: Boosted, weight: number): Part;
  /** Mean of what the term adds. */
  mean(term: LinearTerm, column: number): number;
}

export function additive(model: Model, form: Form): Explain {
  const parts = model.parts.map(({ weight, part }) => partOf(part, weight, form));
  const base = parts.reduce((sum, part) => sum + part.base, 0);
  const levels = model.columns.map((column) => (column.kind === "category" ? column.levels.length : undefined));
  const known = (cell: number, column: number): number => {
    const count = levels[column];
    return count === undefined || (cell >= 0 && cell < count && Number.isInteger(cell)) ? cell : Number.NaN;
  };
  return (told) => {
    const row = Float64Array.from(told, known);
    const contributions = new Float64Array(model.columns.length);
    for (const part of parts) part.add(row, contributions);
    return { base, contributions, logOdds: contributions.reduce((sum, one) => sum + one, base) };
  };
}

function partOf(part: Boosted | Linear | Rate, weight: number, form: Form): Part {
  switch (part.kind) {
    case "boosted":
      return form.boosted(part, weight);
    case "linear":
      return linear(part, weight, part.terms.map(form.mean));
    case "rate":
      return { base: weight * part.logOdds, add: () => {} };
  }
}

function linear({ intercept, terms }: Linear, weight: number, means: readonly number[]): Part {
  return {
    base: weight * means.reduce((sum, mean) => sum + mean, intercept),
    add(row, into) {
      for (const [column, term] of terms.entries()) {
        into[column]! += weight * (termOf(term, row[column]!) - means[column]!);
      }
    },
  };
}
