// How the provider answers each location, at rest, for every process and the pages: open breakers, and what went wrong
// in the last hour. Statements on `breaker` and `fault`.

import { every } from "../../kernel/every.ts";
import type { Facts } from "../../kernel/facts.ts";
import type { Database, Sql } from "../../kernel/sql.ts";
import { type Clock, HOUR, type Instant, MINUTE, SECOND } from "../../kernel/time.ts";

/** What went wrong: a status that says so, or why there was no answer. `other`: another 4xx. */
export type Fault = "429" | "401" | "403" | "404" | "422" | "other" | "5xx" | "timeout" | "reset" | "unreachable";

export interface BreakerChange {
  readonly dependency: string;
  readonly state: "open" | "half_open" | "closed";
  /** Real time: nothing is asked before. */
  readonly until?: Instant;
  readonly failures: number;
  /** A status or a code. */
  readonly detail: string;
}

export interface Health {
  fault(location: string, kind: Fault): void;
  breaker(location: string, change: BreakerChange): void;
  /** Writes down what is left. */
  close(): Promise<void>;
}

const FLUSH = 2 * SECOND;

interface Needs {
  readonly database: Database;
  readonly clock: Clock;
  readonly facts: Facts;
}

export function openHealth({ database, clock, facts }: Needs): Health {
  let counts = new Map<string, { location: string; minute: Instant; kind: Fault; count: number }>();
  let changes = new Map<string, BreakerChange & { location: string; since: Instant }>();

  const flush = async (): Promise<void> => {
    const [faults, breakers] = [[...counts.values()], [...changes.values()]];
    [counts, changes] = [new Map(), new Map()];
    const locations = [...new Set([...faults, ...breakers].map(({ location }) => location))];
    if (locations.length === 0) return;
    try {
      await database.transaction(locations, async (sql) => {
        await addFaults(sql, faults, clock.real());
        await saveBreakers(sql, breakers);
      });
    } catch (error) {
      // the newest word on a breaker is written when the database is back; some counts are lost
      for (const change of breakers) {
        const key = `${change.location} ${change.dependency}`;
        changes.set(key, changes.get(key) ?? change);
      }
      throw error;
    }
  };
  const stop = every(FLUSH, facts, "health", flush);

  return {
    fault(location, kind) {
      const minute = Math.floor(clock.real() / MINUTE) * MINUTE;
      const key = `${location} ${minute} ${kind}`;
      const known = counts.get(key) ?? { location, minute, kind, count: 0 };
      counts.set(key, { ...known, count: known.count + 1 });
      facts.emit("provider_failed", { location, kind });
    },
    breaker(location, change) {
      changes.set(`${location} ${change.dependency}`, { ...change, location, since: clock.real() });
      const { dependency, state, failures } = change;
      facts.emit("breaker_changed", { location, dependency, state, failures });
    },
    async close() {
      await stop();
      await flush();
    },
  };
}

interface Counted {
  readonly location: string;
  readonly minute: Instant;
  readonly kind: Fault;
  readonly count: number;
}

/** What is older than an hour goes when something new comes. */
async function addFaults(sql: Sql, faults: readonly Counted[], real: Instant): Promise<void> {
  if (faults.length === 0) return;
  const columns = [
    faults.map(({ location }) => location),
    faults.map(({ minute }) => new Date(minute)),
    faults.map(({ kind }) => kind),
    faults.map(({ count }) => count),
  ];
  await sql.query(
    `insert into fault as f (location_id, minute, kind, count)
     select * from unnest($1::text[], $2::timestamptz[], $3::text[], $4::integer[]) as c (location, minute, kind, count)
      order by location, minute, kind
         on conflict (location_id, minute, kind) do update set count = f.count + excluded.count`,
    columns,
  );
  await sql.query("delete from fault where location_id = any($1::text[]) and minute < $2", [
    columns[0],
    new Date(real - HOUR - MINUTE),
  ]);
}

async function saveBreakers(
  sql: Sql,
  changes: readonly (BreakerChange & { location: string; since: Instant })[],
): Promise<void> {
  for (const { location, dependency, state, since, until, failures, detail } of changes) {
    await sql.query(
      `insert into breaker as b (location_id, dependency, state, since, until, failures, detail)
       values ($1, $2, $3, $4, $5, $6, $7)
           on conflict (location_id, dependency) do update
          set state = excluded.state, until = excluded.until, failures = excluded.failures, detail = excluded.detail,
              since = case when b.state = 'closed' or excluded.state = 'closed' then excluded.since else b.since end`,
      [
        ...[location, dependency, state, new Date(since)],
        ...[until === undefined ? null : new Date(until), failures, detail],
      ],
    );
  }
}
