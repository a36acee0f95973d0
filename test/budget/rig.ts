// One run of the budget suite: seeded outboxes of many locations, sender processes, the provider that judges, and
// replies put in while the mass wakes are under way. Nothing here knows how the budget works.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { watchTimers } from "../lateness.ts";
import { mostWithin, quantile, shareUsed } from "./judge.ts";

export interface Plan {
  /** Of a migrated database. */
  readonly databaseUrl: string;
  readonly locations: number;
  readonly senders: number;
  /** Until the windows are full and moving: not counted into the share. */
  readonly warmUpMs: number;
  readonly measuredMs: number;
  /** A reply is put in so often, at one location after the other. */
  readonly replyEveryMs: number;
}

export interface Found {
  /** Requests of any one location within any ten seconds of the provider's clock. */
  readonly most: number;
  readonly turnedAway: number;
  /** Used of the lawful rate over the measured time, of the location that used least, and of all. */
  readonly leastShare: number;
  readonly share: number;
  /** From the commit of a reply's row to its arrival at the provider. */
  readonly replies: { readonly asked: number; readonly arrived: number; readonly p50: number; readonly p99: number };
  readonly requests: number;
  /** Processor seconds of all senders. */
  readonly cpu: number;
  /** By how many ms a timer of a process that does nothing else is late, in the middle: whether there was a processor. */
  readonly lateness: number;
  /** The latest of these timers, ms: for so long nobody had a processor. */
  readonly stall: number;
}

const LAWFUL = { max: 100, windowMs: 10_000 };
const root = fileURLToPath(new URL(process.env["BUDGET_ROOT"] ?? "../../", import.meta.url));

