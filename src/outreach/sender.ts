// The loop that sends: which locations have something, then per location prepare, request, save; look up what was
// lost, give up what was left. Any number of processes may run it.

import { Unavailable } from "../kernel/errors.ts";
import type { Facts } from "../kernel/facts.ts";
import { type Instant, MINUTE, type Millis, SECOND } from "../kernel/time.ts";
import type { ChannelName } from "../leads/index.ts";
import { attemptOf, soughtOf } from "./lookup.ts";
import type { Channel, Lookup, LookupResult, SendResult } from "./message.ts";
import type { OutboxEntry } from "./outbox.ts";
import { type Outcome, type Result, saveLookup, saveOutcomes, sweepOverdue } from "./outcome.ts";
import { type Budget, takeGrants } from "./rate.ts";
import { joinMissed } from "./receipts.ts";
import { type Departure, prepare, type SendingNeeds } from "./sending.ts";
import { boundIds, claimLookups, IN_ORDER, locationsToSend } from "./store.ts";
import { REQUEST_MS, type WritingNeeds, write } from "./writing.ts";

export interface SenderNeeds extends SendingNeeds, WritingNeeds {
  readonly facts: Facts;
  /** Of all that is asked of the CRM; the sender takes its own part in its transactions. */
  readonly budget: Budget;
  readonly channels: Readonly<Partial<Record<ChannelName, Channel>>>;
  readonly lookup: Lookup;
  /** Mail was written to leads of this location: hint their workers. */
  readonly mailed?: (location: string) => void;
  /** The CRM says that it has no such contact: somebody asks it who that is. */
  readonly gone?: (location: string, lead: string) => void;
  /** Requests on their way at once, at most. Default 256. */
  readonly parallel?: number;
  /** How often to look for work unasked; 0: never, passes are asked for. Default 250. */
  readonly pollMs?: Millis;
}

export interface Sender {
  /** There may be something to send. */
  wake(location: string): void;
  /** One pass: sends, looks up and gives up all that is due now; resolves when every result is saved. */
  pass(location: string): Promise<void>;
  /** Claims no more, and resolves when every request under way has its result saved. */
  close(): Promise<void>;
}

const BATCH = 100;
/** Between commit and request at most: a process that slept must not wake up texting. */
const SLEPT_MS: Millis = 5 * SECOND;
/** Rows claimed at least, however short the budget. */
const MODEST = 4;
const LOOKUP_BATCH = 10;
/** Conversation, then its messages. */
const REQUESTS_PER_LOOKUP = 2;
const LOOKUP_LEASE_MS: Millis = 30 * SECOND;
const MISSED_EVERY_MS: Millis = 2 * SECOND;

