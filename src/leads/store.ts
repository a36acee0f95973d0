// Leads at rest. Every statement that touches `lead` or `lead_alias` is in this file.

import { emailKey } from "../kernel/email.ts";
import { phoneKey } from "../kernel/phone.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import { type Contact, type Lead, stub } from "./lead.ts";

/** The leads of one location by id; one we do not know yet is absent. */
export async function readLeads(sql: Sql, location: string, ids: readonly string[]): Promise<Map<string, Lead>> {
  const { rows } = await sql.query<{ id: string; data: Lead }>(
    `select lead_id as id, data
       from lead
      where location_id = $1 and lead_id = any($2::text[])`,
    [location, ids],
  );
  return new Map(rows.map((row) => [row.id, row.data]));
}

/** Saves profiles with their search keys. `seenAt` of a new lead is `now`; a known one keeps its own. */
export async function saveLeads(
  sql: Sql,
  location: string,
  leads: readonly Lead[],
  { now }: { now: Instant },
): Promise<void> {
  if (leads.length === 0) return;
  const records = [...leads]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((lead) => ({ lead_id: lead.id, ...searchKeys(lead), data: lead }));
  await sql.query(
    `insert into lead (location_id, lead_id, name_key, email_key, phone_key, owner_id, seen_at, data)
     select $1, r.lead_id, r.name_key, r.email_key, r.phone_key, r.owner_id, $2::timestamptz, r.data
       from jsonb_to_recordset($3::jsonb)
         as r (lead_id text, name_key text, email_key text, phone_key text, owner_id text, data jsonb)
         on conflict (location_id, lead_id) do update
        set name_key  = excluded.name_key,
            email_key = excluded.email_key,
            phone_key = excluded.phone_key,
            owner_id  = excluded.owner_id,
            data      = excluded.data`,
    [location, new Date(now), JSON.stringify(records)],
  );
}

/** The CRM has told us of these contacts. `real` is the database's real time. */
export async function confirmLeads(sql: Sql, location: string, ids: readonly string[], real: Instant): Promise<void> {
  if (ids.length === 0) return;
  await sql.query("update lead set confirmed_at = $3 where location_id = $1 and lead_id = any($2::text[])", [
    location,
    ids,
    new Date(real),
  ]);
}

