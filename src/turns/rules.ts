// Behavior rules in a turn: how their conditions are answered, and what follows when one fires.

import type { Firing, PassedRule, Rule } from "../behavior/index.ts";
import type { LeadEvent } from "../events/index.ts";
import type { Link } from "../insights/index.ts";
import { idFrom } from "../kernel/ids.ts";
import type { JsonObject } from "../kernel/json.ts";
import { DAY } from "../kernel/time.ts";
import { type Condition, evaluate, type RuleStep, type Truth, withEvent } from "../workflows/index.ts";
import { count, type Desk, derive } from "./desk.ts";
import { carryOut } from "./effects.ts";
import { factsOf } from "./facts.ts";
import { renderLine } from "./texts.ts";
import { eventLink, present, scoreLink, timerLink } from "./trace.ts";

/** Answers a condition of a rule: the lead's facts, the event in hand, the level that is about to be named. */
export function holdsFor(
  desk: Desk,
): (condition: Condition, event?: LeadEvent, trigger?: { readonly level: string }) => Truth {
  const facts = factsOf(desk);
  return (condition, event, trigger) => {
    const lead =
      trigger === undefined
        ? facts
        : {
            ...facts,
            value: (subject: string) => (subject === "trigger.level" ? trigger.level : facts.value(subject)),
          };
    return evaluate(condition, event === undefined ? lead : withEvent(lead, event));
  };
}

/** A firing becomes the event `trigger.<rule>` of this turn, a decision, and the rule's own steps. */
export function applyFirings(
  desk: Desk,
  firings: readonly Firing[],
  event: LeadEvent | undefined,
  depth: number,
): void {
  for (const firing of firings) {
    const rule = ruleOf(desk, firing.rule);
    const trigger = derive(
      desk,
      {
        type: `trigger.${firing.rule}`,
        at: firing.at,
        data: {
          reasons: firing.reasons,
          evidence: firing.evidence,
          ...(firing.level === undefined ? {} : { level: firing.level }),
        },
      },
      `${event?.id ?? "clock"}:${firing.rule}:${firing.at}`,
      depth + 1,
    );
    count(desk, "rule.fired", firing.rule);
    desk.drafts.push({
      at: desk.clock,
      kind: "rule",
      verdict: "fired",
      links: [
        event === undefined ? timerLink("silence", firing.at) : eventLink(event),
        firedLink(rule, firing),
        ...(desk.score === undefined ? [] : [scoreLink(desk.score, desk.clock)]),
      ],
    });
    for (const step of rule?.do ?? []) doStep(desk, firing, step, trigger);
  }
}

/** A rule whose pattern held but that a cooldown or a guard kept quiet: also a decision. */
export function passRules(desk: Desk, passed: readonly PassedRule[], event: LeadEvent | undefined): void {
  for (const { rule, code, values } of passed) {
    if (code === "rule.short") continue;
    desk.drafts.push({
      at: desk.clock,
      kind: "rule",
      verdict: "not_fired",
      links: [
        event === undefined ? timerLink("silence", desk.clock) : eventLink(event),
        {
          kind: "rule",
          status: "off",
          code,
          values: { ...values, rule, name: ruleOf(desk, rule)?.name ?? rule },
          evidence: { type: "rule", id: rule },
        },
      ],
    });
  }
}

const ruleOf = (desk: Desk, id: string): Rule | undefined =>
  desk.scene.publication.rules.find((rule) => rule.id === id);

const firedLink = (rule: Rule | undefined, firing: Firing): Link => ({
  kind: "rule",
  status: "done",
  code: "rule.fired",
  values: {
    rule: firing.rule,
    name: rule?.name ?? firing.rule,
    reasons: firing.reasons,
    evidence: firing.evidence,
    ...present({
      level: firing.level,
      again: rule === undefined ? undefined : firing.at + rule.cooldown,
    }),
  },
  at: firing.at,
  evidence: { type: "rule", id: firing.rule },
});

function doStep(desk: Desk, firing: Firing, step: RuleStep, trigger: LeadEvent): void {
  const level = firing.level === undefined ? undefined : { level: firing.level };
  if (step.if !== undefined && holdsFor(desk)(step.if, trigger, level) !== true) return;
  const id = idFrom(trigger.id, step.path, step.verb);
  const text = (line: string): string => renderLine(desk, line, undefined, triggerFields(trigger));
  const { path } = step;
  switch (step.verb) {
    case "tag":
      carryOut(desk, { kind: "tag", id, path, add: step.add, remove: step.remove }, trigger);
      return;
    case "note":
      carryOut(desk, { kind: "note", id, path, text: text(step.text) }, trigger);
      return;
    case "task":
      carryOut(
        desk,
        {
          kind: "task",
          id,
          path,
          title: text(step.title),
          ...(step.body === undefined ? {} : { body: text(step.body) }),
          to: step.to,
          dueAt: desk.clock + step.due.ms + step.due.days * DAY,
        },
        trigger,
      );
  }
}

const triggerFields = (trigger: LeadEvent): JsonObject => ({ trigger: trigger.data });
