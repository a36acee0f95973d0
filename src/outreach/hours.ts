// When a lead may be reached: the house's dated rules, read in every place where the lead may be.

import { DAY, type Instant, MINUTE } from "../kernel/time.ts";
import { instantOf, type LocalTime, localTime, type Weekday } from "../kernel/zone.ts";
import type { LocalRange } from "../workflows/index.ts";
import holidayRules from "./data/holidays.json" with { type: "json" };
import quietHours from "./data/quiet-hours.json" with { type: "json" };
import { type Place, statesIn } from "./zones.ts";

/** How the law sees a channel. WhatsApp counts as a text; an automated voice call is a call and prerecorded. */
export type Medium = "text" | "call" | "prerecorded";

/** `statute`: the table, cell by cell. `careful`: narrower everywhere, and the default (compliance facts 1.3). */
export type Pack = "careful" | "statute";

export interface HoursRules {
  readonly pack: Pack;
  readonly media: readonly Medium[];
  /** Quiet time of the team and the workflow, on the lead's clock: only ever adds. */
  readonly quiet: readonly LocalRange[];
  /** Minutes kept free before a window closes, because the carrier's delivery is what the lead sees. */
  readonly margin: number;
}

/** One rule in one zone. All constraints must be open. */
export interface Constraint {
  readonly zone: string;
  readonly clock: LocalClock;
  readonly state?: string;
  readonly by: "house" | "law" | "team";
  /** Open minutes of a local day, in order. Empty: closed all day. */
  open(day: LocalDay): readonly LocalRange[];
}

/** A zone's local time, remembered: the rules of one lead ask it for the same few instants and days. */
interface LocalClock {
  at(at: Instant): LocalTime;
  /** The pieces of a local day: from, to, and the local minute at which each begins. */
  pieces(day: LocalDay): readonly Piece[];
}

type Piece = readonly [from: Instant, to: Instant, minute: number];

export interface LocalDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: Weekday;
}

/** What the rules say at an instant. `next` is undefined when nothing opens within seven days. */
export interface Opening {
  readonly open: boolean;
  readonly closedBy: readonly Constraint[];
  readonly next?: Instant;
}

type ClockIn = (zone: string) => LocalClock;

const HORIZON = 7 * DAY;

/** Every rule that binds in some plausible place. */
export function constraints(places: readonly Place[], rules: HoursRules): Constraint[] {
  const clocks = new Map<string, LocalClock>();
  const clockIn = (zone: string): LocalClock => {
    const known = clocks.get(zone) ?? localClock(zone);
    clocks.set(zone, known);
    return known;
  };
  const found = places.flatMap((place) => [house(place, rules, clockIn), ...laws(place, rules, clockIn)]);
  const zones = [...new Set(places.map((place) => place.zone))];
  const quiet = rules.quiet.filter((range) => range.from !== range.to);
  return [...found, ...zones.flatMap((zone) => quiet.map((range) => team(zone, range, rules.margin, clockIn)))];
}

export function allowed(all: readonly Constraint[], at: Instant): boolean {
  return all.every((one) => isOpen(one, at));
}

/** The first allowed instant from `at` on, or undefined when there is none within seven days. */
export function nextAllowed(all: readonly Constraint[], at: Instant): Instant | undefined {
  const limit = at + HORIZON;
  let next = at;
  for (let moved = true; moved; ) {
    moved = false;
    for (const one of all) {
      const opens = nextIn(one, next, limit);
      if (opens === undefined || opens > limit) return undefined;
      if (opens > next) {
        next = opens;
        moved = true;
      }
    }
  }
  return next;
}

export function opening(all: readonly Constraint[], at: Instant): Opening {
  const closedBy = all.filter((one) => !isOpen(one, at));
  if (closedBy.length === 0) return { open: true, closedBy, next: at };
  const next = nextAllowed(all, at);
  return next === undefined ? { open: false, closedBy } : { open: false, closedBy, next };
}

export function isOpen(one: Constraint, at: Instant): boolean {
  const local = one.clock.at(at);
  return one.open(local).some((range) => range.from <= local.minute && local.minute < range.to);
}

/** Whether the constraint leaves no minute of the local day open. */
export function isClosedAllDay(one: Constraint, at: Instant): boolean {
  return one.open(one.clock.at(at)).length === 0;
}

/** The local day in words: why a whole day is closed. */
export function dayName(one: Constraint, at: Instant): string {
  const local = one.clock.at(at);
  const name = WEEKDAYS[local.weekday - 1] as string;
  return local.weekday !== 7 && (one.state === undefined || isHoliday(local, one.state)) ? `${name}, a holiday` : name;
}

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** The quiet stretch around a closed instant, as local clock times. */
export function quietAround(one: Constraint, at: Instant): { readonly from?: string; readonly to?: string } {
  const local = one.clock.at(at);
  const ranges = one.open(local);
  const before = ranges.filter((range) => range.to <= local.minute).at(-1) ?? ranges.at(-1);
  const after = ranges.find((range) => range.from > local.minute) ?? ranges[0];
  if (before === undefined || after === undefined) return {};
  return { from: clockText(before.to), to: clockText(after.from) };
}

