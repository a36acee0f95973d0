// A folder of YAML to what a location runs by: shape, names, types, flow, plan. Pure: texts in, values out.

import type { Rule } from "../../behavior/index.ts";
import { sha256 } from "../../kernel/ids.ts";
import { canonicalJson } from "../../kernel/json.ts";
import type { Experiment, Plan, Publication } from "../plan.ts";
import { checkCycles, checkTests, warnDoubleTexts } from "./across.ts";
import { type Diagnostic, didYouMean, Report, TooManyErrors } from "./diagnostic.ts";
import { type CompiledExperiment, compileExperiments, declareExperiments } from "./experiments.ts";
import { checkTemplates, declareEvents, declareFields, declareTemplates, type Library } from "./library.ts";
import { emptyNames, type Names, scopeOf } from "./names.ts";
import { type CompiledRule, compileRules, declareRules } from "./rules.ts";
import { compileSegments, declareSegments, type PlacedSegment } from "./segments.ts";
import { declareSettings } from "./settings.ts";
import { checkId, claimId, textOf } from "./shape.ts";
import { entryOf, isText, type MapNode, parseDocuments, Source, type SourceFile, shown } from "./source.ts";
import { declaredValues } from "./values.ts";
import { type CompiledWorkflow, compileWorkflow, WORKFLOW_KEYS } from "./workflow.ts";

/** What is live once published: a publication without the instant at which it became so. */
export type PublicationContent = Omit<Publication, "publishedAt">;

export interface Compilation {
  /** Absent where there are errors: a folder is published whole or not at all. */
  readonly content?: PublicationContent;
  /** The plans that could be made, in order of priority, then id. */
  readonly plans: readonly Plan[];
  readonly diagnostics: readonly Diagnostic[];
}

export const SECTIONS = ["templates", "triggers", "segments", "experiments", "fields", "events", "settings"];

interface Document {
  readonly map: MapNode;
  readonly library: Library;
  readonly workflow?: string;
}

/** A file under a folder `@<location>` is seen by that location only. */
export const seenBy = (file: string, location: string | undefined): boolean => {
  const owner = /(?:^|\/)@([^/]+)\//.exec(file)?.[1];
  return owner === undefined || owner === location;
};

export interface CompileOptions {
  readonly location?: string;
  /** Experiments that may not be declared so at this location, by id: errors where their variants stand. */
  readonly refused?: Refused;
}

export type Refused = Readonly<Record<string, { readonly code: string; readonly message: string }>>;

/** Checks the files together and compiles them for one location. Order and division into files have no meaning. */
export function compile(files: readonly SourceFile[], options: CompileOptions = {}): Compilation {
  const report = new Report();
  try {
    return compileAll(files, options, report);
  } catch (error) {
    if (!(error instanceof TooManyErrors)) throw error;
    return { plans: [], diagnostics: report.diagnostics() };
  }
}

function compileAll(
  files: readonly SourceFile[],
  { location, refused = {} }: CompileOptions,
  report: Report,
): Compilation {
  const names = emptyNames();
  const seen = files.filter(({ file }) => seenBy(file, location));
  const documents = [...seen]
    .sort((a, b) => (a.file < b.file ? -1 : 1))
    .flatMap((file) => openFile(file, report, names));
  const named = documents.map((document) => declare(document));
  const segments = compileSegments({ report, names });
  const experiments: CompiledExperiment[] = [];
  const rules: CompiledRule[] = [];
  const workflows: CompiledWorkflow[] = [];
  for (const { map, library } of named) {
    const section = entryOf(map, "experiments");
    if (section !== undefined) experiments.push(...compileExperiments(section.value, library));
  }
  for (const { map, library, workflow } of named) {
    const templates = entryOf(map, "templates");
    if (templates !== undefined) checkTemplates(templates.value, library);
    const triggers = entryOf(map, "triggers");
    if (triggers !== undefined) rules.push(...compileRules(triggers.value, library));
    const compiled = workflow === undefined ? undefined : compileWorkflow(workflow, map, library);
    if (compiled !== undefined) workflows.push(compiled);
  }
  warnDoubleTexts(workflows, report);
  checkCycles(workflows, report);
  checkTests(workflows, names, report);
  for (const [id, { code, message }] of Object.entries(refused)) {
    const declared = names.experiments.get(id);
    if (declared !== undefined) report.error(code, declared.variantsPlace, message);
  }
  const plans = workflows.map(({ plan }) => plan).sort(byPriority);
  const diagnostics = report.diagnostics();
  if (report.errors > 0) return { plans, diagnostics };
  return { content: contentOf(plans, { rules, segments, experiments, workflows }, names), plans, diagnostics };
}

