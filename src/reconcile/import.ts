// The past of a location, read on request into the log: a page at a time, each committed with the place where the next
// one begins, so that a process that dies loses nothing and reads nothing twice.

import type { NewEvent } from "../events/index.ts";
import type { Found } from "../highlevel/index.ts";
import { Unavailable } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import { type Clock, HOUR, type Instant, type Millis, SECOND } from "../kernel/time.ts";
import type { Lead } from "../leads/index.ts";
import { asked, type Reading, Refused } from "./crm.ts";
import {
  type Counts,
  claimImport,
  forgetSeen,
  type Import,
  type ImportAsked,
  type Imported,
  noteSeen,
  type Place,
  turnImport,
  unseen,
} from "./store.ts";
import { type Finding, takeIn } from "./take.ts";

export interface ImportNeeds {
  readonly database: Database;
  /** Real time. */
  readonly clock: Clock;
  /** In the bulk lane. */
  readonly api: Reading;
  installedAt(location: string): Instant | undefined;
  held(sql: Sql, location: string, leads: readonly string[]): Promise<ReadonlyMap<string, Lead>>;
  /** Ids of the leads we hold, after one of them. */
  leadsAfter(sql: Sql, location: string, after: string, limit: number): Promise<readonly string[]>;
  /** Letters that wait, counted no further than `most`; 0 where nobody would read them. */
  unread(sql: Sql, location: string, most: number): Promise<number>;
  mailed(location: string): void;
}

/** Whoever dies with a page in hand keeps it from the others for so long. */
const LEASE: Millis = 30 * SECOND;
/** An import is in no hurry; the CRM may be away for as long. */
const PATIENCE: Millis = HOUR;
const PAGE = 100;
const MESSAGES = 500;
/** With more letters waiting than this the next page waits: live ones must not stand behind the past. */
const UNREAD = 2_000;

const NOTHING: Counts = { read: 0, kept: 0, known: 0, unreadable: 0 };

interface Page {
  readonly findings: readonly Finding[];
  readonly counts: Omit<Counts, "kept">;
  readonly seen?: readonly string[];
  /** Absent: this kind is done. */
  readonly next?: Place;
}

export type Worked = "nothing" | "page" | "waiting" | "done";

