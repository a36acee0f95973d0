// The rule score: where a lead stands, from what the lead did and from nothing it is. It is the honest answer while
// there is too little data to learn from; it is no probability, so there is no `lead.chance` under it.
//
// Additive log-odds: base + the sum of the reasons is the log-odds of the score, exactly. No trait of a person, no
// name, place, address, language or source of contact enters: the first ones are protected or stand in for what is,
// and referrals follow who knows whom. All weights are ours, chosen so that a new lead of whom nothing is known is
// cold (.20), a day of three property views makes it warm (.52), a reply on top of that hot (.78), and a booked
// appointment hot by itself. They are to be replaced by what a location's own outcomes teach, and are named in every
// score as its model.

import type { HistoryQuestion } from "../behavior/index.ts";
import type { Aim } from "../kernel/aim.ts";
import { DAY, type Instant, type Millis } from "../kernel/time.ts";

/** Named with every score; changes whenever a weight does. */
export const MODEL = "rules-1";

/** Tiers: hot from .7, warm from .4. */
export const HOT = 0.7;
export const WARM = 0.4;

export interface Features {
  /** 0 to 1, as people see it. */
  readonly engagement: number;
  /** 0 to 1, starts at .5. */
  readonly qualification: number;
  /** Since the lead last did something. */
  readonly idle: Millis;
  /** Property views in the last 7 days, up to what counts. */
  readonly views: number;
  /** Wrote to us in the last 14 days. */
  readonly wrote: boolean;
  /** Has an appointment that stands and is still to come. */
  readonly appointment: boolean;
}

export interface Score {
  /** 0 to 1, six decimals. */
  readonly score: number;
  readonly tier: "hot" | "warm" | "cold";
  readonly model: string;
  /** Under a model: of what it foretells, calibrated, six decimals; absent under the rules, and once that has come. */
  readonly chance?: number;
  /** What the chance is of; absent: an appointment within 30 days. */
  readonly aim?: Aim;
  /** Under a model: of going cold within the days that it speaks of, six decimals. */
  readonly churn?: number;
  /** Under the rules: log-odds of a lead of whom nothing is known. A model's reasons are computed when somebody asks. */
  readonly base?: number;
  /** Under the rules: what moved it, strongest first; what did not is left out. */
  readonly reasons?: readonly Reason[];
  /** What workflows have added for a time, beside the model: `score` is with it. */
  readonly adjustments?: readonly { readonly add: number; readonly until: Instant; readonly because?: string }[];
}

export interface Reason {
  readonly feature: keyof Features;
  /** In plain words. */
  readonly text: string;
  /** Added to the base, six decimals. */
  readonly logOdds: number;
  readonly value: number | boolean;
}

const BASE = -1.4;
/** Engagement of 1 is worth this much; three views in a day are .51 of it. */
const PER_ENGAGEMENT = 2;
/** From .5 up or down. */
const PER_QUALIFICATION = 2.4;
const PER_VIEW = 0.15;
const MOST_VIEWS = 6;
const WROTE = 0.7;
const APPOINTMENT = 1.6;
/** A week of silence is nothing; each day after it costs, for 25 days. */
const QUIET_AFTER: Millis = 7 * DAY;
const PER_QUIET_DAY = -0.06;
const MOST_QUIET_DAYS = 25;

/** What the score asks about history: the lead's windows must be kept for these. */
export const QUESTIONS: readonly HistoryQuestion[] = [
  { key: "score/views", event: "property_view", within: 7 * DAY, keep: MOST_VIEWS },
  { key: "score/wrote", event: "message.received", within: 14 * DAY, keep: 1 },
];

/** The features of a lead, from narrow questions to the rooms that know. */
export function featuresOf(lead: {
  readonly engagement: number;
  readonly qualification: number;
  readonly idle: Millis;
  readonly appointment: boolean;
  history(question: HistoryQuestion): number;
}): Features {
  const [views, wrote] = QUESTIONS as readonly [HistoryQuestion, HistoryQuestion];
  return {
    engagement: lead.engagement,
    qualification: lead.qualification,
    idle: lead.idle,
    views: lead.history(views),
    wrote: lead.history(wrote) > 0,
    appointment: lead.appointment,
  };
}

/** A score by the rules says its reasons. */
export type RuleScore = Score & Required<Pick<Score, "base" | "reasons">>;

