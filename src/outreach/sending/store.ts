// The outbox as its sender sees it: claim, mark as sending, save what came of it. A row is moved only by
// compare-and-set on (state, attempt), so that whoever comes late changes nothing.

import type { Sql } from "../../kernel/sql.ts";
import { type Instant, type Millis, SECOND } from "../../kernel/time.ts";
import type { ChannelName } from "../../leads/index.ts";
import { type AddressSends, sendsJson } from "../law/addresses.ts";
import type { OutboxKind, OutboxState, ProviderIds, PutOff, StoredMessage, Verdict } from "../message.ts";
import { asOutboxRow, OUTBOX_COLUMNS, type OutboxEntry, type OutboxRecord, withMessages } from "./outbox.ts";

/** The domain's time, and the database's. */
export interface Times {
  readonly now: Instant;
  readonly real: Instant;
}

/** How long a row may stay *sending*; then the request is taken to have left, and its answer to be lost. */
export const SENDING_MS: Millis = 30 * SECOND;
/** After the last instant at which the request could be in flight: when it is looked up. */
export const LOOKUPS_MS: readonly [Millis, Millis, Millis] = [5 * SECOND, 30 * SECOND, 120 * SECOND];

/** What waits at a location. */
export interface Work {
  readonly location: string;
  /** Number of the most urgent lane with a row that is due. */
  readonly lane?: number;
  /** Rows are due that ask the CRM nothing: no budget keeps them. */
  readonly free: boolean;
  /** Rows are to be looked up, or given up. */
  readonly overdue: boolean;
  /** Parts of the provider that do not answer it, whichever process found that. */
  readonly shut: readonly string[];
}

/**
 * Locations that have something to send, to look up, or to give up; where `prompted` is asked for, only something to send
 * that is no mass send. Spans locations, as work probes do.
 */
export async function locationsToSend(
  sql: Sql,
  { now, real }: Times,
  what: "all" | "prompted" = "all",
): Promise<Work[]> {
  const isAll = what === "all";
  const due = `o.location_id = i.location_id and o.state = 'queued'
                 and (o.not_before is null or o.not_before <= $1) and (o.deadline is null or o.deadline <= $2)`;
  const { rows } = await sql.query<{
    location: string;
    lane: number | null;
    free: boolean;
    overdue: boolean;
    shut: string[];
  }>(
    `with active as materialized (
       select location_id,
              exists (select from hold as h where h.location_id = i.location_id and h.workflow = '*') as held
         from installation as i
        where status = 'active'),
     work as materialized (
       select i.location_id as location,
              (select o.lane from outbox as o where not held and ${due} ${isAll ? "" : `and o.lane <= ${NORMAL}`}
                order by o.lane limit 1) as lane,
              exists (select from outbox as o where not held and ${due} and ${isFree("o")}) as free,
              ${isAll ? OVERDUE : "false"} as overdue
         from active as i)
     select work.*,
            array(select b.dependency from breaker as b
                   where b.location_id = location and b.state = 'open' and b.until > $2) as shut
       from work
      where lane is not null or overdue
      order by location`,
    [new Date(now), new Date(real)],
  );
  return rows.map(({ lane, ...work }) => (lane === null ? work : { ...work, lane }));
}

const OVERDUE = `exists (select from outbox as o
                       where o.location_id = i.location_id and o.state in ('sending', 'unconfirmed')
                         and o.deadline <= $2)`;

/** A text as one value; its instant in milliseconds. */
const MESSAGE = `jsonb_build_object('id', m.message_id, 'location', m.location_id, 'lead', m.lead_id,
  'createdAt', extract(epoch from m.created_at) * 1000, 'rendered', m.rendered, 'template', m.template,
  'templateHash', m.template_hash, 'decided', m.decided, 'delivery', m.delivery)`;

/** A row of `outbox` that asks nothing of the CRM. */
const isFree = (row: string): string => `${row}.kind in ('webhook', 'notify')`;
const NORMAL = 2;

/** Which rows a batch may hold. */
export interface Wanted {
  /** Lanes from and to this number, both included. */
  readonly lanes: readonly [from: number, to: number];
  readonly limit: number;
  /** Only rows that ask nothing of the CRM. */
  readonly free?: boolean;
  /** Nothing, while a row of the lane *normal* waits for room. */
  readonly unlessNormal?: boolean;
  readonly without?: readonly OutboxKind[];
}

/** Rows that `claimQueued` would take in the lane *normal*, were there room, or could not take yet for their leads' sake. */
const NORMAL_WAITS = `select from outbox as n
                       where n.location_id = $1 and n.state = 'queued' and n.lane = ${NORMAL}
                         and not ${isFree("n")} and n.kind <> all($8::text[])
                         and (n.not_before is null or n.not_before <= $2) and (n.deadline is null or n.deadline <= $3)`;

