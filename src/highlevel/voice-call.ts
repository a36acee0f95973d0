// A call that the CRM's voice agent has ended: what was said on it, and to which of our calls it belongs.

import type { ZodError } from "zod";
import type { JsonObject } from "../kernel/json.ts";
import type { ProviderReceipt } from "../outreach/index.ts";
import { instant, said, voiceCall } from "./payload.ts";
import type { Context, Reading } from "./webhook.ts";

/**
 * That it ended is told by the webhook about the conversation; here is the transcript, in which the lead may have asked
 * us to stop. A lead who said something has answered.
 */
export function readVoiceCall(body: JsonObject, { stated, receivedAt }: Context): Reading | ZodError {
  const parsed = voiceCall.safeParse(body);
  if (!parsed.success) return parsed.error;
  const { id, contactId, agentId, fromNumber, duration, transcript, messageId, createdAt } = parsed.data;
  const at = Math.min(instant(createdAt) ?? stated ?? receivedAt, receivedAt);
  const seconds = Number(duration ?? 0) || 0;
  const data = { seconds, ...said({ transcript, agent: agentId, message: messageId ? { id: messageId } : undefined }) };
  const spoke = /^\s*human:\s*\S/im.test(transcript ?? "");
  const receipt: ProviderReceipt = {
    ...{ providerId: messageId ?? id, provider: { messageId: messageId ?? id }, kind: "delivered", at },
    ...{ channel: "voice", contact: contactId, detail: "answered", ...said({ caller: fromNumber }) },
  };
  return {
    lead: { contact: contactId },
    events: [{ type: "crm.call", at, data, once: [`voice/${id}`] }],
    receipts: spoke ? [receipt] : [],
  };
}
