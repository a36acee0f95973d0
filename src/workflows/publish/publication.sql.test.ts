import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { openPlace } from "../../../test/turns.ts";
import { DAY } from "../../kernel/time.ts";

const db = databasePerFile();

test("a lead goes on under what the previous version published, from its first step to its last", async () => {
  const stored = JSON.parse(readFileSync(new URL("./complete.fixture.json", import.meta.url), "utf8"));
  const place = await openPlace(db, Date.UTC(2026, 2, 2, 17));
  await db.database.transaction([place.location], async (sql) => {
    await sql.query("insert into plan values ($1, $2, $3, $4, $5)", [
      place.location,
      stored.plan.id,
      stored.plan.workflow,
      new Date(place.clock.at),
      JSON.stringify(stored.plan),
    ]);
    await sql.query("insert into publication values ($1, $2, 1, $3, 'folder', $4)", [
      place.location,
      stored.content.id,
      new Date(place.clock.at),
      JSON.stringify(stored.content),
    ]);
  });
  await place.introduce("ada");
  await place.run();
  const runs = () =>
    place.rows<{ status: string; path: string | null; plan: string }>(
      "select status, path, plan_id as plan from run where location_id = $1",
    );
  expect(await runs()).toEqual([{ status: "waiting", path: "hello", plan: stored.plan.id }]);
  place.clock.at += 10 * DAY;
  await place.run();
  place.clock.at += 10 * DAY;
  await place.run();
  expect(await runs()).toMatchObject([{ status: "completed", path: null }]);
});
