// A location with leads to whom a text waits, its sender by hand, and hooks at the points of the sender's transaction.

import { saveProofs } from "../src/compliance/index.ts";
import { readLeads } from "../src/leads/index.ts";
import { openBudget, openSender, recheck, type Sender, type SenderNeeds } from "../src/outreach/index.ts";
import type { TestDatabase } from "./database.ts";
import { openPlace, type Place } from "./turns.ts";

export const NOON = Date.UTC(2026, 10, 18, 19);
const YAML = `
workflow: hello
enroll: { when: contact.created }
steps: [ { id: hi, send: hi, via: [sms] } ]
---
templates: { hi: { sms: Hello } }
`;
/** Where a STOP may be committed before the mark is: before anything, between the statements, after the last check. */
export const POINTS = ["before", "profiles", "rights", "marked", "never"] as const;
export type Point = (typeof POINTS)[number];

const refuse = async () => ({ result: "failed" as const, detail: "not in this test" });

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
  await place.publish(YAML);
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
  const { database, clock, facts, scenes } = place.parts();
  const sent: string[] = [];
  const made: Stage = {
    place,
    sent,
    at: async () => undefined,
    open: (more = {}) =>
      openSender({
        ...{ database, clock, facts, addressKey: "key", pollMs: 0 },
        budget: openBudget({ database, clock }),
        leads: async (sql, location, ids) => {
          await made.at("profiles");
          return readLeads(sql, location, ids);
        },
        rights: async (sql, location, ids) => {
          await made.at("rights");
          const scene = await scenes.open(sql, location, clock.now());
          const heard = await scenes.heard(sql, location, ids);
          return (row, lead, message) => {
            const facts = { ...lead, refusals: scene.refusals ?? {}, ...heard.get(row.lead) };
            return recheck(row, scene.outreach, facts, message);
          };
        },
        prove: async (sql, location, proofs) => {
          await made.at("marked");
          await saveProofs(sql, location, proofs);
        },
        channels: {
          sms: {
            name: "sms",
            send: async ({ contact, key }) => {
              sent.push(contact);
              return { result: "accepted", provider: { messageId: key } };
            },
          },
        },
        records: {
          ...{ createTask: refuse, createNote: refuse, changeTags: refuse, updateContact: refuse },
          ...{ createOpportunity: refuse, updateOpportunity: refuse, changeWorkflow: refuse },
        },
        hook: refuse,
        trigger: refuse,
        lookup: async () => ({ found: "ambiguous" }),
        ...more,
      } as SenderNeeds),
  };
  return made;
}

/** E.164. */
export const phoneOf = (n: number): string => `+1617555${String(100 + n).padStart(4, "0")}`;
