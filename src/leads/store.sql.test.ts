import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import type { Sql } from "../kernel/sql.ts";
import { type Contact, type Lead, stub } from "./lead.ts";
import {
  ensureStubs,
  findByAddress,
  findLeads,
  listLeads,
  readLeads,
  resolveAliases,
  saveAlias,
  saveLeads,
} from "./store.ts";

const now = Date.UTC(2026, 2, 2, 12);
const opened = databasePerFile();
const at = <T>(location: string, work: (sql: Sql) => Promise<T>): Promise<T> =>
  opened.database.transaction([location], work);
const ids = (leads: readonly Lead[]) => leads.map((lead) => lead.id);
const person = (id: string, contact: Partial<Contact>, location = "loc"): Lead => ({
  ...stub(location, id),
  stub: false,
  contact: { tags: [], custom: {}, ...contact },
});

beforeEach(async () => {
  for (const location of ["loc", "other"]) {
    await at(location, async (sql) => {
      await sql.query("delete from lead where location_id = $1", [location]);
      await sql.query("delete from lead_alias where location_id = $1", [location]);
    });
  }
});

describe("leads at rest", () => {
  test("come back as they were saved, and saving again replaces them", async () => {
    const ann = person("c1", { firstName: "Ann", email: "Ann@Example.com", phone: "+15555550101", tags: ["Buyer"] });
    await at("loc", (sql) => saveLeads(sql, "loc", [person("c2", {}), ann], { now }));
    await at("loc", (sql) => saveLeads(sql, "loc", [{ ...ann, deleted: true }], { now: now + 1 }));
    const read = await at("loc", (sql) => readLeads(sql, "loc", ["c1", "c2", "c3"]));
    expect(read.get("c1")).toEqual({ ...ann, deleted: true });
    expect([...read.keys()].sort()).toEqual(["c1", "c2"]);
  });

  test("of another location are not seen, even when they are asked for", async () => {
    await at("other", (sql) => saveLeads(sql, "other", [person("c1", {}, "other")], { now }));
    expect((await at("loc", (sql) => readLeads(sql, "loc", ["c1"]))).size).toBe(0);
    expect((await at("loc", (sql) => readLeads(sql, "other", ["c1"]))).size).toBe(0);
  });

  test("are made as stubs for ids that have none, and known ones are left as they are", async () => {
    await at("loc", (sql) => saveLeads(sql, "loc", [person("c1", { firstName: "Ann" })], { now }));
    expect(await at("loc", (sql) => ensureStubs(sql, "loc", ["c1", "c2", "c2"], { now }))).toEqual(["c2"]);
    const read = await at("loc", (sql) => readLeads(sql, "loc", ["c1", "c2"]));
    expect([read.get("c1")?.stub, read.get("c2")?.stub]).toEqual([false, true]);
  });

  test("are found by e-mail in any case and by phone, the first seen where several share one", async () => {
    const shared = { email: "ann@example.com", phone: "+15555550101" };
    await at("loc", (sql) => saveLeads(sql, "loc", [person("c9", shared)], { now }));
    await at("loc", (sql) => saveLeads(sql, "loc", [person("c1", shared)], { now: now + 1 }));
    const found = await at("loc", (sql) =>
      findByAddress(sql, "loc", { emails: ["ANN@example.com", "no@example.com"], phones: ["+1 555 555 0101"] }),
    );
    expect([...found.byEmail]).toEqual([["ann@example.com", "c9"]]);
    expect([...found.byPhone]).toEqual([["+15555550101", "c9"]]);
  });

  test("are found however their address is written, by the contact that survived, and else not at all", async () => {
    await at("loc", (sql) =>
      saveLeads(sql, "loc", [person("c9", { email: "ann@example.com", phone: "+15555550101" })], { now }),
    );
    await at("loc", (sql) => saveAlias(sql, "loc", "c1", "c9"));
    const found = await at("loc", (sql) =>
      findLeads(sql, "loc", [
        { phone: "+1 (555) 555-0101" },
        { email: " ANN@example.com" },
        { email: "no@example.com", phone: "+15555550101" },
        { contact: "c1" },
        { contact: "c2", email: "ann@example.com" },
        { email: "no@example.com" },
        {},
      ]),
    );
    expect(found).toEqual(["c9", "c9", "c9", "c9", "c2", undefined, undefined]);
  });

  test("are listed in pages that neither repeat nor miss one", async () => {
    await at("loc", (sql) =>
      saveLeads(
        sql,
        "loc",
        ["c3", "c1", "c2"].map((id) => person(id, {})),
        { now },
      ),
    );
    const first = await at("loc", (sql) => listLeads(sql, "loc", { limit: 2 }));
    const second = await at("loc", (sql) => listLeads(sql, "loc", { after: "c2", limit: 2 }));
    expect([ids(first), ids(second)]).toEqual([["c1", "c2"], ["c3"]]);
  });

  test("keep a name as people type it, however many spaces it came with", async () => {
    const named = person("c1", { firstName: " Ann", lastName: "van  Lee " });
    await at("loc", (sql) => saveLeads(sql, "loc", [named], { now }));
    const { rows } = await at("loc", (sql) => sql.query("select name_key as key from lead where lead_id = 'c1'"));
    expect(rows).toEqual([{ key: "ann van lee" }]);
  });

  test("are one number however it was typed: saved, mended from older keys, looked up", async () => {
    const typed = [
      ...["+15125550123", "(512) 555-0123", "512-555-0123", "15125550123", "+1 512 555 0123 ext 3"],
      ...["001 512 555 0123", "512.555.0123 x9", "５１２５５５０１２３", "+1 (512) 555-0123;ext=4"],
      ...["+44 20 7946 0123", "0044 20 7946 0123", "011 44 20 7946 0123"],
    ];
    const people = typed.map((phone, n) => person(`n${n}`, { phone }));
    await at("loc", (sql) => saveLeads(sql, "loc", people, { now }));
    const keys = async () => {
      const { rows } = await at("loc", (sql) =>
        sql.query<{ key: string }>("select phone_key as key from lead where location_id = 'loc' and lead_id like 'n%'"),
      );
      return rows.map((row) => row.key).toSorted();
    };
    const expected = typed.map((_, n) => (n < 9 ? "+15125550123" : "+442079460123")).toSorted();
    expect(await keys()).toEqual(expected);
    for (const phone of typed) {
      const { byPhone } = await at("loc", (sql) => findByAddress(sql, "loc", { emails: [], phones: [phone] }));
      expect([...byPhone.keys()], phone).toHaveLength(1);
    }
    // as earlier versions kept them
    const mend = readFileSync(new URL("../../migrations/0027_phone_keys.sql", import.meta.url), "utf8");
    await opened.database.asOwner(async (sql) => {
      await sql.query("alter table lead no force row level security");
      await sql.query("update lead set phone_key = regexp_replace(data -> 'contact' ->> 'phone', '[^0-9+]', '', 'g')");
      await sql.query(mend);
      await sql.query("alter table lead force row level security");
    });
    expect(await keys()).toEqual(expected);
  });
});

describe("an alias", () => {
  test("leads to the survivor of a merge, in one step after several", async () => {
    await at("loc", (sql) => saveAlias(sql, "loc", "a", "b"));
    await at("loc", (sql) => saveAlias(sql, "loc", "b", "c"));
    const resolved = await at("loc", (sql) => resolveAliases(sql, "loc", ["a", "b", "c"]));
    expect(Object.fromEntries(resolved)).toEqual({ a: "c", b: "c" });
  });

  test("never leads back to itself", async () => {
    await at("loc", (sql) => saveAlias(sql, "loc", "a", "b"));
    await at("loc", (sql) => saveAlias(sql, "loc", "b", "a"));
    const resolved = await at("loc", (sql) => resolveAliases(sql, "loc", ["a", "b"]));
    expect(Object.fromEntries(resolved)).toEqual({ b: "a" });
  });
});
