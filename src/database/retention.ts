// What is kept for how long, by domain time, in batches small enough that nobody waits for them.
// The one file that deletes from other rooms' tables: how long things are kept is one policy, read in one place.

import { LOG_DAYS, LOG_HORIZONS } from "../kernel/aim.ts";
import type { Sql } from "../kernel/sql.ts";
import { DAY, type Instant, type Millis } from "../kernel/time.ts";
import { PARTITIONED, preparePartitions, rangeOf } from "./partitions.ts";
import type { PostgresDatabase } from "./pool.ts";

const YEAR: Millis = 365.25 * DAY;
export const KEPT = {
  receipt: 35 * DAY,
  raw: 35 * DAY,
  told: LOG_DAYS * DAY,
  import: 400 * DAY,
  import_seen: 35 * DAY,
  event: LOG_DAYS * DAY,
  turn: 400 * DAY,
  decision: 400 * DAY,
  run: 400 * DAY,
  plan: DAY,
  outbox: 400 * DAY,
  address: 400 * DAY,
  notice: 400 * DAY,
  job: 30 * DAY,
  message: 5 * YEAR,
  provider_receipt: 7 * DAY,
  earlier_send: 35 * DAY,
  crm_action: 35 * DAY,
  visitor: 400 * DAY,
  link_click: 400 * DAY,
  site_pass: DAY,
  exposure: 400 * DAY,
  insight_hours: 400 * DAY,
  insight_days: 5 * YEAR,
  model: 400 * DAY,
  score_history: 400 * DAY,
  training: 400 * DAY,
  audit: 5 * YEAR,
  install_state: DAY,
  sender_refusal: 400 * DAY,
} as const;
/**
 * A deal is won months after the look that foretells it, so where a location's chance is of deals won (its installation's
 * setting `chance`) the log is kept for four times as long as is looked ahead: two horizons lie between the rows that teach
 * and now, and rows have to be left on both sides. Events lie by month, of all locations together, and are kept for the one
 * that looks furthest.
 */
const LONGEST = `
  select max((settings -> 'chance' ->> 'days')::int) as days from installation
   where settings -> 'chance' ->> 'outcome' = 'won' and status <> 'uninstalled'`;
/** The log, and what says that something is in it already. */
const OF_THE_LOG: readonly string[] = ["event", "told"];

/** Of each location. */
const KEPT_PUBLICATIONS = 50;

export interface Swept {
  /** Rows deleted, by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Names of dropped partitions. */
  readonly dropped: readonly string[];
}

