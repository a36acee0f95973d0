// What a turn scores with: the models that are live for one location, ready in memory. Absent or without a chance, the
// rules answer, and there is no chance.

import type { Aim } from "../kernel/aim.ts";
import type { Model } from "./learn/model.ts";

export interface Scorers {
  /** Names the models, with every score and decision made by them. */
  readonly id: string;
  readonly chance?: ChanceScorer;
  readonly churn?: ChurnScorer;
}

export interface ChanceScorer {
  /** What the chance is of; absent: an appointment within 30 days. */
  readonly aim?: Aim;
  readonly model: Model;
  /** Of the location's leads when the model went live: 101 chances, the 0th to the 100th percentile, rising. */
  readonly quantiles: readonly number[];
  /** Added to the calibrated log-odds: what this location's and its agents' own outcomes say beyond the pooled model. */
  readonly location: Shift;
  /** By CRM user id, on top of the location's. */
  readonly agents: Readonly<Record<string, Shift>>;
  /** It is all locations', shifted, and was not judged on this one's leads. */
  readonly borrowed?: boolean;
}

/** `n` outcomes seen against a prior worth `k`: the estimate is n/(n+k) the team's own. */
export interface Shift {
  readonly logOdds: number;
  readonly n: number;
  readonly k: number;
}

export interface ChurnScorer {
  /** One row is a lead in a week: the features as of now, then `week` and `idleDays`; its chance is that of going cold in that week. */
  readonly model: Model;
  /** Days ahead that `lead.churn` speaks of. */
  readonly days: number;
}
