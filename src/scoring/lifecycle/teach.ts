// From rows to a judged model. Time is cut in two: what was known before the cut teaches, what came after it judges.
// Between them lies one horizon without rows, since the outcomes of the last rows before it are known only by then.

import { type Aim, APPOINTMENT, aimWords, OUTCOME_WORDS, sameAim } from "../../kernel/aim.ts";
import { DAY, type Instant, type Millis } from "../../kernel/time.ts";
import { COMPARED_WORDS } from "../churn/comparison-words.ts";
import { COLD_DAYS } from "../churn/weeks.ts";
import type { Examples } from "../features/growing.ts";
import type { Model, Table } from "../learn/model.ts";
import { counted, type Evidence, rowsWhere } from "../learn/subset.ts";
import { borrowedVerdict, contradictedBy, lentBy, type Pooled, type Scoring, standsAmong } from "./borrow.ts";
import { JUDGING, LEAST_CAME, LEAST_LEADS, leastSpan } from "./bounds.ts";
import { type Shapes, shapeOfLevels, shapeOfNumbers } from "./drift.ts";
import { driversOf } from "./drivers.ts";
import { baselinesBar, type ColdRows, openGoingCold } from "./going-cold.ts";
import { betterThan, judge, pairedOf } from "./judge.ts";
import type { Bar, Body, Kind, Learned, Metrics } from "./kept.ts";
import { chancesOf, firstOfEach, LEAST_AMONG, latelyOfEach, pick, quantilesOf } from "./rows.ts";
import { NO_SHIFT, type Outcomes, shiftUnseen, shrink, shrinkOne } from "./shrink.ts";
import type { NewModel } from "./store.ts";
import type { Made } from "./trainer.ts";

/** How a table becomes a model. */
export type Learn = (
  table: Table,
  options: { readonly seed: number; readonly onProgress?: (share: number) => void },
) => Model;

/** Measures one row of each lead. */
export type Measure = (chances: Float64Array, labels: Uint8Array, span: Span) => Metrics;

interface Span {
  readonly from: Instant;
  readonly until: Instant;
}

/** What teaches and what judges, and what there is to be held against. */
export interface Lesson {
  readonly kind: Kind;
  /** What a chance is to foretell; absent: an appointment within 30 days. */
  readonly aim?: Aim;
  readonly seed: number;
  /** Rows whose outcomes are known. */
  readonly examples: Examples;
  /** How long after a row its outcome is known. */
  readonly horizon: Millis;
  /** The location's leads as they are now: enough of them are the standing; their shapes are what drift is held against. */
  readonly current: Examples;
  /** SHA-256 of the rows. */
  readonly data: string;
  readonly features: string;
  /** Of all locations together, where there is one. */
  readonly pooled?: Pooled | undefined;
  readonly champion?: Scoring | undefined;
  /** Of going cold: how the leads of the rows turned out. */
  readonly followed?: ColdRows | undefined;
  /** What the rules give these rows, as chances fitted on the rows that teach; absent: the base rate. */
  readonly rules?: ((teaching: Examples, judging: Examples) => Promise<Float64Array>) | undefined;
  /** It has to be better than the rules also where a model scores: others are lent it. */
  readonly isLent?: boolean;
  /** Whether the groups of the audit fare no worse under the challenger; absent: nothing to measure by. */
  readonly fair?: ((judging: Examples, challenger: Float64Array, champion: Float64Array) => Bar) | undefined;
  readonly learn: Learn;
  readonly measure: Measure;
  /** Where it is, and of learning how much is done, 0 to 1. */
  readonly tell?: (phase: "learning" | "judging", share?: number) => void;
}

/** From here on a location's own model is its own; below, the pooled one shifted to it (see docs/scoring.md). */
export const OWN_LEADS = 1_000;
export const OWN_CAME = 100;

