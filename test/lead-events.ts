// For property tests: any story of a lead, as events of ours carry it.

import fc from "fast-check";
import type { LeadEvent } from "../src/events/index.ts";
import type { JsonObject } from "../src/kernel/json.ts";
import { DAY, type Instant, MINUTE } from "../src/kernel/time.ts";

const HOMES = ["a", "b", "c", "d", "e"];
const CHANNELS = ["sms", "email", "whatsapp"];

const kinds: Readonly<Record<string, (n: number) => JsonObject>> = {
  property_view: (n) => ({
    property: { id: HOMES[n % 5] as string, price: 200_000 + (n % 7) * 50_000 },
    seconds: n % 90,
  }),
  website_visit: () => ({ url: "https://homes.example.com/" }),
  "page.left": (n) => ({ url: "https://homes.example.com/", seconds: n % 900 }),
  "property.favorited": () => ({ property: { id: "a" } }),
  "form.started": () => ({ form: "ask" }),
  "form.submitted": () => ({ form: "ask" }),
  "email.opened": (n) => ({ "message.id": "m", ...(n % 3 === 0 ? { machine: true } : {}) }),
  "email.clicked": () => ({ "message.id": "m" }),
  "message.received": (n) => ({ channel: CHANNELS[n % 3] as string, text: "Hi" }),
  "message.sent": (n) => ({ "message.id": "m", channel: CHANNELS[n % 3] as string }),
  "call.answered": (n) => ({ direction: n % 2 === 0 ? "inbound" : "outbound" }),
  "call.ended": (n) => ({ direction: "outbound", answered: n % 2 === 0 }),
  "agent.contacted": () => ({ channel: "voice" }),
  "message.opted_out": (n) => ({ channel: CHANNELS[n % 3] as string, family: n % 3 === 1 ? "email" : "phone" }),
  "appointment.booked": () => ({ appointment: { id: "x" } }),
  "appointment.missed": () => ({ appointment: { id: "x" } }),
  "field.changed": (n) => ({ field: "contact.custom.budget", to: 300_000 + (n % 4) * 1_000 }),
  "crm.contact": (n) => ({
    contact: { source: n % 2 === 0 ? "Facebook" : "Referral", custom: { Timeline: `${n % 12} months` } },
  }),
  "tag.added": () => ({ tag: "x" }),
};

const names = Object.keys(kinds);

export interface Spread {
  readonly from: Instant;
  readonly days: number;
  readonly most?: number;
}

/** Events in order of their instants; some reach us late. */
export const storyOf = ({ from, days, most = 60 }: Spread): fc.Arbitrary<LeadEvent[]> =>
  fc
    .array(
      fc.record({
        minute: fc.nat({ max: (days * DAY) / MINUTE }),
        kind: fc.nat({ max: names.length - 1 }),
        n: fc.nat({ max: 1_000 }),
        late: fc.oneof(
          { weight: 4, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.nat({ max: 5 * 24 * 60 }) },
        ),
      }),
      { maxLength: most },
    )
    .map((drawn) =>
      drawn
        .map(({ minute, kind, n, late }, place) => {
          const type = names[kind] as string;
          const at = from + minute * MINUTE;
          const id = `00000000-0000-7000-8000-${String(place).padStart(12, "0")}`;
          const data = (kinds[type] as (n: number) => JsonObject)(n);
          return { id, lead: "lead", type, at, receivedAt: at + late * MINUTE, source: "site" as const, data };
        })
        .sort((a, b) => a.at - b.at),
    );
