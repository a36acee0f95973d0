// A lead's profile as conditions and templates ask for it: dotted names, instants in milliseconds, money in major units.

import { own } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import type { Value } from "../workflows/index.ts";
import type { Catalog, CustomField } from "./catalog.ts";
import type { Appointment, Contact, CustomValue, Lead, Opportunity } from "./lead.ts";
import { appointmentOutcome } from "./observe.ts";

/**
 * The value of `contact.*`, `contact.custom.*`, `agent.*`, `opportunity.*` (the open one changed last) or
 * `appointment.*` (the next one); undefined where the lead has none, or where the name is of another family.
 */
export function contactFact(lead: Lead, subject: string, now: Instant, catalog: Catalog): Value | undefined {
  const dot = subject.indexOf(".");
  const name = subject.slice(dot + 1);
  switch (subject.slice(0, dot)) {
    case "contact":
      if (name.startsWith("custom.")) return customFact(lead, subject, catalog);
      return Object.hasOwn(CONTACT, name) ? CONTACT[name]?.(lead) : undefined;
    case "agent":
      return agentFact(lead.contact.assignedTo, name, catalog);
    case "opportunity":
      return opportunityFact(openOpportunity(lead), name, catalog);
    case "appointment":
      return appointmentFact(nextAppointment(lead, now), name, catalog);
    default:
      return undefined;
  }
}

const CONTACT: Readonly<Record<string, (lead: Lead) => Value | undefined>> = {
  id: (lead) => lead.id,
  first_name: (lead) => lead.contact.firstName,
  last_name: (lead) => lead.contact.lastName,
  name: (lead) => fullName(lead.contact),
  email: (lead) => lead.contact.email,
  phone: (lead) => lead.contact.phone,
  address: (lead) => lead.contact.address,
  city: (lead) => lead.contact.city,
  state: (lead) => lead.contact.state,
  postal_code: (lead) => lead.contact.postalCode,
  country: (lead) => lead.contact.country,
  company: (lead) => lead.contact.company,
  website: (lead) => lead.contact.website,
  source: (lead) => lead.contact.source,
  time_zone: (lead) => lead.contact.timeZone,
  birthday: (lead) => lead.contact.birthday,
  assigned_to: (lead) => lead.contact.assignedTo,
  created_at: (lead) => lead.createdAt,
  // A contact we know has tags, if only none; of a stub nothing is known.
  tags: (lead) => (lead.stub ? undefined : lead.contact.tags),
};

function customFact(lead: Lead, subject: string, catalog: Catalog): Value | undefined {
  const field = Object.hasOwn(catalog.subjects, subject) ? catalog.subjects[subject] : undefined;
  const value = field === undefined ? undefined : own(lead.contact.custom, field.id);
  return value === undefined || value === "" ? undefined : typed(value, field);
}

/** The CRM sends numbers and dates as text, too; text that is neither stays text and compares as unknown. */
function typed(value: CustomValue, field: CustomField | undefined): Value {
  if (typeof value !== "string") return value;
  switch (field?.type) {
    case "number":
    case "money": {
      const plain = value.replace(/[$,\s]/g, "");
      return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : value;
    }
    case "date": {
      const at = /^\d{4}-\d{2}-\d{2}/.test(value) ? Date.parse(value) : Number.NaN;
      return Number.isNaN(at) ? value : at;
    }
    case "boolean":
      return /^(true|yes)$/i.test(value) ? true : /^(false|no)$/i.test(value) ? false : value;
    default:
      return value;
  }
}

function agentFact(id: string | undefined, name: string, catalog: Catalog): Value | undefined {
  if (id === undefined) return undefined;
  const user = own(catalog.users, id);
  switch (name) {
    case "id":
      return id;
    case "name":
      return user?.name ?? joined(user?.firstName, user?.lastName);
    case "first_name":
      return user?.firstName ?? user?.name?.split(" ")[0];
    case "last_name":
      return user?.lastName;
    case "email":
      return user?.email;
    case "phone":
      return user?.phone;
    case "available":
      return user?.available;
    default:
      return undefined;
  }
}

/** Of several open ones the one changed last; at the same instant the greater id, so that it is always the same. */
function openOpportunity(lead: Lead): Opportunity | undefined {
  let latest: Opportunity | undefined;
  for (const deal of Object.values(lead.opportunities)) {
    if (deal.status !== "open") continue;
    if (
      latest === undefined ||
      deal.changedAt > latest.changedAt ||
      (deal.changedAt === latest.changedAt && deal.id > latest.id)
    ) {
      latest = deal;
    }
  }
  return latest;
}

