// The few marks that are kept one by one: the newest days of activity, views and sends. What is kept is a function of
// the set of marks, never of the order in which they came.

import { DAY, type Instant, MINUTE } from "../../kernel/time.ts";

/** Days (UTC, since 1970) on which the lead did something, oldest first. */
const MOST_DAYS = 30;
/** Views of homes. Ours: more than people look at in one sitting, and half a kilobyte. */
const MOST_VIEWS = 32;
const MOST_SENDS = 16;

/** Minute since 1970, which home, and the logarithm of its price in hundredths. */
export type View = readonly [minute: number, home: number, price: number | null];

/** Minute since 1970, and by which channel we wrote. */
export type Send = readonly [minute: number, channel: string];

export const minuteOf = (at: Instant): number => Math.floor(at / MINUTE);

export function addDay(days: readonly number[] | undefined, at: Instant): readonly number[] {
  const day = Math.floor(at / DAY);
  if (days === undefined) return [day];
  if (days.includes(day)) return days;
  return placed(days, day, (a, b) => a - b, MOST_DAYS);
}

export const addView = (views: readonly View[] | undefined, view: View): readonly View[] =>
  placed(views ?? [], view, compareViews, MOST_VIEWS);

export const addSend = (sends: readonly Send[] | undefined, send: Send): readonly Send[] =>
  placed(sends ?? [], send, compareSends, MOST_SENDS);

function placed<T>(marks: readonly T[], mark: T, compare: (a: T, b: T) => number, most: number): readonly T[] {
  let place = marks.length;
  while (place > 0 && compare(marks[place - 1] as T, mark) > 0) place -= 1;
  if (place === 0 && marks.length >= most) return marks;
  const next = marks.slice(marks.length >= most ? 1 : 0);
  next.splice(place - (marks.length >= most ? 1 : 0), 0, mark);
  return next;
}

const compareViews = (a: View, b: View): number => a[0] - b[0] || a[1] - b[1] || (a[2] ?? -1) - (b[2] ?? -1);
const compareSends = (a: Send, b: Send): number => a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0);

/** A home's id as 32 bits (FNV-1a): enough to tell a lead's homes apart, and no address. */
export function homeOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let place = 0; place < id.length; place += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(place), 0x01000193);
  }
  return hash >>> 0;
}
