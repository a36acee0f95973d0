import pg from "pg";
import { Defect, InvalidInput, Unavailable } from "../kernel/errors.ts";
import type { Database, Scope, Sql, Transaction } from "../kernel/sql.ts";
import { asSql, collided, lost, types, written } from "./connection.ts";
import { openStatements, type Statements } from "./statements.ts";

export interface PostgresOptions {
  readonly url: string;
  readonly applicationName: string;
  /** Connections at most. Default 10: on the measured machines 16 were no better than 8. */
  readonly max?: number;
}

export interface PostgresDatabase extends Database {
  /**
   * The same, for work whose statements are few and meet rows alike: each is planned once on a connection, for any values.
   * Where a plan depends on the values (a page's filters) it would be a bad one.
   */
  readonly steady: Database;
  /**
   * Runs `work` in one transaction as the owner of the tables, all locations in sight: for making and dropping
   * partitions, which `latchkey_app` may not.
   */
  asOwner<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Milliseconds of one round trip. @throws Unavailable */
  ping(): Promise<number>;
  /** What the whole database takes on its disk. */
  bytes(): Promise<number>;
  close(): Promise<void>;
}

/** The role of every transaction: no login, no way around row-level security. */
export const APP_ROLE = "latchkey_app";

const LOCATION = /^[A-Za-z0-9_-]{1,64}$/;
const CONNECT_MS = 5_000;
/**
 * Every key begins with its location, and every query names its own: an index serves. A plan that was made while a queue
 * was empty would read the whole of it later.
 */
const PLANNING = "set enable_seqscan = off; set jit = off";
/** The server says so of every statement that was on the wire behind one that failed. */
const ABORTED = "25P02";
/** Or this, of one that was to be prepared by such a statement. */
const UNPREPARED = "26000";

/**
 * Opens a pool on a migrated database.
 *
 * @throws Unavailable when the database cannot be reached, or its login would step over row-level security
 */
export async function openDatabase({ url, applicationName, max = 10 }: PostgresOptions): Promise<PostgresDatabase> {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: applicationName,
    max,
    types,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    pipeline: true,
    onConnect: async (client) => {
      await client.query(PLANNING);
      const role = await chooseRole(asSql(client));
      if (role !== undefined) await client.query(`set role ${role}`);
    },
  });
  pool.on("error", () => undefined); // an idle connection ended: the next transaction opens another
  const statements = openStatements();
  await borrow(pool, async () => undefined).catch(async (error) => {
    await pool.end();
    throw error;
  });

  const within =
    (settings: string): Database["transaction"] =>
    async (scope, work) =>
      inTransaction(pool, statements, `begin${settings}; set local latchkey.locations = '${settingOf(scope)}'`, work);

  return {
    transaction: within(""),
    steady: { transaction: within("; set local plan_cache_mode = force_generic_plan") },
    asOwner: (work) =>
      inTransaction(pool, statements, "begin; set local role none; set local latchkey.locations = '*'", work),
    async ping() {
      const started = performance.now();
      await borrow(pool, (client) => asSql(client).query("select 1"));
      return performance.now() - started;
    },
    bytes: () =>
      borrow(pool, async (client) => {
        const { rows } = await asSql(client).query<{ bytes: number }>(
          "select pg_database_size(current_database()) as bytes",
        );
        return rows[0]?.bytes ?? 0;
      }),
    close: () => pool.end(),
  };
}

/**
 * `latchkey_app` where the login may become it. A login that is bound by row-level security itself may do without,
 * as servers that allow no new roles require; one that is not is refused.
 */
export async function chooseRole(sql: Sql): Promise<string | undefined> {
  const { rows } = await sql.query<{ unbound: boolean; member: boolean; login: string }>(
    `select rolsuper or rolbypassrls as unbound,
            rolname as login,
            coalesce((select pg_has_role(current_user, app.oid, 'member')
                        from pg_roles as app
                       where app.rolname = $1 and not app.rolsuper and not app.rolbypassrls), false) as member
       from pg_roles
      where rolname = current_user`,
    [APP_ROLE],
  );
  const { unbound, member, login } = rows[0]!;
  if (member) return APP_ROLE;
  if (!unbound) return undefined;
  throw new Unavailable(
    `The login ${login} of DATABASE_URL steps over row-level security, and there is no role ${APP_ROLE} to step down to. ` +
      `Use an ordinary login, or run once: create role ${APP_ROLE} nologin nosuperuser nobypassrls`,
  );
}

