// Why a lead stands where it stands: what the models that scored it say of its tally as of then, whole, in words and checked.

import { type Aim, APPOINTMENT } from "../../kernel/aim.ts";
import { own } from "../../kernel/json.ts";
import { type Instant, iso } from "../../kernel/time.ts";
import { type Churn, openChurn } from "../churn/hazard.ts";
import {
  interventionsFor,
  type MeasuredEffects,
  type RiskLevel,
  riskLevel,
  type Suggestion,
} from "../churn/interventions.ts";
import { openRows } from "../features/row.ts";
import type { Tally } from "../features/tally.ts";
import type { Model, Row } from "../learn/model.ts";
import { ready, sigmoid } from "../learn/predict.ts";
import type { ChanceScorer, ChurnScorer, Shift } from "../scorers.ts";
import { type Account, accountOf } from "./account.ts";
import { explainerAgainst } from "./against.ts";
import { explainerOf } from "./explain.ts";
import { featureWords } from "./words.ts";

/** Other leads that a lead is held against, feature by feature, each as it was once. */
export interface Background {
  /** At least one. */
  readonly rows: readonly Row[];
  /** All that was known by then. */
  readonly asOf: Instant;
}

/** Whom an account is held against; absent: the average of what its model learned from. */
export interface Against {
  readonly against?: { readonly leads: number; readonly asOf: string };
}

export interface ChanceAccount extends Account, Against {
  /** What it is the chance of. */
  readonly foretells: Aim;
  /** What the location's own outcomes add to the calibrated log-odds, and those of the lead's agent. */
  readonly location: Shift;
  readonly agent?: Shift;
  /** The model was not judged on the location's leads. */
  readonly borrowed?: boolean;
  /** With both: what the lead is scored by. */
  readonly shifted: number;
}

export interface RiskAccount {
  /** Of going cold within so many days; 1: it is cold. */
  readonly chance: number;
  readonly days: number;
  readonly level: RiskLevel;
  /** Of the week that weighs most; absent where no week is at risk. */
  readonly week?: Account & Against & { readonly week: number; readonly hazard: number };
  readonly suggestions: readonly Suggestion[];
}

export function accountOfChance(
  { aim = APPOINTMENT, model, location, agents, borrowed }: ChanceScorer,
  tally: Tally,
  at: Instant,
  { owner, background }: { readonly owner: string | undefined; readonly background?: Background | undefined },
): ChanceAccount {
  const account = whole(model, openRows(model.columns)(tally, at), background);
  const agent = owner === undefined ? undefined : own(agents, owner);
  const add = location.logOdds + (agent?.logOdds ?? 0);
  const { chance } = account;
  return {
    ...account,
    foretells: aim,
    location,
    ...(agent && { agent }),
    ...(borrowed && { borrowed }),
    shifted: add === 0 ? chance : sigmoid(Math.log(chance / (1 - chance)) + add),
  };
}

/** @returns undefined where it is not known how long the lead has been quiet */
export function accountOfRisk(
  scorer: ChurnScorer,
  tally: Tally,
  at: Instant,
  {
    now,
    measured,
    background,
  }: { readonly now: Instant; readonly measured: MeasuredEffects; readonly background?: Background | undefined },
): RiskAccount | undefined {
  const { model, days } = scorer;
  const risk = openChurn(scorer, ready(model).chance)(openRows(model.columns)(tally, at));
  if (risk === undefined) return undefined;
  const most = weightiest(risk);
  const week = most && { ...whole(model, most.row, background), week: most.week, hazard: most.hazard };
  const worse = week?.reasons.filter(({ direction }) => direction === "higher").map(({ group }) => group) ?? [];
  return {
    chance: risk.chance,
    days,
    level: riskLevel(risk.chance),
    ...(week && { week }),
    suggestions: interventionsFor(risk.chance, worse, now, measured),
  };
}

function whole(model: Model, row: Row, background: Background | undefined): Account & Against {
  if (background === undefined) return accountOf(model, row, explainerOf(model), featureWords);
  const account = accountOf(model, row, explainerAgainst(model, background.rows), featureWords);
  return { ...account, against: { leads: background.rows.length, asOf: iso(background.asOf) } };
}

const weightiest = ({ weeks }: Churn): Churn["weeks"][number] | undefined =>
  weeks.reduce<Churn["weeks"][number] | undefined>(
    (most, week) => (most === undefined || week.hazard > most.hazard ? week : most),
    undefined,
  );
