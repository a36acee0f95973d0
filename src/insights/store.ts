// Decisions and counts at rest: every statement that writes the tables of this room.

import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import type { ChannelName } from "../leads/index.ts";
import type { Decision } from "./decision.ts";

/** Appends decisions in the order given. Part of the turn's transaction. */
export async function saveDecisions(sql: Sql, location: string, decisions: readonly Decision[]): Promise<void> {
  if (decisions.length === 0) return;
  const rows = decisions.map((decision) => ({
    decision_id: decision.id,
    lead_id: decision.lead,
    turn: decision.turn,
    place: decision.place,
    at: new Date(decision.at).toISOString(),
    kind: decision.kind,
    verdict: decision.verdict,
    workflow: decision.workflow ?? null,
    run_id: decision.run ?? null,
    path: decision.path ?? null,
    message_id: decision.message ?? null,
    trace: { links: decision.links, versions: decision.versions },
    hash: decision.hash,
  }));
  await sql.query(
    `insert into decision (location_id, lead_id, decision_id, turn, place, at, kind, verdict, workflow, run_id, path,
                           message_id, trace, hash)
     select $1, row.lead_id, row.decision_id, row.turn, row.place, row.at, row.kind, row.verdict, row.workflow,
            row.run_id, row.path, row.message_id, row.trace, row.hash
       from jsonb_to_recordset($2::jsonb) as row (
              lead_id text, decision_id uuid, turn bigint, place smallint, at timestamptz, kind text, verdict text,
              workflow text, run_id uuid, path text, message_id uuid, trace jsonb, hash text)`,
    [location, JSON.stringify(rows)],
  );
}

/** A lead's decisions as they were saved, oldest first: to compare them with what a replay decides. */
export async function readDecisions(
  sql: Sql,
  location: string,
  lead: string,
): Promise<
  (Pick<Decision, "turn" | "place" | "kind" | "verdict" | "hash"> & {
    readonly trace: Pick<Decision, "links" | "versions">;
  })[]
> {
  const { rows } = await sql.query<Awaited<ReturnType<typeof readDecisions>>[number]>(
    `select turn, place, kind, verdict, hash, trace
       from decision
      where location_id = $1 and lead_id = $2
      order by turn, place`,
    [location, lead],
  );
  return rows;
}

/** One addition to a counted figure. */
export interface Delta {
  readonly metric: string;
  readonly dimension: string;
  readonly amount: number;
}

/**
 * Appends counts, a batch's of one figure as one; `foldDeltas` adds them up. Part of the turn's transaction, never a row
 * that turns fight over.
 */
export async function saveDeltas(sql: Sql, location: string, at: Instant, counted: readonly Delta[]): Promise<void> {
  if (counted.length === 0) return;
  const deltas = summed(counted);
  await sql.query(
    `insert into insight_delta (location_id, at, metric, dimension, amount)
     select $1, $2, row.metric, row.dimension, row.amount
       from unnest($3::text[], $4::text[], $5::bigint[]) as row (metric, dimension, amount)`,
    [
      location,
      new Date(at),
      deltas.map((delta) => delta.metric),
      deltas.map((delta) => delta.dimension),
      deltas.map((delta) => delta.amount),
    ],
  );
}

function summed(deltas: readonly Delta[]): readonly Delta[] {
  const sums = new Map<string, Delta>();
  for (const { metric, dimension, amount } of deltas) {
    const key = `${metric}\n${dimension}`;
    sums.set(key, { metric, dimension, amount: (sums.get(key)?.amount ?? 0) + amount });
  }
  return [...sums.values()];
}

/**
 * Adds appended counts to their hours and removes them, for all locations, in one statement: what is deleted is what is
 * added, so nothing counts twice. Answers how many rows were folded. Scope `*`.
 */
