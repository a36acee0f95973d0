// A folder of YAML to what a location runs by: shape, names, types, flow, plan. Pure: texts in, values out.

import type { Rule } from "../../behavior/index.ts";
import { sha256 } from "../../kernel/ids.ts";
import { canonicalJson } from "../../kernel/json.ts";
import type { Plan, Publication } from "../plan.ts";
import { warnDoubleTexts } from "./across.ts";
import { type Diagnostic, didYouMean, Report } from "./diagnostic.ts";
import {
  checkTemplates,
  declareEvents,
  declareFields,
  declareSettings,
  declareTemplates,
  type Library,
} from "./library.ts";
import { emptyNames, type Names } from "./names.ts";
import { type CompiledRule, compileRules, declareRules } from "./rules.ts";
import { checkId, textOf } from "./shape.ts";
import { entryOf, type MapNode, parseDocuments, Source, type SourceFile, shown } from "./source.ts";
import { type CompiledWorkflow, compileWorkflow, LATER_WORKFLOW_KEYS, WORKFLOW_KEYS } from "./workflow.ts";

/** What is live once published: a publication without the instant at which it became so. */
export type PublicationContent = Omit<Publication, "publishedAt">;

export interface Compilation {
  /** Absent where there are errors: a folder is published whole or not at all. */
  readonly content?: PublicationContent;
  /** The plans that could be made, in order of priority, then id. */
  readonly plans: readonly Plan[];
  readonly diagnostics: readonly Diagnostic[];
}

const SECTIONS = ["templates", "triggers", "fields", "events", "settings"];
const LATER_SECTIONS = ["segments", "experiments"];

interface Document {
  readonly map: MapNode;
  readonly library: Library;
  readonly workflow?: string;
}

/** A file under a folder `@<location>` is seen by that location only. */
const seenBy = (file: string, location: string | undefined): boolean => {
  const owner = /(?:^|\/)@([^/]+)\//.exec(file)?.[1];
  return owner === undefined || owner === location;
};

/** Checks the files together and compiles them for one location. Order and division into files have no meaning. */
export function compile(files: readonly SourceFile[], options: { readonly location?: string } = {}): Compilation {
  const report = new Report();
  const names = emptyNames();
  const seen = files.filter(({ file }) => seenBy(file, options.location));
  const documents = [...seen]
    .sort((a, b) => (a.file < b.file ? -1 : 1))
    .flatMap((file) => openFile(file, report, names));
  const named = documents.map((document) => declare(document));
  const rules: CompiledRule[] = [];
  const workflows: CompiledWorkflow[] = [];
  for (const { map, library, workflow } of named) {
    const templates = entryOf(map, "templates");
    if (templates !== undefined) checkTemplates(templates.value, library);
    const triggers = entryOf(map, "triggers");
    if (triggers !== undefined) rules.push(...compileRules(triggers.value, library));
    const compiled = workflow === undefined ? undefined : compileWorkflow(workflow, map, library);
    if (compiled !== undefined) workflows.push(compiled);
  }
  warnDoubleTexts(workflows, report);
  const plans = workflows.map(({ plan }) => plan).sort(byPriority);
  const diagnostics = report.diagnostics();
  if (report.errors > 0) return { plans, diagnostics };
  return { content: contentOf(plans, rules, workflows, names), plans, diagnostics };
}

const byPriority = (a: Plan, b: Plan): number => b.priority - a.priority || (a.workflow < b.workflow ? -1 : 1);

function openFile(file: SourceFile, report: Report, names: Names): Document[] {
  const source = new Source(file);
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
    const { key, place, value } = entry;
    if (key === "templates") declareTemplates(value, library);
    else if (key === "fields") declareFields(value, library);
    else if (key === "events") declareEvents(value, library);
    else if (key === "triggers") declareRules(value, library);
    else if (key === "settings") declareSettings(entry, library);
    else if (LATER_SECTIONS.includes(key) || LATER_WORKFLOW_KEYS.includes(key)) report.notAvailable(key, place);
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
  const known = [...WORKFLOW_KEYS, ...SECTIONS, ...LATER_SECTIONS, ...LATER_WORKFLOW_KEYS];
  const message = `"${key}" is not a key of a workflow.${didYouMean(key, known)}`;
  library.report.error("unknown-key", entry?.place ?? map.place, message);
}

function workflowId({ map, library }: Document): string | undefined {
  const { report, names } = library;
  const text = textOf(entryOf(map, "workflow"), report);
  if (text === undefined || !checkId(text.value, text.place, report)) return undefined;
  const before = names.workflows.get(text.value);
  if (before !== undefined) {
    const at = `${before.file}:${before.line}:${before.column}`;
    return report.error("duplicate-id", text.place, `workflow "${text.value}" is already defined at ${at}.`);
  }
  names.workflows.set(text.value, text.place);
  return text.value;
}

// Content --------------------------------------------------------------------------------------------------------

function contentOf(
  plans: readonly Plan[],
  compiled: readonly CompiledRule[],
  workflows: readonly CompiledWorkflow[],
  names: Names,
): PublicationContent {
  const questions = new Map(
    [...compiled, ...workflows].flatMap(({ scope }) => [...scope.questions].map(([key, question]) => [key, question])),
  );
  const rules = compiled.map(({ rule }) => rule).sort((a: Rule, b: Rule) => (a.id < b.id ? -1 : 1));
  const content = {
    rules,
    segments: [],
    experiments: {},
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
