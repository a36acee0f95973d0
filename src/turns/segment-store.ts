// Who is in which segment, at rest. Every statement that writes `segment_member` is in this file.

import type { Sql } from "../kernel/sql.ts";
import { iso } from "../kernel/time.ts";
import type { Moved } from "./membership.ts";

/** Writes what turns have changed. */
export async function saveMembers(
  sql: Sql,
  location: string,
  moved: readonly { readonly lead: string; readonly segments: Moved }[],
): Promise<void> {
  const entered = moved.flatMap(({ lead, segments }) =>
    segments.entered.map(({ segment, since }) => ({ segment_id: segment, lead_id: lead, since: iso(since) })),
  );
  const left = moved.flatMap(({ lead, segments }) => segments.left.map((segment) => ({ segment, lead })));
  if (left.length > 0) {
    await sql.query(
      `delete from segment_member as m
        using unnest($2::text[], $3::text[]) as l (segment_id, lead_id)
        where m.location_id = $1 and m.segment_id = l.segment_id and m.lead_id = l.lead_id`,
      [location, left.map(({ segment }) => segment), left.map(({ lead }) => lead)],
    );
  }
  if (entered.length === 0) return;
  await sql.query(
    `insert into segment_member (location_id, segment_id, lead_id, since)
     select $1, segment_id, lead_id, since
       from jsonb_to_recordset($2::jsonb) as m (segment_id text, lead_id text, since timestamptz)
      order by segment_id, lead_id
         on conflict (location_id, segment_id, lead_id) do update set since = excluded.since`,
    [location, JSON.stringify(entered)],
  );
}
