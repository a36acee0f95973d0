// Local time, from the kept library, behind five functions. Zones are IANA ids.

import { Temporal } from "temporal-polyfill";
import { DAY, HOUR, type Instant, MINUTE, type Millis, SECOND } from "./time.ts";

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

// Reckoning in zones is dear, and most of it asks for the same few hours: their offsets are kept, as long as they are few.
const MOST_OFFSETS = 20_000;
const offsets = new Map<string, Map<number, Millis>>();
let kept = 0;

const offsetAt = (at: Instant, zone: string): Millis =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).offsetNanoseconds / 1e6;

/** How far the zone's clocks are ahead of UTC. Hours in which they change are reckoned each time. */
function offsetOf(at: Instant, zone: string): Millis {
  const hour = Math.floor(at / HOUR);
  const known = offsets.get(zone)?.get(hour);
  if (known !== undefined) return known;
  const offset = offsetAt(hour * HOUR, zone);
  if (offsetAt((hour + 1) * HOUR, zone) !== offset) return offsetAt(at, zone);
  if (kept === MOST_OFFSETS) {
    offsets.clear();
    kept = 0;
  }
  const hours = offsets.get(zone) ?? new Map<number, Millis>();
  offsets.set(zone, hours.set(hour, offset));
  kept += 1;
  return offset;
}

/** @throws RangeError when `zone` is not an IANA id */
export function localTime(at: Instant, zone: string): LocalTime {
  const local = new Date(at + offsetOf(at, zone));
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
  const before = offsetOf(asUtc - DAY, zone);
  // Nowhere do clocks change there and back within two days.
  return before === offsetOf(asUtc + DAY, zone) ? asUtc - before : instantNearChange(date, minute, zone);
}

function instantNearChange(date: { year: number; month: number; day: number }, minute: number, zone: string): Instant {
  const plain = Temporal.PlainDate.from(date)
    .add({ days: Math.floor(minute / 1440) })
    .toPlainDateTime({ hour: Math.floor((minute % 1440) / 60), minute: minute % 60 });
  const earlier = plain.toZonedDateTime(zone, { disambiguation: "earlier" });
  if (earlier.toPlainDateTime().equals(plain)) return earlier.epochMilliseconds;
  const jump = earlier.getTimeZoneTransition("next");
  return jump === null ? earlier.epochMilliseconds : jump.epochMilliseconds;
}

/** The same local time `days` calendar days on (negative goes back). */
export function addDays(at: Instant, days: number, zone: string): Instant {
  const local = new Date(at + offsetOf(at, zone));
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