/**
 * Locks queued rows whose time has come, urgent lanes first, skipping those that others hold. Leaves a message out
 * while its lead has mail to be decided, or another of ours is on its way to that lead on that channel; and a write
 * while another of its lead is on its way, or an older one waits: save one that is put off for a minute or more, or must
 * follow such a one, where this one need not follow it.
 */
export async function claimQueued(
  sql: Sql,
  location: string,
  { now, real }: Times,
  { lanes: [from, to], limit, free = false, unlessNormal = false, without = [] }: Wanted,
): Promise<OutboxEntry[]> {
  const { rows } = await sql.query<OutboxRecord>(
    `select ${OUTBOX_COLUMNS},
            (select ${MESSAGE} from message as m where m.location_id = $1 and m.message_id = o.outbox_id) as message
       from outbox as o
      where o.location_id = $1
        and o.state = 'queued'
        and o.lane between $6 and $7
        ${free ? `and ${isFree("o")}` : ""}
        ${unlessNormal ? `and not exists (${NORMAL_WAITS})` : ""}
        and o.kind <> all($8::text[])
        and not exists (select from hold where location_id = $1 and workflow = '*')
        and not exists (select from installation where location_id = $1 and status <> 'active')
        and (o.not_before is null or o.not_before <= $2)
        and (o.deadline is null or o.deadline <= $3)
        and (o.kind <> 'message'
             or (not exists (select from mailbox as l where l.location_id = $1 and l.lead_id = o.lead_id)
                 and not exists (select from outbox as b
                                  where b.location_id = $1 and b.lead_id = o.lead_id and b.kind = 'message'
                                    and b.state in ('sending', 'unconfirmed')
                                    and b.channels[b.place + 1] = o.channels[o.place + 1])
                 -- an opt-out is told to the CRM before anything else is said; one attempt is waited for
                 and not exists (select from outbox as d
                                  where d.location_id = $1 and d.lead_id = o.lead_id and d.kind = 'update'
                                    and (d.state = 'sending' or (d.state = 'queued' and d.attempt = 0))
                                    and d.body ? 'dnd')))
        and (o.kind <> all($5::text[])
             or not exists (select from outbox as e
                             where e.location_id = $1 and e.lead_id = o.lead_id and e.kind = any($5::text[])
                               and (e.state = 'sending'
                                    or (e.state in ('queued', 'unconfirmed') and ${isOlder("e", "o")}
                                        and (${mustFollow("o", "e")}
                                             or not exists (select from outbox as f
                                                             where f.location_id = $1 and f.lead_id = o.lead_id
                                                               and f.kind = any($5::text[]) and f.state = 'queued'
                                                               and f.deadline >= $3::timestamptz + interval '1 minute'
                                                               and (f.outbox_id = e.outbox_id
                                                                    or (${isOlder("f", "e")} and ${mustFollow("e", "f")}))))))))
      order by o.lane, o.not_before
      limit $4
        for update of o skip locked`,
    [location, new Date(now), new Date(real), limit, IN_ORDER, from, to, without],
  );
  return rows.map(({ message, ...record }) => {
    const row = asOutboxRow(record);
    return message === null ? { row } : { row, message: message as StoredMessage };
  });
}

/**
 * Writes that may undo one another: those of a lead leave one at a time, in the order in which they were asked for, but for
 * what overtakes one that is put off.
 */
export const IN_ORDER: readonly OutboxKind[] = ["tag", "update", "assign", "opportunity", "highlevel_workflow"];

/** Of two rows of `outbox`: the one was asked for before the other. */
export const isOlder = (one: string, other: string): string =>
  `(${one}.created_at, ${one}.nth, ${one}.outbox_id) < (${other}.created_at, ${other}.nth, ${other}.outbox_id)`;

/**
 * Of two writes of a lead, rows of `outbox`: the later never overtakes the earlier, however long that is put off. Both set
 * the same field, or both are of one kind that is no change of fields; or the later begins something in the CRM, whose
 * workflows read of the contact what was set before.
 */
export const mustFollow = (later: string, earlier: string): string =>
  `(${touched(later)} && ${touched(earlier)}
    or (${later}.kind in ('tag', 'highlevel_workflow') and ${earlier}.kind <> 'opportunity'))`;

/** The fields that a change of a contact sets: a name, whole or in part, is one; else its kind. */
const touched = (row: string): string =>
  `case when ${row}.kind in ('update', 'assign')
        then array(select regexp_replace(field, '^(first|last)Name$', 'name')
                     from jsonb_object_keys(${row}.body -> 'contact') as field
                    union all
                   select field ->> 'id' from jsonb_array_elements(${row}.body -> 'custom') as field
                    union all
                   select 'dnd' where ${row}.body ? 'dnd')
        else array[${row}.kind] end`;

