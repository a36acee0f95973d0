// Windows: the few marks that decide a question about history. What is kept is a function of the set of marks, never of
// the order in which they came, so late and reordered events leave the same window.

import { DAY, type Instant } from "../kernel/time.ts";
import type { HistoryQuestion, Mark, Window } from "./behavior.ts";

/** The longest window a file may ask for. */
const LONGEST_WINDOW = 90 * DAY;

/**
 * Most marks of one window where the question itself sets no bound: sums, and `same` with many values. Ours: 500
 * marks are 12 KB of JSON and more acts than a person makes in a window; past it the oldest go, and the answer is of
 * the newest 500.
 */
const MOST_MARKS = 500;

/** Starts and followers kept for `not_followed_by`. Ours: a form is not started 50 times before its deadline. */
const MOST_STARTS = 50;

/** A follower's amount in a `not_followed_by` window; a start has none. */
export const FOLLOWER = 1;

const NO_MARKS: readonly Mark[] = [];

/** The window with one mark more and everything that no longer decides the question gone. */
export function addMark(window: Window | undefined, mark: Mark, question: HistoryQuestion): Window {
  const marks = [...(window?.marks ?? NO_MARKS)];
  let place = marks.length;
  while (place > 0 && compareMarks(marks[place - 1] as Mark, mark) > 0) place -= 1;
  marks.splice(place, 0, mark);
  return { marks: trim(marks, question) };
}

/** Marks of one instant are told apart by what they carry, so that their order is always the same. */
function compareMarks(a: Mark, b: Mark): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  const left = a[1] ?? "";
  const right = b[1] ?? "";
  if (left !== right) return left < right ? -1 : 1;
  return (a[2] ?? 0) - (b[2] ?? 0);
}

function trim(marks: readonly Mark[], question: HistoryQuestion): readonly Mark[] {
  if (question.afterSilence !== undefined) return newest(marks, 2);
  if (question.notFollowedBy !== undefined) return newest(inSpan(marks, LONGEST_WINDOW), MOST_STARTS);
  const live = inSpan(marks, question.within ?? LONGEST_WINDOW);
  if (question.sum !== undefined) return newest(live, MOST_MARKS);
  if (question.distinct !== undefined) return newest(newestPerValue(live, 1), question.keep);
  if (question.same !== undefined) return newest(newestPerValue(live, question.keep), MOST_MARKS);
  return newest(live, question.keep);
}

const newest = (marks: readonly Mark[], count: number): readonly Mark[] =>
  marks.length <= count ? marks : marks.slice(marks.length - count);

/** A mark exactly as old as the window still counts. */
function inSpan(marks: readonly Mark[], span: number): readonly Mark[] {
  const first = marks.findIndex((mark) => mark[0] >= (marks[marks.length - 1] as Mark)[0] - span);
  return first <= 0 ? marks : marks.slice(first);
}

function newestPerValue(marks: readonly Mark[], count: number): readonly Mark[] {
  const seen = new Map<string, number>();
  const kept: Mark[] = [];
  for (let index = marks.length - 1; index >= 0; index -= 1) {
    const mark = marks[index] as Mark;
    const value = mark[1] ?? "";
    const times = (seen.get(value) ?? 0) + 1;
    seen.set(value, times);
    if (times <= count) kept.push(mark);
  }
  return kept.length === marks.length ? marks : kept.reverse();
}

/**
 * What the window answers at `now`: how many, how many different, the most of one value, or the sum (six decimals).
 * 1 or 0 for `after_silence`; for `not_followed_by` how many starts have passed their deadline alone.
 *
 * The turn of a late event may stand before marks that earlier turns made; a window never ends before its newest mark,
 * or the same events in another order would be counted otherwise.
 *
 * @param from counts from there instead of the sliding window's start
 */
export function answer(
  window: Window | undefined,
  question: HistoryQuestion,
  now: Instant,
  from: Instant | undefined,
): number {
  if (window === undefined) return 0;
  if (question.notFollowedBy !== undefined) {
    return lapses(window, question).filter((lapse) => lapse.deadline <= now && lapse.at >= (from ?? lapse.at)).length;
  }
  const present = Math.max(now, window.marks[window.marks.length - 1]?.[0] ?? now);
  const start = from ?? (question.within === undefined ? Number.NEGATIVE_INFINITY : present - question.within);
  if (question.afterSilence !== undefined) return silenceBefore(window, start) >= question.afterSilence ? 1 : 0;

  let count = 0;
  let sum = 0;
  const values = question.distinct === undefined && question.same === undefined ? undefined : new Map<string, number>();
  for (const [at, value, amount] of window.marks) {
    if (at < start) continue;
    count += 1;
    sum += amount ?? 0;
    if (values !== undefined && value !== undefined && value !== null) values.set(value, (values.get(value) ?? 0) + 1);
  }
  if (question.sum !== undefined) return round6(sum);
  if (question.distinct !== undefined) return values?.size ?? 0;
  if (question.same !== undefined) return Math.max(0, ...(values?.values() ?? []));
  return count;
}

/** The first later instant at which a mark is too old to count, or at which a start is certain not to be followed. */
export function expiry(window: Window | undefined, question: HistoryQuestion, now: Instant): Instant | undefined {
  const { within } = question;
  if (window === undefined || within === undefined) return undefined;
  const counts = question.notFollowedBy === undefined ? within + 1 : within;
  const first = window.marks.find((mark) => mark[0] + counts > now);
  return first === undefined ? undefined : first[0] + counts;
}

/** How long it was quiet before the latest mark; 0 when it is the first, or lies before `start`. */
function silenceBefore({ marks }: Window, start: Instant): number {
  const last = marks[marks.length - 1];
  const before = marks[marks.length - 2];
  return last === undefined || before === undefined || last[0] < start ? 0 : last[0] - before[0];
}

export interface Lapse {
  readonly at: Instant;
  /** The instant from which it is certain, unless the follower still comes. */
  readonly deadline: Instant;
  readonly value: string | undefined;
}

/** Starts that nothing has followed within the time allowed; one that follows exactly at the deadline is in time. */
export function lapses(window: Window, question: HistoryQuestion): Lapse[] {
  const within = question.within;
  if (within === undefined) return [];
  const alone: Lapse[] = [];
  for (const [at, value, amount] of window.marks) {
    if (amount === FOLLOWER) continue;
    const followed = window.marks.some(
      (mark) =>
        mark[2] === FOLLOWER &&
        mark[0] >= at &&
        mark[0] <= at + within &&
        (question.same === undefined || (mark[1] ?? "") === (value ?? "")),
    );
    if (!followed) alone.push({ at, deadline: at + within, value: value ?? undefined });
  }
  return alone;
}

/** Figures are rounded to six decimals before they are compared or kept. */
export const round6 = (value: number): number => Math.round(value * 1e6) / 1e6;
