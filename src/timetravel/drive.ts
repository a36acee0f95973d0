// The virtual clock: jumps from one instant at which something happens to the next.

import type { Instant } from "../kernel/time.ts";
import type { Letter, Memory } from "./memory.ts";

/** Where letters come from: the town, a log of the past, a script. */
export interface Source {
  /** When the next letter comes; undefined when none will unless something else happens. */
  next(): Instant | undefined;
  /** The letters that come at that instant, in order. */
  take(at: Instant): readonly { readonly lead: string; readonly letter: Letter }[];
}

/** Runs a memory and what comes to it from one instant up to and including another. */
export function drive(memory: Memory, source: Source, { from, to }: { from: Instant; to: Instant }): void {
  let clock = from;
  for (;;) {
    const instants = [memory.next(), source.next()].filter((at) => at !== undefined);
    if (instants.length === 0) return;
    // the past is over: what was due before the start is due at the start
    clock = Math.max(clock, Math.min(...instants));
    if (clock > to) return;
    for (const { lead, letter } of source.take(clock)) memory.post(lead, letter);
    memory.settle(clock);
  }
}

/** Nothing comes: what is there runs on by itself. */
export const SILENCE: Source = { next: () => undefined, take: () => [] };
