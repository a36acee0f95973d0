import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import type { Sql } from "../kernel/sql.ts";
import type { BehaviorState } from "./behavior.ts";
import { start } from "./observe.ts";
import { type LeadState, readStates, saveStates } from "./store.ts";

const now = Date.UTC(2026, 2, 2, 12);
const opened = databasePerFile();
const at = <T>(location: string, work: (sql: Sql) => Promise<T>): Promise<T> =>
  opened.database.transaction([location], work);

describe("what leads have done, at rest", () => {
  test("comes back as it was saved, to the last digit, and saving again replaces it", async () => {
    const behavior: BehaviorState = {
      ...start(now),
      engagement: { sum: 0.1 + 0.2, asOf: now },
      windows: { w: { marks: [[now, "é"]] } },
    };
    const state: LeadState = { behavior, score: { score: 0.197816 } };
    const plain: LeadState = { behavior: start(now) };
    await at("loc", (sql) => saveStates(sql, "loc", new Map(Object.entries({ c2: state, c1: plain }))));
    await at("loc", (sql) => saveStates(sql, "loc", new Map([["c1", state]])));
    const read = await at("loc", (sql) => readStates(sql, "loc", ["c1", "c2", "c3"]));
    expect(Object.fromEntries(read)).toEqual({ c1: state, c2: state });
  });

  test("of another location is not seen", async () => {
    expect((await at("other", (sql) => readStates(sql, "loc", ["c1"]))).size).toBe(0);
  });
});
