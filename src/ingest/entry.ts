// A delivery inside its transaction, its events stamped and named.

import type { NewEvent, StoredEvent } from "../events/index.ts";
import { newId } from "../kernel/ids.ts";
import type { Delivery } from "./delivery.ts";

export interface Entry {
  readonly delivery: Delivery;
  readonly place: number;
  readonly events: readonly (Omit<StoredEvent, "lead"> & Pick<NewEvent, "quiet" | "once">)[];
  /** Names the receipt and the raw body, also when there is no event. */
  readonly id: string;
}

export function entryOf(delivery: Delivery, place: number): Entry {
  const { location, receivedAt, source } = delivery;
  const events = delivery.events.map((event) => ({
    ...event,
    id: newId(receivedAt),
    location,
    receivedAt,
    source,
    at: Math.min(event.at, receivedAt),
  }));
  return { delivery, place, events, id: events[0]?.id ?? newId(receivedAt) };
}

export function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
