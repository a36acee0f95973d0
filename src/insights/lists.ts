// Leads, messages, runs, workflows and figures as lists: a read model over other rooms' tables. Nothing here writes.

import type { JsonObject } from "../kernel/json.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import type { ChannelName, Lead } from "../leads/index.ts";
import type { OutboxState, PutOff } from "../outreach/index.ts";
import type { Run } from "../workflows/index.ts";

export interface LeadListRow {
  readonly id: string;
  readonly key: string | null;
  readonly contact: Partial<Lead["contact"]> | null;
  readonly seenAt: Instant;
  readonly lastType: string | null;
  readonly lastAt: Instant | null;
  readonly lastData: JsonObject | null;
}

/** The last thing each lead did, beside the row. */
export const LAST_ACT = `left join lateral (
       select e.type, e.at, e.data
         from event as e
        where e.location_id = l.location_id
          and e.lead_id = l.lead_id
          and e.type not like 'crm.%'
          and e.type not like 'trigger.%'
        order by e.received_at desc, e.event_id desc
        limit 1) as act on true`;

export const LEAD_COLUMNS = `l.lead_id as id, l.name_key as key, l.data -> 'contact' as contact, l.seen_at as "seenAt",
                      act.type as "lastType", act.at as "lastAt", act.data as "lastData"`;

/** By name, from one name on. Leads without a name are not among them. */
export async function leadsByName(
  sql: Sql,
  location: string,
  after: { name: string; id: string } | undefined,
  limit: number,
): Promise<LeadListRow[]> {
  const { rows } = await sql.query<LeadListRow>(
    `select ${LEAD_COLUMNS}
       from (select *
               from lead
              where location_id = $1
                and name_key is not null
                and name_key ~>=~ $2
                and (name_key ~>~ $2 or lead_id > $3)
              order by name_key using ~<~, lead_id
              limit $4) as l
       ${LAST_ACT}
      order by l.name_key using ~<~, l.lead_id`,
    [location, after?.name ?? "", after?.id ?? "", limit],
  );
  return rows;
}

/**
 * By the beginning of a name, an e-mail address or a number. Ranges instead of `like`, because under row-level
 * security a pattern is no index condition.
 */
export async function leadsByPrefix(
  sql: Sql,
  location: string,
  prefixes: { name: string; email: string; phones: readonly string[] },
  limit: number,
): Promise<LeadListRow[]> {
  const { rows } = await sql.query<LeadListRow>(
    `select ${LEAD_COLUMNS}
       from (select *
               from (select * from (select * from lead
                                     where location_id = $1 and $2 <> ''
                                       and name_key is not null and name_key ~>=~ $2 and name_key ~<~ ($2 || chr(1114111))
                                     order by name_key using ~<~ limit $5) as by_name
                      union
                     select * from (select * from lead
                                     where location_id = $1 and $3 <> ''
                                       and email_key is not null and email_key ~>=~ $3 and email_key ~<~ ($3 || chr(1114111))
                                     order by email_key using ~<~ limit $5) as by_email
                      union
                     select found.*
                       from unnest($4::text[]) as wanted (phone)
                      cross join lateral (select * from lead
                                     where location_id = $1
                                       and phone_key is not null
                                       and phone_key ~>=~ wanted.phone and phone_key ~<~ (wanted.phone || chr(1114111))
                                     order by phone_key using ~<~ limit $5) as found) as matched
              order by name_key using ~<~ nulls last, lead_id
              limit $5) as l
       ${LAST_ACT}
      order by l.name_key using ~<~ nulls last, l.lead_id`,
    [location, prefixes.name, prefixes.email, prefixes.phones, limit],
  );
  return rows;
}

/** Those heard of last, newest first: the leads of the last 2,000 events. */
export async function leadsHeardOf(sql: Sql, location: string, limit: number): Promise<LeadListRow[]> {
  const { rows } = await sql.query<LeadListRow>(
    `with heard as (
       select lead_id, max(received_at) as at
         from (select lead_id, received_at
                 from event
                where location_id = $1
                order by received_at desc
                limit 2000) as recent
        where lead_id <> '_location'
        group by lead_id
        order by at desc
        limit $2)
     select ${LEAD_COLUMNS}
       from heard
       join lead as l on l.location_id = $1 and l.lead_id = heard.lead_id
       ${LAST_ACT}
      order by heard.at desc, l.lead_id`,
    [location, limit],
  );
  return rows;
}

