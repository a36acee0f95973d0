// What models say of rows that they have not seen: every row is left out once, and the weights, the number of trees and
// the calibration are read off those answers. So the final model may learn from every row.

import { dealtFolds } from "./draws.ts";
import { endsOf } from "./in-scale.ts";
import { learnLinear, linearLogOdds } from "./logistic.ts";
import type { Boosted, Table } from "./model.ts";
import { rowsWhere, subset } from "./subset.ts";
import { boost, type TreeSettings } from "./trees.ts";
import { addTree } from "./walk.ts";

const SHALLOW: TreeSettings = {
  rounds: 500,
  leaves: 12,
  depth: 4,
  rate: 0.08,
  minLeaf: 10,
  l2: 2,
  rowShare: 0.8,
  columnShare: 1,
  levelWeight: 30,
  levelSmoothing: 10,
  levelL2: 5,
  patience: 35,
};
const DEEP: TreeSettings = {
  ...SHALLOW,
  rounds: 400,
  leaves: 16,
  depth: 6,
  l2: 3,
  rowShare: 0.7,
};

/** Kinds of trees that err differently: their mean is better than either (docs/scoring.md, "How the defaults were chosen"). */
export const TREE_KINDS: readonly TreeSettings[] = [SHALLOW, DEEP];

export interface Unseen {
  /** Log-odds by models that were trained without the row. */
  readonly linear: Float64Array;
  /** Mean of the kinds of trees; absent where there are too few rows for them. */
  readonly trees?: Float64Array;
  /** By kind, trees that were best on rows left out, on average. */
  readonly rounds: readonly number[];
  /** Log-odds of the rate of the other rows. */
  readonly rate: Float64Array;
}

export interface Crossing {
  readonly folds: number;
  readonly seed: number;
  /** Rows of one number are left out together. */
  readonly groups: Int32Array;
  /** None: no trees. */
  readonly kinds: readonly TreeSettings[];
  /** Heard after each model: how many of how many. */
  readonly onModel: (done: number, of: number) => void;
}

export function crossed(table: Table, { folds, seed, groups, kinds, onModel }: Crossing): Unseen {
  const ends = endsOf(table);
  const dealt = dealtFolds(table.labels, { folds, seed, groups });
  const linear = new Float64Array(table.rows);
  const trees = new Float64Array(table.rows);
  const rate = new Float64Array(table.rows);
  const found = kinds.map(() => 0);
  let done = 0;
  const told = () => {
    done += 1;
    onModel(done, folds * (1 + kinds.length));
  };
  for (let fold = 0; fold < folds; fold += 1) {
    const inside = subset(
      table,
      rowsWhere(dealt.length, (row) => dealt[row] !== fold),
    );
    const places = rowsWhere(dealt.length, (row) => dealt[row] === fold);
    const outside = subset(table, places);
    const scatter = (into: Float64Array, values: Float64Array, share: number) => {
      for (const [at, row] of places.entries()) into[row] = (into[row] as number) + share * (values[at] as number);
    };
    scatter(rate, new Float64Array(places.length).fill(logOddsOfRate(inside)), 1);
    scatter(linear, linearLogOdds(learnLinear(inside, { seed, ends }), outside), 1);
    told();
    for (const [kind, settings] of kinds.entries()) {
      const grown = boost(inside, settings, { seed: seed + fold, validation: outside }) as Boosted;
      found[kind] = (found[kind] as number) + grown.trees.length / folds;
      scatter(trees, boostedLogOdds(grown, outside), 1 / kinds.length);
      told();
    }
  }
  return { linear, ...(kinds.length > 0 ? { trees } : {}), rounds: found, rate };
}

/** Log-odds of (positives + 1/2) among (rows + 1): never certain, whatever was seen (Jeffreys). */
export function logOddsOfRate({ rows, labels, weights }: Table): number {
  let [came, whole] = [0.5, 1];
  for (let row = 0; row < rows; row += 1) {
    came += (weights?.[row] ?? 1) * (labels[row] as number);
    whole += weights?.[row] ?? 1;
  }
  return Math.log(came / (whole - came));
}

function boostedLogOdds({ base, trees }: Boosted, table: Table): Float64Array {
  const logOdds = new Float64Array(table.rows).fill(base);
  for (const tree of trees) addTree(tree, table, logOdds);
  return logOdds;
}
