import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { readFlags } from "../flags.ts";
import { openSimulator } from "../simulator.ts";
import { openLivingTown } from "./living.ts";
import { PLACED } from "./placed.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

test("the town is seen within a second: contacts, property views, a text that is answered, a stop", async () => {
  const seen = new Map<string, number>();
  const texts: string[] = [];
  const waiting: { enough: () => boolean; done: () => void }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as {
        type?: string;
        body?: string;
        events?: { type: string }[];
      };
      for (const { type } of body.events ?? [{ type: String(body.type) }]) seen.set(type, (seen.get(type) ?? 0) + 1);
      if (body.type === "InboundMessage") texts.push(String(body.body));
      response.writeHead(body.events === undefined ? 200 : 202).end();
      for (const { enough, done } of waiting) if (enough()) done();
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  open.push({ close: () => server.close() });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const until = (enough: () => boolean) =>
    new Promise<void>((done) => (enough() ? done() : waiting.push({ enough, done })));

  const simulator = await openSimulator(
    readFlags([
      ...["--leads", "30", "--speed", "3600", "--start", "2026-03-03T16:00:00Z"],
      ...[
        "--webhook-url",
        `${origin}/webhooks/highlevel`,
        "--events-url",
        `${origin}/v1/events`,
        "--api-key",
        "k".repeat(16),
      ],
    ]),
    openLivingTown,
  );
  open.push(simulator);
  await until(() => (seen.get("ContactCreate") ?? 0) >= 30 + PLACED.length);
  await until(() => (seen.get("property_view") ?? 0) >= 10 && texts.length > 0);

  const person = (name: string) => [...simulator.crm.contacts.values()].find((contact) => contact.name === name);
  simulator.crm.send({ contactId: person("Nora Valebrook")?.id ?? "", type: "SMS", message: "Hello" }, "answered");
  await until(() => texts.includes("Yes please, what times do you have?") && seen.has("OutboundMessage"));
  await until(() => texts.includes("STOP") && seen.has("ContactDndUpdate"));
  expect(person("Saskia Ravensby")?.dndSettings.sms?.status).toBe("permanent");
});

test("a town started again knows its leads and who came since, and repeats no id of a message", async () => {
  const since = "2026-03-03T16:00:00Z";
  const opened = async (start: string) => {
    const simulator = await openSimulator(
      readFlags(["--leads", "20", "--start", start, "--since", since, "--arrivals", "24"]),
      openLivingTown,
    );
    open.push(simulator);
    return simulator.crm;
  };
  const first = await opened(since);
  const again = await opened("2026-03-05T16:00:00Z");
  const before = new Set(first.contacts.keys());
  for (const id of before) expect(again.contacts.has(id)).toBe(true);
  const since48h = [...again.contacts.values()].filter(({ id }) => !before.has(id));
  expect(since48h.length).toBeGreaterThan(40);
  const lead = [...first.contacts.values()].find(({ firstName }) => firstName === "Nora")?.id ?? "";
  const send = { contactId: lead, type: "SMS", message: "Hello" } as const;
  const ids = [first, again].map((crm) => {
    const sent = crm.send(send, "answered");
    return sent.ok ? sent.value.id : sent.message;
  });
  expect(new Set(ids).size).toBe(2);
});
