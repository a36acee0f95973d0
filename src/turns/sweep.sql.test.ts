import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { openPlace, type Place } from "../../test/turns.ts";
import { DAY, HOUR, MINUTE } from "../kernel/time.ts";
import { openPublications } from "../workflows/index.ts";
import { openSweeper } from "./sweep.ts";
import { sweepsOf } from "./sweep-store.ts";

const db = databasePerFile();

const sweeper = (place: Place, page = 2) => {
  const { database } = db;
  const woken: string[] = [];
  const parts = { database, clock: place.clock, publications: openPublications(), page };
  return { woken, pass: openSweeper({ ...parts, woken: (at) => woken.push(at) }) };
};
const introduced = async (place: Place, ...leads: string[]) => {
  await place.introduce(...leads);
  await place.rest();
};
const sweeps = (place: Place) => db.database.transaction([place.location], (sql) => sweepsOf(sql, place.location, 5));
const members = (place: Place) =>
  place.rows<{ lead: string }>("select lead_id as lead from segment_member where location_id = $1 order by lead_id");

const NAMED = `
segments: { abes: { name: Abes, if: { contact.name: { starts_with: a } } } }
---
workflow: none
steps: [ { id: a, tag: a } ]`;
const HELLO = `
workflow: hello
enroll: { if: { contact.name: { starts_with: a } }, existing: include }
steps: [ { id: a, tag: hello }, { id: rest, wait: 1d } ]`;

describe("a new publication", () => {
  test("is learned by leads who had no reason to wake, page by page, also after a crash between two", async () => {
    const place = await openPlace(db);
    await introduced(place, "a1", "a2", "b1", "a3", "b2");
    await place.publish(NAMED);
    place.clock.at += MINUTE;
    const first = sweeper(place);
    expect(await first.pass(place.location)).toBe(2);
    expect(first.woken).toEqual([place.location]);
    const again = sweeper(place);
    expect([
      await again.pass(place.location),
      await again.pass(place.location),
      await again.pass(place.location),
    ]).toEqual([2, 1, 0]);
    expect(await sweeps(place)).toMatchObject([{ seen: 5, of: 5, outcome: "done" }]);
    await place.rest();
    expect((await members(place)).map(({ lead }) => lead)).toEqual(["a1", "a2", "a3"]);
  });

  test("that asks nothing new of leads wakes nobody", async () => {
    const place = await openPlace(db);
    await introduced(place, "a1");
    await place.publish("workflow: none\nsteps: [ { id: a, tag: a } ]");
    const { pass, woken } = sweeper(place);
    expect(await pass(place.location)).toBe(0);
    expect(await sweeps(place)).toMatchObject([{ outcome: "nothing", seen: 0 }]);
    expect(woken).toEqual([]);
  });

  test("takes in who was there before, where a workflow says so, once for a version", async () => {
    const place = await openPlace(db);
    await introduced(place, "a1", "b1");
    await place.publish(HELLO);
    const { pass } = sweeper(place, 10);
    await pass(place.location);
    await place.rest();
    const runs = () => place.rows<{ lead: string }>("select lead_id as lead from run where location_id = $1");
    expect(await runs()).toEqual([{ lead: "a1" }]);
    place.clock.at += HOUR;
    await place.publish(`${HELLO}\n---\ntemplates: { x: { sms: "Hi there" } }`);
    await pass(place.location);
    await place.rest();
    expect(await runs()).toEqual([{ lead: "a1" }]);
    expect(await sweeps(place)).toMatchObject([{ outcome: "nothing" }, { outcome: "done", seen: 2 }]);
  });

  test("that follows before the one before was learned goes on with all of it", async () => {
    const place = await openPlace(db);
    await introduced(place, "a1", "a2", "a3");
    await place.publish(NAMED);
    const { pass } = sweeper(place, 1);
    await pass(place.location);
    place.clock.at += HOUR;
    await place.publish(`${NAMED}\n---\ntemplates: { x: { sms: "Hi there" } }`);
    for (let n = 0; n < 5; n += 1) await pass(place.location);
    expect(await sweeps(place)).toMatchObject([
      { outcome: "done", seen: 3 },
      { outcome: "superseded", seen: 1 },
    ]);
    await place.rest();
    expect(await members(place)).toHaveLength(3);
  });
});

describe("a limit", () => {
  test("is kept for all leads of a location by its own turns", async () => {
    const place = await openPlace(db);
    await place.publish(
      "workflow: few\nenroll: { when: contact.created, limit: 2 per day }\nsteps: [ { id: a, tag: hello } ]",
    );
    await introduced(place, "a1", "a2", "a3", "a4", "a5");
    const begun = () =>
      place.rows<{ lead: string }>("select lead_id as lead from run where location_id = $1 and status = 'completed'");
    expect(await begun()).toHaveLength(2);
    place.clock.at += DAY;
    await place.rest();
    expect(await begun()).toHaveLength(4);
    place.clock.at += DAY;
    await place.rest();
    expect(await begun()).toHaveLength(5);
    expect(await place.rows("select 1 from lead where location_id = $1 and lead_id = '_location'")).toEqual([]);
  });

  test("and who is least busy is counted from whose the leads are", async () => {
    const place = await openPlace(db);
    await place.publish(`
workflow: give
enroll: { when: property_view }
steps: [ { id: give, assign: team.all, by: least_busy } ]
---
settings: { teams: { all: [ann, bob] } }`);
    await introduced(place, "a1", "a2");
    place.clock.at += MINUTE;
    await place.mail({
      lead: "a2",
      type: "crm.contact",
      data: { change: "update", asOf: place.clock.at, contact: { name: "a2", assignedTo: "ann" } },
    });
    await place.rest();
    await place.mail({ lead: "a1", type: "property_view" });
    await place.rest();
    const rows = await place.rows<{ body: object }>(
      "select body from outbox where location_id = $1 and kind = 'assign'",
    );
    expect(rows).toMatchObject([{ body: { contact: { assignedTo: "bob" } } }]);
  });
});
