// A STOP said as a record of which nobody has read yet whose number it has, against the sender, on a real database: it
// keeps back what is to go to the same person under another record, wherever the number is to be found.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { NOON, POINTS, phoneOf, type Stage, stage } from "../../../test/sending.ts";
import { findStrangers } from "../../app/introductions.ts";
import type { Operations } from "../../highlevel/index.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { SECOND } from "../../kernel/time.ts";
import { type AddressChange, saveAddressChanges } from "../index.ts";
import { BY_START_ELSEWHERE } from "../law/causes.ts";

const db = databasePerFile();

/** What the CRM says of a contact: a profile, that it has none, or nothing. */
type Crm = Record<string, JsonObject | "unknown" | "silent">;

function open(scene: Stage, crm: Crm) {
  const { place, sent } = scene;
  const asked: string[] = [];
  const contact = async (_: string, id: string) => {
    asked.push(id);
    const said = crm[id] ?? "silent";
    if (said === "silent") return { outcome: "unknown", detail: "503" };
    if (said === "unknown") return { outcome: "refused", status: 404, message: "Contact not found" };
    const asOf = place.clock.at;
    const told = { change: "update", asOf, contact: { ...said, tags: [] } };
    return { outcome: "done", value: { contact: told, dnd: { asOf, all: false, channels: {} } } };
  };
  const { database, clock, facts } = place.parts();
  const api = { contact } as unknown as Operations;
  const introduce = () => findStrangers({ api, database, clock, facts, mailed: () => undefined }).introduce;
  const answering = (leads: readonly string[], missed: boolean) =>
    Promise.all(leads.map((lead) => introduce()(place.location, lead, missed).catch(() => false)));
  const under: Promise<unknown>[] = [];
  const strangers = (_: string, leads: readonly string[], { missed = false } = {}) =>
    void under.push(answering(leads, missed));
  const sender = scene.open({ strangers });
  return {
    sender,
    asked,
    strangers,
    /** A pass of the sender once what it had put off may leave; whoever it asked about has been asked by then. */
    async pass(): Promise<readonly string[]> {
      await place.rows(
        "update outbox set deadline = null where location_id = $1 and state = 'queued' and kind = 'message' returning 1",
      );
      await sender.pass(place.location);
      await Promise.all(under.splice(0));
      return sent.toSorted();
    },
    async turns(): Promise<void> {
      for (let worked = 1; worked > 0; ) {
        worked = await place.run({ introduce: strangers });
        await Promise.all(under.splice(0));
      }
      place.clock.at += 11 * SECOND;
      for (let worked = 1; worked > 0; ) worked = await place.run({ introduce: strangers });
      await Promise.all(under.splice(0));
    },
  };
}

const said = (scene: Stage, lead: string, data: JsonObject = {}) =>
  scene.place.mail({ lead, type: "message.received", data: { channel: "sms", text: "STOP", ...data } });
const profile = (scene: Stage, lead: string, contact: JsonObject) =>
  scene.place.mail({
    ...{ lead, type: "crm.contact" },
    data: { change: "update", asOf: scene.place.clock.at, contact: { ...contact, tags: [] } },
  });

/** How the number of the record that says STOP can be found out: by the words, by its contact beside them, or by asking. */
const WAYS = ["words", "before", "behind", "crm", "row"] as const;

/** The last of the points, for each of the ways. */
const AT_THE_MARK: [[(typeof WAYS)[number], (typeof POINTS)[number]][]][] = [
  [
    [
      ["words", "marked"],
      ["behind", "marked"],
      ["row", "never"],
    ],
  ],
  [
    [
      ["crm", "marked"],
      ["row", "never"],
    ],
  ],
];