/** Each runs with ($1 older than, $2 at most) and deletes one batch. Keys, not `ctid`: these also run sharded. */
export const PURGES: readonly { readonly table: string; readonly keep: Millis; readonly statement: string }[] = [
  {
    table: "receipt",
    keep: KEPT.receipt,
    statement: `delete from receipt where (location_id, receipt_id) in
      (select location_id, receipt_id from receipt where received_at < $1 order by received_at limit $2)`,
  },
  {
    table: "provider_receipt",
    keep: KEPT.provider_receipt,
    statement: `delete from provider_receipt where (location_id, provider_id, kind) in
      (select location_id, provider_id, kind from provider_receipt where received_at < $1 order by received_at limit $2)`,
  },
  {
    // As the events: what is told again later is told anew.
    table: "told",
    keep: KEPT.told,
    statement: `delete from told where (location_id, key) in
      (select location_id, key from told where told_at < $1 order by told_at limit $2)`,
  },
  {
    // An import forgets them as it ends; these are of one that was left lying. Whoever takes it up again asks about
    // each contact that it does not find here.
    table: "import_seen",
    keep: KEPT.import_seen,
    statement: `delete from import_seen where (location_id, import_id, lead_id) in
      (select s.location_id, s.import_id, s.lead_id
         from import as i
         join import_seen as s on s.location_id = i.location_id and s.import_id = i.import_id
        where i.updated_at < $1 limit $2)`,
  },
  {
    // Since it last moved: ended, or left lying.
    table: "import",
    keep: KEPT.import,
    statement: `delete from import where (location_id, import_id) in
      (select location_id, import_id from import where updated_at < $1 order by updated_at limit $2)`,
  },
  {
    table: "earlier_send",
    keep: KEPT.earlier_send,
    statement: `delete from earlier_send where (location_id, provider_id) in
      (select location_id, provider_id from earlier_send where created_at < $1 order by created_at limit $2)`,
  },
  {
    table: "crm_action",
    keep: KEPT.crm_action,
    statement: `delete from crm_action where (location_id, action_id) in
      (select location_id, action_id from crm_action where asked_at < $1 order by asked_at limit $2)`,
  },
  {
    // Since the visitor was last said to be somebody.
    table: "visitor",
    keep: KEPT.visitor,
    statement: `delete from visitor where (location_id, visitor_id) in
      (select location_id, visitor_id from visitor where linked_at < $1 order by linked_at limit $2)`,
  },
  {
    table: "link_click",
    keep: KEPT.link_click,
    statement: `delete from link_click where (location_id, message_id, channel, place) in
      (select location_id, message_id, channel, place from link_click where last_at < $1 order by last_at limit $2)`,
  },
  {
    table: "site_pass",
    keep: KEPT.site_pass,
    statement: `delete from site_pass where (location_id, pass_hash) in
      (select location_id, pass_hash from site_pass where expires_at < $1 order by expires_at limit $2)`,
  },
  {
    table: "score_history",
    keep: KEPT.score_history,
    statement: `delete from score_history where (location_id, lead_id, day) in
      (select location_id, lead_id, day from score_history
        where day < ($1::timestamptz at time zone 'UTC')::date order by day limit $2)`,
  },
  {
    table: "run",
    keep: KEPT.run,
    statement: `delete from run where (location_id, run_id) in
      (select location_id, run_id from run where ended_at < $1 order by ended_at limit $2)`,
  },
  {
    table: "outbox",
    keep: KEPT.outbox,
    statement: `delete from outbox where (location_id, outbox_id) in
      (select location_id, outbox_id from outbox
        where created_at < $1
          and state in ('accepted', 'rejected', 'blocked', 'withdrawn', 'expired', 'shadow') limit $2)`,
  },
  {
    table: "notice",
    keep: KEPT.notice,
    statement: `delete from notice where (location_id, notice_id) in
      (select location_id, notice_id from notice where created_at < $1 limit $2)`,
  },
  {
    // Since its end; one that is not done stays. The audit says for longer that it was asked.
    table: "job",
    keep: KEPT.job,
    statement: `delete from job where (location_id, job_id) in
      (select location_id, job_id from job where ended_at < $1 limit $2)`,
  },
  {
    // Five years after the last message to that lead, not after each.
    table: "message",
    keep: KEPT.message,
    statement: `delete from message where (location_id, message_id) in
      (select m.location_id, m.message_id from message as m
        where m.created_at < $1
          and not exists (select from message as later
                           where later.location_id = m.location_id and later.lead_id = m.lead_id
                             and later.created_at >= $1)
          and not exists (select from legal_hold as h
                           where h.location_id = m.location_id and h.lead_id in (m.lead_id, '*')) limit $2)`,
  },
  {
    // As long as its message; of a chain the oldest go first.
    table: "proof",
    keep: KEPT.message,
    statement: `delete from proof where (location_id, lead_id, n) in
      (select p.location_id, p.lead_id, p.n from proof as p
        where p.at < $1
          and not exists (select from message as m where m.location_id = p.location_id and m.message_id = p.message_id)
          and not exists (select from proof as older join message as m
                              on m.location_id = older.location_id and m.message_id = older.message_id
                           where older.location_id = p.location_id and older.lead_id = p.lead_id and older.n < p.n)
          and not exists (select from legal_hold as h
                           where h.location_id = p.location_id and h.lead_id in (p.lead_id, '*')) limit $2)`,
  },
  {
    // Five years after its end, or, still standing, after the last message to that lead.
    table: "consent",
    keep: KEPT.message,
    statement: `delete from consent where (location_id, consent_id, lead_id) in
      (select c.location_id, c.consent_id, c.lead_id from consent as c
        where c.given_at < $1
          and (c.withdrawn_at is null or c.withdrawn_at < $1)
          and not exists (select from message as m where m.location_id = c.location_id and m.lead_id = c.lead_id)
          and not exists (select from legal_hold as h
                           where h.location_id = c.location_id and h.lead_id in (c.lead_id, '*')) limit $2)`,
  },
  {
    table: "wording",
    keep: KEPT.message,
    statement: `delete from wording where (location_id, wording_hash) in
      (select w.location_id, w.wording_hash from wording as w
        where w.first_at < $1
          and not exists (select from consent as c
                           where c.location_id = w.location_id and c.wording_hash = w.wording_hash) limit $2)`,
  },
  {
    // Opt-outs, also those taken back, and bounces are kept for ever, and words that nobody has judged; an address that only
    // counted towards caps is not.
    table: "address",
    keep: KEPT.address,
    statement: `delete from address where (location_id, channel, address_hash) in
      (select location_id, channel, address_hash from address
        where opted_out_at is null and opt_out is null and left_at is null and bounced_at is null and muted = '{}'
          and coalesce((sends -> -1 ->> 'at')::numeric, 0) < extract(epoch from $1::timestamptz) * 1000 limit $2)`,
  },
  {
    // Since the end of its experiment, which is kept itself: a stopped experiment keeps its winner.
    table: "exposure",
    keep: KEPT.exposure,
    statement: `delete from exposure where (location_id, experiment, lead_id) in
      (select e.location_id, e.experiment, e.lead_id
         from exposure as e
         join experiment_state as s on s.location_id = e.location_id and s.experiment = e.experiment
        where s.stopped_at < $1 limit $2)`,
  },
  {
    table: "insight",
    keep: KEPT.insight_days,
    statement: `delete from insight where (location_id, bucket, metric, dimension) in
      (select location_id, bucket, metric, dimension from insight where bucket < $1 limit $2)`,
  },
  {
    // Since it was retired; whom a champion replaced stays, for that is where a rollback leads.
    table: "model",
    keep: KEPT.model,
    statement: `delete from model where (location_id, model_id) in
      (select m.location_id, m.model_id from model as m
        where m.state = 'retired' and m.retired_at < $1
          and m.rolled_back_at is null -- trainings promote nobody until a person does
          and m.withdrawn_at is null -- none is lent until one has passed its bars
          and not exists (select from model as later
                           where later.location_id = m.location_id and later.replaced = m.model_id
                             and later.state = 'champion') limit $2)`,
  },
  {
    table: "training",
    keep: KEPT.training,
    statement: `delete from training where (location_id, training_id) in
      (select location_id, training_id from training where ended_at < $1 limit $2)`,
  },
  {
    // Installs that somebody began and nobody ended.
    table: "install_state",
    keep: KEPT.install_state,
    statement: `delete from install_state where (location_id, state_id) in
      (select location_id, state_id from install_state where expires_at < $1 limit $2)`,
  },
  {
    // Closed by a later one, with no decision left between them.
    table: "decision_gap",
    keep: 0,
    statement: `delete from decision_gap where (location_id, lead_id, turn, place) in
      (select g.location_id, g.lead_id, g.turn, g.place
         from decision_gap as g
         join lateral (select later.turn, later.place from decision_gap as later
                        where later.location_id = g.location_id and later.lead_id = g.lead_id
                          and (later.turn, later.place) > (g.turn, g.place)
                        order by later.turn, later.place limit 1) as later on true
        where g.at < $1
          and not exists (select from decision as d
                           where d.location_id = g.location_id and d.lead_id = g.lead_id
                             and (d.turn, d.place) >= (g.turn, g.place) and (d.turn, d.place) < (later.turn, later.place))
        limit $2)`,
  },
  {
    table: "sender_refusal",
    keep: KEPT.sender_refusal,
    statement: `delete from sender_refusal where (location_id, domain) in
      (select location_id, domain from sender_refusal where until < $1 limit $2)`,
  },
  {
    table: "audit",
    keep: KEPT.audit,
    statement: `delete from audit where (location_id, audit_id) in
      (select location_id, audit_id from audit where at < $1 limit $2)`,
  },
  {
    table: "audit_link",
    keep: KEPT.audit,
    statement: `delete from audit_link where (location_id, seq) in
      (select location_id, seq from audit_link where at < $1 limit $2)`,
  },
  {
    // With the last proof of its chain.
    table: "chain_head",
    keep: KEPT.message,
    statement: `delete from chain_head where (location_id, lead_id) in
      (select h.location_id, h.lead_id from chain_head as h
        where h.at < $1
          and not exists (select from proof as p where p.location_id = h.location_id and p.lead_id = h.lead_id) limit $2)`,
  },
  {
    // Of each location the latest ones stay, whatever their age.
    table: "publication",
    keep: 0,
    statement: `delete from publication where (location_id, number) in
      (select n.location_id, n.number
         from publication as n
         join (select location_id, max(number) as latest from publication group by location_id) as l
        using (location_id)
        where n.published_at < $1 and n.number <= l.latest - ${KEPT_PUBLICATIONS} limit $2)`,
  },
  {
    // A plan stays while a run that used it is kept, and while turns may still begin runs of it.
    table: "plan",
    keep: KEPT.plan,
    statement: `delete from plan where (location_id, plan_id) in
      (select p.location_id, p.plan_id from plan as p
        where p.created_at < $1
          and not exists (select from run as r where r.location_id = p.location_id and r.plan_id = p.plan_id)
          and not exists (select from publication as n
                           where n.location_id = p.location_id
                             and n.content -> 'plans' ? p.plan_id
                             and not exists (select from publication as next
                                              where next.location_id = n.location_id
                                                and next.number > n.number
                                                and next.published_at < $1)) limit $2)`,
  },
];

