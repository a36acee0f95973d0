import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import type { Run } from "./run.ts";
import { plansInUse, readRuns, saveRuns } from "./runs.ts";

const db = databasePerFile();

const T0 = Date.UTC(2026, 2, 2, 15);
const id = (n: number) => `00000000-0000-8000-8000-${String(n).padStart(12, "0")}`;
const run = (n: number, lead: string, more: Partial<Run> = {}): Run => ({
  id: id(n),
  location: "loc1",
  lead,
  workflow: "welcome",
  plan: "p1",
  priority: 50,
  enrolledBy: { event: id(100 + n), type: "contact.created", data: {} },
  enrolledAt: T0 + n,
  status: "waiting",
  cursor: [{ list: 0, index: 1 }],
  parked: { on: "wait", path: "later", since: T0, until: T0 + 60_000 },
  entered: {},
  marks: {},
  facts: {},
  dueAt: T0 + 60_000,
  stepsTaken: 1,
  ...more,
});
const ended = (n: number, lead: string, endedAt: number, outcome = "completed"): Run => {
  const { parked: _, dueAt: __, ...rest } = run(n, lead);
  return { ...rest, status: "completed", cursor: [], outcome, endedAt };
};
const save = (...runs: Run[]) => db.database.transaction(["loc1"], (sql) => saveRuns(sql, "loc1", runs));
const read = (leads: string[], since = Number.MAX_SAFE_INTEGER / 2) =>
  db.database.transaction(["loc1"], (sql) => readRuns(sql, "loc1", leads, since));

describe("runs at rest", () => {
  test("come back as they were saved, oldest first", async () => {
    await save(run(2, "a"), run(1, "a", { workflow: "other" }));
    expect(await read(["a"])).toEqual([run(1, "a", { workflow: "other" }), run(2, "a")]);
  });

  test("saved again, are what they were saved as last", async () => {
    await save(run(3, "b"));
    await save(ended(3, "b", T0 + 5));
    expect(await read(["b"])).toEqual([ended(3, "b", T0 + 5)]);
  });

  test("that ended long ago come back only where they are the last of their workflow", async () => {
    await save(ended(4, "c", T0 + 1), ended(5, "c", T0 + 2), ended(6, "c", T0 + 3, "restarted"), run(7, "c"));
    expect((await read(["c"])).map((one) => one.id)).toEqual([id(5), id(6), id(7)]);
  });

  test("that ended lately all come back", async () => {
    expect((await read(["c"], T0)).map((one) => one.id)).toEqual([id(4), id(5), id(6), id(7)]);
  });

  test("of leads that were not asked for stay where they are", async () => {
    expect(await read(["nobody"])).toEqual([]);
  });

  test("that were turned away while pending never come back", async () => {
    await save(ended(8, "d", T0 + 1, "not_enrolled"));
    expect(await read(["d"], T0)).toEqual([]);
  });

  test("of another location cannot be seen", async () => {
    const rows = await db.database.transaction(["loc2"], (sql) => readRuns(sql, "loc1", ["a"], T0));
    expect(rows).toEqual([]);
  });

  test("keep their plans in use until they end", async () => {
    await save(run(9, "e", { plan: "p9" }));
    const using = () => db.database.transaction(["loc1"], (sql) => plansInUse(sql, "loc1"));
    expect(await using()).toContain("p9");
    await save({ ...ended(9, "e", T0 + 1), plan: "p9" });
    expect(await using()).not.toContain("p9");
  });
});
