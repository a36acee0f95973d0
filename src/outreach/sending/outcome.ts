// What came of an attempt, saved: the row moves by compare-and-set, the lead learns by mail, in one transaction.

import { insertMail, type Letter, type Refusal } from "../../events/index.ts";
import { unreachable } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/json.ts";
import type { Database, Sql, Transaction } from "../../kernel/sql.ts";
import type { Clock, Instant } from "../../kernel/time.ts";
import { idsOf } from "../choice/lookup.ts";
import { canBeSought, isRepeatable, refusedWait, unclearWait } from "../choice/repeat.ts";
import { claimWaiting, joinWaiting, waitingUnder } from "../fate/receipts.ts";
import { noteRefusals, noteRefusedChannels } from "../fate/refusals.ts";
import { lockAddresses, saveSends } from "../law/addresses.ts";
import type { LookupResult, OutboxState, ProviderIds, SendResult } from "../message.ts";
import { awaitReceipts } from "./awaited.ts";
import type { OutboxEntry } from "./outbox.ts";
import { type AddressRef, type Departure, refKey } from "./sending.ts";
import { claimOverdue, LOOKUPS_MS, type Moved, move, type Times } from "./store.ts";

/** `given_up`: certainly never written. */
export type Result = SendResult | { readonly result: "given_up" };

export interface Outcome {
  readonly departure: Departure;
  readonly result: Result;
}

export interface OutcomeNeeds {
  readonly database: Database;
  readonly clock: Clock;
}

/** What follows for a row, before it is known whether the row still waits for it. */
interface Verdict {
  readonly entry: OutboxEntry;
  readonly move: Moved;
  readonly tell?: {
    readonly outcome: "accepted" | "done" | "refused" | "undecided";
    readonly reason?: Refusal;
    readonly detail?: string;
    readonly value?: Json;
    readonly to?: string;
  };
  /** Nothing reached the lead: the send is taken off the address' count. */
  readonly uncount?: AddressRef;
}

/** Saves results of attempts. Answers the ids of the rows that had waited for them. */
export async function saveOutcomes(
  { database, clock }: OutcomeNeeds,
  location: string,
  outcomes: readonly Outcome[],
): Promise<ReadonlyMap<string, OutboxState>> {
  const verdicts = outcomes.map((outcome) => verdictOf(outcome, clock.real()));
  return database.transaction([location], (sql) => save(sql, location, verdicts, timesOf(clock)));
}

function verdictOf({ departure: { entry, address }, result }: Outcome, real: Instant): Verdict {
  const { id, attempt, kind } = entry.row;
  const uncount = address === undefined ? {} : { uncount: address };
  switch (result.result) {
    case "accepted":
      return accepted(entry, result.provider, result.value);
    case "deferred":
      return { entry, move: { id, attempt, to: "queued", deadline: result.retryAt, putOff: result.cause }, ...uncount };
    case "given_up":
      return { entry, move: { id, attempt, to: "queued" }, ...uncount };
    case "rejected": {
      if (kind !== "message") {
        // of whom the CRM has no contact, no repetition helps
        const wait = result.reason === "gone" ? () => undefined : refusedWait;
        return { ...again(entry, real, `${result.status} ${result.detail}`, wait), ...uncount };
      }
      // it may have another channel, which a turn chooses
      const said = result.detail === "" ? "" : `: ${result.detail}`;
      const detail = `${result.reason} ${result.status}${said}`;
      const to = address === undefined ? {} : { to: address.hash };
      const tell = { outcome: "refused" as const, reason: result.reason, detail, ...to };
      return { entry, move: { id, attempt, to: "refused", resent: 0 }, tell, ...uncount };
    }
    case "unconfirmed":
      return unconfirmed(entry, real, result.detail);
    case "failed":
      return again(entry, real, result.detail, refusedWait);
    default:
      return unreachable(result);
  }
}

function accepted(entry: OutboxEntry, provider: ProviderIds, value?: Json): Verdict {
  const { id, attempt, kind } = entry.row;
  // that a field says what we know is no news to the lead
  if (kind === "write_back") return { entry, move: { id, attempt, to: "accepted", provider } };
  const outcome = kind === "message" ? "accepted" : "done";
  const tell = { outcome, ...(value === undefined ? {} : { value }) } as const;
  return { entry, move: { id, attempt, to: "accepted", provider }, tell };
}

/** @param inFlight the last instant at which the request could be on its way, real time */
function unconfirmed(entry: OutboxEntry, inFlight: Instant, detail: string): Verdict {
  const { id, attempt } = entry.row;
  if (isRepeatable(entry.row)) return again(entry, inFlight, detail, unclearWait);
  if (!canBeSought(entry)) return undecided(entry, "asked without an answer, and nothing shows whether it was done");
  const deadline = inFlight + LOOKUPS_MS[0];
  return { entry, move: { id, attempt, to: "unconfirmed", attemptedAt: inFlight, deadline, lookups: 0 } };
}

/** Once more after a while; after the last time it counts as refused, which its run's `on_error` is about. */
function again(entry: OutboxEntry, real: Instant, detail: string, waitBefore: typeof refusedWait): Verdict {
  const { id, attempt, resent } = entry.row;
  const wait = waitBefore(entry.row, resent + 1);
  if (wait === undefined) {
    return { entry, move: { id, attempt, to: "rejected", resent: 0 }, tell: { outcome: "refused", detail } };
  }
  return { entry, move: { id, attempt, to: "queued", resent: resent + 1, deadline: real + wait } };
}

const undecided = (entry: OutboxEntry, detail: string): Verdict => ({
  entry,
  move: { id: entry.row.id, attempt: entry.row.attempt, to: "undecided" },
  tell: { outcome: "undecided", detail },
});

