// When the clock alone may change what a condition says, so that nothing has to be polled.

import { DAY, type Instant, MINUTE } from "../../kernel/time.ts";
import type { Condition, ConditionFacts, Leaf } from "../condition.ts";
import { businessHours, type Calendar, nextClock } from "./wait.ts";

/**
 * The earliest later instant at which some leaf about time, or a window of history that empties itself, may change;
 * undefined when none does by the clock alone.
 */
export function nextFlip(condition: Condition, facts: ConditionFacts, calendar: Calendar): Instant | undefined {
  // counted from a step on, marks only become more
  if ("history" in condition) return condition.since === undefined ? facts.nextExpiry?.(condition.history) : undefined;
  if ("subject" in condition) return leafFlip(condition, facts, calendar);
  if ("not" in condition) return nextFlip(condition.not, facts, calendar);
  const parts = "all" in condition ? condition.all : "any" in condition ? condition.any : condition.of;
  return earliest(parts.map((part) => nextFlip(part, facts, calendar)));
}

export function earliest(instants: readonly (Instant | undefined)[]): Instant | undefined {
  let first: Instant | undefined;
  for (const at of instants) if (at !== undefined && (first === undefined || at < first)) first = at;
  return first;
}

/** Lengths of time that grow with the clock. */
const grows = (subject: string): boolean =>
  subject === "lead.idle" ||
  subject === "lead.age" ||
  subject === "run.age" ||
  (subject.startsWith("step.") && subject.endsWith(".elapsed"));

function leafFlip(leaf: Leaf, facts: ConditionFacts, calendar: Calendar): Instant | undefined {
  const { now } = facts;
  if (grows(leaf.subject)) {
    const length = facts.value(leaf.subject);
    if (typeof length !== "number") return undefined;
    const marks = numbersOf(leaf).flatMap((mark) => [mark, mark + 1]);
    return earliest(marks.filter((mark) => mark > length).map((mark) => now + (mark - length)));
  }
  switch (leaf.subject) {
    case "time.local":
      return earliest(numbersOf(leaf).flatMap((minute) => [minute, minute + 1].map((at) => clock(now, at, calendar))));
    case "time.weekday":
    case "time.date":
      return clock(now, 0, calendar);
    case "time.business_hours":
      return businessHours(now, calendar).changes;
    default:
      return undefined;
  }
}

const clock = (now: Instant, minute: number, calendar: Calendar): Instant =>
  nextClock(now + 1, minute % (DAY / MINUTE), calendar.zone);

function numbersOf(leaf: Leaf): readonly number[] {
  return leaf.tests
    .flatMap((test) => (Array.isArray(test.value) ? test.value : [test.value]))
    .filter((value): value is number => typeof value === "number");
}
