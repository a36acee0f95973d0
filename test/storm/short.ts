// A storm of some hundred sends in a few seconds, made so that each guard of the sender has something to stop: it runs
// on a bundle in which all waits are short, with or without a planted fault.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { build } from "rolldown";
import type { TestCluster } from "../cluster.ts";
import type { Findings } from "./judge.ts";
import { HASTE, type Patch, planting, root } from "./plants.ts";
import { type Stage, type Storm, storm } from "./storm.ts";

/** Of what is made for one run. */
export const folder = join(root, ".cache/planted");

export const sweepBundles = (): void => rmSync(folder, { recursive: true, force: true });

/** Bundles Latchkey as `build.mjs` does, with these patches in its sources. Answers the script. */
export async function bundleWith(name: string, patches: readonly Patch[]): Promise<string> {
  await build({
    cwd: root,
    input: { latchkey: "src/cli.ts" },
    platform: "node",
    external: (id) => !id.startsWith(".") && !id.startsWith("/"),
    logLevel: "warn",
    plugins: [planting([...HASTE, ...patches])],
    output: { dir: join(folder, name), format: "esm", entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
  });
  return join(folder, name, "latchkey.js");
}

const LASTING = {
  receipts: { failed: 0.1, undelivered: 0.05 },
  webhooks: { lost: 0, duplicate: 0.1, reorder: 0.1 },
};
const FAULTS = {
  ...LASTING,
  ...{ on: "writes", drop: 0.08, failAfter: 0.04, truncated: 0.03, unreadable: 0.03, refusedAfter: 0.03 },
  ...{ failBefore: 0.01, resetBefore: 0.01, throttle: 0.01 },
  contacts: { gone: 0.01, dnd: 0.01, badNumber: 0.02 },
  late: { chance: 0.25, ms: 2_400 },
};
/** Nothing is taken: what is decided meanwhile waits. */
const NOTHING = { ...LASTING, on: "writes", throttle: 1 };
const PEOPLE = 72;
/** Of a busy machine; an idle one takes a few seconds. */
const PATIENCE = 120_000;
const EVERY_STOP = 6;

/** @param finding ends it as soon as that is found */
export function shortStorm(
  cluster: TestCluster,
  script: string,
  seed: number,
  finding?: keyof Findings,
): Promise<Storm> {
  return storm({
    ...{ cluster, seed, script, people: PEOPLE, everyRecords: 2, everyStop: EVERY_STOP, processes: 2, kills: 0 },
    ...{
      seconds: 1,
      breaths: ["1s", "1s", "1s"],
      faults: NOTHING,
      after: LASTING,
      patience: PATIENCE,
      grace: 0,
    },
    plot,
    ...(finding !== undefined ? { enough: (found: Findings) => (found[finding] as readonly string[]).length > 0 } : {}),
  });
}

/**
 * They write while nothing is taken, and their first letters wait. Some then say STOP: where a double has their number
 * it is decided, of the others no turn may read it. Then all goes at once, and processes are killed.
 */
async function plot({ crowd, provider, people, query, kill, killAll, url }: Stage): Promise<void> {
  await crowd.arrive(people, 1);
  const tried = (count: number) =>
    until(query, "select count(*) >= $1 as yes from outbox where path = 'first' and attempt > 0", [count]);
  await tried(people.length);
  await until(query, "select not exists (select from mailbox) as yes");
  const stops = people.filter((person) => person.stops);
  const doubled = new Set(people.flatMap(({ doubleOf }) => doubleOf ?? []));
  const unread = stops.filter(({ id }) => !doubled.has(id)).map(({ id }) => id);
  const reader = new pg.Client({ connectionString: url, options: "-c latchkey.locations=*" });
  await reader.connect();
  try {
    await reader.query("begin");
    await reader.query("select from lead_turn where lead_id = any($1) order by lead_id for update", [unread]);
    await Promise.all(stops.map((person) => crowd.stop(person)));
    await until(query, "select not exists (select from mailbox where lead_id <> all($1)) as yes", [unread]);
    await provider.tell("faults", FAULTS);
    // in the middle of what they are doing: much has been taken, and not been answered yet
    await taken(provider, 12);
    await pause(300);
    await killAll();
    await taken(provider, PEOPLE);
    await kill();
  } finally {
    await reader.end();
  }
}

async function taken(provider: Stage["provider"], count: number): Promise<void> {
  for (const end = performance.now() + PATIENCE; performance.now() < end; await pause(100))
    if ((await provider.ask<{ accepted: number }>("state")).accepted >= count) return;
}

async function until(query: Stage["query"], question: string, values: readonly unknown[] = []): Promise<void> {
  for (const end = performance.now() + PATIENCE; performance.now() < end; await pause(100)) {
    const { rows } = await query(question, [...values]);
    if (rows[0].yes === true) return;
  }
  throw new Error(`a short storm did not get so far: ${question}`);
}