export function openImports(needs: ImportNeeds) {
  const { database, clock } = needs;

  /** Reads one page of the location's open import. `waiting`: others have to read their letters first. */
  async function work(location: string, signal?: AbortSignal): Promise<Worked> {
    const { claimed, unread } = await database.transaction([location], async (sql) => {
      const waits = await needs.unread(sql, location, UNREAD);
      if (waits >= UNREAD) return { claimed: undefined, unread: waits };
      return { claimed: await claimImport(sql, location, { real: clock.real(), lease: LEASE }), unread: waits };
    });
    if (claimed === undefined) return unread >= UNREAD ? "waiting" : "nothing";
    try {
      return await turn(location, claimed, signal);
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unavailable)) {
        await release(location, claimed);
        throw error;
      }
      // a kind that may not be read is left out, and said; while the CRM is away the import waits
      const problem = `${claimed.kind}: ${error.message}`;
      if (error instanceof Refused) return save(location, claimed, afterKind(claimed, problem), undefined);
      await save(location, claimed, { ...claimed, problem }, undefined);
      return "waiting";
    }
  }

  async function turn(location: string, before: Import, signal: AbortSignal | undefined): Promise<Worked> {
    const { kind } = before;
    if (kind === undefined) return save(location, before, ended(before), undefined);
    const page = await pageOf(location, before, kind, signal);
    const { problem: _, ...rest } = before;
    const held = before.counts[kind] ?? NOTHING;
    const counts = { ...before.counts, [kind]: added(held, page.counts) };
    const after: Import = { ...rest, counts, ...(page.next === undefined ? {} : { cursor: page.next }) };
    return save(location, before, page.next === undefined ? afterKind(after) : after, page);
  }

  /** The page, what it holds, and where the next one begins: one transaction. */
  async function save(location: string, before: Import, after: Import, page: Page | undefined): Promise<Worked> {
    const now = clock.now();
    const stored = await database
      .transaction([location], async (sql) => {
        const taken = page === undefined ? [] : await takeIn(sql, location, page.findings, { source: "import", now });
        const kept = taken.filter(({ fresh }) => fresh.length > 0).length;
        const counts =
          page === undefined ? after.counts : withKept(after.counts, before.kind, kept, page.findings.length);
        if (page?.seen !== undefined) await noteSeen(sql, location, before.id, page.seen);
        if (after.endedAt !== undefined) await forgetSeen(sql, location, before.id);
        const turned = { ...after, counts, updatedAt: now };
        if (!(await turnImport(sql, location, before, turned, { leasedUntil: 0 }))) throw new Turned();
        return kept;
      })
      .catch((error) => {
        if (error instanceof Turned) return undefined;
        throw error;
      });
    if (stored === undefined) return "nothing";
    if (stored > 0) needs.mailed(location);
    return after.endedAt === undefined ? "page" : "done";
  }

  const release = (location: string, claimed: Import) =>
    database
      .transaction([location], (sql) => turnImport(sql, location, claimed, claimed, { leasedUntil: 0 }))
      .catch(() => false); // the lease ends by itself

  function afterKind({ cursor: _, ...before }: Import, problem?: string): Import {
    const place = before.asked.kinds.indexOf(before.kind as Imported);
    const next = before.asked.kinds[place + 1];
    const told = problem === undefined ? before : { ...before, problem };
    return next === undefined ? ended(told) : { ...told, kind: next };
  }

  function ended({ kind: _, cursor: __, ...before }: Import): Import {
    return { ...before, endedAt: clock.now() };
  }

  // Pages ------------------------------------------------------------------------------------------------------------

  function pageOf(location: string, one: Import, kind: Imported, signal?: AbortSignal): Promise<Page> {
    switch (kind) {
      case "contacts":
        return contacts(location, one, signal);
      case "opportunities":
        return opportunities(location, one, signal);
      case "messages":
      case "mails":
        return messages(location, one, kind === "mails", signal);
      case "gone":
        return missing(location, one, signal);
    }
  }

  async function contacts(location: string, { asked: how, cursor }: Import, signal?: AbortSignal): Promise<Page> {
    const found = await ask(
      () => needs.api.searchContacts(location, { ...from(how, cursor), limit: PAGE }, signal),
      signal,
    );
    const held = await heldOf(
      location,
      found.items.map(({ id }) => id),
    );
    const fresh = found.items.filter(
      ({ id, contact }) => (held.get(id)?.stub ?? true) && isPast(location, contact.createdAt ?? 0),
    );
    const findings: Finding[] = [];
    for (const { id, contact, dnd, updatedAt } of fresh) {
      const told = dnd ?? (await ask(() => needs.api.contact(location, id), signal).catch(gone))?.dnd;
      const events = [event("crm.contact", { ...contact, change: "create" }, `import/contact/${id}`)];
      if (told !== undefined) events.push(event("crm.dnd", { ...told, asOf: updatedAt }, `import/dnd/${id}`));
      findings.push({ lead: id, events, receipts: [] });
    }
    return { ...counted(found, findings), seen: found.items.map(({ id }) => id) };
  }

  async function opportunities(location: string, { asked: how, cursor }: Import, signal?: AbortSignal): Promise<Page> {
    const found = await ask(
      () => needs.api.searchOpportunities(location, { ...from(how, cursor), limit: PAGE }, signal),
      signal,
    );
    const held = await heldOf(
      location,
      found.items.map(({ contact }) => contact),
    );
    const findings = found.items
      .filter(({ id, contact, opportunity }) => {
        const isHeld = held.get(contact)?.asOf[`opportunity/${id}`] !== undefined;
        return !isHeld && isPast(location, opportunity.opportunity.createdAt ?? 0);
      })
      .map(({ id, contact, opportunity }) => ({
        lead: contact,
        events: [event("crm.opportunity", opportunity, `import/opportunity/${id}`)],
        receipts: [],
      }));
    return counted(found, findings);
  }

  async function messages(
    location: string,
    { asked: how, cursor }: Import,
    mails: boolean,
    signal?: AbortSignal,
  ): Promise<Page> {
    const asking = { ...from(how, cursor), mails, limit: MESSAGES };
    const found = await ask(() => needs.api.exportMessages(location, asking, signal), signal);
    const past = found.items.filter(({ addedAt }) => isPast(location, addedAt));
    const findings = past
      .filter(({ events }) => events.length > 0)
      .map(({ contact, events }) => ({ lead: contact, events, receipts: [] }));
    const { next, ...page } = counted(found, findings);
    // oldest first: what follows the installation is not the past
    return next === undefined || past.length < found.items.length ? page : { ...page, next };
  }

  /** Contacts we hold that the CRM did not list: deleted, merged away, or a search that lagged. It is asked about each. */
  async function missing(location: string, one: Import, signal?: AbortSignal): Promise<Page> {
    const after = one.cursor !== undefined && "lead" in one.cursor ? one.cursor.lead : "";
    const { leads, candidates } = await database.transaction([location], async (sql) => {
      const page = await needs.leadsAfter(sql, location, after, PAGE);
      const notSeen = await unseen(sql, location, one.id, page);
      const held = await needs.held(sql, location, notSeen);
      const known = notSeen.filter((id) => held.get(id)?.stub === false && held.get(id)?.deleted === false);
      return { leads: page, candidates: known.flatMap((id) => held.get(id) ?? []) };
    });
    const findings: Finding[] = [];
    for (const lead of candidates) {
      const there = await ask(() => needs.api.contact(location, lead.id), signal).catch(gone);
      if (there !== undefined) continue;
      const { tags, custom, ...texts } = lead.contact;
      const asOf = clock.now();
      const data = { change: "delete" as const, asOf, contact: { ...texts, tags, custom } };
      findings.push({
        lead: lead.id,
        events: [event("crm.contact", data, `import/gone/${lead.id}/${one.id}`)],
        receipts: [],
      });
    }
    const last = leads.at(-1);
    return {
      findings,
      counts: { read: leads.length, known: leads.length - findings.length, unreadable: 0 },
      ...(last === undefined || leads.length < PAGE ? {} : { next: { lead: last } }),
    };
  }

  /** What the CRM says there is, by kind, without reading it. */
  async function count(location: string, how: ImportAsked): Promise<Partial<Record<Imported, number>>> {
    const { api } = needs;
    const since = from(how, undefined);
    const totals: Partial<Record<Imported, number>> = {};
    for (const kind of how.kinds) {
      if (kind === "gone") continue;
      const found: Found<unknown> =
        kind === "contacts"
          ? await ask(() => api.searchContacts(location, { ...since, limit: 1 }))
          : kind === "opportunities"
            ? await ask(() => api.searchOpportunities(location, { ...since, limit: 1 }))
            : await ask(() => api.exportMessages(location, { ...since, mails: kind === "mails", limit: 10 }));
      totals[kind] = found.total ?? found.items.length;
    }
    return totals;
  }

  const isPast = (location: string, at: Instant): boolean =>
    at < (needs.installedAt(location) ?? Number.POSITIVE_INFINITY);
  const heldOf = (location: string, leads: readonly string[]) =>
    database.transaction([location], (sql) => needs.held(sql, location, leads));
  const ask = async <T>(question: Parameters<typeof asked<T>>[2], signal?: AbortSignal): Promise<T> =>
    (await asked(clock, PATIENCE, question, signal)).value;

  return { work, count };
}

