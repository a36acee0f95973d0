// What is asked of every lead of a location: questions and rules, laid out by event type, so that an event only meets
// those it concerns. Built once per publication.

import { FAMILIES, type Vocabulary } from "../events/index.ts";
import { sha256 } from "../kernel/ids.ts";
import type { Millis } from "../kernel/time.ts";
import type { Condition, HistoryLeaf, Leaf } from "../workflows/index.ts";
import type { HistoryQuestion, Rule } from "./behavior.ts";

export interface Book {
  /** Of its questions alone: two books that ask the same have the same id. */
  readonly id: string;
  readonly vocabulary: Vocabulary;
  readonly questions: readonly HistoryQuestion[];
  /** Event types whose instants are kept for `since`. */
  readonly recent: ReadonlySet<string>;
  /** Rules that an instant can fire, by id. */
  readonly clocked: readonly ClockedRule[];
  /** The questions on which an event of this type leaves a mark. */
  asked(type: string): readonly HistoryQuestion[];
  /** The rules that an event of this type could make true, by id. */
  woken(type: string): readonly WokenRule[];
}

export interface ClockedRule {
  readonly rule: Rule;
  /** Silences at which it is looked at, shortest first; empty unless it reads `lead.idle`. */
  readonly levels: readonly { readonly level: string; readonly idle: Millis }[];
  /** Its `not_followed_by` questions. */
  readonly lapsing: readonly HistoryQuestion[];
}

export interface WokenRule {
  readonly rule: Rule;
  /** Its questions about this type that an event can settle; none: it looks at the event itself. */
  readonly settles: readonly HistoryQuestion[];
}

export interface BookParts {
  readonly vocabulary: Vocabulary;
  readonly rules: readonly Rule[];
  /** Questions of plans, segments and the score; those of the rules are found in their conditions. */
  readonly questions: readonly HistoryQuestion[];
  readonly recent?: Iterable<string>;
}

export function openBook({ vocabulary, rules, questions, recent }: BookParts): Book {
  const byKey = new Map<string, HistoryQuestion>();
  const ordered = [...rules].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  for (const question of questions) byKey.set(question.key, question);
  for (const rule of ordered) for (const question of questionsOf(rule)) byKey.set(question.key, question);
  const all = [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  const asked = new Map<string, readonly HistoryQuestion[]>();
  const woken = new Map<string, readonly WokenRule[]>();
  return {
    id: sha256(JSON.stringify(all.map((question) => question.key))).slice(0, 16),
    vocabulary,
    questions: all,
    recent: new Set(recent),
    clocked: ordered.flatMap(clockedRule),
    asked: (type) =>
      remembered(asked, type, () =>
        all.filter((question) => isOf(vocabulary, question.event, type) || question.notFollowedBy === type),
      ),
    woken: (type) => remembered(woken, type, () => ordered.flatMap((rule) => wokenRule(vocabulary, rule, type))),
  };
}

/** Whether an event of this type is counted by a question about that one: the same type, or a family it belongs to. */
export function isOf(vocabulary: Vocabulary, asked: string, type: string): boolean {
  if (asked === type) return true;
  if (asked === "any") return Object.hasOwn(vocabulary.behaviors, type);
  return Object.hasOwn(FAMILIES, asked) && (FAMILIES[asked]?.(type) ?? false);
}

/** Every leaf of a condition, in the order of the file. */
export function leavesOf(condition: Condition): (Leaf | HistoryLeaf)[] {
  if ("all" in condition) return condition.all.flatMap(leavesOf);
  if ("any" in condition) return condition.any.flatMap(leavesOf);
  if ("not" in condition) return leavesOf(condition.not);
  if ("of" in condition) return condition.of.flatMap(leavesOf);
  return [condition];
}

const questionsIn = (condition: Condition): HistoryQuestion[] =>
  leavesOf(condition).flatMap((leaf) => ("history" in leaf ? [leaf.history] : []));

const questionsOf = (rule: Rule): HistoryQuestion[] => [
  ...questionsIn(rule.when),
  ...(rule.if === undefined ? [] : questionsIn(rule.if)),
];

function clockedRule(rule: Rule): ClockedRule[] {
  const lapsing = questionsIn(rule.when).filter((question) => question.notFollowedBy !== undefined);
  const levels = [...(rule.levels ?? idleThresholds(rule.when))].sort((a, b) => a.idle - b.idle);
  return levels.length + lapsing.length === 0 ? [] : [{ rule, levels, lapsing }];
}

/** A rule without named levels has one: where its `lead.idle` becomes true. */
function idleThresholds(when: Condition): { level: string; idle: Millis }[] {
  const thresholds = leavesOf(when)
    .flatMap((leaf) => ("subject" in leaf && leaf.subject === "lead.idle" ? leaf.tests : []))
    .flatMap(({ operator, value }) => {
      if (typeof value !== "number") return [];
      return operator === "at_least" ? [value] : operator === "greater_than" ? [value + 1] : [];
    });
  return thresholds.length === 0 ? [] : [{ level: "", idle: Math.max(...thresholds) }];
}

function wokenRule(vocabulary: Vocabulary, rule: Rule, type: string): WokenRule[] {
  if (!rule.wakes.some((wake) => isOf(vocabulary, wake, type))) return [];
  const about = questionsIn(rule.when).filter(
    (question) => isOf(vocabulary, question.event, type) || question.notFollowedBy === type,
  );
  // A missing follower becomes true by the clock alone: no event can settle it.
  const settles = about.filter((question) => question.notFollowedBy === undefined);
  if (settles.length === 0 && (about.length > 0 || clockedRule(rule).length > 0)) return [];
  return [{ rule, settles }];
}

function remembered<T>(known: Map<string, T>, type: string, find: () => T): T {
  const held = known.get(type);
  if (held !== undefined) return held;
  const found = find();
  // Types come from outside: what is remembered stays bounded.
  if (known.size < 1_000) known.set(type, found);
  return found;
}
