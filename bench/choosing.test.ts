import { describe, expect, test } from "vitest";
import type { Labeled } from "../src/scoring/evaluate/csv.ts";
import { foldOfRow } from "../src/scoring/learn/draws.ts";
import { learn } from "../src/scoring/learn/learn.ts";
import { choosable, chosen, type Fit } from "./choosing.ts";

const ROWS = 400;
const isLast = (row: number) => foldOfRow(row) === 0;

/** Throws where a row of fold 0 is read. */
const guarded = <T extends object>(rows: T): T =>
  new Proxy(rows, {
    get(target, key) {
      if (typeof key === "string" && /^\d+$/.test(key) && isLast(Number(key))) throw new Error(`row ${key} was read`);
      return Reflect.get(target, key, target);
    },
  });

function fileOf(last: (row: number) => readonly string[]): Labeled {
  const cells = (row: number) => [`${(row * 7) % 31}`, row % 3 === 0 ? "a" : "b"];
  const rows = Array.from({ length: ROWS }, (_, row) => row);
  return {
    ...{ headings: ["n", "kind"], positive: "1", repeated: 0, unlabeled: 0 },
    first: Int32Array.from(rows),
    records: rows.map((row) => (isLast(row) ? last(row) : cells(row))),
    labels: Uint8Array.from(rows, (row) => Number((row * 7) % 31 > 20)),
  };
}

describe("what the defaults are chosen on", () => {
  const plain = fileOf((row) => [`${row}`, "a"]);

  test("is read without a single row of fold 0", () => {
    const { learned, tested } = choosable({
      ...plain,
      records: guarded([...plain.records]),
      labels: guarded(plain.labels),
    });
    const folds = [0, 1, 2, 3, 4].map(
      (fold) => [...plain.labels.keys()].filter((row) => foldOfRow(row) === fold).length,
    );
    expect(tested.rows).toBe(folds[1]);
    expect(learned.rows).toBe((folds[2] as number) + (folds[3] as number) + (folds[4] as number));
  });

  test("is the same whatever stands in fold 0, down to what its columns are", () => {
    const other = choosable(fileOf((row) => [`word ${row}`, `level ${row}`]));
    expect(other).toEqual(choosable(plain));
    expect(learn(other.learned, { seed: 1 })).toEqual(learn(choosable(plain).learned, { seed: 1 }));
  });
});

describe("the rule", () => {
  /** By candidate, what it adds to a loss of 1 in each of five files, and its leaves. */
  const fitsOf = (candidates: Readonly<Record<string, readonly [readonly number[], number]>>, error = 0.01): Fit[] =>
    Object.entries(candidates).flatMap(([candidate, [added, leaves]]) =>
      added.flatMap((more, file) =>
        [1, 2].map((seed) => ({
          ...{ candidate, set: `set ${file}`, file: `file ${file}`, seed, leaves },
          ...{ auc: 0.8, calibrationError: error, baseLoss: 2 },
          losses: Float64Array.from({ length: 10 }, (_, row) => (row < 5 ? 1.5 : 2.5) + 2 * more),
        })),
      ),
    );
  const even = [0, 0, 0, 0, 0];

  test("takes the least loss by that of the base rate where nothing is tied with it", () => {
    const { winner, standings } = chosen(fitsOf({ good: [even, 900], bad: [[0.01, 0.01, 0.01, 0.011, 0.01], 9] }), {});
    expect(winner).toBe("good");
    expect(standings.map(({ candidate, tied }) => [candidate, tied])).toEqual([
      ["good", true],
      ["bad", false],
    ]);
    expect(standings[0]?.loss).toBeCloseTo(1, 12);
    expect(standings[1]?.behind.value).toBeCloseTo(0.0102, 12);
  });

  test("takes the fewest leaves among those within one standard error of their difference from the best", () => {
    const added = [0.03, -0.02, 0.02, -0.02, 0.01];
    const { winner, best, standings } = chosen(fitsOf({ large: [even, 900], small: [added, 300] }), {});
    expect([best, winner]).toEqual(["large", "small"]);
    const behind = standings.find(({ candidate }) => candidate === "small")?.behind;
    expect(behind?.value).toBeCloseTo(0.004, 12);
    // deviations .026, -.024, .016, -.024, .006: their squares are .00212, by 4 and by 5 the square of the error
    expect(behind?.overFiles).toBeCloseTo(Math.sqrt(0.00212 / 20), 12);
    expect(behind?.overRows).toBeCloseTo(0, 12);
  });

  test("counts a file once, however many sets are made of it", () => {
    const twice = fitsOf({ one: [[0, 0.5, 0, 0, 0], 1] }).flatMap((fit) =>
      fit.set === "set 1" ? [fit, { ...fit, set: "set 1, less" }] : [fit],
    );
    expect(chosen(twice, {}).standings[0]?.loss).toBeCloseTo(1.1, 12);
  });

  test("leaves out who is above a bar that another meets, and sets aside a bar that nobody meets", () => {
    const both = [...fitsOf({ best: [even, 1] }, 0.03), ...fitsOf({ next: [[0.1, 0.1, 0.1, 0.1, 0.2], 2] }, 0.02)];
    expect(chosen(both, { "set 0": 0.025 })).toMatchObject({ best: "next", winner: "next", setAside: [] });
    expect(chosen(both, { "set 0": 0.01 })).toMatchObject({ best: "best", winner: "best", setAside: ["set 0"] });
  });
});