const clockText = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

/** The house's cap on solicitations over text, WhatsApp and voice together: the strictest of all places. */
export function houseCap(
  places: readonly Place[],
  pack: Pack,
  at: Instant,
): { count: number; hours: number } | undefined {
  const states = new Set(places.flatMap((place) => (place.state === undefined ? statesIn(place.zone) : [place.state])));
  const own = quietHours.rows
    .filter((row) => states.has(row.state) && isInForce(row, at) && row.covers.includes("text"))
    .map((row) => row.cap);
  return [packOf(pack).cap, ...own]
    .filter((cap) => cap !== undefined)
    .sort((a, b) => a.count / a.hours - b.count / b.hours)[0];
}

// The data, read ---------------------------------------------------------------------------------------------------

type Hours = Readonly<Record<"mon-fri" | "sat" | "sun", string | null>>;

interface PackRow {
  readonly id: string;
  readonly hours?: Hours;
  readonly noSundays: readonly string[];
  readonly noHolidays: readonly string[];
  readonly cap?: { readonly count: number; readonly hours: number };
}

interface StateRow {
  readonly state: string;
  readonly covers: readonly string[];
  readonly hours: Hours;
  readonly holidays: string;
  readonly clock?: string;
  readonly cap?: { readonly count: number; readonly hours: number };
  readonly effectiveFrom?: string;
  readonly effectiveTo?: string;
}

const PACKS: readonly PackRow[] = quietHours.packs;
const LAWS: readonly StateRow[] = quietHours.rows;

const packOf = (id: Pack): PackRow => PACKS.find((pack) => pack.id === id) as PackRow;

function house(place: Place, rules: HoursRules, clockIn: ClockIn): Constraint {
  const pack = packOf(rules.pack);
  // Where only the clock is known, the lead may be in any state that keeps it: its closed days count, its hours do not.
  const states = place.state === undefined ? statesIn(place.zone) : [place.state];
  const sundays = closedDays(pack.noSundays, states, place, (row) => row.hours.sun === null);
  const holidays = closedDays(pack.noHolidays, states, place, (row) => row.holidays === "closed");
  return {
    zone: place.zone,
    clock: clockIn(place.zone),
    ...(place.state === undefined ? {} : { state: place.state }),
    by: "house",
    open(day) {
      if (day.weekday === 7 && sundays.length > 0) return [];
      if (holidays.some((state) => isHoliday(day, state))) return [];
      return rangesOn(pack.hours ?? quietHours.federal.hours, day, rules.margin);
    },
  };
}

function closedDays(
  listed: readonly string[],
  states: readonly string[],
  place: Place,
  closes: (row: StateRow) => boolean,
): readonly string[] {
  const byLaw = place.state === undefined ? LAWS.filter((row) => row.covers.includes("text") && closes(row)) : [];
  return states.filter((state) => listed.includes(state) || byLaw.some((row) => row.state === state));
}

function laws(place: Place, rules: HoursRules, clockIn: ClockIn): Constraint[] {
  const rows = LAWS.filter(
    (row) => row.state === place.state && row.covers.some((one) => rules.media.includes(one as Medium)),
  );
  return rows.map((row) => ({
    zone: row.clock ?? place.zone,
    clock: clockIn(row.clock ?? place.zone),
    state: row.state,
    by: "law",
    open(day) {
      if (!isInForceOn(row, day)) return ALL_DAY;
      if (row.holidays === "closed" && isHoliday(day, row.state)) return [];
      return rangesOn(row.hours, day, rules.margin);
    },
  }));
}

const ALL_DAY: readonly LocalRange[] = [{ from: 0, to: 1440 }];

function team(zone: string, quiet: LocalRange, margin: number, clockIn: ClockIn): Constraint {
  const close = (minute: number) => (minute === 0 || minute === 1440 ? minute : Math.max(0, minute - margin));
  const ranges =
    quiet.from > quiet.to
      ? [{ from: quiet.to, to: close(quiet.from) }]
      : [
          { from: 0, to: close(quiet.from) },
          { from: quiet.to, to: 1440 },
        ];
  const open = ranges.filter((range) => range.from < range.to);
  return { zone, clock: clockIn(zone), by: "team", open: () => open };
}

function rangesOn(hours: Hours, day: LocalDay, margin: number): LocalRange[] {
  const text = day.weekday === 7 ? hours.sun : day.weekday === 6 ? hours.sat : hours["mon-fri"];
  if (text === null) return [];
  const [from = "", to = ""] = text.split("-");
  return [{ from: minuteOf(from), to: minuteOf(to) - margin }];
}

const minuteOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

const dateText = (day: LocalDay): string =>
  `${day.year}-${String(day.month).padStart(2, "0")}-${String(day.day).padStart(2, "0")}`;

