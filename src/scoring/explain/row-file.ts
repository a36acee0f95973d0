// A row as people write it, an object by column, and as a model reads it.

import { InvalidInput } from "../../kernel/errors.ts";
import { own } from "../../kernel/json.ts";
import type { Column } from "../learn/model.ts";

/**
 * What is left out, or null, is missing; so is a level that the model does not know.
 *
 * @throws InvalidInput for a column that the model has not, or a value that is none of its kind
 */
export function rowOf(columns: readonly Column[], value: unknown): Float64Array {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidInput('expected a row: an object by column, such as {"views_7d": 3}');
  const given = value as Readonly<Record<string, unknown>>;
  const names = new Set(columns.map(({ name }) => name));
  const strange = Object.keys(given).find((name) => !names.has(name));
  if (strange !== undefined)
    throw new InvalidInput(`the model has no column "${strange}". Its columns are ${[...names].join(", ")}.`);
  return Float64Array.from(columns, (column) => cellOf(column, own(given, column.name)));
}

function cellOf(column: Column, value: unknown): number {
  if (value === undefined || value === null) return Number.NaN;
  if (column.kind === "number") {
    if (typeof value === "boolean") return value ? 1 : 0;
    if (typeof value === "number") return value;
    throw new InvalidInput(`"${column.name}": expected a number, true or false, or null; got ${JSON.stringify(value)}`);
  }
  if (typeof value !== "string")
    throw new InvalidInput(`"${column.name}": expected the name of a level, or null; got ${JSON.stringify(value)}`);
  const level = column.levels.indexOf(value);
  return level < 0 ? Number.NaN : level;
}
