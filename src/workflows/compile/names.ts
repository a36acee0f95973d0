// What the whole folder has named: the second pass looks every reference up here.

import type { HistoryQuestion } from "../../behavior/index.ts";
import { BUILT_IN } from "../../events/index.ts";
import type { Millis } from "../../kernel/time.ts";
import type { Enroll, FolderSettings, Publication, Template } from "../plan.ts";
import { didYouMean, nearest, type Place, type Report } from "./diagnostic.ts";
import { STEP_FACTS, type Subject, subjectNamed, subjectNames, synonymOf } from "./subjects.ts";

export interface Names {
  readonly templates: Map<string, { readonly place: Place; readonly template: Template }>;
  readonly rules: Map<string, Place>;
  readonly workflows: Map<string, Place>;
  readonly events: Map<string, Publication["events"][string] & { readonly place: Place }>;
  readonly fields: Map<string, Subject & { readonly place: Place; readonly declared: string; readonly crm?: string }>;
  settings: FolderSettings;
  settingsPlace?: Place;
  /** What the folder says for workflows that do not. */
  defaults: { readonly again?: Enroll["again"]; readonly hold?: Millis };
}

export const emptyNames = (): Names => ({
  templates: new Map(),
  rules: new Map(),
  workflows: new Map(),
  events: new Map(),
  fields: new Map(),
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
   * event: bare words are properties of one event.
   */
  readonly kind: "workflow" | "enroll" | "rule" | "event";
  readonly questions: Map<string, HistoryQuestion>;
  readonly reads: Set<string>;
  readonly steps: StepReference[];
}

export const scopeOf = (kind: Scope["kind"], report: Report, names: Names): Scope => ({
  kind,
  report,
  names,
  questions: new Map(),
  reads: new Set(),
  steps: [],
});

/** The same gathering, for the properties of an event. */
export const eventScope = (scope: Scope): Scope => ({ ...scope, kind: "event" });

const ANY: Subject = { type: "any", optional: true };

/** A fact by its dotted name; reports and returns nothing when there is none, or not in this place. */
export function resolveSubject(name: string, place: Place, scope: Scope): Subject | undefined {
  const [root, second = "", ...rest] = name.split(".");
  const { names, report } = scope;
  scope.reads.add(name);
  if (root === "vars" || root === "inputs" || root === "segment") return report.notAvailable(`${root}.*`, place);
  if (root === "event") return second === "" ? unknownSubject(name, place, scope) : ANY;
  if (root === "step") return stepFact(name, second, rest.join("."), place, scope);
  if ((root === "run" || root === "trigger") && !reaches(root, scope.kind)) {
    const where = root === "run" ? "inside a workflow's run" : "inside a rule";
    return report.error("out-of-place", place, `"${name}" is known only ${where}.`);
  }
  const found = names.fields.get(name) ?? subjectNamed(name);
  if (found === undefined) return unknownSubject(name, place, scope);
  if (found.missing === true) return report.notAvailable(name, place);
  return found;
}

const reaches = (root: string, kind: Scope["kind"]): boolean =>
  kind === "event" || (root === "run" ? kind === "workflow" : kind === "rule");

function stepFact(name: string, id: string, fact: string, place: Place, scope: Scope): Subject | undefined {
  if (scope.kind !== "workflow") {
    return scope.report.error("out-of-place", place, `"${name}" is known only inside a workflow's run.`);
  }
  if (fact === "outputs" || fact.startsWith("outputs.")) return scope.report.notAvailable("outputs", place);
  const found = STEP_FACTS.get(fact);
  if (found === undefined) {
    const near = nearest(fact, STEP_FACTS.keys());
    const meant = near === undefined ? ` A step has: ${[...STEP_FACTS.keys()].join(", ")}.` : "";
    const advice = near === undefined ? meant : ` Did you mean "step.${id}.${near}"?`;
    return scope.report.error("unknown-subject", place, `there is no "${name}".${advice}`);
  }
  if (found.missing === true) return scope.report.notAvailable(`step.*.${fact}`, place);
  scope.steps.push({ id, place });
  return found;
}

function unknownSubject(name: string, place: Place, scope: Scope): undefined {
  const synonym = synonymOf(name);
  const known = [...scope.names.fields.keys(), ...subjectNames()];
  const near = synonym ?? nearest(name, known);
  const declare = name.startsWith("contact.custom.") ? ' Declare it under "fields".' : "";
  const advice = near === undefined ? declare : ` Did you mean "${near}"?`;
  return scope.report.error("unknown-subject", place, `there is no "${name}".${advice}`);
}

// Events ---------------------------------------------------------------------------------------------------------

/** Events whose causes are not part of this version. */
const MISSING_EVENTS: ReadonlySet<string> = new Set([
  "segment.entered",
  "segment.left",
  "churn.crossed",
  "schedule",
  "date.reached",
]);

/** Whether an event of this name exists; reports when not. */
export function knownEvent(name: string, place: Place, { names, report }: Pick<Scope, "names" | "report">): boolean {
  if (MISSING_EVENTS.has(name)) {
    report.notAvailable(name, place);
    return false;
  }
  if (Object.hasOwn(BUILT_IN.events, name) || names.events.has(name)) return true;
  if (name.startsWith("trigger.") && names.rules.has(name.slice("trigger.".length))) return true;
  report.error("unknown-event", place, `there is no event "${name}".${didYouMean(name, eventNames(names))}`);
  return false;
}

const eventNames = (names: Names): string[] => [
  ...Object.keys(BUILT_IN.events),
  ...names.events.keys(),
  ...[...names.rules.keys()].map((id) => `trigger.${id}`),
];

/** What the lead does, by event type: built in and declared with a weight. */
export const behaviors = (names: Names): string[] => [
  ...Object.keys(BUILT_IN.behaviors),
  ...[...names.events].filter(([, event]) => (event.weight ?? 0) > 0).map(([name]) => name),
];
