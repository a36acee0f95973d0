// Calls and WhatsApp templates that a workflow of the CRM has made for us: it was given a contact and gave back no id, so that
// what came of it is tied to our message by contact and time.

import { phoneKey } from "../../kernel/phone.ts";
import type { Sql } from "../../kernel/sql.ts";
import { DAY, MINUTE, type Millis } from "../../kernel/time.ts";
import type { ProviderReceipt } from "../message.ts";
import { awaitReceipts } from "../sending/awaited.ts";

/** A workflow may wait at the platform for its hours; what comes later is about something else. */
const WAITS: Millis = 2 * DAY;
/** Between our clocks. */
const SKEW: Millis = MINUTE;

/**
 * Gives the latest call or template of ours to the contact, where it has no id yet, the id under which the provider tells of
 * it; from then on a template's arrival is asked about, as any message's. A call that the lead made is none of ours, nor is
 * a WhatsApp message that went as free text: its answer names it.
 */
export async function nameByContact(sql: Sql, location: string, receipts: readonly ProviderReceipt[]): Promise<void> {
  for (const { channel, contact, providerId, at, caller, byWorkflow } of receipts) {
    if (contact === undefined || channel === undefined || (channel !== "voice" && byWorkflow !== true)) continue;
    const { rows: named } = await sql.query<{ id: string }>(
      `update outbox
          set provider_id = $3
        where location_id = $1
          and outbox_id = (select o.outbox_id
                             from outbox as o
                            where o.location_id = $1 and o.lead_id = $2 and o.kind = 'message'
                              and o.channels[o.place + 1] = $7 and o.state in ('accepted', 'sending')
                              and ($7 = 'voice'
                                or exists (select from message as m
                                            where m.location_id = $1 and m.message_id = o.outbox_id
                                              and m.rendered #> '{whatsapp,workflow}' is not null))
                              and o.provider_id is null and o.created_at between $4 and $5
                            order by o.created_at desc
                            limit 1)
          and not exists (select from outbox where location_id = $1 and provider_id = $3)
          and not exists (select from lead where location_id = $1 and lead_id = $2 and phone_key = $6)
      returning outbox_id as id`,
      [
        location,
        contact,
        providerId,
        new Date(at - WAITS),
        new Date(at + SKEW),
        caller === undefined ? null : phoneKey(caller),
        channel,
      ],
    );
    const taken = named.map(({ id }) => ({ id, providerId, channel }));
    await awaitReceipts(sql, location, taken, at);
  }
}
