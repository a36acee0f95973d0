// Models at rest. Every statement that touches `model` is in this file.

import { sha256 } from "../../kernel/ids.ts";
import { canonicalJson } from "../../kernel/json.ts";
import type { Sql } from "../../kernel/sql.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Shapes } from "./drift.ts";
import type { Body, KeptModel, Kind, Learned, Metrics, ModelState, Verdict, Watched } from "./kept.ts";

/** The same body is the same model, wherever and whenever it was made. @throws RangeError where it holds what JSON cannot say */
export const modelId = (body: Body): string => sha256(canonicalJson(body));

export interface NewModel {
  readonly body: Body;
  readonly learned: Learned;
  readonly metrics: Metrics;
  readonly shapes: Shapes;
  readonly verdict: Verdict;
}

/**
 * Keeps a challenger; an earlier one of its kind that nobody promoted is retired. A model that is kept already stays as
 * it stands.
 *
 * @returns its id, and whether it is new
 */
export async function keepChallenger(
  sql: Sql,
  location: string,
  { body, learned, metrics, shapes, verdict }: NewModel,
  now: Instant,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const id = modelId(body);
  const { rowCount } = await sql.query(
    `insert into model (location_id, model_id, kind, body, learned, metrics, shapes, verdict, created_at)
     values ($1, $2, $3, $4::jsonb, $5::jsonb, $6::jsonb, $7::jsonb, $8::jsonb, $9)
         on conflict do nothing`,
    [
      ...[location, id, body.kind, canonicalJson(body), JSON.stringify(learned), JSON.stringify(metrics)],
      ...[JSON.stringify(shapes), JSON.stringify(verdict), new Date(now)],
    ],
  );
  if (rowCount > 0)
    await sql.query(
      `update model set state = 'retired', retired_at = $4, why = 'a later one was trained'
        where location_id = $1 and kind = $2 and state = 'challenger' and model_id <> $3`,
      [location, body.kind, id, new Date(now)],
    );
  return { id, isNew: rowCount > 0 };
}

/** Whether a model that is kept says of each lead what this one says. Among which leads it has them stand may be of another day. */
export async function saysTheSame(sql: Sql, location: string, id: string, body: Body): Promise<boolean> {
  const { rowCount } = await sql.query(
    `select 1
       from model
      where location_id = $1 and model_id = $2 and body - 'quantiles' = $3::jsonb - 'quantiles'`,
    [location, id, canonicalJson(body)],
  );
  return rowCount > 0;
}

const COLUMNS = `model_id as id, kind, state, learned, metrics, verdict, created_at as "createdAt",
          promoted_at as "promotedAt", promoted_by as "promotedBy", why, replaced, retired_at as "retiredAt", watched,
          watched_at as "watchedAt"`;

const given = <T>(row: object): T => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as T;

/** Newest first, at most `limit`; the champion is among them however old it is. */
export async function listModels(
  sql: Sql,
  location: string,
  { kind, limit }: { readonly kind?: Kind | undefined; readonly limit: number },
): Promise<KeptModel[]> {
  const { rows } = await sql.query<object>(
    `select ${COLUMNS}
       from model
      where location_id = $1 and ($2::text is null or kind = $2)
      order by state = 'champion' desc, created_at desc, model_id
      limit $3`,
    [location, kind ?? null, limit],
  );
  return rows.map((row) => given<KeptModel>(row)).sort((a, b) => b.createdAt - a.createdAt);
}

/** By its id, or by the first digits of it where they are no other's. */
export async function readModel(sql: Sql, location: string, id: string): Promise<KeptModel | undefined> {
  const { rows } = await sql.query<object>(
    `select ${COLUMNS} from model where location_id = $1 and starts_with(model_id, $2) order by model_id limit 2`,
    [location, id],
  );
  return rows.length === 1 ? given<KeptModel>(rows[0] as object) : undefined;
}

export async function readBody(sql: Sql, location: string, id: string): Promise<unknown> {
  const { rows } = await sql.query<{ body: unknown }>(
    "select body from model where location_id = $1 and model_id = $2",
    [location, id],
  );
  return rows[0]?.body;
}

/** The ids that a location scores with, by kind. */
export async function championIds(sql: Sql, location: string): Promise<Partial<Record<Kind, string>>> {
  const { rows } = await sql.query<{ kind: Kind; id: string }>(
    "select kind, model_id as id from model where location_id = $1 and state = 'champion'",
    [location],
  );
  return Object.fromEntries(rows.map(({ kind, id }) => [kind, id]));
}

export interface Throne {
  /** Absent: the rules score. */
  readonly champion?: { readonly id: string; readonly replaced: string | null; readonly byPerson: boolean };
  /** A person took one back: who is next is for a person to say. */
  readonly takenBack: boolean;
  /** One that was lent was withdrawn: none is lent until one has passed its bars, or a person has promoted one. */
  readonly withdrawn: boolean;
}

