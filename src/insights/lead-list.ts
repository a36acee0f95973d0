// Leads as a list: by name, by what was typed, by when they were heard of, in a segment; and one lead's head. A read model
// over other rooms' tables.

import { emailKey } from "../kernel/email.ts";
import type { JsonObject } from "../kernel/json.ts";
import { normalizePhone, phoneKey } from "../kernel/phone.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import type { Lead } from "../leads/index.ts";
import { decode, encode, timeCursor } from "./cursors.ts";

export interface LeadListRow {
  readonly id: string;
  readonly key: string | null;
  readonly contact: Partial<Lead["contact"]> | null;
  readonly seenAt: Instant;
  readonly lastType: string | null;
  /** When we heard of it: what the order goes by. */
  readonly lastAt: Instant | null;
  readonly lastEvent?: string;
  readonly lastData: JsonObject | null;
}

/** The last that was heard of a lead: neither what the CRM's workflows asked of us nor what ours made of it. */
const lastActOf = (lead: string) => `select a.event_id, a.type, a.received_at, a.data
         from event as a
        where a.location_id = $1
          and a.lead_id = ${lead}
          and a.type not like 'crm.%'
          and a.type not like 'trigger.%'
        order by a.received_at desc, a.event_id desc
        limit 1`;
const ACT = lastActOf("e.lead_id");

/** The last thing each lead did, beside the row. */
const LAST_ACT = `left join lateral (
       ${lastActOf("l.lead_id")}) as act on true`;

const LEAD_COLUMNS = `l.lead_id as id, l.name_key as key, l.data -> 'contact' as contact, l.seen_at as "seenAt",
                      act.type as "lastType", act.received_at as "lastAt", act.data as "lastData"`;

