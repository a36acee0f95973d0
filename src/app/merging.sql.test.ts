import { beforeAll, describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { AGAIN, NOON, phoneOf, stage } from "../../test/sending.ts";
import type { JsonObject } from "../kernel/json.ts";
import { MINUTE } from "../kernel/time.ts";
import { ensureStubs, findLeads, lockAliases, saveAlias } from "../leads/index.ts";
import { addressKey } from "../outreach/index.ts";
import { placeIn, replayLead } from "../timetravel/index.ts";
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

test("two merges at once come one after the other: whoever was merged into one that is merged then stands for its survivor", async () => {
  await db.database.transaction(["loc1"], (sql) => ensureStubs(sql, "loc1", ["m2", "m3"], { now: 0 }));
  const { asked } = await db.database.transaction(["loc1"], async (sql) => {
    await lockAliases(sql, "loc1");
    await saveAlias(sql, "loc1", "m1", "m2");
    const second = join("m2", "m3");
    const waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    const waits = expect.poll(() => db.database.asOwner(async (at) => (await at.query(waiting)).rowCount)).toBe(1);
    await Promise.race([second, waits]);
    return { asked: second };
  });
  await asked;
  expect([await who("m1"), await who("m2")]).toEqual(["m3", "m3"]);
});

describe("words that name no number, of a contact into which another was merged", () => {
  /** `lead1` was merged into `lead0`: who is closed once each of these was said, by place. */
  const closedBy = async (...words: readonly Record<string, string>[]) => {
    const { place } = await stage(db, 3);
    const { database, clock } = place.parts();
    const say = async (type: string, data: JsonObject) => {
      place.clock.at += MINUTE;
      await place.mail({ lead: "lead0", type, at: place.clock.at, data });
      await place.rest();
    };
    const merging = { database, clock, mailed: () => undefined };
    await merge(merging, { location: place.location, from: "lead1", into: "lead0", by: "tester" });
    for (const said of words) await say("message.received", { channel: "sms", ...said });
    const contact = { phone: phoneOf(0), tags: [] };
    await say("crm.contact", { change: "update", asOf: place.clock.at + MINUTE, createdAt: NOON, contact });
    const replayed = await place.inside((sql) =>
      replayLead(sql, place.location, "lead0", placeIn("America/New_York", "seed"), "key"),
    );
    expect(replayed?.difference).toBeUndefined();
    const rows = await place.rows<{ hash: string }>(
      "select address_hash as hash from address where location_id = $1 and opted_out_at is not null",
    );
    const closed = new Set(rows.map(({ hash }) => hash));
    return [0, 1, 2].filter((n) => closed.has(addressKey("key", "phone", phoneOf(n))));
  };
  const STOP = { text: "STOP" };

  test("a STOP ends both their numbers, and one that names its own that and the survivor's", async () => {
    expect(await closedBy(STOP)).toEqual([0, 1]);
    expect(await closedBy({ ...STOP, from: phoneOf(0) })).toEqual([0]);
    expect(await closedBy({ ...STOP, from: phoneOf(2) })).toEqual([0, 2]);
  });

  test("a STOP by WhatsApp ends them alike, and one by e-mail both their addresses, and no number", async () => {
    expect(await closedBy({ ...STOP, channel: "whatsapp" })).toEqual([0, 1]);
    expect(await closedBy({ ...STOP, channel: "whatsapp" }, { text: "START", channel: "whatsapp" })).toEqual([0, 1]);
    const { place } = await stage(db, 2);
    const { database, clock } = place.parts();
    const say = async (lead: string, type: string, data: JsonObject) => {
      place.clock.at += MINUTE;
      await place.mail({ lead, type, at: place.clock.at, data });
      await place.rest();
    };
    for (const n of [0, 1]) {
      const contact = { phone: phoneOf(n), email: `lead${n}@example.com`, tags: [] };
      await say(`lead${n}`, "crm.contact", { change: "update", asOf: place.clock.at, contact });
    }
    const merging = { database, clock, mailed: () => undefined };
    await merge(merging, { location: place.location, from: "lead1", into: "lead0", by: "tester" });
    await say("lead0", "message.received", { channel: "email", text: "unsubscribe me" });
    const closed = await place.rows<{ channel: string; hash: string }>(
      "select channel, address_hash as hash from address where location_id = $1 and opted_out_at is not null",
    );
    const emails = ["lead0@example.com", "lead1@example.com"].map((email) => addressKey("key", "email", email));
    expect(closed.map(({ hash }) => hash).toSorted()).toEqual(emails.toSorted());
  });

  test("START lifts neither, and each where it is named", async () => {
    expect(await closedBy(STOP, { text: "START" })).toEqual([0, 1]);
    expect(await closedBy(STOP, { text: "START", from: phoneOf(0) })).toEqual([1]);
    expect(await closedBy(STOP, { text: "START", from: phoneOf(1) })).toEqual([0]);
  });
});

describe("a STOP that names no number, of a contact into which another was merged, before a turn has read it", () => {
  test("keeps back what is to go to a third record with the number of the one that is gone, and to that one itself", async () => {
    const { place, sent, open } = await stage(db, 4);
    const { database, clock } = place.parts();
    await place.publish(AGAIN);
    const merging = { database, clock, mailed: () => undefined };
    await merge(merging, { location: place.location, from: "lead1", into: "lead0", by: "tester" });
    place.clock.at += MINUTE;
    const contact = { phone: phoneOf(1), tags: [] };
    await place.mail(
      { lead: "lead2", type: "crm.contact", data: { change: "update", asOf: place.clock.at, contact } },
      { lead: "lead1", type: "property_view", data: { property: { id: "h1" } } },
    );
    await place.rest();
    const queued = await place.rows<{ lead: string }>(
      "select lead_id as lead from outbox where location_id = $1 and state = 'queued' order by lead_id",
    );
    expect(queued.map(({ lead }) => lead)).toEqual(["lead0", "lead1", "lead2", "lead3"]);
    await place.mail({ lead: "lead0", type: "message.received", data: { channel: "sms", text: "STOP" } });
    const sender = open();
    await sender.pass(place.location);
    expect(sent).toEqual(["lead3"]);
    await place.rest();
    place.clock.at += MINUTE;
    await sender.pass(place.location);
    expect(sent).toEqual(["lead3"]);
    await sender.close();
  });
});
