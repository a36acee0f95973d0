// Why a lead stands where it stands, asked of its kept state: what the models that scored it say, or the rules; and how
// soon it may go cold, by its model or by how leads of the location keep silent.

import { readStates } from "../behavior/index.ts";
import { type LogPlace, pageOfLog } from "../events/index.ts";
import type { ExperimentView, openExperiments } from "../experiments/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import { type Clock, DAY, type Instant, iso } from "../kernel/time.ts";
import { readLeads } from "../leads/index.ts";
import {
  accountOfChance,
  accountOfRisk,
  type Background,
  type ChanceAccount,
  type ChanceScorer,
  type ChurnScorer,
  COLD_DAYS,
  drawBackground,
  INTERVENTIONS,
  type Intervention,
  interventionsFor,
  type MeasuredEffect,
  type MeasuredEffects,
  MODEL,
  NO_CAUSE,
  type Reason,
  type RiskAccount,
  type RiskLevel,
  readSilences,
  riskLevel,
  type Scorers,
  type SilenceRate,
  type Suggestion,
  scorersNamed,
  silenceRate,
} from "../scoring/index.ts";
import { type LeadState, vocabularyOf } from "../turns/index.ts";
import type { Publications } from "../workflows/index.ts";
import { openReadings } from "./readings.ts";

type Experiments = ReturnType<typeof openExperiments>;

export interface LeadExplanation {
  readonly lead: string;
  /** When it was scored: all that is said is as of then. */
  readonly asOf: string;
  readonly score: number;
  readonly tier: string;
  /** What scored it. */
  readonly model: string;
  /** That model is no longer kept: there is nothing to explain by. */
  readonly gone?: true;
  /** Of the rules, where no model speaks of the chance: base and reasons are the log-odds of the score. */
  readonly rules?: { readonly base: number; readonly reasons: readonly Reason[] };
  readonly chance?: ChanceAccount;
  readonly risk?: RiskAccount;
  /** While no model speaks of going cold. */
  readonly silence?: Silence;
  readonly note: string;
}

export interface Silence {
  readonly idleDays: number;
  /** Silence of so many days is cold. */
  readonly coldDays: number;
  /** Of silences that lasted so long, the share that came to it; null: too few leads tell of it, or it has come to it. */
  readonly rate: SilenceRate | null;
  readonly level?: RiskLevel;
  readonly suggestions?: readonly Suggestion[];
}

export interface ExplainingNeeds {
  readonly database: Database;
  readonly clock: Pick<Clock, "now">;
  readonly experiments: Pick<Experiments, "list">;
  /** Say what counts as something the lead did. */
  readonly publications: Pick<Publications, "live">;
}

/** Held against the average of what a model learned from, or against other leads of the location. */
export const FORMS = ["path-dependent", "interventional"] as const;
export type Form = (typeof FORMS)[number];

/**
 * @returns undefined where there is no such lead, or it was never scored
 * @throws InvalidInput where it is to be held against others, and there are too few, or no model speaks of it
 */
