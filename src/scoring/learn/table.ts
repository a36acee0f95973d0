// Rows to learn from, looked at before anything is made of them.

import { InvalidInput } from "../../kernel/errors.ts";
import type { Column, Table } from "./model.ts";

/** Whether a cell names a level. */
export const isLevel = (cell: number, levels: number): boolean => cell >= 0 && cell < levels && Number.isInteger(cell);

/** @throws InvalidInput where columns, cells, labels, weights and leads do not fit each other */
export function fitting({ columns, rows, cells, labels, weights, lead }: Table): void {
  if (cells.length !== columns.length) refuse(`${columns.length} columns but cells of ${cells.length}`);
  for (const [index, column] of columns.entries()) fittingColumn(column, cells[index]!, rows);
  if (labels.length !== rows) refuse(`${rows} rows but ${labels.length} labels`);
  if (labels.some((label) => label > 1)) refuse("a label is neither 0 nor 1");
  if (lead !== undefined && lead.length !== rows) refuse(`${rows} rows but the leads of ${lead.length}`);
  if (weights === undefined) return;
  if (weights.length !== rows) refuse(`${rows} rows but ${weights.length} weights`);
  if (!weights.every((weight) => weight > 0 && weight < Infinity)) refuse("a weight is not a positive number");
}

function fittingColumn(column: Column, cells: Float64Array, rows: number): void {
  if (cells.length !== rows) refuse(`${rows} rows but ${cells.length} cells in the column ${column.name}`);
  if (column.kind === "number") return;
  const count = column.levels.length;
  if (cells.every((cell) => isLevel(cell, count) || Number.isNaN(cell))) return;
  refuse(`a cell of the column ${column.name} names none of its ${count} levels`);
}

function refuse(detail: string): never {
  throw new InvalidInput(`these rows cannot be learned from: ${detail}`);
}
