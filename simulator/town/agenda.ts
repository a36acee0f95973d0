// What lies ahead of one lead, in order of time and then of purpose.

import type { Instant } from "../../src/kernel/time.ts";

interface Entry {
  readonly at: Instant;
  readonly purpose: string;
  act(): void;
}

export interface Agenda {
  add(at: Instant, purpose: string, act: () => void): void;
  /**
   * Runs everything up to and including `to`, in order; an act may add more.
   *
   * @param before of what is due at `to` itself, only what has a purpose before this
   */
  runTo(to: Instant, before?: string): void;
  /** When the next entry is due. */
  next(): Instant;
}

export function openAgenda(): Agenda {
  // kept latest first, so that the next one is at the end; few lie ahead at any time. No place before the
  // first is read: engines look that up as a name.
  const entries: Entry[] = [];
  const isBefore = (a: Entry, b: Entry) => a.at < b.at || (a.at === b.at && a.purpose < b.purpose);
  return {
    add(at, purpose, act) {
      const entry = { at, purpose, act };
      let i = entries.length;
      entries.push(entry);
      while (i > 0 && isBefore(entries[i - 1] as Entry, entry)) {
        entries[i] = entries[i - 1] as Entry;
        i -= 1;
      }
      entries[i] = entry;
    },
    runTo(to, before) {
      while (entries.length > 0) {
        const last = entries[entries.length - 1] as Entry;
        if (last.at > to || (last.at === to && before !== undefined && last.purpose >= before)) return;
        entries.pop();
        last.act();
      }
    },
    next: () => entries.at(-1)?.at ?? Number.POSITIVE_INFINITY,
  };
}
