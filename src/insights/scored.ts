// A lead's score as its page shows it: the figures that are kept, and why they are what they are, computed at the moment of asking.

import type { JsonObject } from "../kernel/json.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import type { ScoreDay } from "../scoring/index.ts";
import { likeThis } from "./phrase.ts";
import type { LeadView } from "./view.ts";

/** What the room that scores says of a kept score. */
export interface WhyScored {
  /** Strongest first. */
  readonly reasons: readonly { readonly text: string; readonly weight: number }[];
  /** Outcomes of the location's own, and how many the shared model is worth beside them. */
  readonly team?: {
    readonly n: number;
    readonly k: number;
    /** The model was not judged on the location's leads. */
    readonly borrowed?: true;
  };
  /** How far ahead the risk of going cold looks. */
  readonly days?: number;
}

export interface Scoring {
  /** Undefined where a model that is no longer live made the score, or where the rules did. */
  why(
    sql: Sql,
    location: string,
    kept: { readonly state: JsonObject; readonly owner: string | undefined },
  ): Promise<WhyScored | undefined>;
  /** Oldest first. */
  days(
    sql: Sql,
    location: string,
    lead: string,
    asked: { readonly now: Instant; readonly days: number },
  ): Promise<readonly ScoreDay[]>;
}

export type ScoreView = NonNullable<LeadView["score"]>;

/** The figures beside the standing, of what is kept in a lead's state. */
export function figuresOf(score: JsonObject): Pick<ScoreView, "tier" | "chance" | "says" | "churn"> {
  const { tier, chance, aim, churn } = score;
  const says = typeof chance === "number" ? likeThis(chance, aim) : undefined;
  return {
    ...(tier === "hot" || tier === "warm" || tier === "cold" ? { tier } : {}),
    ...(typeof chance === "number" ? { chance } : {}),
    ...(says === undefined ? {} : { says }),
    ...(typeof churn === "number" ? { churn: { value: churn } } : {}),
  };
}

/** With what was computed at the moment of asking. */
export function explainedView(score: ScoreView, why: WhyScored | undefined): ScoreView {
  if (why === undefined) return score;
  const { churn, reasons } = score;
  return {
    ...score,
    reasons: why.reasons.length === 0 ? reasons : why.reasons,
    ...(why.team === undefined ? {} : { team: teamOf(why.team) }),
    ...(churn === undefined ? {} : { churn: { ...churn, ...(why.days === undefined ? {} : { days: why.days }) } }),
  };
}

const teamOf = ({ n, k, borrowed }: NonNullable<WhyScored["team"]>): NonNullable<ScoreView["team"]> => ({
  outcomes: n,
  weight: n === 0 ? 0 : n / (n + k),
  ...(borrowed === true && { borrowed }),
});
