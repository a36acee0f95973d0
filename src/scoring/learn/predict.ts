// A model's answer for one row. `ready` lays a model out flat, for those who ask it often; it is the one way to ask.

import { unreachable } from "../../kernel/errors.ts";
import { flat } from "./flat.ts";
import type { Boosted, Calibration, Column, Linear, Model, Row } from "./model.ts";
import { isLevel } from "./table.ts";
import { termOf } from "./term.ts";

export interface Predictor {
  /** Raw, before calibration. */
  readonly logOdds: (row: Row) => number;
  /** Calibrated, from 0 to 1. */
  readonly chance: (row: Row) => number;
}

/** A level that the model does not know is taken as missing. The model is not to be changed afterwards. */
export function ready(model: Model): Predictor {
  const { columns, calibration } = model;
  const levels = columns.map((column) => (column.kind === "category" ? column.levels.length : -1));
  const parts = model.parts.map(({ weight, part }) => ({ weight, of: partOf(part, columns) }));
  const cells = new Float64Array(columns.length);
  const logOdds = (row: Row): number => {
    for (let index = 0; index < cells.length; index += 1) {
      const cell = row[index]!;
      const known = levels[index]!;
      cells[index] = known < 0 || isLevel(cell, known) ? cell : Number.NaN;
    }
    let sum = 0;
    for (const { weight, of } of parts) sum += weight * of(cells);
    return sum;
  };
  return { logOdds, chance: (row) => calibrated(calibration, logOdds(row)) };
}

/** For one row of a model that is not asked again. */
export const chanceOf = (model: Model, row: Row): number => ready(model).chance(row);

/** From raw log-odds to a probability. */
export function calibrated(calibration: Calibration, logOdds: number): number {
  switch (calibration.kind) {
    case "none":
      return sigmoid(logOdds);
    case "platt":
      return sigmoid(within(calibration.limit ?? Infinity, calibration.intercept + calibration.slope * logOdds));
    case "isotonic":
      return between(calibration.at, calibration.chance, logOdds);
    default:
      return unreachable(calibration);
  }
}

const within = (limit: number, logOdds: number): number => Math.max(-limit, Math.min(limit, logOdds));

/** Exact to the last digits at either end: neither side takes 1 from what is nearly 1. */
export function sigmoid(logOdds: number): number {
  if (logOdds >= 0) return 1 / (1 + Math.exp(-logOdds));
  const odds = Math.exp(logOdds);
  return odds / (1 + odds);
}

function partOf(part: Model["parts"][number]["part"], columns: readonly Column[]): (cells: Float64Array) => number {
  switch (part.kind) {
    case "boosted":
      return boosted(part, columns);
    case "linear":
      return (cells) => linear(part, cells);
    case "rate":
      return () => part.logOdds;
    default:
      return unreachable(part);
  }
}

function boosted({ base, trees }: Boosted, columns: readonly Column[]): (cells: Float64Array) => number {
  const sum = flat(trees, columns);
  return (cells) => base + sum(cells);
}

function linear({ intercept, terms }: Linear, cells: Float64Array): number {
  let sum = intercept;
  for (const [index, term] of terms.entries()) {
    sum += termOf(term, cells[index]!);
  }
  return sum;
}

/** Along the line between the knots; the end's height beyond them. */
function between(at: readonly number[], height: readonly number[], x: number): number {
  const last = at.length - 1;
  if (x <= at[0]!) return height[0]!;
  if (x >= at[last]!) return height[last]!;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (at[middle]! <= x) low = middle;
    else high = middle;
  }
  return height[low]! + ((height[high]! - height[low]!) * (x - at[low]!)) / (at[high]! - at[low]!);
}
