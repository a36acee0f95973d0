import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calibrationFor, isotonic, platt } from "./calibrate.ts";
import { draws } from "./draws.ts";
import { auc, calibrationError, logLoss } from "./metrics.ts";
import { calibrated, sigmoid } from "./predict.ts";

/** Rows whose true log-odds are `bent(raw)`. */
function rowsOf(n: number, bent: (raw: number) => number, seed = 3) {
  const next = draws(seed);
  const logOdds = Float64Array.from({ length: n }, () => 6 * next() - 4);
  const labels = Uint8Array.from(logOdds, (raw) => (next() < sigmoid(bent(raw)) ? 1 : 0));
  return { logOdds, labels };
}

const chancesOf = (calibration: Parameters<typeof calibrated>[0], logOdds: Float64Array) =>
  Array.from(logOdds, (raw) => calibrated(calibration, raw));

describe("Platt's sigmoid", () => {
  test("finds the intercept and the slope that the rows have", () => {
    const { intercept, slope } = platt(rowsOf(20_000, (raw) => 0.6 * raw - 1));
    expect(intercept).toBeCloseTo(-1, 1);
    expect(slope).toBeCloseTo(0.6, 1);
  });

  test("leaves log-odds nearly as they are while it has seen ten rows", () => {
    const { slope } = platt({
      logOdds: [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5],
      labels: Uint8Array.from([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]),
    });
    // separated: without the prior the slope would have no end
    expect(slope).toBeGreaterThan(1);
    expect(slope).toBeLessThan(1.6);
  });

  test("gives everybody the rate where the ranking is worse than chance", () => {
    const { logOdds, labels } = rowsOf(2_000, (raw) => -raw);
    const found = platt({ logOdds, labels });
    expect(found.slope).toBe(0);
    expect(calibrated(found, 3)).toBeCloseTo(labels.reduce((sum, label) => sum + label, 0) / 2_000, 2);
  });

  test("counts a row of weight 2 as the row twice", () => {
    const { logOdds, labels } = rowsOf(200, (raw) => raw / 2);
    const twice = platt({
      logOdds: Float64Array.of(...logOdds, ...logOdds),
      labels: Uint8Array.of(...labels, ...labels),
    });
    const weighed = platt({ logOdds, labels, weights: new Float64Array(200).fill(2) });
    expect(weighed.slope).toBeCloseTo(twice.slope, 8);
    expect(weighed.intercept).toBeCloseTo(twice.intercept, 8);
  });
});

describe("the staircase", () => {
  test("never falls, never reaches 0 or 1, and keeps the mean", () => {
    const row = fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: 0, max: 1 }));
    fc.assert(
      fc.property(fc.array(row, { minLength: 5, maxLength: 80 }), (list) => {
        const labels = Uint8Array.from(list, ([, label]) => label);
        fc.pre(labels.includes(0) && labels.includes(1));
        const found = isotonic({ logOdds: list.map(([x]) => x / 4), labels });
        for (const [at, chance] of found.chance.entries()) {
          expect(chance).toBeGreaterThan(at === 0 ? 0 : (found.chance[at - 1] as number));
          expect(chance).toBeLessThan(1);
          if (at > 0) expect(found.at[at]).toBeGreaterThan(found.at[at - 1] as number);
        }
        const [low, high] = [calibrated(found, -99), calibrated(found, 99)];
        expect(low).toBe(found.chance[0]);
        expect(high).toBe(found.chance.at(-1));
      }),
    );
  });

  test("follows a bend that no sigmoid follows, and hardly costs ranking", () => {
    const bent = (raw: number) => (raw < -1 ? -3 : 1.5 * raw);
    const [learned, fresh] = [rowsOf(20_000, bent, 5), rowsOf(20_000, bent, 6)];
    const [stairs, smooth] = [isotonic(learned), platt(learned)].map((found) => chancesOf(found, fresh.logOdds));
    expect(logLoss(stairs as number[], fresh.labels)).toBeLessThan(logLoss(smooth as number[], fresh.labels) - 0.001);
    expect(auc(stairs as number[], fresh.labels)).toBeGreaterThan(auc(fresh.logOdds, fresh.labels) - 0.002);
  });
});

describe("the choice of a calibration", () => {
  const bent = (raw: number) => (raw < -1 ? -3 : 1.5 * raw);

  test("is Platt's below a thousand positives, whatever the bend", () => {
    const few = rowsOf(2_000, bent);
    expect(few.labels.reduce((sum, label) => sum + label, 0)).toBeLessThan(1000);
    expect(calibrationFor(few, 1).kind).toBe("platt");
  });

  test("is the staircase above, where it is better on rows it was not fitted on", () => {
    const many = rowsOf(20_000, bent);
    expect(calibrationFor(many, 1).kind).toBe("isotonic");
    // of 900 leads no thousand came, however many rows they have
    const lead = Int32Array.from(many.labels, (_, row) => row % 900);
    expect(calibrationFor({ ...many, lead }, 1).kind).toBe("platt");
  });

  test("stays Platt's above, where there is no bend to follow", () => {
    expect(
      calibrationFor(
        rowsOf(8_000, (raw) => 0.7 * raw - 0.5),
        1,
      ).kind,
    ).toBe("platt");
  });

  test("is not misled by a lead's rows: each three times over, they are no better known", () => {
    const rows = rowsOf(4_000, (raw) => 0.7 * raw - 0.5);
    const thrice = {
      logOdds: Array.from({ length: 12_000 }, (_, row) => rows.logOdds[row % 4_000] as number),
      labels: Uint8Array.from({ length: 12_000 }, (_, row) => rows.labels[row % 4_000] as number),
    };
    const lead = Int32Array.from(thrice.labels, (_, row) => row % 4_000);
    expect(calibrationFor(rows, 1).kind).toBe("platt");
    expect(calibrationFor({ ...thrice, lead }, 1).kind).toBe("platt");
    expect(calibrationFor(thrice, 1).kind).toBe("isotonic");
  });

  test("brings chances that were too sure to what comes true", () => {
    const [learned, fresh] = [rowsOf(5_000, (raw) => raw / 3, 1), rowsOf(5_000, (raw) => raw / 3, 2)];
    const before = calibrationError(Array.from(fresh.logOdds, sigmoid), fresh.labels);
    const after = calibrationError(chancesOf(calibrationFor(learned, 1), fresh.logOdds), fresh.labels);
    expect(before).toBeGreaterThan(0.1);
    expect(after).toBeLessThan(0.03);
  });
});
