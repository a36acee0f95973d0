// What webhooks should have told is read again every few minutes: whatever changed since the last time, with overlap,
// compared with what we hold. What is new becomes the event that its webhook would have been.

import type { NewEvent } from "../events/index.ts";
import type { Found } from "../highlevel/index.ts";
import { Unavailable } from "../kernel/errors.ts";
import type { Facts } from "../kernel/facts.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import { type Clock, DAY, type Instant, MINUTE, type Millis, SECOND } from "../kernel/time.ts";
import type { Lead } from "../leads/index.ts";
import type { ProviderReceipt } from "../outreach/index.ts";
import { asked, type Reading, Refused } from "./crm.ts";
import { advanceReading, claimReading, endReading, READ, type Read, releaseReading } from "./store.ts";
import { type Finding, takeIn } from "./take.ts";

export interface PollNeeds {
  readonly database: Database;
  /** The database's real time: the CRM's stamps are compared with it. */
  readonly clock: Clock;
  readonly facts: Facts;
  /** In the bulk lane. */
  readonly api: Reading;
  /** Nothing before it is news: that is an import's. */
  installedAt(location: string): Instant | undefined;
  held(sql: Sql, location: string, leads: readonly string[]): Promise<ReadonlyMap<string, Lead>>;
  /** Whether the lead, as we hold it, would learn something from it. */
  isNews(lead: Lead | undefined, event: NewEvent, id: string): boolean;
  receiveReceipts(sql: Sql, location: string, receipts: readonly ProviderReceipt[]): Promise<void>;
  /** How a location hears: by webhooks that polling checks, or by polling alone. */
  hears(location: string): Promise<"webhooks" | "polling">;
  mailed(location: string): void;
}

/** How often each kind is read. */
export const EVERY = { webhooks: 5 * MINUTE, polling: MINUTE } as const satisfies Record<string, Millis>;
/** Read once more: searches lag behind writes by seconds, and a message's fate comes after it. */
const OVERLAP: Readonly<Record<Read, Millis>> = {
  contacts: 10 * MINUTE,
  opportunities: 10 * MINUTE,
  messages: 30 * MINUTE,
  mails: 30 * MINUTE,
  appointments: 0,
};
/** A webhook that has not come by then is missed. */
const IN_TIME: Millis = 2 * MINUTE;
const LEASE: Millis = 2 * MINUTE;
const PATIENCE: Millis = MINUTE;
const PAGE = 100;
/** Appointments are read by when they begin. */
const BEHIND: Millis = 2 * DAY;
const AHEAD: Millis = 60 * DAY;
const MOST_LOOKED = 50_000;

interface Page {
  readonly findings: readonly Finding[];
  readonly read: number;
  /** The CRM's instant up to which this page has read. */
  readonly upTo?: Instant;
}

