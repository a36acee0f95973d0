// The log and the mailboxes at rest. Every statement that touches `event` or `mailbox` is in this file.

import type { JsonObject } from "../kernel/json.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import {
  type Answer,
  type Ask,
  type Command,
  type EventSource,
  type LeadEvent,
  LOCATION_LEAD,
  type Mail,
  type Reply,
} from "./event.ts";
import { type Unplaced, type Whose, whoseIs } from "./whose.ts";

export interface StoredEvent extends LeadEvent {
  readonly location: string;
}

/** Appends events of any locations the transaction may see. Give them sorted by key, so that two batches never wait crosswise. */
export async function insertEvents(sql: Sql, events: readonly StoredEvent[]): Promise<void> {
  if (events.length === 0) return;
  await sql.query(
    `insert into event (location_id, lead_id, event_id, type, at, received_at, source, data)
     select location_id, lead_id, event_id, type, at, received_at, source, data
       from unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::jsonb[])
         as e (location_id, lead_id, event_id, type, at, received_at, source, data)`,
    [
      events.map((event) => event.location),
      events.map((event) => event.lead),
      events.map((event) => event.id),
      events.map((event) => event.type),
      events.map((event) => new Date(event.at)),
      events.map((event) => new Date(event.receivedAt)),
      events.map((event) => event.source),
      events.map((event) => JSON.stringify(event.data)),
    ],
  );
}

/** A letter to a lead, or to the location: an event that is in the log already, or a message that is its own record. */
export type Letter = { readonly location: string; readonly lead: string; readonly receivedAt: Instant } & (
  | { readonly kind: "event"; readonly event: Pick<LeadEvent, "id" | "type" | "data"> }
  | { readonly kind: "answer"; readonly body: Answer }
  | { readonly kind: "command"; readonly body: Command }
  | { readonly kind: "ask"; readonly body: Ask }
  | { readonly kind: "reply"; readonly body: Reply }
);

/** A letter about an event of the log. */
export const letterOf = ({ location, lead, receivedAt, id, type, data }: StoredEvent): Letter => ({
  ...{ location, lead, receivedAt, kind: "event", event: { id, type, data } },
});

/**
 * Puts letters into mailboxes, and makes the `lead_turn` stubs of leads nobody has heard of. Sorted here by lead, each
 * lead's letters in the order given: that order is the order of its turn.
 */
export async function insertMail(sql: Sql, letters: readonly Letter[]): Promise<void> {
  if (letters.length === 0) return;
  const sorted = letters.toSorted((a, b) => compare(a.location, b.location) || compare(a.lead, b.lead));
  const whose = sorted.map((letter): Whose => (letter.kind === "event" ? whoseIs(letter.event) : {}));
  const bodies = sorted.map((letter) => (letter.kind === "event" ? null : JSON.stringify(letter.body)));
  const turns = sql.query(
    `insert into lead_turn (location_id, lead_id)
     select distinct location_id, lead_id from unnest($1::text[], $2::text[]) as l (location_id, lead_id)
      order by location_id, lead_id
         on conflict do nothing`,
    [sorted.map((letter) => letter.location), sorted.map((letter) => letter.lead)],
  );
  const mail = sql.query(
    `insert into mailbox (location_id, lead_id, kind, event_id, received_at, body, phone_key, email_key, unplaced)
     select location_id, lead_id, kind, event_id, received_at, body, phone_key, email_key, unplaced
       from unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::timestamptz[], $6::jsonb[], $7::text[], $8::text[], $9::text[])
         with ordinality as l (location_id, lead_id, kind, event_id, received_at, body, phone_key, email_key, unplaced, place)
      order by place`,
    [
      sorted.map((letter) => letter.location),
      sorted.map((letter) => letter.lead),
      sorted.map((letter) => letter.kind),
      sorted.map((letter) => (letter.kind === "event" ? letter.event.id : null)),
      sorted.map((letter) => new Date(letter.receivedAt)),
      bodies,
      whose.map(({ phone }) => phone ?? null),
      whose.map(({ email }) => email ?? null),
      whose.map(({ unplaced }) => unplaced ?? null),
    ],
  );
  await Promise.all([turns, mail]);
}

interface MailRow {
  readonly seq: number;
  readonly leadId: string;
  readonly kind: Mail["kind"];
  readonly receivedAt: Instant;
  readonly body: Answer | Command | Ask | Reply | null;
  readonly eventId: string | null;
  readonly unplaced: Unplaced | null;
  readonly type: string;
  readonly at: Instant;
  readonly source: EventSource;
  readonly data: JsonObject;
}

/** The mail of locked leads, oldest first, at most `limit` letters each lead. Run it after the locking statement, never inside it. */
export async function readMail(
  sql: Sql,
  location: string,
  leads: readonly string[],
  limit: number,
): Promise<Map<string, Mail[]>> {
  const { rows } = await sql.query<MailRow>(
    `select m.seq, m.lead_id as "leadId", m.kind, m.received_at as "receivedAt", m.body, m.event_id as "eventId",
            m.unplaced, e.type, e.at, e.source, e.data
       from unnest($2::text[]) as wanted (lead_id)
      cross join lateral (
              select * from mailbox
               where location_id = $1 and lead_id = wanted.lead_id
               order by seq limit $3
            ) as m
       left join lateral (
              select type, at, source, data from event
               where location_id = $1 and lead_id = m.lead_id and received_at = m.received_at and event_id = m.event_id
               limit 1
            ) as e on m.kind = 'event'
      order by m.seq`,
    [location, leads, limit],
  );
  const byLead = new Map<string, Mail[]>(leads.map((lead) => [lead, []]));
  for (const row of rows) byLead.get(row.leadId)?.push(asMail(row));
  return byLead;
}

