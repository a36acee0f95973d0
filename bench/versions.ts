// An edit of a workflow in which 100,000 leads wait: what `plan` takes, and what the move costs those who write meanwhile.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import {
  contactCreated,
  hearSaved,
  type Latchkey,
  LOCATION,
  percentiles,
  post,
  sleep,
  startLatchkey,
  wrote,
} from "./rig.ts";

type Say = (scenario: string, figures: Record<string, number | string>) => void;

const WAITING = 100_000;
const KEY = "bench-key-0123456789";

const nurture = (wait: string, more = "") => `
workflow: nurture
enroll: { when: contact.created }
${more}steps: [ { id: rest, wait: ${wait} }, { id: done, tag: Rested } ]
---
workflow: watch
enroll: { when: message.received, again: always }
steps: [ { id: quiet, wait_for: message.received, within: 2d } ]
`;
const EDITED = nurture("20d", "on_edit: re-time\n");

interface Seeded {
  readonly latchkey: Latchkey;
  readonly client: pg.Client;
}

/** One lead enters by a webhook; the others are copies of its rows, so that they are what Latchkey itself writes. */
async function seeded(say: Say): Promise<Seeded> {
  const latchkey = await startLatchkey({ workflows: nurture("30d"), environment: { LATCHKEY_API_KEY: KEY } });
  const client = new pg.Client({ connectionString: latchkey.databaseUrl() });
  await client.connect();
  await client.query(`set role latchkey_app; set latchkey.locations = '${LOCATION}'`);
  await post(latchkey.url, [contactCreated("pattern", 0)]);
  while ((await one(client, "select count(*)::int as n from run")) === 0) await sleep(20);
  const began = performance.now();
  const numbered = `generate_series(1, ${WAITING}) as n`;
  const name = "'seed' || lpad(n::text, 16, '0')";
  await client.query(
    `insert into lead (location_id, lead_id, seen_at, data)
     select location_id, ${name}, seen_at, jsonb_set(data, '{id}', to_jsonb(${name})) from lead, ${numbered} where lead_id = 'pattern'`,
  );
  await client.query(
    `insert into lead_state (location_id, lead_id, data)
     select location_id, ${name}, data from lead_state, ${numbered} where lead_id = 'pattern'`,
  );
  await client.query(
    `insert into run (location_id, run_id, lead_id, workflow, plan_id, status, path, due_at, enrolled_at, data)
     select location_id, id, lead, workflow, plan_id, status, path, due_at, enrolled_at,
            jsonb_set(jsonb_set(data, '{id}', to_jsonb(id)), '{lead}', to_jsonb(lead))
       from run, (select gen_random_uuid() as id, ${name} as lead from ${numbered}) as copy
      where lead_id = 'pattern'`,
  );
  await client.query(
    `insert into lead_turn (location_id, lead_id, due_at, turn)
     select location_id, ${name}, due_at, 1 from lead_turn, ${numbered} where lead_id = 'pattern'`,
  );
  say(`${WAITING} leads wait`, { "seeded in s": (performance.now() - began) / 1000 });
  return { latchkey, client };
}

async function one(client: pg.Client, query: string): Promise<number> {
  return Number((await client.query<{ n: number }>(query)).rows[0]?.n ?? 0);
}

export async function plan(say: Say): Promise<void> {
  const { latchkey, client } = await seeded(say);
  const times: number[] = [];
  let leads = 0;
  for (let n = 0; n < 7; n += 1) {
    const began = performance.now();
    const response = await fetch(`${latchkey.url}/v1/locations/${LOCATION}/workflows/plan`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      body: JSON.stringify({ files: [{ file: "workflows/bench.yaml", text: EDITED }] }),
    });
    const answer = (await response.json()) as { workflows: { workflow: string; leads: number }[] };
    times.push(performance.now() - began);
    leads = answer.workflows.find(({ workflow }) => workflow === "nurture")?.leads ?? 0;
  }
  say("plan over an edit", {
    leads,
    "first ms": times[0] ?? 0,
    "median ms": percentiles(times).p50,
    "worst ms": percentiles(times).max,
  });
  await client.end();
  await latchkey.close();
}

/** Live leads sort before the seeded ones, so that a notification that names only some names them. */
const live = (number: number): string => `alive${String(number).padStart(15, "0")}`;
const PER_SECOND = 100;
const SECONDS = 20;

export async function move(say: Say): Promise<void> {
  const { latchkey, client } = await seeded(say);
  const { savedAt, listener } = await hearSaved(latchkey);
  const writers = Array.from({ length: PER_SECOND * SECONDS }, (_, n) => live(n));
  await post(
    latchkey.url,
    writers.map((id, n) => contactCreated(id, n)),
  );
  await read(client);

  const measured = async (name: string): Promise<number> => {
    savedAt.clear();
    const { posted } = await post(
      latchkey.url,
      writers.map((id) => wrote(id)),
      { perSecond: PER_SECOND },
    );
    await sleep(1_000);
    const latencies = posted.flatMap(({ lead, at }) => {
      const saved = savedAt.get(lead);
      return saved === undefined ? [] : [saved - at];
    });
    const { p50, p99, max } = percentiles(latencies);
    say(name, { "p50 ms": p50, "p99 ms": p99, "max ms": max, seen: latencies.length, of: posted.length });
    return p99;
  };

  await measured(`warm, ${PER_SECOND}/s`);
  const before = await measured(`webhook to decision before, ${PER_SECOND}/s`);
  const began = performance.now();
  writeFileSync(join(latchkey.data, "workflows", "bench.yaml"), EDITED);
  const waiting = "select count(*)::int as n from job where ended_at is null";
  while ((await one(client, "select count(*)::int as n from job")) === 0) await sleep(50);
  const during = await measured("webhook to decision during the move");
  const underWay = (await one(client, waiting)) > 0;
  const written = await one(client, "select coalesce(sum(mailed), 0)::int as n from job");
  while ((await one(client, waiting)) > 0) await sleep(500);
  await read(client);
  const seconds = (performance.now() - began) / 1000;
  say("move of them all", {
    "p99 ratio": during / before,
    "still moving at its end": underWay ? "yes" : "no",
    "written to by then": written,
    "done in s": seconds,
    "per s": WAITING / seconds,
    moved: await one(
      client,
      "select count(*)::int as n from run where plan_id = (select plan_id from plan where workflow = 'nurture' order by created_at desc limit 1)",
    ),
  });
  await listener.end();
  await client.end();
  await latchkey.close();
}

async function read(client: pg.Client): Promise<void> {
  while ((await one(client, "select count(*)::int as n from mailbox")) > 0) await sleep(50);
}
