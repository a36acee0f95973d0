// A workflow or a whole location paused by hand: its runs stand still beneath whatever else pauses them. Pure.

import type { Hold } from "../../events/index.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Run } from "../run.ts";
import { hasEnded } from "./walk.ts";

/** A pending run stays pending; one that was paused already keeps the end of that pause for afterwards. */
export function hold(run: Run, by: Hold, now: Instant): Run {
  if (hasEnded(run) || run.held?.includes(by) === true) return run;
  const held: Run = { ...run, held: [...(run.held ?? []), by] };
  // nothing else pauses it: released, it goes on at once
  return run.status === "waiting" ? { ...held, status: "paused", pausedAt: now, pausedUntil: now } : held;
}

/** Give the run the input `due` when it says so: a pause that ended meanwhile ends now. */
export function release(run: Run, by: Hold, now: Instant): Run {
  if (run.held?.includes(by) !== true) return run;
  const held = run.held.filter((one) => one !== by);
  if (held.length > 0) return { ...run, held };
  const { held: _, ...free } = run;
  const { pausedUntil } = free;
  return pausedUntil === undefined || pausedUntil > now ? free : { ...free, pausedUntil: now };
}

export const isHeld = (run: Pick<Run, "held">): boolean => (run.held?.length ?? 0) > 0;