/** By name, from one name on. Leads without a name are not among them. */
async function leadsByName(
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
async function leadsByPrefix(
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

/** By a whole name, e-mail address or number, however the number is spelled; of one that was merged its survivor. */
async function leadsByKey(sql: Sql, location: string, q: string, limit: number): Promise<LeadListRow[]> {
  const phone = isNumber(q) ? phoneKey(q) : "";
  const { rows } = await sql.query<LeadListRow>(
    `with known as (
       select lead_id from lead where location_id = $1 and name_key = $2
        union
       select lead_id from lead where location_id = $1 and email_key = $3
        union
       select lead_id from lead where location_id = $1 and phone_key = $4 and $4 <> '')
     select ${LEAD_COLUMNS}
       from (select distinct coalesce(a.survivor_id, known.lead_id) as lead_id
               from known
               left join lead_alias as a on a.location_id = $1 and a.lead_id = known.lead_id) as meant
       join lead as l on l.location_id = $1 and l.lead_id = meant.lead_id
       ${LAST_ACT}
      order by l.name_key using ~<~ nulls last, l.lead_id
      limit $5`,
    [location, spaced(q), emailKey(q), phone, limit],
  );
  return rows;
}

/** One event of the log, by when it was heard. */
export interface HeardAt {
  readonly at: Instant;
  readonly id: string;
}

/** So many events are looked through for one page, no more: most of them may be of leads that were heard of again since. */
const LOOKED = 10_000;

const EVENTS = `select event_id, lead_id, received_at
                  from event
                 where location_id = $1
                   and received_at <= $2
                   and (received_at, event_id) < ($2, $3::uuid)
                 order by received_at desc, event_id desc`;

const THE_NEWEST: HeardAt = { at: Date.UTC(9999, 0), id: "ffffffff-ffff-ffff-ffff-ffffffffffff" };

/**
 * By their last event, newest first. Fewer than `limit` are the last there are, unless {@link lastHeardAt} says where to
 * go on. The log is walked from the cursor, and an event counts where it is its lead's last: `lateral`, so that no plan
 * reads all leads first.
 */
async function leadsHeardOf(
  sql: Sql,
  location: string,
  { at, id }: HeardAt = THE_NEWEST,
  limit: number,
): Promise<LeadListRow[]> {
  const { rows } = await sql.query<LeadListRow>(
    `select ${LEAD_COLUMNS}, act.event_id as "lastEvent"
       from (${EVENTS} limit ${LOOKED}) as e
      cross join lateral (${ACT}) as act
       join lead as l on l.location_id = $1 and l.lead_id = e.lead_id
      where act.event_id = e.event_id
      order by e.received_at desc, e.event_id desc
      limit $4`,
    [location, new Date(at), id, limit],
  );
  return rows;
}

/** The last event that was looked through for a page that did not come full; undefined where there are no older ones. */
async function lastHeardAt(sql: Sql, location: string, { at, id }: HeardAt = THE_NEWEST): Promise<HeardAt | undefined> {
  const { rows } = await sql.query<HeardAt>(
    `select event_id as id, received_at as at from (${EVENTS} limit ${LOOKED}) as e offset ${LOOKED} - 1`,
    [location, new Date(at), id],
  );
  return rows[0];
}

/** Leads in a segment, by id, from one id on. */
async function leadsInSegment(
  sql: Sql,
  location: string,
  segment: string,
  after: string,
  limit: number,
): Promise<LeadListRow[]> {
  const { rows } = await sql.query<LeadListRow>(
    `select ${LEAD_COLUMNS}
       from (select lead_id
               from segment_member
              where location_id = $1
                and segment_id = $2
                and lead_id > $3
              order by lead_id
              limit $4) as m
       join lead as l on l.location_id = $1 and l.lead_id = m.lead_id
       ${LAST_ACT}
      order by l.lead_id`,
    [location, segment, after, limit],
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

export interface LeadsWanted {
  readonly q?: string | undefined;
  /** `q` is a whole name, address or number, not the beginning of one. */
  readonly whole?: boolean | undefined;
  readonly sort: "recent" | "name";
  /** Those in a segment, by id: then neither `q` nor `sort` is looked at. */
  readonly segment?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Where the list goes on after a page of it; undefined: nowhere. */
export async function afterLeads(
  sql: Sql,
  location: string,
  wanted: LeadsWanted,
  rows: readonly LeadListRow[],
): Promise<string | undefined> {
  const full = rows.length > wanted.limit;
  const last = rows[wanted.limit - 1];
  if (wanted.segment !== undefined) return full && last !== undefined ? encode({ id: last.id }) : undefined;
  if (wanted.q !== undefined && wanted.q.trim() !== "") return undefined;
  if (wanted.sort === "name") return full && last?.key ? encode({ name: last.key, id: last.id }) : undefined;
  if (full && last !== undefined) return encode({ at: last.lastAt, id: last.lastEvent });
  const looked = await lastHeardAt(sql, location, timeCursor(wanted.after));
  return looked === undefined ? undefined : encode(looked);
}

export async function leadRows(sql: Sql, location: string, wanted: LeadsWanted): Promise<LeadListRow[]> {
  if (wanted.segment !== undefined) {
    const from = decode(wanted.after)?.["id"];
    return leadsInSegment(sql, location, wanted.segment, typeof from === "string" ? from : "", wanted.limit + 1);
  }
  const q = wanted.q?.trim().toLowerCase();
  if (q !== undefined && q !== "" && wanted.whole === true) return leadsByKey(sql, location, q, wanted.limit + 1);
  if (q !== undefined && q !== "") return leadsByPrefix(sql, location, prefixesOf(q), wanted.limit + 1);
  if (wanted.sort === "recent") return leadsHeardOf(sql, location, timeCursor(wanted.after), wanted.limit + 1);
  const after = decode(wanted.after);
  const from = typeof after?.["name"] === "string" && typeof after["id"] === "string" ? after : undefined;
  return leadsByName(sql, location, from as { name: string; id: string } | undefined, wanted.limit + 1);
}

const isNumber = (q: string): boolean =>
  /^[+\d(][\d\s()./\p{Pd}]*$/u.test(q.normalize("NFKC")) && q.replaceAll(/\D/g, "").length >= 3;

const spaced = (q: string): string => q.replaceAll(/\s+/g, " ");

/** What was typed, as the beginning of a name, an address or a number; "(512) 555" is also "+1512555". */
function prefixesOf(q: string): { name: string; email: string; phones: readonly string[] } {
  const digits = q.replaceAll(/\D/g, "");
  const numeric = isNumber(q);
  const typed = q.startsWith("+") ? [`+${digits}`] : [`+1${digits}`, `+${digits}`];
  const whole = numeric ? normalizePhone(q) : undefined;
  const phones = !numeric ? [] : whole === undefined ? typed : [...new Set([whole, ...typed])];
  return { name: numeric ? "" : spaced(q), email: numeric ? "" : q, phones };
}
