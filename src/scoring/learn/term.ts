// What one cell adds to the log-odds of a linear part: asked by learning, prediction and explanation alike.

import type { LinearTerm } from "./model.ts";

type NumberTerm = Extract<LinearTerm, { kind: "number" }>;

/**
 * Standard deviations from the mean that a number is held within, so that no number overflows. Among rows of equal weight that are learned
 * from (at most 200,000) none can be further away than 447.
 */
const REACH = 1_000;

export function termOf(term: LinearTerm, cell: number): number {
  if (Number.isNaN(cell)) return term.missing;
  if (term.kind === "number") return (term.weight * (held(term, cell) - term.mean)) / term.scale;
  return term.levels[cell] ?? term.missing;
}

function held({ mean, scale, within }: NumberTerm, cell: number): number {
  const inside = within === undefined ? cell : clamped(cell, ...within);
  const reach = REACH * scale;
  return clamped(inside, mean - reach, mean + reach);
}

/** Within two ends; NaN stays. */
export const clamped = (cell: number, low: number, high: number): number => Math.min(high, Math.max(low, cell));
