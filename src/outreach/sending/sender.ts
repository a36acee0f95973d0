// The loop that sends: which locations have something, then per location prepare, request, save; look up what was
// lost, give up what was left. Any number of processes may run it.

import { Unavailable } from "../../kernel/errors.ts";
import { every } from "../../kernel/every.ts";
import type { Facts } from "../../kernel/facts.ts";
import { type Instant, MINUTE, type Millis, SECOND } from "../../kernel/time.ts";
import type { ChannelName } from "../../leads/index.ts";
import { REQUEST_MS, type WritingNeeds, write } from "../beyond/writing.ts";
import { attemptOf, soughtOf } from "../choice/lookup.ts";
import { joinMissed, locationsMissed } from "../fate/receipts.ts";
import type { Channel, Lookup, LookupResult, OutboxKind, SendResult } from "../message.ts";
import type { OutboxEntry } from "./outbox.ts";
import { type Result, saveLookup, sweepOverdue } from "./outcome.ts";
import { openPacing } from "./pacing.ts";
import { type Budget, takeGrants } from "./rate.ts";
import { type Reread, rereadAll } from "./reread.ts";
import { openSaver } from "./saver.ts";
import {
  type Departure,
  type Prepared,
  prepare,
  type Rest,
  requestsOf,
  type SendingNeeds,
  type Unsure,
} from "./sending.ts";
import { kindsOf, openGate, openSlots } from "./slots.ts";
import { boundIds, claimLookups, IN_ORDER, locationsToSend } from "./store.ts";

export interface SenderNeeds extends SendingNeeds, WritingNeeds {
  readonly facts: Facts;
  /** Of all that is asked of the CRM; the sender takes its own part in its transactions. */
  readonly budget: Budget;
  readonly channels: Readonly<Partial<Record<ChannelName, Channel>>>;
  readonly lookup: Lookup;
  /** Asks the CRM about a contact of whom our news is old. */
  readonly reread?: Reread;
  /** Mail was written to leads of this location: hint their workers. */
  readonly mailed?: (location: string) => void;
  /** The CRM says that it has no such contact: somebody asks it who that is. */
  readonly gone?: (location: string, lead: string) => void;
  /** Who has asked us to stop, and nobody knows from which number: somebody asks the CRM. */
  readonly strangers?: (location: string, leads: readonly string[]) => void;
  /** Requests on their way at once, at most. Default 256. */
  readonly parallel?: number;
  /** How often to look for work unasked; 0: never, passes are asked for. Default 250. */
  readonly pollMs?: Millis;
  /** In [0, 1). Default Math.random. */
  readonly jitter?: () => number;
}

export interface Sender {
  /** There may be something to send. */
  wake(location: string): void;
  /** One pass: sends, looks up and gives up all that is due now; resolves when every result is saved. */
  pass(location: string): Promise<void>;
  /** Claims no more, and resolves when every request under way has its result saved. */
  close(): Promise<void>;
}

/** What a drain looks for. */
interface Search {
  /** Rows of lanes from this number on. */
  readonly from: number;
  /** Rows to be looked up, or given up. */
  readonly isOverdue: boolean;
}

const BATCH = 100;
/** Between commit and request at most: a process that slept must not wake up texting. */
const SLEPT_MS: Millis = 5 * SECOND;
const LOOKUP_BATCH = 10;
/** Conversation, then its messages. */
const REQUESTS_PER_LOOKUP = 2;
const LOOKUP_LEASE_MS: Millis = 30 * SECOND;
const MISSED_EVERY_MS: Millis = 2 * SECOND;
/** How long what came of a mass wake may wait to be saved together. */
const PATIENCE_MS: Millis = 2 * SECOND;
/** One look in so many is for mass sends, too, whose locations have timers, and for what is overdue. */
const LOOKS = 4;
/** Drains for mass wakes alone, at once: the others find a connection. */
const BULK_DRAINS = 6;
const BULK = 3;
/**
 * Who has just taken grants for mass sends of a location takes the next ones, too; others look so much later whether it does.
 * Two that looked at one instant would both do the work.
 */
const APART_MS: Millis = SECOND;

