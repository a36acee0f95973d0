// One import of a location at a time, and each page of it turned once.

import { expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { openPlace } from "../../test/turns.ts";
import { newId } from "../kernel/ids.ts";
import type { Sql } from "../kernel/sql.ts";
import { claimImport, type Import, openImport, turnImport } from "./store.ts";

const NOON = Date.UTC(2026, 10, 18, 19);

const db = databasePerFile();

test("an import that is open is the one, whoever asks again; the table takes no second", async () => {
  const { location } = await openPlace(db, NOON);
  const inside = <T>(work: (sql: Sql) => Promise<T>) => db.database.transaction([location], work);
  const asked = { kinds: ["contacts" as const] };
  const open = (by: string) => inside((sql) => openImport(sql, location, { id: newId(NOON), asked, by, now: NOON }));
  const [one, other] = await Promise.all([open("ann"), open("ben")]);
  expect(other.id).toBe(one.id);
  const second = inside((sql) =>
    sql.query(
      `insert into import (location_id, import_id, asked_at, asked_by, asked, updated_at, leased_until)
       values ($1, $2, now(), 'x', '{}', now(), 'epoch')`,
      [location, newId(NOON)],
    ),
  );
  await expect(second).rejects.toThrow();
});

test("of two that turn the same page one does; a page that was turned, and an import that ended, are left alone", async () => {
  const { location } = await openPlace(db, NOON);
  const inside = <T>(work: (sql: Sql) => Promise<T>) => db.database.transaction([location], work);
  const asked = { kinds: ["contacts" as const] };
  await inside((sql) => openImport(sql, location, { id: newId(NOON), asked, by: "ann", now: NOON }));
  const claim = () => inside((sql) => claimImport(sql, location, { real: NOON, lease: 1_000 }));
  const before = (await claim()) as Import;
  expect(await claim()).toBeUndefined(); // leased
  const turn = (from: Import, to: Import) => inside((sql) => turnImport(sql, location, from, to, { leasedUntil: 0 }));
  const next: Import = { ...before, cursor: { lead: "a" }, updatedAt: NOON + 1 };
  expect((await Promise.all([turn(before, next), turn(before, next)])).toSorted()).toEqual([false, true]);
  expect(await turn(before, next)).toBe(false);
  const ended: Import = { ...next, endedAt: NOON + 2 };
  expect(await turn(next, ended)).toBe(true);
  expect(await turn(ended, next)).toBe(false);
});
