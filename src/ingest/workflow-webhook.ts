// What a "Webhook" or "Custom Webhook" action of a CRM workflow sends: unsigned, shaped by whoever built it.

import { z } from "zod";
import { LOCATION_LEAD, type Vocabulary } from "../events/index.ts";
import type { LeadReference } from "../highlevel/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { sha256 } from "../kernel/ids.ts";
import type { JsonObject } from "../kernel/json.ts";
import { crmId, parse } from "../kernel/request.ts";
import { type Instant, MINUTE } from "../kernel/time.ts";
import type { Delivery } from "./delivery.ts";
import { eventProblem } from "./event-item.ts";

const text = z.string().nullish();
const Payload = z.looseObject({
  id: z.string().min(1).max(200).nullish(),
  event: text,
  contact_id: crmId.nullish(),
  contactId: crmId.nullish(),
  email: text,
  phone: text,
  customData: z.looseObject({ event: text, id: z.string().min(1).max(200).nullish() }).nullish(),
});

interface Context {
  readonly raw: Buffer;
  readonly location: string;
  readonly receivedAt: Instant;
  readonly vocabulary: Vocabulary;
}

/**
 * The action's custom data may name one of our events (`event: form.submitted`) and an `id` to count by; otherwise it
 * is `crm.workflow`, kept as it came. Without an id an equal body counts once within 60 s.
 *
 * @throws InvalidInput naming the field
 */
export function readWorkflowWebhook(body: unknown, { raw, location, receivedAt, vocabulary }: Context): Delivery {
  const said = parse(Payload, body);
  const { customData, ...payload } = said;
  const named = customData?.event ?? payload.event ?? undefined;
  const data = (named === undefined ? said : { ...payload, ...customData }) as JsonObject;
  if (named !== undefined) {
    const problem = eventProblem(named, data, vocabulary);
    if (problem !== undefined) throw new InvalidInput(problem, "invalid-input", [{ field: "event", detail: problem }]);
  }
  const id = customData?.id ?? payload.id ?? undefined;
  const type = named ?? "crm.workflow";
  return {
    location,
    type,
    source: "crm",
    receivedAt,
    receipt: id === undefined ? { id: `workflow:${sha256(raw)}`, again: MINUTE } : { id: `workflow:${id}` },
    raw,
    lead: referenceOf(payload),
    otherwise: LOCATION_LEAD,
    events: [{ type, at: receivedAt, data }],
    receipts: [],
  };
}

function referenceOf(
  payload: Pick<z.infer<typeof Payload>, "contact_id" | "contactId" | "email" | "phone">,
): LeadReference {
  const contact = payload.contact_id ?? payload.contactId;
  if (contact) return { contact };
  return { ...(payload.email ? { email: payload.email } : {}), ...(payload.phone ? { phone: payload.phone } : {}) };
}
