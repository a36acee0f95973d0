// One storm: a database, a provider that fails, several Latchkeys of which one is killed now and then, and a crowd;
// run until nothing is open any more, and judged.

import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { u } from "../../simulator/chance.ts";
import type { FaultPlan } from "../../simulator/crm/faults.ts";
import { openProvider, openVictim, type Provider, type Victim } from "../chaos/processes.ts";
import { administer, databaseUrl, type TestCluster } from "../cluster.ts";
import { type Crowd, detailsOf, openCrowd, type Person, people, workflows } from "./crowd.ts";
import { type Findings, judge } from "./judge.ts";
import { IS_STRANDED, isAtRest } from "./rest.ts";

type Plan = { readonly [Name in keyof FaultPlan]?: unknown };

export interface StormOptions {
  readonly cluster: TestCluster;
  readonly seed: number;
  readonly people: number;
  readonly everyRecords: number;
  readonly everyStop: number;
  /** Seconds over which they come in. */
  readonly seconds: number;
  /** Between the letters. */
  readonly breaths: readonly [string, string, string];
  readonly processes: number;
  readonly kills: number;
  /** While they come in, and afterwards. */
  readonly faults: Plan;
  readonly after: Plan;
  /** What runs: `dist/latchkey.js`, or a planted one. */
  readonly script?: string;
  /** ms after which it is judged, at rest or not. */
  readonly patience: number;
  readonly grace?: number;
  /** Enough is known: judged again and again from the end of the plot on. Without it, once, at rest. */
  readonly enough?: (found: Findings) => boolean;
  /** What happens meanwhile; by default they simply arrive, and some say STOP. */
  readonly plot?: (stage: Stage) => Promise<void>;
}

export interface Stage {
  readonly crowd: Crowd;
  readonly provider: Provider;
  readonly people: readonly Person[];
  readonly query: pg.Client["query"];
  /** Of the database. */
  readonly url: string;
  /** Kills one of the processes, drawn from the seed, and starts it again. */
  kill(): Promise<void>;
  killAll(): Promise<void>;
}

export interface Storm extends Findings {
  /** ms from the end of the plot until nothing was open; undefined: never. */
  readonly restAfter: number | undefined;
}

export async function storm(options: StormOptions): Promise<Storm> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-storm-"));
  const name = `latchkey_storm_${randomBytes(5).toString("hex")}`;
  const url = databaseUrl(options.cluster.url, name);
  await administer(options.cluster.url, `create database ${name} template ${options.cluster.template}`);
  const open: (() => Promise<unknown>)[] = [
    () => administer(options.cluster.url, `drop database if exists ${name} with (force)`),
  ];
  try {
    return await run(options, { folder, url, open });
  } finally {
    for (const close of open.reverse()) await close().catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
}

interface House {
  readonly folder: string;
  readonly url: string;
  readonly open: (() => Promise<unknown>)[];
}

