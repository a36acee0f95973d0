// Who is next, and when: a heap by instant, then by name. An entry that has been overtaken is left where it is and
// dropped when it comes up.

import type { Instant } from "../kernel/time.ts";

export interface Agenda {
  /** From now on this name is due then, and at no other time; undefined: not at all. */
  set(name: string, at: Instant | undefined): void;
  next(): Instant | undefined;
  /** Takes everyone due by then, in order of name. */
  take(by: Instant): string[];
}

interface Entry {
  readonly at: Instant;
  readonly name: string;
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.name < b.name);

export function openAgenda(): Agenda {
  const heap: Entry[] = [];
  const due = new Map<string, Instant>();

  const swap = (a: number, b: number) => {
    [heap[a], heap[b]] = [heap[b] as Entry, heap[a] as Entry];
  };
  const push = (entry: Entry) => {
    heap.push(entry);
    for (let i = heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!isBefore(heap[i] as Entry, heap[parent] as Entry)) return;
      swap(i, parent);
      i = parent;
    }
  };
  const pop = () => {
    swap(0, heap.length - 1);
    heap.pop();
    for (let i = 0; ; ) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < heap.length && isBefore(heap[child] as Entry, heap[least] as Entry)) least = child;
      }
      if (least === i) return;
      swap(i, least);
      i = least;
    }
  };
  const first = (): Entry | undefined => {
    while (heap[0] !== undefined && due.get(heap[0].name) !== heap[0].at) pop();
    return heap[0];
  };

  return {
    set(name, at) {
      if (due.get(name) === at) return;
      if (at === undefined) due.delete(name);
      else {
        due.set(name, at);
        push({ at, name });
      }
    },
    next: () => first()?.at,
    take(by) {
      const names: string[] = [];
      for (let entry = first(); entry !== undefined && entry.at <= by; entry = first()) {
        names.push(entry.name);
        due.delete(entry.name);
      }
      return names.sort();
    },
  };
}
