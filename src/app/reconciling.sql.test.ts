// Polling and importing against the simulated CRM and a real database: what webhooks lost is found, what they told is
// told once, and the past sets nothing off.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readFlags } from "../../simulator/flags.ts";
import { openSimulator, type Simulator } from "../../simulator/simulator.ts";
import { bodyOf } from "../../test/bodies.ts";
import { databasePerFile } from "../../test/database.ts";
import { placePerTest } from "../../test/turns.ts";
import { LOCATION_LEAD } from "../events/index.ts";
import { type HighLevel, openHighLevel, readWebhook } from "../highlevel/index.ts";
import { openIntake } from "../ingest/index.ts";
import { noteHeard } from "../insights/index.ts";
import { newId } from "../kernel/ids.ts";
import type { JsonObject } from "../kernel/json.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../kernel/time.ts";
import { findLeads } from "../leads/index.ts";
import { receiveReceipts } from "../outreach/index.ts";
import { type Import, type ImportAsked, openImport, readImport } from "../reconcile/index.ts";
import { takeLeads } from "./leads-in.ts";
import { openReconciling } from "./reconciling.ts";

const WORKFLOWS = `
workflow: hello
enroll: { when: contact.created }
steps: [ { id: hi, tag: welcomed } ]
---
workflow: answer
enroll: { when: message.received }
steps: [ { id: thanks, tag: thanked } ]
---
workflow: staged
enroll: { when: opportunity.stage_changed }
steps: [ { id: note, tag: moved } ]
`;
const STAGES = ["simstage000000000001", "simstage000000000002"] as const;

const db = databasePerFile();
const place = placePerTest(db);
let simulator: Simulator;
let api: HighLevel;
/** Webhooks that the CRM sent, and that have not been handed to us. */
let sent: JsonObject[];
let installedAt: Instant;
let reconciling: ReturnType<typeof openReconciling>;
const clock = { now: () => Date.now(), real: () => Date.now(), elapsed: () => performance.now() };

const post = createServer(async (request, response) => {
  const body = await bodyOf(request);
  if (body === undefined) return;
  sent.push(JSON.parse(body));
  response.end();
});

beforeAll(async () => {
  await new Promise<void>((listening) => post.listen(0, "127.0.0.1", listening));
});
afterAll(async () => {
  post.close();
  post.closeAllConnections();
});

beforeEach(async () => {
  await place.publish(WORKFLOWS);
  sent = [];
  const hook = `http://127.0.0.1:${(post.address() as AddressInfo).port}/`;
  const flags = ["--no-town", "--token", "test-token", "--location", place.location, "--rate-max", "100000"];
  simulator = await openSimulator(readFlags([...flags, "--webhook-url", hook]));
  api = openHighLevel({ url: simulator.ready.url, clock, token: () => "test-token" });
  installedAt = Date.now() - HOUR;
  reconciling = open();
  return async () => {
    await api.close();
    await simulator.close();
  };
});

const open = (more: { keyless?: () => string } = {}) =>
  openReconciling({
    ...more,
    ...{ database: db.database, clock, facts: place.facts, api, receiveReceipts, isRead: false },
    installations: { get: () => ({ installedAt }) as never },
    mailed: () => undefined,
  });
const poll = () => reconciling.polling.look(place.location, { due: false });
/** All turns that are due. */
const decide = async () => {
  place.clock.at = Date.now();
  await place.rest();
};
const deliver = async (webhooks: readonly JsonObject[]) => {
  const intake = openIntake({
    ...{ database: db.database, clock, facts: place.facts, resolveLeads: findLeads, receiveReceipts },
    ...{ heard: noteHeard, hint: () => undefined },
  });
  for (const body of webhooks) {
    const read = readWebhook(body, Date.now());
    if (!("events" in read)) throw new Error(read.problem);
    const { location, type, lead, events, receipts, id } = read;
    const delivery = { location, type, lead, events, receipts, source: "crm" as const, receivedAt: Date.now() };
    await intake.accept({ ...delivery, receipt: { id: id ?? newId(Date.now()) }, otherwise: LOCATION_LEAD });
  }
  await intake.close();
};
const arrived = (type: string) => expect.poll(() => sent.some((body) => body["type"] === type)).toBe(true);
const types = async (lead: string): Promise<string[]> =>
  (
    await place.rows<{ lead: string; type: string }>(
      "select lead_id as lead, type from event where location_id = $1 order by at",
    )
  )
    .filter((row) => row.lead === lead)
    .map(({ type }) => type);
