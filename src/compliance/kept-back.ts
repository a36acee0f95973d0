// What was kept back at a location, by day and rule.

import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";

/** One rule, one day: what it made wait, and what it stopped. */
export interface KeptBack {
  /** ISO date, UTC. */
  readonly day: string;
  readonly verdict: "held" | "blocked" | "expired";
  /** The verdict's code; of an expired message, of what stood in its way. */
  readonly code: string;
  readonly messages: number;
  readonly leads: number;
}

/** What was held or not sent in a period, by day and rule. */
export async function keptBack(
  sql: Sql,
  location: string,
  { from, to }: { readonly from: Instant; readonly to: Instant },
): Promise<KeptBack[]> {
  const { rows } = await sql.query<KeptBack>(
    `select to_char(d.at at time zone 'UTC', 'YYYY-MM-DD') as day, d.verdict,
            coalesce(l.link -> 'values' ->> 'verdict', l.link ->> 'code') as code,
            count(distinct d.message_id)::int as messages, count(distinct d.lead_id)::int as leads
       from decision as d
      cross join lateral (select link from jsonb_array_elements(d.trace -> 'links') as link
                           where link ->> 'kind' = 'permission' limit 1) as l
      where d.location_id = $1 and d.at >= $2 and d.at < $3
        and d.kind = 'message' and d.verdict in ('held', 'blocked', 'expired')
      group by 1, 2, 3
      order by 1, 2, 4 desc, 3`,
    [location, new Date(from), new Date(to)],
  );
  return rows;
}
