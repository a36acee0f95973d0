// Behavior rules in a turn: how their conditions are answered, and what follows when one fires.

import type { Firing, PassedRule, Rule } from "../behavior/index.ts";
import type { LeadEvent } from "../events/index.ts";
import type { Link } from "../insights/index.ts";
import { DAY } from "../kernel/time.ts";
import { type Condition, evaluate, type Truth, withEvent } from "../workflows/index.ts";
import { count, type Desk, derive } from "./desk.ts";
import { factsOf } from "./facts.ts";
import { doRuleStep } from "./rule-steps.ts";
import { eventLink, present, scoreLinks, timerLink } from "./trace.ts";

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
        ...scoreLinks(desk),
      ],
    });
    for (const step of rule?.do ?? []) doRuleStep(desk, step, trigger, event, depth + 1);
  }
}

/** A rule whose pattern held but that a cooldown or a guard kept quiet: also a decision. */
export function passRules(desk: Desk, passed: readonly PassedRule[], event: LeadEvent | undefined): void {
  for (const { rule, code, values } of passed) {
    if (code === "rule.short" || !first(desk, rule, code, values)) continue;
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

/** Passes of one rule that are told apart: one for each home it cools down for, at most. */
const MOST_PASSES = 50;

/** The first time in a period is a decision; the others are counted, for whoever asks why nothing happened. */
function first(desk: Desk, rule: string, code: PassedRule["code"], values: PassedRule["values"]): boolean {
  const told = typeof values["until"] === "number" ? values["until"] : (Math.floor(desk.clock / DAY) + 1) * DAY;
  const name = [rule, code, values["for"] ?? ""].join(" ");
  const before = desk.passes[name];
  const again = before !== undefined && before.until === told;
  const open = Object.entries(desk.passes).filter(([other, { until }]) => until > desk.clock && other !== name);
  const kept = open.slice(-(MOST_PASSES - 1));
  desk.passes = { ...Object.fromEntries(kept), [name]: { until: told, times: again ? before.times + 1 : 1 } };
  count(desk, "rule.passed", rule);
  return !again;
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
