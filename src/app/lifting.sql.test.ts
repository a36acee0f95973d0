// A manager's lift of an opt-out, from the request to the message that may go again, on a real database.

import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { AGAIN, NOON, phoneOf, type Stage, stage } from "../../test/sending.ts";
import { verify } from "../compliance/index.ts";
import { idFrom } from "../kernel/ids.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Sql } from "../kernel/sql.ts";
import { MINUTE } from "../kernel/time.ts";
import {
  type AddressChange,
  addressKey,
  BY_LIFT,
  leaveByHash,
  openUnclear,
  type SenderNeeds,
  saveAddressChanges,
} from "../outreach/index.ts";
import { openCommands } from "./commands.ts";
import { type LiftAsked, openLifting } from "./lifting.ts";

const MISTAKE: LiftAsked = { family: "phone", why: "judged_by_mistake", evidence: "it was about another house" };

const db = databasePerFile();

function open({ place }: Stage) {
  const { database, clock } = place.parts();
  const needs = { database, clock, addressKey: "key", mailed: () => undefined };
  const { lift } = openLifting(needs);
  const say = (text: string) =>
    place.mail({ lead: "lead0", type: "message.received", data: { channel: "sms", text, from: phoneOf(0) } });
  return {
    say,
    async turns() {
      place.clock.at += MINUTE;
      await place.rest();
    },
    lift: (asked: LiftAsked = MISTAKE) => lift(place.location, "lead0", asked, "Mia"),
    judge: () => openCommands(needs).judge(place.location, "lead0", { family: "phone", as: "opted_out" }, "Ana"),
    nobody: () => lift(place.location, "nobody", MISTAKE, "Mia"),
    address: async () =>
      (
        await place.rows<{ left: boolean; by: string | null; lifted: JsonObject | null }>(
          `select opted_out_at is not null as left, opt_out ->> 'by' as by, lifted from address
            where location_id = $1 and channel = 'phone'`,
        )
      )[0],
    texts: () =>
      place.rows<{ state: string }>(
        "select state from outbox where location_id = $1 and kind = 'message' order by created_at, outbox_id",
      ),
    verified: async () => (await verify(db.database, place.location, { now: place.clock.at + MINUTE })).ok,
  };
}

/** Greeted and sent to; then unclear words that a person took for a STOP. */
async function judged() {
  const scene = await stage(db, 1);
  const here = open(scene);
  const done = async () => ({ result: "accepted" as const, provider: {} });
  const records = { updateContact: done, createTask: done } as unknown as SenderNeeds["records"];
  const sender = scene.open({ records });
  await sender.pass(scene.place.location);
  await here.turns();
  await here.say("Who is this?");
  await here.turns();
  await scene.place.publish(AGAIN);
  await scene.place.mail({ lead: "lead0", type: "property_view", data: { property: { id: "h1" } } });
  await here.turns();
  await here.judge();
  await here.turns();
  return {
    ...here,
    scene,
    sender,
    view: (id: string) => scene.place.mail({ lead: "lead0", type: "property_view", data: { property: { id } } }),
  };
}