/** Hours older than 400 days become days: one batch of locations' days at a time. */
const FOLD_HOURS = `
  with old as (
    delete from insight where (location_id, bucket, metric, dimension) in
      (select location_id, bucket, metric, dimension from insight
        where bucket < date_trunc('day', $1::timestamptz, 'UTC')
          and bucket <> date_trunc('day', bucket, 'UTC') limit $2)
    returning *)
  insert into insight (location_id, bucket, metric, dimension, amount)
  select location_id, date_trunc('day', bucket, 'UTC'), metric, dimension, sum(amount)
    from old group by 1, 2, 3, 4
      on conflict (location_id, bucket, metric, dimension) do update set amount = insight.amount + excluded.amount`;

/**
 * Makes the partitions ahead and removes what is past its time. Safe to run in several processes at once, and to
 * stop anywhere.
 */
export async function sweep(database: PostgresDatabase, now: Instant, batch = 5_000): Promise<Swept> {
  await database.asOwner((sql) => preparePartitions(sql, now));
  const rows: Record<string, number> = {};
  const purge = async (table: string, statement: string, keep: Millis) => {
    for (;;) {
      const { rowCount } = await database.transaction("*", (sql) =>
        sql.query(statement, [new Date(now - keep), batch]),
      );
      rows[table] = (rows[table] ?? 0) + rowCount;
      if (rowCount === 0) return;
    }
  };
  await purge("insight", FOLD_HOURS, KEPT.insight_hours);
  const { rows: asked } = await database.transaction("*", (sql) => sql.query<{ days: number | null }>(LONGEST));
  const ahead = (asked[0]?.days ?? 0) * DAY;
  const keptOf = (table: string, keep: Millis) =>
    OF_THE_LOG.includes(table) ? Math.max(keep, LOG_HORIZONS * ahead) : keep;
  const held = await database.transaction("*", (sql) => sql.query("select from legal_hold limit 1"));
  // the log and the audit know no lead that could be spared: while anything is held, all of them stay
  const spared = (table: string): boolean =>
    held.rowCount > 0 && ["event", "raw", "audit", "audit_link"].includes(table);
  for (const { table, statement, keep } of PURGES)
    if (!spared(table)) await purge(table, statement, keptOf(table, keep));
  for (const { table, column } of PARTITIONED) {
    if (table !== "decision" && !spared(table))
      await purge(table, purgeDefault(table, column), keptOf(table, KEPT[table]));
  }
  await purge("decision", PURGE_DECISIONS, KEPT.decision);
  return { rows, dropped: await database.asOwner((sql) => dropPartitions(sql, now, { spared, keptOf })) };
}

