// What happened and what was decided, newest first: read model over event, decision, outbox, message and lead.

import type { JsonObject } from "../kernel/json.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import type { ChannelName } from "../leads/index.ts";
import type { OutboxState, PutOff, Rendered, Verdict } from "../outreach/index.ts";
import type { Decision } from "./decision.ts";
import { LEAD_NAME } from "./names.ts";

export interface EventRow {
  readonly id: string;
  readonly lead: string;
  readonly leadName: string | null;
  readonly type: string;
  readonly at: Instant;
  readonly receivedAt: Instant;
  readonly data: JsonObject;
}

export interface DecisionRow {
  readonly id: string;
  readonly lead: string;
  readonly leadName: string | null;
  readonly at: Instant;
  readonly turn: number;
  readonly place: number;
  readonly kind: Decision["kind"];
  readonly verdict: Decision["verdict"];
  readonly workflow: string | null;
  readonly run: string | null;
  readonly path: string | null;
  readonly message: string | null;
  readonly trace: { readonly links?: Decision["links"]; readonly versions?: JsonObject };
  readonly hash: string;
  /** Of the message's outbox row, when it is about a message that has one. */
  readonly state: OutboxState | null;
  readonly channels: readonly ChannelName[] | null;
  readonly channelPlace: number | null;
  readonly notBefore: Instant | null;
  readonly holdUntil: Instant | null;
  /** Why the last attempt took nothing, while another one waits. */
  readonly putOff: PutOff | null;
  readonly template: string | null;
  readonly delivery: JsonObject | null;
  readonly outboxKind: string | null;
  /** Of a tag, a task or a note. */
  readonly outboxBody: JsonObject | null;
  /** How the message begins, as the lead reads it. */
  readonly excerpt: string | null;
  /** Decided again later: then the row keeps its own verdict, and the later one says where the message stands. */
  readonly superseded: boolean;
}

/** How far back a page begins: rows at or before `at`, without those already shown at that very instant. */
export interface Before {
  readonly at: Instant;
  readonly shown: readonly string[];
}

const EVENT_COLUMNS = `e.event_id as id, e.lead_id as lead, ${LEAD_NAME} as "leadName", e.type, e.at,
                       e.received_at as "receivedAt", e.data`;

const EVENT_FROM = `event as e left join lead as l on l.location_id = e.location_id and l.lead_id = e.lead_id`;

/** Events whose story is told by a message's row, a rule's or a run's decision, or not at all. */
const EVENT_SHOWN = `e.type not like 'crm.%' and e.type not like 'trigger.%'
                     and e.type not in ('message.sent', 'message.delivered', 'message.failed', 'message.replied',
                                        'workflow.completed', 'workflow.failed')`;

const DECISION_COLUMNS = `d.decision_id as id, d.lead_id as lead, ${LEAD_NAME} as "leadName", d.at, d.turn, d.place, d.kind,
  d.verdict, d.workflow, d.run_id as run, d.path, d.message_id as message, d.trace, d.hash, o.state, o.channels,
  o.place as "channelPlace", o.not_before as "notBefore", o.hold_until as "holdUntil",
  case when o.state = 'queued' then o.put_off end as "putOff", m.template, m.delivery,
  o.kind as "outboxKind", case when o.kind <> 'message' then o.body end as "outboxBody",
  left(coalesce(m.rendered -> o.channels[o.place + 1] ->> 'subject',
                m.rendered -> o.channels[o.place + 1] ->> 'text'), 160) as excerpt,
  d.message_id is not null and exists (
    select from decision as later
     where later.location_id = d.location_id
       and later.message_id = d.message_id
       and (later.at, later.turn, later.place) > (d.at, d.turn, d.place)) as superseded`;

const DECISION_FROM = `decision as d
  left join lead    as l on l.location_id = d.location_id and l.lead_id = d.lead_id
  left join outbox  as o on o.location_id = d.location_id and o.outbox_id = d.message_id
  left join message as m on m.location_id = d.location_id and m.message_id = d.message_id`;

/** What a feed shows of decisions: those that changed something for somebody. */
const DECISION_NEWS = `d.verdict not in ('not_enrolled', 'not_fired', 'branch', 'waiting')
                       and d.kind <> 'step'
                       and not (d.kind = 'effect' and d.verdict = 'queued')`;

/** What a lead's timeline shows: all but rules that did not fire, and writes to the CRM before they are done. */
const DECISION_TOLD = `d.verdict <> 'not_fired' and not (d.kind = 'effect' and d.verdict = 'queued')`;

export async function eventsOfLead(
  sql: Sql,
  location: string,
  lead: string,
  before: Before,
  limit: number,
): Promise<EventRow[]> {
  const { rows } = await sql.query<EventRow>(
    `select ${EVENT_COLUMNS}
       from ${EVENT_FROM}
      where e.location_id = $1
        and e.lead_id = $2
        and e.received_at <= $3
        and e.event_id::text <> all($4)
        and ${EVENT_SHOWN}
      order by e.received_at desc, e.event_id desc
      limit $5`,
    [location, lead, new Date(before.at), before.shown, limit],
  );
  return rows;
}

