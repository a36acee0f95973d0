// Models and trainings as people and programs read them.

import { type Aim, APPOINTMENT, aimWords } from "../../kernel/aim.ts";
import { type Instant, iso } from "../../kernel/time.ts";
import type { AuditFigures } from "../fairness/figures.ts";
import { groupWords } from "../features/feature.ts";
import type { Shift } from "../scorers.ts";
import type { Body, KeptModel, Kind, Learned, Metrics, ModelState, Verdict, Watched } from "./kept.ts";
import { SILENT, type Training } from "./trainings.ts";

export interface ModelView {
  readonly id: string;
  readonly kind: Kind;
  /** Of a chance: what it is the chance of. */
  readonly foretells?: ForetellsView;
  readonly state: ModelState;
  readonly trained_at: string;
  readonly promoted_at?: string;
  readonly promoted_by?: string;
  readonly retired_at?: string;
  /** Of the latest change of state. */
  readonly why?: string;
  /** Where a rollback leads: a model's id, or `rules`. Of what has scored only. */
  readonly replaced?: string;
  readonly learned: Omit<Learned, "aim" | "from" | "until"> & { readonly from: string; readonly until: string };
  readonly metrics: Omit<Metrics, "from" | "until" | "drivers"> & { readonly from: string; readonly until: string };
  /** What moves leads, the furthest first: in words, and by how much of log-odds on average. */
  readonly drivers?: readonly { readonly group: string; readonly text: string; readonly meanAbs: number }[];
  readonly verdict: Verdict;
  readonly watched?: Watched;
  readonly watched_at?: string;
}

/** What a chance is of, for programs, and in words: "a deal won within 180 days". */
export interface ForetellsView extends Aim {
  readonly text: string;
}

export const foretellsView = (aim: Aim = APPOINTMENT): ForetellsView => ({ ...aim, text: aimWords(aim) });

/** With what only the whole model says. */
export interface WholeModelView extends ModelView {
  /** Why it cannot score though it is there: the rules answer. */
  readonly broken?: string;
  /** What this team's own outcomes say beyond the pooled model: n of n + k is their share. */
  readonly team?: Shift;
  readonly agents?: number;
  readonly trees?: number;
  readonly columns?: readonly string[];
}

export interface TrainingView {
  readonly id: string;
  readonly kind: Kind;
  readonly foretells?: ForetellsView;
  readonly asked_by: string;
  readonly asked_at: string;
  /** `silent`: the process that trains has not been heard of for a minute. */
  readonly state: "running" | "silent" | "ended";
  readonly progress: Training["progress"];
  readonly cancelled_by?: string;
  readonly ended_at?: string;
  readonly outcome?: Training["outcome"];
  readonly detail?: string;
  readonly model?: string;
}

export interface ModelsView {
  /** What the location asks its chance to foretell; a model that scores may be of before, and says its own. */
  readonly foretells: ForetellsView;
  readonly items: readonly ModelView[];
  /** Who scores now: a model's id, or `rules`. Of churn nobody, where there is no model. */
  readonly scores: { readonly chance: string; readonly churn: string };
  readonly trainings: readonly TrainingView[];
  /** The figures of the last audit for which groups were brought. */
  readonly fairness?: AuditFigures & { readonly at: string };
  /** Another one means that models, or the audit, are others than they were. */
  readonly stamp: string;
}

/** What changes by itself while somebody looks on. */
export type ModelsNews = Pick<ModelsView, "foretells" | "scores" | "trainings" | "stamp">;

export function modelView(model: KeptModel): ModelView {
  const { id, kind, state, learned, verdict, why, watched } = model;
  const { drivers, ...metrics } = model.metrics;
  const { aim, ...taught } = learned;
  const span = (of: { from: number; until: number }) => ({ from: iso(of.from), until: iso(of.until) });
  return {
    ...{ id, kind, state },
    ...(kind === "chance" ? { foretells: foretellsView(aim) } : {}),
    trained_at: iso(model.createdAt),
    ...(model.promotedAt === undefined
      ? {}
      : {
          promoted_at: iso(model.promotedAt),
          promoted_by: model.promotedBy ?? "",
          replaced: model.replaced ?? "rules",
        }),
    ...(model.retiredAt === undefined ? {} : { retired_at: iso(model.retiredAt) }),
    ...(why === undefined ? {} : { why }),
    learned: { ...taught, ...span(learned) },
    metrics: { ...metrics, ...span(metrics) },
    ...(drivers === undefined
      ? {}
      : { drivers: drivers.map((driver) => ({ ...driver, text: groupWords(driver.group) })) }),
    verdict,
    ...(watched === undefined ? {} : { watched }),
    ...(model.watchedAt === undefined ? {} : { watched_at: iso(model.watchedAt) }),
  };
}

export function wholeView(
  model: KeptModel,
  read: { readonly body: Body } | { readonly broken: string },
): WholeModelView {
  const view = modelView(model);
  if ("broken" in read) return { ...view, broken: read.broken };
  const { body } = read;
  const trees = body.model.parts.reduce((sum, { part }) => sum + (part.kind === "boosted" ? part.trees.length : 0), 0);
  const columns = body.model.columns.map(({ name }) => name);
  if (body.kind === "churn") return { ...view, trees, columns };
  return { ...view, team: body.location, agents: Object.keys(body.agents).length, trees, columns };
}

export function trainingView(training: Training, real: Instant): TrainingView {
  const { id, kind, aim, askedBy, askedAt, aliveAt, progress, cancelledBy, endedAt, outcome, detail, model } = training;
  const silent = endedAt === undefined && real - aliveAt > SILENT;
  return {
    ...{ id, kind, asked_by: askedBy, asked_at: iso(askedAt) },
    ...(kind === "chance" ? { foretells: foretellsView(aim) } : {}),
    state: endedAt !== undefined ? "ended" : silent ? "silent" : "running",
    progress,
    ...(cancelledBy === undefined ? {} : { cancelled_by: cancelledBy }),
    ...(endedAt === undefined ? {} : { ended_at: iso(endedAt) }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(detail === undefined ? {} : { detail }),
    ...(model === undefined ? {} : { model }),
  };
}
