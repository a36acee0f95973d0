import type { Sql } from "../kernel/sql.ts";
import { type Clock, type Instant, MINUTE, type Millis } from "../kernel/time.ts";

export interface DatabaseClock extends Clock {
  close(): void;
}

/** One question to the database, outside any transaction of work. */
export type Ask = <T>(work: (sql: Sql) => Promise<T>) => Promise<T>;

/**
 * The real clock: the database's, because several processes read each other's deadlines. This machine's wall clock
 * plus an offset, measured now and each minute; while the database is away the last offset stands.
 *
 * @throws Unavailable when the first measurement fails
 */
export async function openDatabaseClock(ask: Ask, everyMs: Millis = MINUTE): Promise<DatabaseClock> {
  let offset = await measureOffset(ask);
  const timer = setInterval(() => {
    measureOffset(ask).then(
      (measured) => {
        offset = measured;
      },
      () => undefined,
    );
  }, everyMs);
  timer.unref();
  const real = () => Math.round(Date.now() + offset);
  return { now: real, real, elapsed: () => performance.now(), close: () => clearInterval(timer) };
}

/** Milliseconds by which the database is ahead of this machine; the middle of the round trip is taken for its instant. */
async function measureOffset(ask: Ask): Promise<Millis> {
  return ask(async (sql) => {
    const [before, started] = [Date.now(), performance.now()];
    const { rows } = await sql.query<{ at: Instant }>("select clock_timestamp() as at");
    return (rows[0]?.at ?? before) - (before + (performance.now() - started) / 2);
  });
}

/**
 * Domain time that runs `factor` times as fast: at the real instant `origin` it was `start`. Two processes with the
 * same three numbers have the same clock. Real and elapsed time stay as they are.
 */
export function scaledClock(
  base: Clock,
  { origin, start, factor }: { origin: Instant; start: Instant; factor: number },
): Clock {
  return {
    now: () => Math.round(start + (base.real() - origin) * factor),
    real: () => base.real(),
    elapsed: () => base.elapsed(),
  };
}

export interface VirtualClock extends Clock {
  /** Moves all three times on. */
  advance(ms: Millis): void;
  /** Moves to an instant, never back. */
  moveTo(at: Instant): void;
}

/** A clock that stands until it is moved, for simulations and tests. */
export function virtualClock(start: Instant): VirtualClock {
  let at = start;
  return {
    now: () => at,
    real: () => at,
    elapsed: () => at - start,
    advance(ms) {
      at += Math.max(0, ms);
    },
    moveTo(next) {
      at = Math.max(at, next);
    },
  };
}
