// The outbox as a turn sees it: rows of leads it has locked. The sender's statements are in store.ts.

import { Defect } from "../../kernel/errors.ts";
import type { Sql } from "../../kernel/sql.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Lane, OutboxRow, OutboxState, StoredMessage } from "../message.ts";
import { LANES } from "./lane.ts";

const laneNumber = (lane: Lane): number => LANES.indexOf(lane);

export interface OutboxEntry {
  readonly row: OutboxRow;
  readonly message?: StoredMessage;
}

/** Columns of `outbox` under the names of OutboxRow; `lane` is still a number. */
export const OUTBOX_COLUMNS = `o.outbox_id as id, o.location_id as location, o.lead_id as lead, o.kind, o.run_id as run,
       o.workflow, o.path, o.lane, o.priority, o.channels, o.place, o.state, o.not_before as "notBefore",
       o.hold_until as "holdUntil", o.attempt, o.resent, o.deadline, o.attempted_at as "attemptedAt", o.tried_at as "triedAt", o.lookups,
       nullif(o.recalled, false) as recalled,
       o.provider_id as "messageId", o.email_message_id as "emailMessageId", o.conversation_id as "conversationId",
       o.created_at as "createdAt", o.body`;

/** One row as SQL gives it. */
export type OutboxRecord = Record<string, unknown>;

/** Absent columns are absent members; the provider's ids stand together. */
export function asOutboxRow(record: OutboxRecord): OutboxRow {
  const { messageId, emailMessageId, conversationId, lane, ...rest } = record;
  return {
    ...present(rest),
    lane: LANES[lane as number],
    provider: present({ messageId, emailMessageId, conversationId }),
  } as unknown as OutboxRow;
}

const present = (members: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null && value !== undefined));

/**
 * Locks the rows of these leads that a turn may move (queued, held, refused, undecided), and reads beside them, without
 * a lock, those that are on their way and those named by answers. A sender that has just locked one of the first is waited
 * for, for its transaction, not for its request: then the row is *sending*, and a turn does not move those. One that it
 * puts back between the two statements is in neither: then both are asked again.
 *
 * @throws Defect where senders put rows back between the statements each time
 */
export async function takeOutbox(
  sql: Sql,
  location: string,
  leads: readonly string[],
  named: readonly string[],
): Promise<OutboxEntry[]> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const { rows: locked } = await sql.query<OutboxRecord>(
      `select ${OUTBOX_COLUMNS}
         from outbox as o
        where o.location_id = $1 and o.lead_id = any($2::text[])
          and o.state in ('queued', 'held', 'refused', 'undecided')
        order by o.outbox_id
          for update`,
      [location, leads],
    );
    const known = new Set(locked.map((row) => row["id"] as string));
    const { rows: others } = await sql.query<OutboxRecord>(
      `select ${OUTBOX_COLUMNS}
         from outbox as o
        where o.location_id = $1 and o.lead_id = any($2::text[]) and o.outbox_id <> all($4::uuid[])
          and o.state in ('queued', 'held', 'sending', 'unconfirmed', 'refused', 'undecided')
        union all
       select ${OUTBOX_COLUMNS}
         from outbox as o
        where o.location_id = $1 and o.outbox_id = any($3::uuid[])
          and o.state not in ('queued', 'held', 'refused', 'undecided', 'sending', 'unconfirmed')`,
      [location, leads, named.filter((id) => !known.has(id)), [...known]],
    );
    if (others.some(({ state }) => MOVABLE.has(state as OutboxState))) continue;
    return withMessages(sql, location, [...locked, ...others]);
  }
  throw new Defect(`a row was put back between the two looks of a turn, ${ROUNDS} times one after the other`);
}

const ROUNDS = 3;
const MOVABLE: ReadonlySet<OutboxState> = new Set(["queued", "held", "refused", "undecided"]);

/** These rows with their texts. */
export async function withMessages(
  sql: Sql,
  location: string,
  records: readonly OutboxRecord[],
): Promise<OutboxEntry[]> {
  const rows = records.map(asOutboxRow);
  const ids = rows.filter(({ kind }) => kind === "message").map(({ id }) => id);
  const messages = await readMessages(sql, location, ids);
  return rows.map((row) => {
    const message = messages.get(row.id);
    return message === undefined ? { row } : { row, message };
  });
}

