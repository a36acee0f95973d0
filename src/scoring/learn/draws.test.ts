import { describe, expect, test } from "vitest";
import { dealtFolds, draws, foldOfRow } from "./draws.ts";

test("a row's fold is what murmur3's finalizer says in any language", () => {
  // computed apart, with Python's integers
  expect(Array.from({ length: 12 }, (_, row) => foldOfRow(row))).toEqual([4, 1, 0, 4, 4, 2, 3, 1, 1, 3, 2, 4]);
});

describe("folds for cross-fitting", () => {
  const labels = Uint8Array.from({ length: 103 }, (_, row) => Number(row % 10 === 0));

  test("have their share of both classes each", () => {
    const folds = dealtFolds(labels, { folds: 5, seed: 1 });
    for (let fold = 0; fold < 5; fold += 1) {
      const inside = labels.filter((_, row) => folds[row] === fold);
      expect(inside.length).toBeGreaterThanOrEqual(20);
      expect(inside.filter((label) => label === 1).length).toBeGreaterThanOrEqual(2);
    }
  });

  test("keep rows of one group together", () => {
    const groups = Int32Array.from(labels, (_, row) => row >> 2);
    const folds = dealtFolds(labels, { folds: 5, seed: 1, groups });
    for (const [row, fold] of folds.entries()) expect(fold).toBe(folds[(row >> 2) << 2]);
  });

  test("have their share of leads that came, whichever of a lead's rows came", () => {
    const groups = Int32Array.from({ length: 400 }, (_, row) => row >> 2);
    // of ten leads the last row came
    const late = Uint8Array.from(groups, (group, row) => Number(group % 10 === 0 && row % 4 === 3));
    const folds = dealtFolds(late, { folds: 5, seed: 1, groups });
    for (let fold = 0; fold < 5; fold += 1)
      expect(late.filter((label, row) => label === 1 && folds[row] === fold)).toHaveLength(2);
  });

  test("are the same for a seed, and others for another", () => {
    expect(dealtFolds(labels, { folds: 5, seed: 1 })).toEqual(dealtFolds(labels, { folds: 5, seed: 1 }));
    expect(dealtFolds(labels, { folds: 5, seed: 1 })).not.toEqual(dealtFolds(labels, { folds: 5, seed: 2 }));
  });
});

test("draws are spread evenly over 0 to 1", () => {
  const next = draws(42);
  const tenths = new Array<number>(10).fill(0);
  for (let n = 0; n < 10_000; n += 1) {
    const tenth = Math.floor(10 * next());
    tenths[tenth] = (tenths[tenth] as number) + 1;
  }
  for (const n of tenths) expect(Math.abs(n - 1000)).toBeLessThan(130);
});