export interface Checked {
  readonly id: string;
  readonly verdicts: readonly Verdict[];
}

/** A row that leaves, with the verdicts of the moment. */
export interface Leaving {
  readonly id: string;
  readonly verdicts?: readonly Verdict[];
  /** By channel, the keyed hash of where it goes. */
  readonly sentTo?: Readonly<Partial<Record<ChannelName, string>>>;
}

/**
 * Marks locked rows as sending: from the commit on, the request may have left. Keeps the verdicts, and counts the sends
 * of the addresses, whose locks the caller holds.
 */
export async function markSending(
  sql: Sql,
  location: string,
  { leaving, sends, real }: { leaving: readonly Leaving[]; sends: readonly AddressSends[]; real: Instant },
): Promise<void> {
  if (leaving.length === 0) return;
  await sql.query(
    `with marked as (
       update outbox
          set state = 'sending', attempt = attempt + 1, lookups = 0, deadline = $3::timestamptz, attempted_at = $3::timestamptz,
              tried_at = case when resent = 0 then $4::timestamptz else coalesce(tried_at, $4) end
        where location_id = $1 and outbox_id = any($2::uuid[]) and state = 'queued'),
     checked as (
       update message as m
          set checked = c.verdicts, sent_to = m.sent_to || coalesce(c.sent_to, '{}')
         from unnest($2::uuid[], $5::jsonb[], $7::jsonb[]) as c (id, verdicts, sent_to)
        where m.location_id = $1 and m.message_id = c.id and c.verdicts is not null)
     update address as a
        set sends = s.sends
       from jsonb_to_recordset($6::jsonb) as s (family text, hash text, sends jsonb)
      where a.location_id = $1 and a.channel = s.family and a.address_hash = s.hash`,
    [
      location,
      leaving.map(({ id }) => id),
      new Date(real + SENDING_MS),
      new Date(real),
      leaving.map(({ verdicts }) => (verdicts === undefined ? null : JSON.stringify(verdicts))),
      sendsJson(sends),
      leaving.map(({ sentTo }) => (sentTo === undefined ? null : JSON.stringify(sentTo))),
    ],
  );
}

/** Holds locked rows back until the instant given; their leads are told by mail and decide anew. */
export async function markHeld(
  sql: Sql,
  location: string,
  held: readonly { readonly id: string; readonly until: Instant }[],
): Promise<void> {
  if (held.length === 0) return;
  await sql.query(
    `update outbox as o
        set state = 'held', not_before = h.until
       from unnest($2::uuid[], $3::timestamptz[]) as h (id, until)
      where o.location_id = $1 and o.outbox_id = h.id and o.state = 'queued'`,
    [location, held.map(({ id }) => id), held.map(({ until }) => new Date(until))],
  );
}

/** Messages of a location that wait to leave, locked. What is no message waits as it is: nothing of it grows old. */
export async function queuedMessages(
  sql: Sql,
  location: string,
): Promise<readonly { readonly id: string; readonly lead: string; readonly channel: string }[]> {
  const { rows } = await sql.query<{ id: string; lead: string; channel: string }>(
    `select outbox_id as id, lead_id as lead, channels[place + 1] as channel
       from outbox
      where location_id = $1 and state = 'queued' and kind = 'message'
      order by outbox_id
        for update`,
    [location],
  );
  return rows;
}

/** Keeps the verdicts of the moment of sending. */
export async function saveChecked(sql: Sql, location: string, checked: readonly Checked[]): Promise<void> {
  if (checked.length === 0) return;
  await sql.query(
    `update message as m set checked = c.verdicts
       from unnest($2::uuid[], $3::jsonb[]) as c (id, verdicts)
      where m.location_id = $1 and m.message_id = c.id`,
    [location, checked.map(({ id }) => id), checked.map(({ verdicts }) => JSON.stringify(verdicts))],
  );
}

/** One row, where an attempt left it. */
export interface Moved {
  readonly id: string;
  readonly attempt: number;
  readonly to: "accepted" | "queued" | "refused" | "rejected" | "unconfirmed" | "undecided";
  /** queued: not before; unconfirmed: when to look next. Real time. */
  readonly deadline?: Instant;
  /** unconfirmed: the last instant at which the request could be in flight. Real time. */
  readonly attemptedAt?: Instant;
  readonly lookups?: number;
  readonly resent?: number;
  readonly provider?: ProviderIds;
  /** queued: why nothing was taken. */
  readonly putOff?: PutOff;
}

/**
 * Moves rows whose attempt is still the one named, out of *sending* or *unconfirmed*; answers, by id, where those that it
 * moved stand: one that was recalled is withdrawn instead of queued. Whoever saves second, or after a sweep has given the row
 * to somebody else, moves nothing.
 */
