// What every scenario needs: processes, signed bodies, an even load, percentiles.

import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { Pool } from "undici";

export const keys = generateKeyPairSync("ed25519");
export const publicPem = keys.publicKey.export({ type: "spki", format: "pem" }).toString();
export const LOCATION = "benchlocation00000001";

/** Writes one webhook's body and signs it, as HighLevel does. */
export interface Signed {
  readonly body: string;
  readonly headers: Record<string, string>;
  readonly lead: string;
}

export function signed(lead: string, payload: Record<string, unknown>): Signed {
  const body = JSON.stringify({
    locationId: LOCATION,
    webhookId: randomUUID(),
    timestamp: new Date().toISOString(),
    ...payload,
  });
  const signature = sign(null, Buffer.from(body), keys.privateKey).toString("base64");
  return { body, lead, headers: { "content-type": "application/json", "x-ghl-signature": signature } };
}

export const contactCreated = (lead: string, number: number): Signed =>
  signed(lead, {
    type: "ContactCreate",
    id: lead,
    firstName: "Bench",
    lastName: `Lead ${number}`,
    email: `lead${number}@example.com`,
    phone: `+1512555${String(number % 10_000).padStart(4, "0")}`,
    state: "TX",
    postalCode: "78701",
    country: "US",
    tags: ["Buyer"],
    dateAdded: new Date().toISOString(),
    customFields: [],
  });

export const wrote = (lead: string, text = "Is the house on Cedar Street still there?"): Signed =>
  signed(lead, {
    type: "InboundMessage",
    contactId: lead,
    conversationId: `conversation-${lead}`,
    messageId: randomUUID(),
    messageType: "SMS",
    direction: "inbound",
    status: "delivered",
    contentType: "text/plain",
    body: text,
    attachments: [],
    dateAdded: new Date().toISOString(),
  });

export interface Latchkey {
  readonly url: string;
  readonly port: number;
  readonly data: string;
  /** Milliseconds from spawn to a 200 of /readyz. */
  readonly readyMs: number;
  readonly process: ChildProcess;
  databaseUrl(): string;
  close(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Every process of a scenario, ended with us however we end. */
const running = new Set<ChildProcess>();
function tracked(child: ChildProcess): void {
  running.add(child);
  child.once("exit", () => running.delete(child));
}
process.on("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});

/** When each lead was first told of as saved, from now on; `listener` is to be ended. */
export async function hearSaved(latchkey: Pick<Latchkey, "databaseUrl">): Promise<{
  readonly savedAt: Map<string, number>;
  readonly listener: pg.Client;
}> {
  const listener = new pg.Client({ connectionString: latchkey.databaseUrl() });
  await listener.connect();
  const savedAt = new Map<string, number>();
  listener.on("notification", ({ payload = "" }) => {
    const [, ...leads] = payload.split(" ");
    for (const id of leads) if (!savedAt.has(id)) savedAt.set(id, Date.now());
  });
  await listener.query("listen latchkey_saved");
  return { savedAt, listener };
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function startLatchkey({
  workflows = "",
  roles = "web,worker",
  provider = "http://127.0.0.1:9",
  token = "bench-token-0123456789",
  simulator = "off",
  environment = {},
}: {
  workflows?: string;
  roles?: string;
  provider?: string;
  token?: string;
  simulator?: string;
  environment?: Record<string, string>;
} = {}): Promise<Latchkey> {
  const data = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  const folder = join(data, "workflows");
  const port = await freePort();
  chmodSync(data, 0o755); // as root the database runs as an ordinary user, who must get in
  mkdirSync(folder);
  writeFileSync(join(folder, "bench.yaml"), workflows);
  const started = performance.now();
  const child = spawn(process.execPath, ["dist/latchkey.js", "start"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: process.env["HOME"] ?? "",
      PORT: String(port),
      LATCHKEY_DATA: data,
      LATCHKEY_WORKFLOWS: workflows === "" ? "" : folder,
      LATCHKEY_ROLES: roles,
      LATCHKEY_SIMULATOR: simulator,
      ...(simulator === "off"
        ? {
            HIGHLEVEL_API_URL: provider,
            HIGHLEVEL_LOCATION: LOCATION,
            HIGHLEVEL_TOKEN: token,
            HIGHLEVEL_WEBHOOK_KEYS: publicPem,
          }
        : {}),
      ...environment,
    },
  });
  tracked(child);
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) break;
    if (child.exitCode !== null) throw new Error(`Latchkey ended with ${child.exitCode}`);
    await sleep(10);
  }
  const readyMs = performance.now() - started;
  return {
    url,
    port,
    data,
    readyMs,
    process: child,
    databaseUrl() {
      const place = join(data, "database", "cluster", "postmaster.pid");
      const serverPort = readFileSync(place, "utf8").split("\n")[3];
      const password = readFileSync(join(data, "database.password"), "utf8").trim();
      return `postgres://latchkey:${encodeURIComponent(password)}@127.0.0.1:${serverPort}/latchkey`;
    },
    async close() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      rmSync(data, { recursive: true, force: true });
    },
  };
}

