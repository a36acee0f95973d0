// A pause freezes the run's clocks: what was due in five hours is due five hours after it ends.

import type { Instant, Millis } from "../../kernel/time.ts";
import type { Run } from "../run.ts";
import { isHeld } from "./hold.ts";
import { inEach } from "./parallel.ts";
import { wait } from "./waiting.ts";
import { currentStep, note, type Walk } from "./walk.ts";

/** Without an end it lasts until somebody resumes the run. A longer pause never becomes a shorter one. */
export function pause(walk: Walk, reason: string, until?: Instant): void {
  const { run, facts } = walk;
  if (until !== undefined && until <= facts.now) return;
  if (run.status === "paused") {
    if (run.pausedUntil === undefined) return;
    if (until === undefined) delete run.pausedUntil;
    else run.pausedUntil = Math.max(run.pausedUntil, until);
  } else {
    run.status = "paused";
    run.pausedAt = facts.now;
    if (until !== undefined) run.pausedUntil = until;
  }
  note(walk, "paused.run", run.pausedUntil === undefined ? { reason } : { reason, until: run.pausedUntil });
}

export const resumesAt = (run: Pick<Run, "pausedUntil" | "held">): Instant =>
  isHeld(run) ? Number.POSITIVE_INFINITY : (run.pausedUntil ?? Number.POSITIVE_INFINITY);

/** A clock time that passed meanwhile is the next such time; everything else moves by the length of the pause. */
export function resume(walk: Walk): void {
  const { run, facts } = walk;
  const at = Math.min(facts.now, resumesAt(run));
  const length = Math.max(0, at - (run.pausedAt ?? at));
  run.status = "waiting";
  delete run.pausedAt;
  delete run.pausedUntil;
  delete run.held;
  note(walk, "run.resumed", { after: length });
  inEach(walk, () => shift(walk, at, length));
}

function shift(walk: Walk, at: Instant, length: Millis): void {
  const { run } = walk;
  const { parked } = run;
  if (parked === undefined) return;
  const step = currentStep(walk.plan, run);
  const clocked = parked.on === "wait" && step?.verb === "wait" && step.path === parked.path ? step : undefined;
  if (clocked?.wait.until !== undefined) {
    if (parked.until <= at) wait(walk, clocked, at);
  } else if (clocked?.wait.during !== undefined) {
    const left: typeof clocked = { ...clocked, wait: { during: clocked.wait.during, spread: 0 } };
    wait(walk, left, parked.until + length);
  } else if (parked.on !== "message" || parked.accepted === true) {
    const until = parked.until + length;
    // A wait is reckoned from when it began, should a new version ask for it.
    run.parked = parked.on === "wait" ? { ...parked, since: parked.since + length, until } : { ...parked, until };
  }
}