/** The champion and whom it replaced, with every model of its kind locked until the transaction ends. */
export async function lockChampion(sql: Sql, location: string, kind: Kind): Promise<Throne> {
  const { rows } = await sql.query<{
    id: string;
    replaced: string | null;
    state: ModelState;
    rolledBack: boolean;
    withdrawn: boolean;
    byPerson: boolean;
  }>(
    `select model_id as id, replaced, state, rolled_back_at is not null as "rolledBack",
            withdrawn_at is not null as withdrawn, coalesce(promoted_by not like 'training (%', false) as "byPerson"
       from model
      where location_id = $1 and kind = $2
      order by model_id
        for update`,
    [location, kind],
  );
  const champion = rows.find(({ state }) => state === "champion");
  return {
    ...(champion === undefined
      ? {}
      : { champion: { id: champion.id, replaced: champion.replaced, byPerson: champion.byPerson } }),
    takenBack: rows.some(({ rolledBack }) => rolledBack),
    withdrawn: rows.some((row) => row.withdrawn),
  };
}

/** A person has taken a champion of this kind back, and none has promoted one since. */
export async function markTakenBack(sql: Sql, location: string, id: string, now: Instant): Promise<void> {
  await sql.query("update model set rolled_back_at = $3 where location_id = $1 and model_id = $2", [
    location,
    id,
    new Date(now),
  ]);
}

/** The borrowed champion steps down, and the rules score: what the team's own outcomes say speaks against it. */
export async function withdraw(sql: Sql, location: string, id: string, change: Change): Promise<void> {
  await retire(sql, location, id, { ...change, why: `withdrawn: ${change.why}` });
  await sql.query("update model set withdrawn_at = $3 where location_id = $1 and model_id = $2", [
    location,
    id,
    new Date(change.now),
  ]);
}

/** One has passed its bars here, or a person has promoted one. */
export async function forgetWithdrawn(sql: Sql, location: string, kind: Kind): Promise<void> {
  await sql.query(
    "update model set withdrawn_at = null where location_id = $1 and kind = $2 and withdrawn_at is not null",
    [location, kind],
  );
}

/** A person has promoted one of this kind: trainings may again. */
export async function forgetTakenBack(sql: Sql, location: string, kind: Kind): Promise<void> {
  await sql.query(
    "update model set rolled_back_at = null where location_id = $1 and kind = $2 and rolled_back_at is not null",
    [location, kind],
  );
}

export interface Change {
  readonly by: string;
  readonly why: string;
  readonly now: Instant;
}

/** The champion steps down; what stands then are the rules, or whoever is made champion in the same transaction. */
export async function retire(sql: Sql, location: string, id: string, { why, now }: Change): Promise<void> {
  await sql.query(
    `update model set state = 'retired', retired_at = $3, why = $4
      where location_id = $1 and model_id = $2 and state <> 'retired'`,
    [location, id, new Date(now), why],
  );
}

/**
 * Makes a model the champion of its kind; there must be none. A promotion notes whom it replaced; a rollback leaves that
 * as it was, so that the next one leads further back.
 *
 * @returns false where there is no such model
 */
export async function crown(
  sql: Sql,
  location: string,
  id: string,
  { by, why, now, replaced }: Change & { readonly replaced?: string | null },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update model
        set state = 'champion', promoted_at = $3, promoted_by = $4, why = $5, retired_at = null,
            replaced = case when $6 then $7 else replaced end, watched = null, watched_at = null
      where location_id = $1 and model_id = $2`,
    [location, id, new Date(now), by, why, replaced !== undefined, replaced ?? null],
  );
  return rowCount > 0;
}

/** What the latest look at a model found; the row stays locked until the transaction ends. */
export async function lockWatched(sql: Sql, location: string, id: string): Promise<Watched | undefined> {
  const { rows } = await sql.query<{ watched: Watched | null }>(
    "select watched from model where location_id = $1 and model_id = $2 for update",
    [location, id],
  );
  return rows[0]?.watched ?? undefined;
}

export async function saveWatched(
  sql: Sql,
  location: string,
  id: string,
  watched: Watched,
  now: Instant,
): Promise<void> {
  await sql.query("update model set watched = $3::jsonb, watched_at = $4 where location_id = $1 and model_id = $2", [
    location,
    id,
    JSON.stringify(watched),
    new Date(now),
  ]);
}

/** The models that a location scores with, without their bodies, by kind. */
export async function listChampions(sql: Sql, location: string): Promise<KeptModel[]> {
  const { rows } = await sql.query<object>(
    `select ${COLUMNS} from model where location_id = $1 and state = 'champion' order by kind`,
    [location],
  );
  return rows.map((row) => given<KeptModel>(row));
}

/** The model that a location scores with, whole. */
export interface Champion {
  readonly id: string;
  readonly body: unknown;
  readonly learned: Learned;
  readonly shapes: Shapes;
  readonly metrics: Metrics;
  readonly verdict: Verdict;
  readonly createdAt: Instant;
}

export async function readChampion(sql: Sql, location: string, kind: Kind): Promise<Champion | undefined> {
  const { rows } = await sql.query<Champion>(
    `select model_id as id, body, learned, shapes, metrics, verdict, created_at as "createdAt" from model
      where location_id = $1 and kind = $2 and state = 'champion'`,
    [location, kind],
  );
  return rows[0];
}

/** Champions that nobody has looked at since, of these locations. */
export async function unwatched(
  sql: Sql,
  locations: readonly string[],
  since: Instant,
): Promise<readonly { readonly location: string; readonly kind: Kind }[]> {
  const { rows } = await sql.query<{ location: string; kind: Kind }>(
    `select location_id as location, kind from model
      where location_id = any ($1::text[]) and state = 'champion' and coalesce(watched_at, promoted_at) < $2
      order by coalesce(watched_at, promoted_at), location_id`,
    [locations, new Date(since)],
  );
  return rows;
}
