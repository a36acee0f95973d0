// Both sides of the wire: Latchkey's client, signatures and mapping against the simulated CRM.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readFlags } from "../simulator/flags.ts";
import { openSimulator, type Simulator } from "../simulator/simulator.ts";
import {
  type Headers,
  type HighLevel,
  openChannels,
  openHighLevel,
  openLookup,
  openRecords,
  openSignatures,
  readWebhook,
  type Verify,
  type Webhook,
} from "../src/highlevel/index.ts";
import type { LookupRequest, OutgoingMessage, ProviderReceipt, SendResult } from "../src/outreach/index.ts";
import { bodyOf } from "./bodies.ts";

const clock = { now: () => Date.now(), real: () => Date.now(), elapsed: () => performance.now() };
const LOCATION = "loc1";

let simulator: Simulator;
let api: HighLevel;
let verify: Verify;
const read: Webhook[] = [];
const unreadable: unknown[] = [];

/** Latchkey's front door in miniature: whatever comes must be signed and readable. */
const door = createServer(async (request, response) => {
  const body = await bodyOf(request);
  if (body === undefined) return;
  const raw = Buffer.from(body);
  const webhook = readWebhook(JSON.parse(body), Date.now());
  if (verify(raw, request.headers as Headers) && "events" in webhook) read.push(webhook);
  else unreadable.push(webhook);
  response.end();
});

beforeAll(async () => {
  await new Promise<void>((listening) => door.listen(0, "127.0.0.1", listening));
  const { port } = door.address() as AddressInfo;
  const flags = ["--no-town", "--token", "test-token", "--location", LOCATION, "--rate-max", "100000", "--speed", "60"];
  simulator = await openSimulator(readFlags([...flags, "--webhook-url", `http://127.0.0.1:${port}/`]));
  verify = openSignatures({ pem: simulator.ready.webhookPublicKeyPem });
  api = openHighLevel({ url: simulator.ready.url, clock, token: () => simulator.ready.token });
});
afterEach(() => faults({}));
afterAll(async () => {
  await api.close();
  await simulator.close();
  door.close();
  door.closeAllConnections();
});

