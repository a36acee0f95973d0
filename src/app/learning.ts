// What learns, for main.ts: the models that score now, put together from the room and from what the rest of the house
// knows.

import type { Facts } from "../kernel/facts.ts";
import type { Clock } from "../kernel/time.ts";
import { openLiveModels } from "../scoring/index.ts";

export interface LearningNeeds {
  readonly clock: Clock;
  readonly facts: Facts;
}

export function openLearning({ clock, facts }: LearningNeeds) {
  const live = openLiveModels({
    clock,
    refused: (location, model, reason) => facts.emit("model_refused", { location, model, reason }),
  });
  return { live };
}
