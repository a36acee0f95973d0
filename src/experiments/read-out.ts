import type { Instant } from "../kernel/time.ts";

/** What may be said of an experiment at an instant. Figures that too few leads stand behind are absent. */
export interface ReadOut {
  readonly at: Instant;
}
