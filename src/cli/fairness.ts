// `latchkey audit fairness`: what scores here, what it reads and what it does to groups, as a document that can be filed.
// Groups come from a file that the auditor brings; they are read for this document, and nothing of them is kept.

import { readFile, writeFile } from "node:fs/promises";
import { parse } from "csv-parse/sync";
import { type AuditedRow, scoredLeads, treatmentOf } from "../insights/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import type { Sql } from "../kernel/sql.ts";
import {
  DENIALS,
  denied,
  fairnessDocument,
  fairnessReport,
  HOT,
  learnLinear,
  linearLogOdds,
  RULE_FEATURES,
  rulesRows,
  type Sample,
  type Subject,
  type Table,
  WARM,
} from "../scoring/index.ts";
import { inHouse, onlyLocation } from "./house.ts";
import { type Said, said, type Where } from "./said.ts";

export interface FairnessOptions extends Where {
  /** A CSV with the columns `contact` and `group`. */
  readonly groups: string | undefined;
  /** Where the document goes, as Markdown. */
  readonly out: string | undefined;
}

/** More of them are names, not groups. */
const MOST_GROUPS = 20;
/** The same file and the same leads give the same document. */
const SEED = 20_261_122;

export async function auditFairness({ json, location, groups, out }: FairnessOptions): Promise<Said> {
  const given = groups === undefined ? undefined : readGroups(await textOf(groups));
  return inHouse(async (premises) => {
    const at = onlyLocation(premises, location);
    const now = premises.clock.now();
    const report = await premises.database.transaction([at], async (sql) => {
      const scored = await scoredLeads(sql, at);
      return fairnessReport(subjectOf(at, now, scored), given && (await sampleOf(sql, at, scored, given)));
    });
    const document = fairnessDocument(report);
    if (out === undefined) return said(json, report, document);
    await writeFile(out, `${document}\n`, { mode: 0o600 });
    return said(json, report, `${out} is written: ${report.leads.scored} scored leads.`);
  });
}

async function textOf(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new InvalidInput(`${file} cannot be read: ${error.code ?? error.message}`);
  });
}

/** Contact to group. @throws InvalidInput */
export function readGroups(text: string): ReadonlyMap<string, string> {
  let lines: string[][];
  try {
    lines = parse(text, { bom: true, skip_empty_lines: true, trim: true }) as string[][];
  } catch (error) {
    throw new InvalidInput(`--groups: the file is no CSV: ${(error as Error).message}`);
  }
  const [heading = [], ...rows] = lines;
  const names = heading.map((name) => name.toLowerCase().replace(/[^a-z]/g, ""));
  const contact = names.findIndex((name) => name === "contact" || name === "contactid");
  const group = names.indexOf("group");
  if (contact < 0 || group < 0) {
    throw new InvalidInput('--groups: expected a heading with the columns "contact" and "group".');
  }
  const found = new Map<string, string>();
  rows.forEach((row, index) => {
    const [id, name] = [row[contact] ?? "", row[group] ?? ""];
    if (id === "" || name === "") return;
    const before = found.get(id);
    if (before !== undefined && before !== name) {
      throw new InvalidInput(`--groups: line ${index + 2}: contact ${id} is in two groups. A contact has one line.`);
    }
    found.set(id, name);
  });
  const all = new Set(found.values());
  if (all.size > MOST_GROUPS) {
    throw new InvalidInput(`--groups: ${all.size} groups; at most ${MOST_GROUPS}. Is the column the right one?`);
  }
  return found;
}

function subjectOf(location: string, now: number, scored: readonly AuditedRow[]): Subject {
  const count = (of: (row: AuditedRow) => string) => {
    const counts = new Map<string, number>();
    for (const row of scored) counts.set(of(row), (counts.get(of(row)) ?? 0) + 1);
    return counts;
  };
  const instants = scored.flatMap(({ scoredAt }) => (scoredAt === null ? [] : [scoredAt]));
  const features = RULE_FEATURES.map((name) => ({ name, use: ["score"] }));
  return {
    location,
    at: now,
    models: [...count(({ model }) => model)].map(([id, leads]) => ({ id, leads })),
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
  location: string,
  scored: readonly AuditedRow[],
  groups: ReadonlyMap<string, string>,
): Promise<Sample> {
  const asked = scored.filter(({ lead }) => groups.has(lead));
  const treated = new Map(
    (
      await treatmentOf(
        sql,
        location,
        asked.map(({ lead }) => lead),
      )
    ).map((row) => [row.lead, row]),
  );
  const people = asked.map(({ lead, score, chance }) => {
    const { messages = 0, answeredAfter = null } = treated.get(lead) ?? {};
    return {
      group: groups.get(lead) as string,
      score,
      messages,
      ...(chance === null ? {} : { chance }),
      ...(answeredAfter === null ? {} : { answeredAfter }),
    };
  });
  const bases = new Set(asked.map(({ base, model }) => (model.startsWith("rules") ? base : null)));
  const [base] = bases;
  const ruled = bases.size === 1 && base !== null && base !== undefined;
  return {
    people,
    unknown: groups.size - asked.length,
    learner,
    seed: SEED,
    ...(ruled ? rulesRows(asked.map(({ reasons }) => ({ base, reasons }))) : {}),
  };
}

function learner(table: Table): (rows: Pick<Table, "cells" | "rows">) => ArrayLike<number> {
  const model = learnLinear(table, { seed: SEED });
  return (rows) => linearLogOdds(model, rows);
}
