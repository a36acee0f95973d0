// Is what is reached on fold 0 luck of that fold? The learner as it is and its reference on the same fresh random splits of
// each set: four fifths to learn from, one to test on, outcomes in equal shares. Nothing is chosen here.

import { tableOf, typed } from "../src/scoring/evaluate/columns.ts";
import type { Labeled } from "../src/scoring/evaluate/csv.ts";
import { dealtFolds, draws } from "../src/scoring/learn/draws.ts";
import { learn } from "../src/scoring/learn/learn.ts";
import { countOf, type Measures, measure } from "../src/scoring/learn/metrics.ts";
import type { Table } from "../src/scoring/learn/model.ts";
import { ready } from "../src/scoring/learn/predict.ts";
import { rowsOf, type ScoringSet, SETS, TOLERANCE } from "../test/scoring-sets.ts";
import { askReference, hasReference, NO_REFERENCE } from "./reference.ts";
import { overSplits } from "./resampled.ts";

/** Written down before a split was looked at. */
const SEED = 20261122;
const SPLITS = 10;
const FOLDS = 5;

type Say = (name: string, ...figures: readonly string[]) => void;

interface Pair {
  readonly ours: Measures;
  readonly theirs: Measures;
}

export function splits(say: Say): void {
  if (!hasReference()) {
    say("scikit-learn", NO_REFERENCE);
    return;
  }
  say("seed", `${SEED}`, `${SPLITS} splits a set`);
  for (const set of SETS) {
    const labeled = rowsOf(set);
    const next = draws(SEED);
    const pairs = Array.from({ length: SPLITS }, (_, at) => {
      const pair = comparedOn(labeled, set, { split: Math.floor(next() * 2 ** 32), learner: at + 1 });
      say(
        `  ${set.name}, split ${at + 1}`,
        `AUC ${pair.ours.auc.toFixed(4)}, ${set.reference.model} ${pair.theirs.auc.toFixed(4)}`,
        `log loss ${pair.ours.logLoss.toFixed(4)}, ${pair.theirs.logLoss.toFixed(4)}`,
        `ECE ${pair.ours.calibrationError.toFixed(4)}, ${pair.theirs.calibrationError.toFixed(4)}`,
        isMet(pair) ? "met" : "MISSED",
      );
      return pair;
    });
    summed(say, set, labeled, pairs);
  }
}

function comparedOn(
  labeled: Labeled,
  { reference: { model } }: ScoringSet,
  seeds: { readonly split: number; readonly learner: number },
): Pair {
  const fold = dealtFolds(labeled.labels, { folds: FOLDS, seed: seeds.split });
  const all = [...labeled.labels.keys()];
  const from = all.filter((row) => fold[row] !== 0);
  const columns = typed(labeled, from);
  const learned = tableOf(labeled, columns, from);
  const tested = tableOf(
    labeled,
    columns,
    all.filter((row) => fold[row] === 0),
  );
  const { chance } = ready(learn(learned, { seed: seeds.learner }));
  return {
    ours: measure(chancesOf(tested, chance), tested.labels),
    theirs: measure(askReference({ model, learned, tested }).chances, tested.labels),
  };
}

const chancesOf = ({ cells, rows }: Table, chance: (row: number[]) => number): Float64Array =>
  Float64Array.from({ length: rows }, (_, at) => chance(cells.map((column) => column[at] as number)));

const isMet = ({ ours, theirs }: Pair): boolean =>
  ours.auc >= theirs.auc - TOLERANCE && ours.logLoss <= theirs.logLoss + TOLERANCE;

function summed(say: Say, set: ScoringSet, { labels }: Labeled, pairs: readonly Pair[]): void {
  const mean = (of: (pair: Pair) => number) => pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length;
  const apart = (of: (measures: Measures) => number): string => {
    const differences = pairs.map(({ ours, theirs }) => of(ours) - of(theirs));
    const { value, low, high } = overSplits(differences, 1 / (FOLDS - 1));
    return [value, low, high].map(signed).join(" ");
  };
  const errors = pairs.map(({ ours }) => ours.calibrationError);
  say(
    set.name,
    `n ${labels.length}, base rate ${((100 * countOf(labels)) / labels.length).toFixed(1)} %, ${pairs.length} splits`,
    `AUC ${mean(({ ours }) => ours.auc).toFixed(4)}, ${set.reference.model} ${mean(({ theirs }) => theirs.auc).toFixed(4)}, difference and 95 % interval ${apart(({ auc }) => auc)}`,
    `log loss ${mean(({ ours }) => ours.logLoss).toFixed(4)}, ${mean(({ theirs }) => theirs.logLoss).toFixed(4)}, difference ${apart(({ logLoss }) => logLoss)}`,
    `ECE ${mean(({ ours }) => ours.calibrationError).toFixed(4)} (${Math.min(...errors).toFixed(4)} to ${Math.max(...errors).toFixed(4)}), ${mean(({ theirs }) => theirs.calibrationError).toFixed(4)}`,
    set.mostError === undefined
      ? ""
      : `ECE at most ${set.mostError} in ${errors.filter((one) => one <= (set.mostError as number)).length}`,
    `met in ${pairs.filter(isMet).length} of ${pairs.length}`,
  );
}

const signed = (value: number): string => `${value < 0 ? "" : "+"}${value.toFixed(4)}`;
