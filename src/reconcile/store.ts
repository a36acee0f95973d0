// How far readings and imports have come, at rest. Every statement that touches `reading`, `import` or `import_seen`
// is in this file.

import type { Cursor } from "../highlevel/index.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant, Millis } from "../kernel/time.ts";

export const READ = ["contacts", "opportunities", "messages", "mails", "appointments"] as const;
export type Read = (typeof READ)[number];

// Readings -----------------------------------------------------------------------------------------------------------

/**
 * Takes a location's reading of a kind for a while, where it is due and nobody has it; answers from where on it reads,
 * undefined when there is nothing to do. All instants but the watermark are the database's real time.
 */
export async function claimReading(
  sql: Sql,
  location: string,
  kind: Read,
  { first, real, every, lease }: { first: Instant; real: Instant; every: Millis; lease: Millis },
): Promise<Instant | undefined> {
  await sql.query(
    `insert into reading (location_id, kind, watermark, read_at, leased_until)
     values ($1, $2, $3, 'epoch', 'epoch') on conflict do nothing`,
    [location, kind, new Date(first)],
  );
  const { rows } = await sql.query<{ watermark: Instant }>(
    `update reading set leased_until = $4
      where location_id = $1 and kind = $2 and leased_until <= $3 and read_at <= $5
  returning watermark`,
    [location, kind, new Date(real), new Date(real + lease), new Date(real - every)],
  );
  return rows[0]?.watermark;
}

/** A page was read: the next reading need not begin before it. The watermark never goes back. */
export async function advanceReading(
  sql: Sql,
  location: string,
  kind: Read,
  { watermark, leasedUntil }: { watermark: Instant; leasedUntil: Instant },
): Promise<void> {
  await sql.query(
    `update reading set watermark = greatest(watermark, $3), leased_until = $4 where location_id = $1 and kind = $2`,
    [location, kind, new Date(watermark), new Date(leasedUntil)],
  );
}

/** The reading is over, to its end or with a problem; what it asks next time is up to the watermark. */
export async function endReading(
  sql: Sql,
  location: string,
  kind: Read,
  { watermark, real, problem }: { watermark?: Instant; real: Instant; problem?: string },
): Promise<void> {
  await sql.query(
    `update reading
        set watermark = greatest(watermark, coalesce($3, watermark)), read_at = $4, leased_until = 'epoch', problem = $5
      where location_id = $1 and kind = $2`,
    [location, kind, watermark === undefined ? null : new Date(watermark), new Date(real), problem ?? null],
  );
}

/** The reading was broken off, and nothing is known of how it would have ended: anybody may take it up at once. */
export async function releaseReading(sql: Sql, location: string, kind: Read): Promise<void> {
  await sql.query("update reading set leased_until = 'epoch' where location_id = $1 and kind = $2", [location, kind]);
}

export interface ReadingRow {
  readonly kind: Read;
  readonly watermark: Instant;
  readonly readAt: Instant;
  readonly problem: string | null;
}

export async function readReadings(sql: Sql, location: string): Promise<readonly ReadingRow[]> {
  const { rows } = await sql.query<ReadingRow>(
    `select kind, watermark, read_at as "readAt", problem from reading where location_id = $1 order by kind`,
    [location],
  );
  return rows;
}

// Imports ------------------------------------------------------------------------------------------------------------

export const IMPORTED = ["contacts", "opportunities", "messages", "mails", "gone"] as const;
/** `gone`: contacts that we hold and the CRM no longer lists, asked about one by one. */
export type Imported = (typeof IMPORTED)[number];

export interface Counts {
  /** Of the whole, where the CRM says it. */
  readonly total?: number;
  readonly read: number;
  /** New to us. */
  readonly kept: number;
  /** Held already, or younger than the installation: kept current by webhooks and polling. */
  readonly known: number;
  readonly unreadable: number;
}

export interface ImportAsked {
  readonly kinds: readonly Imported[];
  readonly since?: Instant;
}

/** Where an import stands within a kind: the CRM's cursor, or the last lead that was asked about. */
export type Place = Cursor | { readonly lead: string };

export interface Import {
  readonly id: string;
  readonly askedAt: Instant;
  readonly askedBy: string;
  readonly asked: ImportAsked;
  readonly kind?: Imported;
  readonly cursor?: Place;
  readonly counts: Readonly<Partial<Record<Imported, Counts>>>;
  readonly updatedAt: Instant;
  readonly endedAt?: Instant;
  readonly problem?: string;
}

