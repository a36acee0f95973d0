// Fields of a contact as a workflow names them, and as the CRM's call takes them. Pure.

import { canonicalJson, type JsonObject, own } from "../../kernel/json.ts";
import type { Contact, CustomField, CustomValue } from "../../leads/index.ts";
import type { Value } from "../../workflows/index.ts";
import type { Body, WriteFacts } from "./writes.ts";

/** Ours to theirs. The call knows no other: the CRM has no way to change a contact's company, for one. */
const FIELDS: Readonly<Record<string, { readonly theirs: string; readonly ours: keyof Contact }>> = {
  "contact.first_name": { theirs: "firstName", ours: "firstName" },
  "contact.last_name": { theirs: "lastName", ours: "lastName" },
  "contact.name": { theirs: "name", ours: "name" },
  "contact.email": { theirs: "email", ours: "email" },
  "contact.phone": { theirs: "phone", ours: "phone" },
  "contact.address": { theirs: "address1", ours: "address" },
  "contact.city": { theirs: "city", ours: "city" },
  "contact.state": { theirs: "state", ours: "state" },
  "contact.postal_code": { theirs: "postalCode", ours: "postalCode" },
  "contact.country": { theirs: "country", ours: "country" },
  "contact.website": { theirs: "website", ours: "website" },
  "contact.source": { theirs: "source", ours: "source" },
  "contact.time_zone": { theirs: "timezone", ours: "timeZone" },
  "contact.birthday": { theirs: "dateOfBirth", ours: "birthday" },
  "contact.assigned_to": { theirs: "assignedTo", ours: "assignedTo" },
};

/** Only the fields that would change. */
export function contactChange(fields: Readonly<Record<string, Value>>, facts: WriteFacts): Body {
  const { lead, catalog } = facts;
  const contact: Record<string, Value> = {};
  const custom: { readonly id: string; readonly value: Value }[] = [];
  for (const [subject, given] of Object.entries(fields)) {
    const known = own(FIELDS, subject);
    if (known !== undefined) {
      const value = subject === "contact.assigned_to" ? String(given).replace(/^user\./, "") : given;
      const refused = subject === "contact.assigned_to" ? stranger(value, facts) : undefined;
      if (refused !== undefined) return { refused };
      if (String(lead.contact[known.ours] ?? "") !== String(value)) contact[known.theirs] = value;
      continue;
    }
    const field = own(catalog.subjects, subject);
    if (field === undefined) return { refused: unknown(subject) };
    const value = asTheirs(given, field);
    if (!same(own(lead.contact.custom, field.id), value)) custom.push({ id: field.id, value });
  }
  if (Object.keys(contact).length + custom.length === 0) return undefined;
  const body: JsonObject = { contact, ...(custom.length === 0 ? {} : { custom }) };
  return { body };
}

const unknown = (subject: string): string =>
  subject.startsWith("contact.custom.")
    ? `the location has no custom field "${subject.slice("contact.custom.".length)}"`
    : `the CRM has no way to change "${subject}"`;

function stranger(user: Value, { catalog: { users } }: WriteFacts): string | undefined {
  const known = Object.keys(users);
  return known.length === 0 || known.includes(String(user)) ? undefined : `the location has no user "${user}"`;
}

/** Dates are instants with us; the CRM takes days. */
const asTheirs = (value: Value, field: CustomField): Value =>
  field.type === "date" && typeof value === "number" ? new Date(value).toISOString().slice(0, 10) : value;

/** The CRM gives numbers and switches back as text, too. */
const same = (held: CustomValue | undefined, value: Value): boolean =>
  held !== undefined &&
  (Array.isArray(held) || Array.isArray(value)
    ? canonicalJson(held) === canonicalJson(value)
    : String(held) === String(value));
