// From what comes in to what a turn leaves, over a real database: the way every lead goes.

import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fastify from "fastify";
import { beforeEach, describe, expect, test } from "vitest";
import { databasePerFile, type TestDatabase } from "../../test/database.ts";
import { type Place, placePerTest } from "../../test/turns.ts";
import { type BehaviorState, engagement } from "../behavior/index.ts";
import { BUILT_IN } from "../events/index.ts";
import { openSignatures, readWebhook } from "../highlevel/index.ts";
import { ingestRoutes, openIntake } from "../ingest/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import { DAY, HOUR } from "../kernel/time.ts";
import { type Folder, openFolder } from "../workflows/index.ts";

const db = databasePerFile();
const place = placePerTest(db);

describe("ten deliveries of one webhook at once", () => {
  test("cause one effect", async () => {
    await place.publish(
      `workflow: answer\nenroll: { when: message.received, again: always, if_running: parallel, key: text }\nsteps: [ { id: call, task: "Call {{ contact.name }}", to: owner, due: 1h } ]`,
    );
    await place.introduce("ada");
    await place.run();
    const { app, deliver } = await door(place, db);
    try {
      const answers = await Promise.all(Array.from({ length: 10 }, () => deliver("w1")));
      expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(10).fill(200));
      await place.rest();
      expect(await place.rows("select kind from outbox where location_id = $1")).toEqual([{ kind: "task" }]);
      // another webhook is another effect
      await deliver("w2");
      await place.run();
      expect(await place.rows("select kind from outbox where location_id = $1")).toHaveLength(2);
    } finally {
      await app.close();
    }
  });
});

describe("property views, visits, opens and contacts delivered out of order", () => {
  test("leave equal windows, engagement and snapshot", async () => {
    const now = place.clock.at;
    const said = (hours: number, city: string) => ({
      type: "crm.contact",
      data: { change: "update", asOf: now - hours * HOUR, createdAt: now - 60 * DAY, contact: { city, tags: [city] } },
    });
    const events: { type: string; at?: number; data: JsonObject }[] = [
      ...[1, 5, 9, 30].map((hours) => ({
        type: "property_view",
        at: now - hours * HOUR,
        data: { "property.id": `home${hours}` },
      })),
      ...[2, 3].map((hours) => ({ type: "website_visit", at: now - hours * HOUR, data: { url: "/" } })),
      ...[4, 6].map((hours) => ({ type: "email.opened", at: now - hours * HOUR, data: { "message.id": `m${hours}` } })),
      said(8, "Boston"),
      said(3, "Salem"),
      said(1, "Lynn"),
    ];
    await place.publish(
      `triggers:\n  spike: { name: Spike, when: { behavior.property_view: { count: 3, within: 24h } }, cooldown: 24h }`,
    );
    await place.mail(...events.map((event) => ({ lead: "straight", ...event })));
    await place.run();
    for (const event of events.toReversed()) {
      await place.mail({ lead: "reversed", ...event });
      await place.run();
    }
    const mixed = [5, 0, 9, 2, 7, 1, 10, 4, 8, 3, 6].flatMap((index) => events[index] ?? []);
    await place.mail(...mixed.slice(0, 6).map((event) => ({ lead: "mixed", ...event })));
    await place.run();
    await place.mail(...mixed.slice(6).map((event) => ({ lead: "mixed", ...event })));
    await place.run();

    const states = await place.rows<{
      lead: string;
      data: { behavior: BehaviorState; score: object };
      profile: object;
    }>(
      `select lead_id as lead, s.data, l.data as profile
         from lead_state as s join lead as l using (location_id, lead_id) where location_id = $1 order by lead_id`,
    );
    const figures = states.map(({ data: { behavior, score }, profile }) => ({
      windows: behavior.windows,
      engagement: engagement(behavior, now),
      asOf: behavior.engagement.asOf,
      qualification: behavior.qualification,
      lastActAt: behavior.lastActAt,
      score,
      profile: { ...profile, id: "" },
    }));
    expect(states.map(({ lead }) => lead)).toEqual(["mixed", "reversed", "straight"]);
    expect(figures[0]?.profile).toMatchObject({ contact: { city: "Lynn", tags: ["Lynn"] } });
    expect(figures[0]?.engagement).toBeGreaterThan(0.5);
    expect(figures[1]).toEqual(figures[0]);
    expect(figures[2]).toEqual(figures[0]);
  });
});

