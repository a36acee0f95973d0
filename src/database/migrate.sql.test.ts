import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { administer, databaseUrl } from "../../test/cluster.ts";
import { openTestDatabase, type TestDatabase } from "../../test/database.ts";
import { openFacts } from "../kernel/facts.ts";
import { migrate } from "./migrate.ts";
import { chooseRole } from "./pool.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

const now = Date.UTC(2026, 2, 15);

describe("migration", () => {
  test("of a database that is up to date changes nothing", async () => {
    expect((await migrate({ url: db.url, facts: openFacts(), now })).applied).toEqual([]);
  });

  test("by several processes at once applies each file once", async () => {
    const name = `latchkey_test_${randomBytes(6).toString("hex")}`;
    const { url } = inject("cluster");
    await administer(url, `create database ${name}`);
    const all = [1, 2, 3, 4].map(() => migrate({ url: databaseUrl(url, name), facts: openFacts(), now }));
    const applied = (await Promise.all(all)).map((each) => each.applied.length);
    await administer(url, `drop database ${name} with (force)`);
    const files = readdirSync(new URL("../../migrations", import.meta.url)).length;
    expect(applied.toSorted()).toEqual([0, 0, 0, files]);
  });

  test("leaves every table with a location, forced row-level security and exactly one policy", async () => {
    const { rows } = await db.database.asOwner((sql) =>
      sql.query<{ name: string }>(
        `select c.relname as name
           from pg_class as c
          where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
            and not (c.relrowsecurity and c.relforcerowsecurity
                     and (select count(*) from pg_policy where polrelid = c.oid) = 1
                     and exists (select from pg_attribute where attrelid = c.oid and attname = 'location_id' and attnotnull))`,
      ),
    );
    expect(rows).toEqual([{ name: "migration" }]);
  });

  test("makes partitions ahead, and a default one as a net, all closed to direct questions", async () => {
    const { rows } = await db.database.asOwner((sql) =>
      sql.query<{ name: string; closed: boolean }>(
        `select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as closed
           from pg_class as c where c.relispartition and c.relkind = 'r' order by 1`,
      ),
    );
    const names = rows.map((row) => row.name);
    for (const name of ["event_default", "event_202603", "event_202604", "raw_20260315", "raw_20260318"]) {
      expect(names).toContain(name);
    }
    expect(rows.every((row) => row.closed)).toBe(true);
  });
});

describe("the login", () => {
  const judged = (unbound: boolean, member: boolean) =>
    chooseRole({ query: async <Row>() => ({ rows: [{ unbound, member, login: "root" }] as Row[], rowCount: 1 }) });

  test("of a superuser is refused where it cannot step down to latchkey_app", async () => {
    await expect(judged(true, false)).rejects.toThrow(/steps over row-level security/);
  });

  test("steps down wherever it may", async () => {
    expect(await judged(true, true)).toBe("latchkey_app");
    expect(await judged(false, true)).toBe("latchkey_app");
  });

  test("that is bound itself may do without the role, as servers that allow no new roles require", async () => {
    expect(await judged(false, false)).toBeUndefined();
  });
});

describe("the scope of all locations", () => {
  test("is written in the work probes, folding, retention, migration and the list of installations alone", () => {
    const root = new URL("../", import.meta.url);
    const places = readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .filter((file) =>
        /transaction\(\s*"\*"|latchkey\.locations = '\*'/.test(readFileSync(new URL(file, root), "utf8")),
      );
    const allowed = ["database/migrate.ts", "database/pool.ts", "database/retention.ts"];
    const probes = ["turns/worker.ts", "outreach/sending/sender.ts"];
    // loops.ts starts the folding; the installations are the one list that spans locations.
    const others = ["app/loops.ts", "tenancy/installations.ts"];
    expect(places.filter((file) => ![...allowed, ...probes, ...others].includes(file))).toEqual([]);
    expect(places).toEqual(expect.arrayContaining(allowed));
  });
});
