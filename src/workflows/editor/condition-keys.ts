// Conditions: the words, the subjects, the operators.

import { ALL_OPERATORS, type Subject, type SubjectType, subjectNamed, subjectNames } from "../compile/subjects.ts";
import {
  condition,
  FLAG,
  id,
  type Keys,
  key,
  known,
  length,
  properties,
  SCALAR,
  type Schema,
  TEXT,
  whole,
} from "./json-schema.ts";
import type { Vocabulary } from "./vocabulary.ts";

const OPERAND: Schema = { type: ["string", "number", "boolean", "object"] };
const LIST: Schema = { type: "array", minItems: 1, items: SCALAR };

const OPERATOR_WORDS: Readonly<Record<string, readonly [about: string, example: string, value: Schema]>> = {
  equals: ["Is this.", "equals: Austin", OPERAND],
  not_equals: ["Is something else. Empty is unknown.", "not_equals: Austin", OPERAND],
  greater_than: ["Is more.", "greater_than: 500000", OPERAND],
  less_than: ["Is less.", "less_than: 0.3", OPERAND],
  at_least: ["Is as much or more.", "at_least: 0.7", OPERAND],
  at_most: ["Is as much or less.", "at_most: 6", OPERAND],
  between: [
    "From low to high; overnight for `time.local` only.",
    'between: "09:00-17:00"',
    { type: ["string", "array"] },
  ],
  contains: ["Text ignoring case; in a list, a whole element.", "contains: Investor", OPERAND],
  not_contains: ["Does not contain.", "not_contains: Investor", OPERAND],
  in: ["Is one of these.", "in: [Zillow, Realtor.com]", LIST],
  not_in: ["Is none of these. Empty is unknown.", "not_in: [Zillow]", LIST],
  starts_with: ["Begins with.", "starts_with: 787", OPERAND],
  ends_with: ["Ends with.", "ends_with: '@example.com'", OPERAND],
  matches: ["A pattern of RE2.", "matches: '^[A-Z]'", OPERAND],
  exists: ["Whether there is a value at all. Never unknown.", "exists: false", FLAG],
  is_true: ["Is true.", "is_true: true", FLAG],
  is_false: ["Is false.", "is_false: true", FLAG],
  rose_by: ["Rose by so much since a step.", "rose_by: 0.2", { type: "number" }],
  fell_by: ["Fell by so much since a step.", "fell_by: 0.2", { type: "number" }],
  changed: ["The event in hand changed it.", "changed: true", FLAG],
};

export const operatorKeys: Keys = {
  ...Object.fromEntries(
    ALL_OPERATORS.map((name) => {
      const [about, example, value] = OPERATOR_WORDS[name] ?? ["", `${name}: true`, {}];
      return [name, key(about, example, value)];
    }),
  ),
  if_missing: key("What a missing value counts as; without it, unknown.", "if_missing: true", FLAG),
  since: key("With `rose_by` and `fell_by`: the step since which.", "since: welcome", TEXT),
};

/** One object that all subjects share; it says nothing of scalars and lists, which are `equals` and `in`. */
export const operators: Schema = { additionalProperties: false, properties: properties(operatorKeys) };

export const historyKeys: Keys = {
  count: key("How often: `3` is at least three; or an operator.", "count: 3", {
    type: ["integer", "object"],
    minimum: 1,
    maximum: 500,
    additionalProperties: false,
    properties: properties(operatorKeys),
  }),
  within: key("A sliding window that ends now; at most 90d.", "within: 24h", length),
  since: key("From the enrollment, or from where a step was entered.", "since: enrolled", TEXT),
  where: key("Only events with such properties.", "where: { property.price: { at_least: 500000 } }", {
    $ref: "#/definitions/condition_on_event",
  }),
  distinct: key("Counts different values of a property.", "distinct: property.id", TEXT),
  same: key("Some one value of a property reaches the count.", "same: property.id", TEXT),
  sum: key("Adds up a property; with an operator beside it.", "sum: seconds", TEXT),
  after_silence: key("The first after so long without any.", "after_silence: 14d", length),
  not_followed_by: key("And this did not follow within the window.", "not_followed_by: form.submitted", TEXT),
  if_missing: key("History is never unknown; accepted for symmetry.", "if_missing: false", FLAG),
};

export const history: Schema = {
  type: "object",
  additionalProperties: false,
  properties: { ...properties(operatorKeys), ...properties(historyKeys) },
};

const conditions: Schema = { type: "array", items: condition, minItems: 1 };

export const conditionWords = (here: Vocabulary): Keys => ({
  all: key("All of these hold.", "all: [{ contact.city: Austin }, { lead.score: { at_least: 0.5 } }]", conditions),
  any: key("At least one of these holds.", "any: [{ contact.city: Austin }, { contact.city: Dallas }]", conditions),
  not: key("This does not hold. Not unknown is unknown.", "not: { contact.tags: { contains: Agent } }", condition),
  at_least: key("So many of the conditions in `of` hold.", "at_least: 2", whole(1, 100)),
  of: key(
    "With `at_least`: what it counts in.",
    "of: [{ contact.city: Austin }, { contact.source: Zillow }]",
    conditions,
  ),
  segment: key("The lead is in this segment.", "segment: luxury", known(here.segments, id)),
});

