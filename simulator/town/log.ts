// What the CRM and the site tell of a lead, as the events of Latchkey's log.

import type { CrmContactFields, LeadEvent } from "../../src/events/index.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import type { Instant } from "../../src/kernel/time.ts";
import { CUSTOM_FIELDS, PIPELINE, USERS } from "../crm/catalog.ts";
import type { Lead } from "./birth.ts";
import { SOURCES, TYPES } from "./parameters.ts";

export const sourceOf = (type: string): LeadEvent["source"] =>
  type.startsWith("crm.") || type.startsWith("message.") ? "crm" : "site";

export const snapshotData = (at: Instant, contact: CrmContactFields, change: "create" | "update"): JsonObject => ({
  change,
  asOf: at,
  ...(change === "create" ? { createdAt: at } : {}),
  contact: contact as unknown as JsonObject,
});

export const appointment = (at: Instant, start: Instant, status: string): JsonObject => ({
  change: status === "confirmed" ? "create" : "update",
  asOf: at,
  appointment: { id: `visit-${start}`, title: "Home tour", status, start },
});

export const deal = (
  lead: string,
  at: Instant,
  { change, stage, value, status = "open" }: { change: string; stage: number; value: number; status?: string },
): JsonObject => ({
  change,
  asOf: at,
  opportunity: {
    id: `deal-${lead}`,
    name: "Home search",
    pipeline: PIPELINE.id,
    stage: PIPELINE.stages[stage]?.id ?? PIPELINE.stages[0].id,
    status,
    value,
    ...(change === "create" ? { createdAt: at } : {}),
  },
});

/** What the CRM has in its catalog of a town. */
export const townCatalog = (installedAt: Instant) => ({
  installedAt,
  users: Object.fromEntries(
    USERS.map(({ id, number, ...user }) => [id, { ...user, lcPhone: number, available: true }]),
  ),
  fields: Object.fromEntries(CUSTOM_FIELDS.map(({ id, fieldKey }) => [id, fieldKey])),
  pipelines: { [PIPELINE.id]: PIPELINE.name },
  stages: Object.fromEntries(PIPELINE.stages.map(({ id, name }) => [id, { name, pipeline: PIPELINE.id }])),
});

/** The agent a lead is assigned to, by its place in the team. */
export const agentOf = (key: number): number => key % USERS.length;

/** What the CRM knows of a lead. */
export function fieldsOf({ profile, type, source, key }: Lead): CrmContactFields {
  const said: Readonly<Record<string, string | number | undefined>> = {
    Budget: profile.budget,
    Timeline: profile.statedDays === undefined ? undefined : `${profile.statedDays} days`,
    "Lead type": profile.showsType ? TYPES[type].label : undefined,
  };
  const custom = CUSTOM_FIELDS.flatMap(({ id, name }) => (said[name] === undefined ? [] : [[id, said[name]] as const]));
  const { firstName, lastName, email, phone, city, state, postalCode } = profile;
  const assignedTo = USERS[agentOf(key)]?.id;
  return {
    ...{ firstName, lastName, name: `${firstName} ${lastName}`, email, phone, city, state, postalCode },
    ...(profile.knownZone ? { timeZone: profile.zone } : {}),
    ...(profile.showsSource ? { source: SOURCES[source].label } : {}),
    ...(assignedTo === undefined ? {} : { assignedTo }),
    tags: profile.showsType ? [TYPES[type].label] : [],
    custom: Object.fromEntries(custom),
  };
}
