// What learning is held to on public data: one default for all sets, the last word on fold 0. Skipped where the data is not.

import { afterAll, describe, expect, test } from "vitest";
import { tried } from "../src/scoring/evaluate/trial.ts";
import { FROZEN, hasSets, PRIZE, rowsOf, SETS, setNamed, TOLERANCE } from "./scoring-sets.ts";

const found: string[] = [];
afterAll(() => {
  if (found.length > 0) process.stdout.write(`${found.join("\n")}\n`);
});

describe.runIf(hasSets)("on rows it has not seen, the default", () => {
  const aucs: number[] = [];

  test.each(SETS.map((set) => [set.name, set] as const))("is no worse than the reference: %s", (name, set) => {
    const { measures, raw } = tried(rowsOf(set), { split: { kind: "fold", fold: 0 }, seed: 1 });
    aucs.push(measures.auc);
    const figures = [measures.auc, measures.logLoss, raw.calibrationError, measures.calibrationError];
    found.push(`${name}: n ${measures.n}, AUC, log loss, ECE before, after: ${figures.map((one) => one.toFixed(4))}`);
    expect.soft(measures.auc).toBeGreaterThanOrEqual(set.reference.auc - TOLERANCE);
    expect.soft(measures.logLoss).toBeLessThanOrEqual(set.reference.logLoss + TOLERANCE);
    if (set.mostError !== undefined) expect.soft(measures.calibrationError).toBeLessThanOrEqual(set.mostError);
  });

  test("has a mean AUC above the references'", () => {
    expect(aucs).toHaveLength(SETS.length);
    const mean = aucs.reduce((sum, auc) => sum + auc, 0) / aucs.length;
    found.push(`mean AUC ${mean.toFixed(4)}`);
    expect(mean).toBeGreaterThan(PRIZE);
  });

  test("frozen on bank-full's last fifth is beaten by far once its intercept follows the newest outcomes", () => {
    const { recalibrated, measures } = tried(rowsOf(setNamed("bank-full without duration")), {
      split: { kind: "temporal" },
      seed: 1,
    });
    found.push(
      `temporal: frozen ${measures.logLoss.toFixed(4)}, following ${recalibrated?.measures.logLoss.toFixed(4)}`,
    );
    expect(recalibrated?.gain.high).toBeLessThan(-0.05);
    expect(recalibrated?.measures.logLoss).toBeLessThan(FROZEN.logLoss - 0.1);
    expect(recalibrated?.measures.calibrationError).toBeLessThan(FROZEN.calibrationError / 2);
  });
});
