// The sending transaction: lock, check everything again, take grants, mark as sending, commit. Only
// then may a request leave.

import { insertMail, type Letter } from "../../events/index.ts";
import type { Database, Sql, Transaction } from "../../kernel/sql.ts";
import { type Clock, type Instant, type Millis, SECOND } from "../../kernel/time.ts";
import type { ChannelName, Lead } from "../../leads/index.ts";
import { callLater, roomForCalls } from "../beyond/calls.ts";
import { type Addresses, addressesOf, addressKey } from "../law/address.ts";
import { lockAddresses } from "../law/addresses.ts";
import type { Permission, Permit } from "../law/policy.ts";
import { type Proof, proofOf } from "../law/proof.ts";
import type { AddressFact, AddressFacts, Lane, OutboxKind, OutboxRow, StoredMessage, Verdict } from "../message.ts";
import type { LeadFacts } from "../scene.ts";
import { type Ask, type RateWindow, roomFor, take } from "./budget.ts";
import type { OutboxEntry } from "./outbox.ts";
import { type Heard, type Peeked, peekWindow, takeGrants } from "./rate.ts";
import { CONFIRMED_FOR, postpone, REREAD_MS } from "./reread.ts";
import { familyOf, hindrances } from "./stop.ts";
import { type Checked, claimQueued, markHeld, markSending, saveChecked, type Times } from "./store.ts";

export interface AddressRef {
  readonly family: "phone" | "email";
  /** Keyed hash of the normalized number or address. */
  readonly hash: string;
}

/** As `lockAddresses` names its answers. */
export const refKey = ({ family, hash }: AddressRef): string => `${family}:${hash}`;

/** May this row leave now? Asked of locked rows, with what its addresses say; pure. */
export type Recheck = (row: OutboxRow, facts: LeadFacts, message: StoredMessage) => Permit;

export interface SendingNeeds {
  readonly database: Database;
  readonly clock: Clock;
  /** Profiles of these leads, as `leads/` keeps them. */
  readonly leads: (sql: Sql, location: string, ids: readonly string[]) => Promise<ReadonlyMap<string, Lead>>;
  /** Reads what the checks need of these leads beside profile and addresses, and answers the check. */
  readonly rights: (sql: Sql, location: string, leads: readonly string[]) => Promise<Recheck>;
  /** The installation's own, under which numbers and addresses are hashed. */
  readonly addressKey: string | Uint8Array;
  /** Keeps, in this transaction, why each message leaves. Absent: nothing is kept. */
  readonly prove?: (sql: Transaction, location: string, proofs: readonly Proof[]) => Promise<void>;
  /** When the CRM last told us of these contacts, real time. Absent: our news is never too old. */
  readonly confirmed?: (sql: Sql, location: string, leads: readonly string[]) => Promise<ReadonlyMap<string, Instant>>;
}

/** A row marked *sending*, by us: nobody else will send it before its deadline. */
export interface Departure {
  readonly entry: OutboxEntry;
  readonly channel: ChannelName | undefined;
  readonly to: string | undefined;
  /** The number or address it counts on. */
  readonly address: AddressRef | undefined;
  /** Real time: not before. *Bulk* is granted a little ahead. */
  readonly leaveAt: Instant;
  /** When its transaction was about to commit: by the monotonic clock, and by the wall. */
  readonly markedElapsed: Millis;
  readonly markedReal: Instant;
}

export interface Prepared {
  readonly departures: readonly Departure[];
  readonly held: number;
  /** Of whom our news is too old: the CRM is to be asked first. */
  readonly unsure: readonly Unsure[];
  /** Who have asked us to stop, and nobody knows from which number: the CRM is to be asked, and messages wait. */
  readonly strangers: readonly string[];
  /** What was heard of the budget has been written down with the grants. */
  readonly told: boolean;
  /** The budget is spent for lanes from this number on, until then. Real time. */
  readonly rest?: Rest;
}

export interface Rest {
  readonly lane: number;
  readonly until: Instant;
}

/** A message that waits until the CRM has told us of its contact again. */
export interface Unsure {
  readonly id: string;
  readonly lead: string;
  readonly channel: ChannelName;
}

/** How long messages wait before they are looked at again, while nobody knows who has asked us to stop. Real time. */
const STRANGER_MS: Millis = 2 * SECOND;

/** A row that passed every check, waiting for its grant. */
interface Candidate {
  readonly entry: OutboxEntry;
  readonly channel: ChannelName | undefined;
  readonly to?: string;
  readonly address?: AddressRef;
  readonly verdicts?: readonly Verdict[];
}

