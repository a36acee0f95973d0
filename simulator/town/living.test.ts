import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { readFlags } from "../flags.ts";
import { openSimulator } from "../simulator.ts";
import { readKept } from "./kept.ts";
import { openLivingTown } from "./living.ts";
import { TOWN_VERSION } from "./parameters.ts";
import { PLACED } from "./placed.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

test("the town is seen within a second: contacts, property views, a text that is answered, a stop", async () => {
  const seen = new Map<string, number>();
  const texts: string[] = [];
  const visits: Record<"before" | "live", number[]> = { before: [], live: [] };
  const waiting: { enough: () => boolean; done: () => void }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as {
        type?: string;
        body?: string;
        past?: boolean;
        events?: { type: string; at: string }[];
      };
      visits[body.past === true ? "before" : "live"].push(...(body.events ?? []).map(({ at }) => Date.parse(at)));
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
  // what they did before the start is told as the past, and nothing else is
  expect(visits.before.length).toBeGreaterThan(0);
  expect(Math.max(...visits.before)).toBeLessThan(Math.min(...visits.live));
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

test("a town that is kept goes on as if it had never stopped: who came, what was said, who has stopped, what is planned", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "latchkey-town-")), "town.json");
  const opened = async (start: string, speed: string) => {
    const flags = ["--leads", "30", "--start", start, "--arrivals", "24", "--speed", speed, "--keep", file];
    const simulator = await openSimulator(readFlags(flags), openLivingTown);
    open.push(simulator);
    return simulator;
  };
  const first = await opened("2026-03-03T16:00:00Z", "60");
  const named = (crm: typeof first.crm, name: string) => [...crm.contacts.values()].find((one) => one.name === name);
  const nora = named(first.crm, "Nora Valebrook")?.id ?? "";
  first.crm.send({ contactId: nora, type: "SMS", message: "Hello" }, "answered");
  first.crm.createTask(nora, { title: "Call Nora", dueDate: "2026-03-04T16:00:00Z", completed: false });
  first.crm.inbound(nora, "SMS", "STOP");
  first.crm.setTags(named(first.crm, "Nora Valebrook") as never, ["Kept"]);
  await first.close();
  const told = JSON.parse(readFileSync(file, "utf8")) as { now: number; closed: boolean; received: unknown[] };
  expect(told).toMatchObject({ closed: true, received: [expect.anything()] });

  const again = await opened(new Date(told.now).toISOString(), "3600");
  expect([...first.crm.contacts.keys()].filter((id) => !again.crm.contacts.has(id))).toEqual([]);
  expect(again.crm.contacts.get(nora)).toMatchObject({ tags: ["Kept"], dndSettings: { sms: { status: "permanent" } } });
  expect(
    again.crm
      .conversationOf(nora)
      ?.messages.slice(0, 2)
      .map(({ body }) => body),
  ).toEqual(["Hello", "STOP"]);
  expect(again.crm.tasksOf(nora)).toHaveLength(1);
  const other = again.crm.send({ contactId: nora, type: "Email", html: "Hi" }, "answered");
  expect(other.ok && again.crm.messages.get(other.value.id)?.id).toBe(other.ok && other.value.id);
  // the answer that was on its way when it stopped still comes, and so does the call
  const said = () => again.crm.conversationOf(nora)?.messages ?? [];
  await expect.poll(() => said().map(({ body }) => body)).toContain("Yes please, what times do you have?");
  await expect.poll(() => again.crm.tasksOf(nora)[0]?.completed).toBe(true);
});

test("a kept town of another seed, or a file that is none, is founded anew", () => {
  const file = join(mkdtempSync(join(tmpdir(), "latchkey-town-")), "town.json");
  writeFileSync(file, "{ broken");
  expect(readKept(file, 1, "town")).toBeUndefined();
  writeFileSync(file, JSON.stringify({ version: TOWN_VERSION, seed: 1, location: "town", now: 5 }));
  expect(readKept(file, 1, "town")).toMatchObject({ now: 5 });
  expect(readKept(file, 2, "town")).toBeUndefined();
  expect(readKept(file, 1, "another")).toBeUndefined();
});
