// What a person chooses before a training: what it takes, what it changes, and what became of it. Pure.

import {
  type Aim,
  APPOINTMENT,
  aimAt,
  aimWords,
  logDays,
  lostBy,
  type Outcome,
  sameAim,
  WON_DAYS,
} from "../../src/kernel/aim.ts";
import type { TrainingView } from "../../src/scoring/index.ts";
import { LEAST_CAME, LEAST_LEADS, leastSpan } from "../../src/scoring/lifecycle/bounds.ts";
import { Problem } from "./api.ts";
import { number } from "./format.ts";
import { progressOf } from "./models.ts";
import { WORDS } from "./words.ts";

/** The fields of the form. */
export interface Choice {
  readonly outcome: Outcome;
  /** Of a deal won, as it was typed. */
  readonly days: string;
}

export const choiceOf = ({ outcome, days }: Aim): Choice => ({
  outcome,
  days: String(outcome === "won" ? days : WON_DAYS.usual),
});

/** As it is sent; whether so far ahead is looked, the server says. */
export const chosen = ({ outcome, days }: Choice): Aim =>
  outcome === "won" ? { outcome, days: Number(days) } : APPOINTMENT;

/**
 * What the person chose anew: another aim than the form was opened with. Undefined: nothing, whatever somebody else has
 * chosen meanwhile.
 */
export function chosenAnew(opened: Aim, choice: Choice): Aim | undefined {
  const aim = chosen(choice);
  return sameAim(aim, opened) ? undefined : aim;
}

export const DAYS_HOW = `From ${WON_DAYS.least} to ${WON_DAYS.most}.`;

/** Where days are no days, those that are usual are spoken of. */
export const wonOf = ({ days }: Choice): Aim => aimAt("won", Number(days)) ?? { outcome: "won", days: WON_DAYS.usual };

/** What a model of it takes, and how long the log is kept for it. */
export function needsOf(aim: Aim): string {
  const came = aim.outcome === "won" ? "came to a won deal" : "booked";
  const leads = `Needs ${LEAST_LEADS} leads whose ${aim.days} days are over, ${LEAST_CAME} of whom ${came}, and ${LEAST_CAME} more who did later, to judge by`;
  if (aim.outcome !== "won") return `${leads}; the log is kept for ${number(logDays(aim))} days.`;
  const least = number(leastSpan(aim.days) + aim.days);
  return `${leads}: a log of more than ${least} days. It is kept for ${number(logDays(aim))} days, of every team of this Latchkey.`;
}

/** What follows of a change, before it is made; nothing of none, nor of what will be refused. */
export function changeOf(before: Aim, after: Aim): readonly string[] {
  if (sameAim(before, after) || aimAt(after.outcome, after.days) === undefined) return [];
  const stays = `Nobody's score changes by it: what scores now goes on until a model of ${aimWords(after)} has passed its bars.`;
  return [stays, ...lostBy(before, after)];
}

/** What was wrong with which field; the groups are read by a reader of their own, which names them in its words. */
export function faultsIn(error: Error): Problem["errors"] {
  if (!(error instanceof Problem)) return [];
  if (error.status === 413) return [{ field: "groups", detail: TOO_LARGE }];
  const [, ofGroups] = /^groups: (.*)$/s.exec(error.message) ?? [];
  return error.errors.length > 0 || ofGroups === undefined ? error.errors : [{ field: "groups", detail: ofGroups }];
}

export const TOO_LARGE = "This file is larger than what is taken. Send a sample of the contacts.";

/** What became of the training that was asked for, whose row says more; undefined: the list does not have it yet. */
export function answerOf(training: TrainingView | undefined): string {
  if (training === undefined) return "Asked for.";
  const { state, progress, outcome } = training;
  if (state === "silent") return progressOf(training).words;
  if (state === "ended") return `${outcome === undefined ? "Ended" : WORDS.trainingOutcomes[outcome]}: see below.`;
  return progress.phase === "waiting" ? "Queued: it begins when its turn comes." : "It has begun: see below.";
}
