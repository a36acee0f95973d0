import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, inject, test } from "vitest";
import { administer, databaseUrl } from "../../test/cluster.ts";
import { databasePerFile } from "../../test/database.ts";
import { openFacts } from "../kernel/facts.ts";
import { migrate, mustBeCurrent } from "./migrate.ts";
import { chooseRole } from "./pool.ts";

const db = databasePerFile();

const now = Date.UTC(2026, 2, 15);
const migrations = new URL("../../migrations/", import.meta.url);
const files = readdirSync(migrations).toSorted();

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
    expect(applied.toSorted()).toEqual([0, 0, 0, files.length]);
  });

  test("applies a file that came with a lower number than one that has run", async () => {
    const folder = mkdtempSync(join(tmpdir(), "latchkey-migrations-"));
    const name = `latchkey_test_${randomBytes(6).toString("hex")}`;
    const { url } = inject("cluster");
    await administer(url, `create database ${name}`);
    const late = "create table late (location_id text not null primary key);";
    for (const each of files) cpSync(new URL(each, migrations), join(folder, each));
    await migrate({ url: databaseUrl(url, name), facts: openFacts(), now, folder });
    writeFileSync(join(folder, "0001_late.sql"), late);
    const { applied } = await migrate({ url: databaseUrl(url, name), facts: openFacts(), now, folder });
    await administer(url, `drop database ${name} with (force)`);
    rmSync(folder, { recursive: true });
    expect(applied).toEqual(["0001_late"]);
  });

  test("is left to the Latchkey that runs: who joins a database of before it, or of nobody yet, is told so", async () => {
    const folder = mkdtempSync(join(tmpdir(), "latchkey-migrations-"));
    for (const each of files) cpSync(new URL(each, migrations), join(folder, each));
    await mustBeCurrent({ url: db.url, folder });
    writeFileSync(join(folder, "9999_next.sql"), "select 1;");
    await expect(mustBeCurrent({ url: db.url, folder })).rejects.toThrow("older than this command");
    rmSync(folder, { recursive: true });
    const name = `latchkey_test_${randomBytes(6).toString("hex")}`;
    const { url } = inject("cluster");
    await administer(url, `create database ${name}`);
    await expect(mustBeCurrent({ url: databaseUrl(url, name) })).rejects.toThrow("has not come up yet");
    await administer(url, `drop database ${name} with (force)`);
  });

  const lifting = files.filter((file) =>
    readFileSync(new URL(file, migrations), "utf8").includes("no force row level"),
  );
  test.each(lifting)(
    "brings a database from before %s, which has run, to this schema, and locks its tables again",
    async (file) => {
      const folder = mkdtempSync(join(tmpdir(), "latchkey-migrations-"));
      const name = `latchkey_test_${randomBytes(6).toString("hex")}`;
      const { url } = inject("cluster");
      await administer(url, `create database ${name}`);
      for (const each of files.filter((each) => each < file)) cpSync(new URL(each, migrations), join(folder, each));
      const earlier = await migrate({ url: databaseUrl(url, name), facts: openFacts(), now, folder });
      const { applied } = await migrate({ url: databaseUrl(url, name), facts: openFacts(), now });
      const client = new pg.Client({ connectionString: databaseUrl(url, name) });
      await client.connect();
      const { rows } = await client.query(
        `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
          and relname <> 'migration' and not (relrowsecurity and relforcerowsecurity)`,
      );
      await client.end();
      await administer(url, `drop database ${name} with (force)`);
      rmSync(folder, { recursive: true });
      expect(earlier.applied.length + applied.length).toBe(files.length);
      expect(rows).toEqual([]);
    },
  );

  test("marks what a link or a person had ended before it was kept what came since: rows of every location are seen", async () => {
    const folder = mkdtempSync(join(tmpdir(), "latchkey-migrations-"));
    const name = `latchkey_test_${randomBytes(6).toString("hex")}`;
    const { url } = inject("cluster");
    await administer(url, `create database ${name}`);
    const before = files.filter((each) => each < "0038");
    for (const each of before) cpSync(new URL(each, migrations), join(folder, each));
    await migrate({ url: databaseUrl(url, name), facts: openFacts(), now, folder });
    const client = new pg.Client({ connectionString: databaseUrl(url, name) });
    await client.connect();
    await client.query("set latchkey.locations = '*'");
    await client.query(
      `insert into address (location_id, channel, address_hash, opted_out_at, opt_out)
       select location, 'phone', kind, now(), jsonb_build_object('by', kind)
         from unnest(array['l1', 'l2']) as location, unnest(array['link', 'person', 'words']) as kind`,
    );
    await migrate({ url: databaseUrl(url, name), facts: openFacts(), now });
    const { rows } = await client.query(
      "select address_hash as by, count(*)::int from address where opt_out ->> 'alone' = 'true' group by 1 order by 1",
    );
    await client.end();
    await administer(url, `drop database ${name} with (force)`);
    rmSync(folder, { recursive: true });
    expect(rows).toEqual([
      { by: "link", count: 2 },
      { by: "person", count: 2 },
    ]);
  });

  test("counts messages of before once each, as near as attempts tell: in every location, folded or not", async () => {
    const folder = mkdtempSync(join(tmpdir(), "latchkey-migrations-"));
    const name = `latchkey_test_${randomBytes(6).toString("hex")}`;
    const { url } = inject("cluster");
    await administer(url, `create database ${name}`);
    for (const each of files.filter((file) => file < "0043")) cpSync(new URL(each, migrations), join(folder, each));
    await migrate({ url: databaseUrl(url, name), facts: openFacts(), now, folder });
    const client = new pg.Client({ connectionString: databaseUrl(url, name) });
    await client.connect();
    await client.query("set latchkey.locations = '*'");
    await client.query(
      `insert into insight (location_id, bucket, metric, dimension, amount)
       select location, '2026-03-02T10:00Z', 'funnel.' || stage, dimension, amount
         from unnest(array['l1', 'l2']) as location,
              (values ('accepted', 'email/w/t', 5), ('bounced', 'email/w/t', 2), ('failover', 'email/w/t', 2),
                      ('failed', 'sms/w/t', 1)) as told (stage, dimension, amount)`,
    );
    await client.query(
      `insert into insight_delta (location_id, at, metric, dimension, amount)
       values ('l1', '2026-03-02T11:20Z', 'funnel.delivered', 'sms/w/t', 1), ('l1', '2026-03-02T11:20Z', 'event', '', 9)`,
    );
    await migrate({ url: databaseUrl(url, name), facts: openFacts(), now });
    const { rows } = await client.query(
      `select location_id as at, substr(metric, 6) || ' ' || dimension as told, sum(amount)::int as n from insight_delta
        where metric like 'fate.%' group by 1, 2 order by 1, 2`,
    );
    await client.end();
    await administer(url, `drop database ${name} with (force)`);
    rmSync(folder, { recursive: true });
    const both = ["accepted /w/t 5", "bounced /w/t 2", "failed /w/t 1", "failover /w/t 2"];
    const told = (location: string) =>
      rows.filter(({ at }) => at === location).map(({ told: what, n }) => `${what} ${n}`);
    expect(told("l1")).toEqual([both[0], both[1], "delivered /w/t 1", both[2], both[3]]);
    expect(told("l2")).toEqual(both);
  });

  test("changes rows only of tables whose force it has lifted: under it an update sees none", () => {
    for (const file of files) {
      const text = readFileSync(new URL(file, migrations), "utf8");
      const changed = [...text.matchAll(/^\s*(?:update|delete from) (\w+)/gm)].map(([, table]) => table);
      const made = [...text.matchAll(/create table (\w+)|alter table (\w+) no force/g)].map(
        ([, one, other]) => one ?? other,
      );
      for (const table of changed) expect(made, `${file}: ${table}`).toContain(table);
    }
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
  test("is written in the work probes, folding, retention, migration, the list of installations and the secret of them all alone", () => {
    const root = new URL("../", import.meta.url);
    const places = readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .filter((file) =>
        /transaction\(\s*"\*"|latchkey\.locations = '\*'/.test(readFileSync(new URL(file, root), "utf8")),
      );
    const allowed = ["database/migrate.ts", "database/pool.ts", "database/retention.ts"];
    const probes = ["turns/worker.ts", "outreach/sending/sender.ts"];
    // loops.ts starts the folding; the installations are the one list that spans locations, and one secret seals what all of them have.
    const others = ["app/loops.ts", "tenancy/installations.ts", "app/another-secret.ts"];
    expect(places.filter((file) => ![...allowed, ...probes, ...others].includes(file))).toEqual([]);
    expect(places).toEqual(expect.arrayContaining(allowed));
  });
});
