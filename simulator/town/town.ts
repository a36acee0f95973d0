// Many lives, side by side. They do not know of each other: adding, dropping or reordering leads changes no life.

import type { Instant } from "../../src/kernel/time.ts";
import { bits } from "../chance.ts";
import { birth, type Lead } from "./birth.ts";
import { byTime, type TownEvent, type TownMessage } from "./event.ts";
import { type Life, openLife } from "./life.ts";
import type { Standing } from "./standing.ts";

export interface Town {
  /** A lead is born; its life begins at `born`. */
  add(key: number, born: Instant): Lead;
  drop(key: number): void;
  /** Everything that happens after the last instant up to and including `to`, in order. Additive. */
  advance(to: Instant): TownEvent[];
  /** @returns whether the message was delivered; `undefined` when there is no such lead */
  receive(key: number, message: TownMessage): boolean | undefined;
  lead(key: number): Lead | undefined;
  standing(key: number): Standing | undefined;
  readonly size: number;
}

export function openTown({ seed, zone }: { seed: number; zone: string }): Town {
  const lives = new Map<number, Life>();
  let happened: TownEvent[] = [];
  return {
    add(key, born) {
      const lead = birth(seed, key, born, zone);
      lives.set(
        key,
        openLife(lead, (event) => happened.push(event)),
      );
      return lead;
    },
    drop: (key) => void lives.delete(key),
    advance(to) {
      for (const life of lives.values()) if (life.next() <= to) life.advance(to);
      const events = happened.sort(byTime);
      happened = [];
      return events;
    },
    receive: (key, message) => lives.get(key)?.receive(message),
    lead: (key) => lives.get(key)?.lead,
    standing: (key) => lives.get(key)?.standing(),
    get size() {
      return lives.size;
    },
  };
}

const DAY_MS = 86_400_000;

/** Keys and births of the leads who arrive on one UTC day, in order; `mean` of them on average. */
export function arrivals(seed: number, day: number, mean: number): { key: number; born: Instant }[] {
  const uniform = (purpose: string, i = 0) => (bits(seed, day, purpose, i) + 0.5) / 4_294_967_296;
  const count = Math.min(4_095, Math.floor(mean) + (uniform("arrivals") < mean % 1 ? 1 : 0));
  return Array.from({ length: count }, (_, i) => ({
    key: day * 4_096 + i,
    // one in each equal share of the day, so that somebody is always about to come
    born: Math.floor(day * DAY_MS + ((i + uniform("arrival", i)) / count) * DAY_MS),
  }));
}
