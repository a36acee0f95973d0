// `latchkey import` as a process: in a Latchkey that runs and holds its database, and without one; killed in the middle.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { readFlags } from "../simulator/flags.ts";
import { openSimulator, type Simulator } from "../simulator/simulator.ts";
import { databasePerFile } from "./database.ts";

const program = fileURLToPath(new URL("../dist/latchkey.js", import.meta.url));
const KEY = "owner-key-of-the-test";
const LOCATION = "importlocation";
const LEADS = 1_200;
let data: string;
const db = databasePerFile();
let simulator: Simulator;
const children: ChildProcess[] = [];

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "latchkey-import-"));
  chmodSync(data, 0o755);
  const flags = ["--no-town", "--token", "test-token", "--location", LOCATION];
  simulator = await openSimulator(readFlags(flags));
  for (let n = 0; n < LEADS; n += 1) {
    const fields = { firstName: "Lead", lastName: `${n}`, email: `lead${n}@example.com`, dnd: false };
    const { id } = simulator.crm.createContact(fields, { webhook: false });
    if (n % 3 === 0) simulator.crm.inbound(id, "SMS", "Is it still free?");
  }
});
afterEach(async () => {
  for (const child of children.splice(0)) await end(child, "SIGTERM");
});
afterAll(async () => {
  await simulator.close();
  rmSync(data, { recursive: true, force: true });
});

const environment = (more: NodeJS.ProcessEnv) => ({
  PATH: process.env["PATH"],
  LATCHKEY_DATA: data,
  LATCHKEY_WORKFLOWS: "workflows",
  LATCHKEY_API_KEY: KEY,
  HIGHLEVEL_API_URL: simulator.ready.url,
  HIGHLEVEL_LOCATION: LOCATION,
  HIGHLEVEL_TOKEN: "test-token",
  ...more,
});

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

function run(args: readonly string[], more: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [program, ...args], { env: environment(more), stdio: "pipe" });
  children.push(child);
  const heard = { said: "", shown: "" };
  child.stdout?.on("data", (chunk) => {
    heard.said += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    heard.shown += chunk;
  });
  return { child, heard, done: once(child, "close").then(([code]) => ({ ...heard, exit: code as number | null })) };
}

async function start(more: NodeJS.ProcessEnv): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const { child } = run(["start"], { PORT: "0", ...more });
  for await (const line of createInterface({ input: child.stdout as NonNullable<ChildProcess["stdout"]> })) {
    const url = /(?:Open|running at) (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (url !== undefined) return { child, url };
  }
  throw new Error("Latchkey did not start");
}

const provider = (faults: object) =>
  fetch(`${simulator.ready.url}/_sim/faults`, { method: "POST", body: JSON.stringify(faults) });
const rows = async <Row>(text: string): Promise<Row[]> =>
  (await db.database.transaction([LOCATION], (sql) => sql.query<Row>(text, [LOCATION]))).rows;
const imported = async (type: string) =>
  (
    await rows<{ n: number }>(
      `select count(*)::int as n from event where location_id = $1 and source = 'import' and type = '${type}'`,
    )
  )[0]?.n;

test("without a running Latchkey the command reads by itself; killed again and again it goes on, and stores all once", async () => {
  const external = { DATABASE_URL: db.url };
  // the location is installed by a first start
  const first = await start(external);
  await end(first.child, "SIGTERM");
  expect((await run(["import", "--dry-run", "--json"], external).done).said).toContain(`"contacts":${LEADS}`);

  // slowly: it must not be over before it is killed, by a machine that is slow to look
  await provider({ on: "all", slow: { chance: 1, ms: 2_000 } });
  let before = 0;
  for (let kill = 0; kill < 3; kill += 1) {
    const one = run(["import"], external);
    await vi.waitFor(async () => expect(await imported("crm.contact")).toBeGreaterThan(before), {
      timeout: 60_000,
      interval: 50,
    });
    await end(one.child, "SIGKILL");
    before = (await imported("crm.contact")) ?? 0;
    await rows("update import set leased_until = 'epoch' where location_id = $1");
  }
  expect(before).toBeLessThan(LEADS);
  await provider({});
  const last = await run(["import"], external).done;
  expect(last).toMatchObject({ exit: 0, said: expect.stringContaining("contacts: 1,200 new, 0 known already") });
  expect(last.shown).toContain("contacts: ");
  expect(await imported("crm.contact")).toBe(LEADS);
  expect(await imported("message.received")).toBe(LEADS / 3);

  const again = JSON.parse((await run(["import", "--json"], external).done).said);
  expect(again.counts).toMatchObject({ contacts: { kept: 0, known: LEADS }, messages: { kept: 0 } });
  expect(await imported("crm.contact")).toBe(LEADS);

  // decided once somebody decides, and nothing follows
  await start(external);
  await vi.waitFor(async () => expect(await rows("select from mailbox where location_id = $1")).toEqual([]), {
    timeout: 60_000,
    interval: 200,
  });
  expect(await rows("select from run where location_id = $1")).toEqual([]);
  expect(await rows("select from outbox where location_id = $1")).toEqual([]);
});

test("on the embedded database the running Latchkey does it, and the command follows", async () => {
  const { url } = await start({});
  const asked = { LATCHKEY_URL: url };
  const done = await run(["import", "--only", "contacts", "--json"], asked).done;
  expect(done.exit).toBe(0);
  expect(JSON.parse(done.said)).toMatchObject({ state: "done", counts: { contacts: { read: LEADS, kept: LEADS } } });
  const file = join(data, "leads.csv");
  writeFileSync(file, "Email,Cell\nnew@example.com,+15125550101\nnobody,\n");
  const leads = await run(["import", file, "--map", "Cell=phone", "--json"], asked).done;
  expect(leads.exit).toBe(1);
  expect(JSON.parse(leads.said)).toMatchObject({
    ...{ rows: 2, new: 1, bad: 1 },
    errors: [{ line: 3, detail: 'email: "nobody" is no address' }],
  });
  const wrong = await run(["import", "--only", "houses"], asked).done;
  expect(wrong).toMatchObject({ exit: 2, shown: expect.stringContaining("only") });
});