/** What fell into the default partition is in no partition that could be dropped. */
const purgeDefault = (table: string, column: string): string =>
  `delete from ${table} where tableoid = '${table}_default'::regclass and ctid in
    (select ctid from ${table} where tableoid = '${table}_default'::regclass and ${column} < $1 limit $2)`;

/** A decision about a message is kept as long as the message; its partition stays until the last of them is gone. */
const PURGE_DECISIONS = `
  with gone as (
    delete from decision where (location_id, decision_id) in
      (select d.location_id, d.decision_id from decision as d
        where d.at < $1
          and not exists (select from message as m where m.location_id = d.location_id and m.message_id = d.message_id)
          and not exists (select from legal_hold as h where h.location_id = d.location_id and h.lead_id in (d.lead_id, '*'))
        limit $2) and at < $1
    returning location_id, lead_id, turn, place, at, hash),
  kept as (
    -- what the first decision behind must follow: of those that go together, the last one's hash
    insert into decision_gap (location_id, lead_id, turn, place, before, at)
    select g.location_id, g.lead_id, g.turn, g.place + 1, g.hash, g.at
      from gone as g
      left join lateral (select n.turn, n.place from decision as n
                          where n.location_id = g.location_id and n.lead_id = g.lead_id
                            and (n.turn, n.place) > (g.turn, g.place)
                          order by n.turn, n.place limit 1) as next on true
     where not exists (select from gone as x
                        where x.location_id = g.location_id and x.lead_id = g.lead_id
                          and x.turn = next.turn and x.place = next.place)
        on conflict (location_id, lead_id, turn, place) do update set before = excluded.before, at = excluded.at)
  select from gone`;

