// What may not be forgotten. Statements on `legal_hold`.

import type { JsonObject } from "../kernel/json.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";

/** Nothing of a lead, or with `*` of the location, is forgotten while it stands. Answers whether it changed. */
export async function setLegalHold(
  sql: Sql,
  location: string,
  {
    lead,
    by,
    reason,
    at,
  }: { readonly lead: string; readonly by: string; readonly reason: string; readonly at: Instant },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `insert into legal_hold (location_id, lead_id, since, set_by, reason) values ($1, $2, $3, $4, $5)
         on conflict do nothing`,
    [location, lead, new Date(at), by, reason],
  );
  return rowCount > 0;
}

export async function liftLegalHold(sql: Sql, location: string, lead: string): Promise<boolean> {
  const { rowCount } = await sql.query("delete from legal_hold where location_id = $1 and lead_id = $2", [
    location,
    lead,
  ]);
  return rowCount > 0;
}

/** The first thousand. */
export async function legalHolds(sql: Sql, location: string): Promise<JsonObject[]> {
  const { rows } = await sql.query<JsonObject>(
    `select lead_id as lead, since, set_by as by, reason from legal_hold where location_id = $1
      order by since, lead_id
      limit 1000`,
    [location],
  );
  return rows;
}
