// Turns over a real database: a location of its own, letters to its leads, and batches run by hand or by workers.

import { beforeEach } from "vitest";
import { insertEvents, insertMail, letterOf } from "../src/events/index.ts";
import { type Facts, openFacts } from "../src/kernel/facts.ts";
import { newId } from "../src/kernel/ids.ts";
import type { JsonObject } from "../src/kernel/json.ts";
import type { Database, Transaction } from "../src/kernel/sql.ts";
import type { Clock, Instant } from "../src/kernel/time.ts";
import { openRenderer } from "../src/outreach/index.ts";
import { decideTurn, openScenes, runBatch, type WorkerParts } from "../src/turns/index.ts";
import { compile, openPublications, publish } from "../src/workflows/index.ts";
import type { TestDatabase } from "./database.ts";

export interface Place {
  readonly location: string;
  readonly clock: Clock & { at: Instant };
  readonly facts: Facts;
  /** What a worker of this location is given. */
  parts(more?: Partial<WorkerParts>, database?: Database): WorkerParts;
  publish(yaml: string): Promise<void>;
  /** Events into the log and the mailboxes, in one transaction. */
  mail(...events: { lead: string; type: string; at?: Instant; data?: JsonObject }[]): Promise<void>;
  introduce(...leads: string[]): Promise<void>;
  /** Introduces them, and rests. */
  enter(...leads: string[]): Promise<void>;
  run(more?: Partial<WorkerParts>, options?: { limit?: number; cautious?: boolean }): Promise<number>;
  /** Batches until none of its leads is due. */
  rest(): Promise<void>;
  /** One transaction in which its rows alone are seen. */
  inside<T>(work: (sql: Transaction) => Promise<T>): Promise<T>;
  rows<Row>(text: string): Promise<Row[]>;
}

/** By database: what is drawn for a lead follows from its location's name, and may not from what else ran in this worker. */
const places = new Map<string, number>();

/** A place of its own for each test of a file: there from that test's `beforeEach` on. */
export function placePerTest(db: TestDatabase, start?: Instant): Place {
  const place = {} as Place;
  beforeEach(async () => void Object.assign(place, await openPlace(db, start)));
  return place;
}

/** A location that nobody else uses of this database, by which it is numbered. `$1` of its queries is its id. */
export async function openPlace(db: TestDatabase, start: Instant = Date.now()): Promise<Place> {
  const number = (places.get(db.url) ?? 0) + 1;
  places.set(db.url, number);
  const location = `place${number}`;
  const clock = { at: start, now: () => clock.at, real: () => Date.now(), elapsed: () => performance.now() };
  const facts = openFacts();
  await db.database.transaction([location], (sql) =>
    sql.query(
      `insert into installation (location_id, installed_at, seed, workflow_secret) values ($1, $2, 'seed', '')`,
      [location, new Date(0)],
    ),
  );

  const place: Place = {
    location,
    clock,
    facts,
    parts: (more = {}, database = db.database) => ({
      database,
      clock,
      facts,
      process: { worker: newId(clock.real()), host: "test", pid: 1 },
      scenes: openScenes({
        publications: openPublications(),
        place: () => ({ seed: "seed", zone: "America/New_York", catalog: { installedAt: 0 }, house: {}, links: {} }),
        renderer: openRenderer(),
        addressKey: "key",
      }),
      decide: decideTurn,
      saved: () => undefined,
      ...more,
    }),
    async publish(yaml) {
      const files = [{ file: "test.yaml", text: yaml }];
      const { content, diagnostics } = compile(files);
      if (content === undefined) throw new Error(JSON.stringify(diagnostics));
      await place.inside((sql) => publish(sql, location, { content, sources: files, at: clock.at, by: "test" }));
    },
    async mail(...events) {
      const stored = events.map(({ lead, type, at = clock.at, data = {} }) => ({
        id: newId(clock.at),
        location,
        lead,
        type,
        at,
        receivedAt: clock.at,
        source: "crm" as const,
        data,
      }));
      await place.inside(async (sql) => {
        await insertEvents(sql, stored);
        await insertMail(sql, stored.map(letterOf));
      });
    },
    introduce: (...leads) =>
      place.mail(
        ...leads.map((lead) => ({
          lead,
          type: "crm.contact",
          data: {
            change: "create",
            asOf: clock.at,
            createdAt: clock.at,
            contact: { name: lead, firstName: lead, email: `${lead.toLowerCase()}@example.com`, tags: [] },
          },
        })),
      ),
    run: (more = {}, { limit = 100, cautious = false } = {}) =>
      runBatch(place.parts(more), location, { limit, cautious }),
    async enter(...leads) {
      await place.introduce(...leads);
      await place.rest();
    },
    async rest() {
      while ((await place.run()) > 0);
    },
    inside: (work) => db.database.transaction([location], work),
    rows: async <Row>(text: string) =>
      (await place.inside((sql) => sql.query<Row>(text, text.includes("$1") ? [location] : []))).rows,
  };
  return place;
}