describe("a manager's lift", () => {
  test("names in the audit the last words that nobody has judged", async () => {
    const { scene, lift, turns, say, address } = await judged();
    await say("wrong number");
    await turns();
    await lift();
    const data = await scene.place.rows<{ unclear: string }>(
      `select data ->> 'unclear' as unclear from audit where location_id = $1 and act = 'lift'`,
    );
    const said = await scene.place.rows<{ id: string }>(
      `select event_id as id from event where location_id = $1 and data ->> 'text' = 'wrong number'`,
    );
    expect(data).toEqual([{ unclear: said[0]?.id }]);
    await turns();
    expect(await address()).toMatchObject({ left: false, by: "words" });
  });

  test("is audited, ends the opt-out in the lead's turn, and stands in the proof of the message that goes then", async () => {
    const { scene, sender, lift, nobody, turns, address, verified, view } = await judged();
    const { place, sent } = scene;
    expect(await address()).toMatchObject({ left: true, by: "person" });
    expect(sent).toEqual(["lead0"]);
    expect(await nobody()).toBe(false);
    expect(await lift()).toBe(true);
    expect(await address()).toMatchObject({ left: true }); // asked for: the turn decides
    await turns();
    expect(await address()).toMatchObject({ left: false, by: null, lifted: { by: "Mia", why: "judged_by_mistake" } });
    expect(
      await place.rows("select who, subject, data from audit where location_id = $1 and act = 'lift'"),
    ).toMatchObject([{ who: "Mia", subject: "lead0", data: { family: "phone", evidence: MISTAKE.evidence } }]);
    await sender.pass(place.location);
    expect(sent).toEqual(["lead0"]); // neither what went before nor what was blocked
    await view("h2");
    await turns();
    await sender.pass(place.location);
    await turns();
    await sender.pass(place.location);
    expect(sent).toEqual(["lead0", "lead0"]);
    const proofs = await place.rows<{ checked: JsonObject[] }>(
      "select body -> 'checked' as checked from proof where location_id = $1 order by at",
    );
    const consents = proofs.map(({ checked }) => checked.find(({ code }) => code === "consent.ok")?.["values"]);
    expect(consents).toMatchObject([{}, { lifted_by: "Mia", lifted_why: "judged_by_mistake" }]);
    expect(consents[0]).not.toHaveProperty("lifted_by");
    expect(await verified()).toBe(true);
    await sender.close();
  });

  test("that the lead asked for is an agreement with what shows it, in the table that auditors get", async () => {
    const { scene, lift, turns, verified } = await judged();
    scene.place.clock.at += MINUTE;
    const when = scene.place.clock.at;
    scene.place.clock.at += MINUTE;
    await lift({ family: "phone", why: "asked_by_phone", when, evidence: "call of 2 pm, Ana heard it" });
    await turns();
    expect(
      await scene.place.rows("select level, withdrawn_at as ended, data from consent where location_id = $1"),
    ).toMatchObject([{ level: "given", ended: null, data: { evidence: "call of 2 pm, Ana heard it", act: "voice" } }]);
    expect(await verified()).toBe(true);
  });

  test("that the lead asked for revives nothing that it took back since, though that was heard first", async () => {
    const { scene, lift, turns, verified } = await judged();
    const { place } = scene;
    place.clock.at += MINUTE;
    const when = place.clock.at;
    place.clock.at += MINUTE;
    await place.mail({ lead: "lead0", type: "consent.withdrawn", data: {} });
    const since = place.clock.at;
    await turns();
    await lift({ family: "phone", why: "asked_by_phone", when, evidence: "call of 2 pm, Ana heard it" });
    await turns();
    expect(
      await place.rows(
        `select level, given_at as at, withdrawn_at as "withdrawnAt", withdrawn from consent where location_id = $1`,
      ),
    ).toMatchObject([{ level: "given", at: when, withdrawnAt: since, withdrawn: { type: "consent.withdrawn" } }]);
    expect(await verified()).toBe(true);
  });

  test("of the lead's own STOP is refused with what to do instead; START lifts it, and then there is nothing to lift", async () => {
    const { lift, say, turns, address } = await judged();
    await say("STOP");
    await turns();
    await expect(lift()).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("START") });
    await say("START");
    await turns();
    expect(await address()).toMatchObject({ left: false });
    await expect(lift()).rejects.toThrow("not opted out");
  });

  test("asked for before a STOP was read leaves it, whichever letter was first", async () => {
    for (const first of ["lift", "stop"] as const) {
      const { scene, sender, lift, say, turns, address, view } = await judged();
      if (first === "stop") await say("STOP");
      await lift();
      if (first === "lift") await say("STOP");
      await turns();
      expect(await address()).toMatchObject({ left: true });
      await view("h2");
      await turns();
      await sender.pass(scene.place.location);
      expect(scene.sent).toEqual(["lead0"]);
      await sender.close();
    }
  });

  test("lets nothing go while the STOP that came after it has not been read", async () => {
    const { scene, sender, lift, say, turns, view, texts } = await judged();
    await lift();
    await turns();
    await view("h2");
    await turns();
    expect((await texts()).at(-1)).toMatchObject({ state: "queued" });
    await say("STOP");
    await sender.pass(scene.place.location);
    expect(scene.sent).toEqual(["lead0"]);
    await turns();
    await sender.pass(scene.place.location);
    expect(scene.sent).toEqual(["lead0"]);
    await sender.close();
  });

  test("takes a reason that fits, and an instant that has passed and at which the lead had left", async () => {
    const { scene, lift } = await judged();
    const at = scene.place.clock.at;
    await expect(lift({ ...MISTAKE, when: at })).rejects.toThrow("when:");
    await expect(lift({ ...MISTAKE, why: "asked_by_phone" })).rejects.toThrow("when:");
    await expect(lift({ ...MISTAKE, why: "asked_by_phone", when: at + MINUTE })).rejects.toThrow("has passed");
    await expect(lift({ ...MISTAKE, why: "asked_by_phone", when: NOON })).rejects.toMatchObject({ code: "conflict" });
    await expect(lift({ ...MISTAKE, family: "email" })).rejects.toThrow("not opted out");
  });

  test("leaves words that nobody has judged, also where the link was pressed since: shown, named in the audit, held", async () => {
    const { place } = await stage(db, 0);
    const about = { family: "email", hash: addressKey("key", "email", "maya@example.com") } as const;
    const sql = <T>(work: (sql: Sql) => Promise<T>) => db.database.transaction([place.location], work);
    const save = (...changes: AddressChange[]) => sql((at) => saveAddressChanges(at, place.location, changes, "key"));
    const shown = () =>
      sql((at) =>
        openUnclear("key").optOuts(at, place.location, "maya", { email: "maya@example.com", tags: [], custom: {} }),
      );
    await save({ ...about, optOut: { by: "words", matched: "PLEASE NO MORE", event: "u1", askedAt: NOON } });
    await sql((at) =>
      leaveByHash(at, place.location, about.hash.slice(0, 32), { at: NOON + 1, optOut: { by: "link", event: "l1" } }),
    );
    expect(await shown()).toMatchObject([{ by: "link", unclear: { since: NOON, words: "PLEASE NO MORE" } }]);
    await save({ ...about, takes: { kinds: BY_LIFT.asked_by_phone, at: NOON + 2 } });
    expect(
      await place.rows("select opted_out_at as left, opt_out as said from address where location_id = $1"),
    ).toEqual([{ left: null, said: { by: "words", matched: "PLEASE NO MORE", event: "u1", askedAt: NOON } }]);
  });

  test("leaves the last of several unclear words, also where the link was pressed since", async () => {
    const { place } = await stage(db, 0);
    const about = { family: "email", hash: addressKey("key", "email", "maya@example.com") } as const;
    const sql = <T>(work: (sql: Sql) => Promise<T>) => db.database.transaction([place.location], work);
    const save = (...changes: AddressChange[]) => sql((at) => saveAddressChanges(at, place.location, changes, "key"));
    const unclear = (at: number): AddressChange => ({
      ...{ ...about, optOut: { by: "words", matched: `unclear ${at}`, event: `u${at}`, askedAt: at } },
    });
    await save(unclear(NOON), unclear(NOON + 5));
    await sql((at) =>
      leaveByHash(at, place.location, about.hash.slice(0, 32), { at: NOON + 6, optOut: { by: "link", event: "l1" } }),
    );
    await save({ ...about, takes: { kinds: ["words", "carrier", "person"], at: NOON + 4 } });
    const rows = await place.rows<{ said: object }>("select opt_out as said from address where location_id = $1");
    expect(rows).toEqual([
      {
        said: {
          by: "link",
          event: "l1",
          unclear: { at: NOON + 5, matched: `unclear ${NOON + 5}`, event: `u${NOON + 5}` },
        },
      },
    ]);
  });

  test("decided before another record of the person said STOP takes nothing from it, though its turn knew of none", async () => {
    const { place } = await stage(db, 0);
    const about = { family: "phone", hash: idFrom("a number") } as const;
    const save = (...changes: AddressChange[]) =>
      db.database.transaction([place.location], (sql) => saveAddressChanges(sql, place.location, changes, "key"));
    await save({ ...about, optedOutAt: NOON, optOut: { by: "person" } });
    const takes = { kinds: BY_LIFT.judged_by_mistake, at: NOON + 2 };
    await save({ ...about, optedOutAt: NOON + 1, optOut: { by: "words", matched: "STOP" } });
    await save({ ...about, takes });
    expect(await place.rows("select opt_out from address where location_id = $1 and opted_out_at is not null")).toEqual(
      [{ opt_out: { by: "words", matched: "STOP" } }],
    );
  });
});

