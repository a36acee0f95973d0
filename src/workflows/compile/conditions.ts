// `if:` trees to conditions, with every fact looked up.

import type { Condition, Leaf, Test } from "../condition.ts";
import { didYouMean, type Place } from "./diagnostic.ts";
import { compileHistory } from "./history.ts";
import { type CompiledSegment, resolveSubject, type Scope, scopeOf } from "./names.ts";
import { type Entry, entryOf, isText, type MapNode, type Node, type ScalarNode, shown } from "./source.ts";
import type { Subject } from "./subjects.ts";
import { booleanOf, compileChange, compileTest, expectedList, templateOutsideText } from "./tests.ts";

export const WORDS = ["all", "any", "not", "at_least", "of", "segment"];

/** What follows `if`, `until` or `where`. Reports what is wrong; returns nothing if anything was. */
export function compileCondition(node: Node, scope: Scope, inNot = false): Condition | undefined {
  if (node.kind === "scalar") return conditionIsText(node, scope);
  if (node.kind === "list") {
    return scope.report.error("expected-map", node.place, "a condition is a map. For several, write all: [ … ].");
  }
  if (node.entries.length === 0) {
    return scope.report.error("empty-condition", node.place, "this condition asks nothing. Remove it, or say what.");
  }
  const parts: (Condition | undefined)[] = [];
  for (const entry of node.entries) {
    if (entry.key === "of" && entryOf(node, "at_least") !== undefined) continue;
    parts.push(compilePart(entry, node, scope, inNot));
  }
  if (parts.some((part) => part === undefined)) return undefined;
  const all = parts as Condition[];
  return all.length === 1 ? all[0] : { all };
}

export const conditionOf = (entry: Entry | undefined, scope: Scope): Condition | undefined =>
  entry === undefined ? undefined : compileCondition(entry.value, scope);

function compilePart(entry: Entry, map: MapNode, scope: Scope, inNot: boolean): Condition | undefined {
  const { key, place, value } = entry;
  switch (key) {
    case "all":
    case "any": {
      const list = compileList(key, value, scope, inNot);
      return list === undefined ? undefined : key === "all" ? { all: list } : { any: list };
    }
    case "not": {
      const inner = compileCondition(value, scope, true);
      return inner === undefined ? undefined : { not: inner };
    }
    case "at_least": {
      const of = entryOf(map, "of");
      const list = of === undefined ? undefined : compileList("of", of.value, scope, inNot);
      const count = value.kind === "scalar" ? value.value : undefined;
      if (of === undefined) {
        return scope.report.error("no-list", place, '"at_least" needs "of", the list it counts in.');
      }
      if (typeof count !== "number" || !Number.isInteger(count) || count < 1 || count > (list?.length ?? count)) {
        return scope.report.error(
          "bad-value",
          value.place,
          '"at_least" takes a whole number of the conditions in "of".',
        );
      }
      return list === undefined ? undefined : { atLeast: count, of: list };
    }
    case "segment":
      return inlined(value, scope);
    default:
      return compileLeaf(entry, scope, inNot);
  }
}

/** What one list of conditions may hold; together with their nesting it bounds what a turn evaluates. */
const MOST_PARTS = 100;

function compileList(key: string, node: Node, scope: Scope, inNot: boolean): Condition[] | undefined {
  if (node.kind !== "list") return expectedList(key, node, scope);
  if (node.items.length > MOST_PARTS) {
    return scope.report.error("too-many-conditions", node.place, `"${key}" holds at most ${MOST_PARTS} conditions.`);
  }
  if (node.items.length === 0) {
    const outcome = key === "all" ? "always" : "never";
    return scope.report.error(
      `empty-${key}`,
      node.place,
      `"${key}" of nothing is ${outcome} true. Remove it, or list conditions.`,
    );
  }
  const parts = node.items.map((item) => compileCondition(item, scope, inNot));
  return parts.every((part) => part !== undefined) ? (parts as Condition[]) : undefined;
}

const COMPARISONS: Readonly<Record<string, string>> = {
  ">": "greater_than",
  "<": "less_than",
  ">=": "at_least",
  "<=": "at_most",
  "=": "equals",
  "==": "equals",
  "!=": "not_equals",
};

function conditionIsText(node: ScalarNode, scope: Scope): undefined {
  if (node.text.includes("{{")) return templateOutsideText(node, undefined, scope);
  const match = /^([a-z_][\w.]*)\s*(>=|<=|==|!=|=|>|<)\s*(.+)$/.exec(node.text);
  const meant =
    match === null
      ? "lead.score: { greater_than: 0.7 }"
      : `${match[1]}: { ${COMPARISONS[match[2] as string]}: ${(match[3] as string).trim()} }`;
  const what = node.quoted ? "a condition is a map." : "a condition is a map, not text.";
  return scope.report.error("condition-is-text", node.place, `${what} Write: ${meant}`);
}

// Segments -------------------------------------------------------------------------------------------------------

/** What a segment's condition may grow to, and what all those of one workflow may bring: still to be read by people. */
const MOST_LEAVES = 200;
const MOST_INLINED = 5_000;

