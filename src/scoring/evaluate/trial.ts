// One honest trial: learn from some rows of a file, say chances of the others, and compare with what came.

import { InvalidInput } from "../../kernel/errors.ts";
import { foldOfRow } from "../learn/draws.ts";
import { aucInterval, type Interval, logLossDifference, logLossInterval } from "../learn/intervals.ts";
import { learn } from "../learn/learn.ts";
import { countOf, type Measures, measure, type ReliabilityBin, reliability } from "../learn/metrics.ts";
import type { Model, Table } from "../learn/model.ts";
import { calibrated, ready, sigmoid } from "../learn/predict.ts";
import { ROLLING, rolled } from "../learn/rolling.ts";
import { counted } from "../learn/subset.ts";
import { type ColumnRead, tableOf, typed } from "./columns.ts";
import type { Labeled } from "./csv.ts";
import { type Telling, tellingIn } from "./telling.ts";

export type Split =
  /** Tested on one of five folds. Fold 0 is for the last word: while another is asked, it stays unseen. */
  | { readonly kind: "fold"; readonly fold: number }
  /** Tested on the last fifth of the file, in its order; what was known earlier of a lead that is tested teaches nothing. */
  | { readonly kind: "temporal" };

export interface Trial {
  readonly split: Split;
  readonly learnedFrom: Seen;
  readonly columns: {
    readonly numbers: number;
    readonly categories: number;
    readonly left: readonly string[];
    /** Every column of the file but the label, and where its weights hold what is out of all scale. */
    readonly read: readonly (ColumnRead & { readonly within?: readonly [low: number, high: number] })[];
  };
  readonly model: { readonly parts: readonly Part[]; readonly calibration: Model["calibration"]["kind"] };
  readonly testedOn: Seen;
  readonly copies: Copies;
  /** Columns that all but say the outcome by themselves, strongest first. */
  readonly telling: readonly Telling[];
  readonly measures: Measures;
  /** Intervals take the rows of a lead together, where the file says whose rows are. */
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

export interface Seen {
  readonly n: number;
  /** Where the file says whose rows are. */
  readonly leads?: number;
  readonly baseRate: number;
}

export interface Copies {
  /** Rows of the file that repeat an earlier one, of those that are used at all. */
  readonly rows: number;
  /** Rows tested on that stand among those learned from, cell by cell and with their outcome; and their share. */
  readonly tested: number;
  readonly share: number;
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
  const { from, on } = parted(labeled.labels.length, split, labeled.lead);
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
    learnedFrom: seenIn(learned),
    columns: {
      numbers: kinds.filter((kind) => kind === "number").length,
      categories: kinds.filter((kind) => kind === "category").length,
      left: columns.left,
      read: columns.read.map((column) => ({ ...column, ...withinOf(model, column.name) })),
    },
    model: { parts: model.parts.map(partOf), calibration: model.calibration.kind },
    testedOn: seenIn(test),
    copies: copiesIn(labeled.first, from, on),
    telling: tellingIn(learned, test),
    measures: measure(chances, test.labels),
    auc: aucInterval(chances, test.labels, test.lead),
    logLoss: logLossInterval(chances, test.labels, test.lead),
    raw: { logLoss: before.logLoss, calibrationError: before.calibrationError },
    reliability: reliability(chances, test.labels, { leads: test.lead }),
    ...(split.kind === "temporal" ? { recalibrated: followed(chances, test) } : {}),
  };
}

function copiesIn(first: Int32Array, from: readonly number[], on: readonly number[]): Copies {
  const learned = new Set(from.map((row) => first[row]));
  const tested = on.filter((row) => learned.has(first[row])).length;
  const rows = first.reduce((sum, one, row) => sum + Number(one !== row), 0);
  return { rows, tested, share: tested / on.length };
}

const partOf = ({ weight, part }: Model["parts"][number]): Part => ({
  kind: part.kind,
  weight,
  ...(part.kind === "boosted" ? { trees: part.trees.length } : {}),
});

function withinOf({ columns, parts }: Model, name: string): { readonly within?: readonly [number, number] } {
  const at = columns.findIndex((column) => column.name === name);
  const term = parts.flatMap(({ part }) => (part.kind === "linear" ? (part.terms[at] ?? []) : []))[0];
  return term?.kind === "number" && term.within !== undefined ? { within: term.within } : {};
}

function seenIn({ rows, labels, lead }: Table): Seen {
  const found = { n: rows, baseRate: countOf(labels) / rows };
  return lead === undefined ? found : { ...found, leads: counted(labels, lead).all };
}

/** Share of the file that a temporal split learns from. */
const EARLIER = 0.8;

/** Whose rows they are, where it is told, decides on which side they fall: nobody is on both. */
export function parted(
  rows: number,
  split: Split,
  lead?: Int32Array,
): { readonly from: readonly number[]; readonly on: readonly number[] } {
  const all = Array.from({ length: rows }, (_, row) => row);
  const whose = (row: number) => lead?.[row] ?? row;
  if (split.kind === "temporal") {
    const first = Math.floor(EARLIER * rows);
    const on = all.slice(first);
    const tested = new Set(on.map(whose));
    return { from: all.slice(0, first).filter((row) => !tested.has(whose(row))), on };
  }
  const fold = (row: number) => foldOfRow(whose(row));
  return {
    from: all.filter((row) => fold(row) !== split.fold && fold(row) !== 0),
    on: all.filter((row) => fold(row) === split.fold),
  };
}

function logOddsOf(model: Model, { cells, rows }: Table): Float64Array {
  const { logOdds } = ready(model);
  const row = new Float64Array(cells.length);
  return Float64Array.from({ length: rows }, (_, at) => {
    for (const [column, values] of cells.entries()) row[column] = values[at] as number;
    return logOdds(row);
  });
}

function followed(chances: Float64Array, { labels, lead }: Table): Required<Trial>["recalibrated"] {
  const moving = rolled(
    chances.map((chance) => Math.log(chance / (1 - chance))),
    labels,
    ROLLING,
  );
  const gain = logLossDifference(moving, chances, labels, lead);
  return { window: ROLLING.window, measures: measure(moving, labels), gain };
}
