// Leads as a list: by name, by what was typed, by when they were heard of, in a segment; and one lead's head. A read model
// over other rooms' tables.

import type { JsonObject } from "../kernel/json.ts";
import { normalizePhone } from "../kernel/phone.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import type { Lead } from "../leads/index.ts";
import { decode } from "./cursors.ts";

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
const LAST_ACT = `left join lateral (
       select e.type, e.at, e.data
         from event as e
        where e.location_id = l.location_id
          and e.lead_id = l.lead_id
          and e.type not like 'crm.%'
          and e.type not like 'trigger.%'
        order by e.received_at desc, e.event_id desc
        limit 1) as act on true`;

const LEAD_COLUMNS = `l.lead_id as id, l.name_key as key, l.data -> 'contact' as contact, l.seen_at as "seenAt",
                      act.type as "lastType", act.at as "lastAt", act.data as "lastData"`;

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

/** Those heard of last, newest first: the leads of the last 2,000 events. */
async function leadsHeardOf(sql: Sql, location: string, limit: number): Promise<LeadListRow[]> {
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
  readonly sort: "recent" | "name";
  /** Those in a segment, by id: then neither `q` nor `sort` is looked at. */
  readonly segment?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

export async function leadRows(sql: Sql, location: string, wanted: LeadsWanted): Promise<LeadListRow[]> {
  if (wanted.segment !== undefined) {
    const from = decode(wanted.after)?.["id"];
    return leadsInSegment(sql, location, wanted.segment, typeof from === "string" ? from : "", wanted.limit + 1);
  }
  const q = wanted.q?.trim().toLowerCase();
  if (q !== undefined && q !== "") return leadsByPrefix(sql, location, prefixesOf(q), wanted.limit + 1);
  if (wanted.sort === "recent") return leadsHeardOf(sql, location, wanted.limit);
  const after = decode(wanted.after);
  const from = typeof after?.["name"] === "string" && typeof after["id"] === "string" ? after : undefined;
  return leadsByName(sql, location, from as { name: string; id: string } | undefined, wanted.limit + 1);
}

/** What was typed, as the beginning of a name, an address or a number; "(512) 555" is also "+1512555". */
function prefixesOf(q: string): { name: string; email: string; phones: readonly string[] } {
  const digits = q.replaceAll(/\D/g, "");
  const numeric = /^[+\d(][\d\s().-]*$/.test(q) && digits.length >= 3;
  const typed = q.startsWith("+") ? [`+${digits}`] : [`+1${digits}`, `+${digits}`];
  const whole = numeric ? normalizePhone(q) : undefined;
  const phones = !numeric ? [] : whole === undefined ? typed : [...new Set([whole, ...typed])];
  return { name: numeric ? "" : q.replaceAll(/\s+/g, " "), email: numeric ? "" : q, phones };
}
