// Installations, API keys and the audit at rest. Every statement that touches them is in this file.

import { newId } from "../kernel/ids.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import type { AuditEntry, Installation, Role } from "./installation.ts";

export interface InstallationRow {
  readonly location: string;
  readonly status: Installation["status"];
  readonly installedAt: Instant;
  readonly name: string | null;
  readonly timeZone: string;
  readonly seed: string;
  readonly workflowSecret: string;
  readonly token: string | null;
  readonly settings: JsonObject;
}

const COLUMNS = `location_id as location, status, installed_at as "installedAt", name, time_zone as "timeZone", seed,
          workflow_secret as "workflowSecret", token, settings`;

/** Every installation of the transaction's scope. */
export async function readInstallations(sql: Sql): Promise<InstallationRow[]> {
  const { rows } = await sql.query<InstallationRow>(`select ${COLUMNS} from installation order by location_id`);
  return rows;
}

/** Installs, or makes active again: seed, secret and first instant stay what they were. `fresh` when nothing was there. */
export async function upsertInstallation(
  sql: Sql,
  row: Omit<InstallationRow, "status" | "timeZone" | "settings"> & { readonly timeZone: string | null },
): Promise<InstallationRow & { readonly fresh: boolean }> {
  const { rows } = await sql.query<InstallationRow & { fresh: boolean }>(
    `insert into installation (location_id, installed_at, name, time_zone, seed, workflow_secret, token)
     values ($1, $2, $3, coalesce($4, 'America/New_York'), $5, $6, $7)
         on conflict (location_id) do update
        set status    = 'active',
            name      = coalesce(excluded.name, installation.name),
            time_zone = coalesce($4, installation.time_zone),
            token     = coalesce(excluded.token, installation.token)
  returning ${COLUMNS}, xmax = 0 as fresh`,
    [row.location, new Date(row.installedAt), row.name, row.timeZone, row.seed, row.workflowSecret, row.token],
  );
  return rows[0]!;
}

export async function setInstallationStatus(
  sql: Sql,
  location: string,
  status: Installation["status"],
): Promise<boolean> {
  const { rowCount } = await sql.query("update installation set status = $2 where location_id = $1 and status <> $2", [
    location,
    status,
  ]);
  return rowCount > 0;
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

export async function revokeKey(sql: Sql, location: string, id: string, now: Instant): Promise<boolean> {
  const { rowCount } = await sql.query(
    "update api_key set revoked_at = $3 where location_id = $1 and key_id = $2 and revoked_at is null",
    [location, id, new Date(now)],
  );
  return rowCount > 0;
}

/** Write it in the transaction of the act itself, so that there is neither without the other. */
export async function insertAudit(sql: Sql, entry: AuditEntry): Promise<void> {
  await sql.query(
    "insert into audit (location_id, audit_id, at, who, act, subject, data) values ($1, $2, $3, $4, $5, $6, $7::jsonb)",
    [
      entry.location,
      newId(entry.at),
      new Date(entry.at),
      entry.who,
      entry.act,
      entry.subject,
      JSON.stringify(entry.data ?? {}),
    ],
  );
}
