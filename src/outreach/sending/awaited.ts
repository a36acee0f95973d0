// Messages that were taken and of whose arrival nothing final was told: the provider is asked, at growing distances.
// Statements on `awaited`.

import type { Sql } from "../../kernel/sql.ts";
import { DAY, HOUR, type Instant, MINUTE, type Millis } from "../../kernel/time.ts";
import type { ChannelName } from "../../leads/index.ts";

/** After acceptance, real time. Whoever has said nothing by the last of these says nothing. */
export const ASKED_AFTER: readonly Millis[] = [MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY];

export interface Taken {
  readonly id: string;
  readonly providerId: string;
  readonly channel: ChannelName;
}

/** From now on these are asked about. Calls leave no message that could be. Part of the transaction that saves the acceptance. */
export async function awaitReceipts(sql: Sql, location: string, taken: readonly Taken[], real: Instant): Promise<void> {
  const asked = taken.filter(({ channel }) => channel !== "voice");
  if (asked.length === 0) return;
  await sql.query(
    `insert into awaited (location_id, outbox_id, provider_id, channel, next_at)
     select $1, t.id, t.provider, t.channel, $5
       from unnest($2::uuid[], $3::text[], $4::text[]) as t (id, provider, channel)
      order by t.id
         on conflict (location_id, outbox_id) do update
        set provider_id = excluded.provider_id, channel = excluded.channel, asked = 0, next_at = excluded.next_at`,
    [
      location,
      asked.map(({ id }) => id),
      asked.map(({ providerId }) => providerId),
      asked.map(({ channel }) => channel),
      new Date(real + (ASKED_AFTER[0] as Millis)),
    ],
  );
}

/** Something final was told of these. */
export async function stopAwaiting(sql: Sql, location: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql.query("delete from awaited where location_id = $1 and outbox_id = any($2::uuid[])", [location, ids]);
}

export interface Due extends Taken {
  readonly asked: number;
}

/** Those whose time has come, put off to their next time at once, so that one process asks; after the last they are let go. */
export async function claimAwaited(sql: Sql, location: string, real: Instant, limit: number): Promise<Due[]> {
  const { rows } = await sql.query<Due>(
    `select outbox_id as id, provider_id as "providerId", channel, asked
       from awaited
      where location_id = $1 and next_at <= $2
      order by next_at
      limit $3
        for update skip locked`,
    [location, new Date(real), limit],
  );
  const last = ASKED_AFTER.length - 1;
  await stopAwaiting(
    sql,
    location,
    rows.filter(({ asked }) => asked >= last).map(({ id }) => id),
  );
  const again = rows.filter(({ asked }) => asked < last);
  await sql.query(
    `update awaited as a set asked = a.asked + 1, next_at = n.at
       from unnest($2::uuid[], $3::timestamptz[]) as n (id, at)
      where a.location_id = $1 and a.outbox_id = n.id`,
    [
      location,
      again.map(({ id }) => id),
      again.map(({ asked }) => new Date(real + (ASKED_AFTER[asked + 1] as Millis) - (ASKED_AFTER[asked] as Millis))),
    ],
  );
  return rows;
}

/** Locations with messages to ask about now. Spans locations, as work probes do. */
export async function locationsAwaiting(sql: Sql, real: Instant): Promise<string[]> {
  const { rows } = await sql.query<{ location: string }>(
    `select i.location_id as location
       from installation as i
      where i.status = 'active'
        and exists (select from awaited as a where a.location_id = i.location_id and a.next_at <= $1)
      order by i.location_id`,
    [new Date(real)],
  );
  return rows.map((row) => row.location);
}
