// What if the lead were of another group: its group-linked columns are taken from a lead of another group, all else stays,
// and it is scored again. A counterfactual of the model, not of the world: what the columns do not say does not change.

import { draws } from "../learn/draws.ts";
import type { Interval } from "../learn/intervals.ts";
import type { Column } from "../learn/model.ts";
import { type Cut, FEWEST, shareOf } from "./impact.ts";
import type { AuditRows } from "./proxies.ts";

export interface Flips {
  /** Those changed; none: nothing tells a group. */
  readonly columns: readonly string[];
  /** Leads asked about, each with one lead of another group. */
  readonly n: number;
  /** Share whose tier changes, and of it upwards; absent: too few, or no column to change. */
  readonly changed?: Interval;
  readonly up?: number;
  readonly down?: number;
  readonly groups: readonly {
    readonly group: string;
    readonly n: number;
    readonly up: number;
    readonly down: number;
  }[];
}

export function flips(
  { columns, rows, cells }: AuditRows,
  groups: readonly string[],
  linked: readonly string[],
  {
    score,
    cuts,
    seed,
  }: { readonly score: (row: Float64Array) => number; readonly cuts: readonly Cut[]; readonly seed: number },
): Flips {
  const at = linkedAt(columns, linked);
  const names = at.map((index) => (columns[index] as Column).name);
  const members = new Map<string, number[]>();
  groups.forEach((group, row) => {
    const others = members.get(group);
    if (others === undefined) members.set(group, [row]);
    else others.push(row);
  });
  if (at.length === 0 || members.size < 2 || rows < FEWEST) return { columns: names, n: 0, groups: [] };
  const next = draws(seed);
  const tier = (row: Float64Array) => {
    const standing = score(row);
    return cuts.filter(({ from }) => standing >= from).length;
  };
  const found = new Map([...members.keys()].sort().map((group) => [group, { n: 0, up: 0, down: 0 }]));
  for (let row = 0; row < rows; row += 1) {
    const group = groups[row] as string;
    const count = found.get(group) as { n: number; up: number; down: number };
    const own = Float64Array.from(cells, (column) => column[row] as number);
    const before = tier(own);
    const donor = another(groups, group, rows, next);
    for (const index of at) own[index] = (cells[index] as Float64Array)[donor] as number;
    const after = tier(own);
    count.n += 1;
    if (after > before) count.up += 1;
    if (after < before) count.down += 1;
  }
  const all = [...found].map(([group, counts]) => ({ group, ...counts }));
  const up = all.reduce((sum, one) => sum + one.up, 0);
  const down = all.reduce((sum, one) => sum + one.down, 0);
  return { columns: names, n: rows, changed: shareOf(up + down, rows), up, down, groups: all };
}

const linkedAt = (columns: readonly Column[], linked: readonly string[]): readonly number[] =>
  columns.flatMap(({ name }, index) => (linked.includes(name) ? [index] : []));

/** A row of another group, drawn evenly. There is one. */
function another(groups: readonly string[], group: string, rows: number, next: () => number): number {
  let row = Math.floor(next() * rows);
  while (groups[row] === group) row = (row + 1) % rows;
  return row;
}