const byPriority = (a: Plan, b: Plan): number => b.priority - a.priority || (a.workflow < b.workflow ? -1 : 1);

function openFile(file: SourceFile, report: Report, names: Names): Document[] {
  const source = new Source(file);
  if (file.unreadable !== undefined) {
    report.error("unreadable", source.place(0, 1), `the file is there and could not be read: ${file.unreadable}.`);
    return [];
  }
  return parseDocuments(source, report).flatMap((node) => {
    if (node.kind === "map") return [{ map: node, library: { report, names, source } }];
    report.error("expected-map", node.place, `a document is a map, not ${shown(node)}. Begin with "workflow: <id>".`);
    return [];
  });
}

/** First pass over a document: its keys, and what it names. */
function declare(document: Document): Document {
  const { map, library } = document;
  const { report } = library;
  for (const entry of map.entries) {
    const { key, value } = entry;
    if (key === "templates") declareTemplates(value, library);
    else if (key === "fields") declareFields(value, library);
    else if (key === "events") declareEvents(value, library);
    else if (key === "triggers") declareRules(value, library);
    else if (key === "segments") declareSegments(value, library);
    else if (key === "experiments") declareExperiments(value, library);
    else if (key === "settings") declareSettings(entry, library);
    else if (!WORKFLOW_KEYS.includes(key)) unknownKey(key, document);
  }
  const workflow = workflowId(document);
  if (workflow !== undefined) return { ...document, workflow };
  const orphan = map.entries.find(({ key }) => WORKFLOW_KEYS.includes(key) && key !== "name" && key !== "about");
  if (entryOf(map, "workflow") === undefined && orphan !== undefined) {
    const verb = orphan.key === "steps" ? "need" : "needs";
    report.error("no-workflow", orphan.place, `${orphan.key} ${verb} a workflow. Add "workflow: <id>" above.`);
  }
  return document;
}

function unknownKey(key: string, { map, library }: Document): void {
  const entry = entryOf(map, key);
  const known = [...WORKFLOW_KEYS, ...SECTIONS];
  const begins = key === "trigger" || key === "on" || key === "when";
  const near = begins ? " What begins it stands under enroll: { when: … }." : didYouMean(key, known);
  const message = `"${key}" is not a key of a workflow.${near}`;
  library.report.error("unknown-key", entry?.place ?? map.place, message);
}

function workflowId({ map, library }: Document): string | undefined {
  const { report, names } = library;
  const text = textOf(entryOf(map, "workflow"), report);
  if (text === undefined || !checkId(text.value, text.place, report)) return undefined;
  if (!claimId("workflow", { key: text.value, place: text.place }, names.workflows, report)) return undefined;
  const scope = scopeOf("enroll", report, names);
  const inputs = declaredValues(entryOf(map, "inputs"), scope);
  const outputs = declaredValues(entryOf(map, "outputs"), scope);
  names.workflows.set(text.value, { place: text.place, inputs, outputs });
  const group = entryOf(map, "group")?.value;
  if (group !== undefined && isText(group)) names.groups.add(group.value);
  return text.value;
}

// Content --------------------------------------------------------------------------------------------------------

interface Compiled {
  readonly rules: readonly CompiledRule[];
  readonly segments: readonly PlacedSegment[];
  readonly experiments: readonly CompiledExperiment[];
  readonly workflows: readonly CompiledWorkflow[];
}

function contentOf(plans: readonly Plan[], compiled: Compiled, names: Names): PublicationContent {
  const { rules, segments, experiments, workflows } = compiled;
  const askers = [...rules, ...segments, ...experiments, ...workflows];
  const questions = new Map(askers.flatMap(({ scope }) => [...scope.questions]));
  const content = {
    rules: rules.map(({ rule }) => rule).sort((a: Rule, b: Rule) => (a.id < b.id ? -1 : 1)),
    segments: segments.map(({ segment }) => segment),
    experiments: Object.fromEntries(
      experiments
        .map(({ experiment }): [string, Experiment] => [experiment.id, experiment])
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    questions: [...questions.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
    templates: Object.fromEntries(sorted(names.templates).map(([id, { template }]) => [id, template])),
    settings: names.settings,
    fields: Object.fromEntries(
      sorted(names.fields).map(([name, { declared, crm }]) => [
        name,
        crm === undefined ? { type: declared } : { type: declared, crm },
      ]),
    ),
    events: Object.fromEntries(sorted(names.events).map(([name, { place: _, ...event }]) => [name, event])),
  } satisfies Omit<PublicationContent, "id" | "plans">;
  const listed = plans.map(({ id, name, about }) => ({ id, name, about }));
  const id = sha256(canonicalJson({ ...content, plans: listed }));
  return { id, plans, ...content };
}

const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
