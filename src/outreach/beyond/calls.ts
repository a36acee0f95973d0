// How many calls the platform takes from a location, and what is done where there is no room for one.

import type { Sql } from "../../kernel/sql.ts";
import { DAY, type Instant, MINUTE, type Millis, SECOND } from "../../kernel/time.ts";

/** Automated calls a location may begin. @source the platform's help pages, 2026 */
const PER_MINUTE = 10;
const PER_DAY = 1_000;
/** When a call for which there is no room is looked at again. */
export const CALL_AGAIN: Millis = 6 * SECOND;

/** How many calls a location may begin now. Asked under the lock of its budget, so that two senders do not both. */
export async function roomForCalls(sql: Sql, location: string, real: Instant): Promise<number> {
  await sql.query("select from rate_window where location_id = $1 for update", [location]);
  const { rows } = await sql.query<{ minute: number; day: number }>(
    `select count(*) filter (where attempted_at > $2)::int as minute, count(*)::int as day
       from outbox
      where location_id = $1 and channels @> '{voice}' and channels[place + 1] = 'voice' and attempted_at > $3`,
    [location, new Date(real - MINUTE), new Date(real - DAY)],
  );
  const { minute = 0, day = 0 } = rows[0] ?? {};
  return Math.max(0, Math.min(PER_MINUTE - minute, PER_DAY - day));
}

/** Queued rows for which there was no room are left alone for a moment. */
export async function callLater(sql: Sql, location: string, ids: readonly string[], real: Instant): Promise<void> {
  if (ids.length === 0) return;
  await sql.query(
    "update outbox set deadline = $3 where location_id = $1 and outbox_id = any($2::uuid[]) and state = 'queued'",
    [location, ids, new Date(real + CALL_AGAIN)],
  );
}
