// Findings that need two workflows: both answer one event by a message of their own, they start one another in a
// circle, or they would mix the results of one experiment.

import type { Condition, Leaf, Value } from "../condition.ts";
import { listsIn } from "../lists.ts";
import type { CallStep, EventMatch, ListIndex, Plan, StartStep, Step } from "../plan.ts";
import { didYouMean, type Place, type Report } from "./diagnostic.ts";
import { at, type Names } from "./names.ts";
import type { CompiledWorkflow } from "./workflow.ts";

export function warnDoubleTexts(workflows: readonly CompiledWorkflow[], report: Report): void {
  const writing = workflows.filter(({ plan }) => plan.status === "live" && sendsFirst(plan));
  writing.forEach((later, index) => {
    for (const earlier of writing.slice(0, index)) warnPair(earlier, later, report);
  });
}

/** Its first act, after any waits, is a message: for all it takes in, or for some of them in a test. */
function sendsFirst(plan: Plan, list: ListIndex = 0): boolean {
  const first = plan.lists[list]?.find((step) => step.verb !== "wait");
  if (first === undefined || first.if !== undefined) return false;
  if (first.verb === "do") return sendsFirst(plan, first.do);
  if (first.verb === "test") return Object.values(first.arms).some((arm) => sendsFirst(plan, arm));
  if (first.verb === "parallel") return first.branches.some((branch) => sendsFirst(plan, branch.do));
  return first.verb === "send";
}

function warnPair(earlier: CompiledWorkflow, later: CompiledWorkflow, report: Report): void {
  const [one, other] = [earlier.plan, later.plan];
  if (one.group !== undefined && one.group === other.group) return;
  if (one.enroll?.if !== undefined && other.enroll?.if !== undefined && disjoint(one.enroll.if, other.enroll.if))
    return;
  for (const { match, place } of later.enrolls) {
    const twin = earlier.enrolls.find((candidate) => meets(candidate.match, match));
    if (twin === undefined) continue;
    const at = `${twin.place.file}:${twin.place.line}:${twin.place.column}`;
    const message = `"${one.workflow}" (${at}) also answers ${match.event} and sends first. Give both a "group", or exclude one by "if".`;
    report.warning("double-text", place, message);
  }
}

const meets = (one: EventMatch, other: EventMatch): boolean =>
  one.event === other.event && (one.if === undefined || other.if === undefined || !disjoint(one.if, other.if));

/** Plainly exclude each other: some fact must be one thing for this and another for that. */
export function disjoint(one: Condition, other: Condition): boolean {
  return leaves(one).some((a) => leaves(other).some((b) => a.subject === b.subject && excludes(a, b)));
}

/** Leaves that must all hold. */
function leaves(condition: Condition): readonly Leaf[] {
  if ("subject" in condition) return [condition];
  return "all" in condition ? condition.all.flatMap(leaves) : [];
}

function excludes(a: Leaf, b: Leaf): boolean {
  const [left, right] = [allowed(a), allowed(b)];
  if (left !== undefined && right !== undefined) return !left.some((value) => right.includes(value));
  return denies(a, b) || denies(b, a);
}

/** The only values a leaf lets through, where it says so. */
function allowed(leaf: Leaf): readonly Value[] | undefined {
  for (const { operator, value } of leaf.tests) {
    if (operator === "equals" && typeof value !== "object") return [value];
    if (operator === "in" && Array.isArray(value)) return value as readonly Value[];
  }
  return undefined;
}

const OPPOSITES: Readonly<Record<string, string>> = {
  contains: "not_contains",
  equals: "not_equals",
  less_than: "at_least",
  at_most: "greater_than",
};

const denies = (a: Leaf, b: Leaf): boolean =>
  a.tests.some((one) =>
    b.tests.some(
      (other) => OPPOSITES[one.operator] === other.operator && canonical(one.value) === canonical(other.value),
    ),
  );

const canonical = (value: unknown): string => JSON.stringify(value).toLowerCase();

// Circles --------------------------------------------------------------------------------------------------------

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly place: Place;
}

/** Starts that nothing stands before form a circle that would never end; the lineage refuses it only when it runs. */
export function checkCycles(workflows: readonly CompiledWorkflow[], report: Report): void {
  const edges = new Map<string, readonly Edge[]>();
  for (const { plan, targets } of workflows) {
    const certain = startsIn(plan, 0).flatMap(({ path, workflow }): Edge[] => {
      const place = targets.get(path);
      return place === undefined ? [] : [{ from: plan.workflow, to: workflow, place }];
    });
    edges.set(plan.workflow, certain);
  }
  const done = new Set<string>();
  for (const id of [...edges.keys()].sort()) followStarts(id, [], edges, done, report);
}

function followStarts(
  id: string,
  way: readonly Edge[],
  edges: ReadonlyMap<string, readonly Edge[]>,
  done: Set<string>,
  report: Report,
): void {
  const start = way.findIndex(({ from }) => from === id);
  if (start !== -1) {
    const circle = way.slice(start) as [Edge, ...Edge[]];
    const names = [...circle.map(({ from }) => from), id].join(" → ");
    const last = circle.at(-1) as Edge;
    const message = `${names} (${at(last.place)}). Break it with "if", or let one end in "emit".`;
    report.error("workflow-cycle", circle[0].place, message);
    return;
  }
  if (done.has(id)) return;
  for (const edge of edges.get(id) ?? []) followStarts(edge.to, [...way, edge], edges, done, report);
  done.add(id);
}

/** Steps of a list that start or call, and that no `if` can keep from it. */
function startsIn(plan: Plan, list: ListIndex): readonly (StartStep | CallStep)[] {
  return (plan.lists[list] ?? []).flatMap((step): readonly (StartStep | CallStep)[] => {
    if (step.if !== undefined) return [];
    if (step.verb === "start" || step.verb === "call") return [step];
    return certainLists(plan, step).flatMap((inner) => startsIn(plan, inner));
  });
}

const certainLists = (plan: Plan, step: Step): readonly ListIndex[] =>
  step.verb === "choose" ? step.cases.filter((one) => one.if === undefined).map((one) => one.do) : listsIn(plan, step);

// Experiments ----------------------------------------------------------------------------------------------------

/** One experiment belongs to one step, and its metrics to steps of that step's workflow. */
export function checkTests(workflows: readonly CompiledWorkflow[], names: Names, report: Report): void {
  const runs = new Map<string, { readonly place: Place; readonly plan: Plan }>();
  for (const { plan, targets } of workflows) {
    for (const step of plan.lists.flat()) {
      const place = step.verb === "test" ? targets.get(step.path) : undefined;
      if (step.verb !== "test" || place === undefined) continue;
      const before = runs.get(step.experiment);
      if (before === undefined) runs.set(step.experiment, { place, plan });
      else {
        const message = `"${step.experiment}" already runs at ${at(before.place)}; its results would mix.`;
        report.error("test-reused", place, message);
      }
    }
  }
  for (const [experiment, { plan }] of runs) {
    const paths = new Set(plan.lists.flat().map(({ path }) => path));
    for (const { id, place } of names.experiments.get(experiment)?.steps ?? []) {
      if (paths.has(id)) continue;
      const message = `workflow "${plan.workflow}", which runs this, has no step "${id}".${didYouMean(id, paths)}`;
      report.error("unknown-step", place, message);
    }
  }
}
