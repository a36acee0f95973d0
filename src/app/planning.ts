// What publishing a folder would change at a location, asked of its database: nothing is published.

import { exposedCounts, frozenFault, readStates } from "../experiments/index.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import type { Clock } from "../kernel/time.ts";
import { countLeads } from "../leads/index.ts";
import {
  compile,
  type Diagnostic,
  type Experiment,
  lintErrors,
  type Publications,
  reportOn,
  type SourceFile,
  type WorkflowReport,
} from "../workflows/index.ts";

export interface Planned {
  /** Absent where the files have errors of their own. */
  readonly workflows?: readonly WorkflowReport[];
  /** Of the files, and of what only the database knows: steps that leads would lose, experiments that are frozen. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface PlanningNeeds {
  readonly database: Database;
  readonly clock: Clock;
  readonly publications: Publications;
}

export async function planAt(
  { database, clock, publications }: PlanningNeeds,
  location: string,
  files: readonly SourceFile[],
): Promise<Planned> {
  const { content, diagnostics } = compile(files, { location });
  if (content === undefined) return { diagnostics };
  const wrong = lintErrors({ content, plans: content.plans, diagnostics }, files, location);
  if (wrong.length > 0) return { diagnostics: [...diagnostics, ...wrong] };
  return database.transaction([location], async (sql) => {
    const { workflows, findings } = await reportOn(sql, location, content, {
      publications,
      now: clock.now(),
      countLeads: (filter) => countLeads(sql, location, filter),
    });
    const frozen = await frozenAt(sql, location, Object.values(content.experiments), files);
    return { workflows, diagnostics: [...diagnostics, ...findings, ...frozen] };
  });
}

async function frozenAt(
  sql: Sql,
  location: string,
  experiments: readonly Experiment[],
  files: readonly SourceFile[],
): Promise<Diagnostic[]> {
  if (experiments.length === 0) return [];
  const states = await readStates(sql, location);
  const exposed = await exposedCounts(sql, location);
  return experiments.flatMap((experiment) => {
    const fault = frozenFault(experiment, states.get(experiment.id), exposed.get(experiment.id) ?? 0);
    return fault === undefined ? [] : [{ severity: "error" as const, ...placeOf(experiment.id, files), ...fault }];
  });
}

/** Where the variants of an experiment are declared, or where its id stands. */
function placeOf(id: string, files: readonly SourceFile[]): Pick<Diagnostic, "file" | "line" | "column" | "length"> {
  for (const { file, text } of files) {
    const lines = text.split("\n");
    const at = lines.findIndex((line) => new RegExp(`^\\s+${id}:`).test(line));
    if (at < 0 || !/^experiments:/m.test(text)) continue;
    const below = lines.slice(at, at + 30).findIndex((line) => /\bvariants:\s*\S/.test(line));
    const line = below < 0 ? (lines[at] as string) : (lines[at + below] as string);
    const column = below < 0 ? line.indexOf(id) : line.search(/(?<=\bvariants:\s*)\S/);
    return { file, line: at + Math.max(0, below) + 1, column: column + 1, length: 1 };
  }
  return { file: files[0]?.file ?? "", line: 1, column: 1, length: 1 };
}
