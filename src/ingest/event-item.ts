// What a server or site may tell us about a lead: one event, checked against the vocabulary.

import { z } from "zod";
import { property, type Vocabulary } from "../events/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import { crmId } from "../kernel/request.ts";
import { isInstant } from "../kernel/time.ts";

const VisitorId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "expected a visitor id: 1 to 64 letters, digits, _ or -");

const Email = z
  .string()
  .max(254)
  .regex(/^[^\s@]+@[^\s@]+$/, "expected an e-mail address");
const Phone = z.string().regex(/^\+[1-9]\d{6,14}$/, "expected a number in E.164: + and digits");

export const EventItem = z
  .strictObject({
    id: z.string().min(1).max(200).optional(),
    type: z.string().max(100),
    contact: crmId.optional(),
    email: Email.optional(),
    phone: Phone.optional(),
    visitor: VisitorId.optional(),
    at: z
      .union([z.iso.datetime({ offset: true }), z.number().int()])
      .refine(
        (at) => isInstant(typeof at === "number" ? at : Date.parse(at)),
        "expected an instant between the years 1 and 9999",
      )
      .optional(),
    /** Makes the contact in the CRM when nobody knows the address. */
    create: z.boolean().optional(),
    name: z.string().max(200).optional(),
    properties: z.record(z.string(), z.json()).default({}),
  })
  .refine((item) => item.contact || item.email || item.phone || item.visitor, {
    error: "expected one of contact, email, phone, visitor",
  });
export type EventItem = z.infer<typeof EventItem>;

/** What only Latchkey itself, or the CRM's own webhooks, may say. */
const OURS =
  /^((crm|trigger|score|churn|segment|workflow|tag|field|contact|consent|opportunity)\.|message\.(sent|delivered|failed|replied|opted_out)$)/;

/** Why an event may not come from outside, or undefined when it may. */
export function eventProblem(type: string, data: JsonObject, vocabulary: Vocabulary): string | undefined {
  if (OURS.test(type)) return `${type} is derived by Latchkey from what the CRM says; it cannot be sent.`;
  const required = Object.hasOwn(vocabulary.events, type) ? vocabulary.events[type] : undefined;
  if (required === undefined) {
    const near = nearest(type, Object.keys(vocabulary.events));
    return `There is no event ${JSON.stringify(type)}.${near === undefined ? "" : ` Did you mean ${near}?`}`;
  }
  const missing = required.filter((name) => property(data, name) === undefined);
  return missing.length === 0 ? undefined : `${type} needs ${missing.join(", ")}.`;
}

/** Why an event may not be one of the past, or undefined when it may. */
export function pastProblem({ at, create }: EventItem): string | undefined {
  if (at === undefined) return "at: an event of the past needs the instant at which it happened.";
  return create === true ? "create: a contact is made now, not in the past; send it apart." : undefined;
}

function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known.map((name) => ({ name, edits: editsBetween(word, name) })).sort((a, b) => a.edits - b.edits);
  const [best] = ranked;
  return best !== undefined && best.edits <= Math.max(1, Math.floor(word.length / 4)) ? best.name : undefined;
}

/** Levenshtein's distance. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, place) => place);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