export function score(features: Features): RuleScore {
  const reasons = terms(features)
    .filter((term) => term.logOdds !== 0)
    .sort((a, b) => Math.abs(b.logOdds) - Math.abs(a.logOdds) || (a.feature < b.feature ? -1 : 1));
  const standing = round6(sigmoid(reasons.reduce((sum, reason) => sum + reason.logOdds, BASE)));
  return { score: standing, tier: tierOf(standing), model: MODEL, base: BASE, reasons };
}

export const tierOf = (standing: number): Score["tier"] =>
  standing >= HOT ? "hot" : standing >= WARM ? "warm" : "cold";

function terms(features: Features): Reason[] {
  const { engagement, qualification, idle, views, wrote, appointment } = features;
  const counted = Math.min(MOST_VIEWS, Math.max(0, views));
  const quietDays = Math.min(MOST_QUIET_DAYS, Math.max(0, Math.floor((idle - QUIET_AFTER) / DAY)));
  const idleDays = Math.floor(idle / DAY);
  return [
    {
      feature: "engagement",
      text: `engagement is ${Math.round(engagement * 100)} of 100`,
      logOdds: round6(PER_ENGAGEMENT * engagement),
      value: engagement,
    },
    {
      feature: "qualification",
      text: `qualification is ${Math.round(qualification * 100)} of 100`,
      logOdds: round6(PER_QUALIFICATION * (qualification - 0.5)),
      value: qualification,
    },
    {
      feature: "views",
      text: `${counted}${views >= MOST_VIEWS ? " or more" : ""} property ${counted === 1 ? "view" : "views"} in 7 days`,
      logOdds: round6(PER_VIEW * counted),
      value: views,
    },
    { feature: "wrote", text: "wrote to us in the last 14 days", logOdds: wrote ? WROTE : 0, value: wrote },
    { feature: "appointment", text: "has an appointment", logOdds: appointment ? APPOINTMENT : 0, value: appointment },
    {
      feature: "idle",
      text: `quiet for ${idleDays} days`,
      logOdds: round6(PER_QUIET_DAY * quietDays),
      value: idle,
    },
  ];
}

const sigmoid = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));

/** `+ 0` makes a negative zero plain. */
const round6 = (value: number): number => Math.round(value * 1e6) / 1e6 + 0;

/** The score of a lead of whom nothing is known: where a first crossing comes from. */
const FIRST_STANDING = round6(sigmoid(BASE));

// Crossings ----------------------------------------------------------------------------------------------------------

/** How far back over a threshold the score must go before it can be crossed again (.7 re-arms below .65). */
const REARM = 0.05;

/** The last figure, and which thresholds have been crossed and not been armed again: `above 0.7`, `below 0.4`. */
export interface Standing {
  readonly score: number;
  readonly crossed: readonly string[];
}

/** Becomes the event `score.crossed`, or `churn.crossed`. */
export type Crossing =
  | { readonly from: number; readonly to: number; readonly above: number }
  | { readonly from: number; readonly to: number; readonly below: number };

/** Those that some workflow waits for. */
export interface Thresholds {
  readonly above: readonly number[];
  readonly below: readonly number[];
}

/**
 * Which thresholds a new figure crosses.
 *
 * @param first where a lead without a standing comes from; for a score, where nothing is known
 */
export function crossings(
  before: Standing | undefined,
  to: number,
  thresholds: Thresholds,
  first: number = FIRST_STANDING,
): { readonly standing: Standing; readonly crossings: readonly Crossing[] } {
  const from = before?.score ?? first;
  const held = new Set(before?.crossed);
  const crossed: string[] = [];
  const found: Crossing[] = [];
  for (const above of ordered(thresholds.above)) {
    const name = `above ${above}`;
    const again = held.has(name);
    if (to < (again ? round6(above - REARM) : above)) continue;
    crossed.push(name);
    if (!again && from < above) found.push({ from, to, above });
  }
  for (const below of ordered(thresholds.below).reverse()) {
    const name = `below ${below}`;
    const again = held.has(name);
    if (to > (again ? round6(below + REARM) : below) || (!again && to >= below)) continue;
    crossed.push(name);
    if (!again && from >= below) found.push({ from, to, below });
  }
  return { standing: { score: to, crossed }, crossings: found };
}

const ordered = (thresholds: readonly number[]): number[] => [...new Set(thresholds)].sort((a, b) => a - b);
