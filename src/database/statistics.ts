// Keeps what the planner believes of the tables' sizes true. A prepared plan stands until its tables are analyzed again;
// autovacuum looks once a minute, and a table that was empty a second ago may hold an import.

import type { PostgresDatabase } from "./pool.ts";

/** A table that has grown so many times larger than it was believed to be is analyzed. */
const GROWN = 4;
/** Smaller tables are read as quickly by any plan. */
const SMALL = 100;

/** Analyzes the tables that have outgrown what is known of them, each in a transaction of its own; answers their names. */
export async function tendStatistics(database: PostgresDatabase): Promise<readonly string[]> {
  const outgrown = await database.asOwner(async (sql) => {
    const { rows } = await sql.query<{ table: string }>(
      `select c.oid::regclass::text as table
         from pg_stat_user_tables as s
         join pg_class as c on c.oid = s.relid
        where pg_has_role(c.relowner, 'member')
          and s.n_live_tup > $1 * greatest(c.reltuples, $2)`,
      [GROWN, SMALL],
    );
    return rows.map(({ table }) => table);
  });
  for (const table of outgrown) await database.asOwner((sql) => sql.query(`analyze (skip_locked) ${table}`));
  return outgrown;
}
