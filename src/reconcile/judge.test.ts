import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE } from "../kernel/time.ts";
import { judgeHearing } from "./judge.ts";

/** A Wednesday, 15:20. */
const NOW = Date.parse("2026-03-04T15:20:00Z");
const HOUR_NOW = Date.parse("2026-03-04T15:00:00Z");
/** Webhooks in these hours of the last days, counted back from this one. */
const heard = (days: readonly number[], hours: readonly number[]) =>
  days.flatMap((day) => hours.map((back) => ({ hour: HOUR_NOW - day * DAY - back * HOUR, webhooks: 4 })));
const WEEK = [1, 2, 3, 4, 5, 6, 7];

describe("whether webhooks come", () => {
  test("where none came for two weeks, polling is how the location hears, and nothing is alarming", () => {
    expect(judgeHearing([], 40, NOW)).toEqual({ by: "polling", missed: 0, isAlarming: false });
    expect(judgeHearing([{ hour: NOW - 15 * DAY, webhooks: 9 }], 40, NOW).by).toBe("polling");
  });

  test("they do while this hour or the last one had some", () => {
    expect(judgeHearing(heard([0, ...WEEK], [0, 1, 2, 3]), 0, NOW).isAlarming).toBe(false);
    expect(judgeHearing([...heard(WEEK, [0, 1, 2, 3]), ...heard([0], [1, 2])], 0, NOW).isAlarming).toBe(false);
  });

  test("a gap in hours that had them is one, with its beginning", () => {
    const gap = judgeHearing([...heard(WEEK, [0, 1, 2, 3]), ...heard([0], [3])], 0, NOW);
    expect(gap).toMatchObject({ by: "webhooks", isAlarming: true, quietSince: HOUR_NOW - 2 * HOUR });
  });

  test("an hour that never had them may stay quiet", () => {
    const mornings = [...heard(WEEK, [5, 6]), ...heard([0], [5, 6])];
    expect(judgeHearing(mornings, 0, NOW).isAlarming).toBe(false);
    expect(judgeHearing(heard([1, 2], [0, 1, 2]), 0, NOW - 20 * MINUTE).isAlarming).toBe(false);
  });

  test("what polling found instead of them is alarming from the third on", () => {
    const fine = heard([0, ...WEEK], [0, 1, 2]);
    expect(judgeHearing(fine, 2, NOW).isAlarming).toBe(false);
    expect(judgeHearing(fine, 3, NOW)).toMatchObject({ missed: 3, isAlarming: true });
  });
});
