// Deadlines of a run that has come to a new version, reckoned anew from when its step was entered: shorter is due now,
// spread, so that a thousand leads are not written to in one second; longer is later.

import { type Instant, MINUTE, type Millis } from "../../kernel/time.ts";
import type { Duration, Plan, Step } from "../plan.ts";
import type { Parked, Run } from "../run.ts";
import { nextPassAt } from "./flow.ts";
import { inEach } from "./parallel.ts";
import { walkOn } from "./steps.ts";
import { instantAfter } from "./wait.ts";
import { endOfWait, lot, wait } from "./waiting.ts";
import { calendarOf, currentStep, note, type Walk } from "./walk.ts";

/** Over how long those are spread that are due at once. */
const SPREAD: Millis = 5 * MINUTE;

/** `before` is the run as it stood on the plan `from`: its branches are those of the walk, in the same order. */
export function retimeMoved(walk: Walk, from: Plan, before: Run): void {
  const old = [before, ...(before.strands ?? [])].map((one) => currentStep(from, one));
  let at = 0;
  inEach(walk, () => {
    retime(walk, old[at]);
    at += 1;
  });
  walkOn(walk);
}

function retime(walk: Walk, old: Step | undefined): void {
  const { run, plan } = walk;
  const { parked } = run;
  const step = currentStep(plan, run);
  if (parked === undefined || step === undefined) return;
  if (parked.on === "wait") retimeWait(walk, step, parked);
  else if (parked.on === "events" && step.verb === "wait_for" && old?.verb === "wait_for") {
    shiftTo(walk, parked, parked.until + lengthened(walk, parked, old.within, step.within));
  } else if (parked.on === "child" && step.verb === "call" && old?.verb === "call") {
    shiftTo(walk, parked, parked.until + lengthened(walk, parked, old.within, step.within));
  } else if (parked.on === "message" && parked.accepted === true && step.verb === "send" && old?.verb === "send") {
    shiftTo(walk, parked, parked.until + step.within - old.within);
  } else if (parked.on === "join" && step.verb === "parallel") {
    const entered = run.entered[parked.path] ?? run.enrolledAt;
    const latest = run.enrolledAt + plan.maxDuration;
    shiftTo(walk, parked, step.within === undefined ? latest : instantAfter(step.within, entered, calendarOf(walk)));
  }
}

/** A deadline that a pause or a person has moved stays moved by as much. */
function lengthened(
  { run, plan, facts }: Walk,
  parked: Extract<Parked, { on: "events" | "child" }>,
  old: Duration,
  within: Duration,
): Millis {
  const since = parked.on === "events" ? parked.since : run.enrolledAt;
  const entered = run.entered[parked.path] ?? since;
  const calendar = calendarOf({ plan, facts });
  return instantAfter(within, entered, calendar) - instantAfter(old, entered, calendar);
}

function retimeWait(walk: Walk, step: Step, parked: Extract<Parked, { on: "wait" }>): void {
  const { run, plan } = walk;
  if (step.path === parked.path && step.verb === "wait") {
    const end = endOfWait(walk, step, parked.since, parked.since);
    if (typeof end === "string") wait(walk, step, walk.facts.now, parked.since);
    else shiftTo(walk, parked, end, step.wait.spread);
    return;
  }
  const loop = currentStep(plan, { cursor: run.cursor.slice(0, -1) });
  if (loop?.verb !== "do") return;
  const pass = run.cursor.at(-1)?.pass ?? 1;
  const { since } = parked;
  shiftTo(walk, parked, loop.every === undefined ? since : nextPassAt(walk, loop.path, loop.every, since, pass));
}

function shiftTo(walk: Walk, parked: Exclude<Parked, { on: "settle" | "room" }>, at: Instant, spread = SPREAD): void {
  const { run, facts } = walk;
  // The clock of a paused run stands still.
  const now = run.pausedAt ?? facts.now;
  const until = at > now ? at : now + Math.floor(spread * lot(walk, `spread:${parked.path}`));
  if (until === parked.until) return;
  run.parked = { ...parked, until };
  note(walk, "run.retimed", { until }, parked.path);
}