const tasks = async (place: Stage["place"]) =>
  (
    await place.rows<{ title: string }>(
      "select body ->> 'title' as title from outbox where location_id = $1 and kind = 'task' order by created_at, outbox_id",
    )
  ).map(({ title }) => title);

test("a person's word to go on leaves what another record of the person says before the turn that obeys is saved", async () => {
  const scene = await stage(db, 1);
  const { place } = scene;
  const { say, turns } = open(scene);
  await say("Who is this?");
  await turns();
  const { scenes, database, clock } = place.parts();
  const commands = openCommands({ database, clock, addressKey: "key", mailed: () => undefined });
  await commands.judge(place.location, "lead0", { family: "phone", as: "go_on" }, "Ana");
  place.clock.at += MINUTE;
  const said = { by: "words", matched: "WRONG NUMBER", event: "u2", askedAt: place.clock.at } as const;
  const change: AddressChange = { family: "phone", address: phoneOf(0), optOut: said };
  // the turn has read what is known of the number by then
  const loadPlans: typeof scenes.loadPlans = async (...of) => {
    await place.inside((sql) => saveAddressChanges(sql, place.location, [change], "key"));
    return scenes.loadPlans(...of);
  };
  expect(await place.run({ scenes: { ...scenes, loadPlans } })).toBe(1);
  const now = () => place.rows("select opt_out as said from address where location_id = $1 and opt_out is not null");
  expect(await now()).toEqual([{ said }]);
  expect(await tasks(place)).toHaveLength(1);
  await turns();
  expect(await tasks(place)).toEqual([expect.stringContaining("WHO IS THIS"), expect.stringContaining("WRONG NUMBER")]);
  await turns();
  expect(await tasks(place)).toHaveLength(2);
  await commands.judge(place.location, "lead0", { family: "phone", as: "go_on" }, "Ana");
  await turns();
  expect(await now()).toEqual([]);
});

