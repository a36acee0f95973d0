// The first scenarios, each beside its floor. `npm run bench` runs all; names choose: ingest decision provider start deciders compile
// experiments plan move budget. Only by name, for they take minutes and have no floor: town ranking going-cold won.
// The load generator shares the machine, so read ratios, not absolutes.

import { spawnSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import pg from "pg";
import { budget } from "./budget.ts";
import {
  contactCreated,
  cpuSeconds,
  hearSaved,
  type Latchkey,
  LOCATION,
  memoryMb,
  type Posted,
  percentiles,
  post,
  sleep,
  startFloor,
  startLatchkey,
  startSimulator,
  wrote,
} from "./rig.ts";
import { move, plan } from "./versions.ts";

const results: Record<string, unknown>[] = [];
const say = (scenario: string, figures: Record<string, number | string>) => {
  results.push({ scenario, ...figures });
  const text = Object.entries(figures).map(
    ([name, value]) => `${name} ${typeof value === "number" ? rounded(value) : value}`,
  );
  process.stdout.write(`${scenario.padEnd(34)} ${text.join(" · ")}\n`);
};
const rounded = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2));
const lead = (number: number): string => `lead${String(number).padStart(16, "0")}`;
const many = <T>(count: number, make: (number: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

async function connect(latchkey: Latchkey): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: latchkey.databaseUrl() });
  await client.connect();
  await client.query(`set role latchkey_app; set latchkey.locations = '${LOCATION}'`);
  return client;
}

async function countOf(client: pg.Client, query: string): Promise<number> {
  return Number((await client.query<{ n: string }>(query)).rows[0]?.n ?? 0);
}

const refused = (posted: readonly Posted[]): number => posted.filter(({ status }) => status !== 200).length;

async function ingest(): Promise<void> {
  const bodies = () => many(12_000, (n) => wrote(lead(n % 4_000)));
  const floor = await startFloor();
  await post(
    floor.url,
    many(1_000, (n) => wrote(lead(n))),
  );
  const bare = await post(floor.url, bodies());
  floor.close();
  const bareRate = bare.posted.length / bare.seconds;
  say("floor: Fastify + Ed25519, no write", {
    "per s": bareRate,
    "p99 ms": percentiles(bare.posted.map(({ ms }) => ms)).p99,
  });

  const latchkey = await startLatchkey({ roles: "web" });
  const client = await connect(latchkey);
  const rows = many(10_000, (n) => [LOCATION, lead(n), JSON.stringify({ n, text: "x".repeat(400) })]);
  await client.query("create temp table floor (location text, lead text, data jsonb, primary key (location, lead))");
  const began = performance.now();
  for (const row of rows.slice(0, 2_000)) await client.query("insert into floor values ($1, $2, $3)", row);
  const single = 2_000 / ((performance.now() - began) / 1000);
  say("floor: one INSERT a commit", { "per s": single });

  await post(
    latchkey.url,
    many(1_500, (n) => wrote(lead(n))),
  );
  const before = cpuSeconds(latchkey.process.pid ?? 0);
  const full = await post(latchkey.url, bodies());
  const cpu = cpuSeconds(latchkey.process.pid ?? 0) - before;
  const rate = full.posted.length / full.seconds;
  say("webhook verified, committed, 200", {
    "per s": rate,
    "of floor": rate / bareRate,
    "p99 ms at saturation": percentiles(full.posted.map(({ ms }) => ms)).p99,
    "CPU ms each": (cpu * 1000) / full.posted.length,
    refused: refused(full.posted),
  });
  const steady = await post(
    latchkey.url,
    many(5_000, (n) => wrote(lead(n % 4_000))),
    { perSecond: 500 },
  );
  const { p50, p99, max } = percentiles(steady.posted.map(({ ms }) => ms));
  say("the same at 500/s for 10 s", { "p50 ms": p50, "p99 ms": p99, "max ms": max, refused: refused(steady.posted) });
  await client.end();
  await latchkey.close();
}

/** Rules that look at every message, and nothing that goes out: events become decisions. */
const DECIDING = `
triggers:
  chatty:
    name: Writes a lot
    when: { behavior.message.received: { count: 3, within: 24h } }
    cooldown: 24h
    do: [ { tag: Chatty } ]
---
workflow: watch
name: Watch
enroll: { when: message.received, again: always }
steps: [ { id: quiet, wait_for: message.received, within: 2d } ]
`;

