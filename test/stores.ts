// The two stores of turns, as their contract drives them: memory, and PostgreSQL with its sender.

import { openRights } from "../src/app/rights.ts";
import { readStates } from "../src/behavior/index.ts";
import { eventsOf, insertEvents, insertMail, letterOf, type StoredEvent } from "../src/events/index.ts";
import { openFacts } from "../src/kernel/facts.ts";
import type { JsonObject } from "../src/kernel/json.ts";
import type { Sql } from "../src/kernel/sql.ts";
import type { Clock, Instant } from "../src/kernel/time.ts";
import { readLeads } from "../src/leads/index.ts";
import {
  addressesOf,
  type Channel,
  type OutboxRow,
  openBudget,
  openRenderer,
  openSender,
  readAddresses,
  takeOutbox,
} from "../src/outreach/index.ts";
import { drive, type Letter, openMemory, placeIn, SILENCE, sceneOf } from "../src/timetravel/index.ts";
import { type AtRest, PROVIDER, type Store } from "../src/timetravel/store.contract.ts";
import { decideTurn, openScenes, runBatch } from "../src/turns/index.ts";
import { compile, openPublications, type Publication, publish, type Run } from "../src/workflows/index.ts";
import type { TestDatabase } from "./database.ts";

export const ZONE = "America/New_York";
export const SEED = "seed";
const KEY = "key";

const contentOf = (yaml: string) => {
  const files = [{ file: "test.yaml", text: yaml }];
  const { content, diagnostics } = compile(files);
  if (content === undefined) throw new Error(JSON.stringify(diagnostics, undefined, 2));
  return { content, sources: files };
};

const byId = <T extends { readonly id: string }>(items: Iterable<T>): T[] =>
  [...items].sort((a, b) => (a.id < b.id ? -1 : 1));

/** Without the wall clock's instants. */
function timeless(row: OutboxRow): AtRest["outbox"][number] {
  const { deadline: _deadline, attemptedAt: _attempted, triedAt: _tried, ...rest } = row;
  return rest;
}

/** A location in memory. */
export async function memoryStore(location = "loc1"): Promise<Store> {
  const nothing: Publication = { ...contentOf("events: {}").content, publishedAt: 0 };
  const decisions = new Map<string, string[]>();
  const inputs = new Map<string, JsonObject[]>();
  const place = placeIn(ZONE, SEED);
  const memory = openMemory({
    scene: await sceneOf(location, nothing, place),
    provider: PROVIDER,
    saved(kept, outcome) {
      decisions.set(kept.id, [...(decisions.get(kept.id) ?? []), ...outcome.decisions.map(({ hash }) => hash)]);
      inputs.set(kept.id, [...(inputs.get(kept.id) ?? []), { inputs: outcome.record.inputs }]);
    },
    failed(_kept, error) {
      throw error;
    },
  });
  let clock = 0;
  return {
    location,
    async publish(yaml, at) {
      const publication = { ...contentOf(yaml).content, publishedAt: at };
      memory.scene = { ...(await sceneOf(location, publication, place, memory.scene.plans.values())), addressKey: KEY };
    },
    async post(at, lead, ...letters) {
      clock = Math.max(clock, at);
      memory.post(lead, ...letters);
    },
    async until(at) {
      drive(memory, SILENCE, { from: clock, to: at });
      clock = at;
    },
    async read(lead) {
      const kept = memory.lead(lead);
      const outbox = kept === undefined ? [] : [...kept.outbox.values()];
      return {
        turn: kept?.turn ?? 0,
        dueAt: kept?.dueAt,
        lead: kept?.lead,
        state: kept?.state,
        runs: byId<Run>(kept?.runs.values() ?? []),
        outbox: byId(outbox.map(({ row }) => timeless(row))),
        messages: byId(outbox.flatMap(({ message }) => (message === undefined ? [] : [message]))),
        decisions: decisions.get(lead) ?? [],
        events: [...(kept?.log ?? [])].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)),
        addresses: kept?.lead === undefined ? {} : memory.addresses.of(kept.lead.contact),
        inputs: inputs.get(lead) ?? [],
      };
    },
  };
}

