// What may be said of each declared experiment once a simulation is over, from what its leads remember of it. Nobody has
// looked meanwhile: no experiment was stopped by its own rule.

import { type Exposure, LATE, metricsOf, type ReadOut, readOut, type Tally } from "../experiments/index.ts";
import type { Instant } from "../kernel/time.ts";
import type { Experiment } from "../workflows/index.ts";
import type { Kept } from "./kept.ts";

export function readOutsOf(
  experiments: Readonly<Record<string, Experiment>>,
  leads: readonly Kept[],
  now: Instant,
): Readonly<Record<string, ReadOut>> {
  const met = leads.flatMap(({ state }) => Object.values(state?.exposures ?? {}));
  return Object.fromEntries(
    Object.values(experiments)
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .flatMap((experiment) => {
        const own = met.filter((exposure) => exposure.experiment === experiment.id);
        if (own.length === 0) return [];
        const startedAt = Math.min(...own.map(({ exposedAt }) => exposedAt));
        return [[experiment.id, readOut(experiment, { startedAt }, talliesOf(experiment, own, now), now)] as const];
      }),
  );
}

/** By variant; a lead counts for a metric once its window, and the time a late event may take, is over. */
function talliesOf(experiment: Experiment, exposures: readonly Exposure[], now: Instant): Tally[] {
  return [...new Set(exposures.map(({ variant }) => variant))].sort().map((variant) => {
    const own = exposures.filter((exposure) => exposure.variant === variant);
    const metrics = metricsOf(experiment).map(({ within }, place) => {
      const closed = own.filter(({ exposedAt }) => exposedAt + within + LATE <= now);
      return { closed: closed.length, reached: closed.filter(({ reached }) => Object.hasOwn(reached, place)).length };
    });
    return { variant, exposed: own.length, metrics };
  });
}