describe("Latchkey's client and the simulated CRM", () => {
  test("agree on a text: taken, echoed under its id, delivered", async () => {
    const contact = person("ada");
    const sent = await openChannels(api, clock).sms.send(text(contact, "Hi Ada"), live());
    expect(sent).toMatchObject({ result: "accepted" });
    const id = (sent as Extract<SendResult, { result: "accepted" }>).provider.messageId;
    await until(() => receipts(id).some(({ kind }) => kind === "delivered"));
    await until(() => echo(id) !== undefined);
    expect(echo(id)).toMatchObject({ contact, channel: "sms", text: "Hi Ada" });
    expect(unreadable).toEqual([]);
  });

  test("agree on an e-mail: its fate comes under the id that the send gave", async () => {
    const contact = person("bea");
    const sent = await openChannels(api, clock).email.send(mail(contact, "Homes"), live());
    const { provider } = sent as Extract<SendResult, { result: "accepted" }>;
    await until(() => receipts(provider.emailMessageId).some(({ kind }) => kind === "delivered"));
    await until(() => echo(provider.messageId) !== undefined);
    expect(echo(provider.messageId)).toMatchObject({
      channel: "email",
      provider: { emailMessageId: provider.emailMessageId },
    });
  });

  test("find a text that was taken while its answer was lost, and only it", async () => {
    const contact = person("cleo");
    const sms = openChannels(api, clock).sms;
    await sms.send(text(contact, "Hello"), live());
    await faults({ drop: 1 });
    const from = Date.now();
    expect(await sms.send(text(contact, "Homes for you"), live())).toMatchObject({ result: "unconfirmed" });
    await faults({});
    const found = await openLookup(api, clock)(seek(contact, text(contact, "Homes for you"), from), live());
    expect(found).toMatchObject({ found: "one" });
    const ledger = [...simulator.crm.messages.values()].filter(({ contactId }) => contactId === contact);
    expect(found).toMatchObject({ provider: { messageId: ledger[1]?.id } });
  });

  test("find an e-mail that was taken while its answer was lost", async () => {
    const contact = person("dora");
    await faults({ drop: 1 });
    const from = Date.now();
    await openChannels(api, clock).email.send(mail(contact, "Homes"), live());
    await faults({});
    expect(await openLookup(api, clock)(seek(contact, mail(contact, "Homes"), from), live())).toMatchObject({
      found: "one",
    });
  });

  test("find nothing while the CRM's list lags behind, and the text once it does not", async () => {
    const contact = person("fay");
    await faults({ drop: 1, lagMs: 600_000 });
    const from = Date.now();
    await openChannels(api, clock).sms.send(text(contact, "Homes for you"), live());
    await faults({ lagMs: 600_000 });
    const seen = () => openLookup(api, clock)(seek(contact, text(contact, "Homes for you"), from), live());
    expect(await seen()).toEqual({ found: "none" });
    await faults({});
    expect(await seen()).toMatchObject({ found: "one" });
  });

  test("find a text although the CRM's clock is half an hour ahead, or behind", async () => {
    for (const skewMs of [1_800_000, -1_800_000]) {
      const contact = person(`gil${skewMs}`);
      await faults({ drop: 1, skewMs });
      const from = Date.now();
      await openChannels(api, clock).sms.send(text(contact, "Homes for you"), live());
      await faults({ skewMs });
      const found = await openLookup(api, clock)(seek(contact, text(contact, "Homes for you"), from), live());
      expect([skewMs, found]).toMatchObject([skewMs, { found: "one" }]);
    }
  });

  test("of two equal texts to one lead find the one that no message of ours holds, and say when that is unclear", async () => {
    const contact = person("hal");
    const first = await openChannels(api, clock).sms.send(text(contact, "Homes for you"), live());
    const held = (first as Extract<SendResult, { result: "accepted" }>).provider.messageId ?? "";
    await faults({ drop: 1 });
    const from = Date.now();
    await openChannels(api, clock).sms.send(text(contact, "Homes for you"), live());
    await faults({});
    const request = seek(contact, text(contact, "Homes for you"), from);
    const look = openLookup(api, clock);
    const messages = [...simulator.crm.messages.values()].filter(({ contactId }) => contactId === contact);
    expect(await look({ ...request, bound: async () => new Set([held]) }, live())).toMatchObject({
      found: "one",
      provider: { messageId: messages[1]?.id },
    });
    expect(await look(request, live())).toEqual({ found: "ambiguous" });
  });

  test("find nothing when the request failed before it was taken", async () => {
    const contact = person("edith");
    await faults({ failBefore: 1 });
    const from = Date.now();
    expect(await openChannels(api, clock).sms.send(text(contact, "Hi"), live())).toMatchObject({
      result: "unconfirmed",
    });
    await faults({});
    expect(await openLookup(api, clock)(seek(contact, text(contact, "Hi"), from), live())).toEqual({ found: "none" });
  });

  test("agree on a WhatsApp template: asked for as a workflow, told of as its message, delivered", async () => {
    const contact = person("ivy");
    const whatsapp = openChannels(api, clock).whatsapp;
    const free = { ...text(contact, "Hi Ivy"), rendered: { channel: "whatsapp", text: "Hi Ivy" } } as const;
    expect(await whatsapp.send(free, live())).toMatchObject({ result: "rejected", status: 400 });
    const rendered = { channel: "whatsapp", text: "viewing", workflow: "simworkflow0000000004" } as const;
    expect(await whatsapp.send({ ...free, rendered }, live())).toEqual({ result: "accepted", provider: {} });
    const told = () => read.flatMap((webhook) => webhook.receipts).filter((one) => one.contact === contact);
    await until(() => told().length === 2);
    expect(new Map(told().map(({ kind, channel, byWorkflow }) => [kind, [channel, byWorkflow]]))).toEqual(
      new Map([
        ["echo", ["whatsapp", true]],
        ["delivered", ["whatsapp", true]],
      ]),
    );
  });

  test("agree that a lead whom the CRM says not to disturb is refused, and is no opt-out of ours", async () => {
    const contact = person("fay", { dnd: true });
    expect(await openChannels(api, clock).sms.send(text(contact, "Hi"), live())).toMatchObject({
      result: "rejected",
      reason: "dnd",
    });
  });

  test("agree on tags, tasks and notes, and find the latter again", async () => {
    const contact = person("gwen");
    const records = openRecords(api, clock);
    const change = { location: LOCATION, contact, add: ["Hot"], remove: ["Cold"] };
    expect(await records.changeTags(change, live())).toMatchObject({ result: "accepted" });
    const task = await records.createTask(
      { location: LOCATION, contact, title: "Call Gwen", dueAt: Date.now() },
      live(),
    );
    const note = await records.createNote({ location: LOCATION, contact, text: "Wants a garden" }, live());
    expect([task.result, note.result]).toEqual(["accepted", "accepted"]);
    const lookup = openLookup(api, clock);
    const base = seek(contact, text(contact, ""), Date.now());
    expect(await lookup({ ...base, sought: { kind: "task", title: "Call Gwen" } }, live())).toMatchObject({
      found: "one",
    });
    expect(await api.contact(LOCATION, contact)).toMatchObject({
      outcome: "done",
      value: { contact: { contact: { tags: ["Hot"] } } },
    });
  });

  test("agree on what empties a custom field: an empty text, after which the contact has no such value", async () => {
    const contact = person("hope");
    const records = openRecords(api, clock);
    const write = (value: string | number) =>
      records.updateContact(
        { location: LOCATION, contact, fields: {}, custom: [{ id: "simfield0000000000001", value }] },
        live(),
      );
    const custom = async () => {
      const reply = await api.contact(LOCATION, contact);
      return reply.outcome === "done" ? reply.value?.contact.contact.custom : undefined;
    };
    expect(await write(30)).toMatchObject({ result: "accepted" });
    expect(await custom()).toEqual({ simfield0000000000001: "30" });
    expect(await write("")).toMatchObject({ result: "accepted" });
    expect(await custom()).toEqual({});
  });

  test("agree on who and what a location has", async () => {
    const location = await api.location(LOCATION);
    expect(location).toMatchObject({ outcome: "done", value: { id: LOCATION } });
    const company = location.outcome === "done" ? (location.value.companyId ?? "") : "";
    for (const reply of [
      await api.users(LOCATION, company),
      await api.customFields(LOCATION),
      await api.pipelines(LOCATION),
    ])
      expect(reply.outcome).toBe("done");
    const made = await api.upsertContact(LOCATION, { email: "new@example.com", name: "New Lead" });
    expect(made).toMatchObject({ outcome: "done", value: { fresh: true } });
  });

  test("agree on the dated versions too", async () => {
    const dated = openHighLevel({
      url: simulator.ready.url,
      clock,
      token: () => simulator.ready.token,
      versions: "dated",
    });
    const contact = person("hazel");
    expect(await openChannels(dated, clock).sms.send(text(contact, "Hi"), live())).toMatchObject({
      result: "accepted",
    });
    expect((await dated.notes(LOCATION, contact)).outcome).toBe("done");
    await dated.close();
  });
});