function opportunityFact(deal: Opportunity | undefined, name: string, catalog: Catalog): Value | undefined {
  if (deal === undefined) return undefined;
  switch (name) {
    case "id":
      return deal.id;
    case "name":
      return deal.name;
    case "status":
      return deal.status;
    case "value":
      return deal.value;
    case "pipeline":
      return deal.pipeline === undefined ? undefined : (own(catalog.pipelines, deal.pipeline) ?? deal.pipeline);
    case "stage":
      return deal.stage === undefined ? undefined : (own(catalog.stages, deal.stage)?.name ?? deal.stage);
    case "changed_at":
      return deal.changedAt;
    default:
      return undefined;
  }
}

/** The earliest that stands and has not begun; one that begins now is still the next. */
function nextAppointment(lead: Lead, now: Instant): Appointment | undefined {
  let next: Appointment | undefined;
  for (const appointment of Object.values(lead.appointments)) {
    if (appointment.start === undefined || appointment.start < now) continue;
    if (appointmentOutcome(appointment.status) !== "booked") continue;
    const first = next?.start ?? Number.POSITIVE_INFINITY;
    if (appointment.start < first || (appointment.start === first && appointment.id < (next?.id ?? ""))) {
      next = appointment;
    }
  }
  return next;
}

function appointmentFact(appointment: Appointment | undefined, name: string, catalog: Catalog): Value | undefined {
  if (appointment === undefined) return undefined;
  switch (name) {
    case "id":
      return appointment.id;
    case "title":
      return appointment.title;
    case "status":
      return appointment.status;
    case "start":
      return appointment.start;
    case "end":
      return appointment.end;
    case "calendar":
      return appointment.calendar === undefined
        ? undefined
        : (own(catalog.calendars, appointment.calendar) ?? appointment.calendar);
    default:
      return undefined;
  }
}

type Fields = Record<string, Value>;

export interface MergeFields {
  /** Custom fields stand under `custom` and, as the CRM's own merge names have it, beside the others. */
  readonly contact: Readonly<Record<string, Value | Fields>>;
  readonly agent: Readonly<Fields>;
  readonly opportunity: Readonly<Fields>;
  readonly appointment: Readonly<Fields>;
  /** The CRM's word for the agent. */
  readonly user: Readonly<Fields>;
}

const AGENT = ["id", "name", "first_name", "last_name", "email", "phone"];
const OPPORTUNITY = ["id", "name", "status", "value", "pipeline", "stage"];
const APPOINTMENT = ["id", "title", "status", "start", "end", "calendar"];

/**
 * What a template may say of a lead, by our names and by the CRM's merge names (`contact.full_name`, `user.name`,
 * `appointment.start_time`). What the lead does not have is absent. Instants are milliseconds: the template's date
 * filter gives them a zone.
 */
export function mergeFields(lead: Lead, now: Instant, catalog: Catalog): MergeFields {
  const pick = (family: string, names: readonly string[]): Fields => {
    const fields: Fields = {};
    for (const name of names) {
      const value = contactFact(lead, `${family}.${name}`, now, catalog);
      if (value !== undefined) fields[name] = value;
    }
    return fields;
  };
  const custom: Fields = {};
  for (const id of Object.keys(lead.contact.custom)) {
    const field = own(catalog.fields, id);
    if (field === undefined) continue;
    const value = customFact(lead, field.subject, catalog);
    if (value === undefined) continue;
    custom[field.key] = value;
    custom[field.subject.slice("contact.custom.".length)] = value;
  }
  const contact = pick("contact", Object.keys(CONTACT));
  const agent = pick("agent", AGENT);
  const appointment = pick("appointment", APPOINTMENT);
  return {
    contact: {
      ...custom,
      ...contact,
      ...alias(contact, "full_name", "name"),
      ...alias(contact, "address1", "address"),
      ...alias(contact, "company_name", "company"),
      ...alias(contact, "timezone", "time_zone"),
      custom,
    },
    agent,
    user: agent,
    opportunity: pick("opportunity", OPPORTUNITY),
    appointment: {
      ...appointment,
      ...alias(appointment, "start_time", "start"),
      ...alias(appointment, "end_time", "end"),
    },
  };
}

const alias = (fields: Fields, theirs: string, ours: string): Fields =>
  fields[ours] === undefined ? {} : { [theirs]: fields[ours] };

function fullName(contact: Contact): string | undefined {
  return contact.name ?? joined(contact.firstName, contact.lastName);
}

function joined(...parts: readonly (string | undefined)[]): string | undefined {
  const text = parts.filter((part) => part !== undefined && part !== "").join(" ");
  return text === "" ? undefined : text;
}
