// The location itself: its people, fields, pipelines and opportunities.

import { CALENDAR_ID, locationRecord, PIPELINE, USERS, WORKFLOWS } from "./catalog.ts";
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
  const { dateAdded: _, ...rest } = opportunity;
  return {
    ...rest,
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
function search({ crm, query, visibleBefore }: Call): Answered {
  const of = (name: string) =>
    query.get(name) ?? query.get(name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  if (of("locationId") !== crm.location.id) return NOT_OURS;
  const contact = of("contactId");
  const pipeline = of("pipelineId");
  const status = query.get("status");
  const found = [...crm.opportunities.values()].filter(
    (opportunity) =>
      opportunity.createdAt <= crm.realStamp(visibleBefore) &&
      (pipeline === null || opportunity.pipelineId === pipeline) &&
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

/** By when they changed; a page's last record says where the next one begins. */
function searchAll({ crm, body, visibleBefore }: Call): Answered {
  if (body["locationId"] !== crm.location.id) return NOT_OURS;
  const limit = Number(body["limit"] ?? 20);
  if (!(limit >= 1 && limit <= 500)) return failure(422, ["limit must not be greater than 500"]);
  const after = body["searchAfter"] as [number, string] | undefined;
  const page = Number(body["page"] ?? 1);
  if (after === undefined && page * limit > 10_000)
    return failure(422, ["Pagination is limited to 10000 records: use searchAfter"]);
  const filters = (body["filters"] ?? []) as {
    field: string;
    operator: string;
    value: { gte?: number; lte?: number };
  }[];
  const unknown = filters.find(({ field, operator }) => field !== "date_updated" || operator !== "range");
  if (unknown !== undefined) return failure(422, [`Invalid filter field: ${unknown.field}`]);
  const sort = (body["sort"] ?? []) as { field: string; direction: string }[];
  const way = sort[0]?.direction === "asc" ? 1 : -1;
  const order = (a: [number, string], b: [number, string]) => way * (a[0] - b[0]) || (a[1] < b[1] ? -1 : 1);
  const found = [...crm.opportunities.values()]
    .map((opportunity) => ({
      opportunity,
      place: [Date.parse(opportunity.updatedAt), opportunity.id] as [number, string],
    }))
    .filter(({ opportunity: { id, createdAt } }) => Math.max(Date.parse(createdAt), crm.changedAt(id)) <= visibleBefore)
    .filter(({ place: [at] }) =>
      filters.every(({ value: { gte = 0, lte = Number.MAX_VALUE } }) => at >= gte && at <= lte),
    )
    .sort((a, b) => order(a.place, b.place));
  const rest =
    after === undefined
      ? found.slice((page - 1) * limit)
      : found.filter(({ place }) => place[1] !== after[1] && order(place, after) > 0);
  return ok({
    opportunities: rest.slice(0, limit).map(({ opportunity, place }) => ({ ...shown(crm, opportunity), sort: place })),
    total: found.length,
  });
}

const shownCalendar = (crm: Crm) => ({
  id: CALENDAR_ID,
  locationId: crm.location.id,
  name: "Home tours",
  isActive: true,
});

function calendarEvents({ crm, query }: Call): Answered {
  if (query.get("locationId") !== crm.location.id) return NOT_OURS;
  if (query.get("calendarId") === null && query.get("userId") === null && query.get("groupId") === null)
    return failure(422, ["Either of calendarId, userId or groupId is required"]);
  const [from, to] = [Number(query.get("startTime")), Number(query.get("endTime"))];
  const events = [...crm.appointments.values()].filter(({ calendarId, startTime }) => {
    const at = Date.parse(startTime);
    return calendarId === query.get("calendarId") && at >= from && at <= to;
  });
  return ok({ events: events.map((event) => ({ ...event, locationId: crm.location.id, groupId: "simgroup" })) });
}

const STATUSES: readonly unknown[] = ["open", "won", "lost", "abandoned"];

function wrongStage(body: Call["body"]): string | undefined {
  const { pipelineId, pipelineStageId, status } = body;
  if (pipelineId !== undefined && pipelineId !== PIPELINE.id) return "Pipeline not found";
  if (pipelineStageId !== undefined && !PIPELINE.stages.some(({ id }) => id === pipelineStageId))
    return "Pipeline stage not found";
  return status === undefined || STATUSES.includes(status) ? undefined : "status must be a valid enum value";
}

function create({ crm, body, answer }: Call): Answered {
  if (body["locationId"] !== crm.location.id) return NOT_OURS;
  const contactId = String(body["contactId"]);
  if (!crm.contacts.has(contactId)) return failure(400, "Contact not found");
  const wrong = wrongStage(body);
  if (wrong !== undefined) return failure(400, wrong);
  const opportunity = crm.createOpportunity(contactId, {
    name: String(body["name"]),
    value: Number(body["monetaryValue"] ?? 0),
    stageId: String(body["pipelineStageId"] ?? PIPELINE.stages[0].id),
    status: body["status"] as Opportunity["status"],
  });
  crm.ledger.note({ at: Date.now(), contactId, what: "opportunity.create", id: opportunity.id, answer });
  return created({ opportunity: shown(crm, opportunity) });
}

function update(opportunity: Opportunity, { crm, body, answer }: Call): Answered {
  const wrong = wrongStage(body);
  if (wrong !== undefined) return failure(400, wrong);
  const { id, contactId } = opportunity;
  const updated = crm.updateOpportunity(opportunity, body as Parameters<Crm["updateOpportunity"]>[1]);
  crm.ledger.note({ at: Date.now(), contactId, what: "opportunity.update", id, answer });
  return ok({ opportunity: shown(crm, updated) });
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
      if (query.get("companyId") !== crm.location.company) return ok({ users: [], count: 0 });
      const users = USERS.map(({ number, ...user }) => ({
        ...user,
        lcPhone: { [crm.location.id]: number },
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
  {
    method: "POST",
    path: "/opportunities/search",
    scope: "opportunities.readonly",
    versions: VERSIONS,
    body: {
      required: ["locationId", "limit"],
      properties: {
        locationId: "string",
        query: "string",
        limit: "number",
        page: "number",
        searchAfter: "array",
        filters: "array",
        sort: "array",
        additionalDetails: "object",
      },
    },
    act: searchAll,
  },
  {
    method: "GET",
    path: "/calendars",
    scope: "calendars.readonly",
    versions: ["v3", "2021-04-15"],
    query: { required: ["locationId"] },
    act: ({ crm, query }) =>
      query.get("locationId") === crm.location.id ? ok({ calendars: [shownCalendar(crm)] }) : NOT_OURS,
  },
  {
    method: "GET",
    path: "/calendars/events",
    scope: "calendars/events.readonly",
    versions: ["v3", "2021-04-15"],
    query: { required: ["locationId", "startTime", "endTime"] },
    act: calendarEvents,
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
    act: withOpportunity(update),
  },
  {
    method: "POST",
    path: "/opportunities",
    scope: "opportunities.write",
    versions: VERSIONS,
    body: {
      required: ["pipelineId", "locationId", "name", "status", "contactId"],
      properties: {
        pipelineId: "string",
        locationId: "string",
        name: "string",
        pipelineStageId: "string",
        status: "string",
        contactId: "string",
        monetaryValue: "number",
        forecastExpectedCloseDate: "string",
        forecastProbability: "number",
        assignedTo: "string",
        customFields: "array",
      },
    },
    act: create,
  },
  {
    method: "GET",
    path: "/workflows",
    scope: "workflows.readonly",
    versions: VERSIONS,
    query: { required: ["locationId"] },
    act: ({ crm, query }) => {
      if (query.get("locationId") !== crm.location.id) return NOT_OURS;
      const createdAt = "2026-01-05T15:00:00.000Z";
      const rest = { status: "published", version: 1, createdAt, updatedAt: createdAt, locationId: crm.location.id };
      return ok({ workflows: WORKFLOWS.map(({ id, name }) => ({ id, name, ...rest })) });
    },
  },
];