const live = () => new AbortController().signal;

function person(name: string, more: object = {}): string {
  const n = simulator.crm.contacts.size;
  return simulator.crm.createContact(
    { firstName: name, email: `${name}@example.com`, phone: `+1512555010${n % 10}`, ...more },
    { id: name },
  ).id;
}

const text = (contact: string, words: string): OutgoingMessage => ({
  key: contact,
  location: LOCATION,
  contact,
  rendered: { channel: "sms", text: words },
});

const mail = (contact: string, subject: string): OutgoingMessage => ({
  key: contact,
  location: LOCATION,
  contact,
  to: `${contact}@example.com`,
  rendered: { channel: "email", subject, html: `<p>Hi ${contact}</p>`, text: `Hi ${contact}` },
});

const seek = (contact: string, { rendered }: OutgoingMessage, from: number): LookupRequest => ({
  location: LOCATION,
  contact,
  sought: { kind: "message", rendered },
  attempt: { from, to: Date.now() },
  bound: async () => new Set(),
});

const receipts = (id: string | undefined): ProviderReceipt[] =>
  read.flatMap((webhook) => webhook.receipts).filter(({ providerId }) => providerId === id);

/** Of a message; each webhook has a connection of its own, and none waits for the one before. */
const echo = (id: string | undefined): ProviderReceipt | undefined => receipts(id).find(({ kind }) => kind === "echo");

async function faults(plan: object): Promise<void> {
  const answer = await fetch(`${simulator.ready.url}/_sim/faults`, { method: "POST", body: JSON.stringify(plan) });
  expect(answer.status).toBe(200);
}

const until = (holds: () => boolean) => expect.poll(holds, { interval: 20 }).toBe(true);