async function decision(): Promise<void> {
  const latchkey = await startLatchkey({ workflows: DECIDING });
  const client = await connect(latchkey);
  const { savedAt, listener } = await hearSaved(latchkey);

  await post(
    latchkey.url,
    many(4_000, (n) => contactCreated(lead(n), n)),
  );
  await emptied(client);
  savedAt.clear();
  const steady = await post(latchkey.url, many(5_000, (n) => wrote(lead(n % 4_000))).slice(0, 4_000), {
    perSecond: 500,
  });
  await emptied(client);
  await sleep(200);
  const latencies = steady.posted.flatMap(({ lead: id, at }) => {
    const saved = savedAt.get(id);
    return saved === undefined ? [] : [saved - at];
  });
  const { p50, p99 } = percentiles(latencies);
  say("webhook to committed decision 500/s", { "p50 ms": p50, "p99 ms": p99, seen: latencies.length });

  const total = 12_000;
  const turns = await countOf(client, "select sum(turn) as n from lead_turn");
  const before = cpuSeconds(latchkey.process.pid ?? 0);
  const began = performance.now();
  const flood = await post(
    latchkey.url,
    many(total, (n) => wrote(lead(n % 4_000))),
  );
  await emptied(client);
  const seconds = (performance.now() - began) / 1000;
  say("sustained, webhook to decision", {
    "per s": total / seconds,
    "ingested in s": flood.seconds,
    "CPU ms each": ((cpuSeconds(latchkey.process.pid ?? 0) - before) * 1000) / total,
    "leads turned": (await countOf(client, "select sum(turn) as n from lead_turn")) - turns,
    refused: refused(flood.posted),
  });
  await listener.end();
  await client.end();
  await latchkey.close();
}

/** Events that are in the log already, drained by a worker that starts afterwards: ingest does not share its time. */
async function backlog(): Promise<void> {
  const web = await startLatchkey({ workflows: DECIDING, roles: "web" });
  const client = await connect(web);
  await post(
    web.url,
    many(2_000, (n) => contactCreated(lead(n), n)),
  );
  await post(
    web.url,
    many(18_000, (n) => wrote(lead(n % 2_000))),
  );
  const waiting = await countOf(client, "select count(*) as n from mailbox");
  const { spawn } = await import("node:child_process");
  const worker = spawn(process.execPath, ["dist/latchkey.js", "start"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: process.env["PATH"] ?? "",
      PORT: "0",
      DATABASE_URL: web.databaseUrl(),
      LATCHKEY_DATA: web.data,
      LATCHKEY_WORKFLOWS: "",
      LATCHKEY_ROLES: "worker",
      LATCHKEY_SIMULATOR: "off",
      HIGHLEVEL_LOCATION: LOCATION,
      HIGHLEVEL_TOKEN: "bench-token-0123456789",
      HIGHLEVEL_API_URL: "http://127.0.0.1:9",
    },
  });
  while ((await countOf(client, "select count(*) as n from mailbox")) === waiting) await sleep(5);
  const began = performance.now();
  const first = await countOf(client, "select count(*) as n from mailbox");
  await emptied(client);
  say("backlog drain, one worker process", {
    "events per s": first / ((performance.now() - began) / 1000),
    events: first,
  });
  worker.kill("SIGTERM");
  await new Promise((resolve) => worker.once("exit", resolve));
  await client.end();
  await web.close();
}

async function emptied(client: pg.Client): Promise<void> {
  while ((await countOf(client, "select count(*) as n from mailbox")) > 0) await sleep(20);
}

/** A reply to every message: sent at once, at any hour, under no cap. */
const ANSWERING = `
workflow: answer
name: Answer
enroll: { when: message.received, again: always, if_running: skip }
steps: [ { id: hello, send: hello, via: sms, purpose: reply } ]
---
templates: { hello: { sms: "Thanks {{ contact.first_name | default: 'there' }}, I am looking into it." } }
`;

