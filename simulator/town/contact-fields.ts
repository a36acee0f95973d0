// What the CRM gets to see of the town's people, in the fields of its contacts.

import type { Instant } from "../../src/kernel/time.ts";
import { CUSTOM_FIELDS, USERS } from "../crm/catalog.ts";
import type { ContactFields } from "../crm/contact.ts";
import type { Lead } from "./birth.ts";
import { emailOf, phoneOf } from "./catalog.ts";
import { SOURCES, TYPES } from "./parameters.ts";
import type { PlacedLife } from "./placed.ts";

export function fieldsOf(lead: Lead): ContactFields {
  const { profile, type, source } = lead;
  const custom = (name: string, value: string | number | undefined) => {
    const field = CUSTOM_FIELDS.find((one) => one.name === name);
    return field === undefined || value === undefined ? [] : [{ id: field.id, value }];
  };
  return {
    firstName: profile.firstName,
    lastName: profile.lastName,
    email: profile.email,
    phone: profile.phone,
    city: profile.city,
    state: profile.state,
    postalCode: profile.postalCode,
    ...(profile.knownZone ? { timezone: profile.zone } : {}),
    ...(profile.showsSource ? { source: SOURCES[source].label } : {}),
    tags: profile.showsType ? [TYPES[type].label] : [],
    assignedTo: USERS[lead.key % USERS.length]?.id ?? null,
    dateAdded: new Date(lead.born).toISOString(),
    customFields: [
      ...custom("Budget", profile.budget),
      ...custom("Timeline", profile.statedDays === undefined ? undefined : `${profile.statedDays} days`),
      ...custom("Lead type", profile.showsType ? TYPES[type].label : undefined),
    ],
  };
}

export function placedFields(life: PlacedLife, born: Instant): ContactFields {
  return {
    firstName: life.firstName,
    lastName: life.lastName,
    email: emailOf(life.firstName, life.lastName, life.key),
    phone: phoneOf(life.key),
    city: "Austin",
    state: "TX",
    timezone: "America/Chicago",
    source: "Website",
    tags: life.tags ?? [],
    assignedTo: USERS[0]?.id ?? null,
    dateAdded: new Date(born).toISOString(),
  };
}
