import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { experimentOf } from "../../test/experiment.ts";
import { idFrom } from "../kernel/ids.ts";
import type { Sql } from "../kernel/sql.ts";
import { DAY, HOUR } from "../kernel/time.ts";
import { expose } from "./assign.ts";
import type { Exposure } from "./experiment.ts";
import { frozenExperiments } from "./frozen.ts";
import { exposedCounts, readExposures, readStates, saveExposures, tallies } from "./store.ts";

const noon = Date.UTC(2026, 2, 2, 12);
const opened = databasePerFile();
const at = <T>(location: string, work: (sql: Sql) => Promise<T>): Promise<T> =>
  opened.database.transaction([location], work);

const experiment = experimentOf({
  guardrails: [{ when: [{ event: "message.opted_out" }], within: 14 * DAY, worseBy: 0.005 }],
});
const declared = { welcome: experiment };
const met = (lead: string, variant: string, when = noon): Exposure =>
  expose(experiment, undefined, { lead, variant, run: idFrom("run", lead), at: when }) as Exposure;

describe("exposures at rest", () => {
  test("come back as they were saved, and what a lead saw is never overwritten", async () => {
    await at("l1", (sql) => saveExposures(sql, "l1", [met("ada", "b"), met("bo", "a")], declared));
    await at("l1", (sql) =>
      saveExposures(sql, "l1", [{ ...met("ada", "a", noon + 1), reached: { 0: noon + HOUR } }], declared),
    );
    const read = await at("l1", (sql) => readExposures(sql, "l1", ["ada", "bo", "cy"]));
    expect(read.get("ada")).toEqual([{ ...met("ada", "b"), reached: { 0: noon + HOUR } }]);
    expect(read.get("bo")).toEqual([met("bo", "a")]);
    expect(read.get("cy")).toEqual([]);
  });

  test("keep the first instant at which a metric was reached", async () => {
    const one = met("ada", "b");
    for (const reached of [{ 0: noon + 5 }, { 0: noon + 9 }, { 0: noon + 9, 1: noon + 7 }]) {
      await at("l2", (sql) => saveExposures(sql, "l2", [{ ...one, reached }], declared));
    }
    const read = await at("l2", (sql) => readExposures(sql, "l2", ["ada"]));
    expect(read.get("ada")?.[0]?.reached).toEqual({ 0: noon + 5, 1: noon + 7 });
  });

  test("the first begins the experiment, under the declaration of that moment", async () => {
    await at("l3", (sql) => saveExposures(sql, "l3", [met("bo", "a", noon + 5), met("ada", "b", noon + 2)], declared));
    await at("l3", (sql) =>
      saveExposures(sql, "l3", [met("cy", "a", noon + 9)], { welcome: { ...experiment, name: "Later" } }),
    );
    const states = await at("l3", (sql) => readStates(sql, "l3"));
    expect([...states.values()]).toEqual([
      { experiment: "welcome", state: "running", declared: experiment, startedAt: noon + 2 },
    ]);
    expect([...(await at("l3", (sql) => exposedCounts(sql, "l3")))]).toEqual([["welcome", 3]]);
  });

  test("freeze what they were made under", async () => {
    const other = { welcome: { ...experiment, holdout: 0.1 } };
    expect(await at("l3", (sql) => frozenExperiments(sql, "l3", other))).toEqual({
      welcome: {
        code: "frozen-experiment",
        message: '"welcome" has exposed 3 leads. Start a new experiment id instead.',
      },
    });
    expect(await at("l3", (sql) => frozenExperiments(sql, "l3", declared))).toEqual({});
    expect(await at("l0", (sql) => frozenExperiments(sql, "l0", other))).toEqual({});
  });

  test("two processes may begin one at once", async () => {
    const both = ["ada", "bo"].map((lead) => at("l4", (sql) => saveExposures(sql, "l4", [met(lead, "a")], declared)));
    await Promise.all(both);
    expect((await at("l4", (sql) => readStates(sql, "l4"))).size).toBe(1);
  });

  test("are another location's business nowhere else", async () => {
    expect((await at("l5", (sql) => readStates(sql, "l1"))).size).toBe(0);
    expect((await at("l5", (sql) => readExposures(sql, "l1", ["ada"]))).get("ada")).toEqual([]);
  });

  test("are counted per variant; a metric's figures are of the leads whose window is over, an hour for the late included", async () => {
    const reached = (one: Exposure, ...places: number[]): Exposure => ({
      ...one,
      reached: Object.fromEntries(places.map((place) => [place, one.exposedAt + 1])),
    });
    const old = noon - 14 * DAY - HOUR;
    const week = noon - 7 * DAY - HOUR;
    await at("l6", (sql) =>
      saveExposures(
        sql,
        "l6",
        [
          reached(met("a1", "a", old), 0, 1),
          reached(met("a2", "a", week), 0),
          reached(met("a3", "a", week + 1), 0),
          met("b1", "b", week),
          met("n1", "none", noon),
        ],
        declared,
      ),
    );
    expect(await at("l6", (sql) => tallies(sql, "l6", experiment, noon))).toEqual([
      {
        variant: "a",
        exposed: 3,
        metrics: [
          { closed: 2, reached: 2 },
          { closed: 1, reached: 1 },
        ],
      },
      {
        variant: "b",
        exposed: 1,
        metrics: [
          { closed: 1, reached: 0 },
          { closed: 0, reached: 0 },
        ],
      },
      {
        variant: "none",
        exposed: 1,
        metrics: [
          { closed: 0, reached: 0 },
          { closed: 0, reached: 0 },
        ],
      },
    ]);
  });
});
