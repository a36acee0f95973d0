// Deliveries are committed in company: one transaction for all that came within two milliseconds, or while the one
// before was committing. Nobody is answered before the commit.

import { insertEvents, insertMail, letterOf, type StoredEvent, takeTold } from "../events/index.ts";
import type { LeadReference } from "../highlevel/index.ts";
import { Conflict, Unavailable } from "../kernel/errors.ts";
import type { Facts } from "../kernel/facts.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import type { Clock, Instant, Millis } from "../kernel/time.ts";
import type { ProviderReceipt } from "../outreach/index.ts";
import type { Delivery } from "./delivery.ts";
import { compare, type Entry, entryOf, grouped } from "./entry.ts";
import { insertRaw, type ReceiptRow, receiptKey, takeReceipts, takeReceiptsAgain } from "./store.ts";
import { recognize, type Visitors } from "./visitors.ts";

export interface Intake {
  /**
   * Resolves once the delivery is committed, by us or by an earlier copy of it.
   *
   * @throws Unavailable when the database is away or too much is waiting: nothing was stored, or it will be found a
   *         duplicate when it comes again
   */
  accept(delivery: Delivery): Promise<{ readonly duplicate: boolean }>;
  /** Commits what waits; what comes afterwards is refused. */
  close(): Promise<void>;
}

/** Who the leads are that are not named by their id: by place, undefined where nobody knows. */
export type ResolveLeads = (
  sql: Sql,
  location: string,
  references: readonly LeadReference[],
) => Promise<readonly (string | undefined)[]>;

/** Hands a provider's receipts to whoever owns the messages, inside the transaction that makes them durable. */
export type ReceiveReceipts = (sql: Sql, location: string, receipts: readonly ProviderReceipt[]) => Promise<void>;

export interface IntakeNeeds {
  readonly database: Database;
  readonly clock: Clock;
  readonly facts: Facts;
  readonly resolveLeads: ResolveLeads;
  readonly receiveReceipts: ReceiveReceipts;
  /** Notes how many webhooks of the CRM came, inside the transaction that stores them. */
  readonly heard?: (sql: Sql, location: string, at: Instant, webhooks: number) => Promise<void>;
  /** Absent where nothing tracks visitors: their events wait in the log. */
  readonly visitors?: Visitors;
  /** Told after each commit which locations have mail. */
  readonly hint: (locations: readonly string[]) => void;
}

const COMPANY: Millis = 2;
const BATCH = 400;
/** More than this waiting means that the database does not keep up: better said than hidden in memory. */
const WAITING = 20_000;
const ATTEMPTS = 3;

interface Waiting {
  readonly delivery: Delivery;
  readonly since: Millis;
  resolve(outcome: { duplicate: boolean }): void;
  reject(error: unknown): void;
}

export function openIntake(needs: IntakeNeeds): Intake {
  const { clock, facts } = needs;
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let closed = false;

  const run = async () => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH);
      waiting = waiting.slice(BATCH);
      await settle(batch);
    }
    running = undefined;
  };
  const start = () => {
    clearTimeout(timer);
    timer = undefined;
    running ??= run();
  };

  const settle = async (batch: readonly Waiting[]) => {
    try {
      const fresh = await commitTwice(batch.map(({ delivery }) => delivery));
      batch.forEach((item, place) => {
        tell(item, fresh.has(place));
      });
    } catch (error) {
      // Nothing was stored. One bad delivery must not take its company down: each alone, in the same order.
      if (batch.length === 1 || error instanceof Unavailable) for (const item of batch) item.reject(error);
      else for (const item of batch) await settle([item]);
    }
  };

  const commitTwice = async (deliveries: readonly Delivery[], attempt = 1): Promise<Set<number>> => {
    try {
      return await commit(needs, deliveries);
    } catch (error) {
      if (!(error instanceof Conflict) || attempt >= ATTEMPTS) throw error;
      return commitTwice(deliveries, attempt + 1);
    }
  };

  const tell = ({ delivery, since, resolve }: Waiting, fresh: boolean) => {
    resolve({ duplicate: !fresh });
    facts.emit("webhook_accepted", {
      location: delivery.location,
      type: delivery.type,
      duplicate: !fresh,
      wait_ms: clock.elapsed() - since,
    });
  };

  return {
    accept(delivery) {
      if (closed) return Promise.reject(new Unavailable("Latchkey is stopping."));
      if (waiting.length >= WAITING) return Promise.reject(new Unavailable("Too much is waiting for the database."));
      return new Promise((resolve, reject) => {
        waiting.push({ delivery, since: clock.elapsed(), resolve, reject });
        if (running !== undefined) return;
        if (waiting.length >= BATCH) start();
        else timer ??= setTimeout(start, COMPANY);
      });
    },
    async close() {
      closed = true;
      start();
      await running;
    },
  };
}

