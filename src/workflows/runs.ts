// Runs at rest. Every statement that touches `run` is in this file.

import type { Hold } from "../events/index.ts";
import type { Sql } from "../kernel/sql.ts";
import { type Instant, iso, type Millis } from "../kernel/time.ts";
import { NOT_ENROLLED } from "./run/enroll.ts";
import { parkedPath } from "./run/timers.ts";
import type { Run, RunStatus } from "./run.ts";

/**
 * The runs of some leads, as a turn needs them: all that have not ended; of each workflow the one that ended last,
 * for `again` (a run that was restarted, apart from those that were not); and all that ended since `endedSince`, whose
 * goal may still be counted and whose messages may still be answered. Oldest first.
 */
export async function readRuns(
  sql: Sql,
  location: string,
  leads: readonly string[],
  endedSince: Instant,
): Promise<Run[]> {
  if (leads.length === 0) return [];
  const { rows } = await sql.query<{ data: Run }>(
    `select data
       from (select data, lead_id, enrolled_at, run_id, ended_at,
                    row_number() over (partition by lead_id, workflow, ended_at is null, outcome = 'restarted'
                                           order by ended_at desc, run_id) as age
               from run
              where location_id = $1
                and lead_id = any ($2::text[])
                and outcome is distinct from $3) as known
      where ended_at is null
         or age = 1
         or ended_at >= $4
      order by lead_id, enrolled_at, run_id`,
    [location, leads, NOT_ENROLLED, new Date(endedSince)],
  );
  return rows.map((row) => row.data);
}

/** Writes runs as they now are. Sorted here by key, so that two batches never wait crosswise. */
export async function saveRuns(sql: Sql, location: string, runs: readonly Run[]): Promise<void> {
  if (runs.length === 0) return;
  const rows = runs
    .map((run) => ({
      run_id: run.id,
      lead_id: run.lead,
      workflow: run.workflow,
      plan_id: run.plan,
      status: run.status,
      outcome: run.outcome ?? null,
      path: parkedPath(run) ?? null,
      due_at: run.dueAt === undefined ? null : iso(run.dueAt),
      enrolled_at: iso(run.enrolledAt),
      ended_at: run.endedAt === undefined ? null : iso(run.endedAt),
      data: run,
    }))
    .sort((a, b) => (a.run_id < b.run_id ? -1 : 1));
  await sql.query(
    `insert into run (location_id, run_id, lead_id, workflow, plan_id, status, outcome, path, due_at, enrolled_at,
                      ended_at, data)
     select $1, run_id, lead_id, workflow, plan_id, status, outcome, path, due_at, enrolled_at, ended_at, data
       from jsonb_to_recordset($2::jsonb) as r (run_id uuid, lead_id text, workflow text, plan_id text, status text,
            outcome text, path text, due_at timestamptz, enrolled_at timestamptz, ended_at timestamptz, data jsonb)
         on conflict (location_id, run_id) do update
        set status = excluded.status, outcome = excluded.outcome, plan_id = excluded.plan_id, path = excluded.path,
            due_at = excluded.due_at, enrolled_at = excluded.enrolled_at, ended_at = excluded.ended_at,
            data = excluded.data`,
    [location, JSON.stringify(rows)],
  );
}

/** Plans that some run of these has not ended on: they live until it does. */
export async function plansInUse(sql: Sql, location: string): Promise<string[]> {
  const { rows } = await sql.query<{ plan_id: string }>(
    `select distinct plan_id
       from run
      where location_id = $1
        and ended_at is null`,
    [location],
  );
  return rows.map((row) => row.plan_id);
}

// Many runs ------------------------------------------------------------------------------------------------------------

/** Which runs somebody means; what is absent does not matter. */
export interface RunFilter {
  readonly workflow?: string;
  readonly status?: readonly RunStatus[];
  /** Where they are parked. */
  readonly path?: string;
  /** A version, or the digits that are shown of it. */
  readonly plan?: string;
  /** Pinned to any version but this one. */
  readonly notPlan?: string;
  readonly lead?: string;
  /** Their lead is in this segment. */
  readonly segment?: string;
  readonly held?: Hold;
  /** Enrolled then or later. */
  readonly since?: Instant;
}

