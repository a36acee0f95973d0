// A sender by hand at a place: what leaves, and what the CRM answers, is the test's. And a location with leads to whom a
// text waits, with hooks at the points of the sender's transaction.

import { openRights } from "../src/app/rights.ts";
import { saveProofs } from "../src/compliance/index.ts";
import { type ChannelName, readLeads } from "../src/leads/index.ts";
import {
  type OutgoingMessage,
  openBudget,
  openSender,
  type Sender,
  type SenderNeeds,
  type SendResult,
} from "../src/outreach/index.ts";
import type { TestDatabase } from "./database.ts";
import { openPlace, type Place } from "./turns.ts";

type Answer = (message: OutgoingMessage) => SendResult;

const refuse = async () => ({ result: "failed" as const, detail: "not in this test" });

/**
 * The sender of a place as the house opens it, by hand: what its scenes let go leaves.
 *
 * @param answers what the CRM says of a message, by channel; whatever else it is asked fails, unless `more` says otherwise
 */
export function senderAt(
  place: Place,
  answers: Partial<Record<ChannelName, Answer>>,
  more: Partial<SenderNeeds> = {},
): Sender {
  const { database, clock, facts, scenes } = place.parts();
  const channels = Object.entries(answers).map(([name, answer]) => [
    name,
    { name, send: async (message: OutgoingMessage) => answer(message) },
  ]);
  return openSender({
    ...{ database, clock, facts, addressKey: "key", pollMs: 0, leads: readLeads, prove: saveProofs },
    budget: openBudget({ database, clock }),
    rights: openRights(scenes, clock),
    channels: Object.fromEntries(channels),
    records: {
      ...{ createTask: refuse, createNote: refuse, changeTags: refuse, updateContact: refuse },
      ...{ createOpportunity: refuse, updateOpportunity: refuse, changeWorkflow: refuse },
    },
    hook: refuse,
    trigger: refuse,
    lookup: async () => ({ found: "ambiguous" }),
    ...more,
  });
}

export const NOON = Date.UTC(2026, 10, 18, 19);
/** Who comes in is texted. */
export const HELLO = `
workflow: hello
enroll: { when: contact.created }
steps: [ { id: hi, send: hi, via: [sms] } ]
---
templates: { hi: { sms: Hello } }
`;
/** Whoever looks at a home is texted, each time. */
export const AGAIN = `
workflow: again
enroll: { when: property_view, again: always }
steps: [ { id: more, send: hi, via: [sms] } ]
---
templates: { hi: { sms: Hello } }
`;
/** Where a STOP may be committed before the mark is: before anything, between the statements, after the last check. */
export const POINTS = ["before", "profiles", "rights", "marked", "never"] as const;
export type Point = (typeof POINTS)[number];

export interface Stage {
  readonly place: Place;
  readonly sent: string[];
  /** What happens when the sender's transaction reaches a point. */
  at: (point: Point) => Promise<void>;
  open(more?: Partial<SenderNeeds>): Sender;
}

/** Leads `lead0`, `lead1` …, each with a number of its own: `phoneOf`. */
export async function stage(db: TestDatabase, leads: number): Promise<Stage> {
  const place = await openPlace(db, NOON);
  await place.publish(HELLO);
  await place.mail(
    ...Array.from({ length: leads }, (_, n) => ({
      lead: `lead${n}`,
      type: "crm.contact",
      data: {
        ...{ change: "create", asOf: NOON, createdAt: NOON },
        contact: { phone: phoneOf(n), tags: [] },
      },
    })),
  );
  await place.run();
  const { clock, scenes } = place.parts();
  const rights = openRights(scenes, clock);
  const sent: string[] = [];
  const sms: Answer = ({ contact, key }) => {
    sent.push(contact);
    return { result: "accepted", provider: { messageId: key } };
  };
  const made: Stage = {
    place,
    sent,
    at: async () => undefined,
    open: (more = {}) =>
      senderAt(
        place,
        { sms },
        {
          leads: async (...of) => {
            await made.at("profiles");
            return readLeads(...of);
          },
          rights: async (...of) => {
            await made.at("rights");
            return rights(...of);
          },
          prove: async (...of) => {
            await made.at("marked");
            await saveProofs(...of);
          },
          ...more,
        },
      ),
  };
  return made;
}

/** E.164. */
export const phoneOf = (n: number): string => `+1617555${String(100 + n).padStart(4, "0")}`;
