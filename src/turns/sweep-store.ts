// How far publications have been made known, at rest. Every statement that touches `sweep` is in this file.

import { LOCATION_LEAD } from "../events/index.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";

export interface Sweep {
  readonly startedAt: Instant;
  readonly publication: string;
  /** What leads are to learn, and which versions take in those who were there before. */
  readonly asks: string;
  /** Workflows that take them in, in this sweep. */
  readonly existing: readonly string[];
  /** Leads up to here have been reached, in order of id. */
  readonly after: string;
  readonly seen: number;
  /** Leads there were when it began. */
  readonly of: number;
  readonly endedAt: Instant | null;
  readonly outcome: "done" | "nothing" | "superseded" | null;
}

/** A location's sweeps, latest first. */
export async function sweepsOf(sql: Sql, location: string, limit: number): Promise<Sweep[]> {
  const { rows } = await sql.query<Sweep>(
    `select started_at as "startedAt", publication_id as publication, asks, existing, after_lead as after, seen, "of",
            ended_at as "endedAt", outcome
       from sweep
      where location_id = $1
      order by started_at desc
      limit $2`,
    [location, limit],
  );
  return rows;
}

/** Begins one, and ends whichever has not come to its end. Answers false when another process was first. */
export async function beginSweep(
  sql: Sql,
  location: string,
  begun: Pick<Sweep, "startedAt" | "publication" | "asks" | "existing"> & { readonly nothing: boolean },
): Promise<boolean> {
  const at = new Date(begun.startedAt);
  await sql.query(
    `update sweep set ended_at = $2, outcome = 'superseded' where location_id = $1 and ended_at is null`,
    [location, at],
  );
  const { rowCount } = await sql.query(
    `insert into sweep (location_id, started_at, publication_id, asks, existing, "of", ended_at, outcome)
     select $1, $2, $3, $4, $5,
            case when $6 then 0 else (select count(*) from lead_turn where location_id = $1 and lead_id <> $7) end,
            case when $6 then $2::timestamptz end, case when $6 then 'nothing' end
         on conflict do nothing`,
    [location, at, begun.publication, begun.asks, begun.existing, begun.nothing, LOCATION_LEAD],
  );
  return rowCount > 0;
}

/** The unfinished sweep, locked until the transaction ends; undefined where there is none or another process holds it. */
export async function lockSweep(sql: Sql, location: string): Promise<Sweep | undefined> {
  const { rows } = await sql.query<Sweep>(
    `select started_at as "startedAt", publication_id as publication, asks, existing, after_lead as after, seen, "of",
            ended_at as "endedAt", outcome
       from sweep
      where location_id = $1 and ended_at is null
      order by started_at desc
      limit 1
        for update skip locked`,
    [location],
  );
  return rows[0];
}

/** The next leads in order of id. A parked lead learns it when it is tried again. */
export async function leadsAfter(sql: Sql, location: string, after: string, limit: number): Promise<string[]> {
  const { rows } = await sql.query<{ lead: string }>(
    `select lead_id as lead
       from lead_turn
      where location_id = $1 and lead_id > $2 and lead_id <> $3 and parked_at is null
      order by lead_id
      limit $4`,
    [location, after, LOCATION_LEAD, limit],
  );
  return rows.map(({ lead }) => lead);
}

/** These leads are looked at now, whenever they would have been. */
export async function wakeLeads(sql: Sql, location: string, leads: readonly string[], now: Instant): Promise<void> {
  await sql.query(
    `update lead_turn as t
        set due_at = $3
       from (select lead_id from lead_turn
              where location_id = $1 and lead_id = any($2::text[])
              order by lead_id
                for update) as locked
      where t.location_id = $1 and t.lead_id = locked.lead_id
        and t.failures = 0 and t.parked_at is null and (t.due_at is null or t.due_at > $3)`,
    [location, leads, new Date(now)],
  );
}

export async function moveSweep(
  sql: Sql,
  location: string,
  moved: { readonly startedAt: Instant; readonly after: string; readonly seen: number; readonly endedAt?: Instant },
): Promise<void> {
  await sql.query(
    `update sweep
        set after_lead = $3, seen = seen + $4, ended_at = $5, outcome = case when $5::timestamptz is null then null else 'done' end
      where location_id = $1 and started_at = $2`,
    [
      location,
      new Date(moved.startedAt),
      moved.after,
      moved.seen,
      moved.endedAt === undefined ? null : new Date(moved.endedAt),
    ],
  );
}
