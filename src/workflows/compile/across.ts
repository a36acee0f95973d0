// Findings that need two workflows: both answer one event by a message of their own.

import type { Condition, Leaf, Value } from "../condition.ts";
import type { EventMatch, Plan } from "../plan.ts";
import type { Report } from "./diagnostic.ts";
import type { CompiledWorkflow } from "./workflow.ts";

export function warnDoubleTexts(workflows: readonly CompiledWorkflow[], report: Report): void {
  const writing = workflows.filter(({ plan }) => plan.status === "live" && sendsFirst(plan));
  writing.forEach((later, index) => {
    for (const earlier of writing.slice(0, index)) warnPair(earlier, later, report);
  });
}

/** Its first act, after any waits, is a message. */
function sendsFirst(plan: Plan): boolean {
  const first = plan.lists[0]?.find((step) => step.verb !== "wait");
  return first?.verb === "send" && first.if === undefined;
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
function disjoint(one: Condition, other: Condition): boolean {
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