describe("a STOP from a record that nobody has read", () => {
  test("keeps back what its number would get as another record, however and whenever the number is told", async () => {
    const one = fc.tuple(fc.constantFrom(...WAYS), fc.constantFrom(...POINTS));
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 6 }), async (stops) => {
        const scene = await stage(db, stops.length);
        const crm = Object.fromEntries(stops.map((_, n) => [`double${n}`, { phone: phoneOf(n) }]));
        const { pass, turns, sender } = open(scene, crm);
        const done = new Set<number>();
        const speak = async (n: number, way: (typeof WAYS)[number]) => {
          const double = `double${n}`;
          if (way === "before") await profile(scene, double, { phone: phoneOf(n) });
          await said(scene, double, way === "words" ? { from: `(617) 555-${phoneOf(n).slice(-4)}` } : {});
          if (way === "behind") await profile(scene, double, { phone: phoneOf(n) });
        };
        for (const [n, [way]] of stops.entries())
          if (way === "row") await profile(scene, `double${n}`, { phone: phoneOf(n) });
        while ((await scene.place.run()) > 0);
        scene.at = async (point) => {
          for (const [n, [way, when]] of stops.entries()) {
            if (when !== point || done.has(n)) continue;
            done.add(n);
            await speak(n, way);
          }
        };
        await scene.at("before");
        for (let round = 0; round < 3; round++) {
          await pass();
          await turns();
        }
        const reached = await pass();
        await sender.close();
        const expected = stops.flatMap(([, when], n) => (when === "never" ? [`lead${n}`] : []));
        // what a STOP said while it was being checked: the marks it came behind are given up, or it came too late to be of them
        expect(reached, JSON.stringify(stops)).toEqual(expected);
      }),
      { numRuns: 5, examples: AT_THE_MARK, ...(process.env["SEED"] ? { seed: Number(process.env["SEED"]) } : {}) },
    );
  });

  test("with its contact unread beside it holds up nobody else, and nobody is asked", async () => {
    for (const first of ["contact", "words"] as const) {
      const scene = await stage(db, 2);
      const { pass, sender, asked } = open(scene, {});
      if (first === "words") await said(scene, "double");
      await profile(scene, "double", { phone: phoneOf(0) });
      if (first === "contact") await said(scene, "double");
      expect([await pass(), asked]).toEqual([["lead1"], []]);
      while ((await scene.place.run()) > 0);
      expect(await pass()).toEqual(["lead1"]);
      await sender.close();
    }
  });

  test("joined by the e-mail address alone keeps back what waits until it is read", async () => {
    const scene = await stage(db, 3);
    for (const n of [0, 1]) await profile(scene, `lead${n}`, { phone: phoneOf(n), email: `lead${n}@example.com` });
    while ((await scene.place.run()) > 0);
    const { pass, sender } = open(scene, {});
    await said(scene, "double", { channel: "email", from: "Lead0@Example.com" });
    await profile(scene, "other", { email: "LEAD1@example.com" });
    expect(await pass()).toEqual(["lead2"]);
    await sender.close();
  });

  test("holds for the number it came from also where the CRM has no such contact, and START from there lifts it", async () => {
    const scene = await stage(db, 2);
    const { pass, turns, sender } = open(scene, { double: "unknown" });
    await said(scene, "double", { from: phoneOf(0) });
    expect(await pass()).toEqual(["lead1"]);
    await turns();
    const left = () =>
      scene.place.rows(
        "select 1 from address where location_id = $1 and channel = 'phone' and opted_out_at is not null",
      );
    expect([await pass(), await left()]).toEqual([["lead1"], [expect.anything()]]);
    await scene.place.mail({
      ...{ lead: "double", type: "message.received" },
      data: { channel: "sms", text: "START", from: phoneOf(0) },
    });
    await turns();
    expect(await left()).toEqual([]);
    await sender.close();
  });

  test("is lifted by START of another record only where words or the carrier had ended it, and before it was said", async () => {
    const { place } = await stage(db, 0);
    const hash = (n: number) => String(n).repeat(64);
    const change = (n: number, more: object) => ({ family: "phone", hash: hash(n), ...more }) as AddressChange;
    const save = (...changes: AddressChange[]) =>
      db.database.transaction([place.location], (sql) => saveAddressChanges(sql, place.location, changes, "key"));
    await save(
      ...(["words", "carrier", "link", "person"] as const).map((by, n) =>
        change(n, { optedOutAt: NOON, optOut: { by } }),
      ),
      change(4, { optedOutAt: NOON + 2, optOut: { by: "words" } }),
    );
    const start = { takes: { kinds: BY_START_ELSEWHERE, at: NOON + 1 } };
    await save(...[0, 1, 2, 3, 4].map((n) => change(n, start)));
    const left = await place.rows<{ hash: string; by: string }>(
      `select address_hash as hash, opt_out ->> 'by' as by from address
        where location_id = $1 and opted_out_at is not null order by 1`,
    );
    expect(left).toEqual([
      { hash: hash(2), by: "link" },
      { hash: hash(3), by: "person" },
      { hash: hash(4), by: "words" },
    ]);
  });

  test("and from no number lets nobody be texted until the CRM has said whose it is; mail goes on", async () => {
    const scene = await stage(db, 3);
    const crm: Crm = { double: "silent" };
    const { pass, turns, sender, asked } = open(scene, crm);
    await said(scene, "double");
    expect(await pass()).toEqual([]);
    const tried = "select outbox_id from outbox where location_id = $1 and kind = 'message' and attempt > 0";
    expect(await scene.place.rows(tried)).toEqual([]); // not even marked: it is seen before
    await turns(); // the lead's turn waits, too: read now, the STOP would be heard as this record alone
    expect(await pass()).toEqual([]);
    expect(asked.length).toBeGreaterThan(1);
    expect(
      await scene.place.rows("select kind from mailbox where location_id = $1 and lead_id = 'double'"),
    ).toHaveLength(1);
    await said(scene, "wrote", { text: "Is it still free?" });
    crm["double"] = { phone: phoneOf(1) };
    await pass();
    await pass();
    expect(scene.sent.toSorted()).toEqual(["lead0", "lead2"]);
    await turns();
    expect(await pass()).toEqual(["lead0", "lead2"]);
    await sender.close();
  });

  test("and from no number, by one whom the CRM does not have or knows without a number, holds up nobody else", async () => {
    for (const answer of ["unknown", { email: "maya@example.com" }] as const) {
      const scene = await stage(db, 2);
      const { pass, sender, asked } = open(scene, { double: answer });
      await said(scene, "double");
      expect(await pass()).toEqual([]);
      await pass();
      if (answer !== "unknown") await scene.place.run();
      expect([await pass(), asked]).toEqual([["lead0", "lead1"], ["double"]]);
      await sender.close();
    }
  });

  test("who is known without a number waits for the CRM as a stranger does, parked or not", async () => {
    const scene = await stage(db, 2);
    await profile(scene, "double", { email: "maya@example.com" });
    await scene.place.run();
    const { pass, turns, sender } = open(scene, { double: { email: "maya@example.com", phone: phoneOf(0) } });
    await scene.place.rows(
      "update lead_turn set parked_at = now() where location_id = $1 and lead_id = 'double' returning 1",
    );
    await said(scene, "double");
    expect(await pass()).toEqual([]);
    expect(await pass()).toEqual(["lead1"]);
    await turns();
    expect(await pass()).toEqual(["lead1"]);
    await sender.close();
  });
});

