// Letters to many, page by page. A page goes out once most of the one before has been read, so that a lead who writes
// now waits behind no more than a page.

import { insertMail, type Letter, unreadCommands } from "../events/index.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import { type Clock, type Instant, MINUTE, type Millis } from "../kernel/time.ts";
import { pageOfLeads } from "../leads/index.ts";
import {
  claimJob,
  type Job,
  locationsWithJobs,
  type Publications,
  pageFilter,
  pageOfRuns,
  turnPage,
} from "../workflows/index.ts";
import { type Retries, retriesOf } from "./retries.ts";

interface JobNeeds {
  readonly database: Database;
  readonly clock: Clock;
  readonly publications: Publications;
  readonly locations: () => readonly string[];
  /** Told after the commit which location has mail. */
  readonly mailed: (location: string) => void;
}

/** Letters a page, and unread ones with which the next page waits. */
const PAGE = 100;
const UNREAD = 50;
/** A drip is this fine: so much of it at a time. */
const DRIP: Millis = 5 * MINUTE;

/** Writes the next page of the oldest job of each location. Answers how many letters it wrote. */
export async function workJobs(needs: JobNeeds): Promise<number> {
  const { database, clock } = needs;
  const now = clock.now();
  const waiting = await database.transaction(needs.locations(), (sql) => locationsWithJobs(sql, now));
  let written = 0;
  for (const location of waiting) {
    const letters = await database.transaction([location], (sql) => writePage(needs, sql, location, now));
    if (letters > 0) needs.mailed(location);
    written += letters;
  }
  return written;
}

async function writePage(needs: JobNeeds, sql: Sql, location: string, now: Instant): Promise<number> {
  const job = await claimJob(sql, location, now);
  if (job === undefined || (await unreadCommands(sql, location, UNREAD)) >= UNREAD) return 0;
  const page =
    job.over === "runs" ? await lettersToRuns(needs, sql, location, job) : await lettersToLeads(sql, location, job);
  await insertMail(
    sql,
    page.letters.map(
      ({ lead, body }): Letter => ({ location, lead, kind: "command", receivedAt: now, body: { ...body, many: true } }),
    ),
  );
  const { last, letters, looked } = page;
  const nextAt =
    job.over === "leads" && job.drip !== undefined ? now + (letters.length * job.drip.window) / job.drip.count : now;
  await turnPage(sql, location, job, { mailed: letters.length, skipped: looked - letters.length, last, nextAt, now });
  return letters.length;
}

interface Page {
  readonly letters: readonly { readonly lead: string; readonly body: Extract<Letter, { kind: "command" }>["body"] }[];
  readonly looked: number;
  readonly last: string | undefined;
}

async function lettersToRuns(
  { publications }: JobNeeds,
  sql: Sql,
  location: string,
  job: Extract<Job, { over: "runs" }>,
): Promise<Page> {
  const runs = await pageOfRuns(sql, location, pageFilter(job), { after: job.after, limit: PAGE });
  const { letter } = job;
  const retries: Retries | undefined =
    letter.type === "retry_run" ? await retriesOf(sql, location, runs, publications) : undefined;
  const letters = runs.flatMap((run) => {
    const retry = retries?.(run);
    if (retry === "left" && !("again" in letter)) return [];
    const body =
      retry === undefined || retry === "open" ? { ...letter, run: run.id } : { ...letter, run: run.id, again: true };
    return [{ lead: run.lead, body: body as Page["letters"][number]["body"] }];
  });
  return { letters, looked: runs.length, last: runs.at(-1)?.id };
}

async function lettersToLeads(sql: Sql, location: string, job: Extract<Job, { over: "leads" }>): Promise<Page> {
  const limit =
    job.drip === undefined ? PAGE : Math.max(1, Math.min(PAGE, Math.floor((job.drip.count * DRIP) / job.drip.window)));
  const leads = await pageOfLeads(sql, location, job.filter, { after: job.after, limit });
  return { letters: leads.map((lead) => ({ lead, body: job.letter })), looked: leads.length, last: leads.at(-1) };
}
