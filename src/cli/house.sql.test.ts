import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { HOUR, MINUTE, SECOND } from "../kernel/time.ts";
import { domainNow } from "./house.ts";

const db = databasePerFile();
let data: string;
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "latchkey-house-"));
});
afterAll(async () => {
  rmSync(data, { recursive: true });
});

test("a town that stands still has the time at which it stood still, ahead of ours or behind", async () => {
  const real = Date.UTC(2026, 10, 20);
  const clock = { now: () => real, real: () => real };
  const at = (location: string) => domainNow({ database: db.database, clock }, location, data);
  for (const now of [real + 30 * HOUR, real - 30 * HOUR]) {
    writeFileSync(join(data, "town.json"), JSON.stringify({ location: "town_a", now, closed: true }));
    expect(Math.abs((await at("town_a")) - now)).toBeLessThan(HOUR);
  }
  expect(await at("town_b")).toBe(real);
  expect(await at("loc1")).toBe(real);
});

test("a town that is alive is as far as it has come since it was written down, and no further than it goes on from", async () => {
  const written = Date.UTC(2026, 10, 20);
  const now = written + 30 * HOUR;
  const file = join(data, "town.json");
  writeFileSync(file, JSON.stringify({ location: "town_a", now, closed: false }));
  utimesSync(file, written / SECOND, written / SECOND);
  const after = (elapsed: number) => {
    const real = written + elapsed;
    return domainNow({ database: db.database, clock: { now: () => real, real: () => real } }, "town_a", data);
  };
  expect(await after(20 * SECOND)).toBe(now + 20 * MINUTE);
  expect(await after(12 * HOUR)).toBe(now + HOUR);
});
