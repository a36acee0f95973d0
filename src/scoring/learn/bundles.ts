// Columns of few bins, added up together: one pass over the rows finds the sums of every combination of their bins, and
// from those come the sums of each column. Passing over rows is most of the work of learning.

import type { Binned } from "./bins.ts";

/** Combinations that still are one byte. */
const MOST_CELLS = 256;

export interface Bundle {
  readonly columns: readonly number[];
  readonly cells: number;
  /** By row, the combination. */
  readonly codes: Uint8Array;
  /** By column of the bundle and by combination, the column's bin. */
  readonly bins: readonly Uint8Array[];
}

/** The widest first, each into the first bundle with room; columns that find no company are left out. */
export function bundlesOf({ columns, codes, rows }: Binned): Bundle[] {
  const widths = columns.map(({ bins, missing }) => bins + (missing ? 1 : 0));
  const byWidth = Array.from(widths.keys()).sort((a, b) => widths[b]! - widths[a]! || a - b);
  const groups: { columns: number[]; cells: number }[] = [];
  for (const column of byWidth) {
    const width = Math.max(widths[column]!, 1);
    const group = groups.find(({ cells }) => cells * width <= MOST_CELLS);
    if (group === undefined) groups.push({ columns: [column], cells: width });
    else {
      group.columns.push(column);
      group.cells *= width;
    }
  }
  return groups
    .filter((group) => group.columns.length > 1)
    .map((group) => {
      const combined = new Uint8Array(rows);
      const bins: Uint8Array[] = [];
      let step = 1;
      for (const column of group.columns) {
        const width = Math.max(widths[column]!, 1);
        const own = codes[column]!;
        for (let row = 0; row < rows; row += 1) combined[row] = combined[row]! + step * own[row]!;
        bins.push(Uint8Array.from({ length: group.cells }, (_, cell) => Math.floor(cell / step) % width));
        step *= width;
      }
      return { columns: group.columns, cells: group.cells, codes: combined, bins };
    });
}