/** One transaction for the batch; returns the places of those that count. */
async function commit(needs: IntakeNeeds, deliveries: readonly Delivery[]): Promise<Set<number>> {
  const locations = [...new Set(deliveries.map(({ location }) => location))].sort();
  const fresh = await needs.database.transaction(locations, async (sql) => {
    const received = await takeFresh(
      sql,
      deliveries.map((delivery, place) => entryOf(delivery, place)),
    );
    const entries = await leaveTold(sql, received);
    const named = await nameLeads(sql, needs.resolveLeads, entries);
    const { known, past } = await recognize(sql, needs.visitors, entries, named);
    const addressed = entries.map((entry) => ({
      ...entry,
      ...addressee(entry, named.get(entry.place) ?? known.get(entry.place)),
    }));
    const told = addressed.flatMap(({ events, lead }) => events.map((event) => ({ ...event, lead })));
    const events: readonly (StoredEvent & { readonly quiet?: true })[] = [...past, ...told];
    sql.last(insertRaw(sql, addressed.flatMap(rawOf).sort(byLocationAndEvent)));
    sql.last(insertEvents(sql, events.toSorted(byKey)));
    sql.last(insertMail(sql, events.filter(({ quiet }) => quiet !== true).map(letterOf)));
    await receive(sql, needs.receiveReceipts, addressed);
    await hear(sql, needs.heard, received);
    return { addressed, past };
  });
  const mailed = fresh.addressed.filter(
    ({ delivery, events }) => delivery.receipts.length > 0 || events.some(({ quiet }) => !quiet),
  );
  const told = [...mailed.map(({ delivery }) => delivery.location), ...fresh.past.map(({ location }) => location)];
  if (told.length > 0) needs.hint([...new Set(told)]);
  return new Set(fresh.addressed.map(({ place }) => place));
}

/** Those that count: the first copy of each in this batch, unless an earlier batch had it. */
async function takeFresh(sql: Sql, entries: readonly Entry[]): Promise<Entry[]> {
  const first = new Map<string, Entry>();
  const free: Entry[] = [];
  for (const entry of entries) {
    const { receipt, location } = entry.delivery;
    if (receipt === undefined) free.push(entry);
    else {
      const key = receiptKey({ location, id: receipt.id });
      if (!first.has(key)) first.set(key, entry);
    }
  }
  const sorted = [...first].sort(([a], [b]) => compare(a, b)).map(([, entry]) => entry);
  const again = grouped(sorted, ({ delivery }) => delivery.receipt?.again ?? 0);
  const taken = new Set<string>();
  for (const [after, group] of [...again].sort(([a], [b]) => a - b)) {
    const rows = group.map(receiptRow);
    const keys = after === 0 ? await takeReceipts(sql, rows) : await takeReceiptsAgain(sql, rows, after);
    for (const key of keys) taken.add(key);
  }
  const counting = [...first].filter(([key]) => taken.has(key)).map(([, entry]) => entry);
  return [...free, ...counting].sort((a, b) => a.place - b.place);
}