/** The texts of these rows, by identity. */
export async function readMessages(
  sql: Sql,
  location: string,
  ids: readonly string[],
): Promise<Map<string, StoredMessage>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql.query<StoredMessage>(
    `select message_id as id, location_id as location, lead_id as lead, created_at as "createdAt", rendered, template,
            template_hash as "templateHash", decided, delivery
       from message
      where location_id = $1 and message_id = any($2::uuid[])`,
    [location, ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * Inserts what a turn decided to do. Where the identity is taken the old row stands: a message is decided once. Only a
 * write that was refused for good is opened again, when its step is tried again.
 */
export async function insertOutbox(sql: Sql, entries: readonly OutboxEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await sql.query(
    `insert into outbox (location_id, outbox_id, lead_id, kind, run_id, workflow, path, lane, priority, channels, place,
                         state, not_before, hold_until, created_at, nth, body)
     select location_id, outbox_id, lead_id, kind, run_id, workflow, path, lane, priority, channels, place,
            state, not_before, hold_until, created_at, nth, body
       from jsonb_to_recordset($1::jsonb) as o (location_id text, outbox_id uuid, lead_id text, kind text, run_id uuid,
            workflow text, path text, lane smallint, priority smallint, channels text[], place smallint, state text,
            not_before timestamptz, hold_until timestamptz, created_at timestamptz, nth smallint, body jsonb)
      order by location_id, outbox_id
         on conflict (location_id, outbox_id) do update
        set state = excluded.state, lane = excluded.lane, body = excluded.body, created_at = excluded.created_at, nth = excluded.nth,
            resent = 0, lookups = 0, deadline = null, attempted_at = null, tried_at = null
      where outbox.state = 'rejected' and outbox.kind <> 'message'`,
    [JSON.stringify(entries.map(({ row }, nth) => ({ ...asRecord(row), nth: Math.min(nth, 32_767) })))],
  );
  const messages = entries.flatMap(({ message }) => (message === undefined ? [] : [messageRecord(message)]));
  if (messages.length === 0) return;
  await sql.query(
    `insert into message (location_id, message_id, lead_id, created_at, rendered, template, template_hash, decided, delivery)
     select location_id, message_id, lead_id, created_at, rendered, template, template_hash, decided, delivery
       from jsonb_to_recordset($1::jsonb) as m (location_id text, message_id uuid, lead_id text,
            created_at timestamptz, rendered jsonb, template text, template_hash text, decided jsonb, delivery jsonb)
      order by location_id, message_id
         on conflict do nothing`,
    [JSON.stringify(messages)],
  );
}

/**
 * Saves rows that a turn moved; it holds their locks. The verdicts of a new decision replace those of the old. Of a row
 * that was on its way when the turn read it, only the message is saved: the sender may have moved the row since.
 */
export async function moveOutbox(sql: Sql, location: string, entries: readonly OutboxEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const moving = JSON.stringify(entries.filter(({ row }) => !isUnderWay(row)).map(({ row }) => asRecord(row)));
  await keepEarlierSends(sql, location, moving);
  await sql.query(
    `update outbox as o
        set state = m.state, lane = m.lane, place = m.place, not_before = m.not_before, hold_until = m.hold_until,
            resent = m.resent, lookups = m.lookups, deadline = m.deadline, attempted_at = m.attempted_at, recalled = false,
            -- a look-up may have found it in the moment in which the turn counted it as sent
            provider_id = case m.state when 'accepted' then coalesce(m.provider_id, o.provider_id) else m.provider_id end,
            email_message_id = case m.state when 'accepted' then coalesce(m.email_message_id, o.email_message_id)
                               else m.email_message_id end,
            conversation_id = case m.state when 'accepted' then coalesce(m.conversation_id, o.conversation_id)
                              else m.conversation_id end
       from jsonb_to_recordset($2::jsonb)
         as m (outbox_id uuid, state text, lane smallint, place smallint, not_before timestamptz, hold_until timestamptz,
               resent smallint, lookups smallint, deadline timestamptz, attempted_at timestamptz,
               provider_id text, email_message_id text, conversation_id text)
      where o.location_id = $1 and o.outbox_id = m.outbox_id`,
    [location, moving],
  );
  await recall(
    sql,
    location,
    entries.flatMap(({ row }) => (row.recalled === true && isUnderWay(row) ? [row.id] : [])),
  );
  const messages = entries.flatMap(({ message }) => (message === undefined ? [] : [messageRecord(message)]));
  if (messages.length === 0) return;
  await sql.query(
    `update message as m
        set rendered = n.rendered, template_hash = n.template_hash, decided = n.decided, delivery = n.delivery
       from jsonb_to_recordset($2::jsonb)
         as n (message_id uuid, rendered jsonb, template_hash text, decided jsonb, delivery jsonb)
      where m.location_id = $1 and m.message_id = n.message_id`,
    [location, JSON.stringify(messages)],
  );
}

/** What has been put off since the turn read it is withdrawn at once. */
async function recall(sql: Sql, location: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql.query(
    `update outbox
        set recalled = true, state = case state when 'queued' then 'withdrawn' else state end
      where location_id = $1 and outbox_id = any($2::uuid[]) and state in ('queued', 'sending', 'unconfirmed')`,
    [location, ids],
  );
}

/** What goes out anew has no provider id yet; what becomes of it under the old ones is still told to its lead. */
async function keepEarlierSends(sql: Sql, location: string, moving: string): Promise<void> {
  await sql.query(
    `insert into earlier_send (location_id, provider_id, message_id, lead_id, channel, created_at)
     select o.location_id, old.id, o.outbox_id, o.lead_id, o.channels[o.place + 1], o.created_at
       from jsonb_to_recordset($2::jsonb) as m (outbox_id uuid, state text, provider_id text)
       join outbox as o on o.location_id = $1 and o.outbox_id = m.outbox_id and o.kind = 'message'
      cross join lateral unnest(array[o.provider_id, o.email_message_id]) as old (id)
      where m.state <> 'accepted' and m.provider_id is null and old.id is not null
      order by old.id
         on conflict do nothing`,
    [location, moving],
  );
}

/** A parked lead's messages wait with it. */
export async function holdOutbox(sql: Sql, location: string, lead: string): Promise<void> {
  await sql.query(
    "update outbox set state = 'held', not_before = null where location_id = $1 and lead_id = $2 and state = 'queued'",
    [location, lead],
  );
}

/**
 * Whose effect this is, where it waits for a person's word about what became of it. One that is still being looked up
 * is the sender's: a word against what the provider says a moment later would send it twice.
 */
export async function leadOfUnsettled(sql: Sql, location: string, message: string): Promise<string | undefined> {
  const { rows } = await sql.query<{ lead: string }>(
    `select lead_id as lead
       from outbox
      where location_id = $1 and outbox_id = $2 and state = 'undecided'`,
    [location, message],
  );
  return rows[0]?.lead;
}

/** Our latest accepted message per lead and channel since an instant: what a reply is a reply to. */
export async function latestMessages(
  sql: Sql,
  location: string,
  leads: readonly string[],
  since: Instant,
): Promise<Map<string, Record<string, { id: string; at: Instant }>>> {
  const { rows } = await sql.query<{ lead: string; channel: string; id: string; at: Instant }>(
    `select distinct on (lead_id, channels[place + 1])
            lead_id as lead, channels[place + 1] as channel, outbox_id as id, created_at as at
       from outbox
      where location_id = $1 and lead_id = any($2::text[]) and created_at >= $3
        and kind = 'message' and state in ('accepted', 'sending', 'unconfirmed', 'undecided')
      order by lead_id, channels[place + 1], created_at desc`,
    [location, leads, new Date(since)],
  );
  const byLead = new Map<string, Record<string, { id: string; at: Instant }>>();
  for (const { lead, channel, id, at } of rows) {
    byLead.set(lead, { ...byLead.get(lead), [channel]: { id, at } });
  }
  return byLead;
}

const isUnderWay = ({ state }: OutboxRow): boolean => state === "sending" || state === "unconfirmed";

const asRecord = (row: OutboxRow) => ({
  location_id: row.location,
  outbox_id: row.id,
  lead_id: row.lead,
  kind: row.kind,
  run_id: row.run,
  workflow: row.workflow,
  path: row.path,
  lane: laneNumber(row.lane),
  priority: row.priority,
  channels: row.channels,
  place: row.place,
  state: row.state,
  not_before: instant(row.notBefore),
  hold_until: instant(row.holdUntil),
  resent: row.resent,
  lookups: row.lookups,
  deadline: instant(row.deadline),
  attempted_at: instant(row.attemptedAt),
  provider_id: row.provider.messageId,
  email_message_id: row.provider.emailMessageId,
  conversation_id: row.provider.conversationId,
  created_at: instant(row.createdAt),
  body: row.body,
});

const messageRecord = (message: StoredMessage) => ({
  location_id: message.location,
  message_id: message.id,
  lead_id: message.lead,
  created_at: instant(message.createdAt),
  rendered: message.rendered,
  template: message.template,
  template_hash: message.templateHash,
  decided: message.decided,
  delivery: message.delivery,
});

const instant = (at: Instant | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

/** What became of the latest effect of each step of these runs. */
export async function effectsOfRuns(
  sql: Sql,
  location: string,
  runs: readonly { readonly id: string; readonly lead: string }[],
): Promise<readonly { readonly run: string; readonly path: string; readonly state: OutboxRow["state"] }[]> {
  if (runs.length === 0) return [];
  const { rows } = await sql.query<{ run: string; path: string; state: OutboxRow["state"] }>(
    `select distinct on (run_id, path) run_id as run, path, state
       from outbox
      where location_id = $1
        and lead_id = any($2::text[])
        and run_id = any($3::uuid[])
      order by run_id, path, created_at desc`,
    [location, [...new Set(runs.map(({ lead }) => lead))], runs.map(({ id }) => id)],
  );
  return rows;
}