/** A segment stands for its condition as it is now: a plan carries its own copy. */
function inlined(node: Node, scope: Scope): Condition | undefined {
  const { report } = scope;
  if (!isText(node)) {
    return report.error("bad-value", node.place, `"segment" takes the id of a segment, not ${shown(node)}.`);
  }
  const compiled = segmentNamed(node.value, node.place, scope);
  if (compiled === undefined) return undefined;
  scope.inlined.leaves += compiled.leaves;
  if (scope.inlined.leaves > (scope.kind === "segment" ? MOST_LEAVES : MOST_INLINED)) {
    return report.error("too-many-conditions", node.place, `the segments named up to here ask too much at once.`);
  }
  for (const [key, question] of compiled.questions) scope.questions.set(key, question);
  for (const subject of compiled.reads) scope.reads.add(subject);
  return compiled.condition;
}

/** A segment, compiled once, wherever in the folder it is defined. Segments that name each other in a circle are told. */
export function segmentNamed(
  id: string,
  place: Place,
  { report, names }: Pick<Scope, "report" | "names">,
): CompiledSegment | undefined {
  const named = names.segments.get(id);
  if (named === undefined) {
    const message = `there is no segment "${id}".${didYouMean(id, names.segments.keys())}`;
    return report.error("unknown-segment", place, message);
  }
  if (names.opening.includes(id)) {
    const way = [...names.opening.slice(names.opening.indexOf(id)), id].join(" → ");
    return report.error("segment-cycle", place, `segments ask for each other in a circle: ${way}.`);
  }
  if (named.compiled === undefined) {
    names.opening.push(id);
    const scope = scopeOf("segment", report, names);
    const condition = named.node === undefined ? undefined : compileCondition(named.node, scope);
    names.opening.pop();
    const leaves = scope.inlined.leaves + ownLeaves(named.node);
    const { questions, reads } = scope;
    named.compiled = condition === undefined ? "wrong" : { condition, questions, reads, leaves };
  }
  return named.compiled === "wrong" ? undefined : named.compiled;
}

/** How much is written in a condition itself. */
function ownLeaves(node: Node | undefined): number {
  if (node?.kind === "map") return node.entries.reduce((sum, { value }) => sum + ownLeaves(value), 0);
  return node?.kind === "list" ? node.items.reduce((sum, item) => sum + ownLeaves(item), 0) : 1;
}

// Leaves ---------------------------------------------------------------------------------------------------------

function compileLeaf(entry: Entry, scope: Scope, inNot: boolean): Condition | undefined {
  const { key, place, value } = entry;
  if (key.startsWith("behavior.")) return compileHistory(entry, scope, compileCondition);
  if (scope.kind !== "event" && !key.includes(".")) {
    return scope.report.error("unknown-subject", place, `there is no "${key}".${didYouMean(key, WORDS)}`);
  }
  const name = scope.kind === "event" && !key.startsWith("event.") ? `event.${key}` : key;
  const subject = resolveSubject(name, place, scope);
  if (subject === undefined) return undefined;
  const leaf =
    value.kind === "map" ? operatorLeaf(name, subject, value, scope) : shortLeaf(name, subject, value, scope);
  if (leaf === undefined) return undefined;
  const decides = leaf.tests.every(({ operator }) => operator === "exists" || operator === "changed");
  if (inNot && subject.optional && leaf.ifMissing === undefined && !decides && subject.type !== "any") {
    const message = `${name} can be empty; then this branch is not taken. Add if_missing to decide.`;
    scope.report.info("may-be-unknown", place, message);
  }
  return leaf;
}

/** A scalar is `equals`, a list is `in`. */
function shortLeaf(name: string, subject: Subject, node: Node, scope: Scope): Leaf | undefined {
  const operator = node.kind === "list" ? "in" : "equals";
  const test = compileTest(operator, node.place, node, name, subject, scope);
  return test === undefined ? undefined : { subject: name, tests: [test] };
}

function operatorLeaf(name: string, subject: Subject, map: MapNode, scope: Scope): Leaf | undefined {
  const tests: (Test | undefined)[] = [];
  let ifMissing: boolean | undefined;
  for (const { key, place, value } of map.entries) {
    if (key === "since") {
      if (!map.entries.some((entry) => entry.key === "rose_by" || entry.key === "fell_by")) {
        tests.push(scope.report.error("unknown-key", place, '"since" goes with "rose_by" and "fell_by".'));
      }
    } else if (key === "if_missing") {
      ifMissing = booleanOf(value, "if_missing", scope);
      if (ifMissing === undefined) tests.push(undefined);
    } else if (key === "rose_by" || key === "fell_by") {
      tests.push(compileChange(key, place, value, entryOf(map, "since"), subject, scope));
    } else {
      tests.push(compileTest(key, place, value, name, subject, scope));
    }
  }
  if (map.entries.length === 0 || (tests.length === 0 && ifMissing !== undefined)) {
    return scope.report.error("empty-condition", map.place, `say what must hold of ${name}.`);
  }
  if (tests.some((test) => test === undefined)) return undefined;
  return { subject: name, tests: tests as Test[], ...(ifMissing === undefined ? {} : { ifMissing }) };
}
