// What ids of the CRM stand for, per location: users, custom fields, stages, its workflows. Kept in the `catalog` table, whose every
// statement is in this file, and in memory; asked of the CRM at start and now and then.

import type { Database, Sql } from "../kernel/sql.ts";
import type { Clock, Instant, Millis } from "../kernel/time.ts";

export interface CatalogItem {
  readonly kind: "user" | "field" | "stage" | "pipeline" | "calendar" | "workflow" | "tag";
  readonly id: string;
  readonly data: Readonly<Record<string, string | number | boolean | undefined>>;
  /** The CRM named it once and no longer does. */
  readonly gone?: true;
}

export interface Catalogs {
  /** The items of a location; the same array until something of it changed. */
  get(location: string): readonly CatalogItem[];
  /** Asks the CRM, and keeps what it says. Answers nothing where the CRM did not: what was known stays known. */
  sync(location: string): Promise<void>;
  /** Reads what another process kept. */
  refresh(location: string): Promise<void>;
  follow(locations: () => readonly string[], every: Millis): () => void;
}

export interface CatalogNeeds {
  readonly database: Database;
  readonly clock: Clock;
  /** All items of a location, or undefined when the CRM does not answer. */
  readonly ask: (location: string) => Promise<readonly CatalogItem[] | undefined>;
}

const NONE: readonly CatalogItem[] = [];

export function openCatalogs({ database, clock, ask }: CatalogNeeds): Catalogs {
  const known = new Map<string, { readonly text: string; readonly items: readonly CatalogItem[] }>();

  const refresh = async (location: string) => {
    const items = await database.transaction([location], (sql) => readCatalog(sql, location));
    const text = JSON.stringify(items);
    if (known.get(location)?.text !== text) known.set(location, { text, items });
  };
  return {
    get: (location) => known.get(location)?.items ?? NONE,
    refresh,
    async sync(location) {
      const items = await ask(location);
      if (items !== undefined) {
        await database.transaction([location], (sql) => saveCatalog(sql, location, items, clock.now()));
      }
      await refresh(location);
    },
    follow(locations, every) {
      const timer = setInterval(() => {
        // the database is away: what was known stays known until the next time
        for (const location of locations()) refresh(location).catch(() => undefined);
      }, every);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}

/** The items of a location as they are kept. */
export async function readCatalog(sql: Sql, location: string): Promise<CatalogItem[]> {
  // gone: the kind was asked for since, and this was not among the answers
  const { rows } = await sql.query<Omit<CatalogItem, "gone"> & { readonly gone: boolean }>(
    `select kind, item_id as id, data, as_of < max(as_of) over (partition by kind) as gone
       from catalog
      where location_id = $1
      order by kind, item_id`,
    [location],
  );
  return rows.map(({ gone, ...item }) => (gone ? { ...item, gone } : item));
}

/** What the CRM no longer names stays, with its old instant: old decisions speak of it. */
async function saveCatalog(sql: Sql, location: string, items: readonly CatalogItem[], asOf: Instant): Promise<void> {
  await sql.query(
    `insert into catalog (location_id, kind, item_id, data, as_of)
     select $1, c.kind, c.id, c.data, $2::timestamptz
       from jsonb_to_recordset($3::jsonb) as c (kind text, id text, data jsonb)
      order by c.kind, c.id
         on conflict (location_id, kind, item_id) do update set data = excluded.data, as_of = excluded.as_of`,
    [location, new Date(asOf), JSON.stringify(items)],
  );
}
