// Numbers and addresses under another key: the one that their hashes were made with is lost, so what each row says goes on under
// the new key for whoever it was learned of. Rather too many than too few: of a lead who had several numbers, each of them.

import type { Sql } from "../../kernel/sql.ts";
import type { Contact } from "../../leads/index.ts";
import { addressesOf, addressKey } from "./address.ts";

export interface Rekeyed {
  /** Rows that go on. */
  readonly kept: number;
  /** Opt-outs of whom nothing is known here but a hash: they are found by nobody any more. */
  readonly unknown: number;
}

interface Held {
  readonly family: "phone" | "email";
  readonly hash: string;
  readonly optedOut: boolean;
  /** Of whom it was learned, as it is now or was told before; null: nobody who is known. */
  readonly contact: Contact | null;
  /** From where the words came that ended it. */
  readonly from: string | null;
}

/**
 * In a transaction of its own, while nothing else works on the database. Whose a row is, is told by the messages that went to it
 * and by the words that it keeps.
 */
export async function rekeyAddresses(sql: Sql, location: string, key: string | Uint8Array): Promise<Rekeyed> {
  const { rows } = await sql.query<Held>(
    `with of as (
       select case sent.channel when 'email' then 'email' else 'phone' end as channel, sent.hash as address_hash,
              m.lead_id, null as came
         from message as m, jsonb_each_text(m.sent_to) as sent (channel, hash)
        where m.location_id = $1
        union
       select a.channel, a.address_hash, e.lead_id, e.data ->> 'from'
         from address as a
        cross join lateral jsonb_path_query(a.opt_out, '$.**.event') as said (event)
         join event as e on e.location_id = $1 and e.event_id::text = said.event #>> '{}'
        where a.location_id = $1
        union
       select a.channel, a.address_hash, said.lead #>> '{}', null
         from address as a
        cross join lateral jsonb_path_query(a.opt_out, '$.**.lead') as said (lead)
        where a.location_id = $1
     )
     select distinct a.channel as family, a.address_hash as hash, a.opted_out_at is not null as "optedOut",
            had.contact, of.came as from, had.since
       from address as a
       left join of on of.channel = a.channel and of.address_hash = a.address_hash
       left join lead_alias as s on s.location_id = $1 and s.lead_id = of.lead_id
       left join lateral (
         select l.data -> 'contact' as contact, null as since
           from lead as l
          where l.location_id = $1 and l.lead_id in (of.lead_id, s.survivor_id)
          union
         select jsonb_strip_nulls(e.data -> 'contact'), 'before'
           from event as e
          where e.location_id = $1 and e.lead_id in (of.lead_id, s.survivor_id) and e.type = 'crm.contact') as had on true
      where a.location_id = $1
      order by had.since nulls first`,
    [location],
  );
  const under = new Map<string, { readonly row: Held; readonly hashes: Set<string> }>();
  for (const row of rows) {
    const entry = under.get(`${row.family}:${row.hash}`) ?? { row, hashes: new Set<string>() };
    under.set(`${row.family}:${row.hash}`, entry);
    for (const address of [addressesOf(row.contact ?? {}), addressesOf({ [row.family]: row.from ?? undefined })]) {
      const own = address[row.family];
      if (own !== undefined) entry.hashes.add(addressKey(key, row.family, own));
    }
  }
  let unknown = 0;
  const moved: Moved[] = [];
  for (const { row, hashes } of under.values()) {
    const [first] = hashes;
    if (hashes.has(row.hash)) continue; // of this very key
    if (first === undefined) {
      unknown += row.optedOut ? 1 : 0;
      continue;
    }
    for (const hash of hashes) await copyAddress(sql, location, row, hash);
    moved.push({ before: row.hash, now: first });
  }
  await forget(sql, location, moved);
  return { kept: moved.length, unknown };
}

interface Moved {
  readonly before: string;
  readonly now: string;
}

/** Hashes of before that go on as others: messages name the new one, by which their answers are joined. */
async function forget(sql: Sql, location: string, moved: readonly Moved[]): Promise<void> {
  const now = Object.fromEntries(moved.map((one) => [one.before, one.now]));
  await sql.query(
    // looked up, each by itself: a join of as many hashes with as many messages may be planned as one of each with all
    `update message as m
        set sent_to = (select jsonb_object_agg(channel, coalesce($2::jsonb -> hash, to_jsonb(hash)))
                         from jsonb_each_text(m.sent_to) as sent (channel, hash))
      where m.location_id = $1
        and exists (select from jsonb_each_text(m.sent_to) as sent (channel, hash) where $2::jsonb ? hash)`,
    [location, JSON.stringify(now)],
  );
  await sql.query("delete from address where location_id = $1 and address_hash = any($2::text[])", [
    location,
    Object.keys(now),
  ]);
}

/** What is there already stays beside it; an opt-out of either holds. */
async function copyAddress(sql: Sql, location: string, { family, hash }: Held, to: string): Promise<void> {
  await sql.query(
    `insert into address as a (location_id, channel, address_hash, opted_out_at, opt_out, lifted, left_at, bounced_at, bounce,
                               muted, sends)
     select location_id, channel, $4, opted_out_at, opt_out, lifted, left_at, bounced_at, bounce, muted, sends
       from address
      where location_id = $1 and channel = $2 and address_hash = $3
         on conflict (location_id, channel, address_hash) do update
        set opt_out      = case when a.opted_out_at is null and excluded.opted_out_at is not null then excluded.opt_out
                                else coalesce(a.opt_out, excluded.opt_out) end,
            opted_out_at = coalesce(a.opted_out_at, excluded.opted_out_at),
            lifted       = case when coalesce(a.opted_out_at, excluded.opted_out_at) is null
                                then coalesce(a.lifted, excluded.lifted) end,
            left_at      = greatest(a.left_at, excluded.left_at),
            bounced_at   = greatest(a.bounced_at, excluded.bounced_at),
            bounce       = coalesce(excluded.bounce || a.bounce, a.bounce, excluded.bounce),
            muted        = excluded.muted || a.muted,
            sends        = excluded.sends || a.sends`,
    [location, family, hash, to],
  );
}
