// What learning is held to on public data: one default for all sets, the last word on fold 0. Skipped where the data is not.

import { afterAll, describe, expect, test } from "vitest";
import { type Trial, tried } from "../src/scoring/evaluate/trial.ts";
import { draws } from "../src/scoring/learn/draws.ts";
import type { ReliabilityBin } from "../src/scoring/learn/metrics.ts";
import { FROZEN, hasSets, PRIZE, rowsOf, SETS, setNamed, TOLERANCE } from "./scoring-sets.ts";

const found: string[] = [];
afterAll(() => {
  if (found.length > 0) process.stdout.write(`${found.join("\n")}\n`);
});

/** What is promised of the calibration error (ECE, 15 bins) after calibration. */
const PROMISED = [
  ["online-shoppers", 0.02],
  ["bank-full without duration", 0.02],
  ["adult", 0.02],
  ["telco-churn", 0.035],
] as const;
const UNPROMISED = ["online-shoppers without PageValues", "iranian-churn, each row once"] as const;

const trials = new Map<string, Trial>();

/** Learned from folds 1 to 4 and tested on fold 0, once. */
function trialOf(name: string): Trial {
  const known = trials.get(name);
  if (known !== undefined) return known;
  const trial = tried(rowsOf(setNamed(name)), { split: { kind: "fold", fold: 0 }, seed: 1 });
  const { measures, raw, auc, testedOn } = trial;
  found.push(
    `${name}: n ${measures.n}, base rate ${testedOn.baseRate.toFixed(4)}, AUC ${[auc.value, auc.low, auc.high].map((one) => one.toFixed(4))}`,
    `  log loss ${measures.logLoss.toFixed(4)}, ECE before and after ${[raw.calibrationError, measures.calibrationError].map((one) => one.toFixed(4))}, accuracy ${measures.accuracy.toFixed(4)} (majority ${measures.majority.toFixed(4)})`,
  );
  trials.set(name, trial);
  return trial;
}

/** The calibration error that chances of these bins, had each come true as often as it says, exceed once in a hundred draws. */
function errorByLuck(bins: readonly ReliabilityBin[]): number {
  const next = draws(1);
  const rows = bins.reduce((sum, { n }) => sum + n, 0);
  const came = (n: number, chance: number): number => {
    let count = 0;
    for (let row = 0; row < n; row += 1) if (next() < chance) count += 1;
    return count;
  };
  const errors = Float64Array.from({ length: 1_000 }, () =>
    bins.reduce((sum, { n, meanChance }) => sum + Math.abs(came(n, meanChance) - n * meanChance) / rows, 0),
  ).sort();
  return errors[989] as number;
}

describe.runIf(hasSets)("on rows it has not seen, the default", () => {
  const all = SETS.map(({ name, reference }) => [name, reference] as const);

  test.each(all)("ranks no worse than the reference, AUC at least its less .005: %s", (name, { auc }) => {
    expect(trialOf(name).measures.auc).toBeGreaterThanOrEqual(auc - TOLERANCE);
  });

  test.each(all)("has a log loss of at most the reference's and .005: %s", (name, { logLoss }) => {
    expect(trialOf(name).measures.logLoss).toBeLessThanOrEqual(logLoss + TOLERANCE);
  });

  test.each(PROMISED)("has a calibration error of at most what is promised: %s, %d", (name, most) => {
    expect(trialOf(name).measures.calibrationError).toBeLessThanOrEqual(most);
  });

  test.each(UNPROMISED)(
    "is off by no more than chances that come true are by luck, where no error is promised: %s",
    (name) => {
      const { measures, reliability } = trialOf(name);
      const most = errorByLuck(reliability);
      found.push(`${name}: ECE ${measures.calibrationError.toFixed(4)}, at most ${most.toFixed(4)} by luck`);
      expect(measures.calibrationError).toBeLessThanOrEqual(most);
    },
  );

  test("is promised the same by the bench, and every set is held to one or the other", () => {
    const promised = SETS.flatMap(({ name, mostError }) => (mostError === undefined ? [] : [[name, mostError]]));
    expect(Object.fromEntries(promised)).toEqual(Object.fromEntries(PROMISED));
    expect([...PROMISED.map(([name]) => name), ...UNPROMISED].sort()).toEqual(SETS.map(({ name }) => name).sort());
  });

  test("has a mean AUC above the references'", () => {
    const mean = SETS.reduce((sum, { name }) => sum + trialOf(name).measures.auc, 0) / SETS.length;
    found.push(`mean AUC ${mean.toFixed(4)}`);
    expect(mean).toBeGreaterThan(PRIZE);
  });

  test("frozen on bank-full's last fifth is beaten by far once its intercept follows the newest outcomes", () => {
    const { recalibrated, measures, auc } = tried(rowsOf(setNamed("bank-full without duration")), {
      split: { kind: "temporal" },
      seed: 1,
    });
    found.push(
      `temporal: frozen ${measures.logLoss.toFixed(4)}, ECE ${measures.calibrationError.toFixed(4)}, AUC ${[auc.value, auc.low, auc.high].map((one) => one.toFixed(4))}, gain ${[recalibrated?.gain.value, recalibrated?.gain.low, recalibrated?.gain.high].map((one) => one?.toFixed(4))}, ECE ${recalibrated?.measures.calibrationError.toFixed(4)}, following ${recalibrated?.measures.logLoss.toFixed(4)}`,
    );
    expect(recalibrated?.gain.high).toBeLessThan(-0.05);
    expect(recalibrated?.measures.logLoss).toBeLessThan(FROZEN.logLoss - 0.1);
    expect(recalibrated?.measures.calibrationError).toBeLessThan(FROZEN.calibrationError / 2);
  });
});