export interface Batch {
  readonly limit: number;
  /** What was heard of the budget since it was last asked. */
  readonly heard: Heard;
  /** The most urgent lane that may have something, by number. Default 0. */
  readonly from?: number;
  /** Kinds that are to wait: nobody answers them. */
  readonly without?: readonly OutboxKind[];
}

/** Runs one sending transaction over at most `limit` rows of a location, no more than the budget has room for. */
export async function prepare(needs: SendingNeeds, location: string, batch: Batch): Promise<Prepared> {
  const { database, clock } = needs;
  return database.transaction([location], async (sql) => {
    const times: Times = { now: clock.now(), real: clock.real() };
    const peeked = await peekWindow(sql, location, batch.heard, times.real);
    const { window } = peeked;
    const free = roomFor(window, times.real, batch.limit);
    const room = peeked.mayTakeBulk ? free : { ...free, bulk: 0 };
    const claimed = await claim(sql, location, times, { room, ...batch });
    const full = LANES.filter((lane) => room[lane] === 0);
    const rest = restOf(window, peeked.mayTakeBulk ? full : full.slice(0, 1), times.real);
    if (claimed.length === 0) {
      return { departures: [], held: 0, unsure: [], strangers: [], told: false, ...rest };
    }

    const { candidates, held, unsure, waiting, strangers, facts } = await check(needs, sql, location, {
      ...{ claimed, ...times },
    });
    await hold(sql, location, held, times.now);
    await postpone(sql, location, waiting, times.real + STRANGER_MS);
    await postpone(
      sql,
      location,
      unsure.map(({ id }) => id),
      times.real + REREAD_MS,
    );

    const {
      leaving,
      spent: spentNow,
      told,
    } = await granted(sql, location, candidates, {
      ...{ heard: batch.heard, real: clock.real(), peeked },
    });
    const markedReal = clock.real();
    const sends = counted(leaving, facts, times.now);
    sql.last(markSending(sql, location, { leaving: leaving.map(leavingOf), sends, real: markedReal }));
    await needs.prove?.(
      sql,
      location,
      leaving.flatMap((one) => proofOf(one, { now: times.now, real: markedReal }) ?? []),
    );
    const markedElapsed = clock.elapsed();
    const departures = leaving.map(
      ({ entry, channel, to, address, leaveAt }): Departure => ({
        entry: { ...entry, row: { ...entry.row, attempt: entry.row.attempt + 1, state: "sending" } },
        ...{ channel, to, address, leaveAt, markedElapsed, markedReal },
      }),
    );
    return {
      departures,
      held: held.length,
      unsure,
      strangers,
      told,
      ...(spentNow === undefined ? rest : { rest: spentNow }),
    };
  });
}

const LANES = ["reply", "urgent", "normal", "bulk"] as const;
const BULK = 3;
/** While another takes mass sends of a location, it is looked at again so soon. */
const OTHERS_TAKE_MS: Millis = 500;

/** When there is room in one of the lanes that have none; where there is some, another is about to take it. */
function restOf(window: RateWindow, full: readonly Lane[], real: Instant): Pick<Prepared, "rest"> {
  const [first] = full;
  if (first === undefined) return {};
  const untils = full.map((lane) => take(window, [{ lane, n: 1 }], real).retryAt ?? real + OTHERS_TAKE_MS);
  return { rest: { lane: LANES.indexOf(first), until: Math.min(...untils) } };
}

interface Room extends Batch {
  readonly room: ReturnType<typeof roomFor>;
}

/** Rows for which there is room, bulk only when nothing else waits for some. What asks the CRM nothing needs no room. */
async function claim(sql: Sql, location: string, times: Times, { room, limit, from = 0, without = [] }: Room) {
  const last = room.normal > 0 ? 2 : room.reply > 0 ? 1 : -1;
  const most = Math.min(limit, last === 2 ? room.normal : room.reply);
  const first =
    last < from ? [] : await claimQueued(sql, location, times, { lanes: [from, last], limit: most, without });
  if (first.length > 0) return first;
  if (room.bulk > 0) {
    // the next place is for the one that waits for it: mass sends are not granted ahead of it
    const unlessNormal = room.normal === 0;
    const wanted = { lanes: [BULK, BULK], limit: Math.min(limit, room.bulk), unlessNormal, without } as const;
    const bulk = await claimQueued(sql, location, times, wanted);
    if (bulk.length > 0) return bulk;
  }
  // who asks for mass sends alone has been told of nothing else
  return from === BULK || (last === 2 && room.bulk > 0)
    ? []
    : claimQueued(sql, location, times, { lanes: [0, BULK], limit, free: true, without });
}

