// Until when we have worked on this database, noted in it and then in the data folder: a folder that remembers a later instant
// than the database does has an older copy before it. A folder that was copied along, or is new, remembers nothing later.

import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { every } from "../kernel/every.ts";
import type { Facts } from "../kernel/facts.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import { type Clock, type Instant, iso, MINUTE, type Millis, SECOND } from "../kernel/time.ts";

export interface Mark {
  /** Made once, and the same in every copy. */
  readonly database: string;
  /** The database's real time. */
  readonly at: Instant;
}

const FILE = "database.mark";
/** The mark belongs to no location. */
const NOBODY = "_app";
const BEAT: Millis = 30 * SECOND;
/** A database that lost its last commits with the power is no copy. */
const SLACK: Millis = 2 * MINUTE;

/** @param folder what the data folder remembers @param database what is noted in the database itself */
export const isOlderCopy = (folder: Mark | undefined, database: Mark | undefined): boolean =>
  folder !== undefined &&
  database !== undefined &&
  folder.database === database.database &&
  folder.at - database.at > SLACK;

export interface DatabaseMark {
  /** Until when work on it is noted; undefined: it never was. */
  readonly knownAt: Instant | undefined;
  /** It is an older copy: until when this folder has worked on the one that it is a copy of. */
  readonly workedAt: Instant | undefined;
  /** From now on it is noted that we work on it. Answers how to stop. */
  keep(): Promise<() => Promise<void>>;
}

export async function openMark({
  database,
  clock,
  folder,
  facts,
}: {
  readonly database: Database;
  readonly clock: Clock;
  /** The data folder. */
  readonly folder: string;
  readonly facts: Facts;
}): Promise<DatabaseMark> {
  const file = join(folder, FILE);
  const remembered = inFile(file);
  const noted = await database.transaction([NOBODY], readMark);
  let told = false;
  const beat = async () => {
    const at = clock.real();
    const mark = await database.transaction([NOBODY], (sql) => saveMark(sql, { database: randomUUID(), at }));
    // in this order: the folder never remembers what the database does not
    const why = intoFile(file, { database: mark.database, at });
    if (why === undefined || told) return;
    told = true;
    const warning = `The data folder ${folder} cannot be written (${why}): a database that is put back from before would not be known as an older copy.`;
    facts.emit("configuration_warned", { warning });
  };
  return {
    knownAt: noted?.at,
    workedAt: isOlderCopy(remembered, noted) ? remembered?.at : undefined,
    async keep() {
      await beat();
      const stop = every(BEAT, facts, "mark", beat);
      return async () => {
        await stop();
        // the one before says almost the same
        await beat().catch(() => undefined);
      };
    },
  };
}

async function readMark(sql: Sql): Promise<Mark | undefined> {
  const { rows } = await sql.query<Mark>(
    `select database_id as database, seen_at as at from database_mark where location_id = $1`,
    [NOBODY],
  );
  return rows[0];
}

/** Never goes back; the first id stays. */
async function saveMark(sql: Sql, { database, at }: Mark): Promise<Mark> {
  const { rows } = await sql.query<Mark>(
    `insert into database_mark (location_id, database_id, seen_at)
     values ($1, $2, $3)
         on conflict (location_id) do update set seen_at = greatest(database_mark.seen_at, excluded.seen_at)
  returning database_id as database, seen_at as at`,
    [NOBODY, database, new Date(at)],
  );
  return rows[0] as Mark;
}

/** What cannot be read is not remembered. */
function inFile(file: string): Mark | undefined {
  try {
    const { database, at } = JSON.parse(readFileSync(file, "utf8"));
    const instant = Date.parse(at);
    return typeof database === "string" && !Number.isNaN(instant) ? { database, at: instant } : undefined;
  } catch {
    return undefined;
  }
}

/** Whole, or as it was. Answers why it could not be written. */
function intoFile(file: string, { database, at }: Mark): string | undefined {
  const draft = `${file}.${process.pid}`; // others of the same folder write theirs
  try {
    // with a secret and a database of its own, nothing has made it yet
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(draft, `${JSON.stringify({ database, at: iso(at) })}\n`, { mode: 0o600 });
    renameSync(draft, file);
    return undefined;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code ?? error);
  }
}
