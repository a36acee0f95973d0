// What people of the team are told, by workflows and of the models, at rest. Every statement that touches `notice` is in this file.

import type { Sql } from "../../kernel/sql.ts";
import type { Instant } from "../../kernel/time.ts";

export interface Notice {
  readonly id: string;
  /** Whom it is about; absent: what a page of ours shows. */
  readonly lead?: string;
  readonly page?: "models";
  /** CRM user ids; empty: everybody. */
  readonly users: readonly string[];
  readonly message: string;
  readonly workflow?: string;
  readonly run?: string;
  readonly at: Instant;
  readonly readAt?: Instant;
  readonly readBy?: string;
}

/** Told once: a repetition under the same identity is the same notice. */
export async function insertNotice(sql: Sql, location: string, notice: Notice): Promise<void> {
  await sql.query(
    `insert into notice (location_id, notice_id, lead_id, users, message, workflow, run_id, created_at, page)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict do nothing`,
    [
      location,
      notice.id,
      notice.lead ?? null,
      notice.users,
      notice.message,
      notice.workflow ?? null,
      notice.run ?? null,
      new Date(notice.at),
      notice.page ?? null,
    ],
  );
}

export interface NoticesAsked {
  readonly unread: boolean;
  /** The notice that ended the page before. */
  readonly before?: { readonly at: Instant; readonly id: string };
  readonly limit: number;
}

/** Newest first. */
export async function listNotices(sql: Sql, location: string, asked: NoticesAsked): Promise<Notice[]> {
  const { rows } = await sql.query<Record<string, unknown>>(
    `select notice_id as id, lead_id as lead, page, users, message, workflow, run_id as run, created_at as at,
            read_at as "readAt", read_by as "readBy"
       from notice
      where location_id = $1
        and (not $2::boolean or read_at is null)
        and ($3::timestamptz is null or (created_at, notice_id) < ($3, $4::uuid))
      order by created_at desc, notice_id desc
      limit $5`,
    [
      location,
      asked.unread,
      asked.before === undefined ? null : new Date(asked.before.at),
      asked.before?.id ?? null,
      asked.limit,
    ],
  );
  return rows.map(
    (row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as Notice,
  );
}

/** Answers false where there is no such notice; the first reader stands. */
export async function readNotice(
  sql: Sql,
  location: string,
  notice: string,
  { by, at }: { by: string; at: Instant },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update notice set read_at = coalesce(read_at, $3), read_by = coalesce(read_by, $4)
      where location_id = $1 and notice_id = $2`,
    [location, notice, new Date(at), by],
  );
  return rowCount > 0;
}