export async function startSimulator(
  webhookUrl: string,
): Promise<{ url: string; token: string; close(): Promise<void> }> {
  const child = spawn(
    process.execPath,
    [
      "dist/simulator.js",
      "--no-town",
      "--rate-max",
      "1000000",
      "--echo",
      "none",
      "--location",
      LOCATION,
      "--webhook-url",
      webhookUrl,
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  tracked(child);
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
  const { url, token } = JSON.parse(line) as { url: string; token: string };
  return {
    url,
    token,
    async close() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.stdin.end();
      await ended;
    },
  };
}

export async function startFloor(): Promise<{ url: string; pid: number; close(): void }> {
  const child = spawn(process.execPath, [".cache/bench/floor.js", publicPem], { stdio: ["ignore", "pipe", "inherit"] });
  tracked(child);
  const port = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, close: () => child.kill() };
}

export interface Posted {
  readonly lead: string;
  /** Wall-clock milliseconds at which the request was written. */
  readonly at: number;
  readonly ms: number;
  readonly status: number;
}

/** Posts all bodies, as fast as `connections` allow or evenly at `perSecond`. */
export async function post(
  url: string,
  bodies: readonly Signed[],
  { connections = 64, perSecond }: { connections?: number; perSecond?: number } = {},
): Promise<{ posted: Posted[]; seconds: number }> {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const posted: Posted[] = [];
  const started = performance.now();
  const one = async (item: Signed) => {
    const at = Date.now();
    const began = performance.now();
    const { statusCode, body } = await pool.request({
      path: "/webhooks/highlevel",
      method: "POST",
      headers: item.headers,
      body: item.body,
    });
    await body.dump();
    posted.push({ lead: item.lead, at, ms: performance.now() - began, status: statusCode });
  };
  if (perSecond === undefined) {
    let next = 0;
    const runner = async () => {
      for (let item = bodies[next++]; item !== undefined; item = bodies[next++]) await one(item);
    };
    await Promise.all(Array.from({ length: connections }, runner));
  } else {
    const under: Promise<void>[] = [];
    for (const [index, item] of bodies.entries()) {
      const wait = started + (index * 1000) / perSecond - performance.now();
      if (wait > 1) await sleep(wait);
      under.push(one(item));
    }
    await Promise.all(under);
  }
  const seconds = (performance.now() - started) / 1000;
  await pool.close();
  return { posted, seconds };
}

export function percentiles(values: readonly number[]): { p50: number; p99: number; max: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? Number.NaN };
}

/** User and system CPU seconds of a process and its descendants so far. */
export function cpuSeconds(pid: number): number {
  return tree(pid).reduce((sum, each) => {
    try {
      const fields = readFileSync(`/proc/${each}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      return sum + (Number(fields[11]) + Number(fields[12])) / 100;
    } catch {
      return sum;
    }
  }, 0);
}

/** Proportional memory (PSS) of a process and its descendants, in MB. */
export function memoryMb(pid: number): number {
  return tree(pid).reduce((sum, each) => {
    try {
      const kb = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${each}/smaps_rollup`, "utf8"))?.[1];
      return sum + Number(kb ?? 0) / 1024;
    } catch {
      return sum;
    }
  }, 0);
}

function tree(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return [pid, ...(children === "" ? [] : children.split(" ").flatMap((child) => tree(Number(child))))];
  } catch {
    return [];
  }
}
