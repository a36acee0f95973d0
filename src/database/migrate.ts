// From any earlier schema, or none, to this one: numbered forward SQL by node-pg-migrate, then what holds for every
// table (owner's force row-level security, one policy, grants). Any number of processes may migrate at once.

import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runner } from "node-pg-migrate";
import pg from "pg";
import { Conflict, Unavailable } from "../kernel/errors.ts";
import type { Facts } from "../kernel/facts.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import { asSql, lost, types } from "./connection.ts";
import { preparePartitions } from "./partitions.ts";
import { APP_ROLE, chooseRole } from "./pool.ts";

export interface MigrateOptions {
  readonly url: string;
  readonly facts: Facts;
  /** Domain time: partitions are made from its month and day on. */
  readonly now: Instant;
  /** The folder of numbered SQL files; by default the one beside our package.json. */
  readonly folder?: string;
}

export interface Migrated {
  /** The names of the migrations that this call applied. */
  readonly applied: readonly string[];
  /** As the server says it, for example 180004. */
  readonly serverVersion: number;
}

const OLDEST = 150_000;
/** Held while migrating, so that a second process waits and then finds nothing to do. Any number will do. */
const MIGRATION_LOCK = 7_041_776;
/** The library's own record; the only table without rows of a location. */
const RECORD = "migration";

/**
 * Brings the database up to date.
 *
 * @throws Unavailable when it cannot be reached, is older than PostgreSQL 15, or its login would step over
 *   row-level security
 */
export async function migrate({ url, facts, now, folder = migrationsFolder() }: MigrateOptions): Promise<Migrated> {
  const client = new pg.Client({
    connectionString: url,
    types,
    application_name: "latchkey migrate",
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => undefined); // the statement under way rejects as well
  try {
    await client.connect();
    const sql = asSql(client);
    const serverVersion = await inspect(sql, facts);
    await sql.query("select pg_advisory_lock($1)", [MIGRATION_LOCK]);
    await makeRole(sql);
    await chooseRole(sql);
    const applied = await runner({
      dbClient: client,
      dir: folder,
      direction: "up",
      migrationsTable: RECORD,
      singleTransaction: true,
      checkOrder: false, // files of two changes may come with the lower number last; each stands by itself
      noLock: true, // ours is held around more than the library's part
      logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    });
    await secure(sql);
    await inOwnTransaction(sql, () => preparePartitions(sql, now));
    return { applied: applied.map(({ name }) => name), serverVersion };
  } catch (error) {
    throw lost(error) ?? error;
  } finally {
    await client.end().catch(() => undefined); // ends the session, and with it the lock
  }
}

const quiet = () => undefined;

/**
 * For who joins a database that another keeps up to date.
 *
 * @throws Conflict where that one is older than we are
 * @throws Unavailable where it has not come up, or cannot be reached
 */
export async function mustBeCurrent({
  url,
  folder = migrationsFolder(),
}: Pick<MigrateOptions, "url" | "folder">): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "latchkey command",
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ name: string }>(`select name from ${RECORD}`);
    const known = new Set(rows.map(({ name }) => name));
    const ours = readdirSync(folder).flatMap((file) => (file.endsWith(".sql") ? [file.slice(0, -".sql".length)] : []));
    if (ours.every((name) => known.has(name))) return;
    throw new Conflict("The Latchkey that runs here is older than this command. Start it anew first.");
  } catch (error) {
    if ((error as { code?: string }).code === UNDEFINED_TABLE)
      throw new Unavailable("The Latchkey that runs here has not come up yet. Ask again in a moment.");
    throw lost(error) ?? error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const UNDEFINED_TABLE = "42P01";

async function inspect(sql: Sql, facts: Facts): Promise<number> {
  const { rows } = await sql.query<{ version: number; fsync: string; commit: string }>(
    `select current_setting('server_version_num')::int as version,
            current_setting('fsync') as fsync,
            current_setting('synchronous_commit') as commit`,
  );
  const { version, fsync, commit } = rows[0]!;
  if (version < OLDEST) {
    throw new Unavailable(`Latchkey needs PostgreSQL 15 or newer; this server is ${Math.floor(version / 10_000)}.`);
  }
  if (fsync === "off") {
    const warning = "the database runs with fsync = off: a power loss may lose webhooks that were acknowledged";
    facts.emit("configuration_warned", { warning });
  }
  if (commit === "off") {
    const warning = "the database runs with synchronous_commit = off: a crash may lose webhooks that were acknowledged";
    facts.emit("configuration_warned", { warning });
  }
  return version;
}

/** Makes the role that every transaction steps down to, where this login may; where not, `chooseRole` judges. */
async function makeRole(sql: Sql): Promise<void> {
  const steps = [
    `create role ${APP_ROLE} nologin nosuperuser nobypassrls noinherit`,
    `grant ${APP_ROLE} to current_user`,
  ];
  for (const step of steps) {
    // Roles belong to the whole server, so another database's migration may be doing the same in this instant.
    await sql.query(step).catch((error: { code?: string }) => {
      if (!ROLE_STANDS.has(error.code ?? "")) throw error;
    });
  }
}

/** Exists already (also: in the same instant), not allowed (so there may be none to grant), changed by another in this instant. */
const ROLE_STANDS = new Set(["42710", "23505", "42501", "42704", "XX000", "0LP01"]);

/** What holds for every table, also for those a later migration adds: checked and made at each start. */
async function secure(sql: Sql): Promise<void> {
  await inOwnTransaction(sql, async () => {
    const { rows } = await sql.query<{ name: string; secured: boolean }>(
      `select c.relname as name,
              c.relrowsecurity and c.relforcerowsecurity
                and exists (select from pg_policy where polrelid = c.oid and polname = 'location') as secured
         from pg_class as c
        where c.relnamespace = current_schema()::regnamespace
          and c.relkind in ('r', 'p')
          and not c.relispartition
          and c.relname <> $1
        order by c.relname`,
      [RECORD],
    );
    for (const { name, secured } of rows) if (!secured) await sql.query(policyOf(name));
    const { rows: app } = await sql.query("select from pg_roles where rolname = $1", [APP_ROLE]);
    if (app.length === 0) return;
    await sql.query(
      `grant usage on schema public to ${APP_ROLE};
       grant select, insert, update, delete on all tables in schema public to ${APP_ROLE};
       grant usage on all sequences in schema public to ${APP_ROLE};
       revoke all on table ${RECORD} from ${APP_ROLE}`,
    );
  });
}

/**
 * A table shows the rows of the locations that the transaction named, and none when it named none. A migration that had
 * to see all rows has only lifted the force, so the policy may stand already.
 */
function policyOf(table: string): string {
  const named = "location_id = any((select string_to_array(current_setting('latchkey.locations', true), ','))::text[])";
  const all = "(select current_setting('latchkey.locations', true)) = '*'";
  return `alter table "${table}" enable row level security, force row level security;
          drop policy if exists location on "${table}";
          create policy location on "${table}" using (${named} or ${all})`;
}

async function inOwnTransaction(sql: Sql, work: () => Promise<void>): Promise<void> {
  await sql.query("begin; set local latchkey.locations = '*'");
  try {
    await work();
    await sql.query("commit");
  } catch (error) {
    await sql.query("rollback").catch(() => undefined); // the first error is the one to tell
    throw error;
  }
}

function migrationsFolder(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const folder = join(at, "migrations");
    if (existsSync(join(at, "package.json")) && existsSync(folder)) return folder;
    if (at === dirname(at)) throw new Unavailable("The folder migrations is missing from this installation.");
  }
}
