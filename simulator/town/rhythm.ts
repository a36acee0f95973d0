// When a lead is up and about: hour-of-week weights of its own, in its own zone, daylight saving included.

import type { Instant } from "../../src/kernel/time.ts";
import { addDays, instantOf, localTime } from "../../src/kernel/zone.ts";
import type { Chance } from "../chance.ts";
import type { Rhythm } from "./parameters.ts";

const HOURS = 168;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const bump = (hour: number, center: number, width: number) => Math.exp(-0.5 * ((hour - center) / width) ** 2);

/** Relative browsing by weekday (0 = Monday) and hour; each template sums to one. */
function template(kind: Rhythm): Float64Array {
  const weights = new Float64Array(HOURS);
  let sum = 0;
  for (let i = 0; i < HOURS; i += 1) {
    const day = Math.floor(i / 24);
    const hour = i % 24;
    const weekend = day >= 5;
    const morning = bump(hour, 10.5, 1.6);
    const noon = bump(hour, 12.5, 2);
    const evening = bump(hour, 20.7, 1.9);
    const weight = {
      office: weekend ? 0.5 * morning + 0.5 * evening : 1.2 * morning + 0.9 * noon + 0.55 * evening,
      evening: weekend ? 0.6 * morning + 0.9 * evening : 0.3 * noon + 1.5 * evening,
      early: 1.3 * bump(hour, 7.2, 1.3) + 0.5 * morning + 0.45 * evening,
      weekend: weekend ? 1.6 * morning + 1.1 * noon + 0.9 * evening : 0.2 * morning + 0.5 * evening,
    }[kind];
    weights[i] = weight + 0.012;
    sum += weights[i] ?? 0;
  }
  return weights.map((weight) => weight / sum);
}

const TEMPLATES: Readonly<Record<Rhythm, Float64Array>> = {
  office: template("office"),
  evening: template("evening"),
  early: template("early"),
  weekend: template("weekend"),
};

/** The lead's own week: its template mixed with a Dirichlet draw around it, 70 to 30; the mean is 1. */
export function weekOf(kind: Rhythm, chance: Chance): Float64Array {
  const base = TEMPLATES[kind];
  const draws = chance.of("rhythm/");
  const week = new Float64Array(HOURS);
  let sum = 0;
  for (let i = 0; i < HOURS; i += 1) {
    const shape = HOURS * 0.5 * (base[i] ?? 0);
    const own = draws.under(String(i)).gamma(shape, shape);
    week[i] = own;
    sum += own;
  }
  for (let i = 0; i < HOURS; i += 1) week[i] = HOURS * (0.7 * (base[i] ?? 0) + (0.3 * (week[i] ?? 0)) / sum);
  return week;
}

/** A local calendar day, as an instant and what is needed to place times in it. */
export interface LocalDay {
  readonly start: Instant;
  readonly end: Instant;
  /** Days since 1970-01-01 of the local date. */
  readonly number: number;
  /** The number in digits: names the day in every draw. */
  readonly name: string;
  /** 0 = Monday. */
  readonly weekday: number;
  /** 0 = January. */
  readonly month: number;
  /** For `dayAfter` to remember. */
  next: LocalDay | undefined;
  /** For `atHour` to remember, by the minute of a day that is not 24 hours long. */
  readonly minutes: Map<number, Instant>;
}

const days = new Map<string, Map<number, LocalDay>>();
/** Whose days were asked for last: nearly always the next ones too. */
let latest: { readonly zone: string; readonly known: Map<number, LocalDay> } | undefined;

/**
 * The local day that holds `at`. Zone conversions are slow, days are few: they are remembered, a pure function's answers.
 *
 * @param near a day of the zone that may well be the one: where it is, none is looked up
 */
export function dayOf(at: Instant, zone: string, near?: LocalDay): LocalDay {
  const guess = Math.floor(at / DAY_MS);
  if (near?.number === guess && isWithin(near, at)) return near;
  if (latest?.zone !== zone) latest = { zone, known: daysOf(zone) };
  const { known } = latest;
  // mostly the first; east and west of Greenwich one of the others
  const day = holder(known, guess, at) ?? holder(known, guess - 1, at) ?? holder(known, guess + 1, at);
  return day ?? lookedUp(at, zone, known);
}

