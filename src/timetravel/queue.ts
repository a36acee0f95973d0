// Letters that will come, in order of their instants, and among those of one instant in the order in which they were added.

import type { Instant } from "../kernel/time.ts";
import type { Source } from "./drive.ts";
import type { Letter } from "./memory.ts";

export interface Queue extends Source {
  add(at: Instant, lead: string, letter: Letter): void;
}

interface Waiting {
  readonly at: Instant;
  readonly lead: string;
  readonly letter: Letter;
}

export function openQueue(): Queue {
  /** Latest first, so that the next one is at the end. */
  const waiting: Waiting[] = [];
  return {
    add(at, lead, letter) {
      let place = waiting.length;
      while (place > 0 && (waiting[place - 1] as Waiting).at <= at) place -= 1;
      waiting.splice(place, 0, { at, lead, letter });
    },
    next: () => waiting.at(-1)?.at,
    take(by) {
      const taken: Waiting[] = [];
      for (let last = waiting.at(-1); last !== undefined && last.at <= by; last = waiting.at(-1)) {
        taken.push(last);
        waiting.pop();
      }
      return taken;
    },
  };
}
