import type { Instant } from "../kernel/time.ts";

/** Who a lead is, as the CRM last told us. Plain JSON: it is the `data` of a `lead` row. */
export interface Lead {
  readonly id: string;
  readonly location: string;
  /**
   * Instant of the newest statement per entity; an older one changes nothing. Keys: contact,
   * contact/tags, contact/custom, contact/zone, opportunity/<id>, appointment/<id>, dnd, dnd/<channel>.
   */
  readonly asOf: Readonly<Record<string, Instant>>;
  /** Known only by its id: an event came before its contact. */
  readonly stub: boolean;
  readonly deleted: boolean;
  /** When the CRM first had the contact; unknown for a stub. */
  readonly createdAt?: Instant;
  readonly contact: Contact;
  /** By opportunity id; the open one changed last is `opportunity.*` in the language. */
  readonly opportunities: Readonly<Record<string, Opportunity>>;
  readonly appointments: Readonly<Record<string, Appointment>>;
  readonly consent: Consent;
  /** What the lead agreed to, oldest first; absent: nothing that was recorded. */
  readonly consents?: readonly ConsentRecord[];
  /** What it took back, for agreements that are older and heard of later; absent: nothing. */
  readonly withdrawals?: readonly Withdrawal[];
  /** When the lead last asked us something, by a message or a form. */
  readonly inquiredAt?: Instant;
  /** The zone (IANA) that a person of the team set: certain. */
  readonly ownZone?: { readonly zone: string; readonly at: Instant; readonly by: string };
  /** The zone (IANA) of the lead's browser at its latest visit. */
  readonly browserZone?: { readonly zone: string; readonly at: Instant };
}

export interface Contact {
  readonly firstName?: string;
  readonly lastName?: string;
  readonly name?: string;
  readonly email?: string;
  /** E.164. */
  readonly phone?: string;
  readonly address?: string;
  readonly city?: string;
  readonly state?: string;
  readonly postalCode?: string;
  readonly country?: string;
  readonly company?: string;
  readonly website?: string;
  readonly source?: string;
  readonly timeZone?: string;
  /** ISO date, as given. */
  readonly birthday?: string;
  /** CRM user id of the owner. */
  readonly assignedTo?: string;
  readonly tags: readonly string[];
  /** By custom field id, as the CRM sends them; the catalog knows their keys. */
  readonly custom: Readonly<Record<string, CustomValue>>;
}

export type CustomValue = string | number | boolean | readonly string[];

export interface Opportunity {
  readonly id: string;
  readonly name?: string;
  readonly pipeline?: string;
  readonly stage?: string;
  readonly status: "open" | "won" | "lost" | "abandoned";
  /** In the location's currency, major units, as the CRM sends it. */
  readonly value?: number;
  readonly changedAt: Instant;
}

export interface Appointment {
  readonly id: string;
  readonly calendar?: string;
  readonly title?: string;
  readonly status: string;
  readonly start?: Instant;
  readonly end?: Instant;
  readonly assignedTo?: string;
}

/** What the CRM says about the right to write. Opt-outs by number or address are kept apart, in `address`. */
export interface Consent {
  /** Do not disturb on every channel. */
  readonly all: boolean;
  /** Do not disturb per channel: `permanent` is a carrier's block, which only the lead can lift. */
  readonly channels: Readonly<Partial<Record<ChannelName, "blocked" | "permanent">>>;
}

/** `claim`: somebody says so (an import). `given`: the lead agreed. `written`: with words, seller and act on record. */
export type ConsentLevel = "claim" | "given" | "written";

/** One agreement, as far as the right to send goes. */
export interface ConsentRecord {
  readonly id: string;
  readonly level: ConsentLevel;
  readonly at: Instant;
  readonly channels: readonly ChannelName[];
  readonly purposes: readonly ("marketing" | "transactional")[];
  /** Where it was gathered: a form, a portal, `import`, `START`. */
  readonly source: string;
  /** The number and the address it was given for, as they were written. */
  readonly phone?: string;
  readonly email?: string;
  readonly withdrawnAt?: Instant;
}

/** What ended agreements made until then, on these channels; with an id, that agreement alone. */
export interface Withdrawal {
  readonly at: Instant;
  readonly channels: readonly ChannelName[];
  readonly id?: string;
  /** The id and the type of the event that said so. */
  readonly event: string;
  readonly type: string;
}

export type ChannelName = "sms" | "email" | "whatsapp" | "voice";

/** A lead of whom nothing is known but the id. */
export const stub = (location: string, id: string): Lead => ({
  id,
  location,
  asOf: {},
  stub: true,
  deleted: false,
  contact: { tags: [], custom: {} },
  opportunities: {},
  appointments: {},
  consent: { all: false, channels: {} },
});
