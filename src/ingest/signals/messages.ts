// Messages of ours as their readers' clicks name them. Statements on `link_click`, and what is read of `message`.

import type { Sql } from "../../kernel/sql.ts";
import { type Instant, MINUTE, SECOND } from "../../kernel/time.ts";
import type { ChannelName } from "../../leads/index.ts";

export interface FoundMessage {
  readonly id: string;
  readonly lead: string;
  readonly createdAt: Instant;
  readonly workflow: string | null;
  /** Whether its row in the outbox is kept still: then its lead's turn can hear about it. */
  readonly open: boolean;
  readonly links: Readonly<Partial<Record<ChannelName, readonly string[]>>>;
  readonly acceptedAt: Instant | null;
}

/** Those whose ids lie between the two: one, but for chance. */
export async function messagesBetween(sql: Sql, location: string, from: string, to: string): Promise<FoundMessage[]> {
  const { rows } = await sql.query<FoundMessage>(
    `select m.message_id as id, m.lead_id as lead, m.created_at as "createdAt", o.workflow,
            o.outbox_id is not null as open,
            jsonb_build_object('sms', m.rendered #> '{sms,links}', 'email', m.rendered #> '{email,links}',
                               'whatsapp', m.rendered #> '{whatsapp,links}') as links,
            (m.delivery ->> 'acceptedAt')::double precision as "acceptedAt"
       from message as m
       left join outbox as o on o.location_id = m.location_id and o.outbox_id = m.message_id
      where m.location_id = $1 and m.message_id between $2 and $3
      limit 4`,
    [location, from, to],
  );
  return rows;
}

/** A person who follows a link again within this long is told once. */
const AGAIN = 30 * MINUTE;
/** Nobody reads and clicks as soon as this after the provider took the message, nor two links of one message. */
const AT_ONCE = 5 * SECOND;
const TWO_LINKS = SECOND;
/** A message that nobody has said to be accepted was taken all the same, if it is older. */
const SURELY_OUT = MINUTE;

export interface Click {
  readonly message: FoundMessage;
  readonly channel: ChannelName;
  readonly place: number;
  readonly at: Instant;
  /** What asked says itself that it is a program. */
  readonly robot: boolean;
}

/** Counts a click; whether a person made it, and whether their lead is to be told. */
export async function countClick(
  sql: Sql,
  location: string,
  { message, channel, place, at, robot }: Click,
): Promise<{ person: boolean; told: boolean }> {
  const out = message.acceptedAt ?? message.createdAt + SURELY_OUT;
  const { rows: others } = await sql.query<{ last: Instant | null }>(
    `select max(last_at) as last from link_click
      where location_id = $1 and message_id = $2 and not (channel = $3 and place = $4)`,
    [location, message.id, channel, place],
  );
  const last = others[0]?.last ?? null;
  const person = !robot && at - out >= AT_ONCE && (last === null || at - last >= TWO_LINKS);
  const key = [location, message.id, channel, place, new Date(at)];
  await sql.query(
    `insert into link_click as c (location_id, message_id, channel, place, first_at, last_at, people, machines)
     values ($1, $2, $3, $4, $5, $5, $6, 1 - $6)
         on conflict (location_id, message_id, channel, place) do update
        set last_at = $5, people = c.people + excluded.people, machines = c.machines + excluded.machines`,
    [...key, person ? 1 : 0],
  );
  if (!person) return { person, told: false };
  const { rowCount } = await sql.query(
    `update link_click set person_at = $5
      where location_id = $1 and message_id = $2 and channel = $3 and place = $4
        and (person_at is null or person_at <= $5::timestamptz - $6 * interval '1 millisecond')`,
    [...key, AGAIN],
  );
  return { person, told: rowCount > 0 };
}