interface ImportRow extends Omit<Import, "kind" | "cursor" | "endedAt" | "problem"> {
  readonly kind: Imported | null;
  readonly cursor: Place | null;
  readonly endedAt: Instant | null;
  readonly problem: string | null;
}

const COLUMNS = `import_id as id, asked_at as "askedAt", asked_by as "askedBy", asked, kind, cursor, counts,
                 updated_at as "updatedAt", ended_at as "endedAt", problem`;

const importOf = (row: ImportRow): Import =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as Import;

/** Asks for an import; where one is open, that is the one. */
export async function openImport(
  sql: Sql,
  location: string,
  { id, asked, by, now }: { id: string; asked: ImportAsked; by: string; now: Instant },
): Promise<Import> {
  await sql.query(
    `insert into import (location_id, import_id, asked_at, asked_by, asked, kind, updated_at, leased_until)
     values ($1, $2, $3, $4, $5, $6, $3, 'epoch')
         on conflict do nothing`,
    [location, id, new Date(now), by, JSON.stringify(asked), asked.kinds[0] ?? null],
  );
  const { rows } = await sql.query<ImportRow>(
    `select ${COLUMNS} from import where location_id = $1 and ended_at is null`,
    [location],
  );
  return importOf(rows[0] as ImportRow);
}

export async function readImport(sql: Sql, location: string, id: string): Promise<Import | undefined> {
  const { rows } = await sql.query<ImportRow>(
    `select ${COLUMNS} from import where location_id = $1 and import_id = $2`,
    [location, id],
  );
  return rows[0] === undefined ? undefined : importOf(rows[0]);
}

/** Takes the open import for a while, where nobody else works on it. */
export async function claimImport(
  sql: Sql,
  location: string,
  { real, lease }: { real: Instant; lease: Millis },
): Promise<Import | undefined> {
  const { rows } = await sql.query<ImportRow>(
    `update import set leased_until = $3
      where location_id = $1 and ended_at is null and leased_until <= $2
  returning ${COLUMNS}`,
    [location, new Date(real), new Date(real + lease)],
  );
  return rows[0] === undefined ? undefined : importOf(rows[0]);
}

/**
 * Turns the page, in the transaction that stores it; false when somebody else has turned it: then nothing may be stored.
 *
 * @param before as it was claimed, or as the last page left it
 */
export async function turnImport(
  sql: Sql,
  location: string,
  before: Import,
  after: Import,
  { leasedUntil }: { leasedUntil: Instant },
): Promise<boolean> {
  const place = (cursor: Place | undefined) => (cursor === undefined ? null : JSON.stringify(cursor));
  const { rowCount } = await sql.query(
    `update import
        set kind = $3, cursor = $4, counts = $5, updated_at = $6, ended_at = $7, problem = $8, leased_until = $9
      where location_id = $1 and import_id = $2 and ended_at is null
        and kind is not distinct from $10 and cursor is not distinct from $11::jsonb`,
    [
      location,
      after.id,
      after.kind ?? null,
      place(after.cursor),
      JSON.stringify(after.counts),
      new Date(after.updatedAt),
      after.endedAt === undefined ? null : new Date(after.endedAt),
      after.problem ?? null,
      new Date(leasedUntil),
      before.kind ?? null,
      place(before.cursor),
    ],
  );
  return rowCount === 1;
}

export async function locationsWithImports(sql: Sql, real: Instant): Promise<string[]> {
  const { rows } = await sql.query<{ location: string }>(
    `select distinct location_id as location from import where ended_at is null and leased_until <= $1`,
    [new Date(real)],
  );
  return rows.map(({ location }) => location);
}

export async function noteSeen(sql: Sql, location: string, id: string, leads: readonly string[]): Promise<void> {
  if (leads.length === 0) return;
  await sql.query(
    `insert into import_seen (location_id, import_id, lead_id)
     select $1, $2, lead_id from unnest($3::text[]) as s (lead_id) on conflict do nothing`,
    [location, id, leads],
  );
}

/** Of these leads, those that the import has not seen. */
export async function unseen(sql: Sql, location: string, id: string, leads: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ lead: string }>(
    `select lead_id as lead from unnest($3::text[]) as l (lead_id)
      where not exists (select from import_seen as s
                         where s.location_id = $1 and s.import_id = $2 and s.lead_id = l.lead_id)
      order by 1`,
    [location, id, leads],
  );
  return rows.map(({ lead }) => lead);
}

export async function forgetSeen(sql: Sql, location: string, id: string): Promise<void> {
  await sql.query("delete from import_seen where location_id = $1 and import_id = $2", [location, id]);
}
