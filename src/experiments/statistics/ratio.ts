// Whether leads fall to the variants as declared. If not, something loses leads of one variant, and no figure can be trusted.

import { logGamma } from "../../kernel/gamma.ts";
import { chiSquareTail } from "./special.ts";

/** The usual bar for this alarm: it should almost never ring without a fire. */
export const RATIO_ALPHA = 0.001;

/** As how many leads the alternative weighs: shares a few points off are what faults look like. */
const WEIGHT = 100;

export interface Share {
  readonly share: number;
  readonly count: number;
}

/**
 * Evidence that counts do not follow their shares, as a p-value that may be looked at every day: one over the Bayes
 * factor of a Dirichlet around the declared shares (M. Lindon, A. Malek, Anytime-valid inference for multinomial count
 * data, NeurIPS 2022). Under the declared shares it is ever at most p with chance at most p.
 */
export function sequentialRatioP(shares: readonly Share[]): number {
  const total = shares.reduce((sum, { count }) => sum + count, 0);
  const logFactor = shares.reduce(
    (sum, { share, count }) =>
      sum + logGamma(WEIGHT * share + count) - logGamma(WEIGHT * share) - count * Math.log(share),
    logGamma(WEIGHT) - logGamma(WEIGHT + total),
  );
  return Math.min(1, Math.exp(-logFactor));
}

/** Pearson's chi-square test of the same, for whoever looks once. 1 without a lead. */
export function chiSquareP(shares: readonly Share[]): number {
  const total = shares.reduce((sum, { count }) => sum + count, 0);
  if (total === 0 || shares.length < 2) return 1;
  const distance = shares.reduce((sum, { share, count }) => sum + (count - total * share) ** 2 / (total * share), 0);
  return chiSquareTail(distance, shares.length - 1);
}
