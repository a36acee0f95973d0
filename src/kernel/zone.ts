// Local time, from the kept library, behind five functions. Zones are IANA ids.

import { Temporal } from "temporal-polyfill";
import { DAY, type Instant, MINUTE, type Millis, SECOND } from "./time.ts";

/** 1 = Monday … 7 = Sunday. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

export interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: Weekday;
  /** Minutes since local midnight, 0 to 1439. */
  readonly minute: number;
  /** Seconds within the minute. */
  readonly second: number;
}

/** Between two changes of a zone's clocks. */
interface Span {
  readonly from: Instant;
  readonly until: Instant;
  /** How far the clocks are ahead of UTC. */
  readonly offset: Millis;
}

// Reckoning in zones is dear, and most of it asks for the same few years: their spans are kept, as long as they are few.
const MOST_SPANS = 2_000;
const spans = new Map<string, Span[]>();
let kept = 0;

function spanOf(at: Instant, zone: string): Span {
  const known = spans.get(zone)?.find(({ from, until }) => at >= from && at < until);
  if (known !== undefined) return known;
  if (kept === MOST_SPANS) {
    spans.clear();
    kept = 0;
  }
  const span = reckoned(Math.floor(at), zone);
  spans.set(zone, [...(spans.get(zone) ?? []), span]);
  kept += 1;
  return span;
}

function reckoned(at: Instant, zone: string): Span {
  const then = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  // a change at this very instant began the span
  const from = then.add({ milliseconds: 1 }).getTimeZoneTransition("previous");
  const until = then.getTimeZoneTransition("next");
  return {
    from: from?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    until: until?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offset: then.offsetNanoseconds / 1e6,
  };
}

/** @throws RangeError when `zone` is not an IANA id */
export function localTime(at: Instant, zone: string): LocalTime {
  const local = new Date(at + spanOf(at, zone).offset);
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    weekday: (((local.getUTCDay() + 6) % 7) + 1) as Weekday,
    minute: local.getUTCHours() * 60 + local.getUTCMinutes(),
    second: local.getUTCSeconds(),
  };
}

/**
 * The instant of a local date and minute. A time that does not exist (spring) is the first instant after the gap;
 * one that exists twice (autumn) is the first.
 *
 * @param minute minutes since local midnight; 1440 is the next midnight
 */
export function instantOf(date: { year: number; month: number; day: number }, minute: number, zone: string): Instant {
  const asUtc = Date.UTC(date.year, date.month - 1, date.day) + minute * MINUTE;
  // nowhere do clocks change twice within two days
  const before = spanOf(asUtc - DAY, zone);
  const early = asUtc - before.offset;
  if (early < before.until) return early;
  const late = asUtc - spanOf(before.until, zone).offset;
  return Math.max(before.until, late);
}

/** The same local time `days` calendar days on (negative goes back). */
export function addDays(at: Instant, days: number, zone: string): Instant {
  const local = new Date(at + spanOf(at, zone).offset);
  const there = new Date(local.getTime() + days * DAY);
  const date = { year: there.getUTCFullYear(), month: there.getUTCMonth() + 1, day: there.getUTCDate() };
  const minute = local.getUTCHours() * 60 + local.getUTCMinutes();
  return instantOf(date, minute, zone) + local.getUTCSeconds() * SECOND + local.getUTCMilliseconds();
}

export function isZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

/** The version of the time-zone data that local times were computed with; a turn records it. */
export const zoneDataVersion: string = process.versions["tz"] ?? "unknown";
