// What was asked of many at once, and how far it has come. Every statement that touches `job` and `hold` is in this file.

import type { Command, Hold } from "../../events/index.ts";
import type { Sql } from "../../kernel/sql.ts";
import { type Instant, MINUTE, type Millis } from "../../kernel/time.ts";
import type { LeadFilter } from "../../leads/index.ts";
import type { RunFilter } from "../runs.ts";

type WithoutRun<One> = One extends { readonly run: string } ? Omit<One, "run"> : never;

/** A command as each run of the many gets it. */
export type RunLetter = WithoutRun<Command>;
export type EnrollLetter = Extract<Command, { type: "enroll" }>;

export interface Drip {
  readonly count: number;
  readonly window: Millis;
}

interface JobBase {
  readonly id: string;
  readonly workflow?: string;
  readonly askedAt: Instant;
  readonly askedBy: string;
  readonly total: number;
}

export type NewJob = JobBase &
  (
    | { readonly over: "runs"; readonly filter: RunFilter; readonly letter: RunLetter }
    | { readonly over: "leads"; readonly filter: LeadFilter; readonly letter: EnrollLetter; readonly drip?: Drip }
  );

export type Job = NewJob & {
  readonly after: string;
  /** All were looked at; now those whose turn was under way when it was asked. */
  readonly latecomers: boolean;
  readonly mailed: number;
  /** Not written to: only a person can decide about them. */
  readonly skipped: number;
  readonly endedAt?: Instant;
  readonly outcome?: "done" | "superseded";
};

export async function insertJob(sql: Sql, location: string, job: NewJob): Promise<void> {
  await sql.query(
    `insert into job (location_id, job_id, asked_at, asked_by, workflow, over, filter, letter, drip, total, next_at)
     values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9::jsonb, $10, $3)
         on conflict do nothing`,
    [
      location,
      job.id,
      new Date(job.askedAt),
      job.askedBy,
      job.workflow ?? null,
      job.over,
      JSON.stringify(job.filter),
      JSON.stringify(job.letter),
      job.over === "leads" && job.drip !== undefined ? JSON.stringify(job.drip) : null,
      job.total,
    ],
  );
}

/** Those not yet done that write letters of this kind, of one workflow or of all: what is asked now takes their place. */
export async function supersedeJobs(
  sql: Sql,
  location: string,
  wanted: {
    readonly letter: Command["type"];
    readonly hold?: Hold;
    readonly workflow?: string;
    readonly at: Instant;
  },
): Promise<void> {
  await sql.query(
    `update job
        set ended_at = $5, outcome = 'superseded'
      where location_id = $1
        and ended_at is null
        and letter ->> 'type' = $2
        and ($3::text is null or letter ->> 'hold' = $3)
        and ($4::text is null or workflow = $4)`,
    [location, wanted.letter, wanted.hold ?? null, wanted.workflow ?? null, new Date(wanted.at)],
  );
}

/** One not yet done that writes letters of this kind to runs of a workflow. */
export async function openJob(
  sql: Sql,
  location: string,
  { letter, workflow }: { readonly letter: Command["type"]; readonly workflow: string },
): Promise<string | undefined> {
  const { rows } = await sql.query<{ id: string }>(
    `select job_id as id
       from job
      where location_id = $1
        and ended_at is null
        and letter ->> 'type' = $2
        and workflow = $3
      order by asked_at
      limit 1`,
    [location, letter, workflow],
  );
  return rows[0]?.id;
}

interface JobRow {
  readonly id: string;
  readonly askedAt: Instant;
  readonly askedBy: string;
  readonly workflow: string | null;
  readonly over: Job["over"];
  readonly filter: RunFilter & LeadFilter;
  readonly letter: RunLetter & EnrollLetter;
  readonly drip: Drip | null;
  readonly total: number;
  readonly after: string;
  readonly latecomers: boolean;
  readonly mailed: number;
  readonly skipped: number;
  readonly endedAt: Instant | null;
  readonly outcome: "done" | "superseded" | null;
}

const COLUMNS = `job_id as id, asked_at as "askedAt", asked_by as "askedBy", workflow, over, filter, letter, drip, total,
            after_id as after, latecomers, mailed, skipped, ended_at as "endedAt", outcome`;

