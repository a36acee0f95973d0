// Our suppression, told to the CRM, so that whoever else sends from there keeps quiet, too. Pure. A carrier's block
// (`permanent`) is the lead's own to lift, and never touched.

import type { Instant } from "../../kernel/time.ts";
import type { ChannelName, Lead } from "../../leads/index.ts";
import type { OutboxRow } from "../message.ts";

const CHANNELS = { phone: ["sms", "whatsapp", "voice"], email: ["email"] } as const satisfies Record<
  "phone" | "email",
  readonly ChannelName[]
>;

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
  return {
    ...{ id, location: lead.location, lead: lead.id, kind: "update", path: "words", lane: "urgent", priority: 50 },
    ...{ channels: [], place: 0, state: "queued", attempt: 0, resent: 0, lookups: 0, provider: {}, createdAt: now },
    body: {
      contact: {},
      dnd: Object.fromEntries(meant.map((channel) => [channel, to])),
      retry: { times: 8, every: 30_000 },
    },
  };
}
