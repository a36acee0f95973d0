// An anonymous visitor is not a lead: their events wait in the log. Once a form or a link says who it was, the lead
// is told what they did before, with the stamps of then.

import { eventsOf, type StoredEvent } from "../events/index.ts";
import { idFrom } from "../kernel/ids.ts";
import type { Sql } from "../kernel/sql.ts";
import { DAY } from "../kernel/time.ts";
import { type Entry, grouped } from "./entry.ts";

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
export const visitorKey = ({ delivery: { location, visitor } }: Entry): string =>
  visitor === undefined ? "" : `${location} ${visitor}`;

interface Recognized {
  /** Lead by `visitorKey`. */
  readonly known: ReadonlyMap<string, string>;
  /** What the newly known did before they were. */
  readonly past: readonly StoredEvent[];
}

/**
 * Who the batch's visitors are: known before, or named by an entry of this very batch.
 *
 * @param named lead by place, for entries that name one
 */
export async function recognize(
  sql: Sql,
  visitors: Visitors | undefined,
  entries: readonly Entry[],
  named: ReadonlyMap<number, string>,
): Promise<Recognized> {
  const known = new Map<string, string>();
  const past: StoredEvent[] = [];
  if (visitors === undefined) return { known, past };
  const seen = entries.filter(({ delivery }) => delivery.visitor !== undefined);
  for (const [location, group] of grouped(seen, ({ delivery }) => delivery.location)) {
    const ids = [...new Set(group.map(({ delivery }) => delivery.visitor as string))].sort();
    const before = await visitors.leadsOf(sql, location, ids);
    for (const [visitor, lead] of before) known.set(`${location} ${visitor}`, lead);
    for (const entry of group) {
      const lead = named.get(entry.place);
      const key = visitorKey(entry);
      if (lead === undefined || known.get(key) === lead) continue;
      const visitor = entry.delivery.visitor as string;
      await visitors.link(sql, location, visitor, lead);
      // A device may change hands: the past of its first owner is told to nobody else.
      if (!known.has(key)) past.push(...(await pastOf(sql, entry, visitor, lead)));
      known.set(key, lead);
    }
  }
  return { known, past };
}

async function pastOf(sql: Sql, { delivery }: Entry, visitor: string, lead: string): Promise<StoredEvent[]> {
  const { location, receivedAt } = delivery;
  const waiting = visitorLead(visitor);
  const events = await eventsOf(sql, location, [waiting], undefined, receivedAt - KEPT);
  return (events.get(waiting) ?? [])
    .slice(-TOLD)
    .map((event) => ({ ...event, id: idFrom("visitor", location, event.id, lead), lead, location, receivedAt }));
}