export async function move(
  sql: Sql,
  location: string,
  moves: readonly Moved[],
): Promise<ReadonlyMap<string, OutboxState>> {
  if (moves.length === 0) return new Map();
  const date = (at: Instant | undefined) => (at === undefined ? null : new Date(at).toISOString());
  const records = moves.map(({ id, attempt, to, provider = {}, ...rest }) => ({
    id,
    attempt,
    to,
    deadline: date(rest.deadline),
    attempted_at: date(rest.attemptedAt),
    lookups: rest.lookups ?? null,
    resent: rest.resent ?? null,
    put_off: rest.putOff ?? null,
    provider_id: provider.messageId ?? null,
    email_message_id: provider.emailMessageId ?? null,
    conversation_id: provider.conversationId ?? null,
  }));
  const { rows } = await sql.query<{ id: string; state: OutboxState }>(
    `with moved as (
       select *
         from jsonb_to_recordset($2::jsonb)
           as r (id uuid, attempt integer, "to" text, deadline timestamptz, attempted_at timestamptz, lookups smallint,
                 resent smallint, put_off text, provider_id text, email_message_id text, conversation_id text)),
     locked as (
       select o.outbox_id
         from outbox as o join moved as r on r.id = o.outbox_id
        where o.location_id = $1 and o.attempt = r.attempt and o.state in ('sending', 'unconfirmed')
        order by o.outbox_id
          for update of o)
     update outbox as o
        set state = case when r."to" = 'queued' and o.recalled then 'withdrawn' else r."to" end,
            deadline = r.deadline,
            attempted_at = coalesce(r.attempted_at, o.attempted_at),
            lookups = coalesce(r.lookups, o.lookups),
            resent = coalesce(r.resent, o.resent),
            put_off = r.put_off,
            provider_id = coalesce(r.provider_id, o.provider_id),
            email_message_id = coalesce(r.email_message_id, o.email_message_id),
            conversation_id = coalesce(r.conversation_id, o.conversation_id)
       from moved as r
      where o.location_id = $1 and o.outbox_id = r.id and o.outbox_id in (select outbox_id from locked)
        and o.attempt = r.attempt and o.state in ('sending', 'unconfirmed')
  returning o.outbox_id as id, o.state`,
    [location, JSON.stringify(records)],
  );
  return new Map(rows.map(({ id, state }) => [id, state]));
}

/** Rows left *sending* past their deadline, by a process that died or lost its database. Locked, for `move`. */
export async function claimOverdue(sql: Sql, location: string, real: Instant, limit: number): Promise<OutboxEntry[]> {
  return claimByDeadline(sql, location, "sending", real, limit);
}

/** Unconfirmed rows that are to be looked up now; they are put off by `lease`, so that one process does it. */
export async function claimLookups(
  sql: Sql,
  location: string,
  { real, lease, limit }: { real: Instant; lease: Millis; limit: number },
): Promise<OutboxEntry[]> {
  const claimed = await claimByDeadline(sql, location, "unconfirmed", real, limit);
  await sql.query("update outbox set deadline = $3 where location_id = $1 and outbox_id = any($2::uuid[])", [
    location,
    claimed.map(({ row }) => row.id),
    new Date(real + lease),
  ]);
  return claimed;
}

async function claimByDeadline(
  sql: Sql,
  location: string,
  state: "sending" | "unconfirmed",
  real: Instant,
  limit: number,
): Promise<OutboxEntry[]> {
  const { rows } = await sql.query<OutboxRecord>(
    `select ${OUTBOX_COLUMNS}
       from outbox as o
      where o.location_id = $1 and o.state = '${state}' and o.deadline <= $2
      order by o.deadline
      limit $3
        for update of o skip locked`,
    [location, new Date(real), limit],
  );
  return withMessages(sql, location, rows);
}

/** Which of these provider ids some row of ours has already. */
export async function boundIds(sql: Sql, location: string, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const { rows } = await sql.query<{ id: string }>(
    `select provider_id as id from outbox where location_id = $1 and provider_id = any($2::text[])
      union all
     select email_message_id from outbox where location_id = $1 and email_message_id = any($2::text[])
      union all
     select provider_id from earlier_send where location_id = $1 and provider_id = any($2::text[])`,
    [location, ids],
  );
  return new Set(rows.map((row) => row.id));
}

/** Messages to these leads whose answer was lost. */
export async function unconfirmedOf(sql: Sql, location: string, leads: readonly string[]): Promise<OutboxEntry[]> {
  const { rows } = await sql.query<OutboxRecord>(
    `select ${OUTBOX_COLUMNS}
       from outbox as o
      where o.location_id = $1 and o.state = 'unconfirmed' and o.kind = 'message' and o.lead_id = any($2::text[])`,
    [location, leads],
  );
  return withMessages(sql, location, rows);
}
