// Folds one event into what we know of a lead's behavior. Whatever the order of arrival, the same events leave the same
// state: sums decay from their own stamps, windows are sets, latest instants are maxima.

import { type LeadEvent, property } from "../events/index.ts";
import { clipped } from "../kernel/json.ts";
import type { Instant, Millis } from "../kernel/time.ts";
import type { Condition, Truth } from "../workflows/index.ts";
import type { BehaviorState, HistoryQuestion, Mark, Window } from "./behavior.ts";
import { type Book, isOf } from "./book.ts";
import { halved } from "./decay.ts";
import { addAct } from "./rhythm.ts";
import { addMark, answer, expiry, FOLLOWER, round6 } from "./window.ts";

/** Where qualification starts. */
const FIRST_QUALIFICATION = 0.5;

const MOST_KINDS = 50;
const MOST_INSTANTS = 20;

/** Longer values of a property are told apart by this much of them. */
const LONGEST_VALUE = 256;

/** Answered by `workflows/evaluate`, given the lead's facts of this moment. */
export type Holds = (condition: Condition, event?: LeadEvent) => Truth;

/** Nothing known but when the lead was first seen. */
export const start = (firstSeenAt: Instant): BehaviorState => ({
  engagement: { sum: 0, asOf: firstSeenAt },
  qualification: FIRST_QUALIFICATION,
  firstSeenAt,
  acts: [],
  windows: {},
  recent: {},
  rules: {},
});

/** Opens and clicks by mail proxies and link scanners (`machine: true`) are nobody's behavior and change nothing. */
export function observe(
  state: BehaviorState,
  event: LeadEvent,
  { book, holds }: { book: Book; holds: Holds },
): BehaviorState {
  if (event.data["machine"] === true) return state;
  const behavior = Object.hasOwn(book.vocabulary.behaviors, event.type)
    ? book.vocabulary.behaviors[event.type]
    : undefined;
  const impact = behavior?.impact ?? 0;
  const agentContact = event.type === "agent.contacted";
  const windows = markWindows(state.windows, event, impact, book, holds);
  const recent = book.recent.has(event.type) ? remember(state.recent, event) : state.recent;
  if (behavior === undefined && !agentContact && windows === state.windows && recent === state.recent) return state;
  return {
    ...state,
    windows,
    recent,
    ...(behavior !== undefined && {
      engagement: engage(state.engagement, behavior.weight, event.at),
      qualification: round6(state.qualification + impact),
      lastActAt: Math.max(state.lastActAt ?? event.at, event.at),
      firstSeenAt: Math.min(state.firstSeenAt, event.at),
      acts: addAct(state.acts ?? [], event.at),
    }),
    ...(agentContact && { agentContactAt: Math.max(state.agentContactAt ?? event.at, event.at) }),
  };
}

type Engagement = BehaviorState["engagement"];

/** A late event adds what would be left of it by now. */
function engage({ sum, asOf }: Engagement, weight: number, at: Instant): Engagement {
  return at >= asOf
    ? { sum: sum * halved(at - asOf) + weight, asOf: at }
    : { sum: sum + weight * halved(asOf - at), asOf };
}

function markWindows(
  windows: BehaviorState["windows"],
  event: LeadEvent,
  impact: number,
  book: Book,
  holds: Holds,
): BehaviorState["windows"] {
  let next: Record<string, Window> | undefined;
  for (const question of book.asked(event.type)) {
    const mark = markOf(question, event, impact, book, holds);
    if (mark === undefined) continue;
    next ??= { ...windows };
    next[question.key] = addMark(next[question.key], mark, question);
  }
  return next ?? windows;
}

/** What the event leaves on a question; undefined when it does not count there. */
function markOf(
  question: HistoryQuestion,
  event: LeadEvent,
  impact: number,
  book: Book,
  holds: Holds,
): Mark | undefined {
  const grouping = question.same ?? question.distinct;
  const value = grouping === undefined ? undefined : groupOf(event, grouping);
  if (!isOf(book.vocabulary, question.event, event.type)) return [event.at, value ?? null, FOLLOWER];
  if (question.where !== undefined && holds(question.where, event) !== true) return undefined;
  if (question.sum !== undefined) {
    const amount = question.sum === "qualification_impact" ? impact : property(event.data, question.sum);
    return typeof amount === "number" && amount !== 0 ? [event.at, value ?? null, amount] : undefined;
  }
  if (grouping === undefined) return [event.at];
  // What lacks the property belongs to no group; a start still waits for its follower.
  return value === undefined && question.notFollowedBy === undefined ? undefined : [event.at, value ?? null];
}

/** What an event belongs to by one of its properties: text, or a number or truth value as text. */
export function groupOf(event: LeadEvent, name: string): string | undefined {
  const value = property(event.data, name);
  if (typeof value === "string") return value === "" ? undefined : clipped(value, LONGEST_VALUE);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

function remember(recent: BehaviorState["recent"], { type, at }: LeadEvent): BehaviorState["recent"] {
  const held = recent[type];
  if (held === undefined && Object.keys(recent).length >= MOST_KINDS) return recent;
  const instants = [...(held ?? []), at].sort((a, b) => a - b);
  return { ...recent, [type]: instants.slice(-MOST_INSTANTS) };
}

// Reading ------------------------------------------------------------------------------------------------------------

/** Engagement as people see it: S/(S+2) between 0 and 1, six decimals. */
export function engagement(state: BehaviorState, now: Instant): number {
  const sum = state.engagement.sum * halved(Math.max(0, now - state.engagement.asOf));
  return round6(sum / (sum + 2));
}

/** Between 0 and 1, six decimals. */
export const qualification = (state: BehaviorState): number => Math.min(1, Math.max(0, state.qualification));

/** Milliseconds since the lead last did something, or since it was first seen. */
export const idle = (state: BehaviorState, now: Instant): Millis => Math.max(0, now - silentSince(state));

export const silentSince = (state: BehaviorState): Instant => state.lastActAt ?? state.firstSeenAt;

/**
 * How many marks (or what sum) answer the question at `now`, up to what decides it.
 *
 * @param from replaces the sliding window's start
 */
export const history = (state: BehaviorState, question: HistoryQuestion, now: Instant, from?: Instant): number =>
  answer(state.windows[question.key], question, now, from);

/** When the clock alone next changes the answer: a mark leaves its window, or a start has waited in vain. */
export const nextExpiry = (state: BehaviorState, question: HistoryQuestion, now: Instant): Instant | undefined =>
  expiry(state.windows[question.key], question, now);

/** Instants of a type named in some `since`, from there on, oldest first. */
export const recentSince = (state: BehaviorState, type: string, from: Instant): readonly Instant[] =>
  (state.recent[type] ?? []).filter((at) => at >= from);
