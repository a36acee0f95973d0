// Decayed sums: each event counts one when it happens and half as much with every half-life since. One instant is kept
// for all of them, so that a tally is a few numbers however long its lead has been with us.

import { DAY, type Instant, type Millis } from "../../kernel/time.ts";

/** Half-lives. */
export const HALF_LIVES = {
  acts_2d: 2 * DAY,
  acts_7d: 7 * DAY,
  acts_30d: 30 * DAY,
  views_7d: 7 * DAY,
  views_30d: 30 * DAY,
  visits_7d: 7 * DAY,
  minutes_7d: 7 * DAY,
  favorites: 30 * DAY,
  searches: 30 * DAY,
  forms: 30 * DAY,
  started: 30 * DAY,
  documents: 30 * DAY,
  words: 14 * DAY,
  calls: 30 * DAY,
  called: 30 * DAY,
  unanswered: 14 * DAY,
  opened: 14 * DAY,
  clicked: 14 * DAY,
  agent: 14 * DAY,
  sent: 14 * DAY,
} as const satisfies Readonly<Record<string, Millis>>;

export type Fading = keyof typeof HALF_LIVES;

export interface Faded {
  readonly asOf: Instant;
  readonly sums: Readonly<Partial<Record<Fading, number>>>;
}

/** What is left of one after so long. */
export const left = (halfLife: Millis, elapsed: Millis): number => 2 ** (-elapsed / halfLife);

/** With some more at an instant; a late event adds what would be left of it by now. */
export function fadeIn(
  faded: Faded | undefined,
  at: Instant,
  more: readonly (readonly [Fading, number])[],
): Faded | undefined {
  if (more.length === 0) return faded;
  const asOf = Math.max(faded?.asOf ?? at, at);
  const sums: Partial<Record<Fading, number>> = {};
  for (const name in faded?.sums) {
    const sum = faded?.sums[name as Fading] as number;
    sums[name as Fading] = asOf === faded?.asOf ? sum : sum * left(HALF_LIVES[name as Fading], asOf - faded.asOf);
  }
  for (const [name, amount] of more) {
    sums[name] = (sums[name] ?? 0) + amount * (asOf === at ? 1 : left(HALF_LIVES[name], asOf - at));
  }
  return { asOf, sums };
}

/** What is left of a sum at `now`; never more than there was, also where the newest event is newer than `now`. */
export const fadedAt = (faded: Faded | undefined, name: Fading, now: Instant): number => {
  const sum = faded?.sums[name];
  return faded === undefined || sum === undefined ? 0 : sum * left(HALF_LIVES[name], Math.max(0, now - faded.asOf));
};