export interface LeadHeadRow {
  readonly data: Lead;
  readonly state: JsonObject | null;
  readonly parkedAt: Instant | null;
  readonly parkedWhy: string | null;
}

export async function leadHead(sql: Sql, location: string, lead: string): Promise<LeadHeadRow | undefined> {
  const { rows } = await sql.query<LeadHeadRow>(
    `select l.data, s.data as state, t.parked_at as "parkedAt", t.parked_why as "parkedWhy"
       from lead as l
       left join lead_state as s on s.location_id = l.location_id and s.lead_id = l.lead_id
       left join lead_turn  as t on t.location_id = l.location_id and t.lead_id = l.lead_id
      where l.location_id = $1
        and l.lead_id = $2`,
    [location, lead],
  );
  return rows[0];
}

/** To whom a merged lead's id belongs now. */
export async function survivorOf(sql: Sql, location: string, lead: string): Promise<string | undefined> {
  const { rows } = await sql.query<{ survivor: string }>(
    `select survivor_id as survivor
       from lead_alias
      where location_id = $1
        and lead_id = $2`,
    [location, lead],
  );
  return rows[0]?.survivor;
}

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

export interface OutboxListRow {
  readonly id: string;
  readonly lead: string;
  readonly leadName: string | null;
  readonly workflow: string | null;
  readonly run: string | null;
  readonly path: string | null;
  readonly channels: readonly ChannelName[];
  readonly place: number;
  readonly state: OutboxState;
  readonly notBefore: Instant | null;
  readonly putOff: PutOff | null;
  readonly createdAt: Instant;
  readonly template: string | null;
  readonly delivery: JsonObject | null;
  readonly decision: string | null;
  readonly trace: JsonObject | null;
}

/** What a list of messages is asked by; what is absent does not matter. */
export interface MessagesWanted {
  readonly states: readonly OutboxState[] | undefined;
  /** Where receipts have brought what the CRM took. */
  readonly fate: "accepted" | "delivered" | "failed" | undefined;
  readonly channel: ChannelName | undefined;
  readonly workflow: string | undefined;
  readonly template: string | undefined;
  readonly lead: string | undefined;
  /** What was once decided of it, and the check that bound: `code` of the first failing one. */
  readonly verdict: "held" | "blocked" | "expired" | undefined;
  readonly check: string | undefined;
  readonly before: { readonly at: Instant; readonly id: string } | undefined;
}

/** Receipts and checks are no part of the outbox: so many rows of it are looked through for one page, no more. */
const LOOKED = 10_000;

const isLookedFor = ({ fate, verdict, check }: MessagesWanted): boolean =>
  fate !== undefined || verdict !== undefined || check !== undefined;

const MESSAGES = `select *
               from outbox
              where location_id = $1
                and kind = 'message'
                and ($2::text[] is null or state = any($2))
                and ($3::text is null or channels[place + 1] = $3)
                and ($4::text is null or workflow = $4)
                and ($5::text is null or lead_id = $5)
                and ($6::timestamptz is null or (created_at, outbox_id) < ($6, $7::uuid))
                and ($8::text is null or body ->> 'template' = $8)
              order by created_at desc, outbox_id desc
              limit $9`;

const askedOf = (location: string, wanted: MessagesWanted, most: number) => [
  location,
  wanted.states ?? null,
  wanted.channel ?? null,
  wanted.workflow ?? null,
  wanted.lead ?? null,
  wanted.before === undefined ? null : new Date(wanted.before.at),
  wanted.before?.id ?? null,
  wanted.template ?? null,
  most,
];