describe("a STOP that names no number, of a contact whose number was changed in the CRM and of which no webhook has told", () => {
  const closed = (scene: Stage) =>
    scene.place.rows("select 1 from address where location_id = $1 and channel = 'phone' and opted_out_at is not null");

  test("silences the new number as every record, once the CRM has been asked: at once, and once", async () => {
    const scene = await stage(db, 3);
    const { pass, turns, sender, asked } = open(scene, { lead0: { phone: phoneOf(1) } });
    await said(scene, "lead0");
    await turns();
    expect(asked).toEqual(["lead0"]);
    expect([await pass(), await closed(scene)]).toEqual([["lead2"], [expect.anything(), expect.anything()]]);
    await turns();
    expect(asked).toEqual(["lead0"]);
    await sender.close();
  });

  test("holds back what is to go there from the CRM's answer on, read or not", async () => {
    const scene = await stage(db, 3);
    const { pass, turns, sender } = open(scene, {});
    await said(scene, "lead0");
    await turns();
    await profile(scene, "lead0", { phone: phoneOf(1) });
    expect(await pass()).toEqual(["lead2"]);
    await turns();
    expect(await pass()).toEqual(["lead2"]);
    await sender.close();
  });

  test("holds up nobody else while the CRM is silent, which is asked again, and any later record tells", async () => {
    const scene = await stage(db, 3);
    const crm: Crm = {};
    const { pass, turns, sender, asked } = open(scene, crm);
    await said(scene, "lead0");
    await turns();
    const { length } = asked;
    expect([length > 1, length < 4]).toEqual([true, true]);
    for (let hours = 0; hours < 48; hours++) {
      scene.place.clock.at += 3_600_000;
      await turns();
    }
    expect(asked.length).toBeLessThanOrEqual(7);
    expect([await pass(), await closed(scene)]).toEqual([["lead1", "lead2"], [expect.anything()]]);
    await profile(scene, "lead0", { phone: phoneOf(7) });
    await turns();
    expect(await closed(scene)).toHaveLength(2);
    await sender.close();
  });

  test("changes nothing where the record is unchanged, or the words name the number", async () => {
    for (const from of [undefined, phoneOf(0)]) {
      const scene = await stage(db, 2);
      const { pass, turns, sender, asked } = open(scene, { lead0: { phone: phoneOf(0) } });
      await said(scene, "lead0", from === undefined ? {} : { from });
      await turns();
      expect([await pass(), asked.length]).toEqual([["lead1"], from === undefined ? 1 : 0]);
      expect(await closed(scene)).toHaveLength(1);
      await profile(scene, "lead0", { phone: phoneOf(1) }); // a number that was given to it since
      await turns();
      expect(await closed(scene)).toHaveLength(1);
      await sender.close();
    }
  });

  test("holds for the number that the contact had, too, where a text of the last two weeks went there", async () => {
    for (const [days, count] of [
      [1, 2],
      [15, 1],
    ] as const) {
      const scene = await stage(db, 1);
      const { pass, turns, sender } = open(scene, { lead0: { phone: phoneOf(7) } });
      expect(await pass()).toEqual(["lead0"]);
      await turns();
      scene.place.clock.at += 3_600_000;
      await profile(scene, "lead0", { phone: phoneOf(7) });
      await turns();
      scene.place.clock.at += days * 86_400_000;
      await said(scene, "lead0");
      await turns();
      expect(await closed(scene)).toHaveLength(count);
      await sender.close();
    }
  });

  test("keeps back, before a turn has read it, what another record with the number that it had would get", async () => {
    const scene = await stage(db, 3);
    const { pass, turns, sender } = open(scene, {});
    await profile(scene, "lead1", { phone: phoneOf(1) });
    expect(await pass()).toEqual(["lead0", "lead2"]); // the profile of one has not been read
    await turns();
    scene.place.clock.at += 3_600_000;
    await profile(scene, "lead0", { phone: phoneOf(7) });
    await profile(scene, "lead1", { phone: phoneOf(0) });
    await turns();
    await said(scene, "lead0");
    expect(await pass()).toEqual(["lead0", "lead2"]);
    await turns();
    expect(await pass()).toEqual(["lead0", "lead2"]);
    await sender.close();
  });

  test("of which nothing is left in the CRM asks no more", async () => {
    const scene = await stage(db, 1);
    const { turns, sender, asked } = open(scene, { lead0: "unknown" });
    await said(scene, "lead0");
    await turns();
    scene.place.clock.at += 3_600_000;
    await turns();
    expect(asked).toEqual(["lead0"]);
    await sender.close();
  });
});