async function provider(): Promise<void> {
  const simulator = await startSimulator("http://127.0.0.1:9/none");
  const latchkey = await startLatchkey({ workflows: ANSWERING, provider: simulator.url, token: simulator.token });
  const client = await connect(latchkey);
  const contacts = many(14_000, (n) => ({ id: lead(n), n }));
  for (const { id, n } of contacts) {
    if (n % 500 === 0) {
      await Promise.all(
        contacts.slice(n, n + 500).map(({ id: contact, n: number }) =>
          fetch(`${simulator.url}/_sim/contacts`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({
              id: contact,
              webhook: false,
              contact: { firstName: "Bench", phone: `+1512555${String(number % 10_000).padStart(4, "0")}` },
            }),
          }).then((response) => response.arrayBuffer()),
        ),
      );
    }
    void id;
  }
  await post(
    latchkey.url,
    contacts.map(({ id, n }) => contactCreated(id, n)),
  );
  await emptied(client);

  const ledger = async (): Promise<{ contactId: string; at: number }[]> =>
    ((await (await fetch(`${simulator.url}/_sim/ledger`)).json()) as { accepted: { contactId: string; at: number }[] })
      .accepted;
  const taken = async (): Promise<number> =>
    ((await (await fetch(`${simulator.url}/_sim/ledger?after=1000000000`)).json()) as { total: number }).total;
  const steady = await post(
    latchkey.url,
    many(4_000, (n) => wrote(lead(n))),
    { perSecond: 200 },
  );
  await until(async () => (await taken()) >= 4_000, 30_000);
  const takenAt = new Map((await ledger()).map(({ contactId, at }) => [contactId, at]));
  const latencies = steady.posted.flatMap(({ lead: id, at }) => {
    const provided = takenAt.get(id);
    return provided === undefined ? [] : [provided - at];
  });
  const { p50, p99 } = percentiles(latencies);
  say("webhook to provider at 200/s for 20 s", { "p50 ms": p50, "p99 ms": p99, seen: latencies.length });

  const before = cpuSeconds(latchkey.process.pid ?? 0);
  const began = performance.now();
  const total = 10_000;
  await post(
    latchkey.url,
    many(total, (n) => wrote(lead(4_000 + n))),
  );
  await until(async () => (await taken()) >= 4_000 + total, 60_000);
  const seconds = (performance.now() - began) / 1000;
  say("sustained, webhook to provider", {
    "done per s": total / seconds,
    "CPU ms each": ((cpuSeconds(latchkey.process.pid ?? 0) - before) * 1000) / total,
    doubles: (await taken()) - 4_000 - total,
  });
  await client.end();
  await latchkey.close();
  await simulator.close();
}

async function until(done: () => Promise<boolean>, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  while (performance.now() < end && !(await done())) await sleep(50);
}

async function start(): Promise<void> {
  const readies: number[] = [];
  for (let n = 0; n < 3; n += 1) {
    const latchkey = await startLatchkey();
    readies.push(latchkey.readyMs);
    if (n === 2) {
      await sleep(15_000);
      say("idle, with its database", { "PSS MB": memoryMb(latchkey.process.pid ?? 0) });
    }
    await latchkey.close();
  }
  say("first start to ready, fresh folder", {
    "median s": percentiles(readies).p50 / 1000,
    "worst s": Math.max(...readies) / 1000,
  });
  const town = await startLatchkey({ simulator: "on", environment: { LATCHKEY_WORKFLOWS: "workflows" } });
  await sleep(30_000);
  say("demo town after 30 s, all of it", { "PSS MB": memoryMb(town.process.pid ?? 0) });
  await town.close();
}

const inMemory = (names: readonly string[]) => (): void => {
  for (const name of names) {
    process.stdout.write(`\n-- ${name}\n`);
    spawnSync(process.execPath, [`.cache/bench/${name}.js`], { stdio: "inherit" });
  }
};
const deciders = inMemory(["decide", "advance"]);
const compile = inMemory(["compile"]);
const experiments = inMemory(["experiments"]);
const named = {
  town: inMemory(["town"]),
  ranking: inMemory(["ranking"]),
  "going-cold": inMemory(["going-cold"]),
  won: inMemory(["won"]),
};

const scenarios = {
  start,
  ingest,
  decision,
  drain: backlog,
  provider,
  deciders,
  compile,
  experiments,
  plan: () => plan(say),
  move: () => move(say),
  budget: () => budget(say),
};
const asked = process.argv.slice(2).filter((name) => !name.startsWith("-"));
process.stdout.write(
  `${cpus().length} × ${cpus()[0]?.model ?? "?"}, Node ${process.version}, load ${loadavg()
    .map((l) => l.toFixed(1))
    .join(" ")}; generator on the same machine\n\n`,
);
for (const [name, scenario] of Object.entries(scenarios)) {
  if (asked.length === 0 || asked.includes(name)) await scenario();
}
for (const [name, scenario] of Object.entries(named)) if (asked.includes(name)) scenario();
if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(results)}\n`);
