// When a wait is over: elapsed time, calendar days of a zone, clock times, windows, business time.

import { DAY, type Instant, MINUTE, type Millis } from "../../kernel/time.ts";
import { addDays, instantOf, type LocalTime, localTime, type Weekday } from "../../kernel/zone.ts";
import type { Value } from "../condition.ts";
import type { Duration, Until, Wait } from "../plan.ts";
import type { BestTime } from "../run.ts";

/** A window of the week: minutes since local midnight, end open, `to` before `from` is overnight. */
export interface WeekWindow {
  /** 1 = Monday … 7 = Sunday; absent: every day. */
  readonly days?: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** What local time needs to know: the zone of the wait, and the house's business hours and holidays (ISO dates). */
export interface Calendar {
  readonly zone: string;
  readonly businessHours: readonly WeekWindow[];
  readonly holidays: readonly string[];
}

/** Used where `settings` say nothing about business hours. */
const OFFICE_HOURS: readonly WeekWindow[] = [{ days: [1, 2, 3, 4, 5], from: 9 * 60, to: 18 * 60 }];

/** Two weeks of holidays, and then some: a window that does not open within this many days never does. */
const HORIZON_DAYS = 400;

/** What is known of the lead: the instant of an anchor, and its best one in some spans. */
export interface Known {
  anchor(subject: string): Instant | undefined;
  bestTime(spans: readonly Span[]): BestTime | undefined;
}

export interface Reached {
  readonly at: Instant;
  readonly latest?: Instant;
  /** Of a wait for the best hour: the lead's own, the location's, or what is taken where neither is known. */
  readonly hour?: BestTime["hour"] | "fallback";
  /** What such an hour was taken by. */
  readonly known?: BestTime["known"];
}

export type WaitEnd = Reached | "past" | "missing";

/**
 * When a wait that begins at `now` is over, before any spread. `latest` is the last instant to which a spread may move
 * it. A clock time that is exactly now is now.
 */
export function waitEnd(wait: Wait, now: Instant, calendar: Calendar, known: Known): WaitEnd {
  let at = wait.for === undefined ? now : instantAfter(wait.for, now, calendar);
  if (wait.until !== undefined) {
    const reached = untilInstant(wait.until, at, calendar, known.anchor);
    if (typeof reached === "string") return reached;
    at = reached;
  }
  if (wait.bestTime !== undefined) return best(wait, at, instantAfter(wait.bestTime, at, calendar), calendar, known);
  if (wait.during === undefined) return { at };
  const open = opening(wait.during, at, calendar);
  return open === undefined ? { at } : { at: open.from, latest: open.to - 1 };
}

interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

function opening(during: NonNullable<Wait["during"]>, at: Instant, calendar: Calendar): Span | undefined {
  const business = during === "business_hours";
  return firstOpen(business ? hoursOf(calendar) : [during], at, calendar.zone, business ? calendar.holidays : []);
}

/**
 * The lead's best instant in the span, in any of its windows where there are some. Where nothing is known, the middle of what the
 * first window leaves of the span, which without a `during` is the house's business hours; where none opens, its start.
 */
function best(wait: Wait, from: Instant, to: Instant, calendar: Calendar, known: Known): WaitEnd {
  const windows: Span[] = [];
  for (let at = from; at < to && windows.length < MOST_WINDOWS; ) {
    const open = opening(wait.during ?? "business_hours", at, calendar);
    if (open === undefined || open.from >= to) break;
    windows.push({ from: open.from, to: Math.min(open.to, to) });
    at = open.to;
  }
  const spans = wait.during === undefined ? [{ from, to }] : windows;
  const found = known.bestTime(spans);
  if (found !== undefined) return { ...found, latest: (spans.find((span) => found.at < span.to)?.to ?? to) - 1 };
  const hour = "fallback";
  const [first] = windows;
  if (first !== undefined) return { at: Math.floor((first.from + first.to) / 2), latest: first.to - 1, hour };
  const open = wait.during === undefined ? undefined : opening(wait.during, from, calendar);
  return open === undefined ? { at: from, latest: to, hour } : { at: open.from, latest: open.to - 1, hour };
}

/** So many days of windows are looked through for a best hour. */
const MOST_WINDOWS = 100;

/** Calendar days keep the local time across a change of the clocks; milliseconds are elapsed time. */
export function instantAfter(duration: Duration, from: Instant, calendar: Calendar): Instant {
  let at = duration.days === 0 ? from : addDays(from, duration.days, calendar.zone);
  at += duration.ms;
  if (duration.businessDays !== undefined) at = afterBusinessDays(duration.businessDays, at, calendar);
  if (duration.businessMs !== undefined) at = afterBusinessTime(duration.businessMs, at, calendar);
  return at;
}

/** As long before: calendar days first, then elapsed time. */
export const instantBefore = (duration: Duration, from: Instant, zone: string): Instant =>
  (duration.days === 0 ? from : addDays(from, -duration.days, zone)) - duration.ms;

function untilInstant(
  until: Until,
  now: Instant,
  calendar: Calendar,
  anchor: Known["anchor"],
): Instant | "past" | "missing" {
  if ("anchor" in until) {
    const named = anchor(until.anchor);
    if (named === undefined) return "missing";
    const at =
      until.sign === 1
        ? instantAfter(until.offset, named, calendar)
        : instantBefore(until.offset, named, calendar.zone);
    return at < now ? "past" : at;
  }
  if (until.date !== undefined) {
    const [year, month, day] = until.date.split("-").map(Number) as [number, number, number];
    const at = instantOf({ year, month, day }, until.at, calendar.zone);
    return at < now ? "past" : at;
  }
  return nextClock(now, until.at, calendar.zone, until.weekday);
}

/** The first instant from `now` on that is this minute of a local day (and this weekday). */
export function nextClock(now: Instant, minute: number, zone: string, weekday?: number): Instant {
  const today = localTime(now, zone);
  for (let ahead = 0; ; ahead += 1) {
    const date = dayOn(today, ahead);
    if (weekday !== undefined && date.weekday !== weekday) continue;
    const at = instantOf(date, minute, zone);
    if (at >= now) return at;
  }
}

interface LocalDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: Weekday;
}