export async function foldDeltas(sql: Sql): Promise<number> {
  const { rows } = await sql.query<{ folded: number }>(
    `with taken as (
       delete from insight_delta
        where ctid = any(array(select ctid from insight_delta limit 10000 for update skip locked))
    returning location_id, at, metric, dimension, amount
     ), added as (
       insert into insight (location_id, bucket, metric, dimension, amount)
       select location_id, date_trunc('hour', at, 'UTC'), metric, dimension, sum(amount)
         from taken
        where metric not like 'slot.%'
        group by 1, 2, 3, 4
        order by 1, 2, 3, 4
           on conflict (location_id, bucket, metric, dimension)
              do update set amount = insight.amount + excluded.amount
     ), habits as (
       insert into channel_rate (location_id, channel, sent, answered, opened)
       select location_id, dimension,
              coalesce(sum(amount) filter (where metric = 'habit.sent'), 0),
              coalesce(sum(amount) filter (where metric = 'habit.answered'), 0),
              coalesce(sum(amount) filter (where metric = 'habit.opened'), 0)
         from taken
        where metric in ('habit.sent', 'habit.answered', 'habit.opened')
        group by 1, 2
        order by 1, 2
           on conflict (location_id, channel)
              do update set sent = channel_rate.sent + excluded.sent, answered = channel_rate.answered + excluded.answered,
                            opened = channel_rate.opened + excluded.opened
     ), slots as (
       insert into slot_rate (location_id, slot, sent, answered)
       select location_id, dimension,
              coalesce(sum(amount) filter (where metric = 'slot.sent'), 0),
              coalesce(sum(amount) filter (where metric = 'slot.answered'), 0)
         from taken
        where metric in ('slot.sent', 'slot.answered')
        group by 1, 2
        order by 1, 2
           on conflict (location_id, slot)
              do update set sent = slot_rate.sent + excluded.sent, answered = slot_rate.answered + excluded.answered
     )
     select count(*)::int as folded from taken`,
  );
  return rows[0]?.folded ?? 0;
}

/** What all leads of a location did about messages, by channel; what is not folded yet is left out. */
export async function channelRates(
  sql: Sql,
  location: string,
): Promise<Partial<Record<ChannelName, { sent: number; answered: number; opened: number }>>> {
  const { rows } = await sql.query<{ channel: ChannelName; sent: number; answered: number; opened: number }>(
    `select channel, sent::float8 as sent, answered::float8 as answered, opened::float8 as opened
       from channel_rate
      where location_id = $1
      order by channel`,
    [location],
  );
  return Object.fromEntries(rows.map(({ channel, ...tried }) => [channel, tried]));
}

/** What all leads of a location did about messages, by the hours at which they left; what is not folded yet is left out. */
export async function slotRates(
  sql: Sql,
  location: string,
): Promise<Record<string, readonly [sent: number, answered: number]>> {
  const { rows } = await sql.query<{ slot: string; sent: number; answered: number }>(
    `select slot, sent::float8 as sent, answered::float8 as answered
       from slot_rate
      where location_id = $1
      order by slot`,
    [location],
  );
  return Object.fromEntries(rows.map(({ slot, sent, answered }) => [slot, [sent, answered]]));
}

/** A figure since an instant's hour: what is folded, and what is not yet. */
export async function figures(
  sql: Sql,
  location: string,
  since: Instant,
): Promise<{ metric: string; dimension: string; amount: number }[]> {
  const { rows } = await sql.query<{ metric: string; dimension: string; amount: number }>(
    `select metric, dimension, sum(amount)::float8 as amount
       from (select metric, dimension, amount
               from insight
              where location_id = $1
                and bucket >= date_trunc('hour', $2::timestamptz, 'UTC')
              union all
             select metric, dimension, amount
               from insight_delta
              where location_id = $1
                and at >= date_trunc('hour', $2::timestamptz, 'UTC')) as counted
      group by metric, dimension
      order by metric, dimension`,
    [location, new Date(since)],
  );
  return rows;
}

/** Webhooks of the CRM, counted as they come. */
const HEARD = "webhook.heard";

/** Notes that so many webhooks came. In the transaction that stores them, never a row that they fight over. */
export const noteHeard = (sql: Sql, location: string, at: Instant, webhooks: number): Promise<void> =>
  saveDeltas(sql, location, at, [{ metric: HEARD, dimension: "", amount: webhooks }]);

/** The hours since an instant in which webhooks came. */
export async function heardHours(
  sql: Sql,
  location: string,
  since: Instant,
): Promise<{ readonly hour: Instant; readonly webhooks: number }[]> {
  const { rows } = await sql.query<{ hour: Instant; webhooks: number }>(
    `select hour, sum(amount)::float8 as webhooks
       from (select bucket as hour, amount
               from insight
              where location_id = $1 and metric = $3 and bucket >= $2
              union all
             select date_trunc('hour', at, 'UTC'), amount
               from insight_delta
              where location_id = $1 and metric = $3 and at >= $2) as heard
      group by hour
      order by hour`,
    [location, new Date(since), HEARD],
  );
  return rows;
}
