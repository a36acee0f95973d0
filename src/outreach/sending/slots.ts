// A bound on what is on its way at once, shared out so that nobody's slow provider takes every place: a location with
// half as many as are left free gets no more, one part of its provider with a quarter.

import type { OutboxKind } from "../message.ts";

export interface Slots {
  /** How many more of a location may start now. */
  room(location: string): number;
  /** Kinds of which a location may start none: what they ask answers too slowly. */
  full(location: string): readonly OutboxKind[];
  /** Runs `work` in a place, as soon as the location may have one. */
  run(location: string, kind: OutboxKind, work: () => Promise<void>): Promise<void>;
}

/** What a row asks: a part of the CRM, or a server of somebody else. */
export const dependencyOf = (kind: OutboxKind): string => DEPENDENCIES[kind];

/** Kinds that ask one of these. */
export const kindsOf = (dependencies: readonly string[]): readonly OutboxKind[] =>
  KINDS.filter((kind) => dependencies.includes(dependencyOf(kind)));

const DEPENDENCIES: Readonly<Record<OutboxKind, string>> = {
  message: "conversations",
  tag: "contacts",
  task: "contacts",
  note: "contacts",
  update: "contacts",
  write_back: "contacts",
  assign: "contacts",
  highlevel_workflow: "contacts",
  opportunity: "opportunities",
  crm_trigger: "triggers",
  webhook: "webhooks",
  notify: "latchkey",
};

const KINDS = Object.keys(DEPENDENCIES) as readonly OutboxKind[];

export function openSlots(most: number): Slots {
  const used = new Map<string, number>();
  let free = most;
  let waiting: (() => void)[] = [];
  const of = (key: string): number => used.get(key) ?? 0;
  const partOf = (location: string, dependency: string): string => `${location} ${dependency}`;
  const mayStart = (location: string, dependency: string): boolean =>
    2 * of(location) < free && 4 * of(partOf(location, dependency)) < free;
  const count = (key: string, more: 1 | -1): void => {
    if (of(key) + more === 0) used.delete(key);
    else used.set(key, of(key) + more);
  };

  return {
    room: (location) => Math.max(0, Math.ceil((free - 2 * of(location)) / 3)),
    full: (location) => KINDS.filter((kind) => !mayStart(location, dependencyOf(kind))),
    async run(location, kind, work) {
      const keys = [location, partOf(location, dependencyOf(kind))];
      while (!mayStart(location, dependencyOf(kind))) await new Promise<void>((resolve) => waiting.push(resolve));
      free -= 1;
      for (const key of keys) count(key, 1);
      try {
        await work();
      } finally {
        free += 1;
        for (const key of keys) count(key, -1);
        const woken = waiting;
        waiting = [];
        for (const resolve of woken) resolve();
      }
    },
  };
}

/** So many at once, the others in their order: what nobody waits for leaves connections to what somebody does. */
export function openGate(most: number) {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work: () => Promise<void>): Promise<void> => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
}
