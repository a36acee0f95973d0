// What contacts were told last, at rest. Every statement that touches `write_back` is in this file.

import type { Sql } from "../kernel/sql.ts";
import { iso } from "../kernel/time.ts";
import type { FieldValue, Written } from "./write-back.ts";

export async function readWritten(sql: Sql, location: string, leads: readonly string[]): Promise<Map<string, Written>> {
  const { rows } = await sql.query<
    Omit<Written, "churn" | "decision"> & { lead: string; churn: number | null; decision: string | null }
  >(
    `select w.lead_id as lead, w.outbox_id as outbox, w.asked_at as "askedAt", w.score, w.tier, w.churn,
            w.decision_id as decision, coalesce(o.state, 'accepted') = 'rejected' as lost
       from write_back as w
       left join outbox as o on o.location_id = w.location_id and o.outbox_id = w.outbox_id
      where w.location_id = $1 and w.lead_id = any($2::text[])`,
    [location, leads],
  );
  return new Map(
    rows.map(({ lead, churn, decision, ...row }) => [
      lead,
      { ...row, ...(churn === null ? {} : { churn }), ...(decision === null ? {} : { decision }) },
    ]),
  );
}

/** What still waits is told anew in its own row: false where it has left. */
export async function rewrite(
  sql: Sql,
  location: string,
  outbox: string,
  custom: readonly FieldValue[],
): Promise<boolean> {
  const { rows } = await sql.query<{ custom: readonly FieldValue[] }>(
    `select body -> 'custom' as custom from outbox
      where location_id = $1 and outbox_id = $2 and state = 'queued' and attempt = 0
        for update`,
    [location, outbox],
  );
  const waiting = rows[0]?.custom;
  if (waiting === undefined) return false;
  const said = new Map([...waiting, ...custom].map(({ id, value }) => [id, value]));
  const whole = [...said].map(([id, value]) => ({ id, value }));
  await sql.query(
    "update outbox set body = jsonb_set(body, '{custom}', $3::jsonb) where location_id = $1 and outbox_id = $2",
    [location, outbox, JSON.stringify(whole)],
  );
  return true;
}

export async function saveWritten(
  sql: Sql,
  location: string,
  told: readonly { readonly lead: string; readonly written: Written }[],
): Promise<void> {
  if (told.length === 0) return;
  await sql.query(
    `insert into write_back (location_id, lead_id, outbox_id, asked_at, score, tier, churn, decision_id)
     select $1, lead, outbox, asked_at, score, tier, churn, decision
       from jsonb_to_recordset($2::jsonb)
         as t (lead text, outbox uuid, asked_at timestamptz, score smallint, tier text, churn smallint, decision uuid)
      order by lead
         on conflict (location_id, lead_id) do update
        set outbox_id = excluded.outbox_id, asked_at = excluded.asked_at, score = excluded.score, tier = excluded.tier,
            churn = excluded.churn, decision_id = excluded.decision_id`,
    [
      location,
      JSON.stringify(
        told.map(({ lead, written: { askedAt, outbox, score, tier, churn, decision } }) => ({
          ...{ lead, outbox, score, tier, churn, decision, asked_at: iso(askedAt) },
        })),
      ),
    ],
  );
}
