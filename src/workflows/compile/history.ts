// `behavior.<event>` leaves: what the lead did, how often, within which window. Compiled to a question whose key
// names the bounded window that behavior keeps for it.

import type { HistoryQuestion } from "../../behavior/index.ts";
import { FAMILIES } from "../../events/index.ts";
import { sha256 } from "../../kernel/ids.ts";
import { canonicalJson } from "../../kernel/json.ts";
import { DAY, type Millis } from "../../kernel/time.ts";
import type { Condition, HistoryLeaf, Operand, Test } from "../condition.ts";
import { didYouMean, type Place } from "./diagnostic.ts";
import { parseMillis } from "./duration.ts";
import { eventScope, knownEvent, type Scope } from "./names.ts";
import { type Entry, entryOf, isText, type MapNode, type Node } from "./source.ts";
import { ALL_OPERATORS } from "./subjects.ts";
import { compileTest } from "./tests.ts";

/** The longest window of history. */
const MAX_WINDOW: Millis = 90 * DAY;
/** A sum needs every mark of its window; this many at most are kept. */
const SUM_MARKS = 500;
const KEYS = [
  "count",
  "within",
  "since",
  "where",
  "distinct",
  "same",
  "sum",
  "after_silence",
  "not_followed_by",
  "if_missing",
];

/** Compiles the condition of a `where`, which is a condition like any other. */
export type CompileWhere = (node: Node, scope: Scope) => Condition | undefined;

export function compileHistory(
  { key, place, value }: Entry,
  scope: Scope,
  compileWhere: CompileWhere,
): HistoryLeaf | undefined {
  const event = key.slice("behavior.".length);
  const isFamily = Object.hasOwn(FAMILIES, event);
  if (!isFamily && !knownEvent(event, place, scope)) return undefined;
  if (value.kind !== "map") {
    const example = `${key}: { count: 3, within: 7d }`;
    return scope.report.error("expected-map", value.place, `history is asked with a map. Write: ${example}`);
  }
  scope.reads.add(key);
  const known = checkKeys(value, scope);
  const parts = readParts(value, scope, compileWhere);
  const since = sinceOf(entryOf(value, "since"), scope);
  const tests = testsOf(key, place, value, scope);
  const window = needsWindow(key, place, value, scope);
  if (!known || parts === undefined || since === false || tests === undefined || !window) return undefined;
  const question = withKey({ event, ...parts, keep: keepFor(tests, parts) });
  scope.questions.set(question.key, question);
  return { history: question, tests, ...(since === undefined ? {} : { since }) };
}

/** Equal questions have equal keys, wherever they are asked, and so share one window. */
function withKey(question: Omit<HistoryQuestion, "key">): HistoryQuestion {
  return { key: `${question.event}:${sha256(canonicalJson(question)).slice(0, 12)}`, ...question };
}

function checkKeys(map: MapNode, scope: Scope): boolean {
  const unknown = map.entries.filter(({ key }) => !KEYS.includes(key) && !ALL_OPERATORS.includes(key));
  for (const { key, place } of unknown) {
    const message = `"${key}" is not part of a question about history.${didYouMean(key, [...KEYS, ...ALL_OPERATORS])}`;
    scope.report.error("unknown-key", place, message);
  }
  return unknown.length === 0;
}

/** A count without a window would look back for ever. */
function needsWindow(key: string, place: Place, map: MapNode, scope: Scope): boolean {
  if (["within", "since", "after_silence"].some((word) => entryOf(map, word) !== undefined)) return true;
  const word = entryOf(map, "count") !== undefined ? "count" : entryOf(map, "sum") !== undefined ? "sum" : key;
  scope.report.error("no-window", place, `"${word}" needs "within" or "since".`);
  return false;
}

type Parts = Omit<HistoryQuestion, "key" | "event" | "keep">;

function readParts(map: MapNode, scope: Scope, compileWhere: CompileWhere): Parts | undefined {
  const within = windowOf(entryOf(map, "within"), scope);
  const afterSilence = windowOf(entryOf(map, "after_silence"), scope);
  const distinct = wordOf(entryOf(map, "distinct"), scope);
  const same = wordOf(entryOf(map, "same"), scope);
  const sum = wordOf(entryOf(map, "sum"), scope);
  const follower = entryOf(map, "not_followed_by");
  const notFollowedBy = wordOf(follower, scope);
  const whereEntry = entryOf(map, "where");
  const where = whereEntry === undefined ? undefined : compileWhere(whereEntry.value, ofLead(eventScope(scope)));
  if (typeof notFollowedBy === "string" && follower !== undefined) {
    if (!knownEvent(notFollowedBy, follower.value.place, scope)) return undefined;
    if (within === undefined) {
      return scope.report.error("no-window", follower.place, '"not_followed_by" needs "within".');
    }
  }
  if (whereEntry !== undefined && where === undefined) return undefined;
  const parts = { within, afterSilence, distinct, same, sum, notFollowedBy };
  if (Object.values(parts).includes(false)) return undefined;
  const given = Object.entries({ ...parts, where: where as Condition | undefined });
  return Object.fromEntries(given.filter(([, part]) => part !== undefined)) as Parts;
}

