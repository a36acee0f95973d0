// Parking until an instant: `wait`, and the time between two passes.

import { chance } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";
import type { WaitStep } from "../plan.ts";
import type { Parked } from "../run.ts";
import { instantIn, spreadOf, waitEnd } from "./wait.ts";
import { advanceCursor, branch, calendarOf, note, type Walk } from "./walk.ts";

/** Parks until the wait is over. `from` is when it begins: now, or when a pause ended. */
export function wait(walk: Walk, step: WaitStep, from: Instant, since: Instant = from): void {
  const end = endOfWait(walk, step, from, since);
  if (typeof end === "string") {
    delete walk.run.parked;
    note(walk, `wait.${end}`, {}, step.path);
    branch(walk, end === "past" ? step.ifPast : step.ifMissing);
    return;
  }
  parkUntil(walk, step.path, since, end);
  if (walk.run.parked === undefined) advanceCursor(walk);
}

/** When an anchor has moved the run waits for its new instant, or finds that it is past, or gone. */
export function followAnchor(walk: Walk, step: WaitStep, parked: Extract<Parked, { on: "wait" }>): void {
  if (endOfWait(walk, step, parked.since, parked.since) !== parked.until) {
    wait(walk, step, walk.facts.now, parked.since);
  }
}

/** With this lead's spread. */
export function endOfWait(walk: Walk, step: WaitStep, from: Instant, since: Instant): Instant | "past" | "missing" {
  const calendar = calendarOf(walk);
  const end = waitEnd(step.wait, from, calendar, {
    anchor: (subject) => instantIn(walk.facts.lead.value(subject), calendar.zone),
    bestTime: (start, to) => walk.facts.bestTime(start, to),
  });
  if (typeof end === "string") return end;
  const spread = Math.floor(spreadOf(step.wait, Math.max(0, end.at - since)) * lot(walk, `spread:${step.path}`));
  return Math.max(end.at, Math.min(end.at + spread, end.latest ?? end.at + spread));
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
