// A database that is an older copy does not know what has left since: each location stands still before anything of it may
// leave again, until a person has looked and resumes it.

import type { DatabaseMark } from "../database/index.ts";
import { Conflict } from "../kernel/errors.ts";
import type { Facts } from "../kernel/facts.ts";
import type { Database } from "../kernel/sql.ts";
import { DAY, type Instant, iso } from "../kernel/time.ts";
import type { RunControl } from "./run-control.ts";

interface Needs {
  readonly mark: Pick<DatabaseMark, "knownAt" | "workedAt">;
  readonly database: Database;
  readonly control: Pick<RunControl, "pause">;
  readonly locations: readonly string[];
  readonly facts: Facts;
  /** Real time. */
  readonly now: Instant;
  /** LATCHKEY_URL. */
  readonly url: string;
}

/** Nobody worked on it for so long, and it is said that it may be a copy. */
const QUIET = DAY;

/** To be awaited before anything decides or sends. What is paused already stays so, by whom it was. */
export async function holdOlderCopy({ mark, database, control, locations, facts, now, url }: Needs): Promise<void> {
  const { knownAt, workedAt } = mark;
  if (knownAt === undefined) return;
  if (workedAt === undefined) {
    if (now - knownAt < QUIET || (await waiting(database, locations)) === 0) return;
    facts.emit("configuration_warned", {
      warning: `Nobody has worked on this database since ${iso(knownAt)}, and messages wait in it. If it is a copy, what has left since then leaves again: end Latchkey, and begin from the copy as README, "Keep it safe", says.`,
    });
    return;
  }
  const reason = `the database is an older copy: it knows nothing since ${iso(knownAt)}`;
  for (const location of locations) {
    await control.pause(location, "*", { by: "start", reason }).catch((error) => {
      if (!(error instanceof Conflict)) throw error;
    });
  }
  facts.emit("configuration_warned", {
    warning: `This database is an older copy: it knows nothing since ${iso(knownAt)}, and this data folder worked until ${iso(workedAt)}. What left in between could leave again, so ${locations.join(", ")} stands still. See in the CRM what has left, stop the runs that need not go on (latchkey runs stop), and let it go on: POST ${url}/v1/locations/<location id>/resume with a manager's key.`,
  });
}

async function waiting(database: Database, locations: readonly string[]): Promise<number> {
  if (locations.length === 0) return 0;
  const { rows } = await database.transaction(locations, (sql) =>
    sql.query<{ n: number }>(
      `select count(*)::int as n
         from (select from outbox
                where location_id = any($1) and kind = 'message' and state in ('queued', 'held') limit 1) as waits`,
      [locations],
    ),
  );
  return rows[0]?.n ?? 0;
}