const times = async (lead: string, type: string) => (await types(lead)).filter((one) => one === type).length;
const runs = async (lead: string) =>
  (
    await place.rows<{ lead: string; workflow: string }>(
      "select lead_id as lead, workflow from run where location_id = $1",
    )
  )
    .filter((row) => row.lead === lead)
    .map(({ workflow }) => workflow)
    .sort();
const ada = (fields: object = {}) =>
  simulator.crm.createContact({ firstName: "Ada", email: "ada@example.com", phone: "+15125550101", ...fields });

describe("polling", () => {
  test("finds a lead whose webhook was lost, and everything begins as if it had come", async () => {
    const { id } = ada({ tags: ["buyer"] });
    await poll();
    await decide();
    expect(await types(id)).toEqual(expect.arrayContaining(["crm.contact", "contact.created", "tag.added"]));
    expect(await runs(id)).toEqual(["hello"]);
  });

  test("obeys a STOP whose webhook was lost", async () => {
    const { id } = ada();
    simulator.crm.inbound(id, "SMS", "STOP");
    await poll();
    await decide();
    expect(await types(id)).toEqual(expect.arrayContaining(["message.received", "message.opted_out"]));
    const [row] = await place.rows<{ at: number | null }>(
      "select opted_out_at as at from address where location_id = $1 and channel = 'phone'",
    );
    expect(row?.at).not.toBeNull();
  });

  test.each(["webhook", "polling"] as const)("tells a message once where %s comes first", async (first) => {
    const { id } = ada();
    const lead = simulator.crm.inbound(id, "SMS", "Is it still free?");
    simulator.crm.inbound(id, "Email", "<p>Is it still free?</p>", "The house");
    simulator.crm.call(id, "completed", "inbound");
    expect(lead).toBeDefined();
    await expect.poll(() => sent.length).toBe(4);
    if (first === "webhook") await deliver(sent);
    await poll();
    if (first === "polling") await deliver(sent);
    await poll();
    await decide();
    expect(await times(id, "message.received")).toBe(2);
    expect(await times(id, "call.ended")).toBe(1);
    expect(await times(id, "contact.created")).toBe(1);
    expect((await runs(id)).filter((workflow) => workflow === "hello")).toEqual(["hello"]);
  });

  test("tells a message once beside a webhook that left out its id", async () => {
    const { id } = ada();
    simulator.crm.inbound(id, "SMS", "Is it still free?");
    await arrived("InboundMessage");
    const { messageId: _, ...nameless } = sent.find((body) => body["type"] === "InboundMessage") as JsonObject;
    const at = [...simulator.crm.messages.values()][0]?.at ?? 0;
    await deliver([{ ...nameless, dateAdded: new Date(at).toISOString() }]);
    await poll();
    expect(await times(id, "message.received")).toBe(1);
  });

  test("finds a changed tag, stage and appointment, and tells none of them twice", async () => {
    const contact = ada();
    const deal = simulator.crm.createOpportunity(contact.id, { name: "A home", value: 1, stageId: STAGES[0] });
    await poll();
    await decide();
    await new Promise((resolve) => setTimeout(resolve, 5));
    simulator.crm.setTags(contact, ["hot"]);
    simulator.crm.updateOpportunity(deal, { pipelineStageId: STAGES[1] });
    simulator.crm.appointment({ contactId: contact.id, start: Date.now() + DAY, title: "Tour", status: "confirmed" });
    await poll();
    await decide();
    await deliver(sent);
    await poll();
    await decide();
    for (const type of ["tag.added", "opportunity.stage_changed", "appointment.booked"])
      expect([type, await times(contact.id, type)]).toEqual([type, 1]);
    expect(await runs(contact.id)).toEqual(["hello", "staged"]);
  });

  test("stores nothing of what we hold already, and nothing twice", async () => {
    ada();
    await poll();
    await decide();
    const before = await place.rows("select event_id from event where location_id = $1");
    expect(await poll()).toBe(0);
    reconciling = open();
    expect(await poll()).toBe(0);
    expect(await place.rows("select event_id from event where location_id = $1")).toHaveLength(before.length);
  });

  test("stores nothing of a contact that its webhook has told", async () => {
    const { id } = ada({ tags: ["buyer"] });
    await arrived("ContactCreate");
    await deliver(sent);
    await decide();
    expect(await poll()).toBe(0);
    expect(await times(id, "crm.contact")).toBe(1);
  });

  test("goes on after a downtime from where it had been", async () => {
    await poll();
    const { id } = ada();
    const [row] = await place.rows<{ kind: string; watermark: Instant }>(
      "select kind, watermark from reading where location_id = $1 and kind = 'contacts'",
    );
    expect(row?.watermark).toBeGreaterThan(Date.now() - MINUTE);
    await place.rows("update reading set watermark = now() - interval '30 minutes' where location_id = $1");
    await poll();
    expect(await types(id)).toContain("crm.contact");
  });

  test("ends at once when Latchkey does, while the CRM is away, and who comes next takes it up", async () => {
    await simulator.close();
    const ending = new AbortController();
    const looking = reconciling.polling.look(place.location, { signal: ending.signal });
    const held = "select from reading where location_id = $1 and leased_until > now()";
    await expect.poll(() => place.rows(held)).toHaveLength(1);
    ending.abort();
    await looking;
    expect(await place.rows(held)).toEqual([]);
    expect(await place.rows("select from reading where location_id = $1 and problem is not null")).toEqual([]);
  });

  test("leaves to an import what was there before the installation", async () => {
    installedAt = Date.now() + HOUR;
    const { id } = ada();
    simulator.crm.inbound(id, "SMS", "Hello");
    await poll();
    expect(await types(id)).toEqual([]);
  });

  test("is not tried where there is nothing to ask with, and the page of the system says what is missing", async () => {
    const keyless = open({ keyless: () => "it has no token" });
    expect(await keyless.polling.look(place.location, { due: false })).toBe(0);
    expect(await place.rows("select from reading where location_id = $1")).toEqual([]);
    expect(await keyless.state(place.location)).toMatchObject({ problem: "it has no token" });
  });

  test("says that it may not read a kind, and reads the others", async () => {
    await simulator.close();
    const flags = ["--no-town", "--token", "test-token", "--location", place.location, "--rate-max", "100000"];
    const scopes = "contacts.readonly,conversations/message.readonly";
    simulator = await openSimulator(readFlags([...flags, "--scopes", scopes]));
    await api.close();
    api = openHighLevel({ url: simulator.ready.url, clock, token: () => "test-token" });
    reconciling = open();
    const { id } = ada();
    await poll();
    expect(await types(id)).toContain("crm.contact");
    expect(await reconciling.state(place.location)).toMatchObject({
      problem: expect.stringMatching(/opportunities|appointments/),
    });
  });

  test("counts as missed what a webhook should have told long before, and nothing where none ever come", async () => {
    const contact = ada({ dateAdded: new Date(Date.now() - 10 * MINUTE).toISOString() });
    contact.dateUpdated = contact.dateAdded;
    await poll();
    expect((await reconciling.state(place.location)).missed).toBe(0);
    await db.database.transaction([place.location], (sql) => noteHeard(sql, place.location, Date.now(), 5));
    const other = simulator.crm.createContact({ firstName: "Bo", email: "bo@example.com" });
    other.dateUpdated = new Date(Date.now() - 10 * MINUTE).toISOString();
    reconciling = open();
    await poll();
    reconciling = open();
    expect(await reconciling.state(place.location)).toMatchObject({ by: "webhooks", missed: expect.any(Number) });
    expect((await reconciling.state(place.location)).missed).toBeGreaterThan(0);
  });
});

