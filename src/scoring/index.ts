export { alive, type BgNbd, fitBgNbd, type Repeats } from "./churn/bg-nbd.ts";
export { type Churn, openChurn } from "./churn/hazard.ts";
export {
  type Intervention,
  interventionsFor,
  type MeasuredEffect,
  type RiskLevel,
  riskLevel,
  type Suggestion,
} from "./churn/interventions.ts";
export { type SilenceRate, type Silences, silenceRate, silencesOf } from "./churn/silence.ts";
export { type AtHorizon, type Followed, type RisksBy, type Timed, timed } from "./churn/timed.ts";
export { COLD_DAYS, type Story, weeksAhead } from "./churn/weeks.ts";
export { type Account, ADDS_UP, accountOf, NO_CAUSE } from "./explain/account.ts";
export type { Explain, Explanation } from "./explain/additive.ts";
export { explainerAgainst } from "./explain/against.ts";
export { explainer } from "./explain/explain.ts";
export { type GroupReason, reasonsOf, sentenceOf, type Told, type Words } from "./explain/reasons.ts";
export { rowOf } from "./explain/row-file.ts";
export { featureWords } from "./explain/words.ts";
export { fairnessDocument } from "./fairness/document.ts";
export { type Audited, type Cut, type Impact, impact } from "./fairness/impact.ts";
export { type FairnessReport, fairnessReport, type Sample, type Subject } from "./fairness/report.ts";
export { RULE_FEATURES, rulesRows } from "./fairness/rows.ts";
export { DENIALS, denied } from "./features/denied.ts";
export {
  ALIVE,
  COLD_AFTER,
  type ExampleMaker,
  type ExampleOptions,
  knownFrom,
  OUTCOMES,
  type Outcome,
  openExamples,
  openWeeks,
} from "./features/examples.ts";
export { type Feature, GROUPS, type Group, type Use, type Value } from "./features/feature.ts";
export type { Examples } from "./features/growing.ts";
export {
  auditColumns,
  churnColumns,
  columnsFor,
  featureNamed,
  REGISTRY,
  type Registry,
  register,
  registryOf,
  sayCell,
} from "./features/registry.ts";
export { openRows, type ReadRow, rowAt } from "./features/row.ts";
export {
  NOTHING_SEEN,
  observe as observeTally,
  PLAIN as PLAIN_READING,
  type Reading,
  type Tally,
} from "./features/tally.ts";
export { type Learning, learn } from "./learn/learn.ts";
export { learnLinear, linearLogOdds } from "./learn/logistic.ts";
export type { Model, Table } from "./learn/model.ts";
export { readModel, writeModel } from "./learn/model-file.ts";
export type { Body, Metrics, Verdict } from "./lifecycle/kept.ts";
export { type LiveModels, openLiveModels } from "./lifecycle/live.ts";
export type { NewModel } from "./lifecycle/store.ts";
export {
  type Crossing,
  crossings,
  type Features,
  featuresOf,
  HOT,
  MODEL,
  QUESTIONS,
  type Reason,
  type Score,
  type Standing,
  score,
  type Thresholds,
  tierOf,
  WARM,
} from "./score.ts";
export type { ChanceScorer, ChurnScorer, Scorers, Shift } from "./scorers.ts";
