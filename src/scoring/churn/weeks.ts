// Going cold, week by week. A lead goes cold at the instant at which it has been silent for COLD_DAYS. A row is a lead in a
// week ahead of the instant at which it is looked at: its features as of that instant, `idleDays` as of then too, and
// `week`, 0 for the seven days that follow. The label says whether it goes cold in that week, having not gone cold in a
// week between. So the chance of a row is a hazard, 1 - product(1 - hazard) over the weeks of a horizon is the chance of
// going cold within it, and nothing that comes after the instant is needed to know it.
//
// Rows that can only be 0 are left out, in training and in scoring alike: the silence that lasts now comes to COLD_DAYS in
// one week that is known beforehand, and one that begins later cannot come to it within COLD_DAYS. Over a horizon of
// COLD_DAYS or less there is thus one row per look at most. A week whose outcome the log does not reach makes no row
// (censored); the weeks before it do.

import { DAY, type Instant, type Millis } from "../../kernel/time.ts";

/**
 * Silence of so many days is cold; and so far ahead `lead.churn` speaks, since whether a silence that lasts now comes to it is
 * all that there is to ask within that time.
 */
export const COLD_DAYS = 30;
const WEEK_DAYS = 7;

/** The weeks, within so many days from now, in which a lead idle for so long can go cold. */
export function weeksAtRisk(idleDays: number, days: number): number[] {
  if (idleDays >= COLD_DAYS) return [];
  const ends = COLD_DAYS - idleDays;
  const ownWeek = weekOf(ends);
  return Array.from({ length: Math.ceil(days / WEEK_DAYS) }, (_, week) => week).filter(
    (week) => (week === ownWeek && ends <= days) || Math.min(days, (week + 1) * WEEK_DAYS) > COLD_DAYS,
  );
}

/** The week in which an instant lies that is so many days ahead: 7 days ahead is still the first, 0. */
const weekOf = (ahead: number): number => Math.max(0, Math.ceil(ahead / WEEK_DAYS) - 1);

/** A lead as it turned out. */
export interface Story {
  /** When it came: its silence counts from here until it first does something. */
  readonly came: Instant;
  /** What it did, rising. */
  readonly acts: readonly Instant[];
  /** Until when it is known what it did: the end of the log, or of the lead. */
  readonly until: Instant;
}

export interface WeekAhead {
  readonly week: number;
  readonly idleDays: number;
  readonly label: boolean;
}

/**
 * The rows of one look at a lead; none while it is cold. A row is there once its outcome would be known whatever it was:
 * to take sooner what is known sooner, that the lead was back, would make the newest rows look better than they are.
 */
export function weeksAhead({ came, acts, until }: Story, at: Instant, days: number): WeekAhead[] {
  const next = firstAfter(acts, at);
  const quietFrom = acts[next - 1] ?? came;
  const idleDays = (at - quietFrom) / DAY;
  const cold = coldFrom(quietFrom, acts.slice(next));
  return weeksAtRisk(idleDays, days).flatMap((week) => {
    const begins = at + week * WEEK_DAYS * DAY;
    const ends = at + Math.min(days, (week + 1) * WEEK_DAYS) * DAY;
    const known = ends > at + COLD_DAYS * DAY ? ends : quietFrom + COLD_DAYS * DAY;
    return known > until || cold <= begins ? [] : [{ week, idleDays, label: cold <= ends }];
  });
}

/** What is seen of a lead from a look on; days. */
export interface Seen {
  readonly idleDays: number;
  /** Until it went cold, or was last seen. */
  readonly time: number;
  readonly ended: boolean;
}

/** What became of it; undefined where it was cold at the look already. */
export function seenFrom({ came, acts, until }: Story, at: Instant): Seen | undefined {
  const next = firstAfter(acts, at);
  const quietFrom = acts[next - 1] ?? came;
  const idleDays = (at - quietFrom) / DAY;
  if (idleDays >= COLD_DAYS) return undefined;
  const cold = coldFrom(quietFrom, acts.slice(next));
  return { idleDays, time: (Math.min(cold, until) - at) / DAY, ended: cold <= until };
}

/** As it was known at an instant; undefined before it came. */
export const storyUntil = <S extends Story>(story: S, at: Instant): S | undefined =>
  story.came > at
    ? undefined
    : { ...story, acts: story.acts.slice(0, firstAfter(story.acts, at)), until: Math.min(story.until, at) };

/** When it first comes to COLD_DAYS of silence, if it does nothing more than these. */
function coldFrom(last: Instant, later: readonly Instant[]): Instant {
  const wait: Millis = COLD_DAYS * DAY;
  let from = last;
  for (const act of later) {
    if (act >= from + wait) break;
    from = act;
  }
  return from + wait;
}

/** Place of the first act after an instant. */
function firstAfter(acts: readonly Instant[], at: Instant): number {
  let low = 0;
  let high = acts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (acts[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
