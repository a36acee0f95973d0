export { coldSentences } from "./churn/comparison-words.ts";
export { type Churn, openChurn } from "./churn/hazard.ts";
export {
  INTERVENTIONS,
  type Intervention,
  interventionsFor,
  type MeasuredEffect,
  type MeasuredEffects,
  type RiskLevel,
  riskLevel,
  type Suggestion,
} from "./churn/interventions.ts";
export { type SilenceRate, type Silences, silenceRate, silencesOf } from "./churn/silence.ts";
export { readSilences, type SilencesRead } from "./churn/store.ts";
export { COLD_DAYS, type Story, weeksAhead } from "./churn/weeks.ts";
export { labeled, readSheet } from "./evaluate/csv.ts";
export { type Split, tried } from "./evaluate/trial.ts";
export { trialText } from "./evaluate/trial-words.ts";
export { type Account, ADDS_UP, accountOf, NO_CAUSE } from "./explain/account.ts";
export type { Explain, Explanation } from "./explain/additive.ts";
export { explainerAgainst } from "./explain/against.ts";
export { explainer } from "./explain/explain.ts";
export {
  accountOfChance,
  accountOfRisk,
  type Background,
  type ChanceAccount,
  type RiskAccount,
} from "./explain/lead.ts";
export { type GroupReason, reasonsOf, sentenceOf, type Told, type Words } from "./explain/reasons.ts";
export { rowOf } from "./explain/row-file.ts";
export { featureWords } from "./explain/words.ts";
export { fairnessDocument } from "./fairness/document.ts";
export { type FieldsSeen, fieldsSeen } from "./fairness/fields.ts";
export { type AuditFigures, figuresOf } from "./fairness/figures.ts";
export { type Audited, type Cut, type Impact, impact } from "./fairness/impact.ts";
export { lastAudit, saveAudit } from "./fairness/last-audit.ts";
export {
  type FairnessReport,
  type FeatureUse,
  fairnessReport,
  type ModelSeen,
  type Sample,
  type Subject,
} from "./fairness/report.ts";
export { learnedRows, RULE_WORDS, rulesRows, type Scored } from "./fairness/rows.ts";
export { denied } from "./features/denied.ts";
export { DENIALS } from "./features/denied-terms.ts";
export {
  ALIVE,
  type ExampleMaker,
  type ExampleOptions,
  knownFrom,
  openExamples,
  openWeeks,
} from "./features/examples.ts";
export { exampleOf, type Feature, type Group, groupWords, type Use, type Value } from "./features/feature.ts";
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
  type Reading,
  type Tally,
} from "./features/tally.ts";
export {
  type Explained,
  explainKept,
  type Foreteller,
  type Foretold,
  foretellerOf,
  type KeptScore,
  modelName,
} from "./foretell.ts";
export { dayOf, isNews, readScoreDays, type ScoreDay, saveScoreDays } from "./history.ts";
export { aucWords } from "./learn/auc-words.ts";
export { platt } from "./learn/calibrate.ts";
export { type Learning, learn } from "./learn/learn.ts";
export { learnLinear, linearLogOdds } from "./learn/logistic.ts";
export type { Model, Table } from "./learn/model.ts";
export { readModel, writeModel } from "./learn/model-file.ts";
export { ready, sigmoid } from "./learn/predict.ts";
export type { Aims } from "./lifecycle/aims.ts";
export { drawBackground } from "./lifecycle/background.ts";
export { type ExportedModel, modelIn } from "./lifecycle/export.ts";
export { readGroups } from "./lifecycle/groups.ts";
export {
  type Body,
  isBorrowed,
  isPool,
  KINDS,
  type Kind,
  type Metrics,
  POOLED,
  placeOf,
  type Verdict,
  type Watched,
} from "./lifecycle/kept.ts";
export {
  championBody,
  type LiveModels,
  openLiveModels,
  pooledModel,
  watchedChampion,
} from "./lifecycle/live.ts";
export { measured } from "./lifecycle/measured.ts";
export { type ModelStanding, openModels } from "./lifecycle/models.ts";
export { scorersNamed } from "./lifecycle/named.ts";
export { openPromotion } from "./lifecycle/promotion.ts";
export { openRounds } from "./lifecycle/rounds.ts";
export { type ModelDoors, modelRoutes } from "./lifecycle/routes.ts";
export type { NewModel } from "./lifecycle/store.ts";
export { doTask, doWatch } from "./lifecycle/task.ts";
export { type Told as ThreadTold, threadOf } from "./lifecycle/thread.ts";
export { type Made, openTrainer, type Task, type Thread } from "./lifecycle/trainer.ts";
export type { Progress } from "./lifecycle/trainings.ts";
export type { ModelsNews, ModelsView, ModelView, TrainingView, WholeModelView } from "./lifecycle/view.ts";
export {
  type Crossing,
  crossings,
  type Features,
  featuresOf,
  HOT,
  MODEL,
  QUESTIONS,
  type Reason,
  type RuleScore,
  type Score,
  type Standing,
  score,
  type Thresholds,
  tierOf,
  WARM,
} from "./score.ts";
export type { ChanceScorer, ChurnScorer, Scorers, Shift } from "./scorers.ts";
export { type SendTime, sendTime } from "./send-time/choose.ts";
export { plusSlot, type SlotCounts, slotKey, slotOf, slotWords } from "./send-time/slots.ts";
