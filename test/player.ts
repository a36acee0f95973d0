// For tests and the bench: plays events of one lead against a book, as a turn does.

import {
  type BehaviorState,
  type Book,
  type Firing,
  fire,
  type HistoryQuestion,
  history,
  idle,
  nextInstant,
  observe,
  openBook,
  type PassedRule,
  type Rule,
  startWith,
} from "../src/behavior/index.ts";
import { BUILT_IN, type LeadEvent, property } from "../src/events/index.ts";
import type { JsonObject } from "../src/kernel/json.ts";
import type { Instant } from "../src/kernel/time.ts";
import { type Condition, evaluate, type Truth, type Value } from "../src/workflows/index.ts";

let made = 0;

export function happened(type: string, at: Instant, data: JsonObject = {}): LeadEvent {
  made += 1;
  const id = `00000000-0000-7000-8000-${String(made).padStart(12, "0")}`;
  return { id, lead: "lead", type, at, receivedAt: at, source: "site", data };
}

export const bookOf = (rules: readonly Rule[], questions: readonly HistoryQuestion[] = []): Book =>
  openBook({ vocabulary: BUILT_IN, rules, questions, recent: ["property_view"] });

export class Player {
  state: BehaviorState;
  readonly book: Book;
  readonly createdAt: Instant;
  readonly values: Readonly<Record<string, Value>>;
  passed: readonly PassedRule[] = [];
  #now: Instant;

  constructor(book: Book, createdAt: Instant, values: Player["values"] = {}) {
    this.book = book;
    this.createdAt = createdAt;
    this.values = values;
    this.state = startWith(book, createdAt);
    this.#now = createdAt;
  }

  /** Answers what fired. Late events are looked at in the present, as in a turn. */
  play(event: LeadEvent): readonly Firing[] {
    this.#now = Math.max(this.#now, event.at);
    this.state = observe(this.state, event, { book: this.book, holds: this.holds });
    return this.#fire({ event });
  }

  /** Lets instants arrive, one by one, up to and with `until`. */
  wait(until: Instant): readonly Firing[] {
    const firings: Firing[] = [];
    for (let looks = 0; ; looks += 1) {
      const next = nextInstant(this.state, this.book, { createdAt: this.createdAt });
      if (next === undefined || next > until) break;
      if (looks > 1_000) throw new Error("an instant that was looked at came again");
      this.#now = Math.max(this.#now, next);
      firings.push(...this.#fire({ clock: true }));
    }
    this.#now = until;
    return firings;
  }

  readonly holds = (condition: Condition, event?: LeadEvent, trigger?: { readonly level: string }): Truth =>
    evaluate(condition, {
      now: this.#now,
      zone: "America/New_York",
      value: (subject) => this.#value(subject, event, trigger),
      history: (question, from) => history(this.state, question, this.#now, from),
    });

  #fire(occasion: { event: LeadEvent } | { clock: true }): readonly Firing[] {
    const { now, createdAt, holds } = { now: this.#now, createdAt: this.createdAt, holds: this.holds };
    const fired = fire(this.state, this.book, occasion, { now, createdAt, holds });
    this.state = fired.state;
    this.passed = fired.passed;
    return fired.firings;
  }

  #value(subject: string, event?: LeadEvent, trigger?: { readonly level: string }): Value | undefined {
    if (subject === "lead.idle") return idle(this.state, this.#now);
    if (subject === "trigger.level") return trigger?.level;
    if (subject.startsWith("event.") && event !== undefined) {
      return property(event.data, subject.slice("event.".length)) as Value | undefined;
    }
    return this.values[subject];
  }
}
