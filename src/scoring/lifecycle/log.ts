// A location's log, lead by lead, in pages: however long it is, a page and one lead's events are all that is held.

import type { LeadEvent, LogPlace } from "../../events/index.ts";

export type ReadPage = (after: LogPlace | undefined) => Promise<readonly LeadEvent[]>;

export interface LeadLog {
  readonly lead: string;
  readonly events: readonly LeadEvent[];
}

/** An empty page is the end. Each lead comes once, with all of its events. */
export async function* leadsOf(readPage: ReadPage): AsyncGenerator<LeadLog> {
  let after: LogPlace | undefined;
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
