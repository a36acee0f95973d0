// What a person asks: how likely is each variant the best, and what would choosing it cost if it is not. From Beta
// posteriors after Jeffreys' prior, integrated exactly enough instead of sampled, so that the same counts give the same figures.

import type { Interval } from "./sequence.ts";
import { betaCdf, betaQuantile, logBeta } from "./special.ts";

export interface Posterior {
  readonly a: number;
  readonly b: number;
}

export interface Standing {
  /** Probability that this variant's rate is the highest. */
  readonly best: number;
  /** By how much, on average, the highest rate is above this variant's. */
  readonly loss: number;
}

/** What counts say of a rate. Half a lead each way was believed before (Brown, Cai, DasGupta 2001 on why). */
export const posterior = (closed: number, reached: number): Posterior => ({
  a: reached + 0.5,
  b: closed - reached + 0.5,
});

/** Where the rate lies with 95 %, equal tails. */
export const credible = ({ a, b }: Posterior): Interval => ({
  from: betaQuantile(0.025, a, b),
  to: betaQuantile(0.975, a, b),
});

/** Nodes and weights of Gauss-Legendre on [-1, 1], six points. */
const GAUSS = [
  [-0.932469514203152, 0.17132449237917036],
  [-0.6612093864662645, 0.3607615730481386],
  [-0.23861918608319693, 0.46791393457269104],
  [0.23861918608319693, 0.46791393457269104],
  [0.6612093864662645, 0.3607615730481386],
  [0.932469514203152, 0.17132449237917036],
] as const;

/** Beyond so many standard deviations no posterior has weight that would show. */
const REACH = 9;

/** How every variant stands among all, in their order. */
export function standings(posteriors: readonly Posterior[]): readonly Standing[] {
  const best = posteriors.map(() => 0);
  let highest = 0;
  // in the angle of its square root a rate's posterior is nearly normal, whatever the rate, and has no pole at 0
  const edges = panels(posteriors);
  for (let n = 1; n < edges.length; n += 1) {
    const [from, to] = [edges[n - 1] as number, edges[n] as number];
    for (const [node, weight] of GAUSS) {
      const angle = from + ((to - from) * (node + 1)) / 2;
      const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
      const step = (weight * (to - from)) / 2;
      const below = posteriors.map(({ a, b }) => betaCdf(sin * sin, a, b));
      highest += step * 2 * sin * cos * (1 - below.reduce((product, one) => product * one, 1));
      for (const [i, { a, b }] of posteriors.entries()) {
        const density = 2 * Math.exp((2 * a - 1) * Math.log(sin) + (2 * b - 1) * Math.log(cos) - logBeta(a, b));
        const others = below.reduce((product, one, j) => (j === i ? product : product * one), 1);
        best[i] = (best[i] as number) + step * density * others;
      }
    }
  }
  const total = best.reduce((sum, one) => sum + one, 0);
  return posteriors.map(({ a, b }, i) => ({
    best: (best[i] as number) / total,
    loss: Math.max(0, highest - a / (a + b)),
  }));
}

/** Where the integrands may bend, in order: each posterior's middle and its standard deviations. */
function panels(posteriors: readonly Posterior[]): readonly number[] {
  const edges = new Set([0, Math.PI / 2]);
  for (const { a, b } of posteriors) {
    const middle = Math.asin(Math.sqrt(a / (a + b)));
    const deviation = 1 / (2 * Math.sqrt(a + b));
    for (let k = -REACH; k <= REACH; k += 1) edges.add(Math.min(Math.PI / 2, Math.max(0, middle + k * deviation)));
  }
  return [...edges].sort((x, y) => x - y);
}

/** No variant of a bandit falls below this share: what is never tried is never learned. */
const FLOOR = 0.05;

/**
 * Thompson's rule: each variant's share is the probability that it is the best (W. Thompson, Biometrika 25 (1933)).
 * Computed, not drawn; rounded to six decimals, summing to 1.
 */
export function thompsonShares(posteriors: readonly Posterior[]): readonly number[] {
  const free = 1 - FLOOR * posteriors.length;
  const shares = standings(posteriors).map(({ best }) => Math.round((FLOOR + free * best) * 1e6) / 1e6);
  const largest = shares.indexOf(Math.max(...shares));
  const rest = shares.reduce((sum, share, i) => (i === largest ? sum : sum + share), 0);
  return shares.map((share, i) => (i === largest ? Math.round((1 - rest) * 1e6) / 1e6 : share));
}