describe("an import", () => {
  const everything: ImportAsked = { kinds: ["contacts", "opportunities", "messages", "mails", "gone"] };
  const ask = (asked: ImportAsked = everything) =>
    db.database.transaction([place.location], (sql) =>
      openImport(sql, place.location, { id: newId(Date.now()), asked, by: "test", now: Date.now() }),
    );
  const finish = async (one: Import): Promise<Import> => {
    for (;;) {
      await reconciling.imports.work(place.location);
      const now = await db.database.transaction([place.location], (sql) => readImport(sql, place.location, one.id));
      if (now?.endedAt !== undefined) return now;
    }
  };
  /** A lead with a past: two texts, a mail, a deal, from before the installation. */
  const past = () => {
    const contact = ada({ tags: ["buyer"], dnd: false });
    simulator.crm.createOpportunity(contact.id, { name: "A home", value: 1, stageId: STAGES[0] });
    simulator.crm.inbound(contact.id, "SMS", "Hello");
    simulator.crm.inbound(contact.id, "SMS", "Anybody?");
    simulator.crm.inbound(contact.id, "Email", "A letter", "Homes");
    installedAt = Date.now() + 1;
    return contact.id;
  };
  const events = () =>
    place.rows<{ source: string }>("select source from event where location_id = $1 and source = 'import'");

  test("teaches us who the leads are and what they said, and sets nothing off", async () => {
    const id = past();
    const done = await finish(await ask());
    await decide();
    expect(done.counts).toMatchObject({
      contacts: { read: 1, kept: 1, known: 0 },
      opportunities: { kept: 1 },
      messages: { kept: 2 },
      mails: { kept: 1 },
    });
    expect(await types(id)).toEqual(
      expect.arrayContaining(["crm.contact", "crm.dnd", "crm.opportunity", "message.received"]),
    );
    expect(await runs(id)).toEqual([]);
    expect(await place.rows("select from outbox where location_id = $1")).toEqual([]);
    const [lead] = await place.rows<{ data: { stub: boolean; opportunities: object } }>(
      "select data from lead where location_id = $1",
    );
    expect(lead?.data).toMatchObject({ stub: false });
    expect(Object.keys(lead?.data.opportunities ?? {})).toHaveLength(1);
  });

  test("asked for twice brings nothing new", async () => {
    past();
    await finish(await ask());
    const before = (await events()).length;
    const again = await finish(await ask());
    expect((await events()).length).toBe(before);
    expect(again.counts).toMatchObject({ contacts: { kept: 0, known: 1 }, messages: { kept: 0, known: 2 } });
    await decide();
    await finish(await ask());
    expect((await events()).length).toBe(before);
  });

  test("is one at a time: who asks meanwhile is given the one that runs", async () => {
    past();
    expect((await ask()).id).toBe((await ask()).id);
  });

  test("cut off between any two pages goes on there, and two that work on it store each page once", async () => {
    for (let n = 0; n < 230; n += 1)
      simulator.crm.createContact({ firstName: "L", email: `l${n}@example.com`, dnd: false }, { webhook: false });
    installedAt = Date.now() + 1;
    const one = await ask({ kinds: ["contacts"] });
    await reconciling.imports.work(place.location);
    reconciling = open();
    await Promise.all([finish(one), finish(one)]);
    const leads = await place.rows<{ n: number }>(
      "select count(*)::int as n from event where location_id = $1 and type = 'crm.contact'",
    );
    expect(leads).toEqual([{ n: 230 }]);
    const done = await finish(one);
    expect(done.counts.contacts).toMatchObject({ read: 230, kept: 230 });
  });

  test("leaves alone what is held: that is kept current by webhooks and polling", async () => {
    const contact = ada();
    await poll();
    await decide();
    await finish(await ask());
    expect(await events()).toEqual([]);
    expect(await runs(contact.id)).toEqual(["hello"]);
  });

  test("leaves to polling what was said after the installation: that is news", async () => {
    const id = past();
    await new Promise((resolve) => setTimeout(resolve, 5));
    simulator.crm.inbound(id, "SMS", "I am back");
    const done = await finish(await ask());
    expect(done.counts).toMatchObject({ messages: { kept: 2 } });
    await decide();
    await poll();
    await decide();
    expect(await runs(id)).toEqual(["answer"]);
  });

  test("finds who is gone from the CRM, by asking about each that it did not list", async () => {
    const id = past();
    await finish(await ask());
    await decide();
    simulator.crm.deleteContact(id, { webhook: false });
    const done = await finish(await ask());
    await decide();
    expect(done.counts.gone).toMatchObject({ kept: 1 });
    expect(await types(id)).toContain("contact.deleted");
  });

  test("asks for the right to write where the search leaves it out", async () => {
    const id = past();
    const contact = simulator.crm.contacts.get(id);
    if (contact !== undefined) contact.dndSettings = { sms: { status: "active" } };
    const search = api.lane("bulk").searchContacts;
    const quiet = {
      ...api.lane("bulk"),
      searchContacts: async (...asked: Parameters<typeof search>) => without(await search(...asked)),
    };
    api = { ...api, lane: () => quiet };
    reconciling = open();
    await finish(await ask());
    await decide();
    const [lead] = await place.rows<{ data: object }>("select data from lead where location_id = $1");
    expect(lead?.data).toMatchObject({ consent: { channels: { sms: "blocked" } } });
  });

  test("counts without reading when it is asked to", async () => {
    past();
    expect(await reconciling.imports.count(place.location, everything)).toEqual({
      contacts: 1,
      opportunities: 1,
      messages: 2,
      mails: 1,
    });
    expect(await events()).toEqual([]);
  });

  test("since an instant leaves out what was last stated before it", async () => {
    past();
    const done = await finish(await ask({ kinds: ["contacts", "messages"], since: Date.now() + MINUTE }));
    expect(done.counts).toMatchObject({ contacts: { read: 0 }, messages: { read: 0 } });
  });
});

