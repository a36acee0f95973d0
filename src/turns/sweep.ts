// A new publication is made known to leads who have no reason to wake: they learn of segments, schedules, dates and
// silences that they have not been looked at for, and who was there before is taken in where a workflow says so. In
// small pages, so that nobody else waits; each page is a transaction, so that a crash loses nothing.

import { openBook } from "../behavior/index.ts";
import { insertMail } from "../events/index.ts";
import { sha256 } from "../kernel/ids.ts";
import { canonicalJson } from "../kernel/json.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import type { Clock } from "../kernel/time.ts";
import type { Publication, Publications } from "../workflows/index.ts";
import { clockedPlans } from "./clocked.ts";
import { defined } from "./membership.ts";
import { vocabularyOf } from "./reading.ts";
import { beginSweep, leadsAfter, lockSweep, moveSweep, type Sweep, sweepsOf, wakeLeads } from "./sweep-store.ts";

export interface SweeperParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly publications: Pick<Publications, "live">;
  /** Leads a pass. */
  readonly page: number;
  /** Told of a location whose leads have something to do. */
  readonly woken: (location: string) => void;
}

/** Takes one page further. Answers how many leads it reached. */
export function openSweeper(parts: SweeperParts): (location: string) => Promise<number> {
  const { database, clock, publications, page, woken } = parts;
  /** Publications that have been made known, so that an idle location costs one short statement. */
  const done = new Map<string, string>();
  return async (location) => {
    const reached = await database.transaction([location], async (sql) => {
      const publication = await publications.live(sql, location);
      if (publication === undefined || done.get(location) === publication.id) return 0;
      const [latest] = await sweepsOf(sql, location, 1);
      if (latest?.publication !== publication.id) {
        await beginFor(sql, location, publication, latest, Math.max(clock.now(), (latest?.startedAt ?? 0) + 1));
      } else if (latest.endedAt !== null) {
        done.set(location, publication.id);
        return 0;
      }
      return takePage(sql, location, clock.now(), page);
    });
    if (reached > 0) woken(location);
    return reached;
  };
}

async function beginFor(
  sql: Sql,
  location: string,
  publication: Publication,
  latest: Sweep | undefined,
  startedAt: number,
): Promise<void> {
  const before = latest === undefined ? NOTHING : (JSON.parse(latest.asks) as Asks);
  const unfinished = latest !== undefined && latest.outcome !== "done" && latest.outcome !== "nothing";
  const asks = asksOf(publication);
  const including = publication.plans.filter(takesIn);
  const existing = including
    .filter(({ id, workflow }) => !before.existing.includes(id) || (unfinished && latest.existing.includes(workflow)))
    .map(({ workflow }) => workflow);
  const nothing = existing.length === 0 && asks.learn === before.learn && !unfinished;
  await beginSweep(sql, location, {
    startedAt,
    publication: publication.id,
    asks: JSON.stringify(asks),
    existing,
    nothing,
  });
}

async function takePage(sql: Sql, location: string, now: number, limit: number): Promise<number> {
  const sweep = await lockSweep(sql, location);
  if (sweep === undefined) return 0;
  const leads = await leadsAfter(sql, location, sweep.after, limit);
  if (sweep.existing.length > 0) {
    const body = { type: "existing", workflows: sweep.existing, by: "publication" } as const;
    await insertMail(
      sql,
      leads.map((lead) => ({ location, lead, kind: "command", receivedAt: now, body })),
    );
  } else if (leads.length > 0) await wakeLeads(sql, location, leads, now);
  await moveSweep(sql, location, {
    startedAt: sweep.startedAt,
    after: leads.at(-1) ?? sweep.after,
    seen: leads.length,
    ...(leads.length < limit ? { endedAt: now } : {}),
  });
  return leads.length;
}

interface Asks {
  /** Names what leads must be looked at for; the same name, and there is nothing new to learn. */
  readonly learn: string;
  /** Versions that take in leads who were there before. */
  readonly existing: readonly string[];
}

const NOTHING: Asks = { learn: "", existing: [] };

const takesIn = ({ status, enroll }: Publication["plans"][number]): boolean =>
  enroll?.existing === "include" && (status === "live" || status === "shadow");

function asksOf(publication: Publication): Asks {
  const { plans, segments, rules } = publication;
  const book = openBook({ vocabulary: vocabularyOf(publication), rules, questions: [] });
  const learn = {
    segments: defined(segments).map(({ of }) => of),
    clocks: clockedPlans(plans).map(({ of }) => of),
    silences: book.clocked.map(({ rule, levels, lapsing }) => [rule.id, levels, lapsing.map(({ key }) => key)]),
  };
  const empty = Object.values(learn).every((part) => part.length === 0);
  return {
    learn: empty ? "" : sha256(canonicalJson(learn as never)).slice(0, 16),
    existing: plans.filter(takesIn).map(({ id }) => id),
  };
}
