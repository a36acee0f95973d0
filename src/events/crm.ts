// What the CRM tells us, normalized at the boundary: the `data` of the `crm.*` events. A lead's turn compares it with
// the snapshot we hold and derives from it the events that people write about.

import type { Instant } from "../kernel/time.ts";

/** When the CRM stated this: an older statement about the same entity changes nothing. */
type Stated = { readonly asOf: Instant };

/** `crm.contact`: a whole contact. A text field left out is empty in the CRM; `tags`, `custom` and `dnd` left out were not said. */
export type CrmContact = Stated & {
  readonly change: "create" | "update" | "delete" | "tags";
  readonly contact: CrmContactFields;
  /** When the CRM first had the contact. */
  readonly createdAt?: Instant;
  /** The switch for every channel; `crm.dnd` says more. */
  readonly dnd?: boolean;
};

export type CrmContactFields = {
  readonly firstName?: string;
  readonly lastName?: string;
  readonly name?: string;
  readonly email?: string;
  /** As the CRM sends it, E.164 as a rule. */
  readonly phone?: string;
  readonly address?: string;
  readonly city?: string;
  readonly state?: string;
  readonly postalCode?: string;
  readonly country?: string;
  readonly company?: string;
  readonly website?: string;
  readonly source?: string;
  /** Never in a webhook, only in the API's answers: left out, it was not said. */
  readonly timeZone?: string;
  readonly birthday?: string;
  /** CRM user id of the owner. */
  readonly assignedTo?: string;
  /** The full set, not what was added. */
  readonly tags?: readonly string[];
  /** By custom field id. */
  readonly custom?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
};

/** `crm.dnd`: the right to write, as the CRM holds it. `permanent` is a carrier's block. */
export type CrmDnd = Stated & {
  readonly all: boolean;
  /** Every channel the CRM named; one left out was not said. */
  readonly channels: Readonly<
    Partial<Record<"sms" | "email" | "whatsapp" | "voice", "open" | "blocked" | "permanent">>
  >;
};

/** `crm.opportunity`: a whole deal. `change` is what the CRM called it; the snapshot says what really changed. */
export type CrmOpportunity = Stated & {
  readonly change: "create" | "update" | "delete" | "stage" | "status" | "owner" | "value";
  readonly opportunity: {
    readonly id: string;
    readonly name?: string;
    readonly pipeline?: string;
    readonly stage?: string;
    readonly status: "open" | "won" | "lost" | "abandoned";
    /** In the location's currency, major units. */
    readonly value?: number;
    readonly source?: string;
    readonly assignedTo?: string;
    readonly createdAt?: Instant;
    /** When its status last changed, where the CRM says. */
    readonly statusAt?: Instant;
  };
};

/** `crm.appointment`: a whole appointment; `status` is the CRM's word (`confirmed`, `cancelled`, `showed`, `noshow`, …). */
export type CrmAppointment = Stated & {
  readonly change: "create" | "update" | "delete";
  readonly appointment: {
    readonly id: string;
    readonly calendar?: string;
    readonly title?: string;
    readonly status: string;
    readonly start?: Instant;
    readonly end?: Instant;
    readonly assignedTo?: string;
    readonly source?: string;
  };
};
