// What the whole folder has named: the second pass looks every reference up here.

import type { HistoryQuestion } from "../../behavior/index.ts";
import { BUILT_IN } from "../../events/index.ts";
import type { Millis } from "../../kernel/time.ts";
import type { Condition } from "../condition.ts";
import type { Declared, Enroll, FolderSettings, Publication, Template } from "../plan.ts";
import { didYouMean, type Place, type Report } from "./diagnostic.ts";
import type { Node } from "./source.ts";
import { STEP_FACTS, type Subject, subjectNamed, subjectNames, subjectOf, synonymOf } from "./subjects.ts";

export interface Names {
  readonly templates: Map<string, { readonly place: Place; readonly template: Template }>;
  readonly rules: Map<string, Place>;
  readonly workflows: Map<string, NamedWorkflow>;
  /** Groups that some workflow belongs to. */
  readonly groups: Set<string>;
  readonly events: Map<string, Publication["events"][string] & { readonly place: Place }>;
  readonly fields: Map<string, Subject & { readonly place: Place; readonly declared: string; readonly crm?: string }>;
  readonly segments: Map<string, NamedSegment>;
  /** Segments being compiled, outermost first: whoever asks for one of them stands in a circle. */
  readonly opening: string[];
  readonly experiments: Map<string, NamedExperiment>;
  settings: FolderSettings;
  settingsPlace?: Place;
  /** What the folder says for workflows that do not. */
  defaults: { readonly again?: Enroll["again"]; readonly hold?: Millis };
}

export interface NamedWorkflow {
  readonly place: Place;
  readonly inputs: DeclaredValues;
  readonly outputs: DeclaredValues;
}

/** A section `vars`, `inputs` or `outputs`. */
export type DeclaredValues = ReadonlyMap<string, { readonly place: Place; readonly declared: Declared }>;

export interface NamedSegment {
  readonly place: Place;
  readonly name: string;
  /** Its `if`, compiled when somebody first asks; absent where it has none. */
  readonly node?: Node;
  compiled?: "wrong" | CompiledSegment;
}

export interface CompiledSegment {
  readonly condition: Condition;
  readonly questions: ReadonlyMap<string, HistoryQuestion>;
  readonly reads: ReadonlySet<string>;
  readonly leaves: number;
}

export interface NamedExperiment {
  readonly place: Place;
  readonly holdout: number;
  readonly variants: readonly string[];
  /** Where its variants are declared. */
  readonly variantsPlace: Place;
  /** Step that its metrics are about, to be found in the workflow that runs it. */
  readonly steps: StepReference[];
}

export const emptyNames = (): Names => ({
  templates: new Map(),
  rules: new Map(),
  workflows: new Map(),
  groups: new Set(),
  events: new Map(),
  fields: new Map(),
  segments: new Map(),
  opening: [],
  experiments: new Map(),
  settings: { businessHours: [], holidays: [], caps: [], teams: {}, highlevelWorkflows: {} },
  defaults: {},
});

/** A step named in a condition or a `since`, to be checked against what can have run before. */
export interface StepReference {
  readonly id: string;
  readonly place: Place;
}

/** Where a condition stands, and what it has been seen to read. */
export interface Scope {
  readonly report: Report;
  readonly names: Names;
  /**
   * workflow: the facts of a lead and of its run. enroll: no run yet. rule: of a lead, and `trigger.*`.
   * event: bare words are properties of one event. segment: of a lead alone.
   */
  readonly kind: "workflow" | "enroll" | "rule" | "event" | "segment";
  readonly questions: Map<string, HistoryQuestion>;
  readonly reads: Set<string>;
  readonly steps: StepReference[];
  /** How many leaves its segments have brought: conditions stay of a size that people can read. */
  readonly inlined: { leaves: number };
  /** Of a workflow: its own values, and what is known of its steps so far. */
  readonly own?: OwnNames;
}

export interface OwnNames {
  readonly vars: ReadonlyMap<string, Subject>;
  readonly inputs: ReadonlyMap<string, Subject>;
  /** Steps that have facts of their own, by id: the experiment of a `test`, the workflow of a `call`. */
  readonly steps: Map<string, { readonly test?: string; readonly call?: string }>;
}

export const scopeOf = (kind: Scope["kind"], report: Report, names: Names, own?: OwnNames): Scope => ({
  kind,
  report,
  names,
  questions: new Map(),
  reads: new Set(),
  steps: [],
  inlined: { leaves: 0 },
  ...(own === undefined ? {} : { own }),
});

/** The same gathering, for the properties of an event. */
export const eventScope = (scope: Scope): Scope => ({ ...scope, kind: "event" });

export const ANY: Subject = { type: "any", optional: true };

const IN_RUN = "inside a workflow's run";

