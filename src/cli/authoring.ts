// Commands for whoever writes workflows: check the folder, draw it, print the schema of its language.

import { surroundingsOf } from "../app/surroundings.ts";
import { needsInWords, needsOf } from "../experiments/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { openMedia } from "../outreach/index.ts";
import {
  checkFolder,
  compile,
  type Diagnostic,
  drawingOf,
  readFolder,
  renderDiagnostic,
  type SourceFile,
  type Surroundings,
  schemaText,
  writeSchema,
} from "../workflows/index.ts";
import { catalogsFor, inHouse, onlyLocation } from "./house.ts";
import { planOver } from "./runs.ts";
import { type Said, said } from "./said.ts";

interface CheckOptions {
  readonly json: boolean;
  readonly fix: boolean;
  /** Warnings count as errors do. */
  readonly strict?: boolean;
  readonly location?: string | undefined;
}

export async function check(folder: string, { json, fix, strict = false, location }: CheckOptions): Promise<Said> {
  const there = location === undefined ? {} : { location, around: await knownAt(location) };
  const result = await checkFolder(folder, { fix, strict, ...there, bytesOf: bytesIn(folder) });
  const files = result.exit === 2 ? [] : await readFolder(folder);
  if (result.exit !== 2) await writeSchema(folder, files, there.around);
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  const lost = location === undefined || result.exit === 2 ? [] : await knownThere(files, location);
  const experiments = Object.values(compile(files).content?.experiments ?? {});
  const needs = experiments.map((experiment) => ({ experiment: experiment.id, needs: needsOf(experiment) }));
  const text = json
    ? JSON.stringify({ diagnostics: [...result.diagnostics, ...lost], experiments: needs })
    : [
        result.text,
        ...lost.map((one) => renderDiagnostic(one, texts.get(one.file))),
        ...experiments.map(needsInWords),
      ].join("\n\n");
  return { text, exit: lost.length > 0 ? 1 : result.exit };
}

/** Bytes of an attachment, where it lies where the CRM would be sent for it. */
export function bytesIn(folder: string): (name: string, location: string | undefined) => number | undefined {
  const media = openMedia({ dir: folder, url: undefined });
  return (name, location) => media.size(location ?? "", name);
}

/** Steps that leads would lose, experiments that have begun: errors that no file shows by itself. */
async function knownThere(files: readonly SourceFile[], location: string): Promise<Diagnostic[]> {
  const { diagnostics } = await planOver(files, location);
  return diagnostics.filter(({ code }) => code === "lost-step" || code === "frozen-experiment");
}

interface SchemaOptions {
  /** With the names that exist in the folder, and at the location. */
  readonly workspace: boolean;
  readonly location: string | undefined;
}

/** Prints the schema; with a workspace, also leaves it where the files' first line looks for it. */
export async function schema(folder: string, { workspace, location }: SchemaOptions): Promise<Said> {
  if (!workspace) return { text: schemaText([]).trimEnd(), exit: 0 };
  const files = await readFolder(folder);
  const around = location === undefined ? {} : await knownAt(location);
  await writeSchema(folder, files, around);
  return { text: schemaText(files, around).trimEnd(), exit: 0 };
}

interface GraphOptions {
  readonly workflow: string | undefined;
  readonly format: string;
  readonly json: boolean;
}

/** Draws a workflow, also one of a folder that has errors elsewhere. */
export async function graph(folder: string, { workflow, format, json }: GraphOptions): Promise<Said> {
  if (format !== "mermaid" && format !== "svg") throw new InvalidInput("--format: expected mermaid or svg");
  const { plans, diagnostics } = compile(await readFolder(folder));
  const ids = plans.map((plan) => plan.workflow).sort();
  const only = workflow ?? (ids.length === 1 ? ids[0] : undefined);
  if (only === undefined) throw new InvalidInput(`--workflow: expected one of ${ids.join(", ") || "none here"}`);
  const plan = plans.find((one) => one.workflow === only);
  if (plan === undefined) {
    const wrong = diagnostics.some(({ severity }) => severity === "error");
    const why = wrong ? " Some files have errors: see latchkey check." : "";
    throw new InvalidInput(`There is no workflow "${only}" here that compiles: ${ids.join(", ")}.${why}`);
  }
  const text = drawingOf(plan, format);
  return said(json, { workflow: only, format, text }, text.trimEnd());
}

/** What the CRM last said of a location. */
const knownAt = (location: string): Promise<Surroundings> =>
  inHouse(async (premises) => {
    const catalogs = await catalogsFor(premises, onlyLocation(premises, location));
    return surroundingsOf(catalogs.get(location), premises.installations.get(location)?.settings) ?? {};
  });
