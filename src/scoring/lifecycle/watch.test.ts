import { describe, expect, test } from "vitest";
import { DAY } from "../../kernel/time.ts";
import type { Examples } from "../features/growing.ts";
import { draws } from "../learn/draws.ts";
import type { Body } from "./kept.ts";
import { latelyOfEach } from "./rows.ts";
import { shapesOf } from "./teach.ts";
import { watch } from "./watch.ts";

const START = Date.UTC(2026, 0, 5);
const COLUMNS = [{ name: "idle_days", kind: "number" }] as const;

/** A row a week of each lead over `weeks`; from week `moved` on the lower half of what it was is gone. */
function weeksOf({ leads, weeks, moved = weeks }: { leads: number; weeks: number; moved?: number }): Examples {
  const next = draws(3);
  const rows = Array.from({ length: leads * weeks }, (_, row) => {
    const week = Math.floor(row / leads);
    return {
      at: START + week * 7 * DAY,
      lead: row % leads,
      cell: next() / (week >= moved ? 2 : 1) + (week >= moved ? 0.5 : 0),
    };
  });
  return {
    columns: COLUMNS,
    rows: rows.length,
    cells: [Float64Array.from(rows, ({ cell }) => cell)],
    labels: new Uint8Array(rows.length),
    weights: new Float64Array(rows.length).fill(1),
    at: Float64Array.from(rows, ({ at }) => at),
    lead: Int32Array.from(rows, ({ lead }) => lead),
    leads: Array.from({ length: leads }, (_, one) => `lead-${one}`),
    owner: new Int32Array(rows.length).fill(-1),
    owners: [],
  };
}

const body: Body = {
  ...{ kind: "churn", days: 30 },
  model: {
    format: 1,
    columns: COLUMNS,
    parts: [{ weight: 1, part: { kind: "rate", logOdds: -1 } }],
    calibration: { kind: "none" },
    learned: { rows: 1, positives: 1, seed: 1 },
  },
};

describe("a look at a model of going cold", () => {
  const taught = weeksOf({ leads: 300, weeks: 20 });
  const shapes = shapesOf(body, latelyOfEach(taught));
  const createdAt = START + 19 * 7 * DAY;
  const look = (examples: Examples) => watch({ body, shapes, createdAt, examples, current: examples });

  test("compares leads as they were lately, not the log that taught it: a shift shows within two weeks", () => {
    const moved = look(weeksOf({ leads: 300, weeks: 22, moved: 20 }));
    expect(moved.drift[0]).toMatchObject({ feature: "idle_days", level: "act" });
    expect(moved.n).toBe(300);
  });

  test("finds leads that are as they were stable", () => {
    expect(look(weeksOf({ leads: 300, weeks: 22 })).drift[0]?.level).toBe("stable");
  });

  test("says nothing while no week of it is known since", () => {
    expect(look(taught).drift).toEqual([]);
  });
});
