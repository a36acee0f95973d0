// Trainings at rest. Every statement that touches `training` is in this file. An open row holds its kind at its location,
// for as long as whoever runs it says that it lives: a row that others see, and that also holds where rows are sharded.

import type { Aim } from "../../kernel/aim.ts";
import type { Sql } from "../../kernel/sql.ts";
import { type Instant, MINUTE, type Millis } from "../../kernel/time.ts";
import type { Kind } from "./kept.ts";

/** Where a training is. */
export interface Progress {
  readonly phase: "waiting" | "reading" | "learning" | "judging";
  /** Events read, the leads they are of, and the rows that came of them. */
  readonly events?: number;
  readonly leads?: number;
  readonly rows?: number;
  /** Of learning, how much is done: 0 to 1. */
  readonly share?: number;
}

export type Outcome = "trained" | "too_little" | "same" | "cancelled" | "failed" | "died";

export interface Training {
  readonly id: string;
  readonly kind: Kind;
  /** Of a chance, what was to be foretold; absent: an appointment within 30 days. */
  readonly aim?: Aim;
  readonly askedBy: string;
  readonly askedAt: Instant;
  /** When it was last heard of, in real time. */
  readonly aliveAt: Instant;
  readonly progress: Progress;
  readonly cancelledBy?: string;
  readonly endedAt?: Instant;
  readonly outcome?: Outcome;
  /** What came of it, in a sentence. */
  readonly detail?: string;
  readonly model?: string;
}

/** A training that has not been heard of for so long, in real time, has died. */
export const SILENT: Millis = MINUTE;

/** @returns false where one of this kind is under way here */
export async function openTraining(
  sql: Sql,
  location: string,
  asked: {
    readonly id: string;
    readonly kind: Kind;
    readonly aim?: Aim | undefined;
    readonly by: string;
    readonly now: Instant;
    readonly real: Instant;
  },
): Promise<boolean> {
  const { id, kind, aim, by, now, real } = asked;
  await sql.query(
    `update training
        set ended_at = $4, outcome = 'died', detail = 'The process that trained ended; nothing of it was kept.'
      where location_id = $1 and kind = $2 and ended_at is null and alive_at < $3`,
    [location, kind, new Date(real - SILENT), new Date(now)],
  );
  const { rowCount } = await sql.query(
    `insert into training (location_id, training_id, kind, aim, asked_by, asked_at, alive_at, progress)
     values ($1, $2, $3, $4::jsonb, $5, $6, $7, '{"phase": "waiting"}')
         on conflict do nothing`,
    [location, id, kind, aim === undefined ? null : JSON.stringify(aim), by, new Date(now), new Date(real)],
  );
  return rowCount > 0;
}

/**
 * Says that it lives, and how far it is.
 *
 * @returns whether to go on: false once somebody cancelled it, or it was taken for dead
 */
export async function keepTraining(
  sql: Sql,
  location: string,
  id: string,
  { progress, real }: { readonly progress: Progress; readonly real: Instant },
): Promise<boolean> {
  const { rows } = await sql.query<{ cancelled: boolean }>(
    `update training set alive_at = $3, progress = $4::jsonb
      where location_id = $1 and training_id = $2 and ended_at is null
      returning cancelled_by is not null as cancelled`,
    [location, id, new Date(real), JSON.stringify(progress)],
  );
  return rows[0]?.cancelled === false;
}

/** Asks whoever runs it to stop. @returns false where it is not under way */
export async function cancelTraining(sql: Sql, location: string, id: string, by: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update training set cancelled_by = coalesce(cancelled_by, $3)
      where location_id = $1 and training_id = $2 and ended_at is null`,
    [location, id, by],
  );
  return rowCount > 0;
}

/** @returns false where it was taken for dead: nothing that it made may be kept */
export async function endTraining(
  sql: Sql,
  location: string,
  id: string,
  end: { readonly outcome: Outcome; readonly detail: string; readonly model?: string; readonly now: Instant },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update training set ended_at = $3, outcome = $4, detail = $5, model_id = $6
      where location_id = $1 and training_id = $2 and ended_at is null`,
    [location, id, new Date(end.now), end.outcome, end.detail, end.model ?? null],
  );
  return rowCount > 0;
}

const COLUMNS = `training_id as id, kind, aim, asked_by as "askedBy", asked_at as "askedAt", alive_at as "aliveAt", progress,
          cancelled_by as "cancelledBy", ended_at as "endedAt", outcome, detail, model_id as model`;

const given = (row: object): Training =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as Training;

/** Newest first. */
export async function listTrainings(sql: Sql, location: string, limit: number): Promise<Training[]> {
  const { rows } = await sql.query<object>(
    `select ${COLUMNS} from training where location_id = $1 order by asked_at desc, training_id desc limit $2`,
    [location, limit],
  );
  return rows.map(given);
}

export async function readTraining(sql: Sql, location: string, id: string): Promise<Training | undefined> {
  const { rows } = await sql.query<object>(
    `select ${COLUMNS} from training where location_id = $1 and training_id = $2`,
    [location, id],
  );
  return rows[0] === undefined ? undefined : given(rows[0]);
}
