// Operators and operands of a condition: checked against the subject's type, and put in the units of the plan.

import type { Operand, Operator, Test } from "../condition.ts";
import { patternFault } from "../pattern.ts";
import { didYouMean, nearest, type Place } from "./diagnostic.ts";
import { isDate, parseClock, parseMillis, parseRange } from "./duration.ts";
import { resolveSubject, type Scope } from "./names.ts";
import { type Entry, entryOf, isText, type MapNode, type Node, type ScalarNode, shown } from "./source.ts";
import { ALL_OPERATORS, operatorsFor, type Subject, TYPE_WORDS } from "./subjects.ts";

/** `"exit" is a list. Put the map in [ ].`, or how to do so in a map of lines. */
export function expectedList(key: string, node: Node, scope: Pick<Scope, "report">): undefined {
  const advice =
    node.kind === "map" ? (node.flow ? " Put the map in [ ]." : ' Put "- " before the map.') : " Put it in [ ].";
  return scope.report.error("expected-list", node.place, `"${key}" is a list.${advice}`);
}

export function templateOutsideText(node: ScalarNode, subject: string | undefined, scope: Scope): undefined {
  const fact = /\{\{\s*([\w.]+)/.exec(node.text)?.[1] ?? "agent.city";
  const advice = subject === undefined ? "" : ` Compare two facts with: ${subject}: { equals: { fact: ${fact} } }`;
  const message = `"{{ }}" works only in text for people.${advice}`;
  return scope.report.error("template-outside-text", node.place, message);
}

export function booleanOf(node: Node, key: string, scope: Pick<Scope, "report">): boolean | undefined {
  if (node.kind === "scalar" && typeof node.value === "boolean") return node.value;
  return scope.report.error("bad-value", node.place, `"${key}" takes true or false.`);
}

/** What one list of values may hold: it is looked through at every event. */
const MOST_VALUES = 1_000;

/** One operator and its operand, which must be of the subject's type. */
export function compileTest(
  operator: string,
  place: Place,
  node: Node,
  name: string,
  subject: Subject,
  scope: Scope,
): Test | undefined {
  if (!ALL_OPERATORS.includes(operator)) {
    const message = `"${operator}" is not an operator.${didYouMean(operator, ALL_OPERATORS)}`;
    return scope.report.error("unknown-operator", place, message);
  }
  if (node.kind === "scalar" && node.text.includes("{{")) return templateOutsideText(node, name, scope);
  const allowed = operatorsFor(subject.type);
  if (!allowed.includes(operator)) {
    const [one, many] = TYPE_WORDS[subject.type];
    const listed = allowed.filter((word) => word !== "changed" && word !== "rose_by" && word !== "fell_by").join(", ");
    const message = `"${operator}" does not apply to ${one}. For ${many}: ${listed}.`;
    return scope.report.error("operator-type", place, message);
  }
  const value = operandOf(operator as Operator, node, name, subject, scope);
  return value === undefined ? undefined : { operator: operator as Operator, value };
}

function operandOf(operator: Operator, node: Node, name: string, subject: Subject, scope: Scope): Operand | undefined {
  if (operator === "exists" || operator === "is_true" || operator === "is_false" || operator === "changed") {
    return booleanOf(node, operator, scope);
  }
  if (operator === "between") return rangeOf(node, name, subject, scope);
  if (operator === "in" || operator === "not_in") {
    if (node.kind !== "list") return expectedList(operator, node, scope);
    if (node.items.length === 0) {
      return scope.report.error("empty-list", node.place, `"${operator}" of nothing decides nothing. List values.`);
    }
    if (node.items.length > MOST_VALUES) {
      return scope.report.error("too-many-values", node.place, `"${operator}" takes at most ${MOST_VALUES} values.`);
    }
    const values = node.items.map((item) => plainValue(item, name, subject, scope));
    return values.every((value) => value !== undefined) ? (values as (string | number | boolean)[]) : undefined;
  }
  if (node.kind === "map") return factOf(node, name, subject, scope);
  const value = plainValue(node, name, subject, scope);
  if (operator === "matches" && typeof value === "string") {
    const fault = patternFault(value);
    if (fault !== undefined) {
      return scope.report.error("bad-pattern", node.place, `this is not a pattern of RE2: ${fault}.`);
    }
  }
  return value;
}

/** `{ fact: agent.city }`: another fact of the same moment. */
export function factOf(
  map: MapNode,
  name: string,
  subject: Subject,
  scope: Scope,
): { readonly fact: string } | undefined {
  const fact = entryOf(map, "fact");
  if (fact === undefined || map.entries.length !== 1 || !isText(fact.value)) {
    const message = `${name} takes a value, or { fact: <another fact> }.`;
    return scope.report.error("bad-value", map.place, message);
  }
  const other = resolveSubject(fact.value.value, fact.value.place, scope);
  if (other === undefined) return undefined;
  if (!comparable(subject, other)) {
    const message = `${name} is ${TYPE_WORDS[subject.type][0]}, ${fact.value.value} is ${TYPE_WORDS[other.type][0]}.`;
    return scope.report.error("type-mismatch", fact.value.place, message);
  }
  return { fact: fact.value.value };
}

function comparable(one: Subject, other: Subject): boolean {
  if (one.type === "any" || other.type === "any") return true;
  const numbers = ["number", "money"];
  if (numbers.includes(one.type) && numbers.includes(other.type)) return true;
  return one.type === other.type || (one.type === "list" && other.type === "text");
}

/** One value in the units of the plan: durations in milliseconds, times of day in minutes. */
export function plainValue(
  node: Node,
  name: string,
  subject: Subject,
  scope: Scope,
): string | number | boolean | undefined {
  const { report } = scope;
  if (node.kind !== "scalar" || node.value === null) {
    return report.error("bad-value", node.place, `${name} takes a value, not ${shown(node)}.`);
  }
  if (node.text.includes("{{")) return templateOutsideText(node, name, scope);
  const mismatch = (advice = ""): undefined => {
    const message = `${name} is ${TYPE_WORDS[subject.type][0]}; ${shown(node)} is not.${advice}`;
    return report.error("type-mismatch", node.place, message);
  };
  switch (subject.type) {
    case "number":
    case "money":
      return typeof node.value === "number" ? inRange(node.value, node, name, subject, scope) : mismatch();
    case "boolean":
      return typeof node.value === "boolean" ? node.value : mismatch();
    case "duration": {
      const read = parseMillis(node.text);
      return "value" in read ? read.value : report.error(read.code, node.place, read.message);
    }
    case "time": {
      const minute = parseClock(node.text);
      quoteTime(node, scope);
      return minute ?? mismatch(' Write "09:00".');
    }
    case "date":
      return isDate(node.text) ? node.text : mismatch(" Write 2026-12-24.");
    case "day":
      return isDate(node.text) ? Date.parse(node.text) : mismatch(" Write 2026-12-24.");
    case "instant":
      return mismatch(" Compare it with another instant: { fact: … }");
    case "text":
    case "list":
    case "weekday":
      if (typeof node.value !== "string") return mismatch(` Write "${node.text}".`);
      return knownValue(node.value, node, name, subject, scope);
    case "any":
      return node.value;
  }
}

function inRange(value: number, node: Node, name: string, subject: Subject, scope: Scope): number | undefined {
  if (subject.range === undefined) return value;
  const [low, high] = subject.range;
  if (value >= low && value <= high) return value;
  const meant = value > high && value <= 100 * high ? ` Did you mean ${value / 100}?` : "";
  return scope.report.error("out-of-range", node.place, `${name} goes from ${low} to ${high}.${meant}`);
}

function knownValue(value: string, node: Node, name: string, subject: Subject, scope: Scope): string | undefined {
  if (subject.values === undefined || subject.values.includes(value)) return value;
  const near = nearest(value, subject.values);
  const advice = near === undefined ? ` It is one of: ${subject.values.join(", ")}.` : ` Did you mean "${near}"?`;
  return scope.report.error("bad-value", node.place, `${name} is never "${value}".${advice}`);
}

/** YAML 1.1 tools read 21:00 as 1260. */
export function quoteTime(node: ScalarNode, scope: Pick<Scope, "report">): void {
  if (node.quoted || !/^\d{1,2}:\d{2}$/.test(node.text)) return;
  const [hours, minutes] = node.text.split(":").map(Number);
  const read = (hours ?? 0) * 60 + (minutes ?? 0);
  scope.report.info("quote-time", node.place, `YAML 1.1 tools read ${node.text} as ${read}. Write "${node.text}".`);
}

/** `between`: low-high as text, or a list of two. */
function rangeOf(node: Node, name: string, subject: Subject, scope: Scope): Operand | undefined {
  const overnight = subject.type === "time" ? "" : " (Overnight ranges are for time.local only.)";
  const bad = (): undefined => scope.report.error("bad-range", node.place, `"between" needs low-high.${overnight}`);
  if (subject.type === "time") {
    const range = isText(node) ? parseRange(node.value) : undefined;
    return range === undefined ? bad() : [range.from, range.to];
  }
  const ends = rangeEnds(node);
  if (ends === undefined) return bad();
  const [low, high] = ends.map((end) => plainValue(end, name, subject, scope));
  if (low === undefined || high === undefined) return undefined;
  return low <= high ? [low, high] : bad();
}

function rangeEnds(node: Node): readonly Node[] | undefined {
  if (node.kind === "list") return node.items.length === 2 ? node.items : undefined;
  if (!isText(node)) return undefined;
  const match =
    /^(-?\d+(?:\.\d+)?|\d+[smhdw][\dsmhdw]*|\d{4}-\d\d-\d\d)\s*-\s*(-?\d+(?:\.\d+)?|\d+[smhdw][\dsmhdw]*|\d{4}-\d\d-\d\d)$/.exec(
      node.value,
    );
  return match === null
    ? undefined
    : match.slice(1, 3).map((text) => {
        const number = /^-?\d+(\.\d+)?$/.test(text);
        return { ...node, text, value: number ? Number(text) : text };
      });
}

/** `{ rose_by: 0.2, since: week2 }`: compared with the value when that step was entered. */
export function compileChange(
  operator: "rose_by" | "fell_by",
  place: Place,
  node: Node,
  since: Entry | undefined,
  subject: Subject,
  scope: Scope,
): Test | undefined {
  if (since === undefined || !isText(since.value)) {
    return scope.report.error("no-since", place, `"${operator}" needs "since", a step before this one.`);
  }
  if (!operatorsFor(subject.type).includes(operator)) {
    const message = `"${operator}" does not apply to ${TYPE_WORDS[subject.type][0]}.`;
    return scope.report.error("operator-type", place, message);
  }
  if (scope.kind !== "workflow") {
    return scope.report.error("out-of-place", place, `"${operator}" is known only inside a workflow's run.`);
  }
  if (node.kind !== "scalar" || typeof node.value !== "number") {
    return scope.report.error("bad-value", node.place, `"${operator}" takes a number.`);
  }
  scope.steps.push({ id: since.value.value, place: since.value.place });
  return { operator, value: { by: node.value, since: since.value.value } };
}
