// An intercept that follows the base rate: what a frozen model says, shifted by what the newest outcomes say. The base
// rate moves first when a market does; the order of the leads holds longer.

import { sigmoid } from "./predict.ts";

export interface Rolling {
  /** Newest known outcomes that the shift is read off. */
  readonly window: number;
  /** Rows between two readings; an outcome is used from the next reading on, never for its own row. */
  readonly every: number;
}

export const ROLLING: Rolling = { window: 500, every: 25 };

/** How far the shift is believed to be from 0 before an outcome was seen (standard deviation, log-odds). */
const SPREAD = 1;

/** Chances of rows in the order in which they came, each by the outcomes before it alone. */
export function rolled(logOdds: ArrayLike<number>, labels: Uint8Array, { window, every }: Rolling): Float64Array {
  const chances = new Float64Array(labels.length);
  let shift = 0;
  for (let row = 0; row < labels.length; row += 1) {
    if (row % every === 0) shift = shiftOf(logOdds, labels, Math.max(0, row - window), row);
    chances[row] = sigmoid((logOdds[row] as number) + shift);
  }
  return chances;
}

/** The shift that makes the rows' chances add up to what came true, held back by the prior. */
export function shiftOf(logOdds: ArrayLike<number>, labels: Uint8Array, from: number, to: number): number {
  let shift = 0;
  for (let step = 0; step < 50; step += 1) {
    let slope = shift / SPREAD ** 2;
    let bend = 1 / SPREAD ** 2;
    for (let row = from; row < to; row += 1) {
      const chance = sigmoid((logOdds[row] as number) + shift);
      slope += chance - (labels[row] as number);
      bend += chance * (1 - chance);
    }
    // a step of one unit at most: far out the curvature is nearly nothing
    const move = Math.max(-1, Math.min(1, slope / bend));
    shift -= move;
    if (Math.abs(move) < 1e-9) break;
  }
  return shift;
}