async function run(options: StormOptions, { folder, url, open }: House): Promise<Storm> {
  const provider = await openProvider(
    ["--no-town", "--rate-max", "1000000", "--rate-interval-ms", "1000", "--retry-base-ms", "200"].concat(
      "--seed",
      String(options.seed),
    ),
  );
  open.push(() => provider.close());
  const client = new pg.Client({ connectionString: url, options: "-c latchkey.locations=*" });
  client.on("error", () => undefined);
  await client.connect();
  open.push(() => client.end());
  const query = client.query.bind(client) as pg.Client["query"];

  const apiKey = `storm-${"k".repeat(24)}`;
  const processes = await openProcesses(options, { folder, url, provider, apiKey });
  open.push(() => Promise.all(processes.map((one) => one.stop())));
  const doors = processes.map((one) => one.url);
  const crowd = openCrowd({ doors, location: provider.location });
  open.push(() => crowd.close());
  writeFileSync(join(folder, "keys.pem"), `${crowd.publicKeyPem}\n${provider.publicKeyPem}`);
  for (const one of processes) one.start();
  const everybody = people(options.people, options.everyRecords, options.everyStop);
  for (let from = 0; from < everybody.length; from += 50) {
    const tell = (person: Person) =>
      provider.tell("contacts", { id: person.id, contact: detailsOf(person), webhook: false });
    await Promise.all(everybody.slice(from, from + 50).map(tell));
  }
  await Promise.all(processes.map((one) => one.ready()));
  await provider.tell("target", { webhookUrl: `${doors[0]}/webhooks/highlevel` });
  await provider.tell("faults", options.faults);

  let draws = 0;
  const kill = async () => {
    const victim = processes[Math.floor(u(options.seed, draws++, "storm/kill") * processes.length)] as Victim;
    await victim.kill();
    victim.start();
  };
  const killAll = async () => {
    await Promise.all(processes.map((one) => one.kill()));
    for (const one of processes) one.start();
  };
  const { plot = arrival(options) } = options;
  await plot({ crowd, provider, people: everybody, query, url, kill, killAll });
  await provider.tell("faults", options.after);
  const { grace, enough } = options;
  const asked = { provider, crowd, people: everybody, query, ...(grace === undefined ? {} : { grace }) };
  const ask = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`${doors.at(-1)}/v1/locations/${provider.location}/${path}`, {
      headers: { authorization: `Bearer ${apiKey}` },
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  await Promise.all(processes.map((one) => one.ready()));
  const isEnough = enough === undefined ? undefined : async () => enough(await judge({ ...asked, ask }));
  const restAfter = await untilRest(query, provider, options.patience, isEnough);
  const found = await judge({ ...asked, ask });
  return { ...found, restAfter };
}

async function openProcesses(
  options: StormOptions,
  { folder, url, provider, apiKey }: { folder: string; url: string; provider: Provider; apiKey: string },
): Promise<Victim[]> {
  const written = join(folder, "workflows");
  mkdirSync(written);
  writeFileSync(join(written, "storm.yaml"), workflows(options.breaths));
  return Promise.all(
    Array.from({ length: options.processes }, (_, n) =>
      openVictim(
        {
          DATABASE_URL: url,
          LATCHKEY_DATA: join(folder, `data-${n}`),
          LATCHKEY_SECRET: "the same secret in every process of a storm",
          LATCHKEY_WORKFLOWS: written,
          LATCHKEY_API_KEY: apiKey,
          HIGHLEVEL_API_URL: provider.url,
          HIGHLEVEL_LOCATION: provider.location,
          HIGHLEVEL_TOKEN: provider.token,
          HIGHLEVEL_WEBHOOK_KEYS: join(folder, "keys.pem"),
        },
        join(folder, `latchkey-${n}.log`),
        ...(options.script === undefined ? [] : [options.script]),
      ),
    ),
  );
}

/** They come in, some say STOP four seconds after they wrote, and processes are killed at instants drawn from the seed. */
const arrival =
  ({ seed, seconds, kills }: StormOptions) =>
  async ({ crowd, people: everybody, kill }: Stage): Promise<void> => {
    const arriving = crowd.arrive(everybody, seconds);
    const stops = everybody
      .filter(({ stops }) => stops)
      .map(async (person) => {
        await pause((person.n / everybody.length) * seconds * 1_000 + 4_000);
        await crowd.stop(person);
      });
    const instants = Array.from(
      { length: kills },
      (_, n) => (0.1 + 0.9 * u(seed, n, "storm/instant")) * seconds * 1_000,
    );
    const from = performance.now();
    for (const at of instants.sort((a, b) => a - b)) {
      await pause(Math.max(0, at - (performance.now() - from)));
      await kill();
    }
    await Promise.all([arriving, ...stops]);
  };

/** @returns ms until nothing more will come by itself */
async function untilRest(
  query: pg.Client["query"],
  provider: Provider,
  patience: number,
  isEnough?: () => Promise<boolean>,
): Promise<number | undefined> {
  const from = performance.now();
  let quiet = 0;
  while (performance.now() - from < patience) {
    await pause(500);
    const { webhooks } = await provider.ask<{ webhooks: { waiting: number } }>("state");
    quiet = webhooks.waiting === 0 && (await isAtRest(query, new Date())) ? quiet + 1 : 0;
    if (quiet >= 3) return performance.now() - from;
    if ((await isEnough?.()) === true) return undefined;
  }
  const { webhooks } = await provider.ask<{ webhooks: { waiting: number } }>("state");
  process.stdout.write(`storm: not at rest: ${JSON.stringify({ webhooks, ...(await leftOpen(query)) })}\n`);
  return undefined;
}

/** What is open in the end, in seconds from now, for whoever asks why. */
async function leftOpen(query: pg.Client["query"]) {
  const { rows: outbox } = await query(
    `select kind, state, lane, attempt, resent, lookups, put_off, channels[place + 1] as channel,
            round(extract(epoch from deadline - $1)) as deadline, round(extract(epoch from not_before - $1)) as not_before,
            round(extract(epoch from created_at - $1)) as created,
            exists (select from mailbox as m where m.location_id = o.location_id and m.lead_id = o.lead_id) as has_mail,
            lead_id as lead
       from outbox as o
      where state in ('queued', 'sending', 'unconfirmed', 'refused')
      order by lead_id, created_at
      limit 50`,
    [new Date()],
  );
  const { rows: runs } = await query(
    `select r.workflow, r.lead_id as lead, r.status, r.path, round(extract(epoch from r.due_at - $1)) as due,
            round(extract(epoch from r.enrolled_at - $1)) as enrolled,
            (select json_agg(json_build_object('path', o.path, 'kind', o.kind, 'state', o.state, 'deadline', o.deadline,
                                               'put_off', o.put_off, 'attempt', o.attempt) order by o.created_at)
               from outbox as o where o.location_id = r.location_id and o.run_id = r.run_id) as rows,
            (select row_to_json(t) from (select turn, due_at, failures, parked_at, parked_why from lead_turn
                                          where location_id = r.location_id and lead_id = r.lead_id) as t) as turn,
            r.data
       from run as r
      where ${IS_STRANDED}
      order by r.lead_id
      limit 20`,
    [new Date()],
  );
  const { rows: others } = await query(
    `select (select count(*)::int from mailbox) as letters,
            (select count(*)::int from run where ended_at is null) as open_runs,
            (select json_agg(json_build_object('dependency', dependency, 'state', state, 'until', until)) from breaker) as breakers`,
  );
  return { outbox, runs, ...others[0] };
}
