// What a click takes along to the team's own site: a pass that says who came, for minutes, and once. Statements on
// `site_pass`. Only its hash is kept.

import { randomBytes } from "node:crypto";
import { sha256 } from "../../kernel/ids.ts";
import type { Database, Sql } from "../../kernel/sql.ts";
import { type Clock, type Instant, MINUTE } from "../../kernel/time.ts";

/** As long as a slow page takes to load, and as long as somebody takes to answer its banner. */
const FRESH = 10 * MINUTE;

/** 16 letters. */
export async function issuePass(sql: Sql, location: string, lead: string, now: Instant): Promise<string> {
  const pass = randomBytes(12).toString("base64url");
  await sql.query("insert into site_pass (location_id, pass_hash, lead_id, expires_at) values ($1, $2, $3, $4)", [
    location,
    sha256(pass),
    lead,
    new Date(now + FRESH),
  ]);
  return pass;
}

/** Takes a pass of this location; the lead it was made for. Undefined where it is not one, is too old, or was taken before. */
export function openPasses({ database, clock }: { readonly database: Database; readonly clock: Pick<Clock, "now"> }) {
  return (location: string, pass: string): Promise<string | undefined> =>
    database.transaction([location], async (sql) => {
      const { rows } = await sql.query<{ lead: string; expires: Instant }>(
        `delete from site_pass where location_id = $1 and pass_hash = $2
      returning lead_id as lead, expires_at as expires`,
        [location, sha256(pass)],
      );
      const [found] = rows;
      return found !== undefined && found.expires > clock.now() ? found.lead : undefined;
    });
}
