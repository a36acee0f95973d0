// Figures that some `rose_by` or `fell_by` will compare with: kept when its step is entered, and no others.

import { oncePer } from "../../kernel/once.ts";
import type { Condition, ConditionFacts } from "../condition.ts";
import type { Plan } from "../plan.ts";

export function figuresAt(plan: Plan, path: string, facts: ConditionFacts): Record<string, number> | undefined {
  const subjects = readsOf(plan).get(path);
  if (subjects === undefined) return undefined;
  const figures: Record<string, number> = {};
  for (const subject of subjects) {
    const value = facts.value(subject);
    if (typeof value === "number") figures[subject] = value;
  }
  return figures;
}

/** Path of a step to the subjects some condition compares with their figure there. A plan never changes. */
const readsOf = oncePer((plan: Plan): ReadonlyMap<string, ReadonlySet<string>> => {
  const reads = new Map<string, Set<string>>();
  const read = (condition: Condition | undefined): void => {
    if (condition === undefined || "history" in condition) return;
    if ("subject" in condition) {
      for (const { value } of condition.tests) {
        if (typeof value !== "object" || !("since" in value)) continue;
        reads.set(value.since, (reads.get(value.since) ?? new Set()).add(condition.subject));
      }
    } else if ("not" in condition) read(condition.not);
    else ("all" in condition ? condition.all : "any" in condition ? condition.any : condition.of).forEach(read);
  };
  for (const step of plan.lists.flat()) {
    read(step.if);
    if (step.verb === "choose") for (const one of step.cases) read(one.if);
    if (step.verb === "do") read(step.until);
    if (step.verb === "wait_for") {
      read(step.awaits);
      for (const event of step.events) read(event.if);
    }
  }
  for (const exit of plan.exits) {
    if ("if" in exit) read(exit.if);
    else for (const event of exit.when) read(event.if);
  }
  for (const event of [...(plan.goal?.when ?? []), ...plan.pauses.flatMap(({ when }) => when)]) {
    read(event.if);
  }
  return reads;
});
