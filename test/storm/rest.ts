// Whether a storm is at rest: nothing more will come by itself. What is put off for longer than a minute, or decided by a
// person, is at rest.

import { IN_ORDER, isOlder, mustFollow } from "../../src/outreach/sending/store.ts";

/** As a client or a transaction asks, with all locations in sight. */
type Query = (text: string, values: unknown[]) => Promise<{ readonly rows: readonly Record<string, unknown>[] }>;

/**
 * Of `run as r`: open, and nothing of its own that waits will move it. One that queues behind another of its lead is moved by
 * that one's end, and as much at rest as that one.
 */
export const IS_STRANDED = `r.ended_at is null
  and not exists (select from outbox as o where o.location_id = r.location_id and o.run_id = r.run_id
                     and o.state in ('queued', 'held', 'undecided'))
  and not (r.status = 'pending' and r.data #>> '{parked,for}' = 'queue'
           and exists (select from run as w where w.location_id = r.location_id and w.lead_id = r.lead_id
                          and w.workflow = r.workflow and w.status in ('waiting', 'paused')))`;

/**
 * Of `outbox as o`: about to be asked for. A write behind an older one of its lead that is put off, and that it must follow, is
 * as much at rest as that one.
 */
const IS_DUE = `o.state = 'queued' and coalesce(o.deadline, $1) < $1::timestamptz + interval '1 minute'
  and not (o.kind = any($2::text[])
           and exists (select from outbox as e
                        where e.location_id = o.location_id and e.lead_id = o.lead_id and e.kind = any($2::text[])
                          and e.state = 'queued' and e.deadline >= $1::timestamptz + interval '1 minute'
                          and ${isOlder("e", "o")} and ${mustFollow("o", "e")}))`;

/** @param real wall clock: the deadlines of what is put off are its */
export async function isAtRest(query: Query, real: Date): Promise<boolean> {
  const { rows } = await query(
    `select not exists (select from mailbox)
        and not exists (select from outbox as o
                         where o.state in ('sending', 'unconfirmed', 'refused') or (${IS_DUE}))
        and not exists (select from run as r where ${IS_STRANDED}) as rests`,
    [real, IN_ORDER],
  );
  return rows[0]?.["rests"] === true;
}
