// Opt-outs against the sender, whatever comes in between: records that share numbers say STOP, START and what nobody understands,
// are merged, given other numbers and judged, and lead after lead a text waits. What may leave is said by a model beside it.

import fc from "fast-check";
import { expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { AGAIN, NOON, POINTS, phoneOf, stage } from "../../../test/sending.ts";
import { openCommands } from "../../app/commands.ts";
import { findStrangers } from "../../app/introductions.ts";
import { openLifting } from "../../app/lifting.ts";
import { merge } from "../../app/merging.ts";
import type { Operations } from "../../highlevel/index.ts";
import { InvalidInput } from "../../kernel/errors.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { DAY, type Instant, MINUTE, SECOND } from "../../kernel/time.ts";
import { readLeads } from "../../leads/index.ts";
import { addressKey, askedBy, lastWords, type OptOut, openUnclear } from "../index.ts";

const db = databasePerFile();
const LEADS = ["lead0", "lead1", "lead2", "lead3"] as const;
const lead = fc.nat({ max: 3 });
const number = fc.nat({ max: 1 });
const channel = fc.constantFrom("sms", "whatsapp");
const named = fc.option(number, { nil: undefined });
const act = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("stop" as const), lead, named, channel }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("start" as const), lead, named, channel }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("unclear" as const), lead, named, channel }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("look" as const), lead }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("judge" as const), lead, as: fc.constantFrom("go_on", "opted_out") }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("lift" as const), lead, mistake: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("merge" as const), lead, into: lead }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("number" as const), lead, number, told: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("dnd" as const), lead, on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crm" as const), up: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("read" as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      stop: fc.option(fc.record({ lead, named, at: fc.constantFrom(...POINTS.slice(1, 4)) }), { nil: undefined }),
    }),
  },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

/** What was said at a number, and has been taken back by nobody who may. */
interface Said {
  readonly kind: "words" | "person" | "asked";
  readonly at: Instant;
  readonly read: boolean;
}

/** Who has what number, as far as it was told, and what may not be sent to. It knows of no turn and no mailbox. */
function openModel() {
  const told = new Map<string, number>();
  const had = new Map<string, Map<number, Instant>>();
  const into = new Map<string, string>();
  const owed = new Map<string, { at: Instant; heard: readonly number[] }>();
  const starts = new Map<string, { at: Instant; number: number }>();
  const strangers = new Set<string>();
  const dnd = new Set<string>();
  let said: readonly (readonly Said[])[] = [[], []];
  const add = (n: number, one: Said) => (said = said.map((all, i) => (i === n ? [...all, one] : all)));
  const drop = (n: number, isGone: (one: Said) => boolean) =>
    (said = said.map((all, i) => (i === n ? all.filter((one) => !isGone(one)) : all)));
  const ofPerson = (id: string, now: Instant): number[] => {
    const records = [id, ...[...into].flatMap(([from, to]) => (to === id ? [from] : []))];
    const before = records.flatMap((one) => [...(had.get(one) ?? [])]).filter(([, at]) => now <= at + 14 * DAY);
    return [...new Set([...records.flatMap((one) => told.get(one) ?? []), ...before.map(([n]) => n)])];
  };
  return {
    told,
    dnd,
    strangers,
    said: (n: number) => said[n] as readonly Said[],
    stop(id: string, at: Instant, from: number | undefined) {
      const own = told.get(id);
      const ended = from === undefined ? ofPerson(id, at) : [...new Set([from, ...(own === undefined ? [] : [own])])];
      for (const n of ended) add(n, { kind: "words", at, read: false });
      if (from === undefined || own === undefined) owed.set(id, { at, heard: ended });
      if (from === undefined && own === undefined) strangers.add(id);
    },
    start(id: string, at: Instant, from: number | undefined) {
      const own = told.get(id);
      owed.delete(id);
      if (from !== undefined) drop(from, ({ kind }) => kind !== "person" || from === own);
      else if (own !== undefined && ofPerson(id, 0).length === 1) starts.set(id, { at, number: own });
    },
    tell(id: string, n: number, texted: Instant | undefined) {
      const before = told.get(id);
      if (before !== undefined && before !== n && texted !== undefined)
        had.set(id, new Map([...(had.get(id) ?? []), [before, texted]]));
      told.set(id, n);
      strangers.delete(id);
      const stop = owed.get(id);
      if (stop !== undefined && !stop.heard.includes(n)) add(n, { kind: "words", at: stop.at, read: false });
      owed.delete(id);
      const start = starts.get(id);
      if (start?.number === n) drop(n, ({ at }) => at <= start.at);
      starts.delete(id);
    },
    unclear(id: string, at: Instant) {
      const own = told.get(id);
      if (own !== undefined) add(own, { kind: "asked", at, read: false });
    },
    read: () => (said = said.map((all) => all.map((one) => ({ ...one, read: true })))),
    merge: (from: string, to: string) => {
      for (const [one, stays] of into) if (stays === from) into.set(one, to);
      into.set(from, to);
    },
    goOn: (n: number, read: readonly Said[]) =>
      drop(n, ({ kind, at }) => kind === "asked" && read.some((one) => one.at === at)),
    judged(n: number, read: readonly Said[], at: Instant) {
      const all = said[n] as readonly Said[];
      const isAll = all.length === read.length && all.every((one) => read.some((other) => other.at === one.at));
      if (!isAll || all.some(({ kind }) => kind !== "asked")) return;
      drop(n, () => true);
      add(n, { kind: "person", at, read: false });
    },
    lifted: (n: number, until: Instant) => drop(n, ({ kind, at }) => kind === "person" && at <= until),
  };
}