const isInForceOn = (row: StateRow, day: LocalDay): boolean =>
  (row.effectiveFrom ?? "") <= dateText(day) && dateText(day) < (row.effectiveTo ?? "9");

const isInForce = (row: StateRow, at: Instant): boolean => isInForceOn(row, localTime(at, "UTC"));

// Holidays ---------------------------------------------------------------------------------------------------------

interface HolidayRow {
  readonly states: string | readonly string[];
  readonly month?: number;
  readonly day?: number;
  readonly weekday?: number;
  readonly week?: number;
  readonly after?: number;
  readonly easter?: number;
}

const HOLIDAYS: readonly HolidayRow[] = holidayRules.rows;

/** Whether a state that keeps holidays free keeps this one. Both a weekend holiday and its observed weekday count. */
export function isHoliday(day: LocalDay, state: string): boolean {
  const date = Date.UTC(day.year, day.month - 1, day.day);
  return HOLIDAYS.filter((row) => row.states === "all" || row.states.includes(state)).some((row) =>
    // New Year's Day of the next year may be observed on December 31.
    [day.year, day.year + 1].some((year) => {
      const on = dayOf(row, year);
      if (on === date) return true;
      if (row.day === undefined) return false;
      const weekday = new Date(on).getUTCDay();
      return (weekday === 6 && on - DAY === date) || (weekday === 0 && on + DAY === date);
    }),
  );
}

function dayOf(row: HolidayRow, year: number): number {
  if (row.easter !== undefined) return easter(year) + row.easter * DAY;
  const month = (row.month as number) - 1;
  if (row.day !== undefined) return Date.UTC(year, month, row.day);
  const weekday = (row.weekday as number) % 7;
  const week = row.week as number;
  const from = week > 0 ? Date.UTC(year, month, 1 + (week - 1) * 7) : Date.UTC(year, month + 1, -6);
  const ahead = (weekday - new Date(from).getUTCDay() + 7) % 7;
  return from + (ahead + (row.after ?? 0)) * DAY;
}

/** Easter Sunday of the Gregorian calendar (Meeus, Jones, Butcher), as UTC midnight. */
function easter(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7;
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114;
  return Date.UTC(year, Math.floor(f / 31) - 1, (f % 31) + 1);
}

// Intervals --------------------------------------------------------------------------------------------------------

function nextIn(one: Constraint, at: Instant, limit: Instant): Instant | undefined {
  const local = one.clock.at(at);
  const today = Date.UTC(local.year, local.month - 1, local.day);
  for (let ahead = 0; at + (ahead - 1) * DAY <= limit; ahead++) {
    const date = new Date(today + ahead * DAY);
    const day: LocalDay = {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      weekday: (date.getUTCDay() || 7) as Weekday,
    };
    for (const [from, to] of intervals(one, day)) if (to > at) return Math.max(from, at);
  }
  return undefined;
}

/** The open instants of a local day: one piece per stretch of unbroken clock, so a change of the clock is exact. */
function intervals(one: Constraint, day: LocalDay): [Instant, Instant][] {
  const ranges = one.open(day);
  if (ranges.length === 0) return [];
  return one.clock
    .pieces(day)
    .flatMap(([from, to, minute]) =>
      ranges
        .map((range): [Instant, Instant] => [
          Math.max(from, from + (range.from - minute) * MINUTE),
          Math.min(to, from + (range.to - minute) * MINUTE),
        ])
        .filter(([opens, closes]) => opens < closes),
    );
}

function localClock(zone: string): LocalClock {
  const times = new Map<Instant, LocalTime>();
  const days = new Map<string, readonly Piece[]>();
  const piecesOf = (day: LocalDay): readonly Piece[] => {
    const start = instantOf(day, 0, zone);
    const end = instantOf(day, 1440, zone);
    return end - start === DAY ? [[start, end, 0]] : changeOf(zone, start, end);
  };
  return {
    at: (at) => remembered(times, at, () => localTime(at, zone)),
    pieces: (day) => remembered(days, dateText(day), () => piecesOf(day)),
  };
}

function remembered<Key, Value>(known: Map<Key, Value>, key: Key, find: () => Value): Value {
  const old = known.get(key);
  if (old !== undefined) return old;
  const found = find();
  known.set(key, found);
  return found;
}

/** A day of 23 or 25 hours as two pieces, each with the local minute at which it begins. */
function changeOf(zone: string, start: Instant, end: Instant): Piece[] {
  let before = start;
  let after = end - MINUTE;
  const first = localTime(start, zone).minute;
  const runsOn = (at: Instant) => localTime(at, zone).minute === first + (at - start) / MINUTE;
  while (after - before > MINUTE) {
    const middle = before + Math.floor((after - before) / MINUTE / 2) * MINUTE;
    if (runsOn(middle)) before = middle;
    else after = middle;
  }
  return [
    [start, after, first],
    [after, end, localTime(after, zone).minute],
  ];
}
