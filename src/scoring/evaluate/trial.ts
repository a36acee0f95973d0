// One honest trial: learn from some rows of a file, say chances of the others, and compare with what came.

import { InvalidInput } from "../../kernel/errors.ts";
import { foldOfRow } from "../learn/draws.ts";
import { aucInterval, type Interval, logLossDifference, logLossInterval } from "../learn/intervals.ts";
import { learn } from "../learn/learn.ts";
import { type Measures, measure, type ReliabilityBin, reliability } from "../learn/metrics.ts";
import type { Model, Table } from "../learn/model.ts";
import { calibrated, ready, sigmoid } from "../learn/predict.ts";
import { ROLLING, rolled } from "../learn/rolling.ts";
import { type Labeled, tableOf, typed } from "./csv.ts";

export type Split =
  /** Tested on one of five folds. Fold 0 is for the last word: while another is asked, it stays unseen. */
  | { readonly kind: "fold"; readonly fold: number }
  /** Tested on the last fifth of the file, in its order. */
  | { readonly kind: "temporal" };

export interface Trial {
  readonly split: Split;
  readonly learnedFrom: { readonly n: number; readonly baseRate: number };
  readonly columns: { readonly numbers: number; readonly categories: number; readonly left: readonly string[] };
  readonly model: { readonly parts: readonly Part[]; readonly calibration: Model["calibration"]["kind"] };
  readonly baseRate: number;
  readonly measures: Measures;
  readonly auc: Interval;
  readonly logLoss: Interval;
  /** Before calibration. */
  readonly raw: { readonly logLoss: number; readonly calibrationError: number };
  readonly reliability: readonly ReliabilityBin[];
  /** With an intercept that follows the newest outcomes; only where rows are in order. */
  readonly recalibrated?: {
    readonly window: number;
    readonly measures: Measures;
    /** Log loss less that of the frozen model: below 0, it is better. */
    readonly gain: Interval;
  };
}

interface Part {
  readonly kind: "boosted" | "linear" | "rate";
  readonly weight: number;
  readonly trees?: number;
}

export interface Trying {
  readonly split: Split;
  readonly seed: number;
  readonly onProgress?: (share: number) => void;
}

/** @throws InvalidInput where the split leaves nothing to learn from or nothing to test on */
export function tried(labeled: Labeled, { split, seed, onProgress }: Trying): Trial {
  const { from, on } = parted(labeled.labels.length, split);
  if (from.length === 0 || on.length === 0)
    throw new InvalidInput(`Expected rows to learn from and rows to test on: ${from.length} and ${on.length} of them.`);
  const columns = typed(labeled, from);
  const learned = tableOf(labeled, columns, from);
  const test = tableOf(labeled, columns, on);
  const model = learn(learned, { seed, ...(onProgress === undefined ? {} : { onProgress }) });
  const raw = logOddsOf(model, test);
  const chances = raw.map((logOdds) => calibrated(model.calibration, logOdds));
  const before = measure(raw.map(sigmoid), test.labels);
  const kinds = columns.columns.map(({ kind }) => kind);
  return {
    split,
    learnedFrom: { n: from.length, baseRate: rateOf(learned) },
    columns: {
      numbers: kinds.filter((kind) => kind === "number").length,
      categories: kinds.filter((kind) => kind === "category").length,
      left: columns.left,
    },
    model: { parts: model.parts.map(partOf), calibration: model.calibration.kind },
    baseRate: rateOf(test),
    measures: measure(chances, test.labels),
    auc: aucInterval(chances, test.labels),
    logLoss: logLossInterval(chances, test.labels),
    raw: { logLoss: before.logLoss, calibrationError: before.calibrationError },
    reliability: reliability(chances, test.labels),
    ...(split.kind === "temporal" ? { recalibrated: followed(chances, test.labels) } : {}),
  };
}

const partOf = ({ weight, part }: Model["parts"][number]): Part => ({
  kind: part.kind,
  weight,
  ...(part.kind === "boosted" ? { trees: part.trees.length } : {}),
});

const rateOf = ({ labels, rows }: Table): number => labels.reduce((sum, label) => sum + label, 0) / rows;

/** Share of the file that a temporal split learns from. */
const EARLIER = 0.8;

export function parted(
  rows: number,
  split: Split,
): { readonly from: readonly number[]; readonly on: readonly number[] } {
  const all = Array.from({ length: rows }, (_, row) => row);
  if (split.kind === "temporal") {
    const first = Math.floor(EARLIER * rows);
    return { from: all.slice(0, first), on: all.slice(first) };
  }
  const on = all.filter((row) => foldOfRow(row) === split.fold);
  return { from: all.filter((row) => foldOfRow(row) !== split.fold && foldOfRow(row) !== 0), on };
}

function logOddsOf(model: Model, { cells, rows }: Table): Float64Array {
  const { logOdds } = ready(model);
  const row = new Float64Array(cells.length);
  return Float64Array.from({ length: rows }, (_, at) => {
    for (const [column, values] of cells.entries()) row[column] = values[at] as number;
    return logOdds(row);
  });
}

function followed(chances: Float64Array, labels: Uint8Array): Required<Trial>["recalibrated"] {
  const moving = rolled(
    chances.map((chance) => Math.log(chance / (1 - chance))),
    labels,
    ROLLING,
  );
  const gain = logLossDifference(moving, chances, labels);
  return { window: ROLLING.window, measures: measure(moving, labels), gain };
}
