// Some rows of a table, and which of its rows are one piece of evidence: a lead's, or copies of each other.

import type { Table } from "./model.ts";

export function subset(table: Table, rows: ArrayLike<number>): Table {
  const { columns, cells, labels, weights, lead } = table;
  const taken = (values: Float64Array) => Float64Array.from(rows, (row) => values[row] as number);
  return {
    columns,
    rows: rows.length,
    cells: cells.map(taken),
    labels: Uint8Array.from(rows, (row) => labels[row] as number),
    ...(weights === undefined ? {} : { weights: taken(weights) }),
    ...(lead === undefined ? {} : { lead: Int32Array.from(rows, (row) => lead[row] as number) }),
  };
}

/** The rows for which it is true, in their order. */
export function rowsWhere(rows: number, wanted: (row: number) => boolean): Uint32Array {
  const found = new Uint32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row += 1) {
    if (!wanted(row)) continue;
    found[count] = row;
    count += 1;
  }
  return found.slice(0, count);
}

/**
 * Rows that are copies of each other have one number: the same cells, and the same label throughout. Leads that merely
 * look alike have both labels sooner or later, and are no copies.
 */
export function copiesOf({ rows, cells, labels }: Table): Int32Array {
  const alike = new Map<string, number[]>();
  for (let row = 0; row < rows; row += 1) {
    const key = cells.map((column) => column[row]).join();
    const same = alike.get(key);
    if (same === undefined) alike.set(key, [row]);
    else same.push(row);
  }
  const groups = Int32Array.from({ length: rows }, (_, row) => row);
  for (const same of alike.values()) {
    const first = same[0] as number;
    if (same.every((row) => labels[row] === labels[first])) for (const row of same) groups[row] = first;
  }
  return groups;
}

/** Rows that say one thing: a lead's own; copies of each other, where nobody says whose rows are. */
export const evidenceOf = (table: Table): Int32Array => table.lead ?? copiesOf(table);

export interface Evidence {
  /** Groups, those with a row that came, and those with one that did not. */
  readonly all: number;
  readonly came: number;
  readonly not: number;
}

/** How much rows say, each group counted once. Absent groups: each row is one. */
export function counted(labels: ArrayLike<number>, groups?: Int32Array): Evidence {
  const [came, not] = [new Set<number>(), new Set<number>()];
  for (let row = 0; row < labels.length; row += 1) (labels[row] === 1 ? came : not).add(groups?.[row] ?? row);
  return { all: new Set([...came, ...not]).size, came: came.size, not: not.size };
}
