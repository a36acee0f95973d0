// Whether the leads of today are still those a model learned from (population stability index), and whether what it
// says still comes true (CUSUM of outcome less chance).

import type { Cusum, DriftLevel } from "./kept.ts";

/** Convention, not law (as Alibaba's PAI and others have it): stable below .10, worth watching to .25, to be acted upon above. */
const WATCH = 0.1;
const ACT = 0.25;
/** Parts of a number's range, by the quantiles of what the model learned from. */
const BINS = 10;
/** Fewer leads say nothing about ten parts. */
export const LEAST_TO_COMPARE = 100;

export const levelOf = (psi: number): DriftLevel => (psi > ACT ? "act" : psi >= WATCH ? "watch" : "stable");

/** How a column was distributed where the model learned: edges of its parts, and how many rows fell into each. */
export interface Shape {
  /** Rising; a number belongs to the first part whose edge it does not exceed. Absent: levels, by their index. */
  readonly edges?: readonly number[];
  /** By part; the last is "missing". */
  readonly counts: readonly number[];
}

/** Of all that a model learned from: its columns by name, and the chances it gave. */
export interface Shapes {
  readonly columns: Readonly<Record<string, Shape>>;
  readonly score: Shape;
}

/** The shape of numbers, by their own quantiles. */
export function shapeOfNumbers(cells: Float64Array): Shape {
  const known = cells.filter((cell) => !Number.isNaN(cell)).sort();
  const edges: number[] = [];
  for (let part = 1; part < BINS; part += 1) {
    const edge = known[Math.floor((part * known.length) / BINS)];
    if (edge !== undefined && edge !== known[known.length - 1] && edge !== edges.at(-1)) edges.push(edge);
  }
  return { edges, counts: countsIn(edges, edges.length + 1, cells) };
}

export const shapeOfLevels = (levels: number, cells: Float64Array): Shape => ({
  counts: countsIn(undefined, levels, cells),
});

/** How these cells fall into the parts of a shape. */
export const countsLike = ({ edges, counts }: Shape, cells: Float64Array): number[] =>
  countsIn(edges, counts.length - 1, cells);

function countsIn(edges: readonly number[] | undefined, parts: number, cells: Float64Array): number[] {
  const counts = Array.from({ length: parts + 1 }, () => 0);
  for (const cell of cells) {
    const part = Number.isNaN(cell) ? parts : edges === undefined ? cell : partOf(edges, cell);
    const place = Math.min(part, parts);
    counts[place] = (counts[place] as number) + 1;
  }
  return counts;
}

function partOf(edges: readonly number[], cell: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cell <= (edges[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Population stability index between two samples counted in the same parts, less what chance alone gives:
 * (parts - 1) (1/n1 + 1/n2) on average. Never below 0. Parts that are empty on both sides are no parts; half a row
 * stands in for an empty one.
 *
 * @returns undefined where either side has fewer than 100 rows
 */
export function psi(before: readonly number[], after: readonly number[]): number | undefined {
  const [n1, n2] = [sum(before), sum(after)];
  if (n1 < LEAST_TO_COMPARE || n2 < LEAST_TO_COMPARE) return undefined;
  let [index, parts] = [0, 0];
  for (const [part, was] of before.entries()) {
    const is = after[part] ?? 0;
    if (was + is === 0) continue;
    parts += 1;
    const [p, q] = [Math.max(was, 0.5) / n1, Math.max(is, 0.5) / n2];
    index += (q - p) * Math.log(q / p);
  }
  return Math.max(0, index - (parts - 1) * (1 / n1 + 1 / n2));
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

/**
 * CUSUM of y - p over outcomes in order of time, in standard deviations of one outcome; `SLACK` is let go at each step.
 * Measured by simulation at base rates of 2 to 50 %: with honest chances `WARN` is first reached after 1,500 to 1,800
 * outcomes on average and `ALARM` after 5,600 to 11,800; where the odds have doubled, `ALARM` after 120 to 300.
 */
const SLACK = 0.1;
const WARN = 20;
const ALARM = 30;

/** @param outcomes in order of time */
export function cusum(outcomes: Iterable<{ readonly chance: number; readonly label: number }>): Cusum {
  let [n, expected, observed, high, low] = [0, 0, 0, 0, 0];
  for (const { chance, label } of outcomes) {
    n += 1;
    expected += chance;
    observed += label;
    // a chance at the very edge would weigh without bound
    const scale = Math.sqrt(Math.max(chance * (1 - chance), 0.01));
    const step = (label - chance) / scale;
    high = Math.max(0, high + step - SLACK);
    low = Math.max(0, low - step - SLACK);
  }
  const furthest = Math.max(high, low);
  const level = furthest >= ALARM ? "act" : furthest >= WARN ? "watch" : "stable";
  return { n, expected, observed, high, low, level };
}