const MEANT = `location_id = $1
        and ($2::text is null or workflow = $2)
        and ($3::text[] is null or status = any ($3))
        and ($4::text is null or path = $4)
        and ($5::text is null or starts_with(plan_id, $5))
        and ($6::text is null or plan_id <> $6)
        and ($7::text is null or lead_id = $7)
        and ($8::text is null or data -> 'held' ? $8)
        and ($9::timestamptz is null or enrolled_at >= $9)`;

/** Asked for only where a segment is named: so the plan of the statement stays simple. */
const IN_SEGMENT = `
        and lead_id in (select lead_id from segment_member where location_id = $1 and segment_id = $10)`;

const meant = (location: string, filter: RunFilter) => ({
  where: filter.segment === undefined ? MEANT : MEANT + IN_SEGMENT,
  values: [
    location,
    filter.workflow ?? null,
    filter.status ?? null,
    filter.path ?? null,
    filter.plan ?? null,
    filter.notPlan ?? null,
    filter.lead ?? null,
    filter.held ?? null,
    filter.since === undefined ? null : new Date(filter.since),
    ...(filter.segment === undefined ? [] : [filter.segment]),
  ],
});

export async function countRuns(sql: Sql, location: string, filter: RunFilter): Promise<number> {
  const { where, values } = meant(location, filter);
  const { rows } = await sql.query<{ count: number }>(
    `select count(*)::int as count
       from run
      where ${where}`,
    values,
  );
  return rows[0]?.count ?? 0;
}

/** A page of the runs meant, by id, after the one named. */
export async function pageOfRuns(
  sql: Sql,
  location: string,
  filter: RunFilter,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<Run[]> {
  const { where, values } = meant(location, filter);
  const { rows } = await sql.query<{ data: Run }>(
    `select data
       from run
      where ${where}
        and ($${values.length + 1} = '' or run_id > nullif($${values.length + 1}, '')::uuid)
      order by run_id
      limit $${values.length + 2}`,
    [...values, after, limit],
  );
  return rows.map((row) => row.data);
}

export async function readRun(sql: Sql, location: string, id: string): Promise<Run | undefined> {
  const { rows } = await sql.query<{ data: Run }>(
    `select data
       from run
      where location_id = $1
        and run_id = $2`,
    [location, id],
  );
  return rows[0]?.data;
}

/** Runs that have not ended, as they stand together: on one version, at one step. */
export interface Standing {
  readonly workflow: string;
  readonly plan: string;
  /** Absent while they are pending. */
  readonly path?: string;
  readonly leads: number;
  /** Waiting, and due until the instant that was asked about. */
  readonly due: number;
}

export async function standings(sql: Sql, location: string, until: Instant): Promise<Standing[]> {
  const { rows } = await sql.query<Omit<Standing, "path"> & { path: string | null }>(
    `select workflow, plan_id as plan, path, count(*)::int as leads,
            count(*) filter (where status = 'waiting' and due_at <= $2)::int as due
       from run
      where location_id = $1
        and ended_at is null
      group by workflow, plan_id, path
      order by workflow, plan_id, path`,
    [location, new Date(until)],
  );
  return rows.map(({ path, ...row }) => (path === null ? row : { ...row, path }));
}

export interface Shifted {
  readonly plan: string;
  readonly path: string;
  readonly shift: Millis;
}

/** How many of each would be due until the instant, if their deadlines moved by so much; by place. */
export async function dueIfShifted(
  sql: Sql,
  location: string,
  shifts: readonly Shifted[],
  until: Instant,
): Promise<number[]> {
  if (shifts.length === 0) return [];
  const { rows } = await sql.query<{ place: number; due: number }>(
    `select s.place::int as place, count(*)::int as due
       from unnest($2::text[], $3::text[], $4::timestamptz[]) with ordinality as s (plan_id, path, latest, place)
       join run as r on r.location_id = $1 and r.plan_id = s.plan_id and r.path = s.path
      where r.ended_at is null
        and r.status = 'waiting'
        and r.due_at <= s.latest
      group by s.place`,
    [
      location,
      shifts.map(({ plan }) => plan),
      shifts.map(({ path }) => path),
      shifts.map(({ shift }) => new Date(until - shift)),
    ],
  );
  const due = new Map(rows.map((row) => [row.place, row.due]));
  return shifts.map((_, index) => due.get(index + 1) ?? 0);
}
