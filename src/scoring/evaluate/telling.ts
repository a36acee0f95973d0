// Columns that all but say the outcome by themselves. Mostly they are written after it, or are the outcome in other words: what
// is learned of them cannot be asked of somebody whose outcome is not known yet.

import { binOf, cutsOf } from "../learn/bins.ts";
import { aucInterval, type Interval } from "../learn/intervals.ts";
import { countOf } from "../learn/metrics.ts";
import type { Column, Table } from "../learn/model.ts";

export interface Telling {
  readonly name: string;
  /** Of the column alone, on the rows tested on. */
  readonly auc: Interval;
}

/** From here on a column is pointed out, where its interval begins at `SURELY` at least. Ours; of public sets without such columns none has one above .9. */
const TELLING = 0.9;
const SURELY = 0.8;
const BINS = 20;
/** A bin begins with this many rows of the overall rate. */
const PRIOR = 1;

/** Strongest first. */
export function tellingIn(learned: Table, tested: Table): readonly Telling[] {
  return learned.columns
    .map(({ name }, at) => ({ name, auc: aucInterval(ratesOf(learned, tested, at), tested.labels, tested.lead) }))
    .filter(({ auc }) => auc.value >= TELLING && auc.low >= SURELY)
    .sort((a, b) => b.auc.value - a.auc.value);
}

/** Of each row tested on, the rate of its bin among those learned from; missing is a bin of its own. */
function ratesOf(learned: Table, tested: Table, at: number): Float64Array {
  const cells = learned.cells[at] as Float64Array;
  const bin = binning(learned.columns[at] as Column, cells);
  const seen = new Map<number, { n: number; came: number }>();
  for (const [row, cell] of cells.entries()) {
    const { n, came } = seen.get(bin(cell)) ?? { n: 0, came: 0 };
    seen.set(bin(cell), { n: n + 1, came: came + (learned.labels[row] as number) });
  }
  const overall = countOf(learned.labels) / learned.rows;
  return (tested.cells[at] as Float64Array).map((cell) => {
    const { n, came } = seen.get(bin(cell)) ?? { n: 0, came: 0 };
    return (came + PRIOR * overall) / (n + PRIOR);
  });
}

function binning({ kind }: Column, cells: Float64Array): (cell: number) => number {
  if (kind === "category") return (cell) => (Number.isNaN(cell) ? -1 : cell);
  const cuts = cutsOf(cells, BINS);
  return (cell) => binOf(cell, cuts);
}