/** What stays longer than its table's time: all of it, or for how long. */
interface Policy {
  spared(table: string): boolean;
  keptOf(table: string, keep: Millis): Millis;
}

/** Drops the partitions that lie wholly before their time; a decision's only when it is empty. */
async function dropPartitions(sql: Sql, now: Instant, { spared, keptOf }: Policy): Promise<string[]> {
  const dropped: string[] = [];
  for (const partitioned of PARTITIONED) {
    const { table } = partitioned;
    if (spared(table)) continue;
    const oldest = rangeOf(partitioned, now - keptOf(table, KEPT[table])).name;
    const { rows } = await sql.query<{ name: string }>(
      "select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::regclass order by 1",
      [table],
    );
    for (const { name } of rows) {
      // Names end in their date, so that the order of names is the order of time.
      if (!/_\d+$/.test(name) || name >= oldest) continue;
      if (table === "decision" && (await holdsRows(sql, table, name))) continue;
      await sql.query(`drop table if exists ${name}`);
      dropped.push(name);
    }
  }
  return dropped;
}

async function holdsRows(sql: Sql, table: string, partition: string): Promise<boolean> {
  const { rows } = await sql.query(`select from ${table} where tableoid = $1::regclass limit 1`, [partition]);
  return rows.length > 0;
}
