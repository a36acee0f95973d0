// The chains after somebody was at them, the report of what was kept back, and the zip for an auditor.

import { createHash } from "node:crypto";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../test/database.ts";
import { openPlace, type Place } from "../../test/turns.ts";
import { sweep } from "../database/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import { DAY } from "../kernel/time.ts";
import { evidence, keptBack, saveProofs, setLegalHold, verify } from "./index.ts";

/** 21:30 in New York: quiet. */
const NIGHT = Date.UTC(2026, 10, 19, 2, 30);
const YAML = `
workflow: hello
enroll: { when: contact.created }
steps: [ { id: hi, send: hi, via: [sms] } ]
---
templates: { hi: { sms: Hello } }
`;

let db: TestDatabase;
let place: Place;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

const inside = <T>(work: Parameters<TestDatabase["database"]["transaction"]>[1]) =>
  db.database.transaction([place.location], work) as Promise<T>;
const MESSAGES = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"] as const;

beforeEach(async () => {
  place = await openPlace(db, NIGHT);
  await place.publish(YAML);
  for (const [n, lead] of ["ada", "ben"].entries()) {
    await place.mail({
      lead,
      type: "crm.contact",
      data: {
        ...{ change: "create", asOf: NIGHT, createdAt: NIGHT },
        contact: { phone: `+1617555010${n}`, tags: [], firstName: lead },
      },
    });
  }
  await place.run();
  await inside((sql) =>
    saveProofs(
      sql,
      place.location,
      MESSAGES.map((message, n) => ({ lead: "ada", message, at: NIGHT + n, body: { n, real: Date.now() } })),
    ),
  );
});

describe("verifying", () => {
  test("finds every link of what turns and sender have written", async () => {
    expect(await verify(db.database, place.location)).toMatchObject({ ok: true, proofs: 2, broken: [], unproved: [] });
    expect((await verify(db.database, place.location)).decisions).toBeGreaterThanOrEqual(4);
  });

  test.each([
    [
      "a decision that was changed",
      "update decision set verdict = 'sent' where location_id = $1 and lead_id = 'ben' and place = 0 returning 1",
      "ben",
      "changed",
    ],
    [
      "a reason that was changed",
      "update decision set trace = jsonb_set(trace, '{links,0,code}', '\"x\"') where location_id = $1 and lead_id = 'ben' returning 1",
      "ben",
      "changed",
    ],
    [
      "a proof that was changed",
      "update proof set body = '{\"n\": 9}' where location_id = $1 and n = 1 returning 1",
      "ada",
      "changed",
    ],
    [
      "a proof that was taken out",
      "update proof set n = 3 where location_id = $1 and n = 2 returning 1",
      "ada",
      "missing before",
    ],
  ])("names the lead and the link of %s", async (_, statement, lead, what) => {
    await place.rows(statement);
    const found = await verify(db.database, place.location);
    expect(found.ok).toBe(false);
    expect(found.broken[0]).toMatchObject({ lead, what });
  });

  test("names a message that left without a proof", async () => {
    await place.rows(
      "update outbox set tried_at = now() + interval '1 minute' where location_id = $1 and lead_id = 'ben' returning 1",
    );
    expect(await verify(db.database, place.location)).toMatchObject({ ok: false, unproved: [{ lead: "ben" }] });
    expect(await verify(db.database, place.location, "ben")).toMatchObject({ ok: false, unproved: [{ lead: "ben" }] });
    expect(await verify(db.database, place.location, "ada")).toMatchObject({ ok: true, unproved: [] });
  });
});

test("what was kept back is counted by day and rule", async () => {
  const found = await inside((sql) => keptBack(sql, place.location, { from: NIGHT - DAY, to: NIGHT + DAY }));
  expect(found).toEqual([{ day: "2026-11-19", verdict: "held", code: "hours.quiet", messages: 2, leads: 2 }]);
});

test("the evidence is one zip: lines of JSON, a page, and a manifest whose hashes are those of the files", async () => {
  let manifest = "";
  const chunks: Uint8Array[] = [];
  const asked = { location: place.location, lead: "ada", from: NIGHT - DAY, to: NIGHT + DAY, by: "ann", now: NIGHT };
  const done = async (hash: string) => {
    manifest = hash;
  };
  for await (const chunk of evidence(db.database, asked, done)) chunks.push(chunk);
  const files = unzipSync(Buffer.concat(chunks));
  const text = (name: string) => Buffer.from(files[name] ?? []).toString();
  expect(Object.keys(files)).toEqual(
    expect.arrayContaining([
      "consents.jsonl",
      "messages.jsonl",
      "proofs.jsonl",
      "decisions.jsonl",
      "words.jsonl",
      "index.html",
    ]),
  );
  expect(createHash("sha256").update(text("manifest.json")).digest("hex")).toBe(manifest);
  const said = JSON.parse(text("manifest.json")) as {
    chains: string;
    files: { name: string; lines: number; sha256: string }[];
  };
  expect(said.chains).toBe("every link holds");
  for (const { name, sha256 } of said.files)
    expect(createHash("sha256").update(text(name)).digest("hex"), name).toBe(sha256);
  const lines = (name: string) =>
    text(name)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as JsonObject);
  expect(lines("messages.jsonl")).toMatchObject([
    { lead: "ada", template: "hi", rendered: { sms: { text: "Hello" } } },
  ]);
  expect(lines("proofs.jsonl").map(({ n }) => n)).toEqual([1, 2]);
  expect(lines("decisions.jsonl").every(({ lead }) => lead === "ada")).toBe(true);
  expect(text("index.html")).toContain("every link holds");
});

test("a legal hold keeps what would be past its time, and nothing else does", async () => {
  const later = NIGHT + 6 * 366 * DAY;
  const left = async () =>
    (await place.rows<{ n: number }>("select count(*)::int as n from message where location_id = $1"))[0]?.n;
  await inside((sql) => setLegalHold(sql, place.location, { lead: "ada", by: "ann", reason: "a suit", at: NIGHT }));
  await sweep(db.database, later);
  expect(await left()).toBe(1);
  await place.rows("delete from legal_hold where location_id = $1 returning 1");
  await sweep(db.database, later);
  expect(await left()).toBe(0);
});