function dayOn(from: LocalTime, ahead: number): LocalDate {
  const date = new Date(Date.UTC(from.year, from.month - 1, from.day) + ahead * DAY);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: (((date.getUTCDay() + 6) % 7) + 1) as Weekday,
  };
}

const isoDate = (date: LocalDate): string =>
  `${date.year}-${String(date.month).padStart(2, "0")}-${String(date.day).padStart(2, "0")}`;

const hoursOf = (calendar: Calendar): readonly WeekWindow[] =>
  calendar.businessHours.length === 0 ? OFFICE_HOURS : calendar.businessHours;

/** The stretch of a window that contains `at`, or the next one: from then, or from its opening, to its end (open). */
function firstOpen(
  windows: readonly WeekWindow[],
  at: Instant,
  zone: string,
  holidays: readonly string[],
): { readonly from: Instant; readonly to: Instant } | undefined {
  const today = localTime(at, zone);
  for (let ahead = -1; ahead <= HORIZON_DAYS; ahead += 1) {
    const date = dayOn(today, ahead);
    if (holidays.includes(isoDate(date))) continue;
    let first: { from: Instant; to: Instant } | undefined;
    for (const window of windows) {
      if (window.days?.includes(date.weekday) === false) continue;
      // Of yesterday only what lasts past midnight matters, and reckoning in zones is dear.
      if (ahead < 0 && window.to > window.from) continue;
      const opens = instantOf(date, window.from, zone);
      const closes = instantOf(date, window.to > window.from ? window.to : window.to + 1440, zone);
      if (closes <= at || closes <= opens) continue;
      const from = Math.max(opens, at);
      if (first === undefined || from < first.from) first = { from, to: closes };
    }
    if (first !== undefined) return first;
  }
  return undefined;
}

/** Whether an instant is in business hours, and when that next changes. */
export function businessHours(at: Instant, calendar: Calendar): { readonly open: boolean; readonly changes: Instant } {
  const open = firstOpen(hoursOf(calendar), at, calendar.zone, calendar.holidays);
  if (open === undefined) return { open: false, changes: at + HORIZON_DAYS * DAY };
  return open.from === at ? { open: true, changes: open.to } : { open: false, changes: open.from };
}

/** The same local time, so many business days on. */
function afterBusinessDays(count: number, from: Instant, calendar: Calendar): Instant {
  const days = new Set(hoursOf(calendar).flatMap((window) => window.days ?? [1, 2, 3, 4, 5, 6, 7]));
  const today = localTime(from, calendar.zone);
  let ahead = 0;
  for (let left = count; left > 0 && ahead < HORIZON_DAYS; ) {
    ahead += 1;
    const date = dayOn(today, ahead);
    if (days.has(date.weekday) && !calendar.holidays.includes(isoDate(date))) left -= 1;
  }
  return addDays(from, ahead, calendar.zone);
}

/** So much time counted only while the house is open. */
function afterBusinessTime(length: Millis, from: Instant, calendar: Calendar): Instant {
  let at = from;
  for (let left = length; left > 0; ) {
    const open = firstOpen(hoursOf(calendar), at, calendar.zone, calendar.holidays);
    if (open === undefined) return at + left;
    if (open.to - open.from >= left) return open.from + left;
    left -= open.to - open.from;
    at = open.to;
  }
  return at;
}

/** Language, 2.7: 1 % of the wait, at most five minutes, unless the step says how much. */
export function spreadOf(wait: Wait, length: Millis): Millis {
  return wait.spread ?? Math.min(Math.floor(length / 100), 5 * MINUTE);
}

/** A date as facts have it: an instant, or text. A day is its local midnight; a day with a time is that local time; with a zone or `Z` it is that instant. */
export function instantIn(value: Value | undefined, zone: string): Instant | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" ? instantOfText(value, zone) : undefined;
}

function instantOfText(text: string, zone: string): Instant | undefined {
  const [, year, month, day, hour = "0", minute = "0", exact] =
    /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.exec(text) ?? [];
  if (year === undefined) return undefined;
  if (exact !== undefined) return valid(Date.parse(text.replace(" ", "T")));
  const date = { year: Number(year), month: Number(month), day: Number(day) };
  const there = new Date(Date.UTC(date.year, date.month - 1, date.day));
  if (there.getUTCMonth() + 1 !== date.month || there.getUTCDate() !== date.day) return undefined;
  return Number(hour) < 24 && Number(minute) < 60
    ? instantOf(date, Number(hour) * 60 + Number(minute), zone)
    : undefined;
}

const valid = (at: Instant): Instant | undefined => (Number.isNaN(at) ? undefined : at);
