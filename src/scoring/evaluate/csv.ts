// Any CSV with a column of two outcomes becomes rows to learn from: which they are, what is missing, and what counts as
// having come true.

import { CsvError, parse } from "csv-parse/sync";
import { InvalidInput } from "../../kernel/errors.ts";

export interface Sheet {
  readonly headings: readonly string[];
  /** Cells as they were written, without the blanks around them. */
  readonly records: readonly (readonly string[])[];
}

/** @throws InvalidInput when the text is no CSV, has no rows, or has a heading twice */
export function readSheet(text: string): Sheet {
  const [first, ...records] = linesOf(text);
  if (first === undefined || records.length === 0)
    throw new InvalidInput("Expected a line of headings, then rows: the file has none.");
  const other = first.length === 1 ? /[;\t|]/.exec(first[0] as string)?.[0] : undefined;
  if (other !== undefined)
    throw new InvalidInput(
      `Expected cells with a comma between them: the headings have ${other === "\t" ? "tabs" : `"${other}"`}.`,
    );
  const headings = first.map((heading, at) => (heading === "" ? `column ${at + 1}` : heading));
  const twice = headings.find((heading, at) => headings.indexOf(heading) !== at);
  if (twice !== undefined) throw new InvalidInput(`The heading "${twice}" is there twice: give each column its own.`);
  return { headings, records };
}

function linesOf(text: string): string[][] {
  try {
    return parse(text, { bom: true, skip_empty_lines: true, trim: true });
  } catch (error) {
    if (error instanceof CsvError) throw new InvalidInput(`The file is no CSV: ${oddIn(error)}.`);
    throw error;
  }
}

/** Without what stands in the line, which may be somebody's, or no text at all. */
function oddIn({ code, lines, records, record }: CsvError & { readonly [key: string]: unknown }): string {
  if (code === "CSV_QUOTE_NOT_CLOSED") return `after line ${records} a quote opens a cell and is never closed`;
  if (code === "CSV_RECORD_INCONSISTENT_FIELDS_LENGTH" && Array.isArray(record))
    return `expected as many cells in each line as there are headings, found ${record.length} in line ${lines}`;
  return `expected a quote within a cell to be doubled, and the cell to stand in quotes: line ${lines} has another one`;
}

export interface Wanted {
  readonly label: string;
  readonly drop: readonly string[];
  /** The column that says whose row it is, where somebody has several; it is not learned from. */
  readonly lead?: string | undefined;
  /** Which value of the label is 1. Absent: the one that says yes, else the rarer. */
  readonly positive?: string | undefined;
  /** Leave out rows that repeat an earlier one, before anything else is counted. */
  readonly unique: boolean;
}

export interface Labeled {
  readonly headings: readonly string[];
  /** Without the label and what was dropped; rows in the order of the file. */
  readonly records: readonly (readonly string[])[];
  readonly labels: Uint8Array;
  /** Whose row each is, numbered as they are first met; absent where no column says so. */
  readonly lead?: Int32Array;
  readonly positive: string;
  /** Rows left out because they repeat an earlier one; 0 where they are kept. */
  readonly repeated: number;
  /** The first row whose whole line in the file, dropped columns too, is that of each: its own place where it is no copy. */
  readonly first: Int32Array;
  readonly unlabeled: number;
}

const MISSING: ReadonlySet<string> = new Set(["", "na", "n/a", "#n/a", "nan", "null", "?"]);
export const isMissing = (cell: string): boolean => MISSING.has(cell.toLowerCase());
const YES: ReadonlySet<string> = new Set(["1", "yes", "y", "true", "t", "won", "converted"]);

/** @throws InvalidInput when a column is not there, or the label has not two values */
export function labeled({ headings, records }: Sheet, { label, drop, lead, positive, unique }: Wanted): Labeled {
  const at = columnAt(headings, label, "--label");
  const whose = lead === undefined ? undefined : columnAt(headings, lead, "--lead");
  const dropped = new Set(drop.map((name) => columnAt(headings, name, "--drop")));
  if (dropped.has(at)) throw new InvalidInput(`--drop: "${label}" is the label.`);
  if (whose === at) throw new InvalidInput(`--lead: "${label}" is the label.`);
  const kept = [...headings.keys()].filter((column) => column !== at && column !== whose && !dropped.has(column));
  if (kept.length === 0) throw new InvalidInput("No column is left to learn from.");
  const once = unique ? withoutRepeated(records) : records;
  const told = once.filter((record) => !isMissing(record[at] as string));
  const yes = positiveOf(
    told.map((record) => record[at] as string),
    label,
    positive,
  );
  return {
    headings: kept.map((column) => headings[column] as string),
    records: told.map((record) => kept.map((column) => record[column] as string)),
    labels: Uint8Array.from(told, (record) => Number(record[at] === yes)),
    ...(whose === undefined ? {} : { lead: numbered(told.map((record) => record[whose] as string)) }),
    positive: yes,
    repeated: records.length - once.length,
    first: firstLike(told),
    unlabeled: once.length - told.length,
  };
}

function columnAt(headings: readonly string[], name: string, option: string): number {
  const at = headings.indexOf(name);
  if (at < 0)
    throw new InvalidInput(`${option}: there is no column "${name}". Expected one of ${headings.join(", ")}.`);
  return at;
}

/** Names as numbers, in the order in which they are met; who has no name is nobody else. */
function numbered(names: readonly string[]): Int32Array {
  const known = new Map<string, number>();
  let met = 0;
  return Int32Array.from(names, (name) => {
    const place = known.get(name) ?? met++;
    if (!isMissing(name)) known.set(name, place);
    return place;
  });
}

const withoutRepeated = (records: Sheet["records"]): Sheet["records"] => {
  const first = firstLike(records);
  return records.filter((_, row) => first[row] === row);
};

function firstLike(records: Sheet["records"]): Int32Array {
  const met = new Map<string, number>();
  return Int32Array.from(records, (record, row) => {
    const key = JSON.stringify(record);
    const before = met.get(key);
    if (before === undefined) met.set(key, row);
    return before ?? row;
  });
}

function positiveOf(values: readonly string[], label: string, asked: string | undefined): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const found = [...counts].sort((a, b) => a[1] - b[1]);
  if (found.length !== 2) {
    const some = found.slice(0, 6).map(([value, n]) => `"${value}" (${n})`);
    const list = found.length > 6 ? `${some.join(", ")}, …` : some.join(", ");
    throw new InvalidInput(`--label: expected two values in "${label}", found ${found.length}: ${list || "none"}.`);
  }
  const [[rarer], [other]] = found as [[string, number], [string, number]];
  if (asked !== undefined && asked !== rarer && asked !== other)
    throw new InvalidInput(`--positive: expected "${rarer}" or "${other}", which are the values of "${label}".`);
  if (asked !== undefined) return asked;
  return [rarer, other].find((value) => YES.has(value.toLowerCase())) ?? rarer;
}
