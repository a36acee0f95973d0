// How much one location may send us, so that a runaway of one tenant is that tenant's. Pure.

import type { Clock, Millis } from "../kernel/time.ts";

export interface IngestLimits {
  /** Events a second, over time. */
  readonly perSecond: number;
  /** Events at once, when the location has been quiet. */
  readonly burst: number;
}

/** Far above what a location sends (the measured peak of a whole ingest process is below 10,000 a second). */
export const DEFAULT_LIMITS: IngestLimits = { perSecond: 5_000, burst: 20_000 };

export interface Bucket {
  readonly tokens: number;
  readonly filledAt: Millis;
}

/**
 * Takes `cost` events from a location's bucket.
 *
 * @param bucket what the call before returned; undefined at first, which is a full one
 * @param now    monotonic milliseconds
 * @returns the bucket to keep, and how long to wait: 0 to go ahead. A refusal costs nothing. A batch larger than
 *          the burst goes when the bucket is full, and leaves a debt.
 */
export function take(
  bucket: Bucket | undefined,
  cost: number,
  now: Millis,
  { perSecond, burst }: IngestLimits,
): { bucket: Bucket; wait: Millis } {
  const passed = bucket === undefined ? 0 : Math.max(0, now - bucket.filledAt);
  const tokens = bucket === undefined ? burst : Math.min(burst, bucket.tokens + (passed * perSecond) / 1000);
  const needed = Math.min(cost, burst);
  if (tokens < needed)
    return { bucket: { tokens, filledAt: now }, wait: Math.ceil(((needed - tokens) * 1000) / perSecond) };
  return { bucket: { tokens: tokens - cost, filledAt: now }, wait: 0 };
}

/** Takes from a location's budget; returns the milliseconds to wait, 0 to go ahead. */
export type Spend = (location: string, cost: number) => number;

export function openBudget(clock: Pick<Clock, "elapsed">, limits: IngestLimits = DEFAULT_LIMITS): Spend {
  const buckets = new Map<string, Bucket>();
  return (location, cost) => {
    const { bucket, wait } = take(buckets.get(location), cost, clock.elapsed(), limits);
    buckets.set(location, bucket);
    return wait;
  };
}
