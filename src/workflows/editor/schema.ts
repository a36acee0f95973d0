// The JSON Schema of a workflow file, draft-07: what an editor completes, explains and underlines while somebody
// types. The checker is the authority; this may be looser, never stricter.

import { conditionOf, history, operators, propertiesOf } from "./condition-keys.ts";
import { sectionKeys, workflowKeys } from "./document-keys.ts";
import { EVENTS_AWAITED, eventDefinitions, eventName } from "./event-keys.ts";
import { type Keys, properties, type Schema } from "./json-schema.ts";
import { BY_VERB, commonKeys, mannerKeys, SNIPPETS, verbKeys } from "./step-keys.ts";
import type { Vocabulary } from "./vocabulary.ts";

export const NOTHING_NAMED: Vocabulary = {
  workflows: [],
  groups: [],
  templates: [],
  triggers: [],
  segments: [],
  experiments: [],
  steps: [],
  fields: [],
  events: [],
  tags: [],
  pipelines: [],
  stages: [],
  people: [],
  crmWorkflows: [],
};

/** The schema of the language, with the names that exist `here` as completions. */
export function schemaOf(here: Vocabulary = NOTHING_NAMED): Schema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Latchkey workflow file",
    description: "One document: a workflow, a library, or both.",
    type: "object",
    additionalProperties: false,
    properties: properties({ ...workflowKeys(here), ...sectionKeys(here) }),
    definitions: {
      step: stepOf(here),
      step_of_variant: patchOf(here),
      condition: conditionOf(here),
      condition_on_event: propertiesOf,
      history,
      operators,
      ...eventDefinitions(here),
    },
  };
}

/** Every key of every step, in one flat table: which verb takes which is the checker's to say. */
export const stepKeys = (here: Vocabulary): Keys => ({
  ...mannerKeys(here),
  ...commonKeys,
  ...verbKeys(here, eventName(here), EVENTS_AWAITED),
});

const stepOf = (here: Vocabulary): Schema => ({
  type: "object",
  additionalProperties: false,
  minProperties: 1,
  properties: properties(stepKeys(here)),
  allOf: BY_VERB,
  defaultSnippets: Object.entries(SNIPPETS).map(([verb, body]) => ({
    label: verb,
    description: `A step that does "${verb}"`,
    body: { id: "${1:id}", ...body },
  })),
});

/** A variant: any keys of the step it replaces, so also none. */
const patchOf = (here: Vocabulary): Schema => ({
  type: "object",
  additionalProperties: false,
  properties: properties(stepKeys(here)),
});