export function openSender(needs: SenderNeeds): Sender {
  const { database, clock, facts, budget, parallel = 256, pollMs = 250 } = needs;
  const drains = new Map<string, Promise<void>>();
  const again = new Set<string>();
  const underWay = new Map<string, Set<Promise<void>>>();
  const missed = new Map<string, { elapsed: Millis; now: Instant }>();
  /** How many rows to claim where the budget refused some last time: no more than it may grant. */
  const modest = new Map<string, number>();
  const slots = openSlots(parallel);
  const saver = openSaver(needs);
  let closed = false;

  const failed = (error: unknown) => facts.emit("loop_failed", { loop: "sender", reason: reasonOf(error) });

  /** Lets a request or look-up run on its own: a slow provider keeps nobody else waiting. */
  const track = (location: string, work: Promise<void>): void => {
    const all = underWay.get(location) ?? new Set();
    underWay.set(location, all);
    const tracked = work.catch(failed).finally(() => {
      all.delete(tracked);
      if (all.size === 0) underWay.delete(location);
    });
    all.add(tracked);
  };

  /** One drain of a location at a time; asked again meanwhile, it runs once more. */
  const drain = (location: string): Promise<void> => {
    const running = drains.get(location);
    if (running !== undefined) {
      again.add(location);
      return running;
    }
    const started = work(location).finally(() => {
      drains.delete(location);
      if (again.delete(location) && !closed) wake(location);
    });
    drains.set(location, started);
    return started;
  };

  const wake = (location: string): void => {
    if (!closed) drain(location).catch(failed);
  };

  const work = async (location: string): Promise<void> => {
    await sweepOverdue(needs, location, BATCH);
    await joinPassed(location);
    track(location, lookUp(location));
    while (!closed) {
      const limit = Math.min(await slots.some(), modest.get(location) ?? BATCH);
      const { departures, held, retryAt } = await prepare(needs, location, { limit, reports: budget.heard(location) });
      for (const departure of departures)
        track(
          location,
          slots.run(() => depart(location, departure)),
        );
      if (held > 0) needs.mailed?.(location);
      if (retryAt === undefined) modest.delete(location);
      else {
        modest.set(location, Math.max(MODEST, 2 * departures.length));
        wakeAt(location, retryAt);
      }
      if (departures.length === 0 && held === 0) return;
    }
  };

  const depart = async (location: string, departure: Departure): Promise<void> => {
    const result = await attempt(needs, location, departure);
    const { row } = departure.entry;
    const channel = departure.channel ?? row.kind;
    facts.emit("message_sent", { location, channel, outcome: result.result, wait_ms: clock.now() - row.createdAt });
    await saver.save(location, { departure, result });
    if (result.result === "rejected" && result.reason === "gone") needs.gone?.(location, row.lead);
    // the next write of this lead may have waited for it
    if (IN_ORDER.includes(row.kind)) wake(location);
  };

  const lookUp = async (location: string): Promise<void> => {
    const claimed = await database.transaction([location], async (sql) => {
      const real = clock.real();
      const due = await claimLookups(sql, location, { real, lease: LOOKUP_LEASE_MS, limit: LOOKUP_BATCH });
      if (due.length === 0) return [];
      const asks = due.map(() => ({ lane: "urgent" as const, n: REQUESTS_PER_LOOKUP }));
      const { granted } = await takeGrants(sql, location, { asks, reports: [], real });
      return due.filter((_, i) => granted[i]);
    });
    await Promise.all(
      claimed.map(async (entry) => {
        const result = await ask(needs, location, entry);
        await saveLookup(needs, location, { entry, result });
        facts.emit("lookup_done", { location, outcome: result.found });
        needs.mailed?.(location);
      }),
    );
  };

  const joinPassed = async (location: string): Promise<void> => {
    const last = missed.get(location);
    if (last !== undefined && clock.elapsed() - last.elapsed < MISSED_EVERY_MS) return;
    const now = clock.now();
    const since = last === undefined ? now - 60 * MINUTE : last.now - (now - last.now) - MINUTE;
    await database.transaction([location], (sql) => joinMissed(sql, location, since));
    missed.set(location, { elapsed: clock.elapsed(), now });
  };

  const wakeAt = (location: string, at: Instant): void => {
    if (pollMs > 0) setTimeout(() => wake(location), Math.min(MINUTE, Math.max(1, at - clock.real()))).unref();
  };

  const probe = async (): Promise<void> => {
    const times = { now: clock.now(), real: clock.real() };
    for (const location of await database.transaction("*", (sql) => locationsToSend(sql, times))) wake(location);
  };
  const poll = pollMs === 0 ? undefined : setInterval(() => probe().catch(failed), pollMs);

  const settled = async (location: string): Promise<void> => {
    for (let all = underWay.get(location); all !== undefined; all = underWay.get(location)) await Promise.all(all);
  };

  return {
    wake,
    async pass(location) {
      for (let left: Promise<void> | undefined = drain(location); left !== undefined; left = drains.get(location)) {
        await left;
        await settled(location);
      }
    },
    async close() {
      closed = true;
      clearInterval(poll);
      await Promise.allSettled(drains.values());
      await Promise.all([...underWay.keys()].map(settled));
    },
  };
}

