// A location's log, lead by lead, in pages: however long it is, a page and one lead's events are all that is held.

import type { LeadEvent, LogPlace } from "../../events/index.ts";

export type ReadPage = (after: LogPlace | undefined) => Promise<readonly LeadEvent[]>;

export interface LeadLog {
  readonly lead: string;
  readonly events: readonly LeadEvent[];
}

/** An empty page is the end. Each lead comes once, with all of its events; from a place on, where one is given. */
export async function* leadsOf(readPage: ReadPage, from?: LogPlace): AsyncGenerator<LeadLog> {
  let after = from;
  let lead: string | undefined;
  let events: LeadEvent[] = [];
  for (;;) {
    const page = await readPage(after);
    for (const event of page) {
      if (lead !== undefined && event.lead !== lead) {
        yield { lead, events };
        events = [];
      }
      lead = event.lead;
      events.push(event);
    }
    const last = page.at(-1);
    if (last === undefined) break;
    after = { lead: last.lead, receivedAt: last.receivedAt, id: last.id };
  }
  if (lead !== undefined) yield { lead, events };
}

const PLACES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Where to begin among a location's leads: the CRM draws their ids, so the ones that follow are any. */
export function somewhere(next: () => number): string {
  const place = () => PLACES.charAt(Math.floor(next() * PLACES.length));
  return `${place()}${place()}`;
}

/** The same from the middle: to the end, then from the beginning to where it began. */
export async function* leadsAround(readPage: ReadPage, from: string): AsyncGenerator<LeadLog> {
  // no event has the least of ids at the first of instants
  const place = { lead: from, receivedAt: 0, id: "00000000-0000-0000-0000-000000000000" };
  let first: string | undefined;
  for await (const log of leadsOf(readPage, place)) {
    first ??= log.lead;
    yield log;
  }
  for await (const log of leadsOf(readPage)) {
    if (log.lead === first) return;
    yield log;
  }
}
