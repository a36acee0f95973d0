// Runs at rest. Every statement that touches `run` is in this file.

import type { Sql } from "../kernel/sql.ts";
import { type Instant, iso } from "../kernel/time.ts";
import { parkedPath } from "./run/advance.ts";
import { NOT_ENROLLED } from "./run/enroll.ts";
import type { Run } from "./run.ts";

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
