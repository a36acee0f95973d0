import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../test/database.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

const alias = (location: string, lead: string) =>
  db.database.transaction([location], (sql) =>
    sql.query("insert into lead_alias (location_id, lead_id, survivor_id) values ($1, $2, $2)", [location, lead]),
  );

describe("a transaction", () => {
  test("without a scope sees no row", async () => {
    await alias("loc1", "a");
    const { rows } = await db.database.transaction([], (sql) => sql.query("select * from lead_alias"));
    expect(rows).toEqual([]);
  });

  test("sees no row of another location, even when its query forgets to name one", async () => {
    await alias("loc2", "b");
    const { rows } = await db.database.transaction(["loc2"], (sql) =>
      sql.query<{ lead_id: string }>("select lead_id from lead_alias"),
    );
    expect(rows).toEqual([{ lead_id: "b" }]);
  });
});
