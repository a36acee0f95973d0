// The score after each input: what the models say, or the rules where there are none, what steps have added for a time, and
// the thresholds that were crossed.

import { type BehaviorState, engagement, history, idle, qualification } from "../behavior/index.ts";
import { APPOINTMENT, sameAim } from "../kernel/aim.ts";
import { DAY, type Instant } from "../kernel/time.ts";
import { contactFact, type Derived } from "../leads/index.ts";
import {
  ALIVE,
  crossings,
  type Explained,
  featuresOf,
  foretellerOf,
  modelName,
  type RuleScore,
  type Score,
  score,
  tierOf,
} from "../scoring/index.ts";
import type { Effect } from "../workflows/index.ts";
import type { Adjustment } from "./case.ts";
import type { Desk } from "./desk.ts";

/** Adjustments that are kept of one lead; with more, the oldest is over. */
const MOST_ADJUSTMENTS = 50;
/** Where the risk of a lead comes from that was never scored: nobody who just came is leaving. */
const FIRST_CHURN = 0;

/** Scores the lead as of the desk's clock; answers the crossings that follow. */
export function rescore(desk: Desk): Derived[] {
  const now = desk.clock;
  const before = desk.score;
  if (desk.adjustments.some(({ until }) => until <= now)) {
    desk.adjustments = desk.adjustments.filter(({ until }) => until > now);
  }
  const after = adjusted(scoreAt(desk, now), desk.adjustments);
  desk.score = after;
  desk.scoredAt = now;
  return [
    ...crossed(desk, before?.score, after.score, "score"),
    ...(after.churn === undefined ? [] : crossed(desk, before?.churn ?? FIRST_CHURN, after.churn, "churn")),
  ];
}

/**
 * Other models say another figure of the same lead, which nothing of the lead has moved: what stood at the last scoring is
 * said anew by those that are live now, and nothing is crossed by it.
 */
export function reseat(desk: Desk): void {
  if (desk.score === undefined || desk.scoredAt === undefined) return;
  if (desk.score.model === modelName(desk.scene.scorers)) return;
  const after = adjusted(scoreAt(desk, desk.scoredAt), desk.adjustments);
  desk.score = after;
  crossed(desk, undefined, after.score, "score");
  if (after.churn !== undefined) crossed(desk, undefined, after.churn, "churn");
  else desk.churnCrossed = [];
}

function crossed(desk: Desk, from: number | undefined, to: number, what: "score" | "churn"): Derived[] {
  const { thresholds, churnThresholds } = desk.scene;
  const held = what === "score" ? desk.crossed : desk.churnCrossed;
  const standing = from === undefined ? undefined : { score: from, crossed: held };
  const found = crossings(standing, to, what === "score" ? thresholds : churnThresholds);
  if (what === "score") desk.crossed = found.standing.crossed;
  else desk.churnCrossed = found.standing.crossed;
  return found.crossings.map((crossing) => ({ type: `${what}.crossed`, at: desk.clock, data: { ...crossing } }));
}

function scoreAt(desk: Desk, now: Instant): Score {
  const { scorers } = desk.scene;
  const booked = hasAppointment(desk, now);
  const aim = scorers?.chance?.aim ?? APPOINTMENT;
  const foretold = scorers === undefined ? {} : foretellerOf(scorers).tell(desk.tally, now, ownerOf(desk));
  const model = modelName(scorers);
  const churn = foretold.churn === undefined ? {} : { churn: foretold.churn };
  // of a lead who has bought no chance of a deal is said, and it does not stand before those who may: the rules say how active
  // it is
  const isClient = aim.outcome === "won" && hasWon(desk);
  if (foretold.chance !== undefined && foretold.standing !== undefined && !isClient) {
    // what the chance is of has come: nothing is ahead of it, and there is nothing to foretell
    if (booked && aim.outcome === "appointment") return { score: 1, tier: tierOf(1), model, ...churn };
    const { chance, standing } = foretold;
    const of = sameAim(aim, APPOINTMENT) ? {} : { aim };
    return { score: standing, tier: tierOf(standing), model, chance, ...of, ...churn };
  }
  return { ...scoreByRules(desk.behavior, now, booked), model, ...churn };
}

/** What the rules say of what a lead has done by an instant. */
export const scoreByRules = (behavior: BehaviorState, at: Instant, isBooked: boolean): RuleScore =>
  score(
    featuresOf({
      engagement: engagement(behavior, at),
      qualification: qualification(behavior),
      idle: idle(behavior, at),
      appointment: isBooked,
      history: (question) => history(behavior, question, at),
    }),
  );

const hasAppointment = (desk: Desk, now: Instant): boolean =>
  contactFact(desk.lead, "appointment.start", now, desk.scene.catalog) !== undefined;

const hasWon = (desk: Desk): boolean => Object.values(desk.lead.opportunities).some(({ status }) => status === "won");

const ownerOf = (desk: Desk): string | undefined => desk.lead.contact.assignedTo;

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

/** Why a model's chance is what it is; computed where a decision uses the score, and once. */
export function explained(desk: Desk): Explained | undefined {
  const { score: of, scoredAt } = desk;
  const { scorers } = desk.scene;
  if (of?.chance === undefined || scoredAt === undefined || scorers === undefined) return undefined;
  if (desk.explained?.of !== of) {
    desk.explained = { of, as: foretellerOf(scorers).explainChance(desk.tally, scoredAt, ownerOf(desk)) };
  }
  return desk.explained.as;
}

/** What moved the score, in words, strongest first. */
export const reasonsSaid = (desk: Desk): readonly string[] =>
  (desk.score?.reasons ?? explained(desk)?.reasons ?? []).map(({ text }) => text);

/** A step adds to the score for a time; the same step's repetition is the same adjustment. */
export function adjust(desk: Desk, { id, add, until, because }: Extract<Effect, { kind: "score" }>): Derived[] {
  if (until <= desk.clock || desk.adjustments.some((one) => one.id === id)) return [];
  const one = { id, add, until, ...(because === undefined ? {} : { because }) };
  desk.adjustments = [...desk.adjustments, one].slice(-MOST_ADJUSTMENTS);
  return rescore(desk);
}

/** When the score may change though nothing happens: silence is news too, so who is alive is scored once a day. */
export function nextRescore(desk: Desk): Instant | undefined {
  const over = Math.min(...desk.adjustments.map(({ until }) => until));
  const { lastActAt } = desk.behavior;
  const daily = desk.scoredAt === undefined ? undefined : desk.scoredAt + DAY;
  const silent = lastActAt === undefined || daily === undefined || daily > lastActAt + ALIVE;
  const next = Math.min(over, silent ? Number.POSITIVE_INFINITY : daily);
  return Number.isFinite(next) ? next : undefined;
}
