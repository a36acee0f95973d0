// When a lead booked, and when an appointment stood: what labels and the choice of rows are told, never a row itself. While
// one stands a turn foretells nothing of the lead, so nothing is learned of it either.

import { type LeadEvent, property } from "../../events/index.ts";
import type { Instant } from "../../kernel/time.ts";

export interface Bookings {
  /** Whether it books after one instant, and no later than another. */
  within(after: Instant, until: Instant): boolean;
  /** Whether an appointment is ahead at an instant; so, too, while one has been booked and it is not known yet. */
  stands(at: Instant): boolean;
}

type Span = readonly [from: Instant, until: Instant];

/**
 * An appointment stands from its booking until it begins, or is canceled, held or missed before that; one whose beginning
 * nobody told never stands, as in turns.
 *
 * @param knownFrom from when on an event could be known
 */
export function bookingsOf(events: readonly LeadEvent[], knownFrom: (event: LeadEvent) => Instant): Bookings {
  const booked: Instant[] = [];
  const spans: Span[] = [];
  const open = new Map<unknown, { readonly from: Instant; readonly start: Instant }>();
  const told = events.filter(({ type }) => type.startsWith("appointment.")).sort((a, b) => a.at - b.at);
  for (const event of told) {
    const { at, type, data } = event;
    const id = property(data, "appointment.id");
    const before = open.get(id);
    if (before !== undefined) spans.push([before.from, Math.min(before.start, at - 1)]);
    open.delete(id);
    if (type === "appointment.booked") {
      booked.push(at);
      spans.push([at, knownFrom(event) - 1]);
    }
    const start = data["start"];
    if ((type === "appointment.booked" || type === "appointment.moved") && typeof start === "number")
      open.set(id, { from: at, start });
  }
  for (const { from, start } of open.values()) spans.push([from, start]);
  return {
    within: (after, until) => booked.some((at) => at > after && at <= until),
    stands: (at) => spans.some(([from, until]) => from <= at && at <= until),
  };
}
