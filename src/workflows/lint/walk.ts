// Ways through plans and conditions that several checks take.

import type { Condition, Leaf } from "../condition.ts";
import type { EventMatch, Plan, RuleStep, Step, Template } from "../plan.ts";
import type { Linted, Spot } from "./finding.ts";

export interface PlacedStep {
  readonly step: Step | RuleStep;
  readonly spot:
    | { readonly workflow: string; readonly path: string }
    | { readonly section: string; readonly id: string };
}

/** Steps of workflows, and what rules do. */
export const allSteps = ({ content }: Linted): readonly PlacedStep[] => [
  ...content.plans.flatMap((plan) =>
    stepsOf(plan).map((step) => ({ step, spot: { workflow: plan.workflow, path: step.path } })),
  ),
  ...content.rules.flatMap((rule) => rule.do.map((step) => ({ step, spot: { section: "triggers", id: rule.id } }))),
];

export const stepsOf = (plan: Plan): readonly Step[] => plan.lists.flat();

export const isLive = (plan: Plan): boolean => plan.status === "live";

export interface PlacedCondition {
  readonly condition: Condition;
  readonly spot: Spot;
}

/** Every condition of the folder, with the part it stands in. */
export function allConditions({ content }: Linted): readonly PlacedCondition[] {
  const found: PlacedCondition[] = [];
  const add = (condition: Condition | undefined, spot: Spot) => {
    if (condition !== undefined) found.push({ condition, spot });
  };
  for (const plan of content.plans) {
    const { workflow } = plan;
    add(plan.enroll?.if, { workflow, path: "enroll", keys: ["if"] });
    for (const match of plan.enroll?.when ?? []) add(match.if, { workflow, path: "enroll", keys: ["when"] });
    plan.exits.forEach((exit, index) => {
      if ("if" in exit) add(exit.if, { workflow, path: `exit.${index}`, keys: ["if"] });
    });
    for (const step of stepsOf(plan)) {
      add(step.if, { workflow, path: step.path, keys: ["if"] });
      if (step.verb === "choose") for (const one of step.cases) add(one.if, { workflow, path: one.path, keys: ["if"] });
      if (step.verb === "do") add(step.until, { workflow, path: step.path, keys: ["until"] });
      if (step.verb === "wait_for") add(step.awaits, { workflow, path: step.path, keys: ["wait_for"] });
    }
  }
  for (const rule of content.rules) {
    add(rule.when, { section: "triggers", id: rule.id, keys: ["when"] });
    add(rule.if, { section: "triggers", id: rule.id, keys: ["if"] });
  }
  for (const segment of content.segments) add(segment.if, { section: "segments", id: segment.id, keys: ["if"] });
  return found;
}

export function leavesOf(condition: Condition): readonly Leaf[] {
  if ("subject" in condition) return [condition];
  if ("all" in condition) return condition.all.flatMap(leavesOf);
  if ("any" in condition) return condition.any.flatMap(leavesOf);
  if ("of" in condition) return condition.of.flatMap(leavesOf);
  return "not" in condition ? leavesOf(condition.not) : [];
}

/** Texts that a condition compares a subject with. */
export const wordsOf = (condition: Condition, subject: string): readonly string[] =>
  leavesOf(condition)
    .filter((leaf) => leaf.subject === subject)
    .flatMap(({ tests }) => tests.flatMap(({ value }) => (Array.isArray(value) ? value : [value])))
    .filter((value): value is string => typeof value === "string");

export const eventsOf = (plan: Plan): readonly EventMatch[] => [
  ...(plan.enroll?.when ?? []),
  ...(plan.goal?.when ?? []),
  ...plan.exits.flatMap((exit) => ("when" in exit ? exit.when : [])),
  ...plan.pauses.flatMap(({ when }) => when),
  ...stepsOf(plan).flatMap((step) => (step.verb === "wait_for" ? step.events : [])),
];

/** What a template says to a lead, and by which of its keys. */
export const textsOf = ({ sms, whatsapp, email }: Template): readonly { keys: readonly string[]; text: string }[] =>
  [
    { keys: ["sms"], text: sms },
    { keys: ["whatsapp"], text: whatsapp },
    { keys: ["email", "subject"], text: email?.subject },
    { keys: ["email", "body"], text: email?.body },
    { keys: ["email", "html"], text: email?.html },
  ].flatMap(({ keys, text }) => (text === undefined ? [] : [{ keys, text }]));
