// What a person may do with an experiment. Pure.

import { InvalidInput } from "../kernel/errors.ts";
import type { Instant } from "../kernel/time.ts";
import type { Experiment } from "../workflows/index.ts";
import type { ExperimentState } from "./experiment.ts";

export const ACTS = ["pause", "resume", "stop"] as const;

export interface Act {
  readonly act: (typeof ACTS)[number];
  readonly by: string;
  readonly reason: string;
  /** Of stop: what everyone gets from now on; control where nothing is said. */
  readonly winner?: string;
}

/**
 * The state after a person's act; the same object where it is so already.
 *
 * @param exposed how many leads have met it
 * @throws InvalidInput with code `conflict` once it has stopped, and where the winner is no variant
 */
export function control(
  experiment: Experiment,
  state: ExperimentState,
  exposed: number,
  { act, by, reason, winner, now }: Act & { readonly now: Instant },
): ExperimentState {
  const ids = experiment.variants.map(({ id }) => id);
  if (winner !== undefined && act !== "stop") throw new InvalidInput(`"winner" does not go with ${act}.`);
  if (winner !== undefined && !ids.includes(winner)) {
    throw new InvalidInput(`winner: "${winner}" is not one of its variants: ${ids.join(", ")}.`);
  }
  if (state.state === "stopped") {
    const message = `"${experiment.id}" has stopped, and everyone gets "${state.winner ?? experiment.control}". Start a new experiment id instead.`;
    throw new InvalidInput(message, "conflict");
  }
  const why = `${by}: ${reason}`;
  switch (act) {
    case "pause":
      return state.state === "paused" ? state : { ...state, state: "paused", why };
    case "resume": {
      if (state.state === "running") return state;
      // paused before anybody met it: it begins now, as it is declared now
      const begun = exposed === 0 ? { declared: experiment, startedAt: now } : {};
      return { ...state, ...begun, state: "running", why };
    }
    case "stop":
      return { ...state, state: "stopped", winner: winner ?? experiment.control, why, stoppedAt: now };
  }
}
