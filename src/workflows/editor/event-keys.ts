// Events: a name, or a name with conditions on its properties.

import { BUILT_IN } from "../../events/index.ts";
import {
  clock,
  condition,
  DOTTED,
  DOTTED_MESSAGE,
  type Key,
  type Keys,
  key,
  listOf,
  number,
  patterned,
  properties,
  type Schema,
  TEXT,
} from "./json-schema.ts";
import type { Vocabulary } from "./vocabulary.ts";

const NARROWED: Schema = { type: ["object", "null"], allOf: [{ $ref: "#/definitions/condition_on_event" }] };

const plain = (event: string, carried: readonly string[]): Key => {
  const [property = "channel"] = carried;
  return key(
    carried.length === 0 ? "An event." : `An event. It carries ${carried.join(", ")}.`,
    `${event}: { ${property}: value }`,
    NARROWED,
  );
};

const crossing = (event: string): Key =>
  key("Once per crossing.", `${event}: { above: 0.7 }`, {
    type: ["object", "null"],
    additionalProperties: false,
    properties: properties({
      above: key("Rose to this or above.", "above: 0.7", number(0, 1)),
      below: key("Fell below this.", "below: 0.3", number(0, 1)),
    }),
  });

const SCHEDULE: Keys = {
  days: key("On these weekdays; without it, every day.", "days: [mon, thu]", {
    type: ["string", "array"],
    items: { enum: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] },
    minItems: 1,
  }),
  at: key("At this local time of the lead.", 'at: "09:00"', clock),
};
const DATE: Keys = {
  field: key("A date of the lead's own.", "field: contact.custom.lease_end", TEXT),
  offset: key(
    "How far from it, before with a minus.",
    "offset: -60d",
    patterned("^\\s*[+-]?\\s*\\d+.*$", "A duration, such as -60d."),
  ),
  at: key("At this local time.", 'at: "10:00"', clock),
};

/** Only `enroll` knows these two. */
const OF_ENROLL: Keys = {
  schedule: key("Sweeps the leads for whom `if` holds.", 'schedule: { days: [mon], at: "09:00" }', {
    type: "object",
    additionalProperties: false,
    required: ["at"],
    properties: properties(SCHEDULE),
  }),
  "date.reached": key(
    "A date of the lead's own comes near.",
    "date.reached: { field: contact.custom.lease_end, offset: -60d }",
    {
      type: "object",
      additionalProperties: false,
      required: ["field"],
      properties: properties(DATE),
    },
  ),
};

const eventKeys = (here: Vocabulary): Keys => ({
  ...Object.fromEntries(Object.entries(BUILT_IN.events).map(([event, carried]) => [event, plain(event, carried)])),
  ...Object.fromEntries(
    here.events.filter((event) => !(event in BUILT_IN.events)).map((event) => [event, plain(event, [])]),
  ),
  "score.crossed": crossing("score.crossed"),
  "churn.crossed": crossing("churn.crossed"),
});

/** Every event that exists here, for completion. */
export const eventNames = (here: Vocabulary): readonly string[] => [
  ...new Set([...Object.keys(BUILT_IN.events), ...here.events, ...here.triggers.map((id) => `trigger.${id}`)]),
];

const named = (here: Vocabulary): Schema => ({
  pattern: DOTTED,
  patternErrorMessage: DOTTED_MESSAGE,
  examples: eventNames(here),
});

/** One event or several, any of which counts. */
function eventsOf(here: Vocabulary, more: Keys = {}): Schema {
  const object: Schema = {
    properties: properties({ ...eventKeys(here), ...more }),
    patternProperties: { [DOTTED]: {} },
    additionalProperties: false,
  };
  return {
    ...named(here),
    type: ["string", "array", "object"],
    minItems: 1,
    items: { ...named(here), type: ["string", "object"], ...object },
    ...object,
  };
}

const enrollEvents = (here: Vocabulary): Schema => eventsOf(here, OF_ENROLL);

/** What `wait_for` takes: events, or a fact, or several of either. */
function awaitedOf(here: Vocabulary): Schema {
  const fact: Keys = { if: key("Until this holds.", "if: { lead.score: { at_least: 0.7 } }", condition) };
  const { items } = eventsOf(here, fact);
  return eventsOf(here, {
    ...fact,
    any: key(
      "Any of these.",
      "any: [appointment.booked, { if: { lead.score: { at_least: 0.7 } } }]",
      listOf(items as Schema),
    ),
    all: key("All of these.", "all: [email.opened, document.downloaded]", listOf(items as Schema)),
  });
}

export const eventName = (here: Vocabulary): Schema => ({ type: "string", ...named(here) });

/** Said once each, because every list of events is long. */
export const eventDefinitions = (here: Vocabulary): Readonly<Record<string, Schema>> => ({
  events: eventsOf(here),
  events_of_enroll: enrollEvents(here),
  events_awaited: awaitedOf(here),
});
export const EVENTS: Schema = { $ref: "#/definitions/events" };
export const EVENTS_OF_ENROLL: Schema = { $ref: "#/definitions/events_of_enroll" };
export const EVENTS_AWAITED: Schema = { $ref: "#/definitions/events_awaited" };