export function openSender(needs: SenderNeeds): Sender {
  const { database, clock, facts, budget, parallel = 256, pollMs = 250, jitter = Math.random } = needs;
  const drains = new Map<string, Promise<void>>();
  /** Asked for while a drain ran. */
  const again = new Map<string, Search>();
  const underWay = new Map<string, Set<Promise<void>>>();
  /** Lanes for which there is no room until then: nothing of theirs wakes the location before. */
  const rests = new Map<string, Rest>();
  const timers = new Map<string, { at: Instant; timer: NodeJS.Timeout }>();
  /** Locations that had no place for a request. */
  const starved = new Set<string>();
  /** Kinds that nobody answers at present. */
  const shut = new Map<string, readonly OutboxKind[]>();
  const gate = openGate(BULK_DRAINS);
  /** Locations that wait at the gate. */
  const queued = new Set<string>();
  const slots = openSlots(parallel);
  const saver = openSaver(needs);
  const pacing = openPacing(needs);
  let missed: Instant | undefined;
  let looks = 0;
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
  const drain = (location: string, search: Search): Promise<void> => {
    const running = drains.get(location);
    if (running !== undefined) {
      const before = again.get(location) ?? search;
      again.set(location, {
        from: Math.min(before.from, search.from),
        isOverdue: before.isOverdue || search.isOverdue,
      });
      return running;
    }
    const started = work(location, search).finally(() => {
      drains.delete(location);
      const more = again.get(location);
      again.delete(location);
      if (more !== undefined && !closed) wake(location, more);
    });
    drains.set(location, started);
    return started;
  };

  const wake = (location: string, search: Search = { from: 0, isOverdue: false }): void => {
    if (closed) return;
    if (search.from < BULK || search.isOverdue) return void drain(location, search).catch(failed);
    if (queued.has(location)) return;
    queued.add(location);
    void gate(async () => {
      queued.delete(location);
      if (!closed) await drain(location, search).catch(failed);
    });
  };

  const work = async (location: string, { from, isOverdue }: Search): Promise<void> => {
    if (isOverdue) {
      await sweepOverdue(needs, location, BATCH);
      track(location, lookUp(location));
    }
    while (!closed) {
      const room = slots.room(location);
      if (room === 0) return void starved.add(location);
      const { departures, held, unsure, strangers, rest } = await sendBatch(location, Math.min(room, BATCH), from);
      const mays = pacing.wait(location, departures);
      for (const [i, departure] of departures.entries()) track(location, leave(location, departure, mays[i]!));
      if (strangers.length > 0) needs.strangers?.(location, strangers);
      if (unsure.length > 0) track(location, askAgain(location, unsure));
      if (held > 0) needs.mailed?.(location);
      if (rest === undefined) rests.delete(location);
      else {
        const apart = rest.lane === BULK && departures.length === 0 ? Math.floor((APART_MS * (1 + jitter())) / 2) : 0;
        const until = rest.until + apart;
        rests.set(location, { ...rest, until });
        wakeAt(location, { ...rest, until });
      }
      const isAll = departures.every(({ entry: { row } }) => row.lane === "bulk") && rest !== undefined;
      if (departures.length + held + unsure.length === 0 || isAll) return;
    }
  };

  const askAgain = async (location: string, unsure: readonly Unsure[]): Promise<void> => {
    const reread: Reread = needs.reread ?? (async () => false);
    await rereadAll({ database, clock, reread }, location, unsure);
    needs.mailed?.(location);
  };

  const sendBatch = (location: string, limit: number, from: number): Promise<Prepared> =>
    budget.telling(location, (heard) =>
      prepare(needs, location, {
        limit,
        from,
        heard,
        without: [...slots.full(location), ...(shut.get(location) ?? [])],
      }),
    );

  const leave = async (location: string, departure: Departure, may: Promise<boolean>): Promise<void> => {
    const { kind } = departure.entry.row;
    if (await may) {
      await slots.run(location, kind, () => depart(location, departure));
      feed();
    } else await saver.save(location, { departure, result: { result: "given_up" } });
  };

  /** A place has become free: whoever had none looks again. */
  const feed = (): void => {
    for (const location of starved) {
      if (slots.room(location) > 0 && starved.delete(location)) wake(location);
    }
  };

  const depart = async (location: string, departure: Departure): Promise<void> => {
    const result = putOff(await attempt(needs, location, departure), clock.real(), jitter());
    const { row } = departure.entry;
    const channel = departure.channel ?? row.kind;
    const late = { lane: row.lane, grantedAt: departure.leaveAt, answeredAt: clock.real() };
    budget.late(location, { ...late, n: requestsOf(row) });
    facts.emit("message_sent", { location, channel, outcome: result.result, wait_ms: clock.now() - row.createdAt });
    const isBulk = row.lane === "bulk" && pollMs > 0;
    const saved = saver.save(location, { departure, result }, isBulk ? PATIENCE_MS : 0);
    track(
      location,
      saved.then(() => {
        if (result.result === "rejected" && result.reason === "gone") needs.gone?.(location, row.lead);
        // the next write of this lead may have waited for it
        if (IN_ORDER.includes(row.kind)) wake(location);
      }),
    );
    if (!isBulk) await saved;
  };

  const lookUp = async (location: string): Promise<void> => {
    const claimed = await database.transaction([location], async (sql) => {
      const real = clock.real();
      const due = await claimLookups(sql, location, { real, lease: LOOKUP_LEASE_MS, limit: LOOKUP_BATCH });
      if (due.length === 0) return [];
      const asks = due.map(() => ({ lane: "urgent" as const, n: REQUESTS_PER_LOOKUP }));
      const { granted } = await budget.telling(location, async (heard) => ({
        told: true,
        ...(await takeGrants(sql, location, { asks, heard, real })),
      }));
      return due.filter((_, i) => granted[i] !== undefined);
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

  /** Receipts that passed our own commit unseen, of the location or of all. */
  const joinPassed = async (only?: string): Promise<void> => {
    const now = clock.now();
    const since = missed === undefined ? now - 60 * MINUTE : missed - (now - missed) - MINUTE;
    if (only === undefined) missed = now;
    const found = only === undefined ? await database.transaction("*", (sql) => locationsMissed(sql, since)) : [only];
    for (const location of found) await database.transaction([location], (sql) => joinMissed(sql, location, since));
  };

  /** One timer a location: the earliest. */
  const wakeAt = (location: string, { until, lane }: Rest): void => {
    if (pollMs === 0) return;
    const set = timers.get(location);
    if (set !== undefined && set.at <= until) return;
    clearTimeout(set?.timer);
    const due = () => {
      timers.delete(location);
      wake(location, { from: lane, isOverdue: false });
    };
    const timer = setTimeout(due, Math.min(MINUTE, Math.max(1, until - clock.real()))).unref();
    timers.set(location, { at: until, timer });
  };

  const isResting = (location: string, lane: number | undefined): boolean => {
    const rest = rests.get(location);
    return lane === undefined || (rest !== undefined && lane >= rest.lane && rest.until > clock.real());
  };

  const probe = async (): Promise<void> => {
    const times = { now: clock.now(), real: clock.real() };
    const what = looks % LOOKS === 0 ? "all" : "prompted";
    const found = await database.transaction("*", (sql) => locationsToSend(sql, times, what));
    looks += 1;
    if (what === "all") shut.clear();
    for (const { location, lane, free, overdue, shut: silent } of found) {
      shut.set(location, kindsOf(silent));
      if (overdue || free || !isResting(location, lane))
        wake(location, { from: free ? 0 : (lane ?? 0), isOverdue: overdue });
    }
  };
  let probing: Promise<void> | undefined;
  const probeOnce = (): void => {
    probing ??= probe()
      .catch(failed)
      .finally(() => {
        probing = undefined;
      });
  };
  const poll = pollMs === 0 ? undefined : setInterval(probeOnce, pollMs);
  const tend = async (): Promise<void> => {
    await budget.settle();
    await joinPassed();
  };
  const stopTending = pollMs === 0 ? undefined : every(MISSED_EVERY_MS, facts, "sender", tend);

  const settled = async (location: string): Promise<void> => {
    for (let all = underWay.get(location); all !== undefined; all = underWay.get(location)) await Promise.all(all);
  };

  return {
    wake,
    async pass(location) {
      await joinPassed(location);
      for (
        let left: Promise<void> | undefined = drain(location, { from: 0, isOverdue: true });
        left !== undefined;
        left = drains.get(location)
      ) {
        await left;
        await settled(location);
      }
    },
    async close() {
      closed = true;
      clearInterval(poll);
      await Promise.all([probing, stopTending?.()]);
      pacing.close();
      saver.hurry();
      await Promise.allSettled(drains.values());
      await Promise.all([...underWay.keys()].map(settled));
    },
  };
}

/** What was not taken comes again a little after it may, each at its own time: never all at once. */
const putOff = (result: Result, real: Instant, part: number): Result =>
  result.result === "deferred"
    ? { ...result, retryAt: Math.round(result.retryAt + (part * Math.max(0, result.retryAt - real)) / 2) }
    : result;

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

const reasonOf = (error: unknown): string => (error instanceof Unavailable ? error.message : String(error));
