import { type AddressInfo, connect, createServer } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { Conflict, Defect, InvalidInput, Unavailable } from "../kernel/errors.ts";
import type { Sql } from "../kernel/sql.ts";
import { openDatabase } from "./pool.ts";

const db = databasePerFile();

const alias = (location: string, lead: string) =>
  db.database.transaction([location], (sql) =>
    sql.query("insert into lead_alias (location_id, lead_id, survivor_id) values ($1, $2, $2)", [location, lead]),
  );
const aliases = (scope: readonly string[] | "*") =>
  db.database.transaction(scope, async (sql) => {
    const { rows } = await sql.query<{ lead_id: string }>("select lead_id from lead_alias order by lead_id");
    return rows.map((row) => row.lead_id);
  });

/** Before the database: once told to, it makes the next rollback one that the server does not know, and leaves the rest. */
async function openProxy(to: string): Promise<{ url: string; spoilsRollback(): void; close(): Promise<void> }> {
  const { hostname, port } = new URL(to);
  let spoils = false;
  const server = createServer((socket) => {
    const behind = connect(Number(port || 5432), hostname);
    socket.on("data", (bytes) => {
      const at = spoils ? bytes.indexOf("rollback") : -1;
      if (at !== -1) {
        spoils = false;
        bytes.write("rollbock", at);
      }
      behind.write(bytes);
    });
    behind.pipe(socket);
    for (const [one, other] of [
      [socket, behind],
      [behind, socket],
    ] as const)
      one.on("error", () => undefined).on("close", () => other.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(to);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    spoilsRollback() {
      spoils = true;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

describe("row-level security", () => {
  beforeAll(async () => {
    await alias("loc1", "a");
    await alias("loc2", "b");
  });

  test("a transaction without a scope sees no row", async () => {
    expect(await aliases([])).toEqual([]);
  });

  test("rows of another location are invisible, even to a query that forgets to name its own", async () => {
    expect(await aliases(["loc2"])).toEqual(["b"]);
  });

  test("a scope may name several locations, or all", async () => {
    expect(await aliases(["loc1", "loc2"])).toEqual(["a", "b"]);
    expect(await aliases("*")).toEqual(["a", "b"]);
  });

  test("a row of another location cannot be written", async () => {
    const stray = db.database.transaction(["loc1"], (sql) =>
      sql.query("insert into lead_alias (location_id, lead_id, survivor_id) values ('loc2', 'c', 'c')"),
    );
    await expect(stray).rejects.toMatchObject({ code: "42501" });
  });

  test("a connection that served one location does not show its rows to the next transaction", async () => {
    const one = await openDatabase({ url: db.url, applicationName: "one connection", max: 1 });
    const count = (scope: readonly string[]) =>
      one.transaction(scope, async (sql) => (await sql.query("select from lead_alias")).rowCount);
    expect([await count(["loc1"]), await count([])]).toEqual([1, 0]);
    await one.close();
  });

  test("the work of a transaction runs as latchkey_app, which may neither log in nor step over policies", async () => {
    const { rows } = await db.database.transaction([], (sql) =>
      sql.query("select rolname, rolcanlogin, rolsuper, rolbypassrls from pg_roles where rolname = current_user"),
    );
    expect(rows).toEqual([{ rolname: "latchkey_app", rolcanlogin: false, rolsuper: false, rolbypassrls: false }]);
  });

  test("no row belongs to everybody: one of a location named * is in the sight of no other", async () => {
    await db.database.transaction("*", (sql) =>
      sql.query(
        "insert into plan (location_id, plan_id, workflow, created_at, plan) values ('*', 'p', 'w', '2026-01-01', '{}')",
      ),
    );
    const plans = (scope: readonly string[]) =>
      db.database.transaction(scope, async (sql) => (await sql.query("select from plan")).rowCount);
    expect([await plans(["loc1"]), await plans([])]).toEqual([0, 0]);
  });

  test.each(["", "a,b", "a'b", "x".repeat(65), "ä"])(
    "the location id %j is refused before it reaches the database",
    async (id) => {
      await expect(aliases([id])).rejects.toBeInstanceOf(InvalidInput);
    },
  );
});

describe("a transaction", () => {
  test("of steady work is planned for any values, and the next one on its connection as ever", async () => {
    const mode = async (sql: Sql) =>
      (await sql.query<{ plan_cache_mode: string }>("show plan_cache_mode")).rows[0]?.plan_cache_mode;
    const modes = [await db.database.steady.transaction(["loc1"], mode), await db.database.transaction(["loc1"], mode)];
    expect(modes).toEqual(["force_generic_plan", "auto"]);
  });

  test("is rolled back when its work throws", async () => {
    const failing = db.database.transaction(["loc3"], async (sql) => {
      await sql.query("insert into lead_alias (location_id, lead_id, survivor_id) values ('loc3', 'x', 'x')");
      throw new Error("decided otherwise");
    });
    await expect(failing).rejects.toThrow("decided otherwise");
    expect(await aliases(["loc3"])).toEqual([]);
  });

  test("lends its connection no longer than it lasts", async () => {
    let kept: Sql | undefined;
    await db.database.transaction([], async (sql) => {
      kept = sql;
    });
    expect(() => kept?.query("select 1")).toThrow(Defect);
  });

  test("tells of statements that left together why the first of them failed, not that the others were refused for it", async () => {
    const reasons = await db.database.transaction([], async (sql) => {
      await sql.query("savepoint before");
      const together = [sql.query("select 1 / 0"), sql.query("select $1::int", [1]), sql.query("select 2")];
      const ends = await Promise.allSettled(together);
      await sql.query("rollback to savepoint before");
      return ends.map((end) => end.status === "rejected" && end.reason.code);
    });
    expect(reasons).toEqual(["22012", "22012", "22012"]);
  });

  test("tells so, too, where two of them were to be prepared under one name", async () => {
    const one = await openDatabase({ url: db.url, applicationName: "one connection", max: 1 });
    const ask = (sql: Sql) => sql.query("select $1::int as prepared", [1]);
    for (let asked = 1; asked < 20; asked += 1) await one.transaction([], ask);
    const ends = await one.transaction([], async (sql) => {
      await sql.query("savepoint before");
      const together = await Promise.allSettled([sql.query("select 1 / 0"), ask(sql), ask(sql), ask(sql)]);
      await sql.query("rollback to savepoint before");
      return [...together, ...(await Promise.allSettled([ask(sql), ask(sql)]))];
    });
    await one.close();
    expect(
      ends.map((end) => (end.status === "rejected" ? (end.reason.code ?? end.reason) : end.value.rowCount)),
    ).toEqual([...["22012", "22012", "22012", "22012"], ...[1, 1]]);
  });

  test("in which a statement failed is not said to be saved, though its work went on", async () => {
    const failing = db.database.transaction(["loc4"], async (sql) => {
      await sql.query("insert into lead_alias (location_id, lead_id, survivor_id) values ('loc4', 'x', 'x')");
      await sql.query("select 1 / 0").catch(() => undefined);
    });
    await expect(failing).rejects.toMatchObject({ code: "22012" });
  });

  test.each([
    ["by the database", (sql: Sql) => sql.query("select 1 / 0"), { code: "22012" }],
    ["before it is asked", () => Promise.reject(new Error("no such words")), { message: "no such words" }],
    [
      "on its way, by a value that cannot be written",
      (sql: Sql) => sql.query("select $1::jsonb", [{ n: 1n }]),
      TypeError,
    ],
  ])("of whose last statements one fails %s saves nothing, though nobody waited for it", async (_, fails, why) => {
    const failing = db.database.transaction(["loc5"], async (sql) => {
      sql.last(sql.query("insert into lead_alias (location_id, lead_id, survivor_id) values ('loc5', 'x', 'x')"));
      sql.last(fails(sql));
    });
    await (why === TypeError ? expect(failing).rejects.toThrow(why) : expect(failing).rejects.toMatchObject(why));
    expect(await aliases(["loc5"])).toEqual([]);
  });

  test("is over only when its last statements are", async () => {
    await db.database.transaction(["loc6"], async (sql) => {
      sql.last(sql.query("insert into lead_alias (location_id, lead_id, survivor_id) values ('loc6', 'x', 'x')"));
    });
    expect(await aliases(["loc6"])).toEqual(["x"]);
  });

  test("that did not begin shows its first statement, which left with its beginning, no row", async () => {
    const begun = db.database.transaction(["loc1"], async (sql) => {
      await sql.query("rollback");
      return (await sql.query("select from lead_alias")).rowCount;
    });
    expect(await begun).toBe(0);
  });

  test("whose connection is cut is Unavailable, and the next one gets a new connection", async () => {
    const cut = db.database.transaction([], async (sql) => {
      const { rows } = await sql.query<{ pid: number }>("select pg_backend_pid() as pid");
      const other = db.database.asOwner((owner) => owner.query("select pg_terminate_backend($1)", [rows[0]?.pid]));
      await other;
      return sql.query("select 1");
    });
    await expect(cut).rejects.toBeInstanceOf(Unavailable);
    expect(await aliases(["loc1"])).toEqual(["a"]);
  });

  test("that cannot be ended is the last of its connection: the next one has another", async () => {
    const proxy = await openProxy(db.url);
    const one = await openDatabase({ url: proxy.url, applicationName: "one connection", max: 1 });
    const pidOf = async (sql: Sql) => (await sql.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]?.pid;
    const before = await one.transaction([], pidOf);
    proxy.spoilsRollback();
    const failing = one.transaction(["loc7"], async (sql) => {
      await sql.query("insert into lead_alias (location_id, lead_id, survivor_id) values ('loc7', 'x', 'x')");
      throw new Error("decided otherwise");
    });
    await expect(failing).rejects.toThrow("decided otherwise");
    expect(await one.transaction([], pidOf)).not.toBe(before);
    await one.close();
    await proxy.close();
    expect(await aliases(["loc7"])).toEqual([]);
  });

  test("that waits crosswise with another ends as a Conflict for one of them", async () => {
    const lock = (sql: Sql, lead: string) =>
      sql.query("update lead_alias set survivor_id = survivor_id where lead_id = $1", [lead]);
    let release = () => {};
    const bothHold = new Promise<void>((resolve) => {
      let holding = 0;
      release = () => ++holding === 2 && resolve();
    });
    const crosswise = (first: string, second: string) =>
      db.database.transaction(["loc1", "loc2"], async (sql) => {
        await lock(sql, first);
        release();
        await bothHold;
        await lock(sql, second);
      });
    const ends = await Promise.allSettled([crosswise("a", "b"), crosswise("b", "a")]);
    const lost = ends.filter((end) => end.status === "rejected");
    expect(lost.map((end) => end.reason)).toEqual([expect.any(Conflict)]);
  });

  test("on a server that is not there is Unavailable", async () => {
    const nowhere = openDatabase({ url: "postgresql://a:b@127.0.0.1:1/c", applicationName: "nobody" });
    await expect(nowhere).rejects.toBeInstanceOf(Unavailable);
  });
});

describe("values", () => {
  test("arrive as instants in milliseconds, numbers, text dates, exact numerics and parsed JSON", async () => {
    const { rows } = await db.database.transaction([], (sql) =>
      sql.query(
        `select '2026-03-02T12:00:00.123Z'::timestamptz as at, 9007199254740991::bigint as big, '2026-03-02'::date as day,
                1.10::numeric as exact, '{"a":[1]}'::jsonb as data, null::timestamptz as never,
                array['2026-03-02T12:00:00Z', null]::timestamptz[] as many, array[1, 2]::bigint[] as bigs`,
      ),
    );
    const noon = Date.UTC(2026, 2, 2, 12);
    expect(rows[0]).toEqual({
      at: noon + 123,
      big: Number.MAX_SAFE_INTEGER,
      day: "2026-03-02",
      exact: "1.10",
      data: { a: [1] },
      never: null,
      many: [noon, null],
      bigs: [1, 2],
    });
  });

  test("mean the same whatever zone the session is in", async () => {
    const { rows } = await db.database.transaction([], async (sql) => {
      await sql.query("set local timezone = 'Asia/Kolkata'");
      return sql.query<{ at: number }>("select $1::timestamptz as at", [new Date(1_767_225_600_123)]);
    });
    expect(rows[0]?.at).toBe(1_767_225_600_123);
  });
});
