// The settings of the learner's trees that were candidates for the default, written down before any was tried by the rule of
// docs/decisions/defaults.md. Each but the first differs from it in one thing, in both kinds of trees alike.

import type { TreeSettings } from "../src/scoring/learn/trees.ts";

export interface Candidate {
  readonly name: string;
  readonly kinds: readonly TreeSettings[];
}

const SHALLOW: TreeSettings = {
  rounds: 500,
  leaves: 12,
  depth: 4,
  rate: 0.08,
  minLeaf: 10,
  l2: 2,
  rowShare: 0.8,
  columnShare: 0.7,
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
  columnShare: 0.5,
};

const but = (name: string, shallow: Partial<TreeSettings>, deep: Partial<TreeSettings> = shallow): Candidate => ({
  name,
  kinds: [
    { ...SHALLOW, ...shallow },
    { ...DEEP, ...deep },
  ],
});

export const CANDIDATES: readonly Candidate[] = [
  but("80 % of rows, levels from 30", {}),
  but("shallow on every row, levels from 10", { rowShare: 1, levelWeight: 10 }, { levelWeight: 10 }),
  but("levels from 10", { levelWeight: 10 }),
  but("levels from 100", { levelWeight: 100 }),
  but("every row", { rowShare: 1 }),
  but("60 and 50 % of rows", { rowShare: 0.6 }, { rowShare: 0.5 }),
  but("every column", { columnShare: 1 }),
  but("50 and 35 % of columns", { columnShare: 0.5 }, { columnShare: 0.35 }),
  but("slower", { rate: 0.05, rounds: 800, patience: 55 }, { rate: 0.05, rounds: 640, patience: 55 }),
  but("faster", { rate: 0.12, rounds: 340, patience: 25 }, { rate: 0.12, rounds: 270, patience: 25 }),
  but("shallower", { depth: 3, leaves: 8 }, { depth: 5, leaves: 12 }),
  but("deeper", { depth: 5, leaves: 16 }, { depth: 8, leaves: 31 }),
  but("leaves of 5 rows", { minLeaf: 5 }),
  but("leaves of 30 rows", { minLeaf: 30 }),
  but("more shrinkage", { l2: 8 }, { l2: 12 }),
  { name: "shallow alone", kinds: [SHALLOW] },
  { name: "deep alone", kinds: [DEEP] },
];