export async function teach(lesson: Lesson): Promise<Made> {
  const { examples, horizon, pooled, seed } = lesson;
  const { teaching, judging, cut } = split(examples, horizon, pooled?.learned.until);
  const had = counted(teaching.labels, teaching.lead);
  const later = counted(judging.labels, judging.lead);
  const isOwn = pooled === undefined || (had.all >= OWN_LEADS && had.came >= OWN_CAME);
  const short = shortOf(lesson, isOwn ? had : undefined, later);
  if (short !== undefined) return (await borrow(lesson, teaching, judging)) ?? { outcome: "too_little", detail: short };
  lesson.tell?.("learning");
  const model = isOwn
    ? lesson.learn(teaching, { seed, onProgress: (share) => lesson.tell?.("learning", share) })
    : pooled.model;
  lesson.tell?.("judging");
  // of few leads of now, quantiles would say hot of the first and cold of the second
  const among = lesson.current.rows >= LEAST_AMONG ? lesson.current : judging;
  const body = bodyOf(lesson, model, isOwn, teaching, among);
  const challenger = chancesOf(body, judging);
  const cold = lesson.followed === undefined ? undefined : openGoingCold(lesson.followed, cut);
  const coldMetrics = cold?.metrics(body, judging, challenger);
  // one that serves unjudged has beaten nobody here: its like is held against the rules, as it would have been; and so is
  // the first that foretells what is asked for now, since chances of two outcomes cannot be held against each other
  const isFirst = (!isOwn && lesson.champion?.borrowed === true) || isOfAnother(lesson);
  const scores = isFirst ? undefined : lesson.champion;
  const hasChampion = scores?.body !== undefined;
  const champion = await opponent({ ...lesson, champion: scores }, teaching, judging, cold?.silences);
  const also: Bar[] = cold === undefined ? [] : [baselinesBar(coldMetrics)];
  if (lesson.isLent === true && hasChampion) {
    const rules = await opponent({ ...lesson, champion: undefined }, teaching, judging);
    also.push(betterThan(pairedOf(judging, challenger, rules), "the rules", seed));
  }
  const verdict = judge(pairedOf(judging, challenger, champion), {
    against: scores?.id ?? "rules",
    also,
    ...(cold === undefined || hasChampion ? {} : { called: COMPARED_WORDS.silences }),
    seed,
    fair: lesson.fair?.(judging, challenger, champion) ?? UNMEASURED,
  });
  const instead = isFirst ? { instead: lesson.champion?.id as string } : {};
  const one = firstOfEach(judging);
  const span = { from: cut, until: latest(judging) };
  const measured = lesson.measure(
    Float64Array.from(one, (row) => challenger[row] as number),
    Uint8Array.from(one, (row) => judging.labels[row] as number),
    span,
  );
  const aucOf = (chances: Float64Array, labels: Uint8Array) => lesson.measure(chances, labels, span).auc;
  const lent = lesson.champion?.borrowed === true && !isOfAnother(lesson) ? lesson.champion : undefined;
  const rules = lent && (await opponent({ ...lesson, champion: undefined }, teaching, judging));
  const contradicted = lent && rules && contradictedBy(lent, judging, rules, aucOf);
  const metrics = {
    ...measured,
    drivers: driversOf(body, judging, one),
    ...(coldMetrics === undefined ? {} : { cold: coldMetrics }),
  };
  return {
    outcome: "trained",
    model: { ...made(lesson, body, teaching, isOwn), metrics, verdict: { ...verdict, ...instead } },
    ...contradicted,
  };
}

/** What serves while the location's own outcomes are too few; all of them shift it, since none has to judge. */
async function borrow(lesson: Lesson, teaching: Examples, judging: Examples): Promise<Made | undefined> {
  const { examples, current, champion: scores } = lesson;
  const lent = lentBy(lesson.pooled, isOfAnother(lesson) ? undefined : scores);
  const among = standsAmong(current, examples);
  if (lent === undefined || among === undefined) return undefined;
  const rivalled = isOfAnother(lesson) ? { ...lesson, champion: undefined } : lesson;
  const body = bodyOf(lesson, lent.model, false, examples, among);
  const fair =
    lesson.fair?.(judging, chancesOf(body, judging), await opponent(rivalled, teaching, judging)) ?? UNMEASURED;
  const verdict = borrowedVerdict(counted(judging.labels, judging.lead), { scores, fair, rows: judging.rows });
  const { metrics, learned } = lent;
  const about = { learned: { ...learned, source: "pooled" as const }, metrics, verdict };
  return { outcome: "trained", model: { body, shapes: shapesOf(body, current), ...about } };
}

