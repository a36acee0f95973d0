// Behavior rules: `triggers` to rules that fire, cool down and act, but never talk to a lead.

import type { Rule } from "../../behavior/index.ts";
import type { Condition } from "../condition.ts";
import type { OnError, RuleStep } from "../plan.ts";
import { ACTIONS, compileAction } from "./actions.ts";
import { compileCondition } from "./conditions.ts";
import { parseMillis } from "./duration.ts";
import type { Library } from "./library.ts";
import { behaviors, type Scope, scopeOf } from "./names.ts";
import { ON_ERROR, retriesOf } from "./retries.ts";
import { asMap, checkId, checkKeys, claimId, DOTTED, given, ID, millisOf, textOf } from "./shape.ts";
import { type Entry, entryOf, isText, type Node, shown } from "./source.ts";
import { expectedList } from "./tests.ts";
import { verbOf } from "./verbs.ts";

/** First pass: their ids, which `trigger.<id>` events name. */
export function declareRules(section: Node, { report, names }: Library): void {
  const map = asMap(section, '"triggers"', report);
  for (const entry of map?.entries ?? []) {
    const { key, place } = entry;
    if (!checkId(key, place, report) || !claimId("trigger", entry, names.rules, report)) continue;
    names.rules.set(key, place);
  }
}

export interface CompiledRule {
  readonly rule: Rule;
  readonly scope: Scope;
}

export function compileRules(section: Node, library: Library): CompiledRule[] {
  if (section.kind !== "map") return [];
  const own = section.entries.filter(({ key, place }) => library.names.rules.get(key) === place);
  return own.map((entry) => compileRule(entry, library)).filter((rule) => rule !== undefined);
}

const KEYS = ["name", "about", "when", "if", "levels", "cooldown", "guard", "do"];

function compileRule({ key: id, place, value }: Entry, library: Library): CompiledRule | undefined {
  const { report, names } = library;
  const map = asMap(value, `trigger "${id}"`, report);
  if (map === undefined) return undefined;
  checkKeys(map, "a trigger", KEYS, report);
  const scope = scopeOf("rule", report, names);
  const whenEntry = entryOf(map, "when");
  if (whenEntry === undefined) report.error("no-when", place, 'a rule needs "when", the pattern at which it fires.');
  const when = whenEntry === undefined ? undefined : compileCondition(whenEntry.value, scope);
  const reads = [...scope.reads];
  const ifEntry = entryOf(map, "if");
  const condition = ifEntry === undefined ? undefined : compileCondition(ifEntry.value, scope);
  const cooldown = cooldownOf(entryOf(map, "cooldown"), id, place, library);
  const levels = levelsOf(entryOf(map, "levels"), library);
  const guard = guardOf(entryOf(map, "guard"), library);
  const steps = stepsOf(entryOf(map, "do"), id, scope, library);
  const name = textOf(entryOf(map, "name"), report)?.value ?? id;
  if (when === undefined || cooldown === undefined || (ifEntry !== undefined && condition === undefined))
    return undefined;
  const rule: Rule = {
    id,
    name,
    when,
    wakes: wakesOf(when, reads, scope),
    ...cooldown,
    guard,
    do: steps,
    ...given<Pick<Rule, "if" | "levels">>({ if: condition, levels }),
  };
  return { rule, scope };
}

/** `7d`, or `7d per property.id`: one for each value. */
function cooldownOf(
  entry: Entry | undefined,
  id: string,
  place: Entry["place"],
  { report }: Library,
): Pick<Rule, "cooldown" | "cooldownPer"> | undefined {
  if (entry === undefined) {
    const message = 'a rule needs "cooldown"; a lead browsing for an hour would fire it at every view.';
    return report.error("no-cooldown", place, message);
  }
  const [length = "", per, ...more] = entry.value.kind === "scalar" ? entry.value.text.split(/\s+per\s+/) : [];
  const read = parseMillis(length);
  if (!("value" in read)) return report.error(read.code, entry.value.place, read.message);
  if (more.length > 0 || (per !== undefined && !DOTTED.test(per))) {
    return report.error("bad-value", entry.value.place, `"cooldown" of ${id} takes 7d, or 7d per property.id.`);
  }
  return { cooldown: read.value, ...given<{ cooldownPer?: string }>({ cooldownPer: per }) };
}

function levelsOf(entry: Entry | undefined, { report }: Library): Rule["levels"] | undefined {
  const map = entry === undefined ? undefined : asMap(entry.value, '"levels"', report);
  if (map === undefined) return undefined;
  const levels = map.entries.map((level) => ({ level: level.key, idle: millisOf(level, report) ?? 0 }));
  return levels.sort((a, b) => a.idle - b.idle);
}

function guardOf(entry: Entry | undefined, { report }: Library): Rule["guard"] {
  const map = entry === undefined ? undefined : asMap(entry.value, '"guard"', report);
  if (map === undefined) return {};
  checkKeys(map, '"guard"', ["agent_contact", "new_lead"], report);
  return given<Rule["guard"]>({
    newLead: millisOf(entryOf(map, "new_lead"), report),
    agentContact: millisOf(entryOf(map, "agent_contact"), report),
  });
}

