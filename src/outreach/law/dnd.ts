// Our suppression, told to the CRM, so that whoever else sends from there keeps quiet, too. Pure. A carrier's block
// (`permanent`) is the lead's own to lift, and never touched.

import { type Instant, SECOND } from "../../kernel/time.ts";
import type { ChannelName, Lead } from "../../leads/index.ts";
import type { OutboxRow } from "../message.ts";
import { queuedRow } from "../row.ts";

const CHANNELS = { phone: ["sms", "whatsapp", "voice"], email: ["email"] } as const satisfies Record<
  "phone" | "email",
  readonly ChannelName[]
>;

const RETRY = { times: 8, every: 30 * SECOND };

/** What the CRM holds open of a family: those we close, and may open again. */
export const closable = ({ consent }: Lead, family: "phone" | "email"): readonly ChannelName[] =>
  consent.all ? [] : CHANNELS[family].filter((channel) => consent.channels[channel] === undefined);

/** The change as an effect; undefined where nothing would change. @param channels opening: those that we had closed */
export function dndRow(
  lead: Lead,
  to: "blocked" | "open",
  channels: readonly ChannelName[],
  { id, now }: { readonly id: string; readonly now: Instant },
): OutboxRow | undefined {
  const meant =
    to === "blocked" ? channels : channels.filter((channel) => lead.consent.channels[channel] !== "permanent");
  if (meant.length === 0 || lead.deleted) return undefined;
  return queuedRow({
    ...{ id, location: lead.location, lead: lead.id, kind: "update", path: "words", lane: "urgent", createdAt: now },
    body: { contact: {}, dnd: Object.fromEntries(meant.map((channel) => [channel, to])) },
    retry: RETRY,
  });
}
