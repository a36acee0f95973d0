// An older copy of the database is known by what the data folder remembers.

import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { openFacts } from "../kernel/facts.ts";
import { DAY, HOUR, MINUTE } from "../kernel/time.ts";
import { isOlderCopy, openMark } from "./mark.ts";

const db = databasePerFile();
const start = Date.UTC(2026, 10, 22, 9);
let real = start;
let folder: string;
const clock = { now: () => real, real: () => real, elapsed: () => real };
const open = (at = folder) => openMark({ database: db.database, clock, folder: at, facts: openFacts() });
/** Works on the database until an hour later. */
const worked = async () => {
  const stop = await (await open()).keep();
  real += HOUR;
  await stop();
};
const asApp = (statement: string, values: readonly unknown[] = []) =>
  db.database.transaction(["_app"], (sql) => sql.query(statement, [...values]));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-mark-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  real = start;
  rmSync(join(folder, "database.mark"), { force: true });
  await asApp("delete from database_mark");
});

describe("a database", () => {
  test("on which nobody has worked is no copy, nor one that was worked on from here, however long ago", async () => {
    expect(await open()).toMatchObject({ knownAt: undefined, workedAt: undefined });
    await worked();
    real += 40 * DAY;
    expect(await open()).toMatchObject({ knownAt: start + HOUR, workedAt: undefined });
  });

  test("that was put back from before is an older copy, until it is worked on", async () => {
    await worked();
    await asApp("update database_mark set seen_at = $1", [new Date(start - DAY)]);
    expect(await open()).toMatchObject({ knownAt: start - DAY, workedAt: start + HOUR });
    await worked();
    expect(await open()).toMatchObject({ knownAt: start + 2 * HOUR, workedAt: undefined });
  });

  test("that is another one, or whose folder remembers nothing, is not held to be a copy", async () => {
    await worked();
    await asApp("update database_mark set seen_at = $1", [new Date(start - DAY)]);
    const fresh = mkdtempSync(join(tmpdir(), "latchkey-mark-"));
    expect((await open(fresh)).workedAt).toBeUndefined();
    writeFileSync(join(fresh, "database.mark"), "{");
    expect((await open(fresh)).workedAt).toBeUndefined();
    copyFileSync(join(folder, "database.mark"), join(fresh, "database.mark"));
    expect((await open(fresh)).workedAt).toBe(start + HOUR);
    await asApp("update database_mark set database_id = gen_random_uuid()");
    expect((await open(fresh)).workedAt).toBeUndefined();
    rmSync(fresh, { recursive: true });
  });

  test("is worked on all the same where its folder cannot be written, which is said once", async () => {
    const facts = openFacts();
    const warned: string[] = [];
    facts.on("configuration_warned", ({ warning }) => warned.push(warning));
    writeFileSync(join(folder, "a file"), "");
    const within = join(folder, "a file", "data");
    const stop = await (await openMark({ database: db.database, clock, folder: within, facts })).keep();
    real += HOUR;
    await stop();
    expect(warned).toEqual([expect.stringContaining("cannot be written (ENOTDIR)")]);
    expect(await open()).toMatchObject({ knownAt: start + HOUR, workedAt: undefined });
  });

  test("that lost its last commits with the power is no copy", () => {
    const mark = (at: number) => ({ database: "one", at });
    expect(isOlderCopy(mark(start + MINUTE), mark(start))).toBe(false);
    expect(isOlderCopy(mark(start + 3 * MINUTE), mark(start))).toBe(true);
    expect(isOlderCopy(mark(start - DAY), mark(start))).toBe(false);
  });

  test("keeps its first name and its latest instant, whoever works on it", async () => {
    await worked();
    const before = await asApp("select database_id as id from database_mark");
    real = start - MINUTE; // a clock that lags
    await (await (await open()).keep())();
    const { rows } = await asApp("select database_id as id, seen_at as at from database_mark");
    expect(rows).toEqual([{ ...(before.rows[0] as object), at: start + HOUR }]);
  });
});
