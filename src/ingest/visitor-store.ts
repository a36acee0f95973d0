// Which lead a visitor of the site is, at rest. Every statement that touches `visitor` is in this file.

import type { Clock } from "../kernel/time.ts";
import type { Visitors } from "./visitors.ts";

export function openVisitors({ clock }: { readonly clock: Pick<Clock, "now"> }): Visitors {
  return {
    async leadsOf(sql, location, visitors) {
      if (visitors.length === 0) return new Map();
      // Held until the commit: what a visitor does and who it is may be told at once, by two processes. Sorted, so that
      // two batches never wait for each other crosswise.
      await sql.query(
        `select pg_advisory_xact_lock(hashtextextended(key, 12))
           from (select $1 || ' ' || visitor as key from unnest($2::text[]) as v (visitor) order by 1) as keys`,
        [location, visitors],
      );
      const { rows } = await sql.query<{ visitor: string; lead: string }>(
        `select visitor_id as visitor, lead_id as lead
           from visitor
          where location_id = $1 and visitor_id = any($2::text[])`,
        [location, visitors],
      );
      return new Map(rows.map(({ visitor, lead }) => [visitor, lead]));
    },
    async link(sql, location, visitor, lead) {
      await sql.query(
        `insert into visitor (location_id, visitor_id, lead_id, linked_at)
         values ($1, $2, $3, $4)
             on conflict (location_id, visitor_id) do update
            set lead_id = excluded.lead_id, linked_at = excluded.linked_at`,
        [location, visitor, lead, new Date(clock.now())],
      );
    },
  };
}
