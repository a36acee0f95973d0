// Receipts and raw bodies at rest. Every statement that touches `receipt` or `raw` is in this file.

import type { Sql } from "../kernel/sql.ts";
import type { Instant, Millis } from "../kernel/time.ts";

export interface ReceiptRow {
  readonly location: string;
  readonly id: string;
  readonly event: string;
  readonly receivedAt: Instant;
}

/**
 * Takes receipts; returns the keys of those that nobody has taken before. Waits for a batch that is taking the same
 * one, so "not new" means committed. Give them sorted and without repetition.
 */
export async function takeReceipts(sql: Sql, receipts: readonly ReceiptRow[]): Promise<Set<string>> {
  if (receipts.length === 0) return new Set();
  const { rows } = await sql.query<{ location: string; id: string }>(
    `insert into receipt (location_id, receipt_id, event_id, received_at)
     select location_id, receipt_id, event_id, received_at
       from unnest($1::text[], $2::text[], $3::uuid[], $4::timestamptz[])
         as r (location_id, receipt_id, event_id, received_at)
         on conflict do nothing
  returning location_id as location, receipt_id as id`,
    columns(receipts),
  );
  return new Set(rows.map(receiptKey));
}

/**
 * Takes receipts of bodies without an id: an equal one counts again once `after` has passed since it last counted.
 * Give them sorted and without repetition.
 */
export async function takeReceiptsAgain(
  sql: Sql,
  receipts: readonly ReceiptRow[],
  after: Millis,
): Promise<Set<string>> {
  if (receipts.length === 0) return new Set();
  const { rows } = await sql.query<{ location: string; id: string }>(
    `insert into receipt (location_id, receipt_id, event_id, received_at)
     select location_id, receipt_id, event_id, received_at
       from unnest($1::text[], $2::text[], $3::uuid[], $4::timestamptz[])
         as r (location_id, receipt_id, event_id, received_at)
         on conflict (location_id, receipt_id) do update
        set event_id = excluded.event_id, received_at = excluded.received_at
      where receipt.received_at <= excluded.received_at - $5::double precision * interval '1 millisecond'
  returning location_id as location, receipt_id as id`,
    [...columns(receipts), after],
  );
  return new Set(rows.map(receiptKey));
}

const columns = (receipts: readonly ReceiptRow[]): unknown[] => [
  receipts.map(({ location }) => location),
  receipts.map(({ id }) => id),
  receipts.map(({ event }) => event),
  receipts.map(({ receivedAt }) => new Date(receivedAt)),
];

/** Blanks appear in no location id. */
export const receiptKey = ({ location, id }: { readonly location: string; readonly id: string }): string =>
  `${location} ${id}`;

export interface RawRow {
  readonly location: string;
  readonly event: string;
  readonly receivedAt: Instant;
  readonly body: Buffer;
}

/** The bodies travel as one value: an array of `bytea` would go as text, each byte as two letters. */
export async function insertRaw(sql: Sql, bodies: readonly RawRow[]): Promise<void> {
  if (bodies.length === 0) return;
  let end = 0;
  const starts = bodies.map(({ body }) => {
    const start = end + 1;
    end += body.length;
    return start;
  });
  await sql.query(
    `insert into raw (location_id, event_id, received_at, body)
     select location_id, event_id, received_at, substring($6::bytea from start for length)
       from unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::integer[], $5::integer[])
         as r (location_id, event_id, received_at, start, length)`,
    [
      bodies.map(({ location }) => location),
      bodies.map(({ event }) => event),
      bodies.map(({ receivedAt }) => new Date(receivedAt)),
      starts,
      bodies.map(({ body }) => body.length),
      Buffer.concat(bodies.map(({ body }) => body)),
    ],
  );
}
