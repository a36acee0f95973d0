export { acquaint, BACKFILL_SPAN, backfill, foldPast, needsBackfill, startWith } from "./backfill.ts";
export type { BehaviorState, Firing, HistoryQuestion, Mark, Rule, RuleState, Window } from "./behavior.ts";
export { type Book, type BookParts, openBook } from "./book.ts";
export { type FireContext, type Fired, fire, nextInstant, type Occasion, type PassedRule } from "./decide.ts";
export { engagement, type Holds, history, idle, nextExpiry, observe, qualification, recentSince } from "./observe.ts";
export { bestTime, hourHabit, type Span } from "./rhythm.ts";
export { type LeadState, readStates, saveStates } from "./store.ts";
