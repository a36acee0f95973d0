// Installations, API keys and the audit at rest. Every statement that touches them is in this file.

import { newId, sha256 } from "../kernel/ids.ts";
import { canonicalJson, type JsonObject } from "../kernel/json.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import type { AuditEntry, Installation, Role, Standing, StatusWhy } from "./installation.ts";

export interface InstallationRow {
  readonly location: string;
  readonly status: Installation["status"];
  readonly statusAt: Instant;
  readonly statusWhy: StatusWhy | null;
  readonly letInAt: Instant | null;
  readonly installedAt: Instant;
  readonly company: string | null;
  readonly name: string | null;
  readonly timeZone: string;
  readonly seed: string;
  readonly workflowSecret: string;
  readonly token: string | null;
  readonly settings: JsonObject;
}

const COLUMNS = `location_id as location, status, coalesce(status_at, installed_at) as "statusAt", status_why as "statusWhy",
          let_in_at as "letInAt",
          installed_at as "installedAt", company_id as company, name, time_zone as "timeZone", seed,
          workflow_secret as "workflowSecret", token, settings`;

export const standingOf = (row: Pick<InstallationRow, "status" | "statusAt" | "statusWhy" | "letInAt">): Standing => ({
  status: row.status,
  statusAt: row.statusAt,
  ...(row.statusWhy === null ? {} : { why: row.statusWhy }),
  ...(row.letInAt === null ? {} : { letInAt: row.letInAt }),
});

/** Every installation of the transaction's scope. */
export async function readInstallations(sql: Sql): Promise<InstallationRow[]> {
  const { rows } = await sql.query<InstallationRow>(`select ${COLUMNS} from installation order by location_id`);
  return rows;
}

/** How it stands, locked until the transaction ends; undefined where there is none, which is not locked. */
export async function lockInstallation(sql: Sql, location: string): Promise<Standing | undefined> {
  const { rows } = await sql.query<Pick<InstallationRow, "status" | "statusAt" | "statusWhy" | "letInAt">>(
    `select status, coalesce(status_at, installed_at) as "statusAt", status_why as "statusWhy", let_in_at as "letInAt"
       from installation
      where location_id = $1
        for update`,
    [location],
  );
  return rows.map(standingOf)[0];
}

/** Whether it has the token of a private integration. */
export async function isIntegrated(sql: Sql, location: string): Promise<boolean> {
  const { rowCount } = await sql.query("select from installation where location_id = $1 and token is not null", [
    location,
  ]);
  return rowCount > 0;
}

/**
 * Installs, or gives it this standing: seed, secret and first instant stay what they were. `fresh` when nothing was
 * there, `changed` when it stood otherwise.
 */
export async function upsertInstallation(
  sql: Sql,
  row: Omit<InstallationRow, "statusAt" | "letInAt" | "timeZone" | "settings"> & {
    readonly timeZone: string | null;
    /** When it came to stand so. */
    readonly at: Instant;
    /** It stands so from then on, also where it did before: what the CRM said of the way before is over. */
    readonly anew: boolean;
    /** Forget a private integration's token: another way in has taken its place. */
    readonly dropToken: boolean;
  },
): Promise<InstallationRow & { readonly fresh: boolean; readonly changed: boolean }> {
  const { rows } = await sql.query<InstallationRow & { fresh: boolean; changed: boolean }>(
    `with before as (select status, status_why from installation where location_id = $1)
     insert into installation (location_id, installed_at, name, time_zone, seed, workflow_secret, token, status, status_why,
                               status_at, let_in_at, company_id)
     values ($1, $2, $3, coalesce($4, 'America/New_York'), $5, $6, $7, $8, $9, $10, $10, $11)
         on conflict (location_id) do update
        set status_at  = case when installation.status = $8 and installation.status_why is not distinct from $9
                              then greatest(coalesce(installation.status_at, installation.installed_at),
                                            case when $13 then excluded.status_at end) else excluded.status_at end,
            let_in_at  = case when installation.status = $8 and installation.status_why is not distinct from $9 and not $13
                              then installation.let_in_at
                              else greatest(installation.let_in_at, excluded.let_in_at) end,
            status     = excluded.status,
            status_why = excluded.status_why,
            company_id = coalesce(excluded.company_id, installation.company_id),
            name       = coalesce(excluded.name, installation.name),
            time_zone  = coalesce($4, installation.time_zone),
            token      = case when $12 then null else coalesce(excluded.token, installation.token) end
  returning ${COLUMNS}, xmax = 0 as fresh, coalesce((select status <> $8 from before), true) as changed`,
    [
      row.location,
      new Date(row.installedAt),
      row.name,
      row.timeZone,
      row.seed,
      row.workflowSecret,
      row.token,
      row.status,
      row.statusWhy,
      new Date(row.at),
      row.company,
      row.dropToken,
      row.anew,
    ],
  );
  return rows[0]!;
}