function asJob({ workflow, drip, endedAt, outcome, ...row }: JobRow): Job {
  return {
    ...row,
    ...(workflow === null ? {} : { workflow }),
    ...(drip === null ? {} : { drip }),
    ...(endedAt === null ? {} : { endedAt }),
    ...(outcome === null ? {} : { outcome }),
  } as Job;
}

/** The jobs not yet done whose next page is due, of the locations in sight. */
export async function locationsWithJobs(sql: Sql, now: Instant): Promise<string[]> {
  const { rows } = await sql.query<{ location: string }>(
    `select distinct location_id as location
       from job
      where ended_at is null
        and next_at <= $1
      order by 1`,
    [new Date(now)],
  );
  return rows.map(({ location }) => location);
}

/** Locks the oldest job that is due; one that another process has in hand is skipped. */
export async function claimJob(sql: Sql, location: string, now: Instant): Promise<Job | undefined> {
  const { rows } = await sql.query<JobRow>(
    `select ${COLUMNS}
       from job
      where location_id = $1
        and ended_at is null
        and next_at <= $2
      order by asked_at, job_id
      limit 1
        for update skip locked`,
    [location, new Date(now)],
  );
  return rows[0] === undefined ? undefined : asJob(rows[0]);
}

/** A turn that had begun when the job was asked may have begun a run behind its cursor: so far back those are looked for. */
const LATE: Millis = 10 * MINUTE;

/** Of these it does not matter to get one twice, and it does to get none. */
const FOR_ALL: ReadonlySet<string> = new Set(["move_run", "pause_run", "resume_run", "stop_run"]);

/** Whom the next page is asked for. */
export const pageFilter = (job: Extract<Job, { over: "runs" }>): RunFilter =>
  job.latecomers ? { ...job.filter, since: job.askedAt - LATE } : job.filter;

export interface Paged {
  readonly mailed: number;
  readonly skipped: number;
  /** The last one looked at; undefined when there were no more. */
  readonly last: string | undefined;
  readonly nextAt: Instant;
  readonly now: Instant;
}

export async function turnPage(sql: Sql, location: string, job: Job, page: Paged): Promise<void> {
  const again = page.last === undefined && FOR_ALL.has(job.letter.type) && !job.latecomers;
  const done = page.last === undefined && !again;
  await sql.query(
    `update job
        set after_id = $3, latecomers = $4, mailed = mailed + $5, skipped = skipped + $6, next_at = $7,
            ended_at = $8, outcome = $9
      where location_id = $1
        and job_id = $2`,
    [
      location,
      job.id,
      page.last ?? "",
      again || job.latecomers,
      page.mailed,
      page.skipped,
      new Date(page.nextAt),
      done ? new Date(page.now) : null,
      done ? "done" : null,
    ],
  );
}

/** The newest first; only those named, where an id is given. */
export async function readJobs(
  sql: Sql,
  location: string,
  { id, limit }: { readonly id?: string; readonly limit: number },
): Promise<Job[]> {
  const { rows } = await sql.query<JobRow>(
    `select ${COLUMNS}
       from job
      where location_id = $1
        and ($2::uuid is null or job_id = $2)
      order by asked_at desc, job_id
      limit $3`,
    [location, id ?? null, limit],
  );
  return rows.map(asJob);
}

// Paused by hand -------------------------------------------------------------------------------------------------------

/** The location itself, where a workflow would stand. */
export const WHOLE_LOCATION = "*";

/** False when it is paused already. */
export async function insertHold(
  sql: Sql,
  location: string,
  hold: { readonly workflow: string; readonly at: Instant; readonly by: string; readonly reason: string },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `insert into hold (location_id, workflow, held_at, held_by, reason)
     values ($1, $2, $3, $4, $5)
         on conflict do nothing`,
    [location, hold.workflow, new Date(hold.at), hold.by, hold.reason],
  );
  return rowCount > 0;
}

/** False when it is not paused. */
export async function deleteHold(sql: Sql, location: string, workflow: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    `delete from hold
      where location_id = $1
        and workflow = $2`,
    [location, workflow],
  );
  return rowCount > 0;
}
