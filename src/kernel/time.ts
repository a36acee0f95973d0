// Time as data. An instant is whole milliseconds since 1970-01-01T00:00:00Z; ISO text exists only at the edges.

/** Milliseconds since the epoch, a whole number. The one date type of this code. */
export type Instant = number;

/** A length of elapsed time in milliseconds. */
export type Millis = number;

export const SECOND: Millis = 1_000;
export const MINUTE: Millis = 60 * SECOND;
export const HOUR: Millis = 60 * MINUTE;
export const DAY: Millis = 24 * HOUR;

/**
 * Three clocks, because three questions are asked.
 *
 * `now` is domain time: what leads live in; a demo town runs it at 60x, a simulation jumps it.
 * `real` is the database's wall clock: sending deadlines and look-ups, which other processes read; never scaled.
 * `elapsed` is monotonic, in this process only: timeouts and measuring.
 */
export interface Clock {
  now(): Instant;
  real(): Instant;
  elapsed(): Millis;
}

/** ISO 8601 in UTC with milliseconds, as every API answer writes instants. */
export const iso = (at: Instant): string => new Date(at).toISOString();

const FIRST = Date.parse("0001-01-01T00:00:00Z");
const LAST = Date.parse("9999-12-31T23:59:59.999Z");

/** Whether milliseconds from outside are an instant that the database keeps and that reads back as it was. */
export const isInstant = (at: number): boolean => at >= FIRST && at <= LAST;