/** What the CRM calls the location now, and where it is; answers whether that is news. */
export async function renameInstallation(
  sql: Sql,
  location: string,
  { name, timeZone }: { readonly name: string | undefined; readonly timeZone: string | undefined },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update installation set name = coalesce($2, name), time_zone = coalesce($3, time_zone)
      where location_id = $1 and (name, time_zone) is distinct from (coalesce($2, name), coalesce($3, time_zone))`,
    [location, name ?? null, timeZone ?? null],
  );
  return rowCount > 0;
}

/** A later word said that it stands as it does. */
export async function confirmInstallation(sql: Sql, location: string, at: Instant): Promise<void> {
  await sql.query(
    `update installation
        set status_at = greatest(coalesce(status_at, installed_at), $2), let_in_at = greatest(let_in_at, $2)
      where location_id = $1`,
    [location, new Date(at)],
  );
}

/** Answers whether it stood otherwise. An installation that has ended keeps no token. */
export async function setInstallationStatus(
  sql: Sql,
  location: string,
  {
    status,
    why,
    at,
  }: { readonly status: Installation["status"]; readonly why: StatusWhy | null; readonly at: Instant },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update installation
        set status = $2, status_why = $3, status_at = $4, token = case when $2 = 'uninstalled' then null else token end
      where location_id = $1 and (status <> $2 or status_why is distinct from $3)`,
    [location, status, why, new Date(at)],
  );
  return rowCount > 0;
}

/** Sealed; the one before is over. */
export async function replaceWorkflowSecret(sql: Sql, location: string, sealed: string): Promise<void> {
  await sql.query("update installation set workflow_secret = $2 where location_id = $1", [location, sealed]);
}

export async function wipeInstallationToken(sql: Sql, location: string): Promise<void> {
  await sql.query("update installation set token = null where location_id = $1", [location]);
}

/** What may be told of a key: not what it is. */
export interface ShownKey {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Instant;
}

export interface KeyRow {
  readonly id: string;
  readonly hash: string;
  readonly name: string;
  readonly role: Role;
}

export async function insertKey(sql: Sql, location: string, key: KeyRow, now: Instant): Promise<void> {
  await sql.query(
    "insert into api_key (location_id, key_id, key_hash, name, role, created_at) values ($1, $2, $3, $4, $5, $6)",
    [location, key.id, key.hash, key.name, key.role, new Date(now)],
  );
}

export async function readKey(sql: Sql, location: string, id: string): Promise<KeyRow | undefined> {
  const { rows } = await sql.query<KeyRow>(
    `select key_id as id, key_hash as hash, name, role
       from api_key
      where location_id = $1 and key_id = $2 and revoked_at is null`,
    [location, id],
  );
  return rows[0];
}

/** Keys that are accepted, the oldest first. */
export async function readKeys(sql: Sql, location: string): Promise<readonly ShownKey[]> {
  const { rows } = await sql.query<ShownKey>(
    `select key_id as id, name, role, created_at as "createdAt"
       from api_key
      where location_id = $1 and revoked_at is null
      order by created_at, key_id`,
    [location],
  );
  return rows;
}

export async function revokeKey(sql: Sql, location: string, id: string, now: Instant): Promise<boolean> {
  const { rowCount } = await sql.query(
    "update api_key set revoked_at = $3 where location_id = $1 and key_id = $2 and revoked_at is null",
    [location, id, new Date(now)],
  );
  return rowCount > 0;
}

/** Many at once, of one location. */
export async function insertAudits(sql: Sql, entries: readonly AuditEntry[]): Promise<void> {
  for (const entry of entries) await insertAudit(sql, entry);
}

/**
 * Write it in the transaction of the act itself, so that there is neither without the other. Its link names the last one
 * in sight and waits for nobody: of two at once, both may name the same.
 */
export async function insertAudit(sql: Sql, entry: AuditEntry): Promise<void> {
  const { rows } = await sql.query<{ hash: string; at: Instant }>(
    "select hash, at from audit_link where location_id = $1 order by seq desc limit 1",
    [entry.location],
  );
  const { hash: before, at: beforeAt } = rows[0] ?? { hash: "", at: null };
  const { at, who, act, subject } = entry;
  const id = newId(at);
  const data = JSON.parse(JSON.stringify(entry.data ?? {})) as JsonObject;
  await sql.query(
    `with entry as (
       insert into audit (location_id, audit_id, at, who, act, subject, data, hash)
       values ($1, $2, $3, $4, $5, $6, $7::jsonb, $10))
     insert into audit_link (location_id, audit_id, at, before, before_at, hash) values ($1, $2, $3, $8, $9, $10)`,
    [
      ...[entry.location, id, new Date(at), who, act, subject, JSON.stringify(data)],
      ...[before, beforeAt === null ? null : new Date(beforeAt)],
      sha256(before + canonicalJson({ id, at, who, act, subject, data, beforeAt })),
    ],
  );
}
