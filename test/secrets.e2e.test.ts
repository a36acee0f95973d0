// Nothing that must stay inside leaves by the side doors: the whole product runs, is fed people with known numbers,
// addresses and words, is given secrets, and is made to fail in many ways; then its logs, its metrics, its answers about
// errors and its live stream are searched for every one of them.

import { execFileSync } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { openProvider, openVictim, type Provider, type Victim } from "./chaos/processes.ts";
import { databasePerFile } from "./database.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/** What must not be found. Names are not among them: the dashboard shows who it is about. */
const KNOWN = {
  "the API key": "api-key-5f0d2c7be19a4d3388aa",
  "a wrong key": "wrong-key-77d1f02b9ce84e6f9a3b",
  "the CRM's token": "pit-0b1f6c3e-secret-token-of-the-crm",
  "the installation's secret": "an installation secret of forty letters!",
  "a webhook's secret": "hook-signing-secret-9d2e71c0",
  "a number": "2125550143",
  "another number": "2125550144",
  "an address": "maya.private@example.com",
  "another address": "rafael.private@example.com",
  "the lead's words": "my divorce lawyer said to wait until the spring",
  "the lead's other words": "please never tell my employer",
  "a note's words": "account number ends in seven",
  "our text": "we heard you and wrote this",
  "the end of our text": "and the alarm code is in the envelope",
  "a property": "blood type of the tenant",
} as const;

/** The live stream tells what was looked at, and of no message what it says. */
const SHOWN = ["a property"] satisfies (keyof typeof KNOWN)[];

const WORKFLOWS = `
workflow: answer
name: Answer
enroll: { when: message.received, again: always, if_running: queue }
steps:
  - { id: reply, send: reply, via: [sms, email], purpose: reply }
  - { id: note, note: "${KNOWN["a note's words"]} {{ contact.phone }}", on_error: { retry: 1, every: 1s, then: continue } }
  - { id: task, task: "Call {{ contact.phone }}", body: "{{ contact.email }}", to: owner, due: 1h, on_error: { retry: 1, every: 1s, then: continue } }
  - { id: hook, webhook: "https://127.0.0.1:9/x", body: { email: "{{ contact.email }}" }, secret: partner, on_error: { retry: 1, every: 1s, then: continue } }
  - { id: again, send: reply, via: [email, sms], purpose: reply }
---
templates:
  reply:
    sms: "You are {{ contact.phone }} and {{ contact.email }}. ${KNOWN["our text"]}. This goes on for a while, so that its end is beyond what any list shows of it, ${KNOWN["the end of our text"]}"
    email: { subject: "About {{ contact.email }}", body: "You are {{ contact.phone }}. ${KNOWN["our text"]}. This goes on for a while, so that its end is beyond what any list shows of it, ${KNOWN["the end of our text"]}" }
`;

const db = databasePerFile();
let provider: Provider;
let victim: Victim;
let folder: string;
const problems: string[] = [];
const frames: string[] = [];
let metrics = "";
let log = "";
let refusals = "";
const { publicKey, privateKey } = generateKeyPairSync("ed25519");

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-secrets-"));
  mkdirSync(join(folder, "workflows"));
  writeFileSync(join(folder, "workflows/answer.yaml"), WORKFLOWS);
  provider = await openProvider(["--no-town", "--token", KNOWN["the CRM's token"], "--rate-max", "100000"]);
  writeFileSync(
    join(folder, "keys.pem"),
    `${publicKey.export({ type: "spki", format: "pem" })}\n${provider.publicKeyPem}`,
  );
  const env = {
    DATABASE_URL: db.url,
    LATCHKEY_DATA: join(folder, "data"),
    LATCHKEY_SECRET: KNOWN["the installation's secret"],
    LATCHKEY_WORKFLOWS: join(folder, "workflows"),
    LATCHKEY_API_KEY: KNOWN["the API key"],
    HIGHLEVEL_API_URL: provider.url,
    HIGHLEVEL_LOCATION: provider.location,
    HIGHLEVEL_TOKEN: provider.token,
    HIGHLEVEL_WEBHOOK_KEYS: join(folder, "keys.pem"),
  };
  victim = await openVictim(env, join(folder, "latchkey.log"));
  victim.start();
  await victim.ready();
  execFileSync(
    process.execPath,
    [join(root, "dist/latchkey.js"), "secrets", "set", "partner", "--location", provider.location],
    {
      cwd: root,
      env: { PATH: process.env["PATH"] ?? "", ...env },
      input: KNOWN["a webhook's secret"],
    },
  );
  await provider.tell("target", { webhookUrl: `${victim.url}/webhooks/highlevel` });
  const socket = await watch();
  await live();
  await vi.waitUntil(() => frames.some((frame) => frame.includes("Task made")), { timeout: 60_000 });
  await fail();
  await live();
  metrics = await (await fetch(`${victim.url}/metrics`)).text();
  socket.close();
  await victim.stop();
  log = readFileSync(join(folder, "latchkey.log"), "utf8");
});

