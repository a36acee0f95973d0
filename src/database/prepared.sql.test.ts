import { afterAll, beforeAll, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { Unavailable } from "../kernel/errors.ts";
import { openDatabase, type PostgresDatabase } from "./pool.ts";

const db = databasePerFile();
let one: PostgresDatabase;
beforeAll(async () => {
  one = await openDatabase({ url: db.url, applicationName: "one connection", max: 1 });
});
afterAll(async () => {
  await one.close();
});

const double = (n: number) =>
  one.transaction([], async (sql) => (await sql.query<{ n: number }>("select $1::int * 2 as n", [n])).rows[0]?.n);
const prepared = () =>
  one.transaction([], async (sql) => {
    const { rows } = await sql.query<{ text: string }>("select statement as text from pg_prepared_statements");
    return rows.map(({ text }) => text);
  });

test("what is asked often is prepared, and what is asked once is not", async () => {
  for (let n = 0; n < 25; n += 1) expect(await double(n)).toBe(2 * n);
  expect(await prepared()).toEqual(["select $1::int * 2 as n"]);
});

test("a connection that has lost its statements is given up, and the next one prepares them anew", async () => {
  for (let n = 0; n < 25; n += 1) await double(n);
  await one.transaction([], (sql) => sql.query("deallocate all"));
  await expect(double(1)).rejects.toThrow(Unavailable);
  expect(await double(2)).toBe(4);
});

test("a prepared statement shows the rows of its transaction's locations alone", async () => {
  for (const location of ["loc1", "loc2"])
    await one.transaction([location], (sql) =>
      sql.query("insert into lead_alias (location_id, lead_id, survivor_id) values ($1, $1, $1)", [location]),
    );
  const seen = (location: string) =>
    one.transaction([location], async (sql) => {
      const { rows } = await sql.query<{ lead: string }>(
        "select lead_id as lead from lead_alias where lead_id <> $1 order by lead_id",
        ["nobody"],
      );
      return rows.map(({ lead }) => lead);
    });
  for (let n = 0; n < 25; n += 1) expect(await seen("loc1")).toEqual(["loc1"]);
  expect(await seen("loc2")).toEqual(["loc2"]);
});

test("a plan that was made of a table with one row goes by an index once it is full", async () => {
  const count = async (lead: string) => {
    const { rows } = await one.transaction(["loc1"], (sql) =>
      sql.query<{ n: number }>("select count(*) as n from mailbox where location_id = $1 and lead_id = $2", [
        "loc1",
        lead,
      ]),
    );
    return rows[0]?.n;
  };
  await count("lead-1");
  await one.transaction(["loc1"], (sql) =>
    sql.query("insert into mailbox (location_id, lead_id, kind, received_at) values ('loc1', 'lead-1', 'ask', now())"),
  );
  await one.asOwner((sql) => sql.query("analyze mailbox"));
  for (let n = 0; n < 25; n += 1) await count("lead-1");
  await one.transaction(["loc1"], (sql) =>
    sql.query(
      `insert into mailbox (location_id, lead_id, kind, received_at)
       select 'loc1', 'lead-' || n, 'ask', now() from generate_series(2, 2000) as n`,
    ),
  );
  expect(await count("lead-7")).toBe(1);
  const plan = await one.transaction(["loc1"], async (sql) => {
    const { rows } = await sql.query<{ name: string }>(
      "select name from pg_prepared_statements where statement like 'select count(*) as n from mailbox%'",
    );
    const explained = await sql.query<{ "QUERY PLAN": string }>(`explain execute ${rows[0]?.name} ('loc1', 'lead-7')`);
    return explained.rows.map((row) => row["QUERY PLAN"]).join("\n");
  });
  expect(plan).toMatch(/Index/);
  expect(plan).not.toMatch(/Seq Scan/);
});