describe("leads out of a file", () => {
  const take = (...rows: Parameters<typeof takeLeads>[2]) =>
    takeLeads({ database: db.database, clock, api, mailed: () => undefined }, place.location, rows);

  test("enter the CRM with their tags and fields beside those that are there, and begin as new leads do", async () => {
    const known = ada({ tags: ["buyer"] });
    const custom = { [simulator.crm.customFields[0]?.id ?? ""]: "450000" };
    const outcomes = await take(
      { email: "ada@example.com", tags: ["hot"], custom },
      { email: "cy@example.com", first_name: "Cy", last_name: "Fenwright", source: "open house" },
    );
    expect(outcomes).toMatchObject([{ outcome: "known", contact: known.id }, { outcome: "new" }]);
    expect(known.tags).toEqual(["buyer", "hot"]);
    expect(known.customFields).toMatchObject([{ value: "450000" }]);
    const fresh = (outcomes[1] as { contact: string }).contact;
    expect(simulator.crm.contacts.get(fresh)).toMatchObject({ name: "Cy Fenwright", source: "open house" });
    await poll();
    await decide();
    expect(await runs(fresh)).toEqual(["hello"]);
  });

  test("that name their contact are read from the CRM, and set nothing off", async () => {
    const { id } = ada();
    expect(await take({ contact: id, tags: ["ignored"] })).toEqual([{ outcome: "read", contact: id }]);
    await decide();
    expect(await types(id)).toEqual(expect.arrayContaining(["crm.contact", "crm.dnd"]));
    expect(await runs(id)).toEqual([]);
    expect(simulator.crm.contacts.get(id)?.tags).toEqual([]);
  });

  test("that the CRM refuses are said, and the others are taken", async () => {
    const outcomes = await take(
      { contact: "nobody" },
      { email: "dora@example.com", custom: { shoes: "9" } },
      { email: "dora@example.com" },
    );
    expect(outcomes).toMatchObject([
      { outcome: "refused", detail: expect.stringContaining("400") },
      { outcome: "refused", detail: "custom.shoes: the CRM has no such field" },
      { outcome: "new" },
    ]);
  });
});

function without<T extends Awaited<ReturnType<HighLevel["searchContacts"]>>>(reply: T): T {
  if (reply.outcome !== "done") return reply;
  const items = reply.value.items.map(({ dnd: _, ...rest }) => rest);
  return { ...reply, value: { ...reply.value, items } };
}
