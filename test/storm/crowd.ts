// Who is in a storm, and what they say: contacts at the provider, their webhooks to Latchkey, signed, some twice, each
// until it is acknowledged. What is intended is counted here, from what was acknowledged, and nowhere else.

import { generateKeyPairSync, sign } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Pool } from "undici";
import { contactOf } from "../chaos/load.ts";

/** How a message of each step begins, in the order in which they are sent. */
export const LETTERS = { first: "First", second: "Second", third: "Third", fourth: "Fourth" } as const;
export type Letter = keyof typeof LETTERS;

/** What is written beside, for whoever came in as `records`. */
export const RECORDS = ["task.create", "note.create", "opportunity.create", "workflow.add"] as const;

export interface Person {
  readonly id: string;
  readonly n: number;
  /** Gets what is written beside. */
  readonly records: boolean;
  /** Says STOP when told to. */
  readonly stops: boolean;
  /** Has the number of somebody who says STOP. */
  readonly doubleOf?: string;
}

/** One in so many gets records, and one in so many says STOP; every second of those has a double with the same number. */
export function people(count: number, everyRecords: number, everyStop: number): Person[] {
  return Array.from({ length: count }, (_, n): Person => {
    const stops = everyStop > 0 && n % everyStop === 1;
    const doubles = everyStop > 0 && n % (2 * everyStop) === 2;
    const double = doubles ? { doubleOf: `storm-${n - 1}` } : {};
    return { id: `storm-${n}`, n, records: n % everyRecords === 0, stops, ...double };
  });
}

export const detailsOf = ({ id, n, records, doubleOf }: Person) => ({
  ...contactOf(id, n),
  ...(doubleOf === undefined ? {} : { phone: contactOf(doubleOf, n - 1).phone }),
  source: records ? "records" : "storm",
});

export const workflows = (breaths: readonly [string, string, string]) => `
workflow: letters
name: Four letters
enroll: { when: message.received, again: always, if_running: queue }
steps:
  - { id: first, send: first, via: [sms, email], purpose: reply }
  - { id: one, wait: { for: ${breaths[0]}, spread: 0s } }
  - { id: second, send: second, via: [email, sms], purpose: reply }
  - { id: two, wait: { for: ${breaths[1]}, spread: 0s } }
  - { id: third, send: third, via: [sms, email], purpose: reply }
  - { id: three, wait: { for: ${breaths[2]}, spread: 0s } }
  - { id: fourth, send: fourth, via: [email, sms], purpose: reply }
---
workflow: records
name: What is written beside
enroll: { when: message.received, if: { contact.source: records }, again: never }
steps:
  - { id: tag, tag: stormy, on_error: { retry: 3, every: 1s, then: continue } }
  - { id: task, task: "Call number {{ contact.last_name }}", to: owner, due: 1h, on_error: { retry: 0, every: 1s, then: continue } }
  - { id: update, update: { contact.city: Austin }, on_error: { retry: 3, every: 1s, then: continue } }
  - { id: note, note: "Wrote in the storm", on_error: { retry: 0, every: 1s, then: continue } }
  - { id: deal, opportunity: create, pipeline: Buyers, stage: New lead, name: Storm, on_error: { retry: 0, every: 1s, then: continue } }
  - { id: letter, highlevel_workflow: Monthly letter, action: add, on_error: { retry: 0, every: 1s, then: continue } }
---
templates:
${Object.entries(LETTERS)
  .map(([id, word]) => {
    const text = `${word} letter to number {{ contact.last_name | default: 'none' }}.`;
    return `  ${id}: { sms: "${text}", email: { subject: "${text}", body: "${text}" } }`;
  })
  .join("\n")}
`;

export interface Crowd {
  readonly publicKeyPem: string;
  /** They come in and write, evenly over so many seconds. Resolves when all is acknowledged. */
  arrive(people: readonly Person[], seconds: number): Promise<void>;
  /** Resolves when it is acknowledged. */
  stop(person: Person): Promise<void>;
  /** Who wrote, acknowledged. */
  readonly wrote: ReadonlySet<string>;
  /** When each STOP was acknowledged, real time. */
  readonly stopped: ReadonlyMap<string, number>;
  readonly repeated: () => number;
  close(): Promise<void>;
}

/** Every so many-th webhook comes twice although it was acknowledged. */
const TWICE_EVERY = 10;

/** @param doors where Latchkey's processes listen; any of them may be gone */
export function openCrowd({ doors, location }: { doors: readonly string[]; location: string }): Crowd {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const pools = doors.map(
    (url) => new Pool(url, { connections: 24, headersTimeout: 5_000, bodyTimeout: 5_000, connectTimeout: 2_000 }),
  );
  const wrote = new Set<string>();
  const stopped = new Map<string, number>();
  let turn = 0;
  let repeated = 0;
  let closed = false;

  const post = async (body: string): Promise<boolean> => {
    turn += 1;
    const pool = pools[turn % pools.length] as Pool;
    const signature = sign(null, Buffer.from(body), privateKey).toString("base64");
    const headers = { "content-type": "application/json", "x-ghl-signature": signature };
    try {
      const answer = await pool.request({ method: "POST", path: "/webhooks/highlevel", headers, body });
      await answer.body.dump();
      return answer.statusCode >= 200 && answer.statusCode < 300;
    } catch {
      return false;
    }
  };
  const deliver = async (payload: Record<string, unknown>, times = 1): Promise<void> => {
    const body = JSON.stringify({ locationId: location, timestamp: new Date().toISOString(), ...payload });
    for (let left = times; left > 0 && !closed; ) {
      if (await post(body)) left -= 1;
      else await pause(200);
    }
    repeated += times - 1;
  };
  const twice = ({ n }: Person) => (n % TWICE_EVERY === 0 ? 2 : 1);
  const text = ({ id }: Person, key: string, body: string) => ({
    type: "InboundMessage",
    webhookId: `${key}-${id}`,
    contactId: id,
    conversationId: `talk-${id}`,
    messageId: `${key}-${id}`,
    messageType: "SMS",
    direction: "inbound",
    status: "delivered",
    body,
    dateAdded: new Date().toISOString(),
  });

  return {
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    wrote,
    stopped,
    repeated: () => repeated,
    async arrive(everybody, seconds) {
      const from = performance.now();
      const under: Promise<void>[] = [];
      for (const [place, person] of everybody.entries()) {
        const early = (place / everybody.length) * seconds * 1_000 - (performance.now() - from);
        if (early > 0) await pause(early);
        const comes = async () => {
          const about = { type: "ContactCreate", webhookId: `new-${person.id}`, id: person.id, ...detailsOf(person) };
          await deliver({ ...about, tags: [] }, twice(person));
          await deliver(text(person, "in", `Is home number ${person.n} still for sale?`), twice(person));
          wrote.add(person.id);
        };
        under.push(comes());
      }
      await Promise.all(under);
    },
    async stop(person) {
      await deliver(text(person, "stop", "STOP"));
      stopped.set(person.id, Date.now());
    },
    async close() {
      closed = true;
      await Promise.all(pools.map((pool) => pool.destroy()));
    },
  };
}
