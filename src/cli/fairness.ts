// `latchkey audit fairness`: what scores here, what it reads and what it does to groups, as a document that can be filed.
// Groups come from a file that the auditor brings; they are read for this document; what is kept
// of it, for the page Models, are figures without a lead or a group's name.

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { openReadings } from "../app/readings.ts";
import { type AuditedRow, outcomesOf, scoredLeads, taughtBy, treatmentOf } from "../insights/index.ts";
import { APPOINTMENT } from "../kernel/aim.ts";
import { InvalidInput } from "../kernel/errors.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import {
  DENIALS,
  denied,
  exampleOf,
  type FeatureUse,
  type FieldsSeen,
  fairnessDocument,
  fairnessReport,
  fieldsSeen,
  figuresOf,
  HOT,
  learn,
  learnedRows,
  MODEL,
  type ModelSeen,
  modelName,
  openLiveModels,
  REGISTRY,
  RULE_WORDS,
  readGroups,
  ready,
  rulesRows,
  type Sample,
  type Scored,
  type Scorers,
  type Subject,
  saveAudit,
  type Table,
  WARM,
} from "../scoring/index.ts";
import { domainClock, inHouse, onlyLocation } from "./house.ts";
import { type Said, said, type Where } from "./said.ts";

export interface FairnessOptions extends Where {
  /** A CSV with the columns `contact` and `group`. */
  readonly groups: string | undefined;
  /** Where the document goes, as Markdown. */
  readonly out: string | undefined;
}

/** The same file and the same leads give the same document. */
const SEED = 20_261_122;

export async function auditFairness({ json, location, groups, out }: FairnessOptions): Promise<Said> {
  const text = groups === undefined ? undefined : await textOf(groups);
  const given = text === undefined ? undefined : readGroups(text);
  const file =
    groups === undefined || text === undefined
      ? {}
      : { file: { name: basename(groups), sha256: createHash("sha256").update(text).digest("hex") } };
  return inHouse(async (premises) => {
    const at = onlyLocation(premises, location);
    const clock = await domainClock(premises, at);
    const now = clock.now();
    const { database } = premises;
    const fields = await fieldsOf(database, at);
    const { subject, sample } = await database.transaction([at], async (sql) => {
      const scored = await scoredLeads(sql, at);
      const live = await openLiveModels({ clock, refused: () => undefined }).of(sql, at);
      const about = { ...subjectOf(at, now, scored, live, await taughtBy(sql, at)), fields };
      const found = given && (await sampleOf(sql, about, scored, given, live));
      return { subject: about, sample: found && { ...found, ...file } };
    });
    // learning what tells the groups takes its time: no transaction waits for it
    const report = fairnessReport(subject, sample);
    const figures = figuresOf(report);
    if (figures !== undefined) await database.transaction([at], (sql) => saveAudit(sql, at, now, figures));
    const document = fairnessDocument(report);
    if (out === undefined) return said(json, report, document);
    await writeFile(out, `${document}\n`, { mode: 0o600 }).catch(unwritable(out));
    return said(json, report, `${out} is written: ${report.leads.scored} scored leads.`);
  });
}

export async function textOf(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new InvalidInput(`${file} cannot be read: ${error.code ?? error.message}`);
  });
}

/** What becomes of an error in writing a file that was named. */
export const unwritable =
  (file: string) =>
  (error: NodeJS.ErrnoException): never => {
    throw new InvalidInput(`${file} cannot be written: ${error.code ?? error.message}`);
  };

/** The custom fields of a location's contacts, as the CRM last named them and as its scores would read them. */
async function fieldsOf(database: Database, location: string): Promise<FieldsSeen> {
  const { catalog, reading } = await openReadings(database)(location);
  const all = Object.values(catalog.fields).sort((a, b) => (a.key < b.key ? -1 : 1));
  return fieldsSeen(
    all.map(({ id, key, name }) => ({
      key,
      ...(name === undefined ? {} : { name }),
      names: reading.fieldNames(id),
    })),
  );
}

/** What each who scores reads: the rules, where they do, and the live models; and every feature that is for audits alone. */
function featuresUsed(live: Scorers | undefined, byRules: boolean): FeatureUse[] {
  const rules = Object.entries(RULE_WORDS).map(([name, example]) => ({
    ...{ name, example, use: ["score"], readBy: ["rules"] },
  }));
  const readers = [
    ...(live?.chance === undefined ? [] : [{ as: "the chance", model: live.chance.model }]),
    ...(live?.churn === undefined ? [] : [{ as: "going cold", model: live.churn.model }]),
  ].map(({ as, model }) => ({ as, columns: new Set(model.columns.map(({ name }) => name)) }));
  const learned = [...REGISTRY.values()]
    .map((feature) => ({
      ...{ name: feature.name, example: exampleOf(feature), use: feature.use },
      readBy: readers.filter(({ columns }) => columns.has(feature.name)).map(({ as }) => as),
    }))
    .filter(({ use, readBy }) => readBy.length > 0 || use.length === 0);
  return [...(byRules || live?.chance === undefined ? rules : []), ...learned];
}

