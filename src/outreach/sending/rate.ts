// The rate window at rest: one row per location, locked only between a question and its answer. Statements on
// `rate_window`.

import { setTimeout as pause } from "node:timers/promises";
import type { Database, Sql } from "../../kernel/sql.ts";
import { type Clock, type Instant, type Millis, SECOND } from "../../kernel/time.ts";
import type { Lane } from "../message.ts";
import {
  AHEAD,
  type Ask,
  fullWindow,
  type Late,
  note,
  type RateReport,
  type RateWindow,
  settle,
  type Taken,
  take,
} from "./budget.ts";

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
  /** Requests were answered so long after their grants that they may have arrived as late. */
  late(location: string, late: Late): void;
  /**
   * For who takes grants in a transaction of its own: hands on what was noted since the last one. Where that was not written
   * down (`told` is false, or it failed), it is told with the next grants.
   */
  telling<Done extends { readonly told: boolean }>(
    location: string,
    work: (heard: Heard) => Promise<Done>,
  ): Promise<Done>;
  /** Writes down what was late and what nobody took since. */
  settle(): Promise<void>;
}

export interface Heard {
  readonly reports: readonly RateReport[];
  readonly lates: readonly Late[];
}

/** `retryAt`: real time. */
export type Grant = { readonly granted: true } | { readonly granted: false; readonly retryAt: Instant };

export interface Patience {
  /** Default 10 s; 0: now or not at all. */
  readonly within?: Millis;
  readonly signal?: AbortSignal | undefined;
}

const WITHIN: Millis = 10 * SECOND;

/** Later than this after its grant, an answer is told: a place is held for a little longer than the window anyway. */
const PROMPT: Millis = 80;
/** A location that goes on asking tells what was late with its next grants; another is told for after so long. */
const UNTOLD: Millis = 3 * SECOND;

export function openBudget({ database, clock }: { database: Database; clock: Clock }): Budget {
  /** `since`: when the first of it was noted; monotonic. */
  const noted = new Map<string, { reports: RateReport[]; lates: Late[]; since: Millis }>();
  const notes = (location: string) => {
    const known = noted.get(location) ?? { reports: [], lates: [], since: clock.elapsed() };
    noted.set(location, known);
    return known;
  };
  const telling: Budget["telling"] = async (location, work) => {
    const { reports, lates, since } = notes(location);
    noted.delete(location);
    let told = false;
    try {
      const done = await work({ reports, lates });
      told = done.told;
      return done;
    } finally {
      if (!told) {
        const newer = notes(location);
        noted.set(location, { reports: [...reports, ...newer.reports], lates: [...lates, ...newer.lates], since });
      }
    }
  };
  const taken = (location: string, asks: readonly Ask[]) =>
    telling(location, (heard) =>
      database.transaction([location], async (sql) => ({
        told: true,
        ...(await takeGrants(sql, location, { asks, heard, real: clock.real() })),
      })),
    );
  return {
    async take(location, lane, n = 1, { within = WITHIN, signal } = {}) {
      const until = clock.elapsed() + within;
      for (;;) {
        // a place ahead, as mass sends have theirs: while they go on there is none at once, and nobody sees who waits here
        const waits = lane === "normal" && clock.elapsed() + AHEAD <= until;
        const { granted, retryAt = 0 } = await taken(location, [{ lane, n, waits }]);
        const [at] = granted;
        const [real, elapsed] = [clock.real(), clock.elapsed()];
        if (at === undefined && (elapsed + Math.max(0, retryAt - real) > until || signal?.aborted))
          return { granted: false, retryAt };
        const wait = Math.max(0, (at ?? retryAt - (waits ? AHEAD : 0)) - real);
        if (wait > 0) await pause(wait, undefined, { signal }).catch(() => undefined);
        if (at !== undefined) return { granted: true };
      }
    },
    note: (location, report) => void notes(location).reports.push(report),
    late(location, late) {
      if (late.answeredAt - late.grantedAt > PROMPT) notes(location).lates.push(late);
    },
    telling,
    async settle() {
      for (const [location, { lates, since }] of [...noted]) {
        if (lates.length === 0 || clock.elapsed() - since < UNTOLD) continue;
        await taken(location, []);
      }
    },
  };
}

