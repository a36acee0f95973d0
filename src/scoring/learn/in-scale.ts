// Numbers that are out of all scale of their column: a stand-in for "unknown" (999999999), a slip of a keyboard, 1e308. Once
// the column is standardized, all others would be equal beside them. Trees do not mind: they only ask what is more.

import type { Table } from "./model.ts";

/** So far from the median a number has to be, and so many times as far as the next, to be out of scale. All three are ours. */
const FAR = 1e6;
const TIMES = 1_000;
/** More of the rows than this are no slip: the column is like that. */
const MOST_SHARE = 0.1;
/** Squares of larger numbers, added up over all rows, do not stay finite. */
const LARGEST = 1e150;

export type Ends = readonly [low: number, high: number] | undefined;

/** By column. Asked of all rows before they are dealt into folds, so that a slip in a fold that is left out is known there, too. */
export const endsOf = ({ columns, cells }: Pick<Table, "columns" | "cells">): readonly Ends[] =>
  columns.map(({ kind }, at) => (kind === "number" ? inScale(cells[at] as Float64Array) : undefined));

/** @returns the ends within which the cells are to be held: the furthest that are in scale; undefined where all are */
export function inScale(cells: Float64Array): Ends {
  let furthest = 0;
  for (const cell of cells) if (Math.abs(cell) > furthest) furthest = Math.abs(cell);
  if (furthest < FAR / 2) return undefined;
  const known = cells.filter((cell) => !Number.isNaN(cell)).sort();
  const middle = (known[known.length >> 1] as number) / 2;
  // halves, so that no distance overflows
  const away = (cell: number) => Math.abs(cell / 2 - middle);
  const far = Float64Array.from(known, away).sort();
  const edge = edgeOf(far);
  const inside = edge === undefined ? known : known.filter((cell) => away(cell) <= edge);
  const ends = [inside[0] as number, inside.at(-1) as number] as const;
  if (edge === undefined && furthest <= LARGEST) return undefined;
  return [Math.max(-LARGEST, Math.min(LARGEST, ends[0])), Math.min(LARGEST, Math.max(-LARGEST, ends[1]))];
}

/** The largest distance (halved) beyond which all are out of scale; they are fewer than those that lie off the median and within it. */
function edgeOf(far: Float64Array): number | undefined {
  const off = far.findIndex((distance) => distance > 0);
  const first = Math.max(off, Math.ceil((1 - MOST_SHARE) * far.length) - 1);
  if (off < 0) return undefined;
  for (let at = first; at + 1 < far.length; at += 1) {
    const [here, next] = [far[at] as number, far[at + 1] as number];
    const beyond = far.length - at - 1;
    if (next >= FAR / 2 && next > TIMES * here && at + 1 - off >= beyond) return here;
  }
  return undefined;
}
