// How sure a mean over random splits of one set is. The splits share rows, so their figures are alike: the usual error of a
// mean would be too small.

import { betaQuantile } from "../src/experiments/statistics/special.ts";
import type { Interval } from "../src/scoring/learn/intervals.ts";

/** 95 % of a Student's t of so many degrees of freedom lie within so much of 0. */
export function mostOfStudents(degrees: number): number {
  const x = betaQuantile(0.05, degrees / 2, 0.5);
  return Math.sqrt(degrees * (1 / x - 1));
}

/**
 * The corrected resampled t: mean over k splits, its variance s^2 (1/k + tested/learned) in place of s^2 / k.
 *
 * @param testedPerLearned rows tested over rows learned from, in each split
 * @returns a 95 % interval; NaN bounds where there are fewer than two splits
 * @source Nadeau, Bengio 2003, Machine Learning 52:239, equation of the corrected resampled t-test
 */
export function overSplits(values: readonly number[], testedPerLearned: number): Interval {
  const k = values.length;
  const value = values.reduce((sum, one) => sum + one, 0) / k;
  if (k < 2) return { value, low: Number.NaN, high: Number.NaN };
  const variance = values.reduce((sum, one) => sum + (one - value) ** 2, 0) / (k - 1);
  const half = mostOfStudents(k - 1) * Math.sqrt(variance * (1 / k + testedPerLearned));
  return { value, low: value - half, high: value + half };
}
