// What an input of a turn leads to beside events: runs that steps begin, answers to runs, pending runs that may come in.

import type { Desk } from "./desk.ts";
import { admitPending, startRun } from "./enroll.ts";
import { moveRun } from "./runs.ts";

/** Does what follows the present input, in the order in which it was asked for, and what follows that. */
export function carryOn(desk: Desk): void {
  for (let next = desk.follows.shift(); next !== undefined; next = desk.follows.shift()) {
    const { event, depth } = next;
    switch (next.what) {
      case "start":
        startRun(desk, next.effect, event, depth);
        break;
      case "tell":
        moveRun(desk, next.run, next.input, event, depth);
        break;
      case "admit":
        admitPending(desk, next.run, event, depth);
    }
  }
}
