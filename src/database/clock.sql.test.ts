import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { openDatabaseClock, scaledClock, virtualClock } from "./clock.ts";

const db = databasePerFile();

describe("the real clock", () => {
  test("is the database's, within a round trip", async () => {
    const started = performance.now();
    const clock = await openDatabaseClock((work) => db.database.transaction([], work));
    const trip = performance.now() - started + 2;
    const before = clock.real();
    const { rows } = await db.database.transaction([], (sql) =>
      sql.query<{ at: number }>("select clock_timestamp() as at"),
    );
    expect(rows[0]!.at).toBeGreaterThan(before - trip);
    expect(rows[0]!.at).toBeLessThan(clock.real() + trip);
    const times = [clock.real(), clock.now(), clock.real()];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    clock.close();
  });

  test("follows the database where this machine's clock is wrong", async () => {
    const started = Date.now();
    const hourAhead = started + 3_600_000;
    const answer = async <T>(work: Parameters<Parameters<typeof openDatabaseClock>[0]>[0]) =>
      (await work({ query: async <Row>() => ({ rows: [{ at: hourAhead }] as Row[], rowCount: 1 }) })) as T;
    const clock = await openDatabaseClock(answer);
    const real = clock.real();
    const spent = Date.now() - started + 2;
    expect(real).toBeGreaterThan(hourAhead - spent);
    expect(real).toBeLessThan(hourAhead + spent);
    clock.close();
  });
});

describe("the scaled clock", () => {
  test("passes sixty minutes in one, and leaves real and elapsed time alone", () => {
    const base = virtualClock(1_000_000);
    const town = scaledClock(base, { origin: 1_000_000, start: 5_000_000, factor: 60 });
    base.advance(1_000);
    expect([town.now(), town.real(), town.elapsed()]).toEqual([5_060_000, 1_001_000, 1_000]);
  });
});

describe("the virtual clock", () => {
  test("stands until it is moved, and never goes back", () => {
    const clock = virtualClock(100);
    clock.moveTo(50);
    expect(clock.now()).toBe(100);
    clock.moveTo(150);
    clock.advance(-10);
    expect([clock.now(), clock.elapsed()]).toEqual([150, 50]);
  });
});
