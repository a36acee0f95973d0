// The rate window at rest: one row per location, locked only between a question and its answer. Statements on
// `rate_window`.

import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import { fullWindow, note, type RateReport, type RateWindow, type Taken, take } from "./budget.ts";
import type { Lane } from "./message.ts";

/**
 * Takes grants for the lanes given, urgent first, and notes what answers have said meanwhile. The row stays locked
 * until the transaction ends: make this its last question.
 */
export async function takeGrants(
  sql: Sql,
  location: string,
  { lanes, reports, real }: { lanes: readonly Lane[]; reports: readonly RateReport[]; real: Instant },
): Promise<Taken> {
  const window = (await lockWindow(sql, location)) ?? (await makeWindow(sql, location, real));
  const noted = reports.reduce(note, window);
  const taken = take(noted, lanes, real);
  const { grants, day, dayCount, limits } = taken.window;
  await sql.query("update rate_window set grants = $2, day = $3, day_count = $4, limits = $5 where location_id = $1", [
    location,
    JSON.stringify(grants),
    day,
    dayCount,
    JSON.stringify(limits),
  ]);
  return taken;
}

async function lockWindow(sql: Sql, location: string): Promise<RateWindow | undefined> {
  const { rows } = await sql.query<RateWindow>(
    `select grants, day, day_count as "dayCount", limits from rate_window where location_id = $1 for update`,
    [location],
  );
  return rows[0];
}

async function makeWindow(sql: Sql, location: string, real: Instant): Promise<RateWindow> {
  const full = fullWindow(real);
  await sql.query("insert into rate_window (location_id, day) values ($1, $2) on conflict do nothing", [
    location,
    full.day,
  ]);
  return (await lockWindow(sql, location)) ?? full;
}
