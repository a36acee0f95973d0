// The clock that Latchkey and the simulator share: a domain start, the real instant it belongs to, and a factor.

import type { Instant, Millis } from "../src/kernel/time.ts";

export interface SharedClock {
  /** What leads live in. */
  now(): Instant;
  /** The wall clock: rate windows, retries, the stamps of the API. Never scaled. */
  real(): Instant;
  /** How long a stretch of domain time takes. */
  realOf(domain: Millis): Millis;
  readonly speed: number;
}

export function openClock({
  start,
  realStart,
  speed,
}: {
  start: Instant;
  realStart: Instant;
  speed: number;
}): SharedClock {
  return {
    now: () => Math.floor(start + (Date.now() - realStart) * speed),
    real: () => Date.now(),
    realOf: (domain) => domain / speed,
    speed,
  };
}