// What a rule does -----------------------------------------------------------------------------------------------

function stepsOf(entry: Entry | undefined, id: string, scope: Scope, library: Library): readonly RuleStep[] {
  if (entry === undefined) return [];
  if (entry.value.kind !== "list") {
    expectedList("do", entry.value, scope);
    return [];
  }
  const steps = entry.value.items.map((item, index) => ruleStep(item, `${id}/do+${index + 1}`, id, scope, library));
  return steps.filter((step) => step !== undefined);
}

function ruleStep(item: Node, path: string, id: string, scope: Scope, library: Library): RuleStep | undefined {
  const { report } = library;
  if (item.kind !== "map") {
    return report.error("expected-map", item.place, `a step is a map, not ${shown(item)}.`);
  }
  const verb = verbOf(item, report);
  if (verb === undefined) return undefined;
  if (verb.key === "send") {
    const template = isText(verb.value) && ID.test(verb.value.value) ? verb.value.value : id;
    const message = `a rule cannot send. Start a workflow: { start: ${template} }`;
    return report.error("rule-sends", verb.place, message);
  }
  if (!ACTIONS.includes(verb.key)) {
    const message = `a rule takes only steps that neither wait nor send: ${ACTIONS.join(", ")}.`;
    return report.error("rule-waits", verb.place, message);
  }
  const onError = retryOf(entryOf(item, "on_error"), library);
  const byHand = entryOf(item, "on_error") !== undefined && onError === undefined;
  const ifEntry = entryOf(item, "if");
  const condition = ifEntry === undefined ? undefined : compileCondition(ifEntry.value, scope);
  const action = compileAction(verb, item, { scope, source: library.source });
  if (action === undefined || byHand || (ifEntry !== undefined && condition === undefined)) return undefined;
  const idEntry = entryOf(item, "id");
  const named = textOf(idEntry, report);
  const name = verb.key === "opportunity" ? undefined : textOf(entryOf(item, "name"), report)?.value;
  const known = named !== undefined && checkId(named.value, named.place, report) ? `${id}/${named.value}` : path;
  return {
    path: known,
    ...given<Pick<RuleStep, "if" | "name" | "onError">>({ if: condition, name, onError }),
    ...action,
  } as RuleStep;
}

/** How often a rule's step is tried again. What follows is nothing: a rule has no steps to go on with. */
function retryOf(entry: Entry | undefined, { report }: Library): OnError | undefined {
  if (entry === undefined) return undefined;
  const map = asMap(entry.value, '"on_error"', report);
  const then = map === undefined ? undefined : entryOf(map, "then");
  if (then !== undefined && !(then.value.kind === "scalar" && then.value.value === "continue")) {
    return report.error("out-of-place", then.place, '"then" is for workflows: a rule\'s step that fails is given up.');
  }
  return map === undefined ? undefined : { ...retriesOf(map, report, ON_ERROR), then: "continue" };
}

// What wakes it --------------------------------------------------------------------------------------------------

/** Event types that could make the pattern true. `lead.idle` alone wakes on nothing: its instant is computed. */
function wakesOf(when: Condition, reads: readonly string[], scope: Scope): readonly string[] {
  const wakes = new Set(eventsIn(when));
  for (const subject of reads) for (const event of causes(subject, scope)) wakes.add(event);
  return [...wakes].sort();
}

function eventsIn(condition: Condition): readonly string[] {
  if ("history" in condition) return [condition.history.event];
  if ("all" in condition) return condition.all.flatMap(eventsIn);
  if ("any" in condition) return condition.any.flatMap(eventsIn);
  if ("of" in condition) return condition.of.flatMap(eventsIn);
  return "not" in condition ? eventsIn(condition.not) : [];
}

const OF_PROFILE = [
  "contact.created",
  "contact.updated",
  "tag.added",
  "tag.removed",
  "field.changed",
  "consent.changed",
];
const CAUSES: Readonly<Record<string, readonly string[]>> = {
  contact: OF_PROFILE,
  agent: OF_PROFILE,
  opportunity: [
    "opportunity.created",
    "opportunity.stage_changed",
    "opportunity.won",
    "opportunity.lost",
    "opportunity.abandoned",
  ],
  appointment: [
    "appointment.booked",
    "appointment.moved",
    "appointment.canceled",
    "appointment.missed",
    "appointment.held",
  ],
};

function causes(subject: string, scope: Scope): readonly string[] {
  const [root = ""] = subject.split(".");
  if (subject === "lead.idle" || subject === "lead.age" || root === "time" || root === "trigger") return [];
  if (root === "lead") return subject.startsWith("lead.consent") ? ["consent.changed"] : behaviors(scope.names);
  if (root === "event") return [];
  return CAUSES[root] ?? [];
}