/** Messages, newest first. Fewer than `limit` are the last there are, unless {@link lastLookedAt} says where to go on. */
export async function messages(
  sql: Sql,
  location: string,
  wanted: MessagesWanted,
  limit: number,
): Promise<OutboxListRow[]> {
  const { rows } = await sql.query<OutboxListRow>(
    `select o.outbox_id as id, o.lead_id as lead, o.workflow, o.run_id as run, o.path, o.channels, o.place, o.state,
            o.not_before as "notBefore", case when o.state = 'queued' then o.put_off end as "putOff",
            o.created_at as "createdAt", m.template, m.delivery,
            coalesce(nullif(l.data -> 'contact' ->> 'name', ''),
                     nullif(trim(concat_ws(' ', l.data -> 'contact' ->> 'firstName',
                                                l.data -> 'contact' ->> 'lastName')), '')) as "leadName",
            d.decision_id as decision, d.trace
       from (${MESSAGES}) as o
       left join message as m on m.location_id = o.location_id and m.message_id = o.outbox_id
       left join lead    as l on l.location_id = o.location_id and l.lead_id = o.lead_id
       left join lateral (
              select decision_id, trace
                from decision
               where location_id = o.location_id
                 and message_id = o.outbox_id
               order by at desc, turn desc, place desc
               limit 1) as d on true
      where ($10::text is null
             or $10 = case when o.state = 'rejected' or m.delivery ?| '{failed,failedAt,bounced,bouncedAt}'
                                or m.delivery ->> 'status' in ('failed', 'bounced') then 'failed'
                           when m.delivery ?| '{delivered,deliveredAt,opened,openedAt}'
                                or m.delivery ->> 'status' in ('delivered', 'opened') then 'delivered'
                           else 'accepted' end)
        and (($11::text is null and $12::text is null) or exists (
              select from decision as k
               where k.location_id = o.location_id
                 and k.message_id = o.outbox_id
                 and ($11 is null or k.verdict = $11)
                 and ($12 is null or $12 = (
                       select coalesce(link -> 'values' ->> 'verdict', link ->> 'code')
                         from jsonb_array_elements(k.trace -> 'links') as link
                        where link ->> 'kind' = 'permission'
                        limit 1))))
      order by o.created_at desc, o.outbox_id desc
      limit $13`,
    [
      ...askedOf(location, wanted, isLookedFor(wanted) ? LOOKED : limit),
      wanted.fate ?? null,
      wanted.verdict ?? null,
      wanted.check ?? null,
      limit,
    ],
  );
  return rows;
}

/** The last row that was looked through for a page that did not come full; undefined where there are no older ones. */
export async function lastLookedAt(
  sql: Sql,
  location: string,
  wanted: MessagesWanted,
): Promise<{ id: string; createdAt: Instant } | undefined> {
  if (!isLookedFor(wanted)) return undefined;
  const { rows } = await sql.query<{ id: string; createdAt: Instant }>(
    `select outbox_id as id, created_at as "createdAt" from (${MESSAGES}) as o offset $9 - 1`,
    askedOf(location, wanted, LOOKED),
  );
  return rows[0];
}

export interface WorkflowRow {
  readonly workflow: string;
  readonly planId: string;
  readonly name: string;
  readonly about: string | null;
  readonly status: string;
  readonly active: number;
  readonly failed: number;
  readonly paused: "workflow" | "location" | null;
  readonly standing: readonly { readonly path: string; readonly count: number }[];
}

/** The newest plan of each workflow, with how many people are in it, and where. */
export async function workflowRows(sql: Sql, location: string): Promise<WorkflowRow[]> {
  const { rows } = await sql.query<WorkflowRow>(
    `select p.workflow, p.plan_id as "planId", p.plan ->> 'name' as name, p.plan ->> 'about' as about,
            coalesce(p.plan ->> 'status', 'live') as status, n.active, n.failed, n.standing,
            case when exists (select 1 from hold where location_id = $1 and workflow = '*') then 'location'
                 when exists (select 1 from hold where location_id = $1 and workflow = p.workflow) then 'workflow'
             end as paused
       from (select distinct on (workflow) workflow, plan_id, plan
               from plan
              where location_id = $1
              order by workflow, created_at desc, plan_id) as p
      cross join lateral (
              select coalesce(sum(active), 0)::int as active,
                     coalesce(sum(failed), 0)::int as failed,
                     coalesce(jsonb_agg(jsonb_build_object('path', path, 'count', active) order by active desc, path)
                                filter (where path is not null and active > 0), '[]') as standing
                from (select path,
                             count(*) filter (where status <> 'failed') as active,
                             count(*) filter (where status = 'failed') as failed
                        from run
                       where location_id = $1
                         and workflow = p.workflow
                         and status in ('pending', 'waiting', 'paused', 'failed')
                       group by path) as step) as n
      order by p.workflow`,
    [location],
  );
  return rows;
}

/** What workflows are called, by id. */
export async function workflowNames(sql: Sql, location: string): Promise<Map<string, string>> {
  const { rows } = await sql.query<{ workflow: string; name: string }>(
    `select distinct on (workflow) workflow, plan ->> 'name' as name
       from plan
      where location_id = $1
      order by workflow, created_at desc, plan_id`,
    [location],
  );
  return new Map(rows.map((row) => [row.workflow, row.name]));
}

export interface AttentionRow {
  readonly id: string;
  readonly lead: string;
  readonly leadName: string | null;
  readonly reason: "parked" | "run_failed" | "undecided" | "stuck";
  readonly detail: string | null;
  readonly since: Instant;
  readonly decision: string | null;
}

