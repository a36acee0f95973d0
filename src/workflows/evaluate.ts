// Whether a condition holds, in Kleene's three values: a missing value decides nothing.

import type {
  Condition,
  ConditionFacts,
  HistoryLeaf,
  Leaf,
  LeafTruth,
  Operand,
  Operator,
  Test,
  Truth,
  Value,
} from "./condition.ts";
import { matches } from "./pattern.ts";

type Scalar = string | number | boolean;

export function evaluate(condition: Condition, facts: ConditionFacts): Truth {
  if ("subject" in condition) return leafTruth(condition, facts);
  if ("history" in condition) return historyTruth(condition, facts);
  if ("all" in condition) return every(condition.all, (part) => evaluate(part, facts));
  if ("any" in condition) return atLeast(1, condition.any, facts);
  if ("not" in condition) return negate(evaluate(condition.not, facts));
  return atLeast(condition.atLeast, condition.of, facts);
}

/** Every leaf with what became of it, in the order in which they are written. */
export function explain(condition: Condition, facts: ConditionFacts): readonly LeafTruth[] {
  if ("all" in condition) return condition.all.flatMap((part) => explain(part, facts));
  if ("any" in condition) return condition.any.flatMap((part) => explain(part, facts));
  if ("of" in condition) return condition.of.flatMap((part) => explain(part, facts));
  if ("not" in condition) return explain(condition.not, facts);
  const truth = evaluate(condition, facts);
  if ("history" in condition) {
    const subject = `behavior.${condition.history.event}`;
    const value = countOf(condition, facts);
    return [value === undefined ? { subject, truth, code: "empty" } : { subject, truth, value, code: said(truth) }];
  }
  const { subject } = condition;
  const value = facts.value(subject);
  if (missing(value)) return [{ subject, truth, code: "empty" }];
  return [{ subject, truth, value, code: said(truth) }];
}

const said = (truth: Truth): LeafTruth["code"] =>
  truth === undefined ? "other_type" : truth === true ? "holds" : "differs";

/** An empty text is a field that nobody filled; an empty list is known to be empty. */
const missing = (value: Resolved): value is undefined | "" => value === undefined || value === "";

const negate = (truth: Truth): Truth => (truth === undefined ? undefined : !truth);

/** False if one is false, else unknown if one is unknown. */
function every<Part>(parts: readonly Part[], truthOf: (part: Part) => Truth): Truth {
  let result: Truth = true;
  for (const part of parts) {
    const truth = truthOf(part);
    if (truth === false) return false;
    if (truth === undefined) result = undefined;
  }
  return result;
}

/** True once enough are true; false once the unknown ones could not make up the rest. */
function atLeast(wanted: number, parts: readonly Condition[], facts: ConditionFacts): Truth {
  let yes = 0;
  let unknown = 0;
  for (const part of parts) {
    const truth = evaluate(part, facts);
    if (truth === true) yes += 1;
    else if (truth === undefined) unknown += 1;
    if (yes >= wanted) return true;
  }
  return yes + unknown >= wanted ? undefined : false;
}

function leafTruth(leaf: Leaf, facts: ConditionFacts): Truth {
  const value = facts.value(leaf.subject);
  if (missing(value) && leaf.ifMissing !== undefined) return leaf.ifMissing;
  if (leaf.tests.length === 1) return testTruth(leaf, leaf.tests[0] as Test, value, facts);
  return every(leaf.tests, (test) => testTruth(leaf, test, value, facts));
}

function testTruth(leaf: Leaf, test: Test, value: Value | undefined, facts: ConditionFacts): Truth {
  const { operator } = test;
  if (operator === "exists") return present(value) === (test.value !== false);
  if (operator === "changed") {
    const changed = facts.changed?.(leaf.subject);
    return changed === undefined ? undefined : changed === (test.value !== false);
  }
  if (missing(value)) return undefined;
  if (operator === "rose_by" || operator === "fell_by") return moved(leaf.subject, operator, test.value, value, facts);
  const operand = resolve(test.value, facts);
  if (missing(operand)) return leaf.ifMissing;
  if (operator === "between" && leaf.subject === "time.local") return inLocalRange(value, operand);
  return compare(operator, value, operand);
}

const present = (value: Value | undefined): boolean => !missing(value) && !(isList(value) && value.length === 0);

type Resolved = Scalar | readonly Scalar[] | undefined;

function resolve(operand: Operand, facts: ConditionFacts): Resolved {
  if (typeof operand !== "object" || isList(operand)) return operand;
  return "fact" in operand ? facts.value(operand.fact) : undefined;
}

