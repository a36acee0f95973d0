// What the models that are live say of a lead as of an instant: its chance, where that chance stands among the location's
// leads, and the risk that it goes cold. Made ready once per set of scorers; a lead costs microseconds.

import { own } from "../kernel/json.ts";
import { oncePer } from "../kernel/once.ts";
import type { Instant } from "../kernel/time.ts";
import { type Churn, openChurn } from "./churn/hazard.ts";
import type { Explanation } from "./explain/additive.ts";
import { explainerOf } from "./explain/explain.ts";
import { type GroupReason, reasonsOf } from "./explain/reasons.ts";
import { featureWords } from "./explain/words.ts";
import { WEEK_COLUMNS } from "./features/registry.ts";
import { openRows } from "./features/row.ts";
import type { Tally } from "./features/tally.ts";
import type { Column, Model } from "./learn/model.ts";
import { ready, sigmoid } from "./learn/predict.ts";
import { MODEL, type Score } from "./score.ts";
import type { ChanceScorer, ChurnScorer, Scorers, Shift } from "./scorers.ts";

export interface Foretold {
  /** Of what its model foretells: 0 to 1, six decimals. Absent: no model speaks of it. */
  readonly chance?: number;
  /** The chance among the location's leads: 0 to 1, six decimals. */
  readonly standing?: number;
  /** Of going cold within the days that the scorer speaks of: 0 to 1, six decimals. */
  readonly churn?: number;
}

export interface Explained {
  /** Log-odds of a lead of whom nothing is known. */
  readonly base: number;
  /** By group, strongest first; base, reasons and shift are the calibrated log-odds' raw material, before calibration. */
  readonly reasons: readonly GroupReason[];
  /** Log-odds that the location's and the agent's own outcomes add. */
  readonly shift: number;
}

export interface Foreteller {
  tell(tally: Tally, now: Instant, owner?: string): Foretold;
  /** Why the chance is what it is. A contribution is no cause. Undefined: no model speaks of it. */
  explainChance(tally: Tally, now: Instant, owner?: string): Explained | undefined;
  /** Why the risk is what it is, of the week that weighs most. Undefined: no model speaks of it, or it is cold. */
  explainChurn(tally: Tally, now: Instant): Explained | undefined;
}

/** Named with every score and decision made under these scorers; the rules where there are none. */
export const modelName = (scorers: Scorers | undefined): string =>
  scorers === undefined ? MODEL : scorers.chance === undefined ? `${MODEL} ${scorers.id}` : scorers.id;

/** What is kept of a lead's score. */
export interface KeptScore {
  readonly score: Score;
  readonly scoredAt: Instant;
  readonly tally?: Tally;
}

/**
 * Why a kept score is what it is, for whoever asks later. Undefined where its model is no longer the one that scores, and
 * where there is nothing to say.
 */
export function explainKept(
  { score, scoredAt, tally }: KeptScore,
  scorers: Scorers | undefined,
  owner: string | undefined,
): Explained | undefined {
  if (scorers === undefined || tally === undefined || score.chance === undefined) return undefined;
  if (score.model !== modelName(scorers)) return undefined;
  return foretellerOf(scorers).explainChance(tally, scoredAt, owner);
}

/** Scorers do not change: they are made ready once. */
export const foretellerOf = oncePer(({ chance, churn }: Scorers): Foreteller => {
  const chances = chance === undefined ? undefined : openChance(chance);
  // a model without the columns that every risk is made of speaks of nobody
  const whole = churn !== undefined && WEEK_COLUMNS.every(({ name }) => hasColumn(churn.model, name));
  const risks = whole ? openRisk(churn) : undefined;
  return {
    tell: (tally, now, owner) => ({ ...chances?.tell(tally, now, owner), ...risks?.tell(tally, now) }),
    explainChance: (tally, now, owner) => chances?.explain(tally, now, owner),
    explainChurn: (tally, now) => risks?.explain(tally, now),
  };
});

const hasColumn = (model: Model, name: string): boolean => model.columns.some((column) => column.name === name);

function openChance({ model, quantiles, location, agents }: ChanceScorer) {
  const rows = openRows(model.columns);
  const predict = ready(model);
  const shiftOf = (owner: string | undefined) => location.logOdds + agentShift(agents, owner);
  return {
    tell(tally: Tally, now: Instant, owner: string | undefined): Foretold {
      const chance = round6(shifted(predict.chance(rows(tally, now)), shiftOf(owner)));
      return { chance, standing: standingOf(quantiles, chance) };
    },
    explain: (tally: Tally, now: Instant, owner: string | undefined): Explained =>
      told(model.columns, rows(tally, now), explainerOf(model), shiftOf(owner)),
  };
}

function openRisk(scorer: ChurnScorer) {
  const { model } = scorer;
  const rows = openRows(model.columns);
  const predict = ready(model);
  const churnOf = openChurn(scorer, predict.chance);
  const weightiest = ({ weeks }: Churn) =>
    weeks.reduce<Churn["weeks"][number] | undefined>(
      (most, week) => (most === undefined || week.hazard > most.hazard ? week : most),
      undefined,
    );
  return {
    tell(tally: Tally, now: Instant): Foretold {
      const churn = churnOf(rows(tally, now));
      return churn === undefined ? {} : { churn: round6(churn.chance) };
    },
    explain(tally: Tally, now: Instant): Explained | undefined {
      const churn = churnOf(rows(tally, now));
      const week = churn === undefined ? undefined : weightiest(churn);
      return week === undefined ? undefined : told(model.columns, week.row, explainerOf(model), 0);
    },
  };
}

function told(
  columns: readonly Column[],
  row: Float64Array,
  explain: (row: Float64Array) => Explanation,
  shift: number,
): Explained {
  const explanation = explain(row);
  return {
    base: round6(explanation.base),
    reasons: reasonsOf(columns, row, explanation, featureWords),
    shift: round6(shift),
  };
}

const agentShift = (agents: Readonly<Record<string, Shift>>, owner: string | undefined): number =>
  owner === undefined ? 0 : (own(agents, owner)?.logOdds ?? 0);

/** A chance moved on the log-odds; 0 and 1 stay what they are. */
export const shifted = (chance: number, by: number): number =>
  by === 0 ? chance : sigmoid(Math.log(chance / (1 - chance)) + by);

/**
 * Where a chance stands among 101 rising ones, 0 to 1: along the line between two of them; of several that are equal, in
 * their middle. More chance never stands lower.
 */
export function standingOf(quantiles: readonly number[], chance: number): number {
  const last = quantiles.length - 1;
  const below = places(quantiles, (one) => one < chance);
  const upTo = places(quantiles, (one) => one <= chance);
  if (upTo > below) return round6((below + upTo - 1) / 2 / last);
  if (below === 0) return 0;
  if (below > last) return 1;
  const from = quantiles[below - 1] as number;
  return round6((below - 1 + (chance - from) / ((quantiles[below] as number) - from)) / last);
}

/** How many of the first ones it is true of. */
function places(rising: readonly number[], of: (one: number) => boolean): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (of(rising[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `+ 0` makes a negative zero plain. */
const round6 = (value: number): number => Math.round(value * 1e6) / 1e6 + 0;
