import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY } from "../../kernel/time.ts";
import type { Model, Row } from "../learn/model.ts";
import { openChurn } from "./hazard.ts";
import { COLD_DAYS, type Story, weeksAhead, weeksAtRisk } from "./weeks.ts";

const FAR = 1_000 * DAY;
const story = (acts: readonly number[], until = FAR): Story => ({ came: 0, acts: acts.map((day) => day * DAY), until });

describe("the weeks in which a lead can go cold", () => {
  it("are, within 30 days, the one in which its present silence comes to 30 days", () => {
    expect(weeksAtRisk(29, 30)).toEqual([0]);
    expect(weeksAtRisk(23, 30)).toEqual([0]);
    expect(weeksAtRisk(22.9, 30)).toEqual([1]);
    expect(weeksAtRisk(10, 30)).toEqual([2]);
    expect(weeksAtRisk(0, 30)).toEqual([4]);
    // its own silence would come to an end after two weeks
    expect(weeksAtRisk(10, 14)).toEqual([]);
  });

  it("are, beyond 30 days, all that a silence which begins later can reach as well", () => {
    expect(weeksAtRisk(20, 60)).toEqual([1, 4, 5, 6, 7, 8]);
  });

  it("are none for a lead that is cold", () => {
    expect(weeksAtRisk(30, 60)).toEqual([]);
  });
});

describe("a look at a lead", () => {
  it("is labelled by whether it goes cold in that week", () => {
    // silent from day 3 on: cold on day 33
    expect(weeksAhead(story([3]), 10 * DAY, 30)).toEqual([{ week: 3, idleDays: 7, label: true }]);
    expect(weeksAhead(story([3, 32]), 10 * DAY, 30)).toEqual([{ week: 3, idleDays: 7, label: false }]);
    // to the day: an act on the day itself is too late
    expect(weeksAhead(story([3, 33]), 10 * DAY, 30)[0]?.label).toBe(true);
  });

  it("counts from when the lead came while it has done nothing", () => {
    expect(weeksAhead(story([]), 2 * DAY, 30)).toEqual([{ week: 3, idleDays: 2, label: true }]);
  });

  it("makes no row once it is cold, and again when it is back", () => {
    expect(weeksAhead(story([3]), 33 * DAY, 30)).toEqual([]);
    expect(weeksAhead(story([3, 40]), 41 * DAY, 30)).toHaveLength(1);
  });

  it("makes no row of a week that comes after it went cold, as it is no longer at risk", () => {
    expect(weeksAhead(story([3]), 10 * DAY, 90).map(({ week, label }) => [week, label])).toEqual([[3, true]]);
    // back on day 12, silent since: cold on day 42, in the fifth week ahead
    const back = weeksAhead(story([3, 12]), 10 * DAY, 90).map(({ week, label }) => [week, label]);
    expect(back).toEqual([
      [3, false],
      [4, true],
    ]);
  });

  it("makes no row before its outcome would be known, whichever it was", () => {
    expect(weeksAhead(story([3], 32 * DAY), 10 * DAY, 30)).toEqual([]);
    expect(weeksAhead(story([3, 11], 32 * DAY), 10 * DAY, 30)).toEqual([]);
    expect(weeksAhead(story([3, 11], 33 * DAY), 10 * DAY, 30)).toHaveLength(1);
  });

  it("does not change by what comes after the week, nor by when the log ends beyond it", () => {
    const days = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 12 });
    fc.assert(
      fc.property(days, fc.integer({ min: 1, max: 100 }), fc.integer({ min: 7, max: 90 }), (acts, at, horizon) => {
        const sorted = acts.toSorted((a, b) => a - b);
        const whole = weeksAhead(story(sorted), at * DAY, horizon);
        const end = at + Math.max(horizon, COLD_DAYS);
        const before = sorted.filter((day) => day <= end);
        expect(weeksAhead(story(before, end * DAY), at * DAY, horizon)).toEqual(whole);
        const cold = whole.filter(({ label }) => label);
        expect(cold.length).toBeLessThanOrEqual(1);
        // and it is the last row of the look
        expect(cold[0] ?? whole.at(-1)).toEqual(whole.at(-1));
      }),
    );
  });
});

describe("the chance of going cold", () => {
  const model: Model = {
    format: 1,
    columns: ["views", "week", "idleDays"].map((name) => ({ name, kind: "number" })),
    parts: [],
    calibration: { kind: "none" },
    learned: { rows: 0, positives: 0, seed: 0 },
  };
  /** .5 in its third week, .1 in any other. */
  const hazardOf = (row: Row) => (row[1] === 2 ? 0.5 : 0.1);

  it("is the hazard of the one week within 30 days in which its silence can come to 30", () => {
    const { chance, weeks } = openChurn({ model, days: 30 }, hazardOf)([4, Number.NaN, 10])!;
    expect(chance).toBe(0.5);
    expect(weeks.map(({ week, hazard, row }) => [week, hazard, [...row]])).toEqual([[2, 0.5, [4, 2, 10]]]);
  });

  it("is 1 less the product of what stays over the weeks of a longer horizon", () => {
    const { chance } = openChurn({ model, days: 45 }, hazardOf)([4, Number.NaN, 10])!;
    // week 2, then 4, 5 and 6
    expect(chance).toBeCloseTo(1 - 0.5 * 0.9 ** 3, 12);
  });

  it("is 1 of a lead that is cold, 0 where it cannot go cold in time, and unknown without its silence", () => {
    const churn = openChurn({ model, days: 14 }, hazardOf);
    expect(churn([4, 0, 31])?.chance).toBe(1);
    expect(churn([4, 0, 3])?.chance).toBe(0);
    expect(churn([4, 0, Number.NaN])).toBeUndefined();
  });

  it("does not touch the row it is given", () => {
    const row = Float64Array.from([4, 77, 10]);
    openChurn({ model, days: 30 }, hazardOf)(row);
    expect([...row]).toEqual([4, 77, 10]);
  });

  it("needs a model with the two columns", () => {
    expect(() => openChurn({ model: { ...model, columns: [] }, days: 30 }, hazardOf)).toThrow(
      "without the column week",
    );
  });
});
