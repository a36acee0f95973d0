import { expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { tendStatistics } from "./statistics.ts";

const db = databasePerFile();

const believed = () =>
  db.database.transaction("*", async (sql) => {
    const { rows } = await sql.query<{ n: number }>(
      "select reltuples::float8 as n from pg_class where relname = 'mailbox'",
    );
    return rows[0]?.n;
  });

test("a table that has outgrown what the planner believes is analyzed, and then left alone", async () => {
  await db.database.asOwner(async (sql) => {
    await sql.query("alter table mailbox set (autovacuum_enabled = false)"); // or the server may be quicker
    await sql.query("analyze mailbox");
  });
  expect(await tendStatistics(db.database)).not.toContain("mailbox");
  await db.database.transaction(["loc1"], async (sql) => {
    await sql.query(
      `insert into mailbox (location_id, lead_id, kind, received_at)
       select 'loc1', 'lead-' || n, 'ask', now() from generate_series(1, 2000) as n`,
    );
    await sql.query("select pg_stat_force_next_flush()"); // or the server tells up to ten seconds later what was written
  });
  expect(await tendStatistics(db.database)).toContain("mailbox");
  expect(await believed()).toBe(2_000);
  expect(await tendStatistics(db.database)).not.toContain("mailbox");
});