/** Makes one request, unless too long has passed since the row was marked; every end is a value. */
async function attempt(needs: SenderNeeds, location: string, departure: Departure): Promise<Result> {
  const { clock, channels } = needs;
  const { entry, channel, to, markedElapsed, markedReal } = departure;
  const slept = Math.max(clock.elapsed() - markedElapsed, Math.abs(clock.real() - markedReal));
  if (slept > SLEPT_MS) return { result: "given_up" };
  const { row, message } = entry;
  try {
    if (row.kind !== "message") return await write(needs, row);
    const signal = AbortSignal.timeout(REQUEST_MS);
    const port = channel && channels[channel];
    const rendered = channel && message?.rendered[channel];
    if (!port || !rendered) return noWay(channel);
    const outgoing = { key: row.id, location, contact: row.lead, rendered, ...(to === undefined ? {} : { to }) };
    return await port.send(outgoing, signal);
  } catch (error) {
    return { result: "unconfirmed", detail: reasonOf(error) };
  }
}

const noWay = (channel: string | undefined): SendResult => ({
  result: "rejected",
  reason: "forbidden",
  status: 0,
  detail: `there is no way to send by ${channel ?? "nothing"}`,
});

async function ask(
  { clock, database, lookup }: SenderNeeds,
  location: string,
  entry: OutboxEntry,
): Promise<LookupResult> {
  const sought = soughtOf(entry);
  if (sought === undefined) return { found: "ambiguous" };
  const request = {
    ...{ location, contact: entry.row.lead, sought, attempt: attemptOf(entry) },
    bound: (ids: readonly string[]) => database.transaction([location], (sql) => boundIds(sql, location, ids)),
  };
  return lookup(request, AbortSignal.timeout(REQUEST_MS)).catch(() => ({
    found: "unavailable",
    retryAt: clock.real() + LOOKUP_LEASE_MS,
  }));
}

/** A bound on what runs at once. */
function openSlots(most: number) {
  let free = most;
  let waiting: (() => void)[] = [];
  return {
    /** Resolves with how many are free, when any is. */
    async some(): Promise<number> {
      while (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      return free;
    },
    async run(work: () => Promise<void>): Promise<void> {
      free -= 1;
      try {
        await work();
      } finally {
        free += 1;
        const woken = waiting;
        waiting = [];
        for (const resolve of woken) resolve();
      }
    },
  };
}

const SAVE_AGAIN_MS = [50, 250, 1_000, 3_000];

/** Saves results in batches: those that come while one batch is saved are the next. */
function openSaver(needs: SenderNeeds) {
  const waiting = new Map<string, { outcome: Outcome; done: () => void }[]>();
  const saving = new Set<string>();

  const saveAll = async (location: string): Promise<void> => {
    saving.add(location);
    for (let batch = waiting.get(location); batch !== undefined && batch.length > 0; batch = waiting.get(location)) {
      waiting.delete(location);
      await saveSurely(
        location,
        batch.map(({ outcome }) => outcome),
      );
      needs.mailed?.(location);
      for (const { done } of batch) done();
    }
    saving.delete(location);
  };

  /** What cannot be saved in the end is found by its deadline, and looked up. */
  const saveSurely = async (location: string, outcomes: readonly Outcome[]): Promise<void> => {
    for (const wait of [...SAVE_AGAIN_MS, undefined]) {
      try {
        await saveOutcomes(needs, location, outcomes);
        return;
      } catch (error) {
        needs.facts.emit("loop_failed", { loop: "sender", reason: reasonOf(error) });
        if (wait === undefined) return;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  };

  return {
    save: (location: string, outcome: Outcome): Promise<void> =>
      new Promise((done) => {
        const batch = waiting.get(location) ?? [];
        waiting.set(location, [...batch, { outcome, done }]);
        if (!saving.has(location)) void saveAll(location);
      }),
  };
}

const reasonOf = (error: unknown): string => (error instanceof Unavailable ? error.message : String(error));
