// An explanation to be handed out: whole, in words, and with the check that it adds up to what the model itself says.

import type { Model, Row } from "../learn/model.ts";
import { ready } from "../learn/predict.ts";
import type { Explain } from "./additive.ts";
import { type GroupReason, reasonsOf, type Words } from "./reasons.ts";

/** Log-odds throughout. */
export interface Account {
  readonly base: number;
  /** By group, strongest first. */
  readonly reasons: readonly GroupReason[];
  /** By column, strongest first; what adds nothing is left out. */
  readonly contributions: readonly { readonly column: string; readonly logOdds: number }[];
  /** base + all contributions. */
  readonly logOdds: number;
  /** What the model says of the row, by the way it is asked in a turn. */
  readonly said: number;
  /** How far the two are apart; above 1e-9 something is wrong. */
  readonly off: number;
  /** After calibration, 0 to 1; without what a location's own outcomes add. */
  readonly chance: number;
}

/** More than this is no rounding any more. */
export const ADDS_UP = 1e-9;

/** Said with every explanation. */
export const NO_CAUSE =
  "This is what the model makes of the figures. No line is a cause: what would change a score, only an experiment can find out.";

export function accountOf(model: Model, row: Row, explain: Explain, words: Words): Account {
  const explanation = explain(row);
  const { base, contributions, logOdds } = explanation;
  const predictor = ready(model);
  const said = predictor.logOdds(row);
  return {
    base,
    reasons: reasonsOf(model.columns, row, explanation, words),
    contributions: model.columns
      .map(({ name }, place) => ({ column: name, logOdds: contributions[place]! }))
      .filter((one) => one.logOdds !== 0)
      .sort((a, b) => Math.abs(b.logOdds) - Math.abs(a.logOdds)),
    logOdds,
    said,
    off: Math.abs(logOdds - said),
    chance: predictor.chance(row),
  };
}
