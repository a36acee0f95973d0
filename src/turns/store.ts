// Whose turn it is, and what a turn leaves behind. Every statement that touches `lead_turn`, `turn`, `worker` or
// `suspect` is in this file.

import type { JsonObject } from "../kernel/json.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";

/**
 * Locations that have mail or due leads, and that we work for. Spans locations: the work probe is one of the few that may.
 */
export async function locationsWithWork(sql: Sql, now: Instant): Promise<string[]> {
  const { rows } = await sql.query<{ location: string }>(
    `select i.location_id as location
       from installation as i
      where i.status <> 'uninstalled'
        and (exists (
              select from mailbox as m
                join lead_turn as t on t.location_id = m.location_id and t.lead_id = m.lead_id
               where m.location_id = i.location_id
                 and t.parked_at is null
                 and (t.failures = 0 or t.due_at <= $1)
            )
         or exists (
              select from lead_turn as t
               where t.location_id = i.location_id and t.due_at <= $1 and t.parked_at is null
            ))
      order by i.location_id`,
    [new Date(now)],
  );
  return rows.map((row) => row.location);
}

export interface ClaimedLead {
  readonly lead: string;
  /** Number of its last turn. */
  readonly turn: number;
  readonly dueAt: Instant | null;
  readonly failures: number;
}

/**
 * Locks up to `limit` leads of one location that have mail or are due, oldest mail first. The open transaction is the
 * lease. Rows that others hold are skipped; where they hold most of a page, the next pages are looked at.
 */
export async function claimLeads(
  sql: Sql,
  location: string,
  { now, limit }: { now: Instant; limit: number },
): Promise<ClaimedLead[]> {
  const claimed: ClaimedLead[] = [];
  const seen = new Set<string>();
  const size = limit * 4;
  for (let page = 0; page < 3 && claimed.length < limit / 2; page += 1) {
    const { rows: candidates } = await sql.query<{ lead: string }>(
      `(select m.lead_id as lead
          from mailbox as m
          join lead_turn as t on t.location_id = m.location_id and t.lead_id = m.lead_id
         where m.location_id = $1 and t.parked_at is null and (t.failures = 0 or t.due_at <= $2)
         order by m.seq offset $3 limit $4)
        union all
       (select lead_id from lead_turn
         where location_id = $1 and due_at <= $2 and parked_at is null
         order by due_at offset $3 limit $4)`,
      [location, new Date(now), page * size, size],
    );
    const fresh = [...new Set(candidates.map((row) => row.lead))].filter((lead) => !seen.has(lead));
    for (const lead of fresh) seen.add(lead);
    if (fresh.length > 0) {
      const { rows } = await sql.query<ClaimedLead>(
        `select t.lead_id as lead, t.turn, t.due_at as "dueAt", t.failures
           from unnest($2::text[]) with ordinality as fresh (lead_id, place)
           join lead_turn as t on t.location_id = $1 and t.lead_id = fresh.lead_id
          where t.parked_at is null and (t.failures = 0 or t.due_at <= $3)
          order by fresh.place
          limit $4
            for update of t skip locked`,
        [location, fresh, new Date(now), limit - claimed.length],
      );
      claimed.push(...rows);
    }
    if (candidates.length < size) break;
  }
  return claimed.sort((a, b) => (a.lead < b.lead ? -1 : 1));
}

export interface TurnEnd {
  readonly lead: string;
  readonly turn: number;
  readonly dueAt: Instant | undefined;
  /** When its last decision was made, where there is one: what verifies the chain expects it. */
  readonly decidedAt: Instant | undefined;
}

/** Sets number and next wake of leads whose turn was saved; their failures are forgiven. */
export async function endTurns(sql: Sql, location: string, ends: readonly TurnEnd[]): Promise<void> {
  await sql.query(
    `update lead_turn as t
        set turn = e.turn, due_at = e.due_at, failures = 0, decided_at = coalesce(e.decided_at, t.decided_at)
       from unnest($2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[]) as e (lead_id, turn, due_at, decided_at)
      where t.location_id = $1 and t.lead_id = e.lead_id`,
    [
      location,
      ends.map((end) => end.lead),
      ends.map((end) => end.turn),
      ends.map((end) => (end.dueAt === undefined ? null : new Date(end.dueAt))),
      ends.map((end) => (end.decidedAt === undefined ? null : new Date(end.decidedAt))),
    ],
  );
}

/** Counts a failed turn: the lead backs off until `retryAt`, or is parked where a person can see and retry it. */
export async function failTurn(
  sql: Sql,
  location: string,
  failed: { lead: string; failures: number; retryAt: Instant; park: boolean; now: Instant; why: string },
): Promise<void> {
  await sql.query(
    `update lead_turn
        set failures = $3,
            due_at = $4,
            parked_at = case when $5 then $6::timestamptz end,
            parked_why = case when $5 then $7 end
      where location_id = $1 and lead_id = $2`,
    [location, failed.lead, failed.failures, new Date(failed.retryAt), failed.park, new Date(failed.now), failed.why],
  );
}

