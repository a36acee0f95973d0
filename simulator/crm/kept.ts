// What the CRM holds, written down: a town that is started again finds its contacts, talks and deals as they were.

import type { Appointment, Contact, Conversation, CustomField, Note, Opportunity, Task } from "./records.ts";

export interface KeptCrm {
  readonly contacts: readonly Contact[];
  /** With their messages. */
  readonly conversations: readonly Conversation[];
  readonly opportunities: readonly Opportunity[];
  readonly appointments: readonly Appointment[];
  readonly tasks: readonly Task[];
  readonly notes: readonly Note[];
  /** Contact, and the CRM's own workflows it is in. */
  readonly enrolled: readonly (readonly [contact: string, workflows: readonly string[]])[];
  readonly customFields: readonly CustomField[];
}