describe("a person's word on unclear words", () => {
  const READ = [
    ["go_on", { left: false, by: "words" }],
    ["opted_out", { left: true, by: "person" }],
  ] as const;

  test("is of what they had read: what another record of the person said since holds, and somebody is asked about that", async () => {
    for (const [as, stands] of READ) {
      const scene = await stage(db, 1);
      const { place } = scene;
      const { say, turns, address } = open(scene);
      await place.mail({
        ...{ lead: "double", type: "crm.contact" },
        data: { change: "create", asOf: NOON, createdAt: NOON, contact: { phone: phoneOf(0), tags: [] } },
      });
      await say("Who is this?");
      await turns();
      const { database, clock } = place.parts();
      const unclear = () =>
        place.inside((sql) =>
          openUnclear("key").ofLead(sql, place.location, "lead0", { phone: phoneOf(0), tags: [], custom: {} }),
        );
      const [page] = await unclear();
      place.clock.at += MINUTE;
      const words = { channel: "sms", text: "wrong number", from: phoneOf(0) };
      await place.mail({ lead: "double", type: "message.received", data: words });
      await turns();
      expect(await tasks(place)).toHaveLength(1);
      const commands = openCommands({ database, clock, addressKey: "key", mailed: () => undefined });
      await commands.judge(place.location, "lead0", { family: "phone", as, seen: page?.seen ?? "" }, "Ana");
      await turns();
      expect(await address()).toMatchObject(stands);
      const sender = scene.open();
      await sender.pass(place.location);
      expect(scene.sent).toEqual([]);
      await sender.close();
      if (as === "opted_out") continue;
      expect(await tasks(place)).toEqual([expect.anything(), expect.stringContaining("WRONG NUMBER")]);
      expect(await unclear()).toMatchObject([{ words: "WRONG NUMBER" }]);
      const waiting = () => place.inside((sql) => openUnclear("key").waiting(sql, place.location, 10));
      expect(await waiting()).toMatchObject([{ lead: "lead0", words: "WRONG NUMBER" }]);
    }
  });
});

test("START from a number that is another record's leaves what that record said since, and somebody is asked about it", async () => {
  const scene = await stage(db, 2);
  const { place } = scene;
  const { turns } = open(scene);
  const say = (lead: string, text: string) => {
    place.clock.at += MINUTE;
    return place.mail({ lead, type: "message.received", data: { channel: "sms", text, from: phoneOf(1) } });
  };
  await say("lead1", "STOP");
  await turns();
  await say("lead0", "START");
  await say("lead1", "Who is this?");
  await turns();
  expect(await tasks(place)).toEqual([expect.stringContaining("WHO IS THIS")]);
});

test("START of a record that has another number by then leaves what is said from the old one, and somebody is asked about it", async () => {
  const { place } = await stage(db, 1);
  const minute = (lead: string, type: string, data: JsonObject) => {
    place.clock.at += MINUTE;
    return place.mail({ lead, type, data });
  };
  const has = (n: number) =>
    minute("double", "crm.contact", {
      ...{ change: "update", asOf: place.clock.at, createdAt: NOON, contact: { phone: phoneOf(n), tags: [] } },
    });
  const say = (lead: string, text: string) =>
    minute(lead, "message.received", { channel: "sms", text, from: phoneOf(0) });
  await has(0);
  await say("lead0", "STOP");
  await place.rest();
  await say("double", "START");
  await has(1);
  await say("lead0", "Who is this?");
  await place.rest();
  expect(await tasks(place)).toEqual([expect.stringContaining("WHO IS THIS")]);
});

test("unclear words whose turn knew of a STOP that START took back before they were saved are asked about", async () => {
  const scene = await stage(db, 1);
  const { place } = scene;
  const { say, turns } = open(scene);
  await say("STOP");
  await turns();
  await say("Who is this?");
  const { scenes } = place.parts();
  const takes = { kinds: ["words"], at: place.clock.at } as const;
  const loadPlans: typeof scenes.loadPlans = async (...of) => {
    const change: AddressChange = { family: "phone", address: phoneOf(0), takes };
    await place.inside((sql) => saveAddressChanges(sql, place.location, [change], "key"));
    return scenes.loadPlans(...of);
  };
  place.clock.at += MINUTE;
  expect(await place.run({ scenes: { ...scenes, loadPlans } })).toBe(1);
  await turns();
  expect(await tasks(place)).toEqual([expect.stringContaining("WHO IS THIS")]);
});