afterAll(async () => {
  await victim?.stop();
  await provider?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const bearer = (key: string = KNOWN["the API key"]) => ({ authorization: `Bearer ${key}` });

/** Everything the live stream says about this location. */
async function watch(): Promise<WebSocket> {
  const socket = new WebSocket(`${victim.url.replace("http", "ws")}/live?location=${provider.location}`, {
    headers: bearer(),
  });
  socket.on("message", (data) => frames.push(String(data)));
  await new Promise((done, failed) => socket.once("open", done).once("error", failed));
  for (const topic of ["feed", "today", "system", "lead:maya", "lead:rafael"])
    socket.send(JSON.stringify({ op: "sub", topic }));
  return socket;
}

/** People come in, write, are answered, and open what they are sent. */
async function live(): Promise<void> {
  for (const [id, phone, email] of [
    ["maya", KNOWN["a number"], KNOWN["an address"]],
    ["rafael", KNOWN["another number"], KNOWN["another address"]],
  ] as const) {
    const contact = { firstName: id, lastName: "Known", phone: `+1${phone}`, email, source: "test", dnd: false };
    await provider.tell("contacts", { id, contact }).catch(() => undefined);
    await provider.tell("inbound", { contactId: id, body: `Well, ${KNOWN["the lead's words"]}.` });
  }
  const events = [{ type: "property_view", contact: "maya", properties: { "property.id": KNOWN["a property"] } }];
  await fetch(`${victim.url}/v1/events`, {
    method: "POST",
    headers: { ...bearer(), "content-type": "application/json" },
    body: JSON.stringify({ events }),
  });
  await pause(4_000);
}

/** As many kinds of error as there are doors, each with something in it that must not come out again. */
async function fail(): Promise<void> {
  const { url } = victim;
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${url}${path}`, init);
    if (answer.status >= 400) problems.push(`${answer.status} ${await answer.text()}`);
  };
  const signed = (body: string) => ({
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-ghl-signature": sign(null, Buffer.from(body), privateKey).toString("base64"),
    },
  });
  const private_ = `${KNOWN["the lead's other words"]} ${KNOWN["an address"]} +1${KNOWN["a number"]}`;
  const json = { ...bearer(), "content-type": "application/json" };
  const at = `/v1/locations/${provider.location}`;
  const base = { locationId: provider.location, webhookId: "w", timestamp: new Date().toISOString() };

  await ask("/webhooks/highlevel", { method: "POST", body: private_, headers: { "x-ghl-signature": "forged" } });
  await ask("/webhooks/highlevel", signed(`{"type": "InboundMessage", "body": "${private_}"`));
  await ask(
    "/webhooks/highlevel",
    signed(JSON.stringify({ ...base, type: "InboundMessage", contactId: { a: private_ } })),
  );
  await ask(
    "/webhooks/highlevel",
    signed(JSON.stringify({ ...base, locationId: "elsewhere", type: "InboundMessage", body: private_ })),
  );
  await ask(
    "/webhooks/highlevel",
    signed(JSON.stringify({ ...base, type: "ContactCreate", id: "maya", email: [private_] })),
  );
  await ask(
    "/webhooks/highlevel",
    signed(
      JSON.stringify({
        ...base,
        webhookId: "nul",
        type: "NoteCreate",
        id: "n",
        contactId: "maya",
        body: `\u0000${private_}`,
      }),
    ),
  );
  await ask("/webhooks/highlevel", signed("x".repeat(2_000_000)));
  await ask("/v1/events", { method: "POST", headers: json, body: `{"events": [${private_}` });
  await ask("/v1/events", {
    method: "POST",
    headers: json,
    body: JSON.stringify({ events: [{ type: private_, email: private_, properties: { a: private_ } }] }),
  });
  await ask("/v1/events", { method: "POST", headers: { ...json, ...bearer(KNOWN["a wrong key"]) }, body: "{}" });
  await ask("/v1/events", { method: "POST", headers: { ...bearer(), "content-type": "text/csv" }, body: private_ });
  await ask(`${at}/leads/${encodeURIComponent(KNOWN["an address"])}`, { headers: bearer() });
  await ask(`${at}/leads?q=${encodeURIComponent(KNOWN["an address"])}&limit=none`, { headers: bearer() });
  await ask(`${at}/messages?before=${encodeURIComponent(private_)}`, { headers: bearer() });
  await ask(`${at}/runs/stop`, {
    method: "POST",
    headers: json,
    body: JSON.stringify({ lead: private_, nonsense: private_ }),
  });
  await ask(`/v1/nothing/${encodeURIComponent(private_)}?key=${KNOWN["the API key"]}`, { headers: bearer() });
  await ask("/v1/session", { method: "POST", headers: json, body: JSON.stringify({ key: KNOWN["a wrong key"] }) });

  // the CRM fails in every way that says something
  for (const fault of [
    "unauthorized",
    "forbidden",
    "ramp",
    "unknownProperty",
    "quoting",
    "failAfter",
    "drop",
    "truncated",
    "unreadable",
    "refusedAfter",
  ]) {
    await provider.tell("faults", { on: "all", [fault]: 1 });
    await provider.tell("inbound", { contactId: "rafael", body: `${KNOWN["the lead's other words"]} ${fault}` });
    await pause(700);
  }
  // what it quotes of a refused row is shown to whoever sent the row
  await provider.tell("faults", { on: "all", quoting: 1 });
  const source = KNOWN["the lead's other words"];
  const row = { email: KNOWN["an address"], phone: `+1${KNOWN["a number"]}`, name: private_, source };
  const rows = { method: "POST", headers: json, body: JSON.stringify({ rows: [row, { contact: "maya" }] }) };
  refusals = await (await fetch(`${url}${at}/imports/leads`, rows)).text();
  await provider.tell("faults", {});

  // PostgreSQL fails: a row that it refuses is in its error's detail
  for (const [table, column] of [
    ["decision", "location_id"],
    ["message", "location_id"],
    ["raw", "location_id"],
  ]) {
    await db.database.asOwner((sql) =>
      sql.query(`alter table ${table} add constraint refused check (${column} <> '${provider.location}') not valid`),
    );
    await ask(
      "/webhooks/highlevel",
      signed(
        JSON.stringify({
          ...base,
          webhookId: `db-${table}`,
          type: "InboundMessage",
          contactId: "maya",
          messageType: "SMS",
          direction: "inbound",
          messageId: `m-${table}`,
          body: private_,
        }),
      ),
    );
    await pause(2_000);
    await db.database.asOwner((sql) => sql.query(`alter table ${table} drop constraint refused`));
  }
  await pause(3_000);
}

/** Which of them are in a text; numbers also as people write them. */
function leaked(text: string): string[] {
  const digits = text.replace(/[().\s-]/g, "");
  const password = new URL(db.url).password;
  const all: [string, string][] = [
    ...Object.entries(KNOWN),
    ...(password === "" ? [] : [["the database's password", password] as [string, string]]),
  ];
  return all.flatMap(([name, secret]) =>
    text.includes(secret) || (/^\d+$/.test(secret) && digits.includes(secret))
      ? [`${name}: ${around(text, secret)}`]
      : [],
  );
}

const around = (text: string, secret: string) => {
  const at = text.indexOf(secret);
  return text.slice(Math.max(0, at - 160), at + secret.length + 40);
};

describe("nothing private", () => {
  test("stayed unsaid because nothing was done: the workflow ran, and its task is told of", () => {
    expect(log).toContain('"workflows":1,"errors":0');
    expect(frames.some((frame) => frame.includes("Task made"))).toBe(true);
  });

  test("is in the log, which does tell of the failures", () => {
    expect(log).toContain("latchkey_started");
    expect(log).toContain('"level":"error"');
    expect(leaked(log)).toEqual([]);
  });

  test("is in the metrics", () => {
    expect(metrics).toContain("latchkey_webhooks_total");
    expect(leaked(metrics)).toEqual([]);
  });

  test("is in what is answered about an error", () => {
    expect(problems.length).toBeGreaterThan(10);
    expect(problems.flatMap(leaked)).toEqual([]);
  });

  test("is in what the CRM is shown to have said of rows that it refused, which does say why", () => {
    const { outcomes } = JSON.parse(refusals) as { outcomes: { outcome: string; detail: string }[] };
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["refused", "refused"]);
    for (const { detail } of outcomes) expect(detail).toMatch(/^the CRM refused it: 422 value .*must be valid/);
    expect(leaked(refusals)).toEqual([]);
  });

  test("is in the live stream, which does tell of the people by name and of what they looked at", () => {
    expect(frames.some((frame) => frame.includes("maya"))).toBe(true);
    const shown: readonly string[] = SHOWN;
    expect(frames.flatMap(leaked).filter((line) => !shown.some((name) => line.startsWith(`${name}: `)))).toEqual([]);
  });
});
