// Partitions by domain time: made ahead, with a default one as a net for what falls outside.

import type { Sql } from "../kernel/sql.ts";
import { DAY, type Instant } from "../kernel/time.ts";

export interface Partitioned {
  readonly table: "raw" | "event" | "turn" | "decision";
  readonly by: "day" | "month";
  /** The column that names the partition. */
  readonly column: string;
  /** How many partitions are made ahead of the current one. */
  readonly ahead: number;
}

export const PARTITIONED: readonly Partitioned[] = [
  { table: "raw", by: "day", column: "received_at", ahead: 3 },
  { table: "event", by: "month", column: "received_at", ahead: 1 },
  { table: "turn", by: "month", column: "at", ahead: 1 },
  { table: "decision", by: "month", column: "at", ahead: 1 },
];

export interface Range {
  readonly name: string;
  readonly from: Instant;
  readonly to: Instant;
}

/** The partition of `table` that holds `at`, `ahead` units on. */
export function rangeOf({ table, by }: Partitioned, at: Instant, ahead = 0): Range {
  const date = new Date(at);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const [from, to] =
    by === "day"
      ? [Date.UTC(year, month, day + ahead), Date.UTC(year, month, day + ahead) + DAY]
      : [Date.UTC(year, month + ahead), Date.UTC(year, month + ahead + 1)];
  const stamp = new Date(from)
    .toISOString()
    .slice(0, by === "day" ? 10 : 7)
    .replaceAll("-", "");
  return { name: `${table}_${stamp}`, from, to };
}

/**
 * Makes the default partition, the current one and those ahead, where they are missing. Rows that fell into the
 * default meanwhile move to where they belong. Runs as the owner, all locations in sight.
 */
export async function preparePartitions(sql: Sql, now: Instant): Promise<void> {
  for (const partitioned of PARTITIONED) {
    const { table, ahead } = partitioned;
    const { rows } = await sql.query<{ name: string }>(
      "select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::regclass",
      [table],
    );
    const existing = new Set(rows.map(({ name }) => name));
    if (!existing.has(`${table}_default`)) await makeDefault(sql, table);
    for (let unit = 0; unit <= ahead; unit++) {
      const range = rangeOf(partitioned, now, unit);
      if (!existing.has(range.name)) await makeRange(sql, partitioned, range);
    }
  }
}

async function makeDefault(sql: Sql, table: string): Promise<void> {
  await sql.query(
    `create table if not exists ${table}_default partition of ${table} default;
     ${secureHidden(`${table}_default`)}`,
  );
}

/** Attaching, unlike creating in place, leaves the parent free for readers and writers. */
async function makeRange(sql: Sql, { table, column }: Partitioned, { name, from, to }: Range): Promise<void> {
  const [since, until] = [new Date(from).toISOString(), new Date(to).toISOString()];
  await sql.query(
    `create table if not exists ${name} (like ${table} including all);
     with moved as (delete from ${table} where ${column} >= '${since}' and ${column} < '${until}' returning *)
     insert into ${name} select * from moved;
     ${secureHidden(name)};
     alter table ${table} attach partition ${name} for values from ('${since}') to ('${until}')`,
  );
}

/** A partition is reached through its parent and the parent's policy; asked directly it shows nothing to anybody. */
const secureHidden = (table: string): string =>
  `alter table ${table} enable row level security, force row level security`;
