// Asking the CRM again before a message leaves, where what we know of its contact is old: a do-not-disturb that we were
// never told of must not be overlooked. What it says becomes mail of the lead, and the message is checked on it.

import { insertMail, type Letter } from "../../events/index.ts";
import type { Database, Sql } from "../../kernel/sql.ts";
import { type Clock, DAY, type Instant, MINUTE, type Millis, SECOND } from "../../kernel/time.ts";
import { UNREAD } from "../law/unread.ts";
import type { Unsure } from "./sending.ts";
import { saveChecked } from "./store.ts";

/** How long the CRM's word about a contact is believed. Real time. */
export const CONFIRMED_FOR: Millis = DAY;
/** A message waits this long for the answer before anybody may ask again. */
export const REREAD_MS: Millis = 20 * SECOND;
/** After no answer. The message's own `hold` says how long in all; then it is *expired*. */
const AGAIN_MS: Millis = MINUTE;

/** Asks the CRM about a contact and mails what it says; false, or an error, where it does not tell us of one. */
export type Reread = (location: string, lead: string) => Promise<boolean>;

/**
 * Asks about each lead once. Told, the lead's turn reads the mail first and the message is free to be checked again; not
 * told, it waits, and says what it waits for.
 */
export async function rereadAll(
  { database, clock, reread }: { readonly database: Database; readonly clock: Clock; readonly reread: Reread },
  location: string,
  unsure: readonly Unsure[],
): Promise<void> {
  const leads = [...new Set(unsure.map(({ lead }) => lead))];
  const told = await Promise.all(leads.map((lead) => reread(location, lead).catch(() => false)));
  const known = new Set(leads.filter((_, n) => told[n]));
  const [free, waiting] = [unsure.filter(({ lead }) => known.has(lead)), unsure.filter(({ lead }) => !known.has(lead))];
  await database.transaction([location], async (sql) => {
    await postpone(
      sql,
      location,
      free.map(({ id }) => id),
      clock.real(),
    );
    await postpone(
      sql,
      location,
      waiting.map(({ id }) => id),
      clock.real() + AGAIN_MS,
    );
    await tellWhy(sql, location, waiting, clock.now());
  });
}

/** Kept with each message; its lead is told once, so that it can say later what stood in the way. */
async function tellWhy(sql: Sql, location: string, waiting: readonly Unsure[], at: Instant): Promise<void> {
  const { rows } = await sql.query<{ id: string }>(
    `select message_id as id from message
      where location_id = $1 and message_id = any($2::uuid[]) and checked @> $3::jsonb`,
    [location, waiting.map(({ id }) => id), JSON.stringify([{ code: UNREAD }])],
  );
  const known = new Set(rows.map(({ id }) => id));
  const values = { at };
  await saveChecked(
    sql,
    location,
    waiting.map(({ id, channel }) => ({ id, verdicts: [{ code: UNREAD, ok: false, channel, values }] })),
  );
  await insertMail(
    sql,
    waiting.flatMap(({ id, lead, channel }): Letter[] => {
      if (known.has(id)) return [];
      const body = { outbox: id, outcome: "held" as const, at, channel, detail: UNREAD };
      return [{ location, lead, kind: "answer", receivedAt: at, body }];
    }),
  );
}

/** Puts queued rows off. Real time. */
export async function postpone(sql: Sql, location: string, ids: readonly string[], until: Instant): Promise<void> {
  if (ids.length === 0) return;
  await sql.query(
    "update outbox set deadline = $3 where location_id = $1 and outbox_id = any($2::uuid[]) and state = 'queued'",
    [location, ids, new Date(until)],
  );
}