/** Gives up rows whose sender never said how it went. Answers how many. */
export async function sweepOverdue(
  { database, clock }: OutcomeNeeds,
  location: string,
  limit: number,
): Promise<number> {
  return database.transaction([location], async (sql) => {
    const overdue = await claimOverdue(sql, location, clock.real(), limit);
    const verdicts = overdue.map((entry) => unconfirmed(entry, entry.row.deadline ?? clock.real(), "no answer"));
    return (await save(sql, location, verdicts, timesOf(clock))).size;
  });
}

/** Saves what a look-up found. */
export async function saveLookup(
  { database, clock }: OutcomeNeeds,
  location: string,
  { entry, result }: { entry: OutboxEntry; result: LookupResult },
): Promise<void> {
  await database.transaction([location], (sql) => save(sql, location, [afterLookup(entry, result)], timesOf(clock)));
}

function afterLookup(entry: OutboxEntry, result: LookupResult): Verdict {
  const { id, attempt, lookups, resent, attemptedAt = 0 } = entry.row;
  switch (result.found) {
    case "one":
      return accepted(entry, result.provider);
    case "ambiguous":
      return undecided(entry, "several messages at the provider could be this one");
    case "unavailable":
      return { entry, move: { id, attempt, to: "unconfirmed", deadline: result.retryAt } };
    case "none": {
      const next = LOOKUPS_MS[lookups + 1];
      if (next !== undefined) {
        return {
          entry,
          move: { id, attempt, to: "unconfirmed", lookups: lookups + 1, deadline: attemptedAt + next },
        };
      }
      if (resent > 0) return undecided(entry, "sent twice without an answer, and not found");
      return { entry, move: { id, attempt, to: "queued", resent: resent + 1 } };
    }
    default:
      return unreachable(result);
  }
}

/** Told of what was recalled, and put off. */
const WITHDRAWN = { outcome: "withdrawn" } as const;

const timesOf = (clock: Clock): Times => ({ now: clock.now(), real: clock.real() });

async function save(
  sql: Transaction,
  location: string,
  verdicts: readonly Verdict[],
  { now, real }: Times,
): Promise<ReadonlyMap<string, OutboxState>> {
  const moves = verdicts.map((verdict) => verdict.move);
  const [moved, waiting] = await Promise.all([
    move(sql, location, moves),
    waitingUnder(
      sql,
      location,
      moves.flatMap(({ provider }) => idsOf(provider ?? {})),
    ),
  ]);
  const saved = verdicts.filter(({ entry }) => moved.has(entry.row.id));
  await uncount(sql, location, saved);
  await noteSenders(sql, location, saved, now);
  const letters = saved.flatMap(({ entry: { row }, move: { provider }, ...verdict }): Letter[] => {
    const tell = moved.get(row.id) === "withdrawn" ? WITHDRAWN : verdict.tell;
    if (tell === undefined) return [];
    const channel = row.channels[row.place];
    const body = {
      ...{ outbox: row.id, at: now, ...tell },
      ...(channel === undefined ? {} : { channel }),
      ...(provider?.messageId === undefined ? {} : { providerId: provider.messageId }),
    };
    return [{ location, lead: row.lead, kind: "answer", receivedAt: now, body }];
  });
  const taken = saved.filter(({ move: { to }, entry }) => to === "accepted" && entry.row.kind === "message");
  const awaited = taken.flatMap(({ entry: { row }, move: { provider } }) => {
    const channel = row.channels[row.place];
    const providerId = provider?.messageId;
    return channel === undefined || providerId === undefined ? [] : [{ id: row.id, providerId, channel }];
  });
  sql.last(Promise.all([insertMail(sql, letters), awaitReceipts(sql, location, awaited, real)]));
  await joinWaiting(
    sql,
    location,
    taken.flatMap(({ move: { provider } }) => idsOf(provider ?? {}).filter((id) => waiting.has(id))),
  );
  const lost = saved.filter(({ move: { to }, entry }) => to === "unconfirmed" && entry.row.kind === "message");
  await claimWaiting(
    sql,
    location,
    lost.map(({ entry }) => entry.row.lead),
  );
  return moved;
}

/** Refusals that are the sender's own fault: what would be refused likewise is to wait. */
async function noteSenders(sql: Sql, location: string, saved: readonly Verdict[], at: Instant): Promise<void> {
  const refused = saved.flatMap(({ entry: { row }, tell }) => {
    const channel = row.channels[row.place];
    if (tell?.reason !== "sender" || channel === undefined) return [];
    return [{ message: row.id, lead: row.lead, channel, at, detail: tell.detail ?? "" }];
  });
  await noteRefusals(
    sql,
    location,
    refused.flatMap(({ message, channel, detail }) => (channel === "email" ? [{ message, at, detail }] : [])),
    "the CRM",
  );
  await noteRefusedChannels(
    sql,
    location,
    refused.flatMap(({ lead, channel, detail }) => (channel === "email" ? [] : [{ lead, channel, at, detail }])),
  );
}

async function uncount(sql: Sql, location: string, saved: readonly Verdict[]): Promise<void> {
  const refs = saved.flatMap((verdict) => (verdict.uncount === undefined ? [] : [verdict.uncount]));
  if (refs.length === 0) return;
  const facts = await lockAddresses(sql, location, refs);
  const gone = new Set(saved.flatMap(({ uncount: ref, entry }) => (ref === undefined ? [] : [entry.row.id])));
  const kept = refs.map((ref) => ({
    ...ref,
    sends: (facts.get(refKey(ref))?.sends ?? []).filter(({ message }) => !gone.has(message)),
  }));
  await saveSends(sql, location, kept);
}
