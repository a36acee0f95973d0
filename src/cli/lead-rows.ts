// Rows of a file become leads: which column is what, what is wrong with a row, in words that name its line.

import { parse } from "csv-parse/sync";
import { LeadRow } from "../app/leads-in.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { normalizePhone } from "../kernel/phone.ts";
import { normalizeEmail } from "../outreach/index.ts";

export interface BadRow {
  /** As an editor counts them: the heading is line 1. */
  readonly line: number;
  readonly detail: string;
}

export interface Read {
  readonly rows: readonly { readonly line: number; readonly row: LeadRow }[];
  readonly bad: readonly BadRow[];
  /** Columns that nothing takes. */
  readonly ignored: readonly string[];
}

const FIELDS = ["contact", "email", "phone", "first_name", "last_name", "name", "source", "tags"] as const;
type Field = (typeof FIELDS)[number];

/** Headings that mean a field without being told; compared without case, spaces and punctuation. */
const KNOWN: Readonly<Record<string, Field>> = {
  contact: "contact",
  contactid: "contact",
  email: "email",
  emailaddress: "email",
  phone: "phone",
  phonenumber: "phone",
  mobile: "phone",
  cell: "phone",
  firstname: "first_name",
  lastname: "last_name",
  name: "name",
  fullname: "name",
  source: "source",
  leadsource: "source",
  tags: "tags",
};

/**
 * @param map `Heading=field`, separated by commas: `Cell=phone,Budget=custom.budget`
 * @throws InvalidInput when the file is no CSV, or the map names what is not there
 */
export function readLeads(text: string, map: string | undefined): Read {
  let lines: { record: string[]; info: { lines: number } }[];
  try {
    const options = { bom: true, info: true, relax_column_count: true, skip_empty_lines: true, trim: true };
    lines = parse(text, options) as unknown as typeof lines;
  } catch (error) {
    throw new InvalidInput(`The file is no CSV: ${(error as Error).message}`);
  }
  const [heading, ...rest] = lines;
  if (heading === undefined) throw new InvalidInput("The file is empty: expected a line of headings, then leads.");
  const columns = columnsOf(heading.record, map);
  const rows: { line: number; row: LeadRow }[] = [];
  const bad: BadRow[] = [];
  for (const { record, info } of rest) {
    const line = info.lines;
    if (record.length > heading.record.length) {
      bad.push({
        line,
        detail: `has ${record.length} values for ${heading.record.length} columns: is a comma unquoted?`,
      });
      continue;
    }
    const read = rowOf(record, columns);
    if (typeof read === "string") bad.push({ line, detail: read });
    else rows.push({ line, row: read });
  }
  return { rows, bad, ignored: heading.record.filter((_, place) => columns[place] === undefined) };
}

type Column = Field | `custom.${string}`;

function columnsOf(headings: readonly string[], map: string | undefined): (Column | undefined)[] {
  const told = new Map<string, Column>();
  for (const pair of map === undefined ? [] : map.split(",")) {
    const [heading = "", field = ""] = pair.split("=").map((part) => part.trim());
    if (!headings.includes(heading))
      throw new InvalidInput(`--map: there is no column "${heading}". The columns are ${headings.join(", ")}.`);
    if (!isColumn(field))
      throw new InvalidInput(`--map: expected ${heading}= one of ${FIELDS.join(", ")}, custom.KEY; got "${field}".`);
    told.set(heading, field);
  }
  const columns = headings.map((heading) => told.get(heading) ?? KNOWN[heading.toLowerCase().replace(/[^a-z]/g, "")]);
  for (const column of new Set(columns)) {
    if (column !== undefined && columns.filter((one) => one === column).length > 1)
      throw new InvalidInput(`Two columns are ${column}: say with --map which one, as "Heading=${column}".`);
  }
  if (!["contact", "email", "phone"].some((field) => columns.includes(field as Column)))
    throw new InvalidInput("No column is a contact, email or phone: say with --map which one is.");
  return columns;
}

const isColumn = (field: string): field is Column =>
  (FIELDS as readonly string[]).includes(field) || /^custom\.\S+$/.test(field);

function rowOf(record: readonly string[], columns: readonly (Column | undefined)[]): LeadRow | string {
  const given: Record<string, unknown> = {};
  const custom: Record<string, string> = {};
  for (const [place, column] of columns.entries()) {
    const value = record[place] ?? "";
    if (column === undefined || value === "") continue;
    if (column.startsWith("custom.")) custom[column.slice("custom.".length)] = value;
    else if (column === "tags")
      given["tags"] = value
        .split(/[;,|]/)
        .map((tag) => tag.trim())
        .filter(Boolean);
    else given[column] = value;
  }
  const { email, phone } = given as { email?: string; phone?: string };
  if (email !== undefined && normalizeEmail(email) === undefined) return `email: "${email}" is no address`;
  if (phone !== undefined && normalizePhone(phone) === undefined)
    return `phone: "${phone}" is no number: expected +15125550101, or ten digits of a number in the US`;
  const row = LeadRow.safeParse({
    ...given,
    ...(email === undefined ? {} : { email: normalizeEmail(email) }),
    ...(phone === undefined ? {} : { phone: normalizePhone(phone) }),
    ...(Object.keys(custom).length === 0 ? {} : { custom }),
  });
  if (row.success) return row.data;
  return row.error.issues.map(({ path, message }) => [...path, message].join(": ")).join("; ");
}
