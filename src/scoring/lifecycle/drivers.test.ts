import { describe, expect, test } from "vitest";
import { chanceBody } from "../../../test/kept-models.ts";
import { logistic } from "../../../test/scorers.ts";
import type { Examples } from "../features/growing.ts";
import { driversOf } from "./drivers.ts";

/** Rows of these cells, by column. */
const tableOf = (cells: Readonly<Record<string, readonly number[]>>): Examples => {
  const rows = Object.values(cells)[0]?.length ?? 0;
  return {
    columns: Object.keys(cells).map((name) => ({ name, kind: "number" })),
    rows,
    cells: Object.values(cells).map((column) => Float64Array.from(column)),
    labels: new Uint8Array(rows),
    weights: new Float64Array(rows).fill(1),
    at: new Float64Array(rows),
    lead: Int32Array.from({ length: rows }, (_, row) => row),
    leads: Array.from({ length: rows }, (_, row) => `lead_${row}`),
    owner: new Int32Array(rows).fill(-1),
    owners: [],
  };
};
const all = (rows: number) => Uint32Array.from({ length: rows }, (_, row) => row);
const body = (weights: Readonly<Record<string, number>>) => ({ ...chanceBody(0), model: logistic(-2, weights) });

describe("what drives a model", () => {
  test("is how far each group moves a lead on average, whichever way, the furthest first", () => {
    const table = tableOf({ idle_days: [-1, 1], homes: [4, 0] });
    // quiet by one day or the other: 3 each; four homes or none: 2 on average
    expect(driversOf(body({ homes: 1, idle_days: 3 }), table, all(2))).toEqual([
      { group: "silence", meanAbs: 3 },
      { group: "homes", meanAbs: 2 },
    ]);
  });

  test("adds up columns that say nearly the same before it asks how far, and leaves out what moves nobody", () => {
    const table = tableOf({ idle_days: [2, 2], idleDays: [2, 2], homes: [9, 9] });
    expect(driversOf(body({ idle_days: 1, idleDays: -0.5, homes: 0 }), table, all(2))).toEqual([
      { group: "silence", meanAbs: 1 },
    ]);
  });

  test("reads columns by their names, and is nothing without rows", () => {
    const table = tableOf({ homes: [1], other: [7] });
    expect(driversOf(body({ other_thing: 5, homes: 2 }), table, all(1))).toEqual([{ group: "homes", meanAbs: 2 }]);
    expect(driversOf(body({ homes: 2 }), table, all(0))).toEqual([]);
  });

  test("asks of large tables some rows, spread evenly", () => {
    const homes = Array.from({ length: 2_000 }, (_, row) => (row < 1_000 ? 0 : 2));
    const [driver] = driversOf(body({ homes: 1 }), tableOf({ homes }), all(2_000));
    expect(driver?.meanAbs).toBeCloseTo(1, 6);
  });
});