export async function runBudget(plan: Plan): Promise<Found> {
  const folder = join(root, ".cache", `budget-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const children: ChildProcess[] = [];
  const client = new pg.Client({ connectionString: plan.databaseUrl, options: "-c latchkey.locations=*" });
  await client.connect();
  try {
    await bundle(folder);
    await seed(client, plan);
    const provider = start(join(folder, "provider.js"), {});
    children.push(provider);
    const { url } = JSON.parse(await line(provider)) as { url: string };
    const env = { SENDER_DATABASE: plan.databaseUrl, SENDER_PROVIDER: url };
    const senders = Array.from({ length: plan.senders }, () => start(join(folder, "sender.js"), env));
    children.push(...senders);
    await Promise.all(senders.map(line));

    await pause(plan.warmUpMs);
    const { now: from } = await judged(url);
    const [middle, longest] = [watchTimers(0.5), watchTimers(1)];
    const asked = await putReplies(client, plan);
    const late = { lateness: middle(), stall: longest() };
    await pause(2_000);
    const { now: to, locations, replies } = await judged(url);
    const cpus = await Promise.all(senders.map(ended));
    return found({ from, to, locations, replies, asked, cpu: cpus.reduce((sum, one) => sum + one, 0), late, plan });
  } finally {
    await client.end();
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Judged {
  readonly now: number;
  readonly locations: readonly { location: string; arrivals: readonly number[]; turnedAway: number }[];
  readonly replies: readonly (readonly [number, number])[];
}

const judged = async (url: string): Promise<Judged> => (await (await fetch(`${url}/judge`)).json()) as Judged;

interface Run extends Omit<Judged, "now"> {
  readonly from: number;
  readonly to: number;
  readonly asked: ReadonlyMap<number, number>;
  readonly cpu: number;
  readonly late: Pick<Found, "lateness" | "stall">;
  readonly plan: Plan;
}

function found({ from, to, locations, replies, asked, cpu, late, plan }: Run): Found {
  const shares = locations.map(({ arrivals }) => shareUsed(arrivals, [from, to], LAWFUL));
  const waits = replies.map(([number, at]) => at - (asked.get(number) ?? Number.NaN));
  return {
    most: Math.max(...locations.map(({ arrivals }) => mostWithin(arrivals, LAWFUL.windowMs))),
    turnedAway: locations.reduce((sum, one) => sum + one.turnedAway, 0),
    leastShare: locations.length < plan.locations ? 0 : Math.min(...shares),
    share: shares.reduce((sum, one) => sum + one, 0) / plan.locations,
    replies: { asked: asked.size, arrived: replies.length, p50: quantile(waits, 0.5), p99: quantile(waits, 0.99) },
    requests: locations.reduce((sum, { arrivals }) => sum + arrivals.length, 0),
    cpu,
    ...late,
  };
}

async function bundle(folder: string): Promise<void> {
  const { build } = await import("rolldown");
  await build({
    cwd: root,
    input: { sender: "test/budget/sender.ts", provider: "test/budget/provider.ts" },
    platform: "node",
    external: (id: string) => !id.startsWith(".") && !id.startsWith("/"),
    logLevel: "warn",
    output: { dir: folder, format: "esm", entryFileNames: "[name].js" },
  });
}

function start(path: string, env: Readonly<Record<string, string>>): ChildProcess {
  const { PATH = "" } = process.env;
  return spawn(process.execPath, [path], {
    cwd: root,
    env: { PATH, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
}

async function line(child: ChildProcess): Promise<string> {
  const [said] = (await once(createInterface(child.stdout!), "line")) as [string];
  return said;
}

/** Ends a sender as its owner would; answers the processor seconds it took. */
async function ended(child: ChildProcess): Promise<number> {
  const said = line(child);
  child.stdin?.end();
  const { user, system } = JSON.parse(await said) as { user: number; system: number };
  return (user + system) / 1e6;
}

const name = (number: number): string => `office-${String(number).padStart(3, "0")}`;

/** Mass wakes: a mail to each of many leads of every location; a mail has no quiet hours, so the hour does not matter. */
async function seed(client: pg.Client, { locations, warmUpMs, measuredMs, replyEveryMs }: Plan): Promise<void> {
  const each = Math.ceil((warmUpMs + measuredMs + 15_000) / 100);
  const replies = Math.ceil(measuredMs / replyEveryMs / locations) + 1;
  await client.query(
    `insert into installation (location_id, installed_at, seed, workflow_secret)
     select 'office-' || lpad(n::text, 3, '0'), now(), 'seed', '' from generate_series(1, $1) as n`,
    [locations],
  );
  await client.query(
    `insert into lead (location_id, lead_id, seen_at, data)
     select location_id, lead, now(), jsonb_build_object('id', lead, 'location', location_id, 'asOf', '{}'::jsonb,
            'stub', false, 'deleted', false, 'opportunities', '{}'::jsonb, 'appointments', '{}'::jsonb,
            'consent', '{"all": false, "channels": {}}'::jsonb,
            'contact', jsonb_build_object('email', lead || '@example.com', 'tags', '[]'::jsonb, 'custom', '{}'::jsonb))
       from installation, lateral (select 'lead-' || n as lead from generate_series(1, $1) as n
             union all select 'asker-' || n from generate_series(1, $2) as n) as leads`,
    [each, replies],
  );
  await client.query(
    `insert into outbox (location_id, outbox_id, lead_id, kind, workflow, path, lane, priority, channels, place, state,
                         created_at, body)
     select location_id, gen_random_uuid(), lead_id, 'message', 'news', 'hello', 3, 50, '{email}', 0, 'queued', now(), $1
       from lead where lead_id like 'lead-%'`,
    [RULES],
  );
  await client.query(
    `insert into message (location_id, message_id, lead_id, created_at, rendered, template, template_hash, decided)
     select location_id, outbox_id, lead_id, now(), $1, 'hello', '', '[]' from outbox`,
    [JSON.stringify(mail("News"))],
  );
  await client.query("analyze");
}

const RULES = JSON.stringify({ purpose: "marketing", template: "hello", caps: [], workflow: "news" });
const mail = (text: string) => ({ email: { channel: "email", subject: "Homes", text: `${text}.` } });

/** Answers when each was committed, by its number. */
async function putReplies(client: pg.Client, plan: Plan): Promise<Map<number, number>> {
  const asked = new Map<number, number>();
  const began = performance.now();
  for (let number = 1; performance.now() - began < plan.measuredMs; number += 1) {
    const location = name(((number * 7) % plan.locations) + 1);
    const lead = `asker-${Math.ceil(number / plan.locations)}`;
    await client.query(
      `with row as (
         insert into outbox (location_id, outbox_id, lead_id, kind, workflow, path, lane, priority, channels, place, state,
                             created_at, body)
         values ($1, gen_random_uuid(), $2, 'message', 'answer', 'hello', 0, 50, '{email}', 0, 'queued', now(), $3)
         returning outbox_id)
       insert into message (location_id, message_id, lead_id, created_at, rendered, template, template_hash, decided)
       select $1, outbox_id, $2, now(), $4, 'hello', '', '[]' from row`,
      [location, lead, RULES, JSON.stringify(mail(`Reply ${number}`))],
    );
    asked.set(number, Date.now());
    await pause(Math.max(0, began + number * plan.replyEveryMs - performance.now()));
  }
  return asked;
}
