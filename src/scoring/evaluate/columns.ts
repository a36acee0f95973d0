// What the columns of a file are, judged by the rows to learn from alone, and what every one was read as and why.

import { InvalidInput } from "../../kernel/errors.ts";
import type { Column, Table } from "../learn/model.ts";
import { isMissing, type Labeled } from "./csv.ts";

export interface Typed {
  readonly columns: readonly Column[];
  /** Which headings they are. */
  readonly at: readonly number[];
  /** Columns that tell rows apart rather than describe them. */
  readonly left: readonly string[];
  /** One for each heading, in its order. */
  readonly read: readonly ColumnRead[];
}

export interface ColumnRead {
  readonly name: string;
  readonly as: "number" | "category" | "left out";
  readonly why: string;
  /** Of the rows to learn from: cells that say something, how many different ones, and how many that are no number. */
  readonly known: number;
  readonly values: number;
  readonly words: number;
  /** Of a number, in all rows: cells that are missing because they are infinite, or no number in a row that taught nothing. */
  readonly infinite: number;
  readonly strange: number;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const INFINITE = /^[+-]?(inf|infinity|∞)$/i;
/** Of rows with so many values of their own, a text column is a name. */
const NAMES_FROM = 0.5;

/** Also a number that is too large to be held. */
const isInfinite = (cell: string): boolean =>
  INFINITE.test(cell) || (NUMBER.test(cell) && !Number.isFinite(Number(cell)));
const isNumber = (cell: string): boolean => NUMBER.test(cell) && Number.isFinite(Number(cell));

/** A level that only other rows have is missing to the model. @throws InvalidInput where no column describes the rows */
export function typed({ headings, records }: Pick<Labeled, "headings" | "records">, rows: readonly number[]): Typed {
  const columns: Column[] = [];
  const at: number[] = [];
  const read: ColumnRead[] = [];
  for (const [place, name] of headings.entries()) {
    const all = records.map((record) => record[place] as string);
    const known = rows.map((row) => all[row] as string).filter((cell) => !isMissing(cell));
    const one = readAs(name, known, all);
    read.push(one);
    if (one.as === "left out") continue;
    columns.push(one.as === "number" ? { name, kind: "number" } : { name, kind: "category", levels: valuesOf(known) });
    at.push(place);
  }
  const left = read.filter((one) => one.as === "left out").map(({ name }) => name);
  if (columns.length === 0)
    throw new InvalidInput(`Every column names its rows (${left.join(", ")}): nothing to learn from.`);
  return { columns, at, left, read };
}

const valuesOf = (cells: readonly string[]): string[] => [...new Set(cells)].sort();

/** @param known cells of the rows to learn from that say something; `all` are those of every row */
function readAs(name: string, known: readonly string[], all: readonly string[]): ColumnRead {
  const words = known.filter((cell) => !isNumber(cell) && !isInfinite(cell));
  const values = valuesOf(known).length;
  const of = { name, known: known.length, values, words: words.length, infinite: 0, strange: 0 };
  if (words.length === 0) {
    const others = all.filter((cell) => !isMissing(cell) && !isNumber(cell));
    const infinite = others.filter(isInfinite).length;
    const why = known.length === 0 ? "no cell is known" : "every known cell is a number";
    return { ...of, as: "number", why, infinite, strange: others.length - infinite };
  }
  const slips = `${words.length} of ${known.length} known cells ${words.length === 1 ? "is" : "are"} no number ("${words[0]}")`;
  const isMostlyNumbers = 2 * words.length < known.length;
  if (values > 20 && values > NAMES_FROM * known.length) {
    const names = `${values} different values in ${known.length} rows name them`;
    return { ...of, as: "left out", why: isMostlyNumbers ? `${slips}, and as words ${names}` : names };
  }
  return { ...of, as: "category", why: isMostlyNumbers ? slips : `"${words[0]}" is no number` };
}

/** The given rows as a table of these columns. */
export function tableOf(
  { records, labels, lead }: Pick<Labeled, "records" | "labels" | "lead">,
  { columns, at }: Typed,
  rows: readonly number[],
): Table {
  const cells = columns.map((column, index) => {
    const heading = at[index] as number;
    const cell = (row: number) => (records[row] as readonly string[])[heading] as string;
    if (column.kind === "number")
      return Float64Array.from(rows, (row) => (isNumber(cell(row)) ? Number(cell(row)) : Number.NaN));
    const places = new Map(column.levels.map((level, place) => [level, place]));
    return Float64Array.from(rows, (row) => places.get(cell(row)) ?? Number.NaN);
  });
  return {
    columns,
    rows: rows.length,
    cells,
    labels: Uint8Array.from(rows, (row) => labels[row] as number),
    ...(lead === undefined ? {} : { lead: Int32Array.from(rows, (row) => lead[row] as number) }),
  };
}
