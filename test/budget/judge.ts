// What the provider saw, judged: never more in any window than it allows, and how much of the lawful rate was used.

export interface Lawful {
  readonly max: number;
  readonly windowMs: number;
}

/**
 * The most that arrived within any half-open window of that length.
 *
 * @param arrivals when each request of one location came, those turned away too: the provider's monotonic clock, ms, oldest first
 */
export function mostWithin(arrivals: readonly number[], windowMs: number): number {
  let [most, from] = [0, 0];
  for (let to = 0; to < arrivals.length; to += 1) {
    while (arrivals[to]! - arrivals[from]! >= windowMs) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

/** What arrived in [from, to), as a share of what the law lets through in that time. */
export function shareUsed(arrivals: readonly number[], [from, to]: readonly [number, number], lawful: Lawful): number {
  const used = arrivals.filter((at) => at >= from && at < to).length;
  return used / ((lawful.max * (to - from)) / lawful.windowMs);
}

/** The value below which that part of them lies; NaN of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}
