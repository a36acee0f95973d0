import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Model } from "../scoring/index.ts";
import { explain } from "./explain.ts";

const model: Model = {
  format: 1,
  columns: [
    { name: "idleDays", kind: "number" },
    { name: "house_style", kind: "category", levels: ["old", "new"] },
  ],
  parts: [
    {
      weight: 1,
      part: {
        kind: "boosted",
        base: -3,
        trees: [
          {
            feature: [0, -1, 1, -1, -1],
            threshold: [7, 0, 0, 0, 0],
            levels: [null, null, [1], null, null],
            missingLeft: [false, false, true, false, false],
            left: [1, -1, 3, -1, -1],
            right: [2, -1, 4, -1, -1],
            value: [0, 2, 0, -1, -2],
            cover: [100, 50, 50, 25, 25],
          },
        ],
      },
    },
  ],
  calibration: { kind: "none" },
  learned: { rows: 100, positives: 9, seed: 1 },
};

let folder: string;
const file = async (name: string, content: unknown) => {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify(content));
  return path;
};
const asked = async (row: unknown, more: { json?: boolean; sample?: string } = {}) =>
  explain(undefined, {
    ...{
      json: false,
      location: undefined,
      sample: undefined,
      interventional: false,
      messages: false,
      message: undefined,
      ...more,
    },
    model: await file("model.json", model),
    row: await file("row.json", row),
  });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "latchkey-explain-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("latchkey explain, of files", () => {
  it("names the model, the base, what goes with more and with less, and that it adds up", async () => {
    const { text, exit } = await asked({ idleDays: 3, house_style: "new" });
    expect(text).toMatch(/^Model [0-9a-f]{12}, learned from 100 rows, 9 of them positive/);
    // on average the tree says .25: half get 2, half -1.5
    expect(text).toContain("-2.7500  the average of what it learned from");
    expect(text).toContain("quiet for 3 days: goes with a higher score");
    expect(text).toContain("-1.0000  together; the model itself says -1.0000: the same");
    expect(text).toContain("After calibration: 26.89 %.");
    expect(text).toContain("No line is a cause");
    expect(exit).toBe(0);
  });

  it("gives programs every digit, and what was checked", async () => {
    const said = JSON.parse((await asked({ idleDays: 30 }, { json: true })).text);
    expect(said).toMatchObject({ base: -2.75, logOdds: -4, said: -4, learned: { rows: 100 } });
    expect(said.off).toBeLessThan(1e-9);
    expect(said.contributions.map(({ column }: { column: string }) => column)).toContain("idleDays");
    const sum = said.contributions.reduce((total: number, one: { logOdds: number }) => total + one.logOdds, said.base);
    expect(sum).toBeCloseTo(-4, 9);
  });

  it("explains against the rows of a sample", async () => {
    const sample = await file("sample.json", [{ idleDays: 30, house_style: "old" }]);
    const { text } = await asked({ idleDays: 3 }, { sample });
    expect(text).toContain("-5.0000  the mean of the sample");
    // first: -5 to -1; after the style, which is not known, -4 to -1
    expect(text).toContain("+3.5000  quiet for 3 days");
  });

  it("refuses a column that the model has not, a value of another kind, and files that are none", async () => {
    await expect(asked({ idle: 3 })).rejects.toThrow('no column "idle". Its columns are idleDays, house_style.');
    await expect(asked({ idleDays: "3" })).rejects.toThrow("expected a number");
    await expect(asked({ house_style: 1 })).rejects.toThrow("expected the name of a level");
    await expect(asked([3])).rejects.toThrow("expected a row");
    await expect(asked({}, { sample: await file("empty.json", []) })).rejects.toThrow("expected a list of rows");
    const none = { location: undefined, model: undefined, row: undefined, sample: undefined };
    const nothing = { ...none, json: false, interventional: false, messages: false, message: undefined };
    await expect(explain(undefined, nothing)).rejects.toThrow("Expected: explain");
    await expect(explain("ada", { ...nothing, row: "row.json" })).rejects.toThrow("Expected: explain");
    const files = { ...nothing, model: "model.json", row: "row.json", interventional: true };
    await expect(explain(undefined, files)).rejects.toThrow("Expected: explain");
    const mixed = [
      explain(undefined, { ...nothing, messages: true }),
      explain("ada", { ...nothing, messages: true, interventional: true }),
      explain("ada", { ...nothing, message: "0198c0de-0000-7000-8000-000000000000" }),
    ];
    for (const wrong of mixed) await expect(wrong).rejects.toThrow("Expected: explain");
    await expect(explain(undefined, { ...nothing, message: "m1" })).rejects.toThrow("--message m1: expected the id of");
  });
});
