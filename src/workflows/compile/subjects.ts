// Every fact a condition or a text may name, with its type. What is not here does not exist, and a typo is told so.

import type { Declared } from "../plan.ts";

export type SubjectType =
  | "text"
  | "number"
  | "money"
  | "boolean"
  | "list"
  | "instant"
  /** An ISO date as text. */
  | "date"
  /** A date the CRM keeps in a custom field: its midnight in UTC, in milliseconds. */
  | "day"
  | "duration"
  /** Minutes since local midnight. */
  | "time"
  | "weekday"
  /** A property of an event, whose type nobody declared. */
  | "any";

export interface Subject {
  readonly type: SubjectType;
  /** A lead may have no such value: a test of it can be unknown, and a text needs a default. */
  readonly optional: boolean;
  /** Lowest and highest value. */
  readonly range?: readonly [number, number];
  /** The only values it takes. */
  readonly values?: readonly string[];
}

const given = (type: SubjectType): Subject => ({ type, optional: false });
const maybe = (type: SubjectType): Subject => ({ type, optional: true });
const share: Subject = { type: "number", optional: false, range: [0, 1] };
const channel: Subject = { type: "text", optional: true, values: ["sms", "email", "whatsapp", "voice"] };

const CATALOG: ReadonlyMap<string, Subject> = new Map<string, Subject>([
  ["contact.id", given("text")],
  ["contact.name", given("text")],
  ["contact.first_name", maybe("text")],
  ["contact.last_name", maybe("text")],
  ["contact.email", maybe("text")],
  ["contact.phone", maybe("text")],
  ["contact.address", maybe("text")],
  ["contact.city", maybe("text")],
  ["contact.state", maybe("text")],
  ["contact.postal_code", maybe("text")],
  ["contact.country", maybe("text")],
  ["contact.company", maybe("text")],
  ["contact.website", maybe("text")],
  ["contact.source", maybe("text")],
  ["contact.time_zone", maybe("text")],
  ["contact.birthday", maybe("date")],
  ["contact.assigned_to", maybe("text")],
  ["contact.created_at", maybe("instant")],
  ["contact.tags", given("list")],
  ["agent.id", maybe("text")],
  ["agent.name", maybe("text")],
  ["agent.first_name", maybe("text")],
  ["agent.last_name", maybe("text")],
  ["agent.email", maybe("text")],
  ["agent.phone", maybe("text")],
  ["agent.city", maybe("text")],
  ["agent.available", maybe("boolean")],
  ["opportunity.id", maybe("text")],
  ["opportunity.name", maybe("text")],
  ["opportunity.pipeline", maybe("text")],
  ["opportunity.stage", maybe("text")],
  ["opportunity.status", { type: "text", optional: true, values: ["open", "won", "lost", "abandoned"] }],
  ["opportunity.value", maybe("money")],
  ["opportunity.changed_at", maybe("instant")],
  ["appointment.start", maybe("instant")],
  ["appointment.end", maybe("instant")],
  ["appointment.id", maybe("text")],
  ["appointment.calendar", maybe("text")],
  ["appointment.title", maybe("text")],
  ["appointment.status", maybe("text")],
  ["lead.score", share],
  ["lead.engagement", share],
  ["lead.qualification", share],
  ["lead.idle", given("duration")],
  ["lead.age", maybe("duration")],
  ["lead.tier", { type: "text", optional: false, values: ["hot", "warm", "cold"] }],
  ["lead.consent.sms", given("boolean")],
  ["lead.consent.email", given("boolean")],
  ["lead.opted_out", given("boolean")],
  ["lead.consent.whatsapp", given("boolean")],
  ["lead.consent.voice", given("boolean")],
  ["lead.chance", { ...share, optional: true }],
  ["lead.churn", { ...share, optional: true }],
  ["lead.best_channel", channel],
  ["run.age", given("duration")],
  ["run.pass", maybe("number")],
  ["run.goal_reached", given("boolean")],
  ["time.local", given("time")],
  ["time.weekday", { type: "weekday", optional: false, values: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] }],
  ["time.date", given("date")],
  ["time.business_hours", given("boolean")],
  ["trigger.level", maybe("text")],
]);