export async function decisionsOfLead(
  sql: Sql,
  location: string,
  lead: string,
  before: Before,
  limit: number,
): Promise<DecisionRow[]> {
  const { rows } = await sql.query<DecisionRow>(
    `select ${DECISION_COLUMNS}
       from ${DECISION_FROM}
      where d.location_id = $1
        and d.lead_id = $2
        and d.at <= $3
        and d.decision_id::text <> all($4)
        and ${DECISION_TOLD}
      order by d.at desc, d.turn desc, d.place desc
      limit $5`,
    [location, lead, new Date(before.at), before.shown, limit],
  );
  return rows;
}

/** `since` bounds the search from below, for the hub's question "what is new". */
export async function recentEvents(
  sql: Sql,
  location: string,
  before: Before,
  since: Instant,
  limit: number,
): Promise<EventRow[]> {
  const { rows } = await sql.query<EventRow>(
    `select ${EVENT_COLUMNS}
       from ${EVENT_FROM}
      where e.location_id = $1
        and e.received_at <= $2
        and e.received_at >= $3
        and e.event_id::text <> all($4)
        and e.lead_id <> '_location'
        and e.type <> 'contact.updated'
        and ${EVENT_SHOWN}
      order by e.received_at desc, e.event_id desc
      limit $5`,
    [location, new Date(before.at), new Date(since), before.shown, limit],
  );
  return rows;
}

export async function recentDecisions(
  sql: Sql,
  location: string,
  before: Before,
  since: Instant,
  limit: number,
): Promise<DecisionRow[]> {
  const { rows } = await sql.query<DecisionRow>(
    `select ${DECISION_COLUMNS}
       from ${DECISION_FROM}
      where d.location_id = $1
        and d.at <= $2
        and d.at >= $3
        and d.decision_id::text <> all($4)
        and d.lead_id <> '_location'
        and ${DECISION_NEWS}
      order by d.at desc, d.turn desc, d.place desc
      limit $5`,
    [location, new Date(before.at), new Date(since), before.shown, limit],
  );
  return rows;
}

/** Rows already shown, as they stand now: their messages may have moved. */
export async function decisionsById(sql: Sql, location: string, ids: readonly string[]): Promise<DecisionRow[]> {
  const { rows } = await sql.query<DecisionRow>(
    `select ${DECISION_COLUMNS}
       from ${DECISION_FROM}
      where d.location_id = $1
        and d.decision_id = any($2::uuid[])`,
    [location, ids],
  );
  return rows;
}

/** The latest decisions about messages of some leads, as they stand now: what a sender or a receipt may have moved. */
export async function latestMessageDecisions(
  sql: Sql,
  location: string,
  leads: readonly string[],
  each: number,
): Promise<DecisionRow[]> {
  const { rows } = await sql.query<DecisionRow>(
    `select ${DECISION_COLUMNS}
       from unnest($2::text[]) as wanted (lead_id)
      cross join lateral (
              select *
                from decision
               where location_id = $1
                 and lead_id = wanted.lead_id
                 and kind = 'message'
               order by at desc, turn desc, place desc
               limit $3) as d
       left join lead    as l on l.location_id = d.location_id and l.lead_id = d.lead_id
       left join outbox  as o on o.location_id = d.location_id and o.outbox_id = d.message_id
       left join message as m on m.location_id = d.location_id and m.message_id = d.message_id`,
    [location, leads, each],
  );
  return rows;
}

/** The latest decision about each message of a lead, and what took it into no workflow: so many of each, newest first. */
export async function decisionsAboutLead(
  sql: Sql,
  location: string,
  lead: string,
  limit: number,
): Promise<DecisionRow[]> {
  const { rows } = await sql.query<DecisionRow>(
    `with about as (
       select d.decision_id as id,
              row_number() over (partition by d.verdict = 'not_enrolled' order by d.at desc, d.turn desc, d.place desc) as nth
         from decision as d
        where d.location_id = $1
          and d.lead_id = $2
          and (d.verdict = 'not_enrolled'
               or d.kind = 'message' and d.message_id is not null
                  and not exists (
                        select from decision as later
                         where later.location_id = d.location_id
                           and later.message_id = d.message_id
                           and (later.at, later.turn, later.place) > (d.at, d.turn, d.place)))
     )
     select ${DECISION_COLUMNS}
       from ${DECISION_FROM}
      where d.location_id = $1
        and d.lead_id = $2
        and d.decision_id in (select id from about where nth <= $3)
      order by d.at desc, d.turn desc, d.place desc`,
    [location, lead, limit],
  );
  return rows;
}

/** All decisions about one message, oldest first. */
export async function decisionsOfMessage(
  sql: Sql,
  location: string,
  message: string,
): Promise<{ id: string; at: Instant }[]> {
  const { rows } = await sql.query<{ id: string; at: Instant }>(
    `select decision_id as id, at
       from decision
      where location_id = $1
        and message_id = $2
      order by at, turn, place`,
    [location, message],
  );
  return rows;
}

export interface MessageRow {
  readonly id: string;
  readonly template: string;
  readonly templateHash: string;
  readonly rendered: Readonly<Partial<Record<ChannelName, Rendered>>>;
  readonly decided: readonly Verdict[] | JsonObject;
  readonly checked: readonly Verdict[] | JsonObject | null;
  readonly delivery: JsonObject;
}

export async function messageById(sql: Sql, location: string, id: string): Promise<MessageRow | undefined> {
  const { rows } = await sql.query<MessageRow>(
    `select message_id as id, template, template_hash as "templateHash", rendered, decided, checked, delivery
       from message
      where location_id = $1
        and message_id = $2`,
    [location, id],
  );
  return rows[0];
}
