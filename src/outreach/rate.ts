// The rate window at rest: one row per location, locked only between a question and its answer. Statements on
// `rate_window`.

import { setTimeout as pause } from "node:timers/promises";
import type { Database, Sql } from "../kernel/sql.ts";
import { type Clock, type Instant, type Millis, SECOND } from "../kernel/time.ts";
import { type Ask, fullWindow, note, type RateReport, type RateWindow, type Taken, take } from "./budget.ts";
import type { Lane } from "./message.ts";

/** What a location may ask of the CRM, shared by all processes: whoever asks without the outbox takes here first. */
export interface Budget {
  /**
   * Takes grants for `n` requests that leave together and at once, waiting for them up to `within`. A caller with many
   * requests takes for each as it makes it: a grant that is kept for later is a request too many.
   *
   * @throws Unavailable when the database cannot be reached
   */
  take(location: string, lane: Lane, n?: number, wait?: Patience): Promise<Grant>;
  /** What an answer's headers said. */
  note(location: string, report: RateReport): void;
  /** What was noted since it was last asked. */
  heard(location: string): readonly RateReport[];
}

/** `retryAt`: real time. */
export type Grant = { readonly granted: true } | { readonly granted: false; readonly retryAt: Instant };

export interface Patience {
  /** Default 10 s; 0: now or not at all. */
  readonly within?: Millis;
  readonly signal?: AbortSignal | undefined;
}

const WITHIN: Millis = 10 * SECOND;

export function openBudget({ database, clock }: { database: Database; clock: Clock }): Budget {
  const reports = new Map<string, RateReport[]>();
  const heard = (location: string): readonly RateReport[] => {
    const said = reports.get(location) ?? [];
    reports.delete(location);
    return said;
  };
  return {
    async take(location, lane, n = 1, { within = WITHIN, signal } = {}) {
      const until = clock.elapsed() + within;
      for (;;) {
        const { retryAt } = await database.transaction([location], (sql) =>
          takeGrants(sql, location, { asks: [{ lane, n }], reports: heard(location), real: clock.real() }),
        );
        if (retryAt === undefined) return { granted: true };
        const wait = Math.max(1, retryAt - clock.real());
        if (clock.elapsed() + wait > until || signal?.aborted) return { granted: false, retryAt };
        await pause(wait, undefined, { signal }).catch(() => undefined);
      }
    },
    note: (location, report) => void reports.set(location, [...(reports.get(location) ?? []), report]),
    heard,
  };
}

/**
 * Takes grants for what is asked, urgent first, and notes what answers have said meanwhile. The row stays locked
 * until the transaction ends: make this its last question.
 */
export async function takeGrants(
  sql: Sql,
  location: string,
  { asks, reports, real }: { asks: readonly Ask[]; reports: readonly RateReport[]; real: Instant },
): Promise<Taken> {
  const window = (await lockWindow(sql, location)) ?? (await makeWindow(sql, location, real));
  const noted = reports.reduce(note, window);
  const taken = take(noted, asks, real);
  const { grants, day, dayCount, limits } = taken.window;
  await sql.query("update rate_window set grants = $2, day = $3, day_count = $4, limits = $5 where location_id = $1", [
    location,
    JSON.stringify(grants),
    day,
    dayCount,
    JSON.stringify(limits),
  ]);
  return taken;
}

async function lockWindow(sql: Sql, location: string): Promise<RateWindow | undefined> {
  const { rows } = await sql.query<RateWindow>(
    `select grants, day, day_count as "dayCount", limits from rate_window where location_id = $1 for update`,
    [location],
  );
  return rows[0];
}

async function makeWindow(sql: Sql, location: string, real: Instant): Promise<RateWindow> {
  const full = fullWindow(real);
  await sql.query("insert into rate_window (location_id, day) values ($1, $2) on conflict do nothing", [
    location,
    full.day,
  ]);
  return (await lockWindow(sql, location)) ?? full;
}
