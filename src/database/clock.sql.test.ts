import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { openDatabaseClock, scaledClock, virtualClock } from "./clock.ts";

const db = databasePerFile();

describe("the real clock", () => {
  test("is the database's, within a round trip", async () => {
    const clock = await openDatabaseClock((work) => db.database.transaction([], work));
    const { rows } = await db.database.transaction([], (sql) =>
      sql.query<{ at: number }>("select clock_timestamp() as at"),
    );
    expect(Math.abs(clock.real() - rows[0]!.at)).toBeLessThan(250);
    expect(Math.abs(clock.now() - clock.real())).toBeLessThan(50);
    clock.close();
  });

  test("follows the database where this machine's clock is wrong", async () => {
    const hourAhead = Date.now() + 3_600_000;
    const answer = async <T>(work: Parameters<Parameters<typeof openDatabaseClock>[0]>[0]) =>
      (await work({ query: async <Row>() => ({ rows: [{ at: hourAhead }] as Row[], rowCount: 1 }) })) as T;
    const clock = await openDatabaseClock(answer);
    expect(Math.abs(clock.real() - hourAhead)).toBeLessThan(1_000);
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