export function openPolling(needs: PollNeeds) {
  const { database, clock, facts } = needs;
  /** What was looked at: an overlap asks nothing twice. */
  const looked = new Set<string>();
  const isFirstLook = (location: string, id: string, at: Instant): boolean => {
    const name = `${location} ${id} ${at}`;
    if (looked.has(name)) return false;
    if (looked.size >= MOST_LOOKED) looked.clear();
    looked.add(name);
    return true;
  };

  /**
   * Reads what is due of a location; answers how much was new.
   *
   * @param signal ends it at once; what it had begun, the next look does
   */
  async function look(
    location: string,
    { due = true, signal }: { due?: boolean; signal?: AbortSignal } = {},
  ): Promise<number> {
    const installedAt = needs.installedAt(location);
    if (installedAt === undefined) return 0;
    const hears = await needs.hears(location);
    let found = 0;
    for (const kind of READ) {
      if (signal?.aborted) break;
      const claim = { first: installedAt, real: clock.real(), every: due ? EVERY[hears] : 0, lease: LEASE };
      const watermark = await database.transaction([location], (sql) => claimReading(sql, location, kind, claim));
      if (watermark === undefined) continue;
      found += await read(location, kind, { installedAt, watermark, hears }, signal);
    }
    return found;
  }

  async function read(
    location: string,
    kind: Read,
    { installedAt, watermark, hears }: { installedAt: Instant; watermark: Instant; hears: "webhooks" | "polling" },
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const begun = clock.real();
    const since = Math.max(installedAt, watermark - OVERLAP[kind]);
    let counts = { read: 0, found: 0, missed: 0 };
    try {
      for await (const page of pagesOf(location, kind, { since, installedAt }, signal)) {
        const kept = await take(location, kind, page, hears === "webhooks" ? begun - IN_TIME : undefined);
        counts = {
          read: counts.read + page.read,
          found: counts.found + kept.found,
          missed: counts.missed + kept.missed,
        };
      }
      await end(location, kind, { watermark: begun });
    } catch (error) {
      if (signal?.aborted) {
        await database.transaction([location], (sql) => releaseReading(sql, location, kind));
        return counts.found;
      }
      if (!(error instanceof Refused || error instanceof Unavailable)) throw error;
      await end(location, kind, { problem: error.message });
      facts.emit("reading_failed", { location, kind, reason: error.message });
    }
    facts.emit("reading_done", { location, kind, ...counts });
    return counts.found;
  }

  async function* pagesOf(
    location: string,
    kind: Read,
    { since, installedAt }: { since: Instant; installedAt: Instant },
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Page> {
    switch (kind) {
      case "contacts":
        return yield* contacts(location, since, signal);
      case "opportunities":
        return yield* opportunities(location, since, signal);
      case "messages":
      case "mails":
        return yield* messages(location, { since, mails: kind === "mails" }, signal);
      case "appointments":
        return yield* appointments(location, installedAt, signal);
    }
  }

  async function* contacts(location: string, since: Instant, signal?: AbortSignal): AsyncGenerator<Page> {
    const pages = all(
      (cursor) => needs.api.searchContacts(location, { since, limit: PAGE, ...cursor }, signal),
      signal,
    );
    for await (const page of pages) {
      const first = page.items.filter(({ id, updatedAt }) => isFirstLook(location, id, updatedAt));
      const findings: Finding[] = [];
      for (const one of first) {
        // a search may leave out what may be written: then the contact itself says it
        const told = one.dnd ?? (await ask(() => needs.api.contact(location, one.id, signal), signal).catch(gone))?.dnd;
        const name = `${one.id}/${one.updatedAt}`;
        const dnd = told === undefined ? [] : [snapshot("crm.dnd", { ...told, asOf: one.updatedAt }, `dnd/${name}`)];
        const events = [snapshot("crm.contact", one.contact, `contact/${name}`), ...dnd];
        findings.push({ lead: one.id, events, receipts: [] });
      }
      yield { findings, read: page.items.length, ...upTo(page.items) };
    }
  }

  async function* opportunities(location: string, since: Instant, signal?: AbortSignal): AsyncGenerator<Page> {
    const page = (cursor: object) => needs.api.searchOpportunities(location, { since, limit: PAGE, ...cursor }, signal);
    const pages = all(page, signal);
    for await (const page of pages) {
      const findings = page.items.map(({ id, contact, updatedAt, opportunity }) => ({
        lead: contact,
        events: [snapshot("crm.opportunity", opportunity, `opportunity/${id}/${updatedAt}`)],
        receipts: [],
      }));
      yield { findings, read: page.items.length, ...upTo(page.items) };
    }
  }

  async function* messages(
    location: string,
    { since, mails }: { since: Instant; mails: boolean },
    signal?: AbortSignal,
  ): AsyncGenerator<Page> {
    const page = (cursor: object) =>
      needs.api.exportMessages(location, { since, mails, limit: PAGE, ...cursor }, signal);
    const pages = all(page, signal);
    for await (const page of pages) {
      const young = page.items.filter(({ addedAt }) => addedAt >= since);
      const findings = young.map(({ contact, events, receipts }) => ({ lead: contact, events, receipts }));
      yield { findings, read: page.items.length, ...upTo(young) };
    }
  }

  async function* appointments(location: string, installedAt: Instant, signal?: AbortSignal): AsyncGenerator<Page> {
    const span = { from: clock.real() - BEHIND, to: clock.real() + AHEAD };
    for (const calendar of await ask(() => needs.api.calendars(location, signal), signal)) {
      const { items } = await ask(() => needs.api.appointments(location, { calendar, ...span }, signal), signal);
      const news = items.filter(({ updatedAt }) => updatedAt >= installedAt);
      const findings = news.map(({ id, contact, updatedAt, appointment }) => ({
        lead: contact,
        events: [snapshot("crm.appointment", appointment, `appointment/${id}/${updatedAt}`)],
        receipts: [],
      }));
      yield { findings, read: items.length };
    }
  }

  /** Stores a page's news, and how far it reaches, in one transaction. */
  async function take(location: string, kind: Read, page: Page, toldBefore: Instant | undefined) {
    const counted = await database.transaction([location], async (sql) => {
      const leads = page.findings.map(({ lead }) => lead);
      const held = kind === "messages" || kind === "mails" ? undefined : await needs.held(sql, location, leads);
      const news = page.findings.flatMap((finding) => {
        if (held === undefined) return [finding];
        const events = finding.events.filter((event) => needs.isNews(held.get(finding.lead), event, finding.lead));
        return events.length === 0 ? [] : [{ ...finding, events }];
      });
      const now = clock.now();
      const taken = await takeIn(sql, location, news, {
        ...{ source: "crm", now },
        ...(toldBefore === undefined ? {} : { toldBefore }),
      });
      const receipts = taken.flatMap(({ finding, fresh }) => (fresh.length === 0 ? [] : finding.receipts));
      await needs.receiveReceipts(sql, location, receipts);
      if (page.upTo !== undefined)
        await advanceReading(sql, location, kind, { watermark: page.upTo, leasedUntil: clock.real() + LEASE });
      const fresh = taken.flatMap((one) => one.fresh).filter(({ quiet }) => quiet !== true);
      const missed = fresh.filter(({ at }) => toldBefore !== undefined && at < toldBefore);
      return { found: fresh.length, missed: missed.length, mail: fresh.length + receipts.length };
    });
    if (counted.mail > 0) needs.mailed(location);
    return counted;
  }

  const end = (location: string, kind: Read, how: { readonly watermark?: Instant; readonly problem?: string }) =>
    database.transaction([location], (sql) => endReading(sql, location, kind, { ...how, real: clock.real() }));

  const ask = async <T>(question: Parameters<typeof asked<T>>[2], signal?: AbortSignal): Promise<T> =>
    (await asked(clock, PATIENCE, question, signal)).value;

  async function* all<T>(
    page: (cursor: object) => Promise<Awaited<ReturnType<Parameters<typeof asked<Found<T>>>[2]>>>,
    signal?: AbortSignal,
  ) {
    let cursor: object = {};
    for (;;) {
      const found = await ask<Found<T>>(() => page(cursor), signal);
      yield found;
      if (found.next === undefined) return;
      cursor = { cursor: found.next };
    }
  }

  return { look };
}

const snapshot = (type: string, data: { readonly asOf: Instant }, name: string): NewEvent => ({
  type,
  at: data.asOf,
  data: data as unknown as JsonObject,
  once: [name],
});

/** All before the last one's instant; others with the very same one may be on the next page. */
const upTo = (items: readonly ({ readonly updatedAt: Instant } | { readonly addedAt: Instant })[]) => {
  const last = items.at(-1);
  if (last === undefined) return {};
  return { upTo: ("addedAt" in last ? last.addedAt : last.updatedAt) - SECOND };
};

/** Deleted since the search: there is nothing to know of it. */
const gone = (error: unknown): undefined => {
  if (error instanceof Refused && (error.status === 404 || error.status === 400)) return undefined;
  throw error;
};
