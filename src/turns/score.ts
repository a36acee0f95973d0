// The score after each input, and the thresholds it crossed.

import { engagement, history, idle, qualification } from "../behavior/index.ts";
import { contactFact, type Derived } from "../leads/index.ts";
import { crossings, featuresOf, score } from "../scoring/index.ts";
import type { Desk } from "./desk.ts";

/** Scores the lead as of the desk's clock; answers the `score.crossed` events that follow. */
export function rescore(desk: Desk): Derived[] {
  const now = desk.clock;
  const before = desk.score;
  const after = score(
    featuresOf({
      engagement: engagement(desk.behavior, now),
      qualification: qualification(desk.behavior),
      idle: idle(desk.behavior, now),
      appointment: contactFact(desk.lead, "appointment.start", now, desk.scene.catalog) !== undefined,
      history: (question) => history(desk.behavior, question, now),
    }),
  );
  desk.score = after;
  desk.scoredAt = now;
  const standing = before === undefined ? undefined : { score: before.score, crossed: desk.crossed };
  const crossed = crossings(standing, after.score, desk.scene.thresholds);
  desk.crossed = crossed.standing.crossed;
  return crossed.crossings.map((crossing) => ({ type: "score.crossed", at: now, data: { ...crossing } }));
}
