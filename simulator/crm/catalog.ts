// What a location has before its first lead: people, pipeline, custom fields, calendar. Invented names only.

import type { CustomField } from "./records.ts";

export const COMPANY_ID = "simcompany00000000001";
export const OTHER_COMPANY_ID = "simcompany00000000002";
export const CALENDAR_ID = "simcalendar0000000001";

export interface User {
  readonly id: string;
  readonly name: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly phone: string;
  /** The number that the CRM gave them here. */
  readonly number: string;
}

/** The location's own number, which is nobody's. */
export const OWN_NUMBER = "+15125550180";

const user = (n: number, firstName: string, lastName: string): User => ({
  id: `simuser000000000000${n}`,
  name: `${firstName} ${lastName}`,
  firstName,
  lastName,
  email: `${firstName}.${lastName}@example.com`.toLowerCase(),
  phone: `+1512555019${n}`,
  number: `+1512555018${n}`,
});

export const USERS: readonly User[] = [
  user(1, "Tessa", "Oakmoor"),
  user(2, "Julian", "Farrowby"),
  user(3, "Ruth", "Castellane"),
];

export const PIPELINE = {
  id: "simpipeline0000000001",
  name: "Buyers",
  stages: [
    { id: "simstage000000000001", name: "New lead" },
    { id: "simstage000000000002", name: "In contact" },
    { id: "simstage000000000003", name: "Appointment" },
    { id: "simstage000000000004", name: "Under contract" },
    { id: "simstage000000000005", name: "Closed" },
  ],
} as const;

/** The CRM's own workflows: putting a contact into one of the first two calls it, into the last sends a WhatsApp template. */
export const WORKFLOWS = [
  { id: "simworkflow0000000001", name: "Call new buyer", calls: true },
  { id: "simworkflow0000000002", name: "Call active buyer", calls: true },
  { id: "simworkflow0000000003", name: "Monthly letter", calls: false },
  {
    id: "simworkflow0000000004",
    name: "Viewing template",
    calls: false,
    template: "Your viewing is on. Any questions?",
  },
] as const;

const field = (n: number, name: string, dataType: string): CustomField => ({
  id: `simfield000000000000${n}`,
  name,
  fieldKey: `contact.${name.toLowerCase().replaceAll(" ", "_")}`,
  dataType,
  model: "contact",
  position: n * 50,
});

export const CUSTOM_FIELDS: readonly CustomField[] = [
  field(1, "Budget", "MONETORY"),
  field(2, "Timeline", "TEXT"),
  field(3, "Lead type", "TEXT"),
  field(4, "City", "TEXT"),
];

export interface Location {
  readonly id: string;
  readonly company: string;
  name: string;
  timezone: string;
}

export const locationRecord = ({ id, company, name, timezone }: Location) => ({
  id,
  companyId: company,
  name,
  address: "100 Example Street",
  city: "Austin",
  state: "TX",
  country: "US",
  postalCode: "78701",
  website: "https://homes.example.com",
  timezone,
  email: "office@example.com",
  phone: "+15125550100",
  business: { name, timezone, country: "US" },
  settings: { allowDuplicateContact: false, allowDuplicateOpportunity: false },
});
