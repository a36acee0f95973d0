// The score after each input: what the model says, what steps have added for a time, and the thresholds it crossed.

import { engagement, history, idle, qualification } from "../behavior/index.ts";
import { DAY, type Instant } from "../kernel/time.ts";
import { contactFact, type Derived } from "../leads/index.ts";
import { crossings, featuresOf, type Score, score, tierOf } from "../scoring/index.ts";
import type { Effect } from "../workflows/index.ts";
import type { Adjustment } from "./case.ts";
import type { Desk } from "./desk.ts";

/** Silence is news too: a lead who acted within this time is scored once a day. */
const ALIVE: number = 45 * DAY;
/** Adjustments that are kept of one lead; with more, the oldest is over. */
const MOST_ADJUSTMENTS = 50;

/** Scores the lead as of the desk's clock; answers the `score.crossed` events that follow. */
export function rescore(desk: Desk): Derived[] {
  const now = desk.clock;
  const before = desk.score;
  if (desk.adjustments.some(({ until }) => until <= now)) {
    desk.adjustments = desk.adjustments.filter(({ until }) => until > now);
  }
  const told = score(
    featuresOf({
      engagement: engagement(desk.behavior, now),
      qualification: qualification(desk.behavior),
      idle: idle(desk.behavior, now),
      appointment: contactFact(desk.lead, "appointment.start", now, desk.scene.catalog) !== undefined,
      history: (question) => history(desk.behavior, question, now),
    }),
  );
  const after = adjusted(told, desk.adjustments);
  desk.score = after;
  desk.scoredAt = now;
  const standing = before === undefined ? undefined : { score: before.score, crossed: desk.crossed };
  const crossed = crossings(standing, after.score, desk.scene.thresholds);
  desk.crossed = crossed.standing.crossed;
  return crossed.crossings.map((crossing) => ({ type: "score.crossed", at: now, data: { ...crossing } }));
}

/** Never below 0 or above 1. The reasons stay the model's own. */
function adjusted(told: Score, adjustments: readonly Adjustment[]): Score {
  if (adjustments.length === 0) return told;
  const sum = adjustments.reduce((total, { add }) => total + add, told.score);
  const standing = Math.round(Math.min(1, Math.max(0, sum)) * 1e6) / 1e6;
  const added = adjustments.map(({ add, until, because }) => ({
    add,
    until,
    ...(because === undefined ? {} : { because }),
  }));
  return { ...told, score: standing, tier: tierOf(standing), adjustments: added };
}

/** A step adds to the score for a time; the same step's repetition is the same adjustment. */
export function adjust(desk: Desk, { id, add, until, because }: Extract<Effect, { kind: "score" }>): Derived[] {
  if (until <= desk.clock || desk.adjustments.some((one) => one.id === id)) return [];
  const one = { id, add, until, ...(because === undefined ? {} : { because }) };
  desk.adjustments = [...desk.adjustments, one].slice(-MOST_ADJUSTMENTS);
  return rescore(desk);
}

/** When the score may change though nothing happens. */
export function nextRescore(desk: Desk): Instant | undefined {
  const over = Math.min(...desk.adjustments.map(({ until }) => until));
  const { lastActAt } = desk.behavior;
  const daily = desk.scoredAt === undefined ? undefined : desk.scoredAt + DAY;
  const silent = lastActAt === undefined || daily === undefined || daily > lastActAt + ALIVE;
  const next = Math.min(over, silent ? Number.POSITIVE_INFINITY : daily);
  return Number.isFinite(next) ? next : undefined;
}
