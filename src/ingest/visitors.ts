// An anonymous visitor is not a lead: their events wait in the log. Once a form or a link says who it was, the lead
// is told what they did before, with the stamps of then.

import { eventsOf, type StoredEvent } from "../events/index.ts";
import { idFrom } from "../kernel/ids.ts";
import type { Sql } from "../kernel/sql.ts";
import { DAY } from "../kernel/time.ts";
import { compare, type Entry, grouped } from "./entry.ts";

/** Which leads the tracker's visitors have turned out to be. */
export interface Visitors {
  /** By visitor; those nobody knows are left out. */
  leadsOf(sql: Sql, location: string, visitors: readonly string[]): Promise<ReadonlyMap<string, string>>;
  link(sql: Sql, location: string, visitor: string, lead: string): Promise<void>;
}

/** How long a visitor's events wait for a name. */
const KEPT = 90 * DAY;
/** The latest of them that a lead is told. */
const TOLD = 500;

const visitorLead = (visitor: string): string => `visitor:${visitor}`;

/** Blanks appear in neither. */
const visitorKey = ({ delivery: { location, visitor } }: Entry): string => `${location} ${visitor}`;

interface Recognized {
  /** Lead by place, for entries of a visitor who is known by then. */
  readonly known: ReadonlyMap<number, string>;
  /** What the newly known did before they were. */
  readonly past: readonly StoredEvent[];
}

/**
 * Who the batch's visitors are: known before, or named by an entry of this very batch. A visitor nobody knew is whoever
 * is named first, from the beginning; one who turns out to be somebody else is that from then on.
 *
 * @param named lead by place, for entries that name one
 */
export async function recognize(
  sql: Sql,
  visitors: Visitors | undefined,
  entries: readonly Entry[],
  named: ReadonlyMap<number, string>,
): Promise<Recognized> {
  const known = new Map<number, string>();
  const past: StoredEvent[] = [];
  if (visitors === undefined) return { known, past };
  const seen = entries.filter(({ delivery }) => delivery.visitor !== undefined);
  const groups = grouped(seen, ({ delivery }) => delivery.location);
  for (const [location, group] of [...groups].sort(([a], [b]) => compare(a, b))) {
    const ids = [...new Set(group.map(({ delivery }) => delivery.visitor as string))].sort();
    const before = await visitors.leadsOf(sql, location, ids);
    const now = new Map([...before].map(([visitor, lead]) => [`${location} ${visitor}`, lead]));
    const first = firstNamed(group, named);
    for (const entry of group) {
      const key = visitorKey(entry);
      const lead = named.get(entry.place);
      const was = now.get(key);
      if (lead !== undefined && was !== lead) {
        const visitor = entry.delivery.visitor as string;
        await visitors.link(sql, location, visitor, lead);
        // A device may change hands: the past of its first owner is told to nobody else.
        if (was === undefined) past.push(...(await pastOf(sql, entry, visitor, lead)));
        now.set(key, lead);
      }
      const who = now.get(key) ?? first.get(key);
      if (who !== undefined) known.set(entry.place, who);
    }
  }
  return { known, past };
}

/** Whom a visitor is first named as in this batch. */
function firstNamed(group: readonly Entry[], named: ReadonlyMap<number, string>): Map<string, string> {
  const first = new Map<string, string>();
  for (const entry of group) {
    const lead = named.get(entry.place);
    const key = visitorKey(entry);
    if (lead !== undefined && !first.has(key)) first.set(key, lead);
  }
  return first;
}

async function pastOf(sql: Sql, { delivery }: Entry, visitor: string, lead: string): Promise<StoredEvent[]> {
  const { location, receivedAt } = delivery;
  const waiting = visitorLead(visitor);
  const events = await eventsOf(sql, location, [waiting], undefined, receivedAt - KEPT);
  return (events.get(waiting) ?? [])
    .slice(-TOLD)
    .map((event) => ({ ...event, id: idFrom("visitor", location, event.id, lead), lead, location, receivedAt }));
}