/** Who scores now foretells another outcome than the one that is asked for. */
const isOfAnother = ({ aim = APPOINTMENT, champion }: Lesson): boolean =>
  champion?.body?.kind === "chance" && !sameAim(champion.body.aim, aim);

const UNMEASURED: Bar = {
  bar: "fair",
  outcome: "unmeasured",
  says: "no groups were given to compare (train --groups)",
};

/** Teaching rows end one horizon before the cut; judging rows begin after it. */
export function split(
  examples: Examples,
  horizon: Millis,
  pooledUntil?: Instant,
): { readonly teaching: Examples; readonly judging: Examples; readonly cut: Instant } {
  const times = Float64Array.from(examples.at).sort();
  const own = times[Math.floor(times.length * (1 - JUDGING))] ?? 0;
  // a pooled model has seen outcomes until then: they judge nobody
  const cut = Math.max(own, pooledUntil === undefined ? 0 : pooledUntil + horizon);
  const at = (row: number) => examples.at[row] as number;
  return {
    teaching: pick(
      examples,
      rowsWhere(examples.rows, (row) => at(row) + horizon <= cut),
    ),
    judging: pick(
      examples,
      rowsWhere(examples.rows, (row) => at(row) > cut),
    ),
    cut,
  };
}

const COLD = {
  came: "went cold",
  not: "did not",
  until: "Until then the rate of silences answers, where enough leads tell of it.",
} as const;

/** Of a chance, what is said of who came, and who scores until there is a model. */
function saidOf(lesson: Lesson): { readonly came: string; readonly not: string; readonly until: string } {
  const { came, not } = OUTCOME_WORDS[(lesson.aim ?? APPOINTMENT).outcome];
  const { body } = lesson.champion ?? {};
  if (body?.kind !== "chance" || !isOfAnother(lesson)) return { came, not, until: "The rules score until then." };
  return { came, not, until: `Until then the model of before scores: it foretells ${aimWords(body.aim)}.` };
}

/** An outcome that is known late leaves few looks that may teach: between these and those that judge lies a horizon. */
function reachOf({ aim, examples }: Lesson): string {
  if (aim === undefined || sameAim(aim, APPOINTMENT)) return "";
  const days = examples.rows === 0 ? 0 : Math.round((latest(examples) - earliest(examples)) / DAY);
  const least = leastSpan(aim.days);
  return days > least
    ? ""
    : ` The looks whose outcome is known lie within ${days} days; of ${aimWords(aim)} one learns and judges by more than ${least}.`;
}

/** Why there is too little, in the numbers that are missing. */
function shortOf(lesson: Lesson, teaching: Evidence | undefined, judging: Evidence): string | undefined {
  const { came, not, until: meanwhile } = lesson.kind === "churn" ? COLD : saidOf(lesson);
  const until = `${meanwhile}${lesson.kind === "churn" ? "" : reachOf(lesson)}`;
  if (teaching !== undefined && (teaching.all < LEAST_LEADS || teaching.came < LEAST_CAME))
    return `Too little to learn from: ${among(teaching.all, LEAST_LEADS)} outcomes, ${among(teaching.came, LEAST_CAME)} that ${came}. ${until}`;
  if (teaching !== undefined && teaching.not < LEAST_CAME)
    return `Nothing to tell apart: ${teaching.came} leads ${came}, ${teaching.not} of ${LEAST_CAME} ${not}. ${until}`;
  if (judging.came < LEAST_CAME || judging.not < LEAST_CAME)
    return `Too little to judge a model by: ${among(judging.came, LEAST_CAME)} that ${came} in the later window, ${among(judging.not, LEAST_CAME)} that ${not}. ${until}`;
  return undefined;
}

/** Beside what is needed, where that is missing: "12 of 30". */
const among = (count: number, least: number): string => (count < least ? `${count} of ${least}` : `${count}`);

