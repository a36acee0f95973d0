// How a lead's story went on, for labels and for the choice of rows: what came of it, by when, and at which instants there
// was nothing to foretell. Never a row itself.

import type { LeadEvent } from "../../events/index.ts";
import type { Aim } from "../../kernel/aim.ts";
import { DAY, type Instant } from "../../kernel/time.ts";
import { bookingsOf } from "./bookings.ts";
import { winOf } from "./deals.ts";

export interface Course {
  /** Whether a turn foretells nothing there: an appointment stands, or a deal has been won, whenever we heard of it. */
  isOver(at: Instant): boolean;
  /** Whether it came after one instant, and no later than another; undefined: nobody can tell. */
  within(after: Instant, until: Instant): boolean | undefined;
}

/** @param knownFrom from when on an event could be known */
export function courseOf(
  events: readonly LeadEvent[],
  { outcome }: Aim,
  knownFrom: (event: LeadEvent) => Instant,
): Course {
  if (outcome === "appointment") {
    const bookings = bookingsOf(events, knownFrom);
    return { isOver: bookings.stands, within: bookings.within };
  }
  const win = winOf(events);
  if (win === undefined) return { isOver: () => false, within: () => false };
  return {
    // nobody is followed beyond a deal that is won
    isOver: (at) => at > win.after,
    within: (_, until) => (win.by <= until ? true : win.after >= until ? false : undefined),
  };
}

/** How long after a look its outcome is known. */
export const horizonOf = ({ days }: Aim): number => days * DAY;