function asMail(row: MailRow): Mail {
  const { kind, seq, receivedAt: at, body } = row;
  switch (kind) {
    case "answer":
      return { kind, seq, at, answer: body as Answer };
    case "command":
      return { kind, seq, at, command: body as Command };
    case "ask":
      return { kind, seq, at, ask: body as Ask };
    case "reply":
      return { kind, seq, at, reply: body as Reply };
    case "event": {
      const { eventId, leadId: lead, type, source, data, unplaced } = row;
      const event = { id: eventId as string, lead, type, at: row.at, receivedAt: at, source, data };
      return unplaced === null ? { kind, seq, event } : { kind, seq, event, unplaced };
    }
  }
}

/** The CRM has said who this lead is, or that it does not know: there is nobody else to ask whose its words are. */
export async function markPlaced(sql: Sql, location: string, lead: string): Promise<void> {
  await sql.query(
    "update mailbox set unplaced = null where location_id = $1 and lead_id = $2 and unplaced is not null",
    [location, lead],
  );
}

/** How many commands wait to be read, of leads who can read; counted no further than `most`. */
export async function unreadCommands(sql: Sql, location: string, most: number): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    `select count(*)::int as count
       from (select from mailbox as m
               join lead_turn as t on t.location_id = m.location_id and t.lead_id = m.lead_id
              where m.location_id = $1 and m.kind = 'command' and t.parked_at is null and t.failures = 0
              limit $2) as unread`,
    [location, most],
  );
  return rows[0]?.count ?? 0;
}

/** How many letters wait, of leads who can read; counted no further than `most`. */
export async function unreadMail(sql: Sql, location: string, most: number): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    `select count(*)::int as count
       from (select from mailbox as m
               join lead_turn as t on t.location_id = m.location_id and t.lead_id = m.lead_id
              where m.location_id = $1 and t.parked_at is null and t.failures = 0
              limit $2) as unread`,
    [location, most],
  );
  return rows[0]?.count ?? 0;
}

/** Removes exactly the letters that a turn has read. */
export async function deleteMail(sql: Sql, location: string, seqs: readonly number[]): Promise<void> {
  if (seqs.length === 0) return;
  await sql.query("delete from mailbox where location_id = $1 and seq = any($2::bigint[])", [location, seqs]);
}

/** A lead's events of some types since an instant of receipt, oldest stamp first: for folding a new rule's window from the past. */
export async function eventsOf(
  sql: Sql,
  location: string,
  leads: readonly string[],
  types: readonly string[] | undefined,
  since: Instant,
): Promise<Map<string, LeadEvent[]>> {
  const { rows } = await sql.query<LeadEvent>(
    `select event_id as id, lead_id as lead, type, at, received_at as "receivedAt", source, data
       from event
      where location_id = $1 and lead_id = any($2::text[]) and received_at >= $3
        and ($4::text[] is null or type = any($4::text[]))
      order by at, event_id`,
    [location, leads, new Date(since), types ?? null],
  );
  const byLead = new Map<string, LeadEvent[]>();
  for (const event of rows) byLead.set(event.lead, [...(byLead.get(event.lead) ?? []), event]);
  return byLead;
}

/** Where a page of the log ended. */
export interface LogPlace {
  readonly lead: string;
  readonly receivedAt: Instant;
  readonly id: string;
}

/** A page of a location's whole log, lead by lead, each lead's in order of receipt; the location's own is left out. */
export async function pageOfLog(
  sql: Sql,
  location: string,
  { after, limit }: { readonly after: LogPlace | undefined; readonly limit: number },
): Promise<LeadEvent[]> {
  const { rows } = await sql.query<LeadEvent>(
    `select event_id as id, lead_id as lead, type, at, received_at as "receivedAt", source, data
       from event
      where location_id = $1 and lead_id <> $6
        and ($2::text is null or (lead_id, received_at, event_id) > ($2, $3::timestamptz, $4::uuid))
      order by lead_id, received_at, event_id
      limit $5`,
    [
      ...[location, after?.lead ?? null, after === undefined ? null : new Date(after.receivedAt), after?.id ?? null],
      ...[limit, LOCATION_LEAD],
    ],
  );
  return rows;
}

/** How many events of some types came since an instant of receipt, counted no further than `most`. */
export async function countSince(
  sql: Sql,
  location: string,
  { types, since, most }: { readonly types: readonly string[]; readonly since: Instant; readonly most: number },
): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    `select count(*)::int as count
       from (select from event
              where location_id = $1 and received_at > $2 and type = any ($3::text[]) limit $4) as counted`,
    [location, new Date(since), types, most],
  );
  return rows[0]?.count ?? 0;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
