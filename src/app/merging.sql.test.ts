import { beforeAll, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { ensureStubs, findLeads } from "../leads/index.ts";
import { merge } from "./merging.ts";

const db = databasePerFile();
const mailed: string[] = [];
let now = 0;
beforeAll(async () => {
  await db.database.transaction(["loc1"], (sql) => ensureStubs(sql, "loc1", ["a", "b", "c", "e"], { now: 0 }));
});

const join = (from: string, into: string) =>
  merge(
    { database: db.database, clock: { now: () => ++now }, mailed: (location) => mailed.push(location) },
    { location: "loc1", from, into, by: "tester" },
  );
const who = async (id: string) =>
  (await db.database.transaction(["loc1"], (sql) => findLeads(sql, "loc1", [{ contact: id }])))[0];

test("a merged contact's name stands for the survivor, through a chain too, and the one that is gone is told", async () => {
  expect(await join("a", "b")).toBe("b");
  expect(await join("b", "c")).toBe("c");
  expect(await join("d", "a")).toBe("c");
  expect([await who("a"), await who("b"), await who("c"), await who("d")]).toEqual(["c", "c", "c", "c"]);
  expect(mailed).toEqual(["loc1", "loc1", "loc1"]);
  const { rows } = await db.database.asOwner((sql) =>
    sql.query(
      "select e.lead_id as lead, e.data from mailbox join event as e using (location_id, lead_id, event_id) order by seq",
    ),
  );
  expect(rows).toEqual([
    { lead: "a", data: { into: "b" } },
    { lead: "b", data: { into: "c" } },
    { lead: "d", data: { into: "c" } },
  ]);
  const audit = await db.database.asOwner((sql) => sql.query("select who, act, subject from audit order by audit_id"));
  expect(audit.rows.at(0)).toEqual({ who: "tester", act: "merge", subject: "a" });
});

test("nobody is merged into themselves, and no id of ours is a contact's", async () => {
  await expect(join("e", "e")).rejects.toThrow(/cannot be merged/);
  await expect(join("c", "a")).rejects.toThrow(/cannot be merged/);
  await expect(join("_location", "a")).rejects.toThrow(/no contact id/);
  await expect(join("visitor:v_1", "a")).rejects.toThrow(/no contact id/);
});

test("nobody is merged into one of whom nothing was ever heard, and nothing is remembered of it", async () => {
  await expect(join("f", "g")).rejects.toThrow("There is no lead g here");
  expect(await who("f")).toBe("f");
});