/** Plays one sequence: what left that must not, or undefined. */
async function play(acts: readonly Act[], leads: number, numbers: number): Promise<string | undefined> {
  const scene = await stage(db, 0);
  const { place } = scene;
  const { clock, facts } = place;
  const { database } = place.parts();
  await place.publish(AGAIN);
  const model = openModel();
  const crm = new Map<string, number>();
  const texted = new Map<string, Instant>();
  const into = new Map<string, string>();
  const pages = new Map<string, { seen: string; number: number; read: readonly Said[] }>();
  const needs = { database, clock, addressKey: "key", mailed: () => undefined };
  const commands = openCommands(needs);
  const { lift } = openLifting(needs);
  const phone = (n: number) => phoneOf(n % numbers);
  const indexOf = (address: string | undefined) => [0, 1].find((n) => phoneOf(n) === address);
  const who = (n: number): string => into.get(LEADS[n % leads] as string) ?? (LEADS[n % leads] as string);
  let up = true;
  const asked: Promise<unknown>[] = [];

  const tell = (id: string): JsonObject => {
    const n = crm.get(id) as number;
    model.tell(id, n, texted.get(`${id} ${model.told.get(id)}`));
    return { change: "update", asOf: clock.now(), createdAt: NOON, contact: { phone: phone(n), tags: [] } };
  };
  const api = {
    contact: async (_: string, id: string) => {
      if (!up) return { outcome: "unknown", detail: "503" };
      const dnd = { asOf: clock.now(), all: model.dnd.has(id), channels: {} };
      return { outcome: "done", value: { contact: tell(id), dnd } };
    },
  } as unknown as Operations;
  const { introduce } = findStrangers({ api, database, clock, facts, mailed: () => undefined });
  const strangers = (_: string, ids: readonly string[], { missed = false } = {}) =>
    void asked.push(...ids.map((id) => introduce(place.location, id, missed).catch(() => false)));
  const answered = async () => {
    for (let waiting = asked.splice(0); waiting.length > 0; waiting = asked.splice(0)) await Promise.all(waiting);
  };
  const read = async () => {
    for (let round = 0; round < 2; round++) {
      for (let worked = 1; worked > 0; await answered()) worked = await place.run({ introduce: strangers });
      clock.at += 11 * SECOND;
    }
    model.read();
  };
  const hear = (id: string, text: string, from: number | undefined, on: string) =>
    place.mail({
      ...{ lead: id, type: "message.received" },
      data: { channel: on, text, ...(from === undefined ? {} : { from: phone(from) }) },
    });
  const stop = async (id: string, from: number | undefined, on = "sms") => {
    model.stop(id, clock.at, from === undefined ? undefined : from % numbers);
    await hear(id, "STOP", from, on);
  };
  const contactOf = async (id: string) =>
    (await place.inside((sql) => readLeads(sql, place.location, [id]))).get(id)?.contact;

  const faults: string[] = [];
  const complain = (fault: string) => faults.push(fault);
  const isShut = (to: number, id: string) => model.strangers.size > 0 || model.dnd.has(id) || model.said(to).length > 0;
  const shutWhy = (to: number, id: string) =>
    JSON.stringify({ id, to, strangers: [...model.strangers], dnd: model.dnd.has(id), said: model.said(to) });

  const sender = scene.open({ strangers });
  const arm = async () => {
    const queued = await place.rows<{ lead: string }>(
      "select lead_id as lead from outbox where location_id = $1 and kind = 'message' and state in ('queued', 'held')",
    );
    const waiting = new Set(queued.map(({ lead: one }) => one));
    const idle = LEADS.slice(0, leads).filter((id) => !into.has(id) && !waiting.has(id) && model.told.has(id));
    await place.mail(...idle.map((id) => ({ lead: id, type: "property_view", data: { property: { id: "h1" } } })));
    await read();
  };
  const marked = () =>
    place.rows<{ id: string; lead: string; attempt: number; to: string }>(
      `select o.outbox_id as id, o.lead_id as lead, o.attempt, m.sent_to ->> 'sms' as to
         from outbox as o join message as m on m.location_id = o.location_id and m.message_id = o.outbox_id
        where o.location_id = $1 and o.attempt > 0`,
    );

  const send = async (extra: { lead: number; named: number | undefined; at: string } | undefined) => {
    const before = new Map((await marked()).map(({ id, attempt }) => [id, attempt]));
    const shut = new Map<string, string>();
    for (const n of [0, 1]) for (const id of LEADS) if (isShut(n, id)) shut.set(`${id} ${n}`, shutWhy(n, id));
    scene.sent.length = 0;
    let said = false;
    scene.at = async (point) => {
      if (said || extra === undefined || point !== extra.at) return;
      said = true;
      await stop(who(extra.lead), extra.named);
    };
    await place.rows(
      "update outbox set deadline = null where location_id = $1 and state = 'queued' and kind = 'message' returning 1",
    );
    await sender.pass(place.location);
    scene.at = async () => undefined;
    for (const { id, lead: to, attempt, to: hash } of await marked()) {
      if (attempt === (before.get(id) ?? 0)) continue;
      const n = [0, 1].find((one) => addressKey("key", "phone", phoneOf(one)) === hash) as number;
      const why = shut.get(`${to} ${n}`);
      if (why !== undefined) complain(`marked: ${why}`);
      if (scene.sent.includes(to)) {
        if (isShut(n, to)) complain(`sent: ${shutWhy(n, to)}`);
        texted.set(`${to} ${n}`, clock.at);
      }
    }
    await answered();
    const silent = await place.rows<{ id: string }>(
      `select o.outbox_id as id from outbox as o join message as m on m.location_id = o.location_id and m.message_id = o.outbox_id
        where o.location_id = $1 and o.state = 'held'
          and not jsonb_path_exists(coalesce(m.checked, '[]') || m.decided, '$[*] ? (@.ok == false)')`,
    );
    if (silent.length > 0) complain(`held without a reason: ${JSON.stringify(silent)}`);
    clock.at = NOON + (Math.floor((clock.at - NOON) / DAY) + 1) * DAY;
    await arm();
    const held = await place.rows<{ why: OptOut }>(
      "select opt_out as why from address where location_id = $1 and opted_out_at is null and opt_out ? 'askedAt'",
    );
    for (const { why } of held) {
      const tasks = await place.rows<{ id: string }>(
        "select outbox_id as id from outbox where location_id = $1 and kind = 'task'",
      );
      if (!tasks.some(({ id }) => id === askedBy(lastWords(why)) || id === askedBy(why.event ?? "")))
        complain(`nobody is asked: ${JSON.stringify(why)}`);
    }
  };

  for (const [n, id] of LEADS.slice(0, leads).entries()) {
    crm.set(id, n % numbers);
    if (n < 3) await place.mail({ lead: id, type: "crm.contact", data: { ...tell(id), change: "create" } });
  }
  await read();
  await arm();
  for (const one of acts) {
    clock.at += MINUTE;
    const id = "lead" in one ? who(one.lead) : "";
    switch (one.do) {
      case "stop":
        await stop(id, one.named, one.channel);
        break;
      case "start":
        model.start(id, clock.at, one.named === undefined ? undefined : one.named % numbers);
        await hear(id, "START", one.named, one.channel);
        break;
      case "unclear":
        model.unclear(id, clock.at);
        await hear(id, "Who is this?", one.named, one.channel);
        break;
      case "look": {
        const contact = await contactOf(id);
        const number_ = indexOf(contact?.phone);
        if (contact === undefined || number_ === undefined) break;
        const [words] = await place.inside((sql) => openUnclear("key").ofLead(sql, place.location, id, contact));
        if (words === undefined) pages.delete(id);
        else {
          const seen = model.said(number_).filter((said) => said.kind === "asked" && said.read);
          pages.set(id, { seen: words.seen, number: number_, read: seen });
        }
        break;
      }
      case "judge": {
        const page = pages.get(id);
        if (page === undefined) break;
        await commands.judge(place.location, id, { family: "phone", as: one.as as "go_on", seen: page.seen }, "Ana");
        if (one.as === "go_on") model.goOn(page.number, page.read);
        else if (model.told.get(id) === page.number) model.judged(page.number, page.read, clock.at);
        break;
      }
      case "lift": {
        const contact = await contactOf(id);
        const to = indexOf(contact?.phone);
        const why = one.mistake
          ? { why: "judged_by_mistake" as const }
          : { why: "asked_by_phone" as const, when: clock.at };
        const done = await lift(place.location, id, { family: "phone", evidence: "a call", ...why }, "Mia").catch(
          (error: unknown) => {
            if (error instanceof InvalidInput) return false;
            throw error;
          },
        );
        if (done && to !== undefined) model.lifted(to, clock.at);
        break;
      }
      case "merge": {
        const from = LEADS[one.lead % leads] as string;
        const stays = who(one.into);
        if (into.has(from) || from === stays || (await contactOf(stays)) === undefined) break;
        await merge(needs, { location: place.location, from, into: stays, by: "Mia" });
        for (const [gone, to] of into) if (to === from) into.set(gone, stays);
        into.set(from, stays);
        model.merge(from, stays);
        break;
      }
      case "number":
        if (into.has(id)) break;
        crm.set(id, one.number % numbers);
        if (one.told) await place.mail({ lead: id, type: "crm.contact", data: tell(id) });
        break;
      case "dnd":
        if (one.on) model.dnd.add(id);
        else model.dnd.delete(id);
        await place.mail({ lead: id, type: "crm.dnd", data: { asOf: clock.at, all: one.on, channels: {} } });
        break;
      case "crm":
        up = one.up;
        break;
      case "read":
        await read();
        break;
      case "send":
        await send(one.stop);
    }
    if (faults.length > 0) break;
  }
  if (faults.length === 0) await send(undefined);
  await sender.close();
  return faults[0];
}

/** The same each time, for who only wants to know what they broke. Others: `OPT_OUTS=2000 SEED=$RANDOM npx vitest run --project sql src/outreach/sending/silence`. */
const RUNS = Number(process.env["OPT_OUTS"] ?? 24);
const SEED = Number(process.env["SEED"] ?? 1);

test("nothing is marked as sending to whoever has asked us to stop and has not taken it back, in whatever order all comes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { minLength: 3, maxLength: 12 }),
      fc.integer({ min: 2, max: 4 }),
      fc.integer({ min: 1, max: 2 }),
      async (acts, leads, numbers) => {
        expect(await play(acts, leads, numbers)).toBeUndefined();
      },
    ),
    { numRuns: RUNS, seed: SEED, endOnFailure: process.env["SHRINK"] === undefined },
  );
}, 3_600_000);