function compare(operator: Operator, value: Value, operand: NonNullable<Resolved>): Truth {
  switch (operator) {
    case "equals":
      return same(value, operand);
    case "not_equals":
      return negate(same(value, operand));
    case "greater_than":
      return ordered(value, operand, (sign) => sign > 0);
    case "less_than":
      return ordered(value, operand, (sign) => sign < 0);
    case "at_least":
      return ordered(value, operand, (sign) => sign >= 0);
    case "at_most":
      return ordered(value, operand, (sign) => sign <= 0);
    case "between":
      return between(value, operand);
    case "contains":
      return contains(value, operand);
    case "not_contains":
      return negate(contains(value, operand));
    case "in":
      return among(value, operand);
    case "not_in":
      return negate(among(value, operand));
    case "is_true":
      return typeof value === "boolean" ? value === (operand !== false) : undefined;
    case "is_false":
      return typeof value === "boolean" ? value !== (operand !== false) : undefined;
    default:
      return textual(operator, value, operand);
  }
}

function textual(operator: Operator, value: Value, operand: NonNullable<Resolved>): Truth {
  if (typeof value !== "string" || typeof operand !== "string") return undefined;
  if (operator === "starts_with") return value.startsWith(operand);
  if (operator === "ends_with") return value.endsWith(operand);
  return operator === "matches" ? matches(operand, value) : undefined;
}

const isList = (value: unknown): value is readonly Scalar[] => Array.isArray(value);

function same(value: Value, operand: NonNullable<Resolved>): Truth {
  return typeof value === typeof operand && !isList(value) && !isList(operand) ? value === operand : undefined;
}

/** Local dates and times as text (`2026-12-24`, `2026-12-24T09:00`) sort as text; other text has no order. */
const DATED = /^\d{4}-\d{2}-\d{2}/;

function ordered(value: Value | Scalar, operand: NonNullable<Resolved>, holds: (sign: number) => boolean): Truth {
  if (typeof value === "number" && typeof operand === "number") {
    return Number.isNaN(value) || Number.isNaN(operand) ? undefined : holds(value - operand);
  }
  if (typeof value !== "string" || typeof operand !== "string") return undefined;
  if (!DATED.test(value) || !DATED.test(operand)) return undefined;
  return holds(value < operand ? -1 : value > operand ? 1 : 0);
}

/** From the low to the high value, both included. */
function between(value: Value, operand: NonNullable<Resolved>): Truth {
  if (!isList(operand)) return undefined;
  const [low, high] = operand;
  if (low === undefined || high === undefined) return undefined;
  return every([ordered(value, low, (sign) => sign >= 0), ordered(value, high, (sign) => sign <= 0)], (truth) => truth);
}

/** Minutes of the local day; the end is open, and an end before the start is overnight. */
function inLocalRange(value: Value, operand: Resolved): Truth {
  if (typeof value !== "number" || !isList(operand)) return undefined;
  const [from, to] = operand;
  if (typeof from !== "number" || typeof to !== "number") return undefined;
  return from <= to ? value >= from && value < to : value >= from || value < to;
}

const folded = (value: Scalar): string => String(value).toLowerCase();

function contains(value: Value, operand: NonNullable<Resolved>): Truth {
  if (isList(operand)) return undefined;
  if (isList(value)) {
    const wanted = folded(operand);
    return value.some((element) => folded(element) === wanted);
  }
  return typeof value === "string" && typeof operand === "string" ? folded(value).includes(folded(operand)) : undefined;
}

/** One of a list. Of a value that is itself a list, some element. */
function among(value: Value, operand: NonNullable<Resolved>): Truth {
  if (!isList(operand)) return undefined;
  if (isList(value)) {
    const wanted = new Set(operand.map(folded));
    return value.some((element) => wanted.has(folded(element)));
  }
  if (operand.length > 0 && !operand.some((element) => typeof element === typeof value)) return undefined;
  return operand.includes(value);
}

function moved(
  subject: string,
  operator: "rose_by" | "fell_by",
  operand: Operand,
  value: Value,
  facts: ConditionFacts,
): Truth {
  if (typeof operand !== "object" || isList(operand) || !("by" in operand)) return undefined;
  const before = facts.mark?.(operand.since, subject);
  if (before === undefined || typeof value !== "number") return undefined;
  const rise = operator === "rose_by" ? value - before : before - value;
  // Figures have six decimals; their difference may miss the last by a rounding of the machine's.
  return Math.round(rise * 1e6) >= Math.round(operand.by * 1e6);
}

function countOf(leaf: HistoryLeaf, facts: ConditionFacts): number | undefined {
  if (leaf.since === undefined) return facts.history(leaf.history);
  const from = facts.since?.(leaf.since);
  return from === undefined ? undefined : facts.history(leaf.history, from);
}

function historyTruth(leaf: HistoryLeaf, facts: ConditionFacts): Truth {
  const count = countOf(leaf, facts);
  if (count === undefined) return undefined;
  return every(leaf.tests, (test) => {
    const operand = resolve(test.value, facts);
    return missing(operand) ? undefined : compare(test.operator, count, operand);
  });
}
