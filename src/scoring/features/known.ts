// What a tally says as of an instant, in plain figures: computed once for all features of a row.

import { DAY, HOUR, type Instant } from "../../kernel/time.ts";
import { type Fading, fadedAt } from "./fade.ts";
import { minuteOf, type View } from "./marks.ts";
import type { Tally, Total } from "./tally.ts";

export interface Known {
  readonly now: Instant;
  readonly tally: Tally;
  /** Days since the contact came; undefined: nothing is known of it. */
  readonly knownDays: number | undefined;
  /** Days since it last did something, or since it came. */
  readonly idleDays: number | undefined;
  /** On how many of the last 30 days it did something. */
  readonly activeDays: number;
  /** Mean days between its active days; undefined with fewer than two. */
  readonly rhythm: number | undefined;
  readonly homes: Homes;
  /** What is left of a decayed sum. */
  faded(name: Fading): number;
  total(name: Total): number;
  /** Days since an instant of the past. */
  daysSince(at: Instant | undefined): number | undefined;
}

/** Of the newest 32 views, those of the last 30 days. */
export interface Homes {
  readonly views: number;
  readonly distinct: number;
  /** Views of the home it looked at most. */
  readonly most: number;
  /** Mean and standard deviation of the logarithms of prices; undefined with fewer than three prices. */
  readonly price: { readonly mean: number; readonly spread: number } | undefined;
}

const VIEWS_FOR = 30 * DAY;

export function knownAt(tally: Tally, now: Instant): Known {
  const came = tally.came ?? tally.seen;
  const daysSince = (at: Instant | undefined) => (at === undefined ? undefined : Math.max(0, now - at) / DAY);
  const days = tally.days ?? [];
  const today = Math.floor(now / DAY);
  const { length } = days;
  return {
    now,
    tally,
    knownDays: daysSince(came),
    idleDays: daysSince(tally.last?.act ?? came),
    activeDays: days.reduce((sum, day) => sum + (day > today - 30 ? 1 : 0), 0),
    rhythm: length < 2 ? undefined : ((days[length - 1] as number) - (days[0] as number)) / (length - 1),
    homes: homesOf(tally.views ?? [], now),
    faded: (name) => fadedAt(tally.faded, name, now),
    total: (name) => tally.totals?.[name] ?? 0,
    daysSince,
  };
}

function homesOf(marks: readonly View[], now: Instant): Homes {
  const from = minuteOf(now - VIEWS_FOR);
  const times = new Map<number, number>();
  let views = 0;
  let most = 0;
  let prices = 0;
  let sum = 0;
  let squares = 0;
  for (const [minute, home, price] of marks) {
    if (minute < from) continue;
    views += 1;
    const seen = (times.get(home) ?? 0) + 1;
    times.set(home, seen);
    if (seen > most) most = seen;
    if (price === null) continue;
    prices += 1;
    sum += price / 100;
    squares += (price / 100) ** 2;
  }
  const mean = sum / prices;
  const price = prices < 3 ? undefined : { mean, spread: Math.sqrt(Math.max(0, squares / prices - mean ** 2)) };
  return { views, distinct: times.size, most, price };
}

/** How many of the messages kept were sent after the lead's last word. */
export function sinceItsWord({ sends, last }: Tally): number {
  const word = minuteOf(last?.word ?? Number.NEGATIVE_INFINITY);
  return (sends ?? []).reduce((count, [minute]) => count + (minute > word ? 1 : 0), 0);
}

/** Hours until somebody wrote or called; while nobody has, not known. */
export function answeredAfter({ reached, came, seen }: Tally): number | undefined {
  const from = came ?? seen;
  return reached === undefined || from === undefined ? undefined : Math.max(0, reached - from) / HOUR;
}