function subjectOf(
  location: string,
  now: number,
  scored: readonly AuditedRow[],
  live: Scorers | undefined,
  taught: ModelSeen["learned"],
): Omit<Subject, "fields"> {
  const count = (of: (row: AuditedRow) => string) => {
    const counts = new Map<string, number>();
    for (const row of scored) counts.set(of(row), (counts.get(of(row)) ?? 0) + 1);
    return counts;
  };
  const instants = scored.flatMap(({ scoredAt }) => (scoredAt === null ? [] : [scoredAt]));
  const seen = count(({ model }) => model);
  const scores = live?.chance === undefined ? undefined : modelName(live);
  const features = featuresUsed(
    live,
    [...seen.keys()].some((model) => model.startsWith(MODEL)),
  );
  return {
    location,
    at: now,
    models: [...(scores === undefined || seen.has(scores) ? seen : [...seen, [scores, 0] as const])].map(
      ([id, leads]) => ({
        id,
        leads,
        ...(taught !== undefined && id === scores ? { learned: taught } : {}),
      }),
    ),
    features,
    denied: DENIALS,
    refused: features.flatMap(({ name }) => (denied(name) === undefined ? [] : [name])),
    leads: {
      scored: scored.length,
      ...(instants.length === 0 ? {} : { from: instants.reduce((a, b) => Math.min(a, b)) }),
      ...(instants.length === 0 ? {} : { until: instants.reduce((a, b) => Math.max(a, b)) }),
      tiers: Object.fromEntries(count(({ tier }) => tier)),
    },
    cuts: [
      { name: "hot", from: HOT },
      { name: "warm", from: WARM },
    ],
  };
}

async function sampleOf(
  sql: Sql,
  { location, at }: Subject,
  scored: readonly AuditedRow[],
  groups: ReadonlyMap<string, string>,
  live: Scorers | undefined,
): Promise<Sample> {
  const asked = scored.filter(({ lead }) => groups.has(lead));
  const leads = asked.map(({ lead }) => lead);
  const treated = new Map((await treatmentOf(sql, location, leads)).map((row) => [row.lead, row]));
  const outcomes = new Map(
    (await outcomesOf(sql, location, leads, { now: at, aim: live?.chance?.aim ?? APPOINTMENT })).map((row) => [
      row.lead,
      row,
    ]),
  );
  const people = asked.map(({ lead, score }) => {
    const { messages = 0, answeredAfter = null } = treated.get(lead) ?? {};
    const outcome = outcomes.get(lead);
    return {
      group: groups.get(lead) as string,
      score,
      messages,
      ...(outcome === undefined ? {} : { chance: outcome.chance, came: outcome.came }),
      ...(answeredAfter === null ? {} : { answeredAfter }),
    };
  });
  return { people, unknown: groups.size - asked.length, learner, seed: SEED, ...rowsOf(asked, live) };
}

/** Nothing where the leads were scored by several models, or by one that no longer scores. */
function rowsOf(asked: readonly AuditedRow[], live: Scorers | undefined): Partial<Scored> {
  const models = new Set(asked.map(({ model }) => model));
  if (models.size !== 1) return {};
  if (live?.chance !== undefined && models.has(modelName(live))) {
    const kept = asked.flatMap(({ tally, scoredAt }) =>
      tally === null || scoredAt === null ? [] : [{ tally, at: scoredAt }],
    );
    return kept.length === asked.length ? learnedRows(kept, live.chance) : {};
  }
  const bases = new Set(asked.map(({ base }) => base));
  const [base] = bases;
  if (bases.size !== 1 || typeof base !== "number" || !([...models][0] ?? "").startsWith(MODEL)) return {};
  return rulesRows(asked.map(({ reasons }) => ({ base, reasons })));
}

/** The way scores are learned, set to learn the group. */
function learner(table: Table): (rows: Pick<Table, "cells" | "rows">) => ArrayLike<number> {
  const { logOdds } = ready(learn(table, { seed: SEED }));
  return ({ rows, cells }) =>
    Float64Array.from({ length: rows }, (_, row) => logOdds(cells.map((column) => column[row] as number)));
}
