// When a publication asks something new, the windows for it are folded from what already happened, so that an answer is
// exact from the first day.

import type { LeadEvent } from "../events/index.ts";
import { DAY, type Instant, type Millis } from "../kernel/time.ts";
import type { BehaviorState, RuleState } from "./behavior.ts";
import type { Book } from "./book.ts";
import { type Holds, idle, observe, silentSince, start } from "./observe.ts";
import { lapses } from "./window.ts";

/** How far back events are needed: the longest window. */
export const BACKFILL_SPAN: Millis = 90 * DAY;

/** Whether the lead was kept for other questions than the book's, or without its hours: fold the past before the next event. */
export const needsBackfill = (state: BehaviorState, book: Book): boolean =>
  state.book !== book.id || state.acts === undefined;

/**
 * Answers the book's questions that the state has no window for from past events, and drops windows that nobody reads
 * any more. Deadlines of `not_followed_by` that passed before a rule was there are not its business.
 *
 * @param events what happened before now and was observed already, in any order; others would be missing from the sums
 */
export function backfill(
  state: BehaviorState,
  events: readonly LeadEvent[],
  { book, holds, now }: { book: Book; holds: Holds; now: Instant },
): BehaviorState {
  const folded = events.reduce((past, event) => observe(past, event, { book, holds }), start(state.firstSeenAt));
  const windows = Object.fromEntries(
    book.questions.flatMap(({ key }) => {
      const window = state.windows[key] ?? folded.windows[key];
      return window === undefined ? [] : [[key, window]];
    }),
  );
  const recent = Object.fromEntries(
    [...book.recent].flatMap((type) => {
      const instants = state.recent[type] ?? folded.recent[type];
      return instants === undefined ? [] : [[type, instants]];
    }),
  );
  const rules: Record<string, RuleState> = { ...state.rules };
  for (const { rule, lapsing } of book.clocked) {
    if (lapsing.length > 0) rules[rule.id] = { lapsed: now, ...rules[rule.id] };
  }
  return { ...state, acts: state.acts ?? folded.acts ?? [], windows, recent, rules, book: book.id };
}

/**
 * A rule about silence speaks of silences to come: the levels that a lead had passed before it was published are not
 * its business. Without this, a first publication would find everybody who ever went quiet at once.
 *
 * @param publishedAt when the rules became live
 */
export function acquaint(state: BehaviorState, book: Book, publishedAt: Instant): BehaviorState {
  const unknown = book.clocked.filter(({ rule, levels }) => levels.length > 0 && state.rules[rule.id] === undefined);
  if (unknown.length === 0) return state;
  const quiet = idle(state, publishedAt);
  const rules: Record<string, RuleState> = { ...state.rules };
  for (const { rule, levels } of unknown) {
    const passed = levels.filter((level) => level.idle <= quiet).map(({ level }) => level);
    rules[rule.id] = { silence: { from: silentSince(state), levels: passed } };
  }
  return { ...state, rules };
}

/**
 * Folds an event of the past, and with it what the past let pass: silences that were long over, followers that never
 * came. Rules speak of what comes after.
 */
export function foldPast(
  state: BehaviorState,
  event: LeadEvent,
  { book, holds, now }: { book: Book; holds: Holds; now: Instant },
): BehaviorState {
  const next = observe(state, event, { book, holds });
  if (next === state) return state;
  const quiet = idle(next, now);
  const rules: Record<string, RuleState> = { ...next.rules };
  for (const { rule, levels, lapsing } of book.clocked) {
    const passed = levels.filter((level) => level.idle <= quiet).map(({ level }) => level);
    if (levels.length > 0) rules[rule.id] = { ...rules[rule.id], silence: { from: silentSince(next), levels: passed } };
    const over = lapsing.flatMap((question) =>
      lapses(next.windows[question.key] ?? { marks: [] }, question).filter(({ deadline }) => deadline <= now),
    );
    const lapsed = Math.max(rules[rule.id]?.lapsed ?? 0, ...over.map(({ deadline }) => deadline));
    if (over.length > 0) rules[rule.id] = { ...rules[rule.id], lapsed };
  }
  return { ...next, rules };
}

/** The state of a lead nobody has seen before: nothing to fold. */
export const startWith = (book: Book, firstSeenAt: Instant): BehaviorState => ({
  ...start(firstSeenAt),
  book: book.id,
});
