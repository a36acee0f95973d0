// What the page of the system counts, over other rooms' tables.

import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";

export interface FigureRow {
  readonly lastEventAt: Instant | null;
  readonly oldestDue: Instant | null;
  readonly oldestMail: Instant | null;
  readonly dueLeads: number;
  readonly mail: number;
  readonly queued: number;
  readonly unconfirmed: number;
  /** Waiting because the CRM did not accept the token, or said that a scope is missing. */
  readonly notLetIn: number;
  readonly scopeMissing: number;
  readonly parkedLeads: number;
  readonly failedRuns: number;
}

/** Each count stops at 1,001: beyond a thousand nobody reads the digits. */
export async function systemFigures(
  sql: Sql,
  location: string,
  times: { now: Instant; failedSince: Instant },
): Promise<FigureRow> {
  const { rows } = await sql.query<FigureRow>(
    `select (select received_at from event where location_id = $1 order by received_at desc limit 1) as "lastEventAt",
            (select min(due_at) from lead_turn
              where location_id = $1 and due_at is not null and parked_at is null) as "oldestDue",
            (select received_at from mailbox as m where location_id = $1
                and not exists (select from lead_turn as t where t.location_id = $1 and t.lead_id = m.lead_id
                                                            and t.parked_at is not null)
              order by seq limit 1) as "oldestMail",
            (select count(*)::int from (select from lead_turn where location_id = $1 and due_at <= $2
                and due_at is not null and parked_at is null limit 1001) as due) as "dueLeads",
            (select count(*)::int from (select from mailbox where location_id = $1 limit 1001) as mail) as mail,
            (select count(*)::int from (select from outbox where location_id = $1 and state = 'queued'
                limit 1001) as queued) as queued,
            (select count(*)::int from (select from outbox where location_id = $1
                and state in ('sending', 'unconfirmed') and state = 'unconfirmed' limit 1001) as open) as unconfirmed,
            (select count(*)::int from (select from outbox where location_id = $1 and state = 'queued'
                and put_off = 'auth' limit 1001) as waiting) as "notLetIn",
            (select count(*)::int from (select from outbox where location_id = $1 and state = 'queued'
                and put_off = 'forbidden' limit 1001) as waiting) as "scopeMissing",
            (select count(*)::int from (select from lead_turn where location_id = $1 and parked_at is not null
                limit 1001) as parked) as "parkedLeads",
            (select count(*)::int from (select from run where location_id = $1 and status = 'failed' and ended_at >= $3
                limit 1001) as failed) as "failedRuns"`,
    [location, new Date(times.now), new Date(times.failedSince)],
  );
  return rows[0] as FigureRow;
}