export async function explainLead(
  { database, clock, experiments, publications }: ExplainingNeeds,
  location: string,
  lead: string,
  form: Form = "path-dependent",
): Promise<LeadExplanation | undefined> {
  const measured = measuredIn(await experiments.list(location));
  const found = await database.transaction([location], async (sql) => {
    const state = (await readStates<LeadState>(sql, location, [lead])).get(lead);
    if (state?.score === undefined) return undefined;
    const { score, scoredAt, tally } = state;
    const told = {
      ...{ lead, asOf: iso(scoredAt), score: score.score, tier: score.tier, model: score.model, note: NO_CAUSE },
      ...(score.base === undefined || score.reasons === undefined
        ? {}
        : { rules: { base: score.base, reasons: score.reasons } }),
    };
    const names = score.model.startsWith(MODEL) ? score.model.slice(MODEL.length).trim() : score.model;
    const scorers: Partial<Scorers> | undefined = names === "" ? {} : await scorersNamed(sql, location, names);
    if (scorers === undefined) return { told: { ...told, gone: true as const } };
    if (form === "interventional" && scorers.chance === undefined && scorers.churn === undefined)
      throw new InvalidInput(`No model speaks of ${lead}: the rules hold a lead against nobody.`);
    if (tally === undefined) return { told };
    const owner = (await readLeads(sql, location, [lead])).get(lead)?.contact.assignedTo;
    return { told, scored: { scorers, tally, scoredAt, owner } };
  });
  if (found?.scored === undefined) return found?.told;
  const { scorers, tally, scoredAt, owner } = found.scored;
  const { chance: likely, churn } = scorers;
  const now = clock.now();
  // the log is read page by page, each in a transaction of its own: there may be a hundred
  const others = form === "interventional" ? await othersOf(database, location, scoredAt) : undefined;
  const backgroundFor = async (scorer: ChanceScorer | ChurnScorer) => others && (await drawBackground(scorer, others));
  const chance = likely && accountOfChance(likely, tally, scoredAt, { owner, background: await backgroundFor(likely) });
  const riskFor = (background?: Background) =>
    churn && accountOfRisk(churn, tally, scoredAt, { now, measured, background });
  const plain = riskFor();
  // of a lead that is cold there is no week to explain
  const risk = churn === undefined || plain?.week === undefined ? plain : riskFor(await backgroundFor(churn));
  if (risk !== undefined) return { ...found.told, ...(chance && { chance }), risk };
  const silence = await database.transaction([location], async (sql) => {
    const acts = Object.keys(vocabularyOf((await publications.live(sql, location)) ?? { events: {} }).behaviors);
    return silenceOf(sql, location, tally, { now, measured, acts });
  });
  return { ...found.told, ...(chance && { chance }), ...(silence && { silence }) };
}

/** Events a page, so that none holds up others for long. */
const PAGE = 500;

async function othersOf(database: Database, location: string, asOf: Instant) {
  const { reading } = await openReadings(database)(location);
  const readPage = (after: LogPlace | undefined) =>
    database.transaction([location], (sql) => pageOfLog(sql, location, { after, limit: PAGE }));
  return { location, asOf, readPage, reading };
}

/**
 * An experiment measures the intervention whose name it bears, alone or before `_`: `immediate_call_for_quiet`. Its first
 * variant beside control counts; one whose leads do not fall as declared measures nothing.
 */
function measuredIn(views: readonly ExperimentView[]): MeasuredEffects {
  const measured: { -readonly [K in Intervention]?: MeasuredEffect } = {};
  for (const intervention of INTERVENTIONS) {
    const named = views.filter(({ id }) => id === intervention || id.startsWith(`${intervention}_`));
    for (const { id, metric, variants, ratio } of named) {
      const difference = variants.find(({ control }) => !control)?.difference;
      if (difference === undefined || ratio.alarm) continue;
      const { estimate: value, from: low, to: high } = difference;
      measured[intervention] ??= { experiment: id, metric: metric.when.join(" or "), value, low, high };
    }
  }
  return measured;
}

async function silenceOf(
  sql: Sql,
  location: string,
  { last, came, seen, source }: NonNullable<LeadState["tally"]>,
  {
    now,
    measured,
    acts,
  }: { readonly now: Instant; readonly measured: MeasuredEffects; readonly acts: readonly string[] },
): Promise<Silence | undefined> {
  const quietFrom = last?.act ?? came ?? seen;
  if (quietFrom === undefined) return undefined;
  const idleDays = (now - quietFrom) / DAY;
  const read = await readSilences(sql, location, acts, { now, source: source?.[1] });
  const rate = silenceRate(idleDays, read.segment, read.location);
  if (rate === undefined) return { idleDays, coldDays: COLD_DAYS, rate: null };
  return {
    idleDays,
    coldDays: COLD_DAYS,
    rate,
    level: riskLevel(rate.value),
    suggestions: interventionsFor(rate.value, [], now, measured),
  };
}
