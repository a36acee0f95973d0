// A trial for people: every figure with its n, its base rate and its interval.

import type { Interval } from "../learn/intervals.ts";
import type { Labeled } from "./csv.ts";
import type { Split, Trial } from "./trial.ts";

const two = (value: number): string => (Number.isNaN(value) ? "none" : value.toFixed(3));
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const within = ({ value, low, high }: Interval): string => `${two(value)} (95 % interval ${two(low)} to ${two(high)})`;

const SPLIT = (split: Split): string =>
  split.kind === "temporal" ? "the last fifth of the file" : `fold ${split.fold} of 5`;

export function trialText(
  file: string,
  label: string,
  { positive, repeated, unlabeled }: Labeled,
  trial: Trial,
): string {
  const { measures, raw, model, columns, learnedFrom, recalibrated } = trial;
  const parts = model.parts.map(({ kind, weight, trees }) =>
    kind === "boosted"
      ? `${trees} trees (${percent(weight)})`
      : `${kind === "linear" ? "logistic" : "rate"} (${percent(weight)})`,
  );
  const notes = [
    repeated > 0 ? `${repeated} rows repeat an earlier one and were left out.` : "",
    unlabeled > 0 ? `${unlabeled} rows have no label and were left out.` : "",
    columns.left.length > 0 ? `Left out, as they name the rows: ${columns.left.join(", ")}.` : "",
    model.parts[0]?.kind === "rate" ? "Too little to learn from: every row has the rate." : "",
  ];
  const lines = [
    `${file}: ${label} is ${positive}; tested on ${SPLIT(trial.split)}`,
    `  learned from   ${learnedFrom.n} rows, base rate ${percent(learnedFrom.baseRate)}; ${columns.numbers} numbers, ${columns.categories} categories`,
    `  model          ${parts.join(", ")}; calibration ${model.calibration}`,
    `  tested on      ${measures.n} rows, base rate ${percent(trial.baseRate)}`,
    `  AUC            ${within(trial.auc)}`,
    `  log loss       ${within(trial.logLoss)}, ${two(raw.logLoss)} before calibration`,
    `  ECE            ${two(measures.calibrationError)}, ${two(raw.calibrationError)} before calibration (15 bins)`,
    `  Brier          ${two(measures.brier)}`,
    `  accuracy       ${percent(measures.accuracy)}; the majority's answer for everybody: ${percent(measures.majority)}`,
    `  top 10 %       ${measures.liftTop10.toFixed(1)} times the base rate`,
    `  top 20 %       holds ${percent(measures.capturedTop20)} of those that came true`,
  ];
  if (recalibrated !== undefined) {
    const { measures: moving, gain, window } = recalibrated;
    lines.push(
      `  recalibrated   intercept from the ${window} newest outcomes: log loss ${two(moving.logLoss)}, ECE ${two(moving.calibrationError)}, AUC ${two(moving.auc)}`,
      `                 log loss ${within(gain)} against the frozen model`,
    );
  }
  return [...lines, ...notes.filter((note) => note !== "")].join("\n");
}
