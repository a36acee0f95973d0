// For tests and the bench: plays events of one lead against a book, as a turn does, with conditions read in the
// plainest way (equals, at_least, at_most, greater_than, contains; a missing value is unknown).

import { BUILT_IN, type LeadEvent, property } from "../events/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import type { Condition, Test, Truth } from "../workflows/index.ts";
import type { BehaviorState, Firing, HistoryQuestion, Rule } from "./behavior.ts";
import { type Book, openBook } from "./book.ts";
import { fire, nextInstant, type PassedRule } from "./decide.ts";
import { history, idle, observe, start } from "./observe.ts";

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
  readonly values: Readonly<Record<string, string | number | readonly string[]>>;
  passed: readonly PassedRule[] = [];
  #now: Instant;

  constructor(book: Book, createdAt: Instant, values: Player["values"] = {}) {
    this.book = book;
    this.createdAt = createdAt;
    this.values = values;
    this.state = { ...start(createdAt), book: book.id };
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
    for (;;) {
      const next = nextInstant(this.state, this.book, { createdAt: this.createdAt });
      if (next === undefined || next > until) break;
      this.#now = Math.max(this.#now, next);
      firings.push(...this.#fire({ clock: true }));
    }
    this.#now = until;
    return firings;
  }

  readonly holds = (condition: Condition, event?: LeadEvent, trigger?: { readonly level: string }): Truth => {
    const inner = (each: Condition) => this.holds(each, event, trigger);
    if ("all" in condition) return condition.all.map(inner).reduce<Truth>(and, true);
    if ("any" in condition) return atLeast(1, condition.any.map(inner));
    if ("not" in condition) return not(inner(condition.not));
    if ("of" in condition) return atLeast(condition.atLeast, condition.of.map(inner));
    const value =
      "history" in condition
        ? history(this.state, condition.history, this.#now)
        : this.#value(condition.subject, event, trigger);
    if (value === undefined) return "subject" in condition ? condition.ifMissing : undefined;
    return condition.tests.map((test) => passes(value, test)).reduce<Truth>(and, true);
  };

  #fire(occasion: { event: LeadEvent } | { clock: true }): readonly Firing[] {
    const { now, createdAt, holds } = { now: this.#now, createdAt: this.createdAt, holds: this.holds };
    const fired = fire(this.state, this.book, occasion, { now, createdAt, holds });
    this.state = fired.state;
    this.passed = fired.passed;
    return fired.firings;
  }

  #value(subject: string, event?: LeadEvent, trigger?: { readonly level: string }) {
    if (subject === "lead.idle") return idle(this.state, this.#now);
    if (subject === "trigger.level") return trigger?.level;
    if (subject.startsWith("event.") && event !== undefined) {
      return property(event.data, subject.slice("event.".length)) as string | number | undefined;
    }
    return this.values[subject];
  }
}

const and = (a: Truth, b: Truth): Truth =>
  a === false || b === false ? false : a === undefined ? a : b === undefined ? b : true;
const not = (a: Truth): Truth => (a === undefined ? undefined : !a);

function atLeast(wanted: number, truths: readonly Truth[]): Truth {
  const yes = truths.filter((truth) => truth === true).length;
  const unknown = truths.filter((truth) => truth === undefined).length;
  return yes >= wanted ? true : yes + unknown >= wanted ? undefined : false;
}

function passes(value: string | number | readonly string[], { operator, value: operand }: Test): Truth {
  if (operator === "equals") return value === operand;
  if (operator === "contains") return Array.isArray(value) && value.includes(operand);
  if (typeof value !== "number" || typeof operand !== "number") return undefined;
  if (operator === "at_least") return value >= operand;
  if (operator === "at_most") return value <= operand;
  if (operator === "greater_than") return value > operand;
  return undefined;
}
