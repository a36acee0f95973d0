// Runs as a list: those of some leads, and those that are asked for. A read model over other rooms' tables.

import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import type { ChannelName } from "../leads/index.ts";
import type { Run } from "../workflows/index.ts";

export interface RunRow {
  readonly id: string;
  readonly lead: string;
  readonly workflow: string;
  readonly planId: string;
  readonly status: string;
  readonly outcome: string | null;
  readonly path: string | null;
  readonly dueAt: Instant | null;
  readonly enrolledAt: Instant;
  readonly endedAt: Instant | null;
  readonly parked: Run["parked"] | null;
  readonly planName: string | null;
  /** The run's message that waits, if one does. */
  readonly heldUntil: Instant | null;
  readonly held: boolean;
  readonly heldChannel: ChannelName | null;
}

const RUN_COLUMNS = `r.run_id as id, r.lead_id as lead, r.workflow, r.plan_id as "planId", r.status, r.outcome, r.path,
  r.due_at as "dueAt", r.enrolled_at as "enrolledAt", r.ended_at as "endedAt", r.data -> 'parked' as parked,
  p.plan ->> 'name' as "planName", o.not_before as "heldUntil", o.outbox_id is not null as held,
  o.channel as "heldChannel"`;

const RUN_JOINS = `left join plan as p on p.location_id = $1 and p.plan_id = r.plan_id
  left join lateral (
       select outbox_id, not_before, channels[place + 1] as channel
         from outbox
        where location_id = r.location_id
          and lead_id = r.lead_id
          and state = 'held'
          and run_id = r.run_id
        limit 1) as o on true`;

/** The runs of some leads: those under way first, then the latest ended ones, at most `each` per lead. */
export async function runsOfLeads(
  sql: Sql,
  location: string,
  leads: readonly string[],
  each: number,
): Promise<RunRow[]> {
  const { rows } = await sql.query<RunRow>(
    `select ${RUN_COLUMNS}
       from unnest($2::text[]) as wanted (lead_id)
      cross join lateral (
              select *
                from run
               where location_id = $1
                 and lead_id = wanted.lead_id
               order by ended_at desc nulls first, enrolled_at desc
               limit $3) as r
       ${RUN_JOINS}
      order by r.lead_id, r.ended_at desc nulls first, r.enrolled_at desc`,
    [location, leads, each],
  );
  return rows;
}

/** What is absent does not matter. */
export interface RunsWanted {
  readonly lead?: string | undefined;
  readonly workflow?: string | undefined;
  readonly status?: readonly Run["status"][] | undefined;
  /** Where they are parked. */
  readonly path?: string | undefined;
  /** A version, or its first digits. */
  readonly plan?: string | undefined;
  /** Their lead is in this segment. */
  readonly segment?: string | undefined;
  readonly after?: string | undefined;
}

/** By id, from one id on. */
export async function runsMeant(sql: Sql, location: string, wanted: RunsWanted, limit: number): Promise<RunRow[]> {
  const inSegment =
    wanted.segment === undefined
      ? ""
      : "and lead_id in (select lead_id from segment_member where location_id = $1 and segment_id = $9)";
  const { rows } = await sql.query<RunRow>(
    `select ${RUN_COLUMNS}
       from (select *
               from run
              where location_id = $1
                and ($2::text is null or lead_id = $2)
                and ($3::text is null or workflow = $3)
                and ($4::text[] is null or status = any ($4))
                and ($5::text is null or path = $5)
                and ($6::text is null or starts_with(plan_id, $6))
                and ($7::uuid is null or run_id > $7)
                ${inSegment}
              order by run_id
              limit $8) as r
       ${RUN_JOINS}
      order by r.run_id`,
    [
      location,
      wanted.lead ?? null,
      wanted.workflow ?? null,
      wanted.status ?? null,
      wanted.path ?? null,
      wanted.plan ?? null,
      wanted.after ?? null,
      limit,
      ...(wanted.segment === undefined ? [] : [wanted.segment]),
    ],
  );
  return rows;
}
