// What HighLevel says of one message of ours, asked by its id.

import type { AskStatus } from "../outreach/index.ts";
import type { Operations } from "./client.ts";
import { ARRIVED, FAILED } from "./conversation.ts";

/** @param api in the lane *bulk*: nobody waits for it */
export function openStatus(api: Pick<Operations, "message">): AskStatus {
  return async (location, { providerId }) => {
    const reply = await api.message(location, providerId);
    if (reply.outcome !== "done") return undefined;
    const status = reply.value.status?.toLowerCase() ?? "";
    if (ARRIVED.has(status)) return { kind: "delivered" };
    return FAILED.has(status) ? { kind: "failed", detail: status } : undefined;
  };
}
