// Switches of a location, in the settings of its installation. Whoever turned one is in the audit.

import type { JsonObject } from "../kernel/json.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import type { Clock } from "../kernel/time.ts";
import { insertAudit } from "./store.ts";

/** What there is to switch. */
export type Switch = "writeBack";

export async function turnSwitch(
  { database, clock }: { readonly database: Database; readonly clock: Pick<Clock, "now"> },
  { location, name, on, by }: { location: string; name: Switch; on: boolean; by: string },
): Promise<void> {
  await database.transaction([location], async (sql) => {
    await sql.query(
      "update installation set settings = settings || jsonb_build_object($2::text, $3::boolean) where location_id = $1",
      [location, name, on],
    );
    const act = on ? "switched_on" : "switched_off";
    await insertAudit(sql, { location, at: clock.now(), who: by, act, subject: name });
  });
}

/** What locations have chosen for themselves, by name; of those that have not, nothing. */
export type Chosen = "chance";

export async function readChosen(
  sql: Sql,
  locations: readonly string[],
  name: Chosen,
): Promise<ReadonlyMap<string, unknown>> {
  const { rows } = await sql.query<{ location: string; value: unknown }>(
    `select location_id as location, settings -> $2 as value from installation
      where location_id = any ($1::text[]) and settings ? $2`,
    [locations, name],
  );
  return new Map(rows.map(({ location, value }) => [location, value]));
}

/**
 * The same of one location, which others who choose wait to read until the transaction ends.
 *
 * @returns undefined where nobody is installed there
 */
export async function lockChosen(
  sql: Sql,
  location: string,
  name: Chosen,
): Promise<{ readonly value: unknown } | undefined> {
  const { rows } = await sql.query<{ value: unknown }>(
    "select settings -> $2 as value from installation where location_id = $1 for no key update",
    [location, name],
  );
  return rows[0];
}

export async function keepChosen(sql: Sql, location: string, name: Chosen, value: JsonObject): Promise<void> {
  await sql.query(
    "update installation set settings = settings || jsonb_build_object($2::text, $3::jsonb) where location_id = $1",
    [location, name, JSON.stringify(value)],
  );
}
