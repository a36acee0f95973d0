// What must hold after a storm. The provider's ledger says who was written to; what is intended was counted by the
// crowd; where each message stands is asked of Latchkey's public API, as a person would.

import type { Client } from "pg";
import type { Provider } from "../chaos/processes.ts";
import { type Crowd, LETTERS, type Letter, type Person, RECORDS } from "./crowd.ts";

interface Taken {
  readonly at: number;
  readonly contactId: string;
  readonly messageId: string;
  readonly type: string;
  readonly body: string;
  readonly subject?: string;
  readonly status?: string;
}

interface Shown {
  readonly lead: { readonly id: string };
  readonly step?: string;
  readonly workflow?: string;
  readonly state: string;
  readonly channel: string;
  readonly reason?: { readonly code: string };
}

interface RunShown {
  readonly lead?: string | { readonly id: string };
  readonly status: string;
  readonly outcome?: string;
}

export interface Findings {
  /** A message that reached a lead more than once, or went out twice on one channel. */
  readonly doubled: readonly string[];
  /** A task, note, opportunity or entry into a workflow that was made more than once. */
  readonly madeTwice: readonly string[];
  /** Texts after a STOP that had been acknowledged. */
  readonly afterStop: readonly string[];
  /** Intended, and nowhere to be found. */
  readonly vanished: readonly string[];
  /** Neither final nor held, unconfirmed or undecided with a reason. */
  readonly unexplained: readonly string[];
  /** Webhooks that count twice. */
  readonly repeated: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
}

const FINAL = new Set(["accepted", "delivered", "failed", "blocked", "expired", "withdrawn"]);
const EXPLAINED = new Set(["held", "queued", "unconfirmed", "undecided"]);
/** A request's longest: what was committed before the STOP may still arrive. */
const UNDER_WAY = 12_000;

export interface Asked {
  readonly provider: Provider;
  readonly crowd: Crowd;
  readonly people: readonly Person[];
  readonly query: Client["query"];
  /** Asks Latchkey's API for a path below the location. */
  readonly ask: <T>(path: string) => Promise<T>;
  /** How long after a STOP a text may still arrive. */
  readonly grace?: number;
}

export async function judge({ provider, crowd, people, query, ask, grace = UNDER_WAY }: Asked): Promise<Findings> {
  const { accepted: taken } = await provider.ask<{ accepted: Taken[] }>("ledger");
  const { done } = await provider.ask<{ done: { contactId: string; what: string; id: string }[] }>("done");
  const shown = await all<Shown>(ask, "messages?limit=200", "before");
  const runs = await all<RunShown>(ask, "runs?limit=200&workflow=letters", "after");
  const silent = new Set(people.filter(({ stops }) => stops).map(({ id }) => id));

  const byLetter = groupBy(
    taken.filter(({ contactId }) => !silent.has(contactId)),
    keyOf,
  );
  const doubled = [...byLetter].flatMap(([key, sends]) => {
    const types = new Set(sends.map(({ type }) => type));
    const arrived = sends.filter(({ status }) => status !== "failed" && status !== "undelivered");
    if (types.size === sends.length && arrived.length <= 1) return [];
    return [`${key}: ${sends.map(({ type, status }) => `${type} ${status}`).join(", ")}`];
  });

  const made = groupBy(
    done.filter(({ what }) => (RECORDS as readonly string[]).includes(what)),
    ({ contactId, what }) => `${contactId} ${what}`,
  );
  const stoppedNumbers = new Map(
    people.flatMap(({ id, doubleOf }) => {
      const at = crowd.stopped.get(doubleOf ?? id);
      return at === undefined ? [] : [[id, at] as const];
    }),
  );
  const afterStop = taken.flatMap(({ contactId, type, at, body }) => {
    const stopped = stoppedNumbers.get(contactId);
    if (type !== "SMS" || stopped === undefined || at <= stopped + grace) return [];
    return [`${contactId}: ${body}, ${Math.round((at - stopped) / 1_000)} s after`];
  });

  const states = new Map(shown.map((one) => [`${one.lead.id} ${one.step ?? ""}`, one]));
  const running = groupBy(runs, ({ lead }) => (typeof lead === "string" ? lead : (lead?.id ?? "")));
  const intended = people
    .filter(({ id }) => crowd.wrote.has(id))
    .flatMap(({ id }) => letters.map((step) => [id, step] as const));
  const vanished: string[] = [];
  const unexplained: string[] = [];
  const ends: Record<string, number> = {};
  for (const [id, step] of intended) {
    const one = states.get(`${id} ${step}`);
    const its = running.get(id) ?? [];
    const end = one?.state ?? its.find(({ status }) => status !== "completed")?.status;
    ends[end ?? "vanished"] = (ends[end ?? "vanished"] ?? 0) + 1;
    if (end === undefined) vanished.push(`${id} ${step}: ${its.length} runs`);
    else if (one !== undefined && !FINAL.has(one.state) && !(EXPLAINED.has(one.state) && one.reason !== undefined))
      unexplained.push(`${id} ${step}: ${one.state}`);
  }
  // the ledger and Latchkey's own words must agree: what was taken is not shown as never sent
  for (const [key, sends] of byLetter) {
    const state = states.get(key)?.state ?? "";
    if (sends.some(({ status }) => status === "delivered") && /blocked|expired|withdrawn|held/.test(state))
      unexplained.push(`${key}: taken, and ${state}`);
  }

  const twice = await query(
    `select id, count(*)::int as times
       from (select convert_from(body, 'UTF8')::jsonb ->> 'webhookId' as id from raw) as bodies
      group by id having count(*) > 1`,
  );
  return {
    doubled,
    madeTwice: [...made].filter(([, all]) => all.length > 1).map(([key, all]) => `${key}: ${all.length}`),
    afterStop,
    vanished,
    unexplained,
    repeated: twice.rows.map(({ id, times }) => `${id}: ${times} times`),
    figures: { intended: intended.length, taken: taken.length, records: made.size, ...ends },
  };
}

const letters = Object.keys(LETTERS) as Letter[];

/** `<contact> <step>`: every text is one step's. */
function keyOf({ contactId, subject, body }: Taken): string {
  const words = subject ?? body;
  return `${contactId} ${letters.find((name) => words.startsWith(LETTERS[name])) ?? words}`;
}

async function all<T>(ask: Asked["ask"], path: string, cursor: string): Promise<T[]> {
  const items: T[] = [];
  for (let next: string | undefined; ; ) {
    const page = await ask<{ items: T[]; next?: string }>(
      next === undefined ? path : `${path}&${cursor}=${encodeURIComponent(next)}`,
    );
    items.push(...page.items);
    next = page.next;
    if (next === undefined) return items;
  }
}

/** The names of what was found wrong. */
export const verdictOf = (found: Findings): string[] =>
  Object.entries(found).flatMap(([name, wrong]) => (Array.isArray(wrong) && wrong.length > 0 ? [name] : []));

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
