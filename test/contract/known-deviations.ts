// Where the published documents are wrong about the API they describe. Each entry corrects its document before the
// contract is judged, so that an update of the documents shows up here. Nothing of ours is excused by this list.

import type { Json, Version } from "./specification.ts";

export interface Deviation {
  readonly resource:
    | "calendars"
    | "contacts"
    | "conversations"
    | "locations"
    | "marketplace"
    | "oauth"
    | "opportunities"
    | "users"
    | "workflows";
  readonly versions: readonly Version[];
  readonly reason: string;
  correct(document: Json): void;
}

const BOTH = ["v2", "v3"] as const;

const schemaOf = (document: Json, name: string) => {
  const schema = document.components.schemas[name];
  if (schema === undefined) throw new Error(`the document has no schema ${name} any more: this deviation is stale`);
  return schema;
};
const optional = (schema: Json, ...names: string[]) => {
  schema.required = (schema.required ?? []).filter((name: string) => !names.includes(name));
};

export const DEVIATIONS: readonly Deviation[] = [
  {
    resource: "conversations",
    versions: BOTH,
    reason:
      "Sending requires `subType` (an object) and `status`; the API takes a message without either, and the site's newer page no longer has `subType`.",
    correct: (document) => optional(schemaOf(document, "SendMessageBodyDto"), "subType", "status"),
  },
  {
    resource: "opportunities",
    versions: BOTH,
    reason:
      "Searching requires `query`, `page`, `searchAfter` and `additionalDetails` at once; the guide that the document links to requires the location and the limit, and forbids a page beside a cursor. A cursor's items are called texts; its own example begins with a number.",
    correct: (document) => {
      const body = schemaOf(document, "OpportunitySearchBodyDTO");
      optional(body, "query", "page", "searchAfter", "additionalDetails");
      body.properties.searchAfter = { type: "array", items: {} };
    },
  },
  {
    resource: "calendars",
    versions: BOTH,
    reason: "The stamps of an event are typed as objects; its own examples are texts.",
    correct: (document) => {
      const event = schemaOf(document, "CalendarEventDTO");
      for (const name of ["startTime", "endTime", "dateAdded", "dateUpdated"])
        event.properties[name] = { type: "string" };
    },
  },
  {
    resource: "opportunities",
    versions: BOTH,
    reason:
      "A pipeline's `stages` are typed as lists of lists of nothing; the API answers a list of objects with id and name.",
    correct: (document) => {
      schemaOf(document, "PipelinesResponseSchema").properties.stages = { type: "array", items: { type: "object" } };
    },
  },
  {
    resource: "oauth",
    versions: ["v3"],
    reason:
      "The token endpoint in camel case and with a Version header stands in this file alone; the site's newer page and the dated document show the standard's snake case without one. The standard's form is the one that is judged.",
    correct(document) {
      const body = schemaOf(document, "GetAccessTokenBodyDto");
      const answer = schemaOf(document, "GetAccessTokenSuccessfulResponseDto");
      for (const schema of [body, answer]) schema.properties = snaked(schema.properties);
      body.required = body.required.map(snake);
      const operation = document.paths["/oauth/token"].post;
      operation.parameters = operation.parameters.filter(({ name }: Json) => name !== "Version");
    },
  },
];

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
/** What OAuth itself names; the CRM's own members of the answer are camel case everywhere. */
const STANDARD =
  /^(access_token|token_type|expires_in|refresh_token|client_id|client_secret|grant_type|user_type|redirect_uri)$/;
const snaked = (properties: Json): Json =>
  Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [STANDARD.test(snake(name)) ? snake(name) : name, value]),
  );