/** Those for all of whose requests there is room, and for which lane there is none then. What asks the CRM nothing needs none. */
async function granted(
  sql: Sql,
  location: string,
  candidates: readonly Candidate[],
  { heard, real, peeked }: { heard: Heard; real: Instant; peeked: Peeked },
): Promise<{ leaving: readonly (Candidate & { leaveAt: Instant })[]; spent?: Rest; told: boolean }> {
  const { going, later } = await callable(sql, location, candidates, real);
  await callLater(sql, location, later, real);
  const asks = going.map(({ entry: { row } }): Ask => ({ lane: row.lane, n: requestsOf(row) }));
  if (asks.every(({ n }) => n === 0)) {
    return { leaving: going.map((candidate) => ({ ...candidate, leaveAt: real })), told: false };
  }
  const { granted, retryAt, window } = await takeGrants(sql, location, { asks, heard, real, peeked });
  const leaving = going.flatMap((candidate, i) => {
    const leaveAt = granted[i];
    return leaveAt === undefined ? [] : [{ ...candidate, leaveAt }];
  });
  if (retryAt === undefined) {
    const isBulk = asks.some(({ lane }) => lane === "bulk");
    const until = isBulk ? take(window, [{ lane: "bulk", n: 1 }], real).retryAt : undefined;
    return { leaving, told: true, ...(until === undefined ? {} : { spent: { lane: BULK, until } }) };
  }
  const lane = Math.min(...asks.flatMap((ask, i) => (granted[i] === undefined ? [LANES.indexOf(ask.lane)] : [])));
  return { leaving, spent: { lane, until: retryAt }, told: true };
}

/** The platform begins so many automated calls of a location and no more: the others wait. */
async function callable(sql: Sql, location: string, candidates: readonly Candidate[], real: Instant) {
  if (!candidates.some(({ channel }) => channel === "voice")) return { going: candidates, later: [] };
  let room = await roomForCalls(sql, location, real);
  const later: string[] = [];
  const going = candidates.filter(({ channel, entry }) => {
    if (channel !== "voice") return true;
    room -= 1;
    if (room < 0) later.push(entry.row.id);
    return room >= 0;
  });
  return { going, later };
}

/** How often carrying it out asks the CRM. */
export function requestsOf({ kind, body }: OutboxRow): number {
  if (kind === "webhook" || kind === "notify") return 0;
  if (kind !== "tag") return 1;
  const some = (list: unknown) => (Array.isArray(list) && list.length > 0 ? 1 : 0);
  return Math.max(1, some(body["add"]) + some(body["remove"]));
}

interface Held {
  readonly entry: OutboxEntry;
  readonly channel: ChannelName;
  readonly verdicts: readonly Verdict[];
  readonly permission: Permission;
}

interface CheckedBatch extends Pick<Prepared, "unsure" | "strangers"> {
  readonly candidates: readonly Candidate[];
  readonly held: readonly Held[];
  /** Messages that wait until the CRM has said who the strangers are. */
  readonly waiting: readonly string[];
  readonly facts: ReadonlyMap<string, AddressFact>;
}

