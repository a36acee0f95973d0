// Leads out of a file. One that names its contact is read from the CRM, quietly; any other enters the CRM now, as if
// somebody had typed it in, and comes back like every new contact.

import { z } from "zod";
import type { HighLevel, Reply } from "../highlevel/index.ts";
import { Unavailable } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import { crmId } from "../kernel/request.ts";
import type { Database } from "../kernel/sql.ts";
import { type Clock, MINUTE, type Millis } from "../kernel/time.ts";
import { asked, Refused, takeIn } from "../reconcile/index.ts";

const line = z.string().min(1).max(200);

export const LeadRow = z
  .strictObject({
    /** Its id in the CRM. */
    contact: crmId.optional(),
    email: z.email("expected an e-mail address").optional(),
    phone: z
      .string()
      .regex(/^\+[1-9]\d{6,14}$/, "expected a number in E.164")
      .optional(),
    first_name: line.optional(),
    last_name: line.optional(),
    name: line.optional(),
    source: line.optional(),
    tags: z.array(line).max(50).optional(),
    /** By the key or the id of a custom field. */
    custom: z.record(z.string(), z.string().max(5_000)).optional(),
  })
  .refine((row) => row.contact !== undefined || row.email !== undefined || row.phone !== undefined, {
    error: "expected a contact, an email or a phone",
  });
export type LeadRow = z.infer<typeof LeadRow>;

export type RowOutcome =
  /** new: made in the CRM. known: it was there. read: its id was named, and it has been taken in. */
  | { readonly outcome: "new" | "known" | "read"; readonly contact: string }
  | { readonly outcome: "refused"; readonly detail: string };

export interface LeadsInNeeds {
  readonly database: Database;
  /** Real time. */
  readonly clock: Clock;
  readonly api: Pick<HighLevel, "lane">;
  readonly mailed: (location: string) => void;
  /** Ends the waiting for the CRM; its reason is thrown. */
  readonly signal?: AbortSignal;
}

const PATIENCE: Millis = 5 * MINUTE;

/**
 * Takes rows in, one after the other, in the bulk lane. Repeating a row changes nothing.
 *
 * @throws Unavailable when the CRM takes nothing for five minutes
 */
export async function takeLeads(
  { database, clock, api, mailed, signal }: LeadsInNeeds,
  location: string,
  rows: readonly LeadRow[],
): Promise<RowOutcome[]> {
  const crm = api.lane("bulk");
  const ask = async <T>(question: () => Promise<Reply<T>>): Promise<T> =>
    (await asked(clock, PATIENCE, question, signal)).value;
  const fields = rows.some(({ custom }) => custom !== undefined) ? await ask(() => crm.customFields(location)) : [];
  const fieldOf = (key: string) =>
    fields.find(({ id, fieldKey }) => id === key || fieldKey === key || fieldKey === `contact.${key}`)?.id;

  async function named(contact: string): Promise<RowOutcome> {
    const { contact: told, dnd } = await ask(() => crm.contact(location, contact));
    const event = (type: string, data: object) => ({
      ...{ type, at: told.asOf, data: data as JsonObject },
      once: [`import/${type}/${contact}/${told.asOf}`],
    });
    const events = [event("crm.contact", { ...told, change: "create" }), event("crm.dnd", dnd)];
    await database.transaction([location], (sql) =>
      takeIn(sql, location, [{ lead: contact, events, receipts: [] }], { source: "import", now: clock.now() }),
    );
    mailed(location);
    return { outcome: "read", contact };
  }

  async function entered(row: LeadRow): Promise<RowOutcome> {
    const { email, phone, first_name, last_name, name, source, tags = [], custom = {} } = row;
    const called = name ?? [first_name, last_name].filter((part) => part !== undefined).join(" ");
    const values = Object.entries(custom).map(([key, value]) => ({ key, id: fieldOf(key), value }));
    const unknown = values.find(({ id }) => id === undefined);
    if (unknown !== undefined)
      return { outcome: "refused", detail: `custom.${unknown.key}: the CRM has no such field` };
    const given = Object.entries({ email, phone, name: called === "" ? undefined : called, source });
    const { id, fresh } = await ask(() =>
      crm.upsertContact(location, Object.fromEntries(given.filter(([, value]) => value !== undefined))),
    );
    // an upsert with tags would replace those that are there
    if (tags.length > 0) await ask(() => crm.addTags(location, id, tags));
    const set = values.flatMap((one) => (one.id === undefined ? [] : [{ id: one.id, value: one.value }]));
    if (set.length > 0) await ask(() => crm.updateContact(location, id, { fields: {}, custom: set }));
    return { outcome: fresh ? "new" : "known", contact: id };
  }

  const outcomes: RowOutcome[] = [];
  for (const row of rows) {
    try {
      outcomes.push(row.contact === undefined ? await entered(row) : await named(row.contact));
    } catch (error) {
      if (error instanceof Unavailable || !(error instanceof Refused)) throw error;
      outcomes.push({ outcome: "refused", detail: error.message });
    }
  }
  return outcomes;
}
