// What has been told once. Webhooks are repeated, polling overlaps with them and with itself: whoever comes first tells,
// the others find it told. Every statement that touches `told` is in this file.

import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";

export interface Telling {
  readonly location: string;
  /** Names of the fact itself; it is new only where none of them was told before. Empty: it always is. */
  readonly keys: readonly string[];
  readonly at: Instant;
  /** Polling found it, and a webhook should have told it long ago. */
  readonly missed?: boolean;
}

/**
 * Takes facts; answers for each, by place, whether it is new. Waits for a transaction that is taking the same one, so
 * "not new" means committed.
 */
export async function takeTold(sql: Sql, tellings: readonly Telling[]): Promise<readonly boolean[]> {
  const first = new Map<string, { readonly telling: Telling; readonly key: string; readonly place: number }>();
  tellings.forEach((telling, place) => {
    for (const key of telling.keys) {
      const name = nameOf(telling.location, key);
      if (!first.has(name)) first.set(name, { telling, key, place });
    }
  });
  const rows = [...first.values()].sort(
    (a, b) => compare(a.telling.location, b.telling.location) || compare(a.key, b.key),
  );
  const taken = rows.length === 0 ? new Set<string>() : await insertTold(sql, rows);
  return tellings.map(({ location, keys }, place) =>
    keys.every((key) => {
      const name = nameOf(location, key);
      return taken.has(name) && first.get(name)?.place === place;
    }),
  );
}

async function insertTold(
  sql: Sql,
  rows: readonly { readonly telling: Telling; readonly key: string }[],
): Promise<Set<string>> {
  const inserted = await sql.query<{ location: string; key: string }>(
    `insert into told (location_id, key, told_at, missed)
     select location_id, key, told_at, missed
       from unnest($1::text[], $2::text[], $3::timestamptz[], $4::boolean[]) as t (location_id, key, told_at, missed)
         on conflict do nothing
  returning location_id as location, key`,
    [
      rows.map(({ telling }) => telling.location),
      rows.map(({ key }) => key),
      rows.map(({ telling }) => new Date(telling.at)),
      rows.map(({ telling }) => telling.missed === true),
    ],
  );
  return new Set(inserted.rows.map(({ location, key }) => nameOf(location, key)));
}

/** How many facts polling has found since an instant that no webhook had told; counted no further than 1,001. */
export async function countMissed(sql: Sql, location: string, since: Instant): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    `select count(*)::int as count
       from (select from told where location_id = $1 and missed and told_at >= $2 limit 1001) as missed`,
    [location, new Date(since)],
  );
  return rows[0]?.count ?? 0;
}

const nameOf = (location: string, key: string): string => `${location} ${key}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