/** The day that begins where `day` ends: remembered with it, as lives go from day to day. */
export function dayAfter(day: LocalDay, zone: string): LocalDay {
  day.next ??= dayOf(day.end, zone);
  return day.next;
}

function holder(known: ReadonlyMap<number, LocalDay>, number: number, at: Instant): LocalDay | undefined {
  const day = known.get(number);
  return day !== undefined && isWithin(day, at) ? day : undefined;
}

const isWithin = (day: LocalDay, at: Instant) => at >= day.start && at < day.end;

function lookedUp(at: Instant, zone: string, known: Map<number, LocalDay>): LocalDay {
  const local = localTime(at, zone);
  const start = instantOf(local, 0, zone);
  const number = Date.UTC(local.year, local.month - 1, local.day) / DAY_MS;
  const day: LocalDay = {
    start,
    end: addDays(start, 1, zone),
    number,
    name: String(number),
    weekday: local.weekday - 1,
    month: local.month - 1,
    next: undefined,
    minutes: new Map(),
  };
  known.set(number, day);
  return day;
}

function daysOf(zone: string): Map<number, LocalDay> {
  const known = days.get(zone) ?? new Map<number, LocalDay>();
  days.set(zone, known);
  return known;
}

/** The hour of the week, 0 = Monday midnight; on the two odd days of the year the local hour is looked up. */
export function hourOfWeek(at: Instant, zone: string, near?: LocalDay): number {
  const day = dayOf(at, zone, near);
  const hour =
    day.end - day.start === DAY_MS
      ? Math.floor((at - day.start) / HOUR_MS)
      : Math.floor(localTime(at, zone).minute / 60);
  return day.weekday * 24 + hour;
}

/** The instant at `hour` (fractions allowed) of the local day. */
export function atHour(day: LocalDay, hour: number, zone: string): Instant {
  if (day.end - day.start === DAY_MS) return Math.floor(day.start + hour * HOUR_MS);
  const minute = Math.floor(hour * 60);
  const known = day.minutes.get(minute) ?? minuteOf(day, minute, zone);
  day.minutes.set(minute, known);
  return known + Math.floor((hour * 60 - minute) * 60_000);
}

function minuteOf(day: LocalDay, minute: number, zone: string): Instant {
  const { year, month, day: date } = localTime(day.start + 4 * HOUR_MS, zone);
  return instantOf({ year, month, day: date }, minute, zone);
}

/** A time of this day, drawn by the lead's weights from two uniform numbers. */
export function timeIn(day: LocalDay, zone: string, week: Float64Array, u1: number, u2: number): Instant {
  const row = day.weekday * 24;
  let total = 0;
  for (let h = 0; h < 24; h += 1) total += week[row + h] ?? 0;
  let rest = u1 * total;
  for (let h = 0; h < 24; h += 1) {
    const weight = week[row + h] ?? 0;
    if (rest < weight) return atHour(day, h + u2, zone);
    rest -= weight;
  }
  return atHour(day, 23 + u2, zone);
}

/** How much of the week's browsing falls on each weekday, 1 on average. */
export function weekdayShares(week: Float64Array): Float64Array {
  const shares = new Float64Array(7);
  for (let weekday = 0; weekday < 7; weekday += 1) {
    let sum = 0;
    for (let h = 0; h < 24; h += 1) sum += week[weekday * 24 + h] ?? 0;
    shares[weekday] = sum / 24;
  }
  return shares;
}

/** The first instant from `at` on at which this lead is likely awake. */
export function nextAwake(at: Instant, zone: string, week: Float64Array): Instant {
  let time = at;
  for (let i = 0; i < 24 && (week[hourOfWeek(time, zone)] ?? 1) < 0.25; i += 1) time += HOUR_MS;
  return time;
}