/** The window as it stands, unlocked, with what was heard: what a batch may hold, though another may be quicker. */
export interface Peeked {
  readonly window: RateWindow;
  /** Of the row that was read; none was there when undefined. */
  readonly version: string | undefined;
  /** Nobody else is about to take grants for mass sends of this location: what is claimed for them will not be refused. */
  readonly mayTakeBulk: boolean;
}

interface WindowRow extends RateWindow {
  readonly version: string;
}

/** First key of the advisory lock of who takes mass sends; the second is the location's. */
const TAKING_BULK = 0x6c6b01;

const COLUMNS = `grants, day, day_count as "dayCount", limits, w.xmin::text as version`;

/**
 * Reads what there is room for, and says in this transaction that mass sends are being taken: two processes that claim the
 * same room would both do the work, and one of them for nothing.
 */
export async function peekWindow(sql: Sql, location: string, heard: Heard, real: Instant): Promise<Peeked> {
  const { rows } = await sql.query<{ alone: boolean } & { [Name in keyof WindowRow]: WindowRow[Name] | null }>(
    `select l.alone, ${COLUMNS}
       from (select pg_try_advisory_xact_lock(${TAKING_BULK}, hashtext($1)) as alone) as l
       left join rate_window as w on location_id = $1`,
    [location],
  );
  const { alone, ...row } = rows[0]!;
  const known = row.version === null ? undefined : (row as WindowRow);
  return { window: after(windowOf(known) ?? fullWindow(real), heard), version: known?.version, mayTakeBulk: alone };
}

const windowOf = (row: WindowRow | undefined): RateWindow | undefined =>
  row && { grants: row.grants, day: row.day, dayCount: row.dayCount, limits: row.limits };

const after = (window: RateWindow, { reports, lates }: Heard): RateWindow =>
  reports.reduce(note, lates.reduce(settle, window));

/**
 * Takes grants for what is asked, urgent first, and notes what answers have said meanwhile. The row stays locked
 * until the transaction ends: make this its last question.
 *
 * @param peeked as the transaction read it: where nobody was quicker, that is what is taken from
 */
export async function takeGrants(
  sql: Sql,
  location: string,
  { asks, heard, real, peeked }: { asks: readonly Ask[]; heard: Heard; real: Instant; peeked?: Peeked },
): Promise<Taken> {
  if (peeked?.version !== undefined) {
    const taken = take(peeked.window, asks, real);
    if (await saveWindow(sql, location, taken.window, peeked.version)) return taken;
  }
  const window = (await lockWindow(sql, location)) ?? (await makeWindow(sql, location, real));
  const taken = take(after(window, heard), asks, real);
  await saveWindow(sql, location, taken.window);
  return taken;
}

/** False when the row is no longer that version. */
async function saveWindow(sql: Sql, location: string, window: RateWindow, version?: string): Promise<boolean> {
  const { grants, day, dayCount, limits } = window;
  const { rowCount } = await sql.query(
    `update rate_window set grants = $2, day = $3, day_count = $4, limits = $5
      where location_id = $1 and ($6::text is null or xmin::text = $6)`,
    [location, JSON.stringify(grants), day, dayCount, JSON.stringify(limits), version ?? null],
  );
  return rowCount === 1;
}

async function lockWindow(sql: Sql, location: string): Promise<RateWindow | undefined> {
  const { rows } = await sql.query<WindowRow>(
    `select ${COLUMNS} from rate_window as w where location_id = $1 for update`,
    [location],
  );
  return windowOf(rows[0]);
}

async function makeWindow(sql: Sql, location: string, real: Instant): Promise<RateWindow> {
  const full = fullWindow(real);
  await sql.query("insert into rate_window (location_id, day) values ($1, $2) on conflict do nothing", [
    location,
    full.day,
  ]);
  return (await lockWindow(sql, location)) ?? full;
}
