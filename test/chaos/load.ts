// Two hundred webhooks a second, as HighLevel sends them: signed, out of order, some twice, and the same one again until
// it is acknowledged. Site events come beside them through the API.

import { generateKeyPairSync, sign } from "node:crypto";
import { Pool } from "undici";

export interface LoadOptions {
  readonly url: string;
  readonly location: string;
  readonly apiKey: string;
  readonly seconds: number;
  readonly perSecond: number;
  readonly random: () => number;
}

export interface Acknowledged {
  readonly id: string;
  readonly lead: string;
  readonly type: string;
}

export interface Load {
  readonly publicKeyPem: string;
  readonly leads: readonly string[];
  /** Offers everything on schedule; resolves when the schedule is over, acknowledged or not. */
  offer(): Promise<void>;
  /** By webhook id, or `api:` and the event's id. */
  readonly acknowledged: ReadonlyMap<string, Acknowledged>;
  figures(): {
    readonly offered: number;
    readonly repeated: number;
    readonly refused: number;
    readonly waiting: number;
  };
  close(): Promise<void>;
}

interface Item {
  readonly at: number;
  readonly about: Acknowledged;
  readonly path: string;
  readonly body: () => Record<string, unknown>;
}

/** What a lead causes, and when (ms after it came in). */
const LIFE = [
  ["ContactCreate", 0],
  ["ContactTagUpdate", 300],
  ["InboundMessage", 600],
  ["NoteCreate", 1_500],
  ["ContactUpdate", 3_000],
  ["NoteCreate", 5_000],
  ["TaskComplete", 7_000],
  ["property_view", 8_000],
  ["NoteCreate", 9_000],
  ["property_view", 10_000],
  ["ContactUpdate", 12_000],
  ["NoteCreate", 14_000],
] as const;
const LAST = 15_000;
/** Share of what comes a second time although it was acknowledged. */
const TWICE = 0.05;

export function openLoad({ url, location, apiKey, seconds, perSecond, random }: LoadOptions): Load {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const pool = new Pool(url, { connections: 64, headersTimeout: 5_000, bodyTimeout: 5_000, connectTimeout: 2_000 });
  const acknowledged = new Map<string, Acknowledged>();
  const count = { offered: 0, repeated: 0, refused: 0, waiting: 0 };
  const timers = new Set<NodeJS.Timeout>();
  const total = Math.round((perSecond * seconds) / (LIFE.length * (1 + TWICE)));
  const leads = Array.from({ length: total }, (_, n) => `chaos-${n}`);
  const items = schedule(leads, (seconds * 1_000 - LAST) / total, random);
  let closed = false;

  const post = async (item: Item, body: string): Promise<boolean> => {
    const api = item.path === "/v1/events";
    const headers = api
      ? { authorization: `Bearer ${apiKey}` }
      : { "x-ghl-signature": sign(null, Buffer.from(body), privateKey).toString("base64") };
    try {
      const answer = await pool.request({
        method: "POST",
        path: item.path,
        headers: { ...headers, "content-type": "application/json" },
        body,
      });
      await answer.body.dump();
      if (answer.statusCode >= 400 && answer.statusCode < 500) count.refused += 1;
      return answer.statusCode >= 200 && answer.statusCode < 300;
    } catch {
      return false;
    }
  };
  const deliver = async (item: Item, body: string): Promise<void> => {
    count.waiting += 1;
    while (!closed) {
      if (await post(item, body)) {
        acknowledged.set(item.about.id, item.about);
        break;
      }
      count.repeated += 1;
      await later(500 + random() * 1_000);
    }
    count.waiting -= 1;
  };
  const later = (ms: number) =>
    new Promise<void>((done) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        done();
      }, ms);
      timers.add(timer);
    });

  return {
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    leads,
    acknowledged,
    figures: () => ({ ...count }),
    async offer() {
      const from = performance.now();
      for (const item of items) {
        const early = item.at - (performance.now() - from);
        if (early > 0) await later(early);
        if (closed) return;
        count.offered += 1;
        const body = JSON.stringify({
          ...(item.path === "/v1/events" ? {} : { locationId: location }),
          ...item.body(),
        });
        void deliver(item, body);
      }
    },
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      await pool.destroy();
    },
  };
}

/** The lives of all leads, one lead every `apart` ms, shaken so that some overtake others. */
function schedule(leads: readonly string[], apart: number, random: () => number): Item[] {
  const items = leads.flatMap((lead, n) =>
    LIFE.flatMap(([type, after], place): Item[] => {
      const at = n * apart + Math.max(0, after + (random() - 0.5) * 800);
      const id = `${lead}-${place}`;
      const item: Item = {
        at,
        about: { id: type === "property_view" ? `api:${id}` : id, lead, type },
        path: type === "property_view" ? "/v1/events" : "/webhooks/highlevel",
        body: () => payload(type, lead, n, id),
      };
      return random() < TWICE ? [item, { ...item, at: at + random() * 10_000 }] : [item];
    }),
  );
  return items.sort((a, b) => a.at - b.at);
}

function payload(type: (typeof LIFE)[number][0], lead: string, n: number, id: string): Record<string, unknown> {
  const stamp = new Date().toISOString();
  const head = { type, webhookId: id, timestamp: stamp };
  switch (type) {
    case "ContactCreate":
    case "ContactUpdate":
    case "ContactTagUpdate":
      return { ...head, id: lead, ...contactOf(lead, n), tags: type === "ContactCreate" ? [] : [`${type}-${id}`] };
    case "InboundMessage":
      return {
        ...head,
        contactId: lead,
        conversationId: `talk-${lead}`,
        messageId: `in-${id}`,
        messageType: "SMS",
        direction: "inbound",
        status: "delivered",
        body: `Is home number ${n} still for sale?`,
        dateAdded: stamp,
      };
    case "NoteCreate":
      return { ...head, id: `note-${id}`, contactId: lead, body: `Looked at home ${id}`, dateAdded: stamp };
    case "TaskComplete":
      return { ...head, id: `task-${id}`, contactId: lead, title: `Call about ${id}`, dateAdded: stamp };
    case "property_view":
      return { events: [{ id, type, contact: lead, properties: { property: { id: `home-${n}` } } }] };
  }
}

/** A contact as both sides know it. */
export const contactOf = (lead: string, n: number) => ({
  firstName: "Chaos",
  lastName: String(n),
  email: `${lead}@example.com`,
  phone: `+1${AREAS[Math.floor(n / 100) % AREAS.length]}55501${String(n % 100).padStart(2, "0")}`,
  timezone: "America/Chicago",
  source: "chaos",
  dnd: false,
});

/** Codes of the continental United States: a hundred fictional numbers each. */
const AREAS = [205, 206, 210, 212, 213, 214, 215, 216, 217, 219, 224, 225, 229, 231, 234, 239, 240, 248, 251, 252, 253]
  .concat([254, 256, 260, 262, 267, 269, 270, 281, 301, 302, 303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315])
  .concat([316, 317, 318, 319, 320, 321, 323, 325, 330, 331, 334, 336, 337, 339, 347, 351, 352, 360, 361, 386, 401]);
