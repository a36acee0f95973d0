// Agreements at rest, with the words that were shown. Every statement that touches `consent` and `wording` is in this file.

import type { LeadEvent } from "../events/index.ts";
import { sha256 } from "../kernel/ids.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { After } from "../kernel/request.ts";
import type { Sql } from "../kernel/sql.ts";
import { type Instant, iso } from "../kernel/time.ts";
import type { ConsentLevel, ConsentRecord } from "../leads/index.ts";

type Ending = Pick<LeadEvent, "id" | "type" | "at" | "data">;

/** What a turn saw of a lead's agreements: a record with the event that made it, or what ended some. */
export type Agreed =
  | { readonly lead: string; readonly event: LeadEvent; readonly record: ConsentRecord }
  | { readonly lead: string; readonly event: Ending; readonly withdrawn: readonly string[] };

/** An agreement as it is read back, for people and for evidence. */
export interface KeptConsent {
  readonly id: string;
  readonly lead: string;
  readonly level: ConsentLevel;
  readonly givenAt: Instant;
  readonly recordedAt: Instant;
  readonly wordingHash: string | null;
  readonly wording: string | null;
  readonly data: JsonObject;
  readonly withdrawnAt: Instant | null;
  readonly withdrawn: JsonObject | null;
}

/** Saved once: an agreement that is there already stands as it was made. Its id is one among those of its lead. */
export async function saveConsents(sql: Sql, location: string, agreed: readonly Agreed[]): Promise<void> {
  const given = agreed.flatMap((one) => ("record" in one ? [one] : []));
  const ended = agreed.flatMap((one) =>
    "withdrawn" in one ? one.withdrawn.map((id) => ({ id, lead: one.lead, event: one.event })) : [],
  );
  const texts = given.flatMap(({ event }) => {
    const { wording } = event.data;
    return typeof wording === "string" ? [{ hash: sha256(wording), text: wording, at: iso(event.receivedAt) }] : [];
  });
  if (texts.length > 0) {
    await sql.query(
      `insert into wording (location_id, wording_hash, text, first_at)
       select distinct on (hash) $1, hash, text, at
         from jsonb_to_recordset($2::jsonb) as w (hash text, text text, at timestamptz)
        order by hash
           on conflict do nothing`,
      [location, JSON.stringify(texts)],
    );
  }
  if (given.length > 0) {
    const records = given.map(({ lead, event, record }) => {
      const { wording, ...data } = event.data;
      return {
        id: record.id,
        lead,
        level: record.level,
        given_at: iso(record.at),
        recorded_at: iso(event.receivedAt),
        wording_hash: typeof wording === "string" ? sha256(wording) : null,
        data: { ...data, source: record.source, event: event.id, phone: record.phone, email: record.email },
      };
    });
    await sql.query(
      `insert into consent (location_id, consent_id, lead_id, level, given_at, recorded_at, wording_hash, data)
       select distinct on (lead, id) $1, id, lead, level, given_at, recorded_at, wording_hash, data
         from jsonb_to_recordset($2::jsonb)
           as c (id text, lead text, level text, given_at timestamptz, recorded_at timestamptz, wording_hash text, data jsonb)
        order by lead, id
           on conflict do nothing`,
      [location, JSON.stringify(records)],
    );
  }
  if (ended.length > 0) {
    const records = ended.map(({ id, lead, event }) => ({
      id,
      lead,
      at: iso(event.at),
      by: { event: event.id, type: event.type, ...event.data },
    }));
    await sql.query(
      `update consent as c
          set withdrawn_at = e.at, withdrawn = e.by
         from jsonb_to_recordset($2::jsonb) as e (id text, lead text, at timestamptz, by jsonb)
        where c.location_id = $1 and c.consent_id = e.id and c.lead_id = e.lead and c.withdrawn_at is null`,
      [location, JSON.stringify(records)],
    );
  }
}

/** A page of a lead's agreements, oldest first, with the words that were shown. */
export async function readConsents(
  sql: Sql,
  location: string,
  lead: string,
  { after, limit }: { readonly after?: After | undefined; readonly limit: number },
): Promise<KeptConsent[]> {
  const { rows } = await sql.query<KeptConsent>(
    `select c.consent_id as id, c.lead_id as lead, c.level, c.given_at as "givenAt", c.recorded_at as "recordedAt",
            c.wording_hash as "wordingHash", w.text as wording, c.data, c.withdrawn_at as "withdrawnAt", c.withdrawn
       from consent as c
       left join wording as w on w.location_id = c.location_id and w.wording_hash = c.wording_hash
      where c.location_id = $1
        and c.lead_id = $2
        and ($3::timestamptz is null or (c.given_at, c.consent_id) > ($3, $4))
      order by c.given_at, c.consent_id
      limit $5`,
    [location, lead, after === undefined ? null : new Date(after.at), after?.id ?? null, limit],
  );
  return rows;
}
