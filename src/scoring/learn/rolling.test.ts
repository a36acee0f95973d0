import fc from "fast-check";
import { expect, test } from "vitest";
import { draws } from "./draws.ts";
import { calibrationError, logLoss } from "./metrics.ts";
import { sigmoid } from "./predict.ts";
import { ROLLING, rolled, shiftOf } from "./rolling.ts";

/** Rows whose base rate jumps by `jump` log-odds, unknown to the model. */
function rowsOf(n: number, jump: number, seed: number) {
  const next = draws(seed);
  const logOdds = Float64Array.from({ length: n }, () => 4 * next() - 4);
  const labels = Uint8Array.from(logOdds, (raw) => Number(next() < sigmoid(raw + jump)));
  return { logOdds, labels };
}

test("after a jump of the base rate the chances follow, and beat those of the frozen model", () => {
  const { logOdds, labels } = rowsOf(4_000, 2, 1);
  const [frozen, moving] = [logOdds.map(sigmoid), rolled(logOdds, labels, ROLLING)];
  expect(calibrationError(frozen, labels)).toBeGreaterThan(0.3);
  expect(calibrationError(moving, labels)).toBeLessThan(0.05);
  expect(logLoss(moving, labels)).toBeLessThan(logLoss(frozen, labels) - 0.2);
});

test("where nothing moves, following costs next to nothing", () => {
  const { logOdds, labels } = rowsOf(4_000, 0, 2);
  expect(logLoss(rolled(logOdds, labels, ROLLING), labels)).toBeLessThan(logLoss(logOdds.map(sigmoid), labels) + 0.003);
});

test("a row's own outcome, and all that come later, never touch its chance", () => {
  const cases = fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 0, max: 299 }));
  fc.assert(
    fc.property(cases, ([seed, row]) => {
      const { logOdds, labels } = rowsOf(300, 0, seed);
      const other = labels.map((label, at) => (at >= row ? 1 - label : label));
      const rolling = { window: 50, every: 10 };
      const [one, two] = [rolled(logOdds, labels, rolling), rolled(logOdds, other, rolling)];
      expect(one.subarray(0, row + 1)).toEqual(two.subarray(0, row + 1));
    }),
    { numRuns: 50 },
  );
});

test("the shift has no slope left, and none at all without outcomes", () => {
  const { logOdds, labels } = rowsOf(500, 1, 3);
  const shift = shiftOf(logOdds, labels, 0, 500);
  const off = logOdds.reduce((sum, raw, row) => sum + sigmoid(raw + shift) - (labels[row] as number), shift);
  expect(Math.abs(off)).toBeLessThan(1e-6);
  expect(shiftOf(logOdds, labels, 0, 0)).toBe(0);
});

test("a window all of one outcome moves the chances far, and not without end", () => {
  const logOdds = new Float64Array(200).fill(-5);
  expect(shiftOf(logOdds, new Uint8Array(200).fill(1), 0, 200)).toBeLessThan(10);
  expect(shiftOf(logOdds, new Uint8Array(200).fill(1), 0, 200)).toBeGreaterThan(4);
});
