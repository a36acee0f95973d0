// The location itself: its people, fields, pipelines and opportunities.

import { COMPANY_ID, locationRecord, PIPELINE, USERS } from "./catalog.ts";
import type { Crm } from "./crm.ts";
import { type Answered, type Call, created, failure, type Operation, ok } from "./operation.ts";
import type { CustomField, Opportunity } from "./records.ts";

const VERSIONS = ["v3", "2021-07-28"];
const NOT_OURS = failure(401, "The token does not have access to this location.");

const inLocation =
  (act: (call: Call) => Answered) =>
  (call: Call): Answered =>
    call.path[0] === call.crm.location.id ? act(call) : NOT_OURS;

function addField({ crm, body }: Call): Answered {
  const name = String(body["name"]);
  const field: CustomField = {
    id: crm.nextId("customField"),
    name,
    fieldKey: `contact.${name.toLowerCase().replace(/\W+/g, "_")}`,
    dataType: String(body["dataType"]),
    model: body["model"] === "opportunity" ? "opportunity" : "contact",
    position: (crm.customFields.length + 1) * 50,
  };
  crm.customFields.push(field);
  return created({ customField: { ...field, locationId: crm.location.id } });
}

function shown(crm: Crm, opportunity: Opportunity) {
  const contact = crm.contacts.get(opportunity.contactId);
  return {
    ...opportunity,
    locationId: crm.location.id,
    lastStageChangeAt: opportunity.updatedAt,
    contact: {
      id: opportunity.contactId,
      name: contact?.name ?? "",
      ...(contact?.email === undefined ? {} : { email: contact.email }),
      ...(contact?.phone === undefined ? {} : { phone: contact.phone }),
      tags: contact?.tags ?? [],
    },
  };
}

/** v3 asks with `locationId` and `contactId`, the dated version with `location_id` and `contact_id`. */
function search({ crm, query }: Call): Answered {
  const of = (name: string) =>
    query.get(name) ?? query.get(name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  if (of("locationId") !== crm.location.id) return NOT_OURS;
  const contact = of("contactId");
  const status = query.get("status");
  const found = [...crm.opportunities.values()].filter(
    (opportunity) =>
      (contact === null || opportunity.contactId === contact) &&
      (status === null || status === "all" || opportunity.status === status),
  );
  const limit = Math.min(Number(query.get("limit") ?? 20), 100);
  const page = Math.max(1, Number(query.get("page") ?? 1));
  return ok({
    opportunities: found.slice((page - 1) * limit, page * limit).map((opportunity) => shown(crm, opportunity)),
    meta: { total: found.length, currentPage: page },
  });
}

const withOpportunity =
  (act: (opportunity: Opportunity, call: Call) => Answered) =>
  (call: Call): Answered => {
    const opportunity = call.crm.opportunities.get(call.path[0] ?? "");
    return opportunity === undefined ? failure(400, "Opportunity not found") : act(opportunity, call);
  };

export const locationOperations: readonly Operation[] = [
  {
    method: "GET",
    path: "/locations/:location",
    scope: "locations.readonly",
    versions: VERSIONS,
    act: inLocation(({ crm }) => ok({ location: locationRecord(crm.location) })),
  },
  {
    method: "GET",
    path: "/locations/:location/customFields",
    scope: "locations/customFields.readonly",
    versions: VERSIONS,
    act: inLocation(({ crm, query }) => {
      const model = query.get("model") ?? "all";
      const fields = crm.customFields.filter((field) => model === "all" || field.model === model);
      return ok({ customFields: fields.map((field) => ({ ...field, locationId: crm.location.id })) });
    }),
  },
  {
    method: "POST",
    path: "/locations/:location/customFields",
    scope: "locations/customFields.write",
    versions: VERSIONS,
    body: {
      required: ["name", "dataType"],
      properties: {
        name: "string",
        dataType: "string",
        placeholder: "string",
        acceptedFormat: "array",
        isMultipleFile: "boolean",
        maxNumberOfFiles: "number",
        textBoxListOptions: "array",
        position: "number",
        model: "string",
      },
    },
    act: inLocation(addField),
  },
  {
    method: "GET",
    path: "/locations/:location/tags",
    scope: "locations/tags.readonly",
    versions: VERSIONS,
    act: inLocation(({ crm }) => {
      const names = new Set([...crm.contacts.values()].flatMap(({ tags }) => tags));
      return ok({ tags: [...names].map((name) => ({ id: `tag-${name}`, name, locationId: crm.location.id })) });
    }),
  },
  {
    method: "GET",
    path: "/users/search",
    scope: "users.readonly",
    versions: VERSIONS,
    query: { required: ["companyId"] },
    act: ({ crm, query }) => {
      if (query.get("companyId") !== COMPANY_ID) return ok({ users: [], count: 0 });
      const users = USERS.map((user) => ({
        ...user,
        roles: { type: "account", role: "user", locationIds: [crm.location.id] },
      }));
      return ok({ users, count: users.length });
    },
  },
  {
    method: "GET",
    path: "/opportunities/pipelines",
    scope: "opportunities.readonly",
    versions: VERSIONS,
    query: { required: ["locationId"] },
    act: ({ crm }) =>
      ok({
        pipelines: [{ ...PIPELINE, locationId: crm.location.id, showInFunnel: true, showInPieChart: true }],
      }),
  },
  { method: "GET", path: "/opportunities/search", scope: "opportunities.readonly", versions: VERSIONS, act: search },
  {
    method: "GET",
    path: "/opportunities/:opportunity",
    scope: "opportunities.readonly",
    versions: VERSIONS,
    act: withOpportunity((opportunity, { crm }) => ok({ opportunity: shown(crm, opportunity) })),
  },
  {
    method: "PUT",
    path: "/opportunities/:opportunity",
    scope: "opportunities.write",
    versions: VERSIONS,
    body: {
      required: [],
      properties: {
        pipelineId: "string",
        name: "string",
        pipelineStageId: "string",
        status: "string",
        monetaryValue: "number",
        forecastExpectedCloseDate: "string",
        forecastProbability: "number",
        assignedTo: "string",
        customFields: "array",
      },
    },
    act: withOpportunity((opportunity, { crm, body }) =>
      ok({
        opportunity: shown(crm, crm.updateOpportunity(opportunity, body as Parameters<Crm["updateOpportunity"]>[1])),
      }),
    ),
  },
];