/** A location of a real database, its turns and its sender driven by hand on a clock that jumps. */
export async function postgresStore(db: TestDatabase, location: string): Promise<Store> {
  const clock: Clock & { at: Instant } = { at: 0, now: () => clock.at, real: () => clock.at, elapsed: () => 0 };
  const facts = openFacts();
  const failures: string[] = [];
  facts.on("lead_failed", ({ reason }) => failures.push(reason));
  facts.on("loop_failed", ({ reason }) => failures.push(reason));
  const inside = <T>(work: (sql: Sql) => Promise<T>): Promise<T> => db.database.transaction([location], work);
  await inside((sql) =>
    sql.query("insert into installation (location_id, installed_at, seed, workflow_secret) values ($1, $2, $3, '')", [
      location,
      new Date(0),
      SEED,
    ]),
  );
  const place = placeIn(ZONE, SEED);
  const scenes = openScenes({
    publications: openPublications(),
    place: () => place,
    renderer: openRenderer(),
    addressKey: KEY,
  });
  const channel = (name: Channel["name"]): Channel => ({
    name,
    async send({ key, rendered, to }) {
      const row = { id: key } as OutboxRow;
      const reception = PROVIDER.send({ row, channel: name, rendered, to, at: clock.at });
      if (reception.taken) return { result: "accepted", provider: { messageId: reception.providerId ?? key } };
      return { result: "rejected", reason: reception.reason, status: reception.status, detail: "" };
    },
  });
  const written = async () => ({ result: "accepted" as const, provider: {} });
  const sender = openSender({
    database: db.database,
    clock,
    facts,
    budget: openBudget({ database: db.database, clock }),
    addressKey: KEY,
    leads: readLeads,
    rights: openRights(scenes, clock),
    channels: { sms: channel("sms"), email: channel("email") },
    records: {
      createTask: written,
      createNote: written,
      changeTags: written,
      updateContact: written,
      createOpportunity: written,
      updateOpportunity: written,
      changeWorkflow: written,
    },
    hook: written,
    trigger: written,
    lookup: async () => ({ found: "none" }),
    parallel: 1,
    pollMs: 0,
  });
  const parts = {
    database: db.database,
    clock,
    facts,
    process: { worker: location, host: "test", pid: 1 },
    scenes,
    decide: decideTurn,
    saved: () => undefined,
  };

  /** What is there at once, or when the next thing is. */
  const next = async (): Promise<Instant | undefined> => {
    const { rows } = await inside((sql) =>
      sql.query<{ at: Instant | null }>(
        `select least((select min(received_at) from mailbox where location_id = $1),
                      (select min(due_at) from lead_turn where location_id = $1),
                      (select min(coalesce(not_before, created_at)) from outbox
                        where location_id = $1 and state = 'queued')) as at`,
        [location],
      ),
    );
    return rows[0]?.at ?? undefined;
  };
  return {
    location,
    publish: async (yaml, at) => {
      await inside((sql) => publish(sql, location, { ...contentOf(yaml), at, by: "test" }));
    },
    async post(at, lead, ...letters) {
      clock.at = Math.max(clock.at, at);
      await inside(async (sql) => {
        const events = letters.flatMap((letter): StoredEvent[] =>
          letter.kind === "event" ? [{ ...letter.event, location }] : [],
        );
        await insertEvents(sql, events);
        await insertMail(
          sql,
          letters.map((letter) => mailOf(location, lead, letter)),
        );
      });
    },
    async until(at) {
      for (;;) {
        const due = await next();
        if (due === undefined || Math.max(due, clock.at) > at) break;
        clock.at = Math.max(due, clock.at);
        while ((await runBatch(parts, location, { limit: 100, cautious: false })) > 0);
        await sender.pass(location);
        if (failures.length > 0) throw new Error(failures.join("\n"));
      }
      clock.at = Math.max(clock.at, at);
    },
    read: (lead) => inside((sql) => readAll(sql, location, lead)),
  };
}

function mailOf(location: string, lead: string, letter: Letter): Parameters<typeof insertMail>[1][number] {
  const to = { location, lead };
  if (letter.kind === "event") return letterOf({ ...letter.event, ...to });
  if (letter.kind === "answer") return { ...to, kind: "answer", receivedAt: letter.at, body: letter.answer };
  if (letter.kind === "command") return { ...to, kind: "command", receivedAt: letter.at, body: letter.command };
  if (letter.kind === "ask") return { ...to, kind: "ask", receivedAt: letter.at, body: letter.ask };
  return { ...to, kind: "reply", receivedAt: letter.at, body: letter.reply };
}

async function readAll(sql: Sql, location: string, lead: string): Promise<AtRest> {
  const all = async <Row>(text: string) => (await sql.query<Row>(text, [location, lead])).rows;
  const [turn] = await all<{ turn: number; dueAt: Instant | null }>(
    `select turn, due_at as "dueAt" from lead_turn where location_id = $1 and lead_id = $2`,
  );
  const ids = await all<{ id: string }>(
    "select outbox_id as id from outbox where location_id = $1 and lead_id = $2 order by outbox_id",
  );
  const outbox = await takeOutbox(
    sql,
    location,
    [lead],
    ids.map(({ id }) => id),
  );
  const profile = (await readLeads(sql, location, [lead])).get(lead);
  const known =
    profile === undefined
      ? new Map()
      : await readAddresses(sql, location, [{ id: lead, addresses: addressesOf(profile.contact) }], KEY);
  const runs = await all<{ data: Run }>("select data from run where location_id = $1 and lead_id = $2 order by run_id");
  const decisions = await all<{ hash: string }>(
    "select hash from decision where location_id = $1 and lead_id = $2 order by turn, place",
  );
  return {
    turn: turn?.turn ?? 0,
    dueAt: turn?.dueAt ?? undefined,
    lead: profile,
    state: (await readStates(sql, location, [lead])).get(lead),
    runs: runs.map(({ data }) => data),
    outbox: byId(outbox.map(({ row }) => timeless(row))),
    messages: byId(outbox.flatMap(({ message }) => (message === undefined ? [] : [message]))),
    decisions: decisions.map(({ hash }) => hash),
    events: (await eventsOf(sql, location, [lead], undefined, 0)).get(lead) ?? [],
    addresses: known.get(lead) ?? {},
    inputs: await all<JsonObject>("select inputs from turn where location_id = $1 and lead_id = $2 order by turn"),
  };
}
