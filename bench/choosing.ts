// Choosing among settings without fold 0: no row of it comes through `choosable`, and `chosen` is the rule of
// docs/decisions/defaults.md. Pure.

import { tableOf, typed } from "../src/scoring/evaluate/columns.ts";
import type { Labeled } from "../src/scoring/evaluate/csv.ts";
import { parted } from "../src/scoring/evaluate/trial.ts";
import type { Table } from "../src/scoring/learn/model.ts";

/** To learn from folds 2 to 4 and be tested on fold 1. Of rows of fold 0 no cell and no label is read. */
export function choosable(labeled: Labeled): { readonly learned: Table; readonly tested: Table } {
  const { from, on } = parted(labeled.labels.length, { kind: "fold", fold: 1 }, labeled.lead);
  const rows = [...from, ...on];
  const kept = {
    headings: labeled.headings,
    records: rows.map((row) => labeled.records[row] as readonly string[]),
    labels: Uint8Array.from(rows, (row) => labeled.labels[row] as number),
    ...(labeled.lead === undefined ? {} : { lead: Int32Array.from(rows, (row) => labeled.lead?.[row] as number) }),
  };
  const [learned, tested] = [from.map((_, at) => at), on.map((_, at) => from.length + at)];
  const columns = typed(kept, learned);
  return { learned: tableOf(kept, columns, learned), tested: tableOf(kept, columns, tested) };
}

/** One candidate, learned from one set under one seed, on the rows tested. */
export interface Fit {
  readonly candidate: string;
  readonly set: string;
  /** Sets of one file have the same rows. */
  readonly file: string;
  readonly seed: number;
  readonly auc: number;
  readonly calibrationError: number;
  /** Of the model's trees. */
  readonly leaves: number;
  /** Mean log loss of answering everybody the rate of the rows learned from. */
  readonly baseLoss: number;
  /** Log loss by row, in the order of the file. */
  readonly losses: Float64Array;
}

export interface Standing {
  readonly candidate: string;
  /** Mean over files of log loss by that of the base rate; a file's sets, and seeds, count alike within it. */
  readonly loss: number;
  /** The same, seed by seed. */
  readonly bySeed: readonly number[];
  readonly auc: number;
  readonly errors: Readonly<Record<string, number>>;
  /** Geometric mean over files of the trees' leaves and one. */
  readonly leaves: number;
  /** Of the bars that stand. */
  readonly meetsBars: boolean;
  /** Loss less the best's, with its standard error reckoned both ways. */
  readonly behind: { readonly value: number; readonly overFiles: number; readonly overRows: number };
  readonly tied: boolean;
}

export interface Choice {
  readonly winner: string;
  readonly best: string;
  /** Bars that no candidate meets, by set: they say nothing between candidates. */
  readonly setAside: readonly string[];
  /** Least loss first. */
  readonly standings: readonly Standing[];
}

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, one) => sum + one, 0) / values.length;

/** Of the mean of independent values. */
function errorOf(values: ArrayLike<number>): number {
  const middle = mean(values);
  const squares = Array.from(values).reduce((sum, one) => sum + (one - middle) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

const valuesOf = <T>(fits: readonly Fit[], of: (fit: Fit) => T): T[] => [...new Set(fits.map(of))];

/** By row of a file, the mean over its sets and seeds of log loss by that of the base rate. */
function lossesOf(fits: readonly Fit[]): Float64Array {
  const rows = fits[0]?.losses.length ?? 0;
  if (fits.some(({ losses }) => losses.length !== rows)) throw new Error("sets of one file do not have the same rows");
  return Float64Array.from({ length: rows }, (_, row) =>
    mean(fits.map(({ losses, baseLoss }) => (losses[row] as number) / baseLoss)),
  );
}

/** @param bars most mean calibration error, by set */
export function chosen(fits: readonly Fit[], bars: Readonly<Record<string, number>>): Choice {
  const files = valuesOf(fits, ({ file }) => file);
  const seeds = valuesOf(fits, ({ seed }) => seed);
  const all = valuesOf(fits, ({ candidate }) => candidate).map((candidate) => {
    const own = fits.filter((fit) => fit.candidate === candidate);
    const losses = files.map((file) => lossesOf(own.filter((fit) => fit.file === file)));
    const over = (of: (ofFile: readonly Fit[]) => number): number =>
      mean(files.map((file) => of(own.filter((fit) => fit.file === file))));
    const errors = Object.fromEntries(
      valuesOf(own, ({ set }) => set).map((set) => [
        set,
        mean(own.filter((fit) => fit.set === set).map(({ calibrationError }) => calibrationError)),
      ]),
    );
    return {
      ...{ candidate, losses, errors },
      loss: mean(losses.map(mean)),
      bySeed: seeds.map((seed) => over((fit) => mean(lossesOf(fit.filter((one) => one.seed === seed))))),
      auc: over((fit) => mean(fit.map(({ auc }) => auc))),
      leaves: Math.exp(over((fit) => mean(fit.map(({ leaves }) => Math.log(leaves + 1))))),
    };
  });
  type One = (typeof all)[number];
  const meets = ({ errors }: One, set: string) => (errors[set] as number) <= (bars[set] as number);
  const setAside = Object.keys(bars).filter((set) => !all.some((one) => meets(one, set)));
  const standing = Object.keys(bars).filter((set) => !setAside.includes(set));
  const rising = all.toSorted((a, b) => a.loss - b.loss);
  const best = rising.find((one) => standing.every((set) => meets(one, set)));
  if (best === undefined) throw new Error("no candidate meets every bar that some candidate meets");
  const standings = rising.map(({ losses, ...one }): Standing => {
    const apart = losses.map((ofFile, at) =>
      ofFile.map((loss, row) => loss - ((best.losses[at] as Float64Array)[row] as number)),
    );
    const behind = {
      value: one.loss - best.loss,
      overFiles: errorOf(apart.map(mean)),
      overRows: Math.hypot(...apart.map(errorOf)) / apart.length,
    };
    const meetsBars = standing.every((set) => meets({ ...one, losses }, set));
    const tied = meetsBars && behind.value <= Math.max(behind.overFiles, behind.overRows);
    return { ...one, meetsBars, behind, tied };
  });
  const [winner] = standings.filter(({ tied }) => tied).toSorted((a, b) => a.leaves - b.leaves);
  return { winner: (winner as Standing).candidate, best: best.candidate, setAside, standings };
}