/** What a person must look at, longest wait first: parked leads, undecided messages, failed runs of a week. */
export async function attention(
  sql: Sql,
  location: string,
  times: { failedSince: Instant; stuckBefore: Instant },
  limit: number,
): Promise<AttentionRow[]> {
  const { rows } = await sql.query<AttentionRow>(
    `select found.id, found.lead, found.reason, found.detail, found.since, found.decision,
            coalesce(nullif(l.data -> 'contact' ->> 'name', ''),
                     nullif(trim(concat_ws(' ', l.data -> 'contact' ->> 'firstName',
                                                l.data -> 'contact' ->> 'lastName')), '')) as "leadName"
       from (select * from (select 'parked:' || lead_id as id, lead_id as lead, 'parked' as reason, parked_why as detail,
                                   parked_at as since, null::uuid as decision
                              from lead_turn
                             where location_id = $1
                               and parked_at is not null
                             order by parked_at
                             limit $4) as parked
              union all
             select * from (select 'stuck:' || lead_id, lead_id, 'stuck', null, due_at, null::uuid
                              from lead_turn
                             where location_id = $1
                               and due_at is not null
                               and parked_at is null
                               and due_at < $3
                             order by due_at
                             limit $4) as stuck
              union all
             select * from (select 'undecided:' || o.outbox_id, o.lead_id, 'undecided', o.workflow, o.created_at,
                                   (select decision_id from decision
                                     where location_id = $1 and message_id = o.outbox_id
                                     order by at desc limit 1)
                              from outbox as o
                             where o.location_id = $1
                               and o.state = 'undecided'
                             order by o.created_at
                             limit $4) as undecided
              union all
             select * from (select 'run:' || run_id, lead_id, 'run_failed', workflow, ended_at, null::uuid
                              from run
                             where location_id = $1
                               and status = 'failed'
                               and ended_at >= $2
                             order by ended_at
                             limit $4) as failed) as found
       left join lead as l on l.location_id = $1 and l.lead_id = found.lead
      order by found.since, found.id
      limit $4`,
    [location, new Date(times.failedSince), new Date(times.stuckBefore), limit],
  );
  return rows;
}

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

/** How many messages were made since an instant, by state. */
export async function messagesByState(
  sql: Sql,
  location: string,
  since: Instant,
): Promise<{ state: OutboxState; n: number }[]> {
  const { rows } = await sql.query<{ state: OutboxState; n: number }>(
    `select state, count(*)::int as n
       from (select state from outbox
              where location_id = $1 and kind = 'message' and created_at >= $2 and state <> 'held'
              union all
             select state from outbox where location_id = $1 and kind = 'message' and state = 'held') as counted
      group by state`,
    [location, new Date(since)],
  );
  return rows;
}

/** The team's own zone and name, for words that everybody of the team reads. */
export async function teamOf(sql: Sql, location: string): Promise<{ name: string | null; zone: string } | undefined> {
  const { rows } = await sql.query<{ name: string | null; zone: string }>(
    `select name, time_zone as zone
       from installation
      where location_id = $1`,
    [location],
  );
  return rows[0];
}

/** What people of the team are called, by CRM user id. */
export async function userNames(sql: Sql, location: string): Promise<Map<string, string>> {
  const { rows } = await sql.query<{ id: string; data: JsonObject }>(
    `select item_id as id, data
       from catalog
      where location_id = $1
        and kind = 'user'`,
    [location],
  );
  const name = (data: JsonObject) =>
    [data["name"], [data["firstName"], data["lastName"]].filter((part) => typeof part === "string").join(" ")].find(
      (found): found is string => typeof found === "string" && found !== "",
    );
  return new Map(rows.flatMap((row) => [[row.id, name(row.data)] as const]).flatMap(([id, n]) => (n ? [[id, n]] : [])));
}

/** What these leads are called; those without a name are left out. */
export async function leadNames(sql: Sql, location: string, leads: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql.query<{ id: string; name: string }>(
    `select lead_id as id, name
       from (select lead_id,
                    coalesce(nullif(data -> 'contact' ->> 'name', ''),
                             nullif(trim(concat_ws(' ', data -> 'contact' ->> 'firstName',
                                                        data -> 'contact' ->> 'lastName')), '')) as name
               from lead
              where location_id = $1
                and lead_id = any($2)) as called
      where name is not null`,
    [location, leads],
  );
  return new Map(rows.map((row) => [row.id, row.name]));
}