async function check(
  needs: SendingNeeds,
  sql: Sql,
  location: string,
  { claimed, now, real }: { claimed: readonly OutboxEntry[] } & Times,
): Promise<CheckedBatch> {
  const ids = [...new Set(claimed.flatMap(({ row }) => (row.kind === "message" ? [row.lead] : [])))];
  if (ids.length === 0) {
    return {
      candidates: claimed.map((entry) => ({ entry, channel: undefined })),
      ...{ held: [], unsure: [], waiting: [], strangers: [] },
      facts: new Map(),
    };
  }
  const [leads, recheck, confirmed] = await Promise.all([
    needs.leads(sql, location, ids),
    needs.rights(sql, location, ids),
    needs.confirmed?.(sql, location, ids),
  ]);
  const reach = new Map(ids.map((id) => [id, reachOf(leads.get(id), needs.addressKey)]));
  const refs = [...reach.values()].flatMap((each) => each.refs);
  // asked behind the locks: whoever held them before has committed
  const [facts, { withMail, underWay, closed, strangers }] = await Promise.all([
    lockAddresses(sql, location, refs),
    hindrances(sql, location, ids),
  ]);
  const isOld = (lead: string) => confirmed !== undefined && real - (confirmed.get(lead) ?? 0) > CONFIRMED_FOR;

  const candidates: Candidate[] = [];
  const unsure: Unsure[] = [];
  const held: Held[] = [];
  const waiting: string[] = [];
  const busy = new Set<string>(); // one message per lead and address in a batch: the next one is checked against this one
  for (const entry of claimed) {
    const { row, message } = entry;
    const channel = row.channels[row.place];
    if (row.kind !== "message" || message === undefined || channel === undefined) {
      candidates.push({ entry, channel: undefined });
      continue;
    }
    const family = familyOf(channel);
    if (closed.has(family)) {
      waiting.push(row.id);
      continue;
    }
    if (withMail.has(row.lead) || underWay.has(`${row.lead}/${channel}`)) continue;
    const { to, refs } = reach.get(row.lead) ?? NOWHERE;
    const keys = [row.lead, ...refs.map(refKey)];
    if (keys.some((key) => busy.has(key))) continue;
    const lead = leads.get(row.lead);
    const addresses: AddressFacts = Object.fromEntries(
      refs.map((ref) => [ref.family, facts.get(refKey(ref)) ?? { sends: [] }]),
    );
    const { verdicts, permission } =
      lead === undefined ? UNKNOWN : recheck(row, { now, lead, to, addresses, rows: [] }, message);
    if (permission !== "ok") {
      held.push({ entry, channel, verdicts, permission });
      continue;
    }
    if (isOld(row.lead)) {
      unsure.push({ id: row.id, lead: row.lead, channel });
      continue;
    }
    const address = refs.find((ref) => ref.family === family);
    for (const key of keys) busy.add(key);
    candidates.push({ entry, channel, verdicts, ...given("to", to[family]), ...given("address", address) });
  }
  return { candidates, held, unsure, waiting, strangers, facts };
}

const given = <Name extends string, T>(name: Name, value: T | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { readonly [N in Name]?: T };

/** A lead's numbers and addresses, and the rows that stand for them. */
interface Reach {
  readonly to: Addresses;
  readonly refs: readonly AddressRef[];
}

const NOWHERE: Reach = { to: {}, refs: [] };
/** A lead of whom we hold no profile has no address that we know. */
const UNKNOWN: Permit = { verdicts: [{ code: "address.missing", ok: false }], permission: "blocked" };

function reachOf(lead: Lead | undefined, key: SendingNeeds["addressKey"]): Reach {
  if (lead === undefined) return NOWHERE;
  const to = addressesOf(lead.contact);
  const refs = (["email", "phone"] as const).flatMap((family) => {
    const address = to[family];
    return address === undefined ? [] : [{ family, hash: addressKey(key, family, address) }];
  });
  return { to, refs };
}

const leavingOf = ({ entry, verdicts, channel, address }: Candidate) => ({
  id: entry.row.id,
  ...given("verdicts", verdicts),
  ...(channel === undefined || address === undefined ? {} : { sentTo: { [channel]: address.hash } }),
});

const checkedOf = ({ entry, verdicts }: { entry: OutboxEntry; verdicts?: readonly Verdict[] }): Checked[] =>
  verdicts === undefined ? [] : [{ id: entry.row.id, verdicts }];

/** Held until there is room again. Its lead is told at once, and its turn may choose another channel. */
async function hold(sql: Sql, location: string, held: readonly Held[], now: Instant): Promise<void> {
  if (held.length === 0) return;
  const untilOf = (permission: Permission) => (typeof permission === "object" ? Math.max(now, permission.hold) : now);
  await markHeld(
    sql,
    location,
    held.map((each) => ({ id: each.entry.row.id, until: untilOf(each.permission) })),
  );
  await saveChecked(sql, location, held.flatMap(checkedOf));
  await insertMail(
    sql,
    held.map(({ entry: { row }, channel, verdicts }): Letter => {
      const detail = verdicts.find(({ ok }) => !ok)?.code ?? "";
      const body = { outbox: row.id, outcome: "held" as const, at: now, channel, detail };
      return { location, lead: row.lead, kind: "answer", receivedAt: now, body };
    }),
  );
}

/** The addresses of those that leave, each with its send: caps count from now on. */
function counted(leaving: readonly Candidate[], facts: ReadonlyMap<string, AddressFact>, now: Instant) {
  return leaving.flatMap(({ entry, channel, address }) => {
    if (address === undefined || channel === undefined) return [];
    const send = { at: now, channel, workflow: entry.row.workflow ?? "", message: entry.row.id };
    const before = facts.get(refKey(address))?.sends ?? [];
    return [{ ...address, sends: [...before.filter(({ message }) => message !== send.message), send] }];
  });
}
