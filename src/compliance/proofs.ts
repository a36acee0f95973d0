// Why messages left, chained per lead and never changed. Every statement that touches `proof` is in this file.

import { sha256 } from "../kernel/ids.ts";
import { canonicalJson, type JsonObject } from "../kernel/json.ts";
import type { Sql, Transaction } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import type { Proof } from "../outreach/index.ts";
import type { Beside, Head } from "./verify.ts";

/** One link as it is read back. */
export interface KeptProof {
  readonly lead: string;
  readonly n: number;
  readonly message: string;
  readonly at: Instant;
  readonly body: JsonObject;
  readonly before: string;
  readonly hash: string;
}

export const hashOf = (before: string, body: JsonObject): string => sha256(before + canonicalJson(body));

/**
 * Appends to each lead's chain and moves its head. Part of the sending transaction, which holds the lead's addresses: nobody else appends
 * meanwhile, and if somebody did, the key would refuse the second.
 */
export async function saveProofs(sql: Transaction, location: string, proofs: readonly Proof[]): Promise<void> {
  if (proofs.length === 0) return;
  // the head before the last proof: one that was taken from the end leaves its gap
  const { rows } = await sql.query<{ lead: string; n: number; hash: string }>(
    `select asked.lead, last.n::float8 as n, last.hash
       from unnest($2::text[]) as asked (lead)
      cross join lateral (
        select n, hash from chain_head where location_id = $1 and lead_id = asked.lead
         union all
        (select n, hash from proof where location_id = $1 and lead_id = asked.lead order by n desc limit 1)
         order by n desc limit 1) as last`,
    [location, [...new Set(proofs.map(({ lead }) => lead))]],
  );
  const heads = new Map(rows.map(({ lead, n, hash }) => [lead, { n, hash }]));
  const records = proofs.map(({ lead, message, at, body }) => {
    const { n: last, hash: before } = heads.get(lead) ?? { n: 0, hash: "" };
    const link = { n: last + 1, hash: hashOf(before, body) };
    heads.set(lead, link);
    return { lead, message, at: new Date(at).toISOString(), body, before, ...link };
  });
  const kept = sql.query(
    `with link as (
       select lead, n, message, at, body, before, hash
         from jsonb_to_recordset($2::jsonb)
           as p (lead text, n bigint, message uuid, at timestamptz, body jsonb, before text, hash text)),
     kept as (
       insert into proof (location_id, lead_id, n, message_id, at, body, before, hash)
       select $1, lead, n, message, at, body, before, hash from link)
     insert into chain_head (location_id, lead_id, n, at, hash)
     select distinct on (lead) $1, lead, n, at, hash from link order by lead, n desc
         on conflict (location_id, lead_id) do update set n = excluded.n, at = excluded.at, hash = excluded.hash`,
    [location, JSON.stringify(records)],
  );
  sql.last(kept);
}

/** A proof with what is kept beside it of its message; null where that is gone. */
type ProofAndMessage = KeptProof & Beside;

/** A page of proofs with their messages, for who verifies them. */
export async function readProofsBeside(
  sql: Sql,
  location: string,
  {
    lead,
    after,
    limit,
  }: {
    readonly lead?: string;
    readonly after: { readonly lead: string; readonly n: number };
    readonly limit: number;
  },
): Promise<ProofAndMessage[]> {
  const { rows } = await sql.query<ProofAndMessage>(
    `select p.lead_id as lead, p.n::float8 as n, p.message_id as message, p.at, p.body, p.before, p.hash,
            m.rendered -> (p.body ->> 'channel') as rendered, m.message_id is not null as there,
            m.template_hash as "templateHash", m.decided,
            m.checked,
            case when o.outbox_id is not null then o.state in ('sending', 'accepted', 'unconfirmed')
                 -- the outbox forgets sooner: a message that was tried on one channel alone, and taken there
                 else m.delivery -> 'stands' ->> (p.body ->> 'channel') in ('sent', 'delivered', 'opened', 'clicked', 'replied')
                      and (m.delivery -> 'stands') - (p.body ->> 'channel') = '{}'
            end is true
            and not exists (select from proof as later
                             where later.location_id = $1 and later.message_id = p.message_id and later.n > p.n) as sent
       from proof as p
       left join message as m on m.location_id = $1 and m.message_id = p.message_id
       left join outbox as o on o.location_id = $1 and o.outbox_id = p.message_id
      where p.location_id = $1
        and (p.lead_id, p.n) > ($2, $3)
        and ($4::text is null or p.lead_id = $4)
      order by p.lead_id, p.n
      limit $5`,
    [location, after.lead, after.n, lead ?? null, limit],
  );
  return rows;
}

/** A page of proofs in the order of their chains: after this lead and link. */
export async function readProofs(
  sql: Sql,
  location: string,
  {
    lead,
    from,
    to,
    after = { lead: "", n: 0 },
    limit,
  }: {
    readonly lead?: string;
    readonly from?: Instant;
    readonly to?: Instant;
    readonly after?: { readonly lead: string; readonly n: number };
    readonly limit: number;
  },
): Promise<KeptProof[]> {
  const { rows } = await sql.query<KeptProof>(
    `select lead_id as lead, n::float8 as n, message_id as message, at, body, before, hash
       from proof
      where location_id = $1
        and (lead_id, n) > ($2, $3)
        and ($4::text is null or lead_id = $4)
        and ($5::timestamptz is null or at >= $5)
        and ($6::timestamptz is null or at < $6)
      order by lead_id, n
      limit $7`,
    [location, after.lead, after.n, lead ?? null, date(from), date(to), limit],
  );
  return rows;
}

/** Where each lead's chain should end, and the last proof that is there; a chain without a head ends nowhere. */
export async function readProofHeads(
  sql: Sql,
  location: string,
  lead?: string,
): Promise<(Head & { readonly last: string | null })[]> {
  const { rows } = await sql.query<Head & { last: string | null }>(
    `select coalesce(h.lead_id, p.lead_id) as lead, coalesce(h.hash, '') as hash, coalesce(h.at, p.at) as at, p.hash as last
       from (select * from chain_head where location_id = $1) as h
       full join (select distinct on (lead_id) lead_id, at, hash from proof where location_id = $1
                   order by lead_id, n desc) as p on p.lead_id = h.lead_id
      where ($2::text is null or coalesce(h.lead_id, p.lead_id) = $2)
        and h.hash is distinct from p.hash
      order by 1`,
    [location, lead ?? null],
  );
  return rows;
}

/** Messages of a lead, or of all, that left without a proof, since the location began to keep them. */
export async function unproved(
  sql: Sql,
  location: string,
  { lead, limit }: { readonly lead?: string; readonly limit: number },
): Promise<{ lead: string; message: string }[]> {
  const { rows } = await sql.query<{ lead: string; message: string }>(
    `select o.lead_id as lead, o.outbox_id as message
       from outbox as o
      where o.location_id = $1 and o.kind = 'message' and o.tried_at is not null
        and o.tried_at >= (select to_timestamp(min((body ->> 'real')::float8) / 1000) from proof where location_id = $1)
        and ($2::text is null or o.lead_id = $2)
        and not exists (select from proof as p where p.location_id = $1 and p.message_id = o.outbox_id)
      order by o.lead_id, o.created_at
      limit $3`,
    [location, lead ?? null, limit],
  );
  return rows;
}

const date = (at: Instant | undefined): Date | null => (at === undefined ? null : new Date(at));