/** Windows are kept per lead, for all who ask: a run's own values cannot be part of the question. */
function ofLead({ own: _, ...scope }: Scope): Scope {
  return scope;
}

/** A window's length; false when it was wrong, undefined when it was not given. */
function windowOf(entry: Entry | undefined, scope: Scope): Millis | undefined | false {
  if (entry === undefined) return undefined;
  const { value } = entry;
  const read =
    value.kind === "scalar" ? parseMillis(value.text) : { code: "bad-duration", message: "write 24h or 7d." };
  const tooLong = "value" in read ? read.value > MAX_WINDOW : read.code === "too-long";
  if (tooLong) scope.report.error("window-too-long", value.place, "history windows are at most 90d.");
  else if (!("value" in read)) scope.report.error(read.code, value.place, read.message);
  else if (read.value > 0) return read.value;
  else scope.report.error("bad-duration", value.place, "a window has a length.");
  return false;
}

function wordOf(entry: Entry | undefined, scope: Scope): string | undefined | false {
  if (entry === undefined) return undefined;
  if (isText(entry.value) && /^[a-z][\w.]*$/.test(entry.value.value)) return entry.value.value;
  scope.report.error("bad-value", entry.value.place, `"${entry.key}" takes the name of an event property.`);
  return false;
}

function sinceOf(entry: Entry | undefined, scope: Scope): HistoryLeaf["since"] | undefined | false {
  if (entry === undefined) return undefined;
  if (!isText(entry.value)) {
    scope.report.error("bad-value", entry.value.place, '"since" takes enrolled, or the id of a step.');
    return false;
  }
  if (scope.kind !== "workflow") {
    scope.report.error("out-of-place", entry.place, '"since" is known only inside a workflow\'s run.');
    return false;
  }
  if (entry.value.value === "enrolled") return "enrolled";
  scope.steps.push({ id: entry.value.value, place: entry.value.place });
  return { step: entry.value.value };
}

/** `count: 3` means at least three; without a count, once is enough; with `sum`, the operators beside it. */
function testsOf(key: string, place: Place, map: MapNode, scope: Scope): readonly Test[] | undefined {
  const number = { type: "number", optional: false } as const;
  const operators = map.entries.filter((entry) => ALL_OPERATORS.includes(entry.key));
  const count = entryOf(map, "count");
  if (entryOf(map, "sum") !== undefined) {
    if (operators.length === 0) {
      return scope.report.error("no-operator", place, '"sum" needs an operator beside it, such as greater_than.');
    }
    return complete(operators.map((entry) => compileTest(entry.key, entry.place, entry.value, key, number, scope)));
  }
  if (operators[0] !== undefined) {
    const message = `"${operators[0].key}" needs "sum", or write count: { ${operators[0].key}: … }.`;
    return scope.report.error("unknown-key", operators[0].place, message);
  }
  if (count === undefined) return [{ operator: "at_least", value: 1 }];
  if (count.value.kind === "map") {
    const entries = count.value.entries;
    return complete(entries.map((entry) => compileTest(entry.key, entry.place, entry.value, key, number, scope)));
  }
  return countOf(count.value, scope);
}

function countOf(node: Node, scope: Scope): readonly Test[] | undefined {
  const count = node.kind === "scalar" ? node.value : undefined;
  if (typeof count === "number" && Number.isInteger(count) && count >= 1 && count <= SUM_MARKS) {
    return [{ operator: "at_least", value: count }];
  }
  return scope.report.error("bad-value", node.place, `"count" takes a whole number from 1 to ${SUM_MARKS}.`);
}

const complete = (tests: readonly (Test | undefined)[]): readonly Test[] | undefined =>
  tests.length > 0 && tests.every((test) => test !== undefined) ? (tests as Test[]) : undefined;

/** How many marks decide the tests: one more than the greatest figure any of them looks at. */
function keepFor(tests: readonly Test[], parts: Parts): number {
  if (parts.sum !== undefined) return SUM_MARKS;
  const figures = tests.map(({ operator, value }) => Math.ceil(greatest(value)) + (operator === "at_least" ? 0 : 1));
  const least = parts.afterSilence === undefined ? 1 : 2;
  return Math.min(SUM_MARKS, Math.max(least, ...figures));
}

function greatest(value: Operand): number {
  if (typeof value === "number") return value;
  return Array.isArray(value) ? Math.max(...value.map(Number)) : SUM_MARKS;
}