export type Imports = ReturnType<typeof openImports>;

class Turned extends Error {}

const from = ({ since }: ImportAsked, cursor: Place | undefined) => ({
  ...(since === undefined ? {} : { since }),
  ...(cursor === undefined || "lead" in cursor ? {} : { cursor }),
});

const counted = <T>(found: Found<T>, findings: readonly Finding[]): Page => ({
  findings,
  counts: {
    read: found.items.length + found.unreadable,
    known: found.items.length - findings.length,
    unreadable: found.unreadable,
    ...(found.total === undefined ? {} : { total: found.total }),
  },
  ...(found.next === undefined ? {} : { next: found.next }),
});

const added = (held: Counts, { total, ...more }: Page["counts"]): Counts => ({
  ...(total === undefined && held.total === undefined ? {} : { total: Math.max(total ?? 0, held.total ?? 0) }),
  read: held.read + more.read,
  kept: held.kept,
  known: held.known + more.known,
  unreadable: held.unreadable + more.unreadable,
});

/** Of what the page brought, the new and the told. */
function withKept(
  counts: Import["counts"],
  kind: Imported | undefined,
  kept: number,
  brought: number,
): Import["counts"] {
  const held = kind === undefined ? undefined : counts[kind];
  if (kind === undefined || held === undefined) return counts;
  return { ...counts, [kind]: { ...held, kept: held.kept + kept, known: held.known + brought - kept } };
}

const event = <Data extends { readonly asOf: Instant }>(type: string, data: Data, name: string): NewEvent => ({
  type,
  at: data.asOf,
  data: data as unknown as JsonObject,
  once: [name],
});

const gone = (error: unknown): undefined => {
  if (error instanceof Refused && (error.status === 404 || error.status === 400)) return undefined;
  throw error;
};