/** Without the facts that polling, or another webhook, has told before; what hung on them alone goes with them. */
async function leaveTold(sql: Sql, entries: readonly Entry[]): Promise<Entry[]> {
  const events = entries.flatMap(({ events: all }) => all);
  if (events.every(({ once }) => once === undefined)) return [...entries];
  const fresh = await takeTold(
    sql,
    events.map(({ location, receivedAt, once }) => ({ location, keys: once ?? [], at: receivedAt })),
  );
  const isFresh = new Map(events.map((event, place) => [event, fresh[place] === true]));
  return entries.map((entry) => {
    const left = entry.events.filter((event) => isFresh.get(event));
    if (left.length === entry.events.length) return entry;
    const { delivery } = entry;
    return { ...entry, events: left, delivery: left.length === 0 ? { ...delivery, receipts: [] } : delivery };
  });
}

const receiptRow = ({ delivery, id }: Entry): ReceiptRow => ({
  location: delivery.location,
  id: delivery.receipt?.id ?? id,
  event: id,
  receivedAt: delivery.receivedAt,
});

/** By place: the contact an entry names, or who it was merged into; else whoever has the address or the message it names. */
async function nameLeads(
  sql: Sql,
  resolveLeads: ResolveLeads,
  entries: readonly Entry[],
): Promise<Map<number, string>> {
  const named = new Map<number, string>();
  const told = entries.filter(({ delivery: { lead } }) => lead.contact || lead.email || lead.phone || lead.provider);
  for (const [location, group] of grouped(told, ({ delivery }) => delivery.location)) {
    const references = group.map(({ delivery }) => delivery.lead);
    const leads = await resolveLeads(sql, location, references);
    group.forEach(({ place, delivery }, index) => {
      const lead = leads[index] ?? delivery.lead.contact;
      if (lead !== undefined) named.set(place, lead);
    });
  }
  return named;
}

/** What a record itself says of itself: the profile, or the switches, of a contact that is one with another now. */
const OF_THE_RECORD = /^crm\.(contact|dnd)$/;

/**
 * What nobody's lead is told moves nobody: it is kept in the log. Nor does what the CRM says about the record of a contact
 * that was merged, least of all that it was deleted: the survivor has a record of its own.
 */
function addressee({ delivery, events }: Entry, lead: string | undefined): Pick<Entry, "events"> & { lead: string } {
  const { contact } = delivery.lead;
  if (
    lead !== undefined &&
    contact !== undefined &&
    contact !== lead &&
    events.some(({ type }) => OF_THE_RECORD.test(type))
  )
    return { lead: contact, events: events.map((event) => ({ ...event, quiet: true as const })) };
  if (lead !== undefined) return { lead, events };
  return { lead: delivery.otherwise, events: events.map((event) => ({ ...event, quiet: true as const })) };
}

async function receive(sql: Sql, receiveReceipts: ReceiveReceipts, entries: readonly Entry[]): Promise<void> {
  const told = entries.filter(({ delivery }) => delivery.receipts.length > 0);
  const byLocation = [...grouped(told, ({ delivery }) => delivery.location)].sort(([a], [b]) => compare(a, b));
  for (const [location, group] of byLocation)
    await receiveReceipts(
      sql,
      location,
      group.flatMap(({ delivery }) => delivery.receipts),
    );
}

/** Workflows of the CRM post what their authors please; its webhooks alone say whether it still tells us. */
async function hear(sql: Sql, heard: IntakeNeeds["heard"], entries: readonly Entry[]): Promise<void> {
  const told = entries.filter(({ delivery: { source, receipt } }) => source === "crm" && receipt?.again === undefined);
  for (const [location, group] of grouped(told, ({ delivery }) => delivery.location))
    await heard?.(sql, location, group[0]?.delivery.receivedAt ?? 0, group.length);
}

const rawOf = ({ delivery: { location, receivedAt, raw }, id }: Entry) =>
  raw === undefined ? [] : [{ location, event: id, receivedAt, body: raw }];

const byLocationAndEvent = (a: { location: string; event: string }, b: { location: string; event: string }): number =>
  compare(a.location, b.location) || compare(a.event, b.event);
const byKey = (a: StoredEvent, b: StoredEvent): number =>
  compare(a.location, b.location) || compare(a.lead, b.lead) || compare(a.id, b.id);