/** Puts leads off until an instant, mail or not. Counted as a first try, so that who is merely unknown is put off once. */
export async function postponeTurns(
  sql: Sql,
  location: string,
  leads: readonly string[],
  until: Instant,
): Promise<void> {
  if (leads.length === 0) return;
  await sql.query(
    "update lead_turn set failures = greatest(failures, 1), due_at = $3 where location_id = $1 and lead_id = any($2::text[])",
    [location, leads, new Date(until)],
  );
}

/** What a lead was put off for has come. */
export async function wakeLead(sql: Sql, location: string, lead: string, now: Instant): Promise<void> {
  await sql.query(
    "update lead_turn set due_at = $3 where location_id = $1 and lead_id = $2 and failures > 0 and parked_at is null",
    [location, lead, new Date(now)],
  );
}

/** Lets a parked lead try again at once. Answers false when it was not parked. */
export async function unparkLead(sql: Sql, location: string, lead: string, now: Instant): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update lead_turn set parked_at = null, parked_why = null, failures = 0, due_at = $3
      where location_id = $1 and lead_id = $2 and parked_at is not null`,
    [location, lead, new Date(now)],
  );
  return rowCount > 0;
}

export interface TurnRecord {
  readonly lead: string;
  readonly turn: number;
  readonly at: Instant;
  readonly publication: string;
  readonly zoneData: string;
  /** Mail and timers in the order in which they were decided. */
  readonly inputs: readonly JsonObject[];
}

export async function insertTurns(sql: Sql, location: string, turns: readonly TurnRecord[]): Promise<void> {
  await sql.query(
    `insert into turn (location_id, lead_id, turn, at, publication_id, zone_data, inputs)
     select $1, lead_id, turn, at, publication_id, zone_data, inputs
       from unnest($2::text[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[], $7::jsonb[])
         as t (lead_id, turn, at, publication_id, zone_data, inputs)`,
    [
      location,
      turns.map((turn) => turn.lead),
      turns.map((turn) => turn.turn),
      turns.map((turn) => new Date(turn.at)),
      turns.map((turn) => turn.publication),
      turns.map((turn) => turn.zoneData),
      turns.map((turn) => JSON.stringify(turn.inputs)),
    ],
  );
}

/** All recorded turns of a lead, oldest first. */
export async function readTurns(sql: Sql, location: string, lead: string): Promise<TurnRecord[]> {
  const { rows } = await sql.query<TurnRecord>(
    `select lead_id as lead, turn, at, publication_id as publication, zone_data as "zoneData", inputs
       from turn
      where location_id = $1 and lead_id = $2
      order by turn`,
    [location, lead],
  );
  return rows;
}

// Unclean ends: a lead that kills the process would do so again. -------------------------------------

/** The `location_id` under which processes sign in: they belong to no location. */
export const PROCESSES = "_app";

export interface Process {
  readonly worker: string;
  readonly host: string;
  readonly pid: number;
}

/** Signs a process in. It signs out when it stops; one that does not has ended uncleanly. */
export async function signIn(sql: Sql, { worker, host, pid }: Process, real: Instant): Promise<void> {
  await sql.query(
    "insert into worker (location_id, worker_id, host, pid, started_at, seen_at) values ($1, $2, $3, $4, $5, $5)",
    [PROCESSES, worker, host, pid, new Date(real)],
  );
}

export async function signOut(sql: Sql, worker: string): Promise<void> {
  await sql.query("delete from worker where location_id = $1 and worker_id = $2", [PROCESSES, worker]);
}

/** Says that we live, and lists the others. */
export async function heartbeat(
  sql: Sql,
  worker: string,
  real: Instant,
): Promise<(Process & { readonly seenAt: Instant })[]> {
  await sql.query("update worker set seen_at = $3 where location_id = $1 and worker_id = $2", [
    PROCESSES,
    worker,
    new Date(real),
  ]);
  const { rows } = await sql.query<Process & { readonly seenAt: Instant }>(
    `select worker_id as worker, host, pid, seen_at as "seenAt" from worker where location_id = $1 and worker_id <> $2`,
    [PROCESSES, worker],
  );
  return rows;
}

/**
 * Names the lead that is about to be decided alone, in a transaction of its own, while another holds its lock: a name
 * that is still there from before was left by a process that ended, or by our own transaction that was rolled back.
 * Answers how often the former has happened.
 */
export async function nameSuspect(
  sql: Sql,
  location: string,
  lead: string,
  worker: string,
  real: Instant,
): Promise<number> {
  const { rows } = await sql.query<{ ends: number }>(
    `insert into suspect (location_id, lead_id, worker, named_at, ends) values ($1, $2, $3, $4, 0)
         on conflict (location_id, lead_id)
         do update set ends = suspect.ends + case when suspect.worker = excluded.worker then 0 else 1 end, worker = excluded.worker, named_at = excluded.named_at
  returning ends`,
    [location, lead, worker, new Date(real)],
  );
  return rows[0]?.ends ?? 0;
}

/** Clears the names of leads whose turn is over, well or parked. */
export async function clearSuspects(sql: Sql, location: string, leads: readonly string[]): Promise<void> {
  await sql.query("delete from suspect where location_id = $1 and lead_id = any($2::text[])", [location, leads]);
}
