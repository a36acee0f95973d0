// Contact fields as callers send them, and how they change what is held.

import type { Contact, Dnd, DndChannel } from "./records.ts";
import { OLD_DND_KEY } from "./records.ts";

/** Texts may be null: the API's way to clear one. */
export interface ContactFields {
  readonly name?: string | null;
  readonly firstName?: string | null;
  readonly lastName?: string | null;
  readonly email?: string | null;
  readonly phone?: string | null;
  readonly timezone?: string | null;
  readonly companyName?: string | null;
  readonly address1?: string | null;
  readonly city?: string | null;
  readonly state?: string | null;
  readonly postalCode?: string;
  readonly country?: string;
  readonly website?: string | null;
  readonly source?: string | null;
  readonly assignedTo?: string | null;
  readonly dateOfBirth?: string | null;
  readonly dateAdded?: string;
  readonly dnd?: boolean;
  readonly dndSettings?: Readonly<Record<string, Dnd>>;
  readonly tags?: readonly string[];
  readonly customFields?: readonly CustomFieldValue[];
}

interface CustomFieldValue {
  readonly id?: string;
  readonly key?: string;
  readonly fieldValue?: unknown;
  readonly field_value?: unknown;
  readonly value?: unknown;
}

const TEXTS = [
  "email",
  "phone",
  "timezone",
  "companyName",
  "address1",
  "city",
  "state",
  "postalCode",
  "website",
  "source",
  "assignedTo",
  "dateOfBirth",
] as const;

/** Changes the contact in place. */
export function merge(contact: Contact, fields: ContactFields, now: string): Contact {
  for (const key of TEXTS) {
    const value = fields[key];
    if (value === null || value === "") delete contact[key];
    else if (value !== undefined) contact[key] = value;
  }
  if (fields.country !== undefined) contact.country = fields.country;
  name(contact, fields);
  if (fields.dnd !== undefined) contact.dnd = fields.dnd;
  if (fields.dndSettings !== undefined)
    contact.dndSettings = { ...contact.dndSettings, ...newKeys(fields.dndSettings) };
  if (fields.tags !== undefined) contact.tags = [...new Set(fields.tags)];
  for (const field of fields.customFields ?? []) {
    const id = field.id ?? field.key;
    if (id === undefined) continue;
    const value = field.fieldValue ?? field.field_value ?? field.value;
    const others = contact.customFields.filter((held) => held.id !== id);
    contact.customFields = value === null || value === "" ? others : [...others, { id, value }];
  }
  contact.dateUpdated = now;
  return contact;
}

function name(contact: Contact, fields: ContactFields) {
  const given = fields.name?.trim();
  if (given !== undefined && given !== "" && fields.firstName === undefined) {
    const [first = "", ...rest] = given.split(/\s+/);
    contact.firstName = first;
    contact.lastName = rest.join(" ");
  }
  if (fields.firstName !== undefined) contact.firstName = fields.firstName ?? "";
  if (fields.lastName !== undefined) contact.lastName = fields.lastName ?? "";
  contact.name = `${contact.firstName} ${contact.lastName}`.trim();
}

/** Either spelling of the channel keys. */
function newKeys(settings: Readonly<Record<string, Dnd>>): Contact["dndSettings"] {
  const old = new Map(Object.entries(OLD_DND_KEY).map(([key, name]) => [name, key]));
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [old.get(key) ?? key, value])) as Partial<
    Record<DndChannel, Dnd>
  >;
}