describe("a workflow file edited while runs are in flight", () => {
  const file = (tag: string) =>
    `workflow: hello\nenroll: { when: contact.created }\nsteps:\n  - { id: rest, wait: 2h }\n  - { tag: ${tag} }\n`;
  const tagsOf = async (lead: string) =>
    (
      await place.rows<{ lead: string; add: string[] }>(
        "select lead_id as lead, body -> 'add' as add from outbox where location_id = $1 and kind = 'tag'",
      )
    ).flatMap((row) => (row.lead === lead ? row.add : []));
  let dir: string;
  let folder: Folder;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "latchkey-spine-"));
    await writeFile(join(dir, "hello.yaml"), file("one"));
    const { clock, facts, location } = place;
    folder = await openFolder({ dir, database: db.database, clock, facts, locations: async () => [location] });
    return async () => {
      await folder.close();
      await rm(dir, { recursive: true });
    };
  });

  test("and broken says where, and takes nothing down", async () => {
    await place.introduce("ada");
    await place.run();
    await writeFile(join(dir, "hello.yaml"), file("two").replace("wait: 2h", "wiat: 2h"));
    await until(async () => folder.last().diagnostics.length > 0);
    expect(folder.last().diagnostics).toMatchObject([
      { file: expect.stringContaining("hello.yaml"), line: 4, column: 17, severity: "error" },
    ]);
    await place.introduce("ben");
    await place.run();
    place.clock.at += 3 * HOUR; // with its spread
    await place.run();
    expect([await tagsOf("ada"), await tagsOf("ben")]).toEqual([["one"], ["one"]]);
  });

  test("and repaired is what the next lead gets within a second, while runs finish what they began", async () => {
    const scenes = place.parts().scenes; // one process: what it remembers must not outlive an edit
    await place.introduce("ada");
    await place.run({ scenes });
    await writeFile(join(dir, "hello.yaml"), "workflow: [");
    await until(async () => folder.last().diagnostics.length > 0);
    // the quickest of three is the house's own doing, and the rest a busy machine's
    const took: number[] = [];
    const first = ["ada"];
    let lead = 0;
    for (const tag of ["two", "three", "four"]) {
      const written = performance.now();
      await writeFile(join(dir, "hello.yaml"), file(tag));
      await until(async () => {
        lead += 1;
        await place.introduce(`lead${lead}`);
        await place.run({ scenes });
        const plans = await place.rows("select distinct plan_id from run where location_id = $1");
        return plans.length > first.length;
      });
      took.push(performance.now() - written);
      first.push(`lead${lead}`);
    }
    expect(Math.min(...took)).toBeLessThan(1_000);
    place.clock.at += 3 * HOUR;
    while ((await place.run({ scenes })) > 0);
    expect(await Promise.all(first.map(tagsOf))).toEqual([["one"], ["two"], ["three"], ["four"]]);
  });
});

/** The HTTP door of a place, and how the CRM knocks. */
async function door({ location, clock, facts }: Place, { database }: TestDatabase) {
  const keys = generateKeyPairSync("ed25519");
  const intake = openIntake({
    database,
    clock,
    facts,
    resolveLeads: async (_sql, _location, references) => references.map(({ contact }) => contact),
    receiveReceipts: async () => undefined,
    hint: () => undefined,
  });
  const app = fastify();
  app.addHook("onClose", () => intake.close());
  await ingestRoutes(app, {
    intake,
    clock,
    facts,
    verify: openSignatures({ pem: keys.publicKey.export({ type: "spki", format: "pem" }).toString() }),
    readWebhook,
    installed: (one) => one === location,
    locations: () => [location],
    workflowSecret: () => undefined,
    authorize: () => Promise.reject(new InvalidInput("Send an API key.", "unauthorized")),
    vocabulary: () => BUILT_IN,
    findLead: async () => undefined,
    upsertContact: () => Promise.reject(new InvalidInput("There is no CRM.", "unavailable")),
  });
  const deliver = (webhookId: string) => {
    const webhook = {
      type: "InboundMessage",
      locationId: location,
      webhookId,
      contactId: "ada",
      messageId: webhookId,
      messageType: "SMS",
      body: `Hello ${webhookId}`,
    };
    const payload = Buffer.from(JSON.stringify(webhook));
    const signature = sign(null, payload, keys.privateKey).toString("base64");
    const headers = { "content-type": "application/json", "x-ghl-signature": signature };
    return app.inject({ method: "POST", url: "/webhooks/highlevel", payload, headers });
  };
  return { app, deliver };
}

const until = (holds: () => Promise<boolean>) => expect.poll(holds).toBe(true);