function settingOf(scope: Scope): string {
  if (scope === "*") return "*";
  for (const location of scope) {
    if (!LOCATION.test(location)) throw new InvalidInput("a location id has 1 to 64 letters, digits, _ or -");
  }
  return scope.join(",");
}

/**
 * Nobody waits for the answer to `begin`: the first statement leaves with it. Should `begin` itself fail, that statement
 * finds a session that sees no location's rows.
 */
async function inTransaction<T>(
  pool: pg.Pool,
  statements: Statements,
  begin: string,
  work: (sql: Transaction) => Promise<T>,
): Promise<T> {
  return borrow(pool, async (client) => {
    const inner = asSql(client, statements);
    const asking = blamingTheFirst(inner);
    const begun = asking.query(begin);
    begun.catch(() => undefined); // told with the commit
    const last = openLast();
    let open = true;
    const sql: Transaction = {
      query(text, values) {
        if (!open) throw new Defect("a statement was believed to be inside its transaction, which is over");
        return asking.query(text, values);
      },
      last: last.add,
    };
    try {
      const result = await work(sql);
      open = false;
      await commit(client, begun, last, asking);
      return result;
    } catch (error) {
      open = false;
      // one whose transaction cannot be ended is not lent again
      await inner.query("rollback").catch((failed) => client.emit("error", failed));
      throw await causeOf(error, begun);
    }
  });
}

interface Asking {
  readonly query: Sql["query"];
  /** Why the last statement failed; undefined: it did not. */
  failure(): unknown;
}

/** Those that were on the wire behind one that failed were refused for that reason alone: it is theirs, too. */
function blamingTheFirst(inner: Sql): Asking {
  let failure: unknown;
  return {
    failure: () => failure,
    async query(text, values) {
      try {
        const answer = await inner.query<never>(text, values);
        failure = undefined;
        return answer;
      } catch (error) {
        const isRefused = isAborted(error) || (failure !== undefined && isUnprepared(error));
        failure = isRefused ? (failure ?? error) : error;
        throw failure;
      }
    },
  };
}

/** Statements to whose answers nobody waits before the commit. */
interface Last {
  add(asked: Promise<unknown>): void;
  readonly asked: readonly Promise<unknown>[];
  /** Why one of them was not even asked, or could not be written; undefined: all were, as far as it is known. */
  spoiled(): unknown;
}

function openLast(): Last {
  const all: Promise<unknown>[] = [];
  let spoiled: unknown;
  return {
    asked: all,
    spoiled: () => spoiled,
    add(asked) {
      asked.catch((error) => {
        spoiled ??= error;
      });
      all.push(asked);
    },
  };
}

/**
 * In one write with the last statements, once each of them is written.
 *
 * @throws what `begin` or one of them failed by; why another had failed, where the server has undone it all
 */
async function commit(client: pg.PoolClient, begun: Promise<unknown>, last: Last, asking: Asking): Promise<void> {
  if (last.asked.length > 0) await written(client);
  if (last.spoiled() !== undefined) throw last.spoiled();
  const [{ command }] = await Promise.all([client.query("commit"), begun, ...last.asked]);
  if (command !== "COMMIT") throw asking.failure();
}

/** What `begin` failed by is why all else did. */
async function causeOf(error: unknown, begun: Promise<unknown>): Promise<unknown> {
  const cause = await begun.then(
    () => error,
    (unbegun) => unbegun,
  );
  return collided(cause) ?? lost(cause) ?? cause;
}

const isAborted = (error: unknown): boolean => (error as { readonly code?: unknown }).code === ABORTED;
const isUnprepared = (error: unknown): boolean =>
  error instanceof Unavailable && (error.cause as { readonly code?: unknown } | undefined)?.code === UNPREPARED;

/** Lends a connection; one that broke meanwhile is closed instead of being lent again. */
async function borrow<T>(pool: pg.Pool, use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    throw lost(error) ?? error;
  }
  let broken = false;
  const breaks = () => {
    broken = true;
  };
  client.on("error", breaks);
  try {
    return await use(client);
  } catch (error) {
    if (lost(error) !== undefined) broken = true;
    throw error;
  } finally {
    client.removeListener("error", breaks);
    client.release(broken);
  }
}
