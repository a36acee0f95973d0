// When a lead may be reached: the house's dated rules, read in every place where the lead may be.

import { DAY, type Instant, MINUTE } from "../../kernel/time.ts";
import { instantOf, type LocalTime, localTime, type Weekday } from "../../kernel/zone.ts";
import type { LocalRange } from "../../workflows/index.ts";
import { inForceOn } from "./dated.ts";
import { isHoliday } from "./holidays.ts";
import {
  dateText,
  FEDERAL_HOURS,
  type Hold,
  type Hours,
  LAWS,
  type LocalDay,
  type Medium,
  type Pack,
  packOf,
  type StateRow,
} from "./rules.ts";
import { type Place, statesIn } from "./zones.ts";

export interface HoursRules {
  readonly pack: Pack;
  readonly media: readonly Medium[];
  /** Quiet time of the team and the workflow, on the lead's clock: only ever adds. */
  readonly quiet: readonly LocalRange[];
  /** Minutes kept free before a window closes, because the carrier's delivery is what the lead sees. */
  readonly margin: number;
  /** States in which solicitation stands still, whatever the hour. */
  readonly holds?: readonly Hold[];
  /** States whose own hours and closed days an owner lets this lead's consent or dealings lift; the house's stay. */
  readonly lifted?: readonly string[];
}

/** One rule in one zone. All constraints must be open. */
export interface Constraint {
  readonly zone: string;
  readonly clock: LocalClock;
  readonly state?: string;
  readonly by: "house" | "law" | "team" | "hold";
  /** hold: why. */
  readonly reason?: string;
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
  const found = places.flatMap((place) => [
    house(place, rules, clockIn),
    ...laws(place, rules, clockIn),
    ...emergencies(place, rules, clockIn),
  ]);
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

/** The stretch in which an allowed instant lies: until one of them closes, since the last of them opened. */
export function windowAt(all: readonly Constraint[], at: Instant): { readonly from: Instant; readonly to: Instant } {
  const around = all.flatMap((one) => intervals(one, one.clock.at(at)).filter(([from, to]) => from <= at && at < to));
  return {
    from: Math.max(...around.map(([from]) => from)),
    to: Math.min(...around.map(([, to]) => to)),
  };
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

// Who closes ---------------------------------------------------------------------------------------------------------

function house(place: Place, rules: HoursRules, clockIn: ClockIn): Constraint {
  const pack = packOf(rules.pack);
  // Where only the clock is known, the lead may be in any state that keeps it: its closed days count, its hours do not.
  const states = statesOf(place).filter((state) => rules.lifted?.includes(state) !== true);
  const sundays = closedDays(pack.noSundays, states, place, (row) => row.hours.sun === null);
  const holidays = closedDays(pack.noHolidays, states, place, (row) => row.holidays === "closed");
  return {
    zone: place.zone,
    clock: clockIn(place.zone),
    ...(place.state === undefined ? {} : { state: place.state }),
    by: "house",
    open(day) {
      if (day.weekday === 7 && sundays(day).length > 0) return [];
      if (holidays(day).some((state) => isHoliday(day, state))) return [];
      return rangesOn(pack.hours ?? FEDERAL_HOURS, day, rules.margin);
    },
  };
}

const statesOf = (place: Place): readonly string[] =>
  place.state === undefined ? statesIn(place.zone) : [place.state];

/** Of the states a lead may be in, those that close a day: by the pack's list, or by their own law where no state is sure. */
function closedDays(
  listed: readonly string[],
  states: readonly string[],
  place: Place,
  closes: (row: StateRow) => boolean,
): (day: LocalDay) => readonly string[] {
  const byLaw = place.state === undefined ? LAWS.filter((row) => row.covers.includes("text") && closes(row)) : [];
  return (day) =>
    states.filter(
      (state) => listed.includes(state) || byLaw.some((row) => row.state === state && inForceOn(row, dateText(day))),
    );
}

function laws(place: Place, rules: HoursRules, clockIn: ClockIn): Constraint[] {
  const rows = LAWS.filter(
    (row) =>
      row.state === place.state &&
      row.covers.some((one) => rules.media.includes(one as Medium)) &&
      rules.lifted?.includes(row.state) !== true,
  );
  return rows.map((row) => ({
    zone: row.clock ?? place.zone,
    clock: clockIn(row.clock ?? place.zone),
    state: row.state,
    by: "law",
    open(day) {
      if (!inForceOn(row, dateText(day))) return ALL_DAY;
      if (row.holidays === "closed" && isHoliday(day, row.state)) return [];
      return rangesOn(row.hours, day, rules.margin);
    },
  }));
}

/** An emergency closes whole days of a state's clock. */
const emergencies = (place: Place, rules: HoursRules, clockIn: ClockIn): Constraint[] =>
  (rules.holds ?? [])
    .filter(({ state }) => statesOf(place).includes(state))
    .map((hold) => ({
      zone: place.zone,
      clock: clockIn(place.zone),
      state: hold.state,
      by: "hold",
      reason: hold.reason,
      open: (day) => (hold.from <= dateText(day) && dateText(day) < (hold.until ?? "9") ? [] : ALL_DAY),
    }));

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
