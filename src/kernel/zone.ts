// Local time, from the kept library, behind five functions. Zones are IANA ids.

import { Temporal } from "temporal-polyfill";
import type { Instant } from "./time.ts";

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

/** @throws RangeError when `zone` is not an IANA id */
export function localTime(at: Instant, zone: string): LocalTime {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  return {
    year: local.year,
    month: local.month,
    day: local.day,
    weekday: local.dayOfWeek as Weekday,
    minute: local.hour * 60 + local.minute,
    second: local.second,
  };
}

/**
 * The instant of a local date and minute. A time that does not exist (spring) is the first instant after the gap;
 * one that exists twice (autumn) is the first.
 *
 * @param minute minutes since local midnight; 1440 is the next midnight
 */
export function instantOf(date: { year: number; month: number; day: number }, minute: number, zone: string): Instant {
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
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  const moved = local.toPlainDate().add({ days });
  const inMinute = local.second * 1000 + local.millisecond;
  return instantOf(moved, local.hour * 60 + local.minute, zone) + inMinute;
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
