import type { Instant } from "../../src/kernel/time.ts";

/** The state behind what is seen; for the truth file and for tests. */
export interface Standing {
  readonly awake: boolean;
  readonly bought: boolean;
  readonly booked: Instant | undefined;
  readonly reached: Instant | undefined;
  readonly stopped: boolean;
  readonly unsubscribed: boolean;
  readonly excitement: number;
  readonly fatigue: number;
  /** The booking hazard so far, summed up. */
  readonly hazard: number;
}
