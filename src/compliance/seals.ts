// What stands in a row that may change, written into the audit whenever the product changes it: an agreement as it is, and
// whether an address is opted out. Whoever changes the row by another way leaves the audit saying something else.

import type { JsonObject } from "../kernel/json.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import type { Broken } from "./verify.ts";

/** An entry for the audit, written in the transaction that changed the row. */
export interface Seal {
  readonly act: "agreement_kept" | "opt_out_kept";
  readonly subject: string;
  readonly data: JsonObject;
}

const millis = (column: string): string => `(extract(epoch from ${column}) * 1000)::bigint`;
/** An agreement's row `c`, hashed. */
const HASH = `encode(sha256(convert_to(jsonb_build_array(c.lead_id, c.level, ${millis("c.given_at")}, ${millis("c.recorded_at")},
  c.wording_hash, c.data, ${millis("c.withdrawn_at")}, c.withdrawn)::text, 'UTF8')), 'hex')`;

/** These agreements as they stand now. */
export async function agreementSeals(
  sql: Sql,
  location: string,
  agreements: readonly { readonly lead: string; readonly id: string }[],
): Promise<Seal[]> {
  if (agreements.length === 0) return [];
  const { rows } = await sql.query<{ id: string; lead: string; hash: string; since: number }>(
    `select c.consent_id as id, c.lead_id as lead, ${HASH} as hash, ${millis("coalesce(c.withdrawn_at, c.given_at)")}::float8 as since
       from consent as c
      where c.location_id = $1 and (c.lead_id, c.consent_id) in (select * from unnest($2::text[], $3::text[]))
      order by c.lead_id, c.consent_id`,
    [location, agreements.map(({ lead }) => lead), agreements.map(({ id }) => id)],
  );
  return rows.map(({ id, lead, hash, since }) => ({
    ...{ act: "agreement_kept", subject: lead, data: { consent: id, hash, since } },
  }));
}

/** Whether these addresses, by their keyed hashes, are opted out now. */
export async function optOutSeals(
  sql: Sql,
  location: string,
  addresses: readonly { readonly family: string; readonly hash: string }[],
): Promise<Seal[]> {
  if (addresses.length === 0) return [];
  const { rows } = await sql.query<{ family: string; hash: string; left: number | null }>(
    `select channel as family, address_hash as hash, ${millis("opted_out_at")}::float8 as left
       from address
      where location_id = $1 and (channel, address_hash) in (select * from unnest($2::text[], $3::text[]))
      order by channel, address_hash`,
    [location, addresses.map(({ family }) => family), addresses.map(({ hash }) => hash)],
  );
  return rows.map(({ family, hash, left }) => ({ act: "opt_out_kept", subject: hash, data: { family, left } }));
}

/** The latest entry of each subject, `by` what tells it apart. */
const latest = (act: Seal["act"], by: string): string =>
  `select distinct on (${by}) a.subject, a.data
     from audit as a
     join audit_link as l on l.location_id = $1 and l.audit_id = a.audit_id
    where a.location_id = $1 and a.act = '${act}'
    order by ${by}, l.seq desc`;

/**
 * The first agreement that is not as it was last written, that is gone, or that nothing vouches for though others were by then.
 *
 * @param since those that ended from then on are still kept
 */
export async function badAgreement(
  sql: Sql,
  location: string,
  { lead, since }: { readonly lead?: string | undefined; readonly since: Instant },
): Promise<Broken | undefined> {
  const { rows } = await sql.query<{ id: string; lead: string; there: boolean }>(
    `with said as (
       select data ->> 'consent' as id, subject as lead, data ->> 'hash' as hash, (data ->> 'since')::bigint as since
         from (${latest("agreement_kept", "a.subject, a.data ->> 'consent'")}) as s)
     select coalesce(c.consent_id, s.id) as id, coalesce(s.lead, c.lead_id) as lead, c.consent_id is not null as there
       from said as s
       full join (select c.*, ${HASH} as hash from consent as c where c.location_id = $1) as c
              on c.consent_id = s.id and c.lead_id = s.lead
      where s.hash is distinct from c.hash
        and (c.consent_id is not null or s.since >= $2)
        and (s.id is not null
             or c.recorded_at > (select min(at) from audit where location_id = $1 and act = 'agreement_kept'))
        and ($3::text is null or coalesce(s.lead, c.lead_id) = $3)
      order by 2, 1
      limit 1`,
    [location, since, lead ?? null],
  );
  const wrong = rows[0];
  return wrong && { lead: wrong.lead, name: `agreement ${wrong.id}`, what: wrong.there ? "changed" : "missing" };
}

/** The first address whose opt-out is not what was last written of it. An address is no lead's. */
export async function badOptOut(sql: Sql, location: string): Promise<Broken | undefined> {
  const { rows } = await sql.query<{ family: string; hash: string; there: boolean }>(
    `select s.data ->> 'family' as family, s.subject as hash, a.opted_out_at is not null as there
       from (${latest("opt_out_kept", "a.subject, a.data ->> 'family'")}) as s
       left join address as a on a.location_id = $1 and a.channel = s.data ->> 'family' and a.address_hash = s.subject
      where (s.data ->> 'left')::bigint is distinct from ${millis("a.opted_out_at")}
      order by 1, 2
      limit 1`,
    [location],
  );
  const wrong = rows[0];
  const family = wrong?.family === "email" ? "an e-mail address" : "a number";
  return (
    wrong && {
      ...{ lead: "", name: `the opt-out of ${family} (${wrong.hash.slice(0, 12)})` },
      what: wrong.there ? "changed" : "missing",
    }
  );
}
