// What a lead's turns would make of its events: the CRM's statements compared with what was known, words told apart as replies.
// With it a log that was never in a database reads as one that was.

import type { LeadEvent } from "../../src/events/index.ts";
import type { Instant } from "../../src/kernel/time.ts";
import { observe, openCatalog, stub } from "../../src/leads/index.ts";
import { townCatalog } from "./log.ts";

export const CATALOG = openCatalog(townCatalog(0));
const TELLING = /^(crm\.|message\.received)/;

/** The events in order of time, and after each what follows from it. */
export function withDerived(location: string, lead: string, events: readonly LeadEvent[]): LeadEvent[] {
  let known = stub(location, lead);
  const latest = new Map<string, { id: string; at: Instant }>();
  return events.flatMap((event) => {
    if (event.type === "message.sent")
      latest.set(String(event.data["channel"]), { id: String(event.data["message.id"]), at: event.at });
    if (!TELLING.test(event.type)) return [event];
    const { lead: next, derived } = observe(known, event, CATALOG, (channel) => latest.get(channel));
    known = next;
    const following = derived.map(
      (each, n): LeadEvent => ({ ...event, ...each, id: `${event.id}/${n}`, source: "latchkey" }),
    );
    return [event, ...following];
  });
}
