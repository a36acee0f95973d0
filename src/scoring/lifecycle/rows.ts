// Rows of a table as a model wants them: some of them, under its own columns and levels, and the chances it gives them.

import { Defect } from "../../kernel/errors.ts";
import { own } from "../../kernel/json.ts";
import { DAY, type Millis } from "../../kernel/time.ts";
import type { Examples } from "../features/growing.ts";
import type { Column, Table } from "../learn/model.ts";
import { ready } from "../learn/predict.ts";
import type { Shift } from "../scorers.ts";
import type { Body } from "./kept.ts";

/** These rows alone, copied. */
export function pick(table: Examples, rows: Uint32Array): Examples {
  const floats = (from: Float64Array) => Float64Array.from(rows, (row) => from[row] as number);
  const whole = (from: Int32Array) => Int32Array.from(rows, (row) => from[row] as number);
  return {
    columns: table.columns,
    rows: rows.length,
    cells: table.cells.map(floats),
    labels: Uint8Array.from(rows, (row) => table.labels[row] as number),
    weights: floats(table.weights),
    at: floats(table.at),
    lead: whole(table.lead),
    leads: table.leads,
    owner: whole(table.owner),
    owners: table.owners,
  };
}

/** The first row of each lead, in the order of the table. */
export function firstOfEach({ lead, rows }: Pick<Examples, "lead" | "rows">): Uint32Array {
  const seen = new Set<number>();
  return Uint32Array.from({ length: rows }, (_, row) => row).filter((row) => {
    const one = lead[row] as number;
    return !seen.has(one) && seen.add(one);
  });
}

/** How far back what leads were lately goes. */
const LATELY: Millis = 28 * DAY;

/** The last row of each lead in the table's last four weeks: leads as they were lately, each once. Later than `since`, if given. */
export function latelyOfEach(table: Examples, since = Number.NEGATIVE_INFINITY): Examples {
  const { at, lead, rows } = table;
  const from = Math.max(since, at.reduce((last, one) => Math.max(last, one), 0) - LATELY);
  const last = new Map<number, number>();
  for (let row = 0; row < rows; row += 1) {
    if ((at[row] as number) <= from) continue;
    const before = last.get(lead[row] as number);
    if (before === undefined || (at[before] as number) <= (at[row] as number)) last.set(lead[row] as number, row);
  }
  return pick(table, Uint32Array.from(last.values()).sort());
}

/**
 * Reads rows of a table under the columns of a model that may be older: by name, levels by theirs. What the table does
 * not have is missing.
 */
export function rowReader(
  columns: readonly Column[],
  table: Pick<Table, "columns" | "cells">,
): (row: number) => Float64Array {
  const cells = new Float64Array(columns.length);
  const sources = columns.map((column) => {
    const place = table.columns.findIndex(({ name, kind }) => name === column.name && kind === column.kind);
    const theirs = table.columns[place];
    if (theirs === undefined || column.kind === "number" || theirs.kind === "number")
      return { from: table.cells[place], levels: undefined };
    const known = new Map(column.levels.map((level, index) => [level, index]));
    return { from: table.cells[place], levels: theirs.levels.map((level) => known.get(level) ?? Number.NaN) };
  });
  return (row) => {
    for (const [place, { from, levels }] of sources.entries()) {
      const cell = from?.[row] ?? Number.NaN;
      cells[place] = levels === undefined || Number.isNaN(cell) ? cell : (levels[cell] ?? Number.NaN);
    }
    return cells;
  };
}

/** What a body says of each row, as a turn would have said it then. */
export function chancesOf(body: Body, table: Examples): Float64Array {
  const predict = ready(body.model);
  const read = rowReader(body.model.columns, table);
  const shifts = body.kind === "churn" ? undefined : table.owners.map((owner) => own(body.agents, owner)?.logOdds ?? 0);
  const location = body.kind === "churn" ? 0 : body.location.logOdds;
  return Float64Array.from({ length: table.rows }, (_, row) => {
    const chance = predict.chance(read(row));
    return shifts === undefined ? chance : shifted(chance, location + (shifts[table.owner[row] as number] ?? 0));
  });
}

/** A chance moved on the log-odds. */
export function shifted(chance: number, by: Shift["logOdds"]): number {
  if (by === 0 || chance <= 0 || chance >= 1) return chance;
  const odds = (chance / (1 - chance)) * Math.exp(by);
  return odds / (1 + odds);
}

/** Among fewer rows a place says nothing: quantiles would call the first hot and the second cold (ours). */
export const LEAST_AMONG = 100;

/** 101 quantiles, rising. @throws Defect of nobody: there is no place among none */
export function quantilesOf(chances: Float64Array): number[] {
  if (chances.length === 0) throw new Defect("quantiles of nobody's chances");
  const sorted = Float64Array.from(chances).sort();
  return Array.from({ length: 101 }, (_, percent) => {
    const at = (percent / 100) * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0];
    return low + (high - low) * (at - Math.floor(at));
  });
}