/** What may be asked of a step by its id: `step.<id>.opened`. */
export const STEP_FACTS: ReadonlyMap<string, Subject> = new Map<string, Subject>([
  ["ran", maybe("boolean")],
  ["outcome", maybe("text")],
  ["sent", maybe("boolean")],
  ["delivered", maybe("boolean")],
  ["opened", maybe("boolean")],
  ["clicked", maybe("boolean")],
  ["links", maybe("number")],
  ["replied", maybe("boolean")],
  ["timed_out", maybe("boolean")],
  ["channel", channel],
  ["at", maybe("instant")],
  ["elapsed", maybe("duration")],
  ["variant", maybe("text")],
]);

/** Types that `fields` may declare. */
export const FIELD_TYPES: readonly string[] = ["text", "number", "money", "boolean", "date", "list"];

/** What a workflow's own value is in a condition: dates stay text, as they were written. */
export const subjectOf = ({ type, in: values }: Declared): Subject => ({
  type,
  optional: true,
  ...(values?.every((value) => typeof value === "string") === true ? { values: values as readonly string[] } : {}),
});

/** Words people reach for that no spelling distance finds. */
const SYNONYMS: Readonly<Record<string, string>> = {
  "appointment.begin": "appointment.start",
  "appointment.time": "appointment.start",
  "appointment.date": "appointment.start",
  "contact.zip": "contact.postal_code",
  "contact.owner": "contact.assigned_to",
  "lead.rating": "lead.score",
};

/** Built-in facts by name; custom fields come from `fields` and are looked up by the caller first. */
export const subjectNamed = (name: string): Subject | undefined => CATALOG.get(name);

export const subjectNames = (): Iterable<string> => CATALOG.keys();

export const synonymOf = (name: string): string | undefined =>
  Object.hasOwn(SYNONYMS, name) ? SYNONYMS[name] : undefined;

/** Operators by the kind of thing they are applied to. */
const LIST = ["contains", "not_contains", "in", "not_in", "exists"];
const ORDER = ["equals", "not_equals", "greater_than", "less_than", "at_least", "at_most", "between", "in", "not_in"];
const TEXT = [
  "equals",
  "not_equals",
  "contains",
  "not_contains",
  "in",
  "not_in",
  "starts_with",
  "ends_with",
  "matches",
];
const CHANGE = ["rose_by", "fell_by"];
const OPERATORS: Readonly<Record<SubjectType, readonly string[]>> = {
  text: [...TEXT, "exists", "changed"],
  number: [...ORDER, "exists", "changed", ...CHANGE],
  money: [...ORDER, "exists", "changed", ...CHANGE],
  duration: [...ORDER, "exists"],
  boolean: ["equals", "not_equals", "is_true", "is_false", "exists", "changed"],
  list: [...LIST, "changed"],
  instant: ["greater_than", "less_than", "at_least", "at_most", "exists", "changed"],
  date: [...ORDER, "exists", "changed"],
  day: [...ORDER, "exists", "changed"],
  time: ["greater_than", "less_than", "at_least", "at_most", "between"],
  weekday: ["equals", "not_equals", "in", "not_in"],
  any: [...new Set([...ORDER, ...TEXT, "is_true", "is_false", "exists"])],
};

export const ALL_OPERATORS: readonly string[] = [
  "equals",
  "not_equals",
  "greater_than",
  "less_than",
  "at_least",
  "at_most",
  "between",
  "contains",
  "not_contains",
  "in",
  "not_in",
  "starts_with",
  "ends_with",
  "matches",
  "exists",
  "is_true",
  "is_false",
  "rose_by",
  "fell_by",
  "changed",
];

export const operatorsFor = (type: SubjectType): readonly string[] => OPERATORS[type];

/** How a type is called in a sentence, with its article, and in the plural. */
export const TYPE_WORDS: Readonly<Record<SubjectType, readonly [string, string]>> = {
  text: ["a text", "texts"],
  number: ["a number", "numbers"],
  money: ["an amount of money", "amounts of money"],
  boolean: ["a yes-or-no value", "yes-or-no values"],
  list: ["a list", "lists"],
  instant: ["an instant", "instants"],
  date: ["a date", "dates"],
  day: ["a date", "dates"],
  duration: ["a duration", "durations"],
  time: ["a time of day", "times of day"],
  weekday: ["a weekday", "weekdays"],
  any: ["this", "event properties"],
};