/** @param among the leads that a chance is to stand among */
function bodyOf(
  { kind, aim = APPOINTMENT }: Lesson,
  model: Model,
  isOwn: boolean,
  teaching: Examples,
  among: Examples,
): Body {
  if (kind === "churn") return { kind, model, days: COLD_DAYS };
  const plain = { kind, aim, model, quantiles: [], location: NO_SHIFT, agents: {} } as const;
  const weights = weightsOf(teaching);
  const all = outcomesOf(chancesOf(plain, teaching), teaching, weights, () => "all")["all"];
  const own = { logOdds: 0, n: Math.round(weights.reduce((sum, weight) => sum + weight, 0)), k: 0 };
  const shift = all === undefined ? shiftUnseen(chancesOf(plain, among)) : shrinkOne(all);
  const location = isOwn ? own : shift;
  const byOwner = outcomesOf(
    chancesOf({ ...plain, location }, teaching),
    teaching,
    weights,
    (row) => teaching.owners[teaching.owner[row] as number],
  );
  const body = { ...plain, location, agents: shrink(byOwner) };
  return { ...body, quantiles: quantilesOf(chancesOf(body, among)) };
}

/** The outcomes of each group beside the chances given; rows of nobody are left out. */
function outcomesOf(
  chances: Float64Array,
  { rows, labels }: Examples,
  weights: Float64Array,
  groupOf: (row: number) => string | undefined,
): Record<string, Outcomes> {
  const groups = new Map<string, Outcomes>();
  for (let row = 0; row < rows; row += 1) {
    const name = groupOf(row);
    if (name === undefined) continue;
    const group = groups.get(name) ?? { logOdds: [], labels: [], weights: [] };
    groups.set(name, group);
    const chance = Math.min(1 - 1e-9, Math.max(1e-9, chances[row] as number));
    group.logOdds.push(Math.log(chance / (1 - chance)));
    group.labels.push(labels[row] as number);
    group.weights.push(weights[row] as number);
  }
  return Object.fromEntries(groups);
}

/** Rows of one lead share one outcome's weight. */
function weightsOf({ lead, rows }: Examples): Float64Array {
  const times = new Map<number, number>();
  for (const one of lead.subarray(0, rows)) times.set(one, (times.get(one) ?? 0) + 1);
  return Float64Array.from({ length: rows }, (_, row) => 1 / (times.get(lead[row] as number) as number));
}

/** What the judging rows are given by whoever scores now. */
async function opponent(
  lesson: Lesson,
  teaching: Examples,
  judging: Examples,
  silences?: (judging: Examples) => Float64Array,
): Promise<Float64Array> {
  if (lesson.champion?.body !== undefined) return chancesOf(lesson.champion.body, judging);
  if (silences !== undefined) return silences(judging);
  if (lesson.rules !== undefined) return lesson.rules(teaching, judging);
  const came = teaching.labels.reduce((sum, label) => sum + label, 0);
  return new Float64Array(judging.rows).fill((came + 0.5) / (teaching.rows + 1));
}

function made(
  { data, seed, features, pooled, current, examples, kind, aim = APPOINTMENT }: Lesson,
  body: Body,
  teaching: Examples,
  isOwn: boolean,
): Pick<NewModel, "body" | "learned" | "shapes"> {
  const own: Learned = {
    ...{ data, seed, features },
    ...(kind === "churn" ? {} : { aim }),
    rows: teaching.rows,
    positives: teaching.labels.reduce((sum, label) => sum + label, 0),
    from: earliest(teaching),
    until: latest(teaching),
    source: "own",
    locations: 1,
  };
  const learned = isOwn || pooled === undefined ? own : { ...pooled.learned, source: "pooled" as const };
  // going cold is asked of weeks that are over: there is no week of now
  const seen = kind === "churn" ? latelyOfEach(examples) : current;
  return { body, learned, shapes: shapesOf(body, seen) };
}

export function shapesOf(body: Body, seen: Examples): Shapes {
  const columns = seen.columns.map((column, place) => {
    const cells = seen.cells[place] as Float64Array;
    return [column.name, column.kind === "number" ? shapeOfNumbers(cells) : shapeOfLevels(column.levels.length, cells)];
  });
  return { columns: Object.fromEntries(columns), score: shapeOfNumbers(chancesOf(body, seen)) };
}

const earliest = ({ at }: Examples): Instant => at.reduce((first, one) => Math.min(first, one), at[0] ?? 0);
const latest = ({ at }: Examples): Instant => at.reduce((last, one) => Math.max(last, one), 0);