/** A fact by its dotted name; reports and returns nothing when there is none, or not in this place. */
export function resolveSubject(name: string, place: Place, scope: Scope): Subject | undefined {
  const [root = "", second = "", ...rest] = name.split(".");
  const { names, report } = scope;
  scope.reads.add(name);
  const elsewhere = outOfPlace(root, scope);
  if (elsewhere !== undefined) return report.error("out-of-place", place, `"${name}" is known only ${elsewhere}.`);
  if (root === "event") return second === "" ? unknownSubject(name, place, scope) : ANY;
  if (root === "step") return stepFact(name, second, rest.join("."), place, scope);
  if (root === "vars" || root === "inputs") return ownValue(root, name, place, scope);
  return names.fields.get(name) ?? subjectNamed(name) ?? unknownSubject(name, place, scope);
}

/** Where facts of this family are known, if not here. */
function outOfPlace(root: string, { kind, own }: Scope): string | undefined {
  if (root === "event") return kind === "segment" ? "where an event is in hand" : undefined;
  if (root === "trigger") return kind === "rule" || kind === "event" ? undefined : "inside a rule";
  if (root === "run") return kind === "workflow" || kind === "event" ? undefined : IN_RUN;
  const ofRun = root === "step" || root === "vars" || root === "inputs";
  return ofRun && (kind === "enroll" || own === undefined) ? IN_RUN : undefined;
}

function ownValue(root: "vars" | "inputs", name: string, place: Place, scope: Scope): Subject | undefined {
  const known = scope.own?.[root] ?? new Map<string, Subject>();
  const found = known.get(name.slice(root.length + 1));
  if (found !== undefined) return found;
  const near = didYouMean(
    name,
    [...known.keys()].map((word) => `${root}.${word}`),
  );
  const advice = near === "" ? ` Declare it under "${root}".` : near;
  return scope.report.error("unknown-subject", place, `there is no "${name}".${advice}`);
}

function stepFact(name: string, id: string, fact: string, place: Place, scope: Scope): Subject | undefined {
  const known = scope.own?.steps.get(id);
  if (fact.startsWith("outputs.")) {
    scope.steps.push({ id, place });
    const outputs = known?.call === undefined ? undefined : scope.names.workflows.get(known.call)?.outputs;
    if (outputs === undefined) return ANY;
    const word = fact.slice("outputs.".length);
    const output = outputs.get(word);
    if (output !== undefined) return subjectOf(output.declared);
    const message = `workflow "${known?.call}" has no output "${word}".${didYouMean(word, outputs.keys())}`;
    return scope.report.error("unknown-subject", place, message);
  }
  const found = STEP_FACTS.get(fact);
  if (found === undefined) {
    const near = didYouMean(
      name,
      [...STEP_FACTS.keys()].map((word) => `step.${id}.${word}`),
    );
    const advice = near === "" ? ` A step has: ${[...STEP_FACTS.keys()].join(", ")}, outputs.*.` : near;
    return scope.report.error("unknown-subject", place, `there is no "${name}".${advice}`);
  }
  scope.steps.push({ id, place });
  const variants = known?.test === undefined ? undefined : scope.names.experiments.get(known.test)?.variants;
  return fact === "variant" && variants !== undefined ? { ...found, values: [...variants, "none"] } : found;
}

function unknownSubject(name: string, place: Place, scope: Scope): undefined {
  const known = [...scope.names.fields.keys(), ...subjectNames()];
  const synonym = synonymOf(name);
  const near = synonym === undefined ? didYouMean(name, known) : ` Did you mean "${synonym}"?`;
  const declare = name.startsWith("contact.custom.") ? ' Declare it under "fields".' : "";
  return scope.report.error("unknown-subject", place, `there is no "${name}".${near === "" ? declare : near}`);
}

// Events ---------------------------------------------------------------------------------------------------------

/** Kinds of enrollment that are no event of anybody's: a clock asks for them. */
export const CLOCKED_EVENTS: readonly string[] = ["schedule", "date.reached"];

/** Whether an event of this name exists; reports when not. */
export function knownEvent(name: string, place: Place, { names, report }: Pick<Scope, "names" | "report">): boolean {
  if (Object.hasOwn(BUILT_IN.events, name) || names.events.has(name)) return true;
  if (name.startsWith("trigger.") && names.rules.has(name.slice("trigger.".length))) return true;
  if (CLOCKED_EVENTS.includes(name)) {
    report.error("out-of-place", place, `"${name}" is for the "when" of "enroll" alone, with a map: ${name}: { … }`);
    return false;
  }
  report.error("unknown-event", place, `there is no event "${name}".${didYouMean(name, eventNames(names))}`);
  return false;
}

export const eventNames = (names: Names): string[] => [
  ...Object.keys(BUILT_IN.events),
  ...names.events.keys(),
  ...[...names.rules.keys()].map((id) => `trigger.${id}`),
];

/** What the lead does, by event type: built in and declared with a weight. */
export const behaviors = (names: Names): string[] => [
  ...Object.keys(BUILT_IN.behaviors),
  ...[...names.events].filter(([, event]) => (event.weight ?? 0) > 0).map(([name]) => name),
];

export const at = ({ file, line, column }: Place): string => `${file}:${line}:${column}`;