const ABOUTS: Readonly<Record<string, string>> = {
  "contact.tags": "The contact's tags.",
  "lead.score": "Standing from 0 to 1.",
  "lead.chance":
    "Calibrated probability, from 0 to 1, of what this location's chance foretells: an appointment within 30 days, or a deal won.",
  "lead.churn": "Risk of losing them, from 0 to 1.",
  "lead.engagement": "How much they do lately, from 0 to 1.",
  "lead.qualification": "How ready they are, from 0 to 1.",
  "lead.idle": "Time since they last did something.",
  "lead.age": "Time since the contact was created.",
  "lead.tier": "hot, warm or cold.",
  "lead.best_channel": "Where they answer best.",
  "run.age": "Time since the enrollment.",
  "run.pass": "Which pass of the loop around this, from 1.",
  "time.local": "The lead's time of day.",
  "time.weekday": "The lead's weekday.",
  "time.date": "The lead's date.",
  "time.business_hours": "Whether the house is open now.",
  "trigger.level": "How far a rule's pattern has gone.",
};

const EXAMPLES: Readonly<Record<SubjectType, string>> = {
  text: "Austin",
  number: "{ at_least: 0.7 }",
  money: "{ at_least: 500000 }",
  boolean: "true",
  list: "{ contains: Investor }",
  instant: "{ exists: true }",
  date: "'2026-12-24'",
  day: "'2026-12-24'",
  duration: "{ at_least: 7d }",
  time: '{ between: "09:00-17:00" }',
  weekday: "[mon, tue]",
  any: "{ exists: true }",
};

const KINDS: Readonly<Record<SubjectType, string>> = {
  text: "A text",
  number: "A number",
  money: "An amount of money",
  boolean: "True or false",
  list: "A list",
  instant: "An instant",
  date: "A date",
  day: "A date",
  duration: "A duration",
  time: "A time of day",
  weekday: "A weekday",
  any: "A value",
};

/** Keywords apply by type: a scalar is `equals`, a list is `in`, an object takes the operators. */
const LEAF: Schema = {
  type: ["string", "number", "boolean", "array", "object"],
  allOf: [{ $ref: "#/definitions/operators" }],
};

function subjectKey(name: string, subject: Subject) {
  const about = ABOUTS[name] ?? `${KINDS[subject.type]}.`;
  const empty = subject.optional ? " Can be empty: then a test of it is unknown." : "";
  const example = subject.values?.[0] ?? EXAMPLES[subject.type];
  const value = subject.values === undefined ? LEAF : { ...LEAF, examples: subject.values };
  return key(`${about}${empty}`, `${name}: ${example}`, value);
}

const subjectKeys = (here: Vocabulary): Keys => {
  const builtIn = [...subjectNames()].map((name) => [name, subjectKey(name, subjectNamed(name) as Subject)]);
  const own = here.fields.map((name) => [
    name,
    key("A field of this folder or location.", `${name}: { exists: true }`, LEAF),
  ]);
  return Object.fromEntries([...own, ...builtIn]);
};

const behaviorKeys = (here: Vocabulary): Keys =>
  Object.fromEntries(
    here.events.map((event) => {
      const name = `behavior.${event}`;
      return [
        name,
        key(`How often: ${event}.`, `${name}: { count: 1, within: 7d }`, { $ref: "#/definitions/history" }),
      ];
    }),
  );

export const conditionOf = (here: Vocabulary): Schema => ({
  type: "object",
  minProperties: 1,
  additionalProperties: false,
  properties: properties({ ...conditionWords(here), ...subjectKeys(here), ...behaviorKeys(here) }),
  patternProperties: {
    "^(contact\\.custom|step|vars|inputs|event)\\.": LEAF,
    "^behavior\\.": { $ref: "#/definitions/history" },
    // A folder may declare further fields of the contact. Where its names are known, they are listed above.
    ...(here.fields.length === 0 ? { "^contact\\.[a-z0-9_]+$": LEAF } : {}),
  },
});

/** Conditions on the properties of one event, named by bare words. */
export const propertiesOf: Schema = {
  type: "object",
  minProperties: 1,
  properties: properties({
    all: key("All of these hold.", "all: [{ tag: Luxury }]", {
      type: "array",
      items: { $ref: "#/definitions/condition_on_event" },
    }),
    any: key("At least one holds.", "any: [{ tag: Luxury }]", {
      type: "array",
      items: { $ref: "#/definitions/condition_on_event" },
    }),
    not: key("This does not hold.", "not: { tag: Luxury }", { $ref: "#/definitions/condition_on_event" }),
  }),
  additionalProperties: LEAF,
};
