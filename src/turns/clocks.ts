// Enrollments by the clock: schedules and dates, each lead by its own timer. A mark says how far they have been looked
// at, so that none comes twice.

import type { LeadEvent, StoredEvent } from "../events/index.ts";
import { idFrom } from "../kernel/ids.ts";
import { canonicalJson } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import { type CalendarEnrollment, nextEnrollment } from "../workflows/index.ts";
import type { LeadState } from "./case.ts";
import type { Clocked } from "./clocked.ts";
import { type Desk, keepEvent } from "./desk.ts";
import { enrollAsked } from "./enroll.ts";
import { runFactsOf } from "./facts.ts";

/** From when on each clock is looked at in this turn. */
export function marksAt(desk: Pick<Desk, "scene" | "case">): Map<string, Instant> {
  const { scene, case: lead } = desk;
  const clocks = lead.state?.clocks;
  const unknown = lead.state === undefined ? scene.now : Math.min(scene.publication.publishedAt, scene.now);
  return new Map(scene.clocked.map(({ of }) => [of, clocks?.known.includes(of) === true ? clocks.at : unknown]));
}

export function nextClock(desk: Desk): { readonly clock: string; readonly at: Instant } | undefined {
  let first: { clock: string; at: Instant } | undefined;
  for (const clocked of desk.scene.clocked) {
    const at = occasionOf(desk, clocked)?.at;
    if (at !== undefined && (first === undefined || at < first.at)) first = { clock: clocked.of, at };
  }
  return first;
}

/** The latest that has come since the mark, else the next: of several that were missed only one counts. */
function occasionOf(desk: Desk, { plan, of }: Clocked): CalendarEnrollment | undefined {
  if (desk.lead.deleted) return undefined;
  const facts = runFactsOf(desk);
  let occasion = nextEnrollment(plan, facts, desk.marks.get(of) ?? desk.scene.now);
  for (let next = occasion; next !== undefined && next.at <= desk.scene.now; ) {
    occasion = next;
    next = nextEnrollment(plan, facts, next.at);
  }
  return occasion;
}

/** Its instant has come: whoever does not qualify now is not worth a line. */
export function fireClock(desk: Desk, of: string): void {
  const clocked = desk.scene.clocked.find((one) => one.of === of);
  const occasion = clocked === undefined ? undefined : occasionOf(desk, clocked);
  if (clocked === undefined || occasion === undefined) return;
  desk.marks.set(of, occasion.at);
  const { type, at, data } = occasion;
  const event: LeadEvent & StoredEvent = {
    id: idFrom(desk.scene.location, desk.case.id, type, canonicalJson(data), at),
    location: desk.scene.location,
    lead: desk.case.id,
    type,
    at,
    receivedAt: desk.scene.now,
    source: "latchkey",
    data,
  };
  if (enrollAsked(desk, clocked.plan, event, { override: false }, true)) keepEvent(desk, event);
}

/** What the next turn goes on from. */
export const clocksAfter = (desk: Desk, handled: Instant): NonNullable<LeadState["clocks"]> => ({
  at: handled,
  known: desk.scene.clocked.map(({ of }) => of),
});