/** When the CRM last told us of these contacts, real time; absent: never, as far as we remember. */
export async function confirmedAt(
  sql: Sql,
  location: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Instant>> {
  const { rows } = await sql.query<{ id: string; at: Instant }>(
    `select lead_id as id, confirmed_at as at from lead
      where location_id = $1 and lead_id = any($2::text[]) and confirmed_at is not null`,
    [location, ids],
  );
  return new Map(rows.map(({ id, at }) => [id, at]));
}

/** Makes a lead of every id that has none: an event came before its contact. Answers the ids that were new. */
export async function ensureStubs(
  sql: Sql,
  location: string,
  ids: readonly string[],
  { now }: { now: Instant },
): Promise<string[]> {
  if (ids.length === 0) return [];
  const records = [...new Set(ids)].sort().map((id) => ({ lead_id: id, data: stub(location, id) }));
  const { rows } = await sql.query<{ id: string }>(
    `insert into lead (location_id, lead_id, seen_at, data)
     select $1, r.lead_id, $2::timestamptz, r.data
       from jsonb_to_recordset($3::jsonb) as r (lead_id text, data jsonb)
         on conflict (location_id, lead_id) do nothing
  returning lead_id as id`,
    [location, new Date(now), JSON.stringify(records)],
  );
  return rows.map((row) => row.id);
}

/** Who an id stands for: the survivor of a merge, else itself. Chains are kept flat, so one step is enough. */
export async function resolveAliases(
  sql: Sql,
  location: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql.query<{ id: string; survivor: string }>(
    `select lead_id as id, survivor_id as survivor
       from lead_alias
      where location_id = $1 and lead_id = any($2::text[])`,
    [location, ids],
  );
  return new Map(rows.map((row) => [row.id, row.survivor]));
}

/** The contacts that were merged into each of these, as they were known; of a survivor of nobody, nothing. */
export async function mergedInto(
  sql: Sql,
  location: string,
  survivors: readonly string[],
): Promise<ReadonlyMap<string, readonly Contact[]>> {
  const merged = new Map<string, Contact[]>();
  if (survivors.length === 0) return merged;
  const { rows } = await sql.query<{ survivor: string; contact: Contact }>(
    `select m.survivor_id as survivor, l.data -> 'contact' as contact
       from lead_alias as m
       join lead as l on l.location_id = $1 and l.lead_id = m.lead_id
      where m.location_id = $1 and m.survivor_id = any($2::text[])
      order by m.lead_id`,
    [location, survivors],
  );
  for (const { survivor, contact } of rows) merged.set(survivor, [...(merged.get(survivor) ?? []), contact]);
  return merged;
}

/** One merge of a location at a time, until the transaction ends: of two at once neither would see what the other made stand for whom. */
export async function lockAliases(sql: Sql, location: string): Promise<void> {
  await sql.query("select pg_advisory_xact_lock(hashtextextended('lead_alias/' || $1, 0))", [location]);
}

/** From now on `id` is `survivor`; what stood for `id` stands for the survivor too. The caller holds the lock. */
export async function saveAlias(sql: Sql, location: string, id: string, survivor: string): Promise<void> {
  await sql.query("update lead_alias set survivor_id = $3 where location_id = $1 and survivor_id = $2", [
    location,
    id,
    survivor,
  ]);
  await sql.query("delete from lead_alias where location_id = $1 and lead_id = survivor_id", [location]);
  await sql.query(
    `insert into lead_alias (location_id, lead_id, survivor_id)
     values ($1, $2, $3)
         on conflict (location_id, lead_id) do update set survivor_id = excluded.survivor_id`,
    [location, id, survivor],
  );
}

/**
 * The lead behind each address, for events that name nobody. Where several share one, the first seen is meant, unless
 * the CRM has deleted it and not another.
 *
 * @param emails any case
 * @param phones as typed
 */
export async function findByAddress(
  sql: Sql,
  location: string,
  { emails, phones }: { emails: readonly string[]; phones: readonly string[] },
): Promise<{ readonly byEmail: ReadonlyMap<string, string>; readonly byPhone: ReadonlyMap<string, string> }> {
  const found = async (column: "email_key" | "phone_key", keys: readonly string[]) => {
    if (keys.length === 0) return new Map<string, string>();
    const { rows } = await sql.query<{ key: string; id: string }>(
      `select distinct on (${column}) ${column} as key, lead_id as id
         from lead
        where location_id = $1 and ${column} = any($2::text[])
        order by ${column}, (data ->> 'deleted')::boolean, seen_at, lead_id`,
      [location, keys],
    );
    return new Map(rows.map((row) => [row.key, row.id]));
  };
  return {
    byEmail: await found("email_key", emails.map(emailKey)),
    byPhone: await found("phone_key", phones.map(phoneKey)),
  };
}

/**
 * Who is meant, by place: the contact that is named, else whoever has the e-mail or the phone; of one that was merged the
 * survivor. Undefined where nobody knows.
 */
export async function findLeads(
  sql: Sql,
  location: string,
  references: readonly { readonly contact?: string; readonly email?: string; readonly phone?: string }[],
): Promise<(string | undefined)[]> {
  const given = (name: "contact" | "email" | "phone") =>
    references.flatMap((reference) => (reference[name] === undefined ? [] : [reference[name]]));
  const { byEmail, byPhone } = await findByAddress(sql, location, { emails: given("email"), phones: given("phone") });
  const meant = references.map(({ contact, email, phone }) =>
    contact !== undefined
      ? contact
      : (email && byEmail.get(emailKey(email))) || (phone && byPhone.get(phoneKey(phone))) || undefined,
  );
  const aliases = await resolveAliases(
    sql,
    location,
    meant.filter((lead) => lead !== undefined),
  );
  return meant.map((lead) => (lead === undefined ? undefined : (aliases.get(lead) ?? lead)));
}

/** A page of a location's leads by id, after the last id of the page before. */
export async function listLeads(
  sql: Sql,
  location: string,
  { after, limit }: { after?: string; limit: number },
): Promise<Lead[]> {
  const { rows } = await sql.query<{ data: Lead }>(
    `select data
       from lead
      where location_id = $1 and lead_id > $2
      order by lead_id
      limit $3`,
    [location, after ?? "", limit],
  );
  return rows.map((row) => row.data);
}

/** Which leads somebody means; what is absent does not matter. */
export interface LeadFilter {
  /** In any case, as the CRM compares them. */
  readonly tag?: string;
  readonly source?: string;
  readonly segment?: string;
  /** Has never been in this workflow. */
  readonly neverIn?: string;
}

const MEANT = `location_id = $1
        and not (data ->> 'stub')::boolean
        and not (data ->> 'deleted')::boolean
        and ($2::text is null
             or exists (select from jsonb_array_elements_text(data -> 'contact' -> 'tags') as tag where lower(tag) = lower($2)))
        and ($3::text is null or lower(data -> 'contact' ->> 'source') = lower($3))
        and ($4::text is null
             or not exists (select from run
                             where run.location_id = $1 and run.lead_id = lead.lead_id and run.workflow = $4))`;

/** Asked for only where a segment is named: so the plan of the statement stays simple. */
const IN_SEGMENT = `
        and lead_id in (select lead_id from segment_member where location_id = $1 and segment_id = $5)`;

const meant = (location: string, { tag, source, segment, neverIn }: LeadFilter) => ({
  where: segment === undefined ? MEANT : MEANT + IN_SEGMENT,
  values: [location, tag ?? null, source ?? null, neverIn ?? null, ...(segment === undefined ? [] : [segment])],
});

export async function countLeads(sql: Sql, location: string, filter: LeadFilter): Promise<number> {
  const { where, values } = meant(location, filter);
  const { rows } = await sql.query<{ count: number }>(`select count(*)::int as count from lead where ${where}`, values);
  return rows[0]?.count ?? 0;
}

/** A page of the ids of the leads meant, after the one named. */
export async function pageOfLeads(
  sql: Sql,
  location: string,
  filter: LeadFilter,
  { after, limit }: { after: string; limit: number },
): Promise<string[]> {
  const { where, values } = meant(location, filter);
  const { rows } = await sql.query<{ id: string }>(
    `select lead_id as id
       from lead
      where ${where}
        and lead_id > $${values.length + 1}
      order by lead_id
      limit $${values.length + 2}`,
    [...values, after, limit],
  );
  return rows.map((row) => row.id);
}

/** Some of the leads meant, spread over all of them, the same ones each time. */
export async function sampleOfLeads(sql: Sql, location: string, filter: LeadFilter, size: number): Promise<string[]> {
  const { where, values } = meant(location, filter);
  const { rows } = await sql.query<{ id: string }>(
    `select lead_id as id
       from lead
      where ${where}
      order by md5(lead_id)
      limit $${values.length + 1}`,
    [...values, size],
  );
  return rows.map((row) => row.id);
}

/** How many leads belong to each CRM user, some leads left out. */
export async function countByOwner(
  sql: Sql,
  location: string,
  without: readonly string[],
): Promise<Readonly<Record<string, number>>> {
  const { rows } = await sql.query<{ owner: string; leads: number }>(
    `select owner_id as owner, count(*)::integer as leads
       from lead
      where location_id = $1 and owner_id is not null and lead_id <> all($2::text[])
      group by owner_id`,
    [location, without],
  );
  return Object.fromEntries(rows.map(({ owner, leads }) => [owner, leads]));
}

function searchKeys({ contact, deleted }: Lead): {
  owner_id: string | null;
  name_key: string | null;
  email_key: string | null;
  phone_key: string | null;
} {
  const parts = contact.name ?? [contact.firstName, contact.lastName].filter((part) => part !== undefined).join(" ");
  const name = parts.trim().replaceAll(/\s+/g, " "); // as whoever looks for it types it
  return {
    owner_id: deleted ? null : (contact.assignedTo ?? null),
    name_key: name === "" ? null : name.toLowerCase(),
    email_key: contact.email === undefined ? null : emailKey(contact.email),
    phone_key: contact.phone === undefined ? null : phoneKey(contact.phone) || null,
  };
}
