// Parking until an instant: `wait`, and the time between two passes.

import { chance } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Wait, WaitStep } from "../plan.ts";
import type { Parked } from "../run.ts";
import { instantAfter, instantIn, type Reached, spreadOf, type WaitEnd, waitEnd } from "./wait.ts";
import { advanceCursor, branch, calendarOf, note, type Walk } from "./walk.ts";

/** Parks until the wait is over. `from` is when it begins: now, or when a pause ended. */
export function wait(walk: Walk, step: WaitStep, from: Instant, since: Instant = from): void {
  const end = reach(walk, step.wait, from);
  if (typeof end === "string") {
    delete walk.run.parked;
    note(walk, `wait.${end}`, {}, step.path);
    branch(walk, end === "past" ? step.ifPast : step.ifMissing);
    return;
  }
  if (end.hour !== undefined) note(walk, "wait.best", { ...end.known, hour: end.hour, at: end.at }, step.path);
  parkUntil(walk, step.path, since, spread(walk, step, end, since));
  if (walk.run.parked === undefined) advanceCursor(walk);
}

/** When an anchor has moved the run waits for its new instant, or finds that it is past, or gone. */
export function followAnchor(walk: Walk, step: WaitStep, parked: Extract<Parked, { on: "wait" }>): void {
  if (looksThere(walk, step, parked)) return;
  if (endOfWait(walk, step, parked.since, parked.since) !== parked.until) {
    wait(walk, step, walk.facts.now, parked.since);
  }
}

/** The lead's hours become better known while it waits for one: no reason to look anew while the anchor stands. */
function looksThere(
  walk: Walk,
  { wait: { until, bestTime } }: WaitStep,
  parked: Extract<Parked, { on: "wait" }>,
): boolean {
  if (until === undefined || bestTime === undefined) return false;
  const from = reach(walk, { until }, parked.since);
  if (typeof from === "string") return false;
  return parked.until >= from.at && parked.until <= instantAfter(bestTime, from.at, calendarOf(walk));
}

/** With this lead's spread. */
export function endOfWait(walk: Walk, step: WaitStep, from: Instant, since: Instant): Instant | "past" | "missing" {
  const end = reach(walk, step.wait, from);
  return typeof end === "string" ? end : spread(walk, step, end, since);
}

function reach(walk: Walk, how: Wait, from: Instant): WaitEnd {
  const calendar = calendarOf(walk);
  return waitEnd(how, from, calendar, {
    anchor: (subject) => instantIn(walk.facts.lead.value(subject), calendar.zone),
    bestTime: (spans) => walk.facts.bestTime(spans),
  });
}

function spread(walk: Walk, step: WaitStep, end: Reached, since: Instant): Instant {
  const later = Math.floor(spreadOf(step.wait, Math.max(0, end.at - since)) * lot(walk, `spread:${step.path}`));
  return Math.max(end.at, Math.min(end.at + later, end.latest ?? end.at + later));
}

/** Leaves the run unparked when the instant is already here. */
export function parkUntil(walk: Walk, path: string, since: Instant, until: Instant): void {
  delete walk.run.parked;
  if (until <= walk.facts.now) return;
  walk.run.parked = { on: "wait", path, since, until };
  note(walk, "wait.until", { until }, path);
}

/** A number in [0, 1) of this lead's own, by name. */
export const lot = (walk: Walk, name: string): number =>
  chance(walk.facts.seed, walk.run.location, walk.run.lead, name);
