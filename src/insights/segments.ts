// Segments as a list: how many leads are in which now, and how far the latest publication has been learned. Nothing here writes.

import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";

export interface SegmentRow {
  readonly id: string;
  readonly name: string;
  readonly leads: number;
}

/** Those of the latest publication, in the order of the files, with how many leads are in each. */
export async function segmentRows(sql: Sql, location: string): Promise<SegmentRow[]> {
  const { rows } = await sql.query<SegmentRow>(
    `select s.one ->> 'id' as id, s.one ->> 'name' as name, n.leads
       from (select content
               from publication
              where location_id = $1
              order by number desc
              limit 1) as p
      cross join lateral jsonb_array_elements(coalesce(p.content -> 'segments', '[]')) with ordinality as s (one, place)
      cross join lateral (
              select count(*)::int as leads
                from segment_member
               where location_id = $1
                 and segment_id = s.one ->> 'id') as n
      order by s.place`,
    [location],
  );
  return rows;
}

export interface LearningRow {
  readonly publication: string;
  readonly startedAt: Instant;
  readonly seen: number;
  readonly of: number;
}

/** The publication that leads are being told of just now; undefined where all know. */
export async function learning(sql: Sql, location: string): Promise<LearningRow | undefined> {
  const { rows } = await sql.query<LearningRow>(
    `select publication_id as publication, started_at as "startedAt", seen, "of"
       from sweep
      where location_id = $1
        and ended_at is null
      order by started_at desc
      limit 1`,
    [location],
  );
  return rows[0];
}