describe("a STOP at one location", () => {
  test("keeps back nothing of another that has the same number, read or not, named or not", async () => {
    for (const from of [{ from: phoneOf(0) }, {}]) {
      const [here, there] = [await stage(db, 2), await stage(db, 2)];
      const [at, other] = [open(here, {}), open(there, {})];
      await said(here, "lead0", from);
      await said(here, "stranger");
      expect([await at.pass(), await other.pass()]).toEqual([[], ["lead0", "lead1"]]);
      await at.turns();
      const closed = "select 1 from address where location_id = $1 and opted_out_at is not null";
      expect([await here.place.rows(closed), await there.place.rows(closed)]).toEqual([[expect.anything()], []]);
      await Promise.all([at.sender.close(), other.sender.close()]);
    }
  });
});

describe("the CRM", () => {
  test("is not asked again at once about one of whom it did not answer", async () => {
    const { place } = await stage(db, 0);
    let asked = 0;
    const contact = async () => {
      asked += 1;
      return { outcome: "unknown", detail: "503" };
    };
    const { database, clock, facts } = place.parts();
    const failed = new Promise<void>((resolve) => facts.on("loop_failed", () => resolve()));
    const api = { contact } as unknown as Operations;
    const { strangers } = findStrangers({ api, database, clock, facts, mailed: () => undefined });
    strangers(place.location, ["double"]);
    await failed;
    strangers(place.location, ["double"]);
    expect(asked).toBe(1);
  });
});

describe("other words of somebody nobody knows", () => {
  test("hold up nobody", async () => {
    const scene = await stage(db, 1);
    const { pass, sender, asked } = open(scene, {});
    await said(scene, "double", { text: "Is it still free?" });
    expect([await pass(), asked]).toEqual([["lead0"], []]);
    await sender.close();
  });

  test("that ask to end e-mails hold up no texts", async () => {
    const scene = await stage(db, 1);
    const { pass, sender, asked } = open(scene, {});
    await said(scene, "double", { channel: "email", text: "unsubscribe me" });
    expect([await pass(), asked]).toEqual([["lead0"], ["double"]]);
    await sender.close();
  });
});
