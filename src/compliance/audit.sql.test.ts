// The chains after somebody was at them, the report of what was kept back, and the zip for an auditor.

import { createHash } from "node:crypto";
import { unzipSync } from "fflate";
import { beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { placePerTest } from "../../test/turns.ts";
import { KEPT, sweep } from "../database/index.ts";
import { sha256 } from "../kernel/ids.ts";
import { canonicalJson, type JsonObject } from "../kernel/json.ts";
import { DAY } from "../kernel/time.ts";
import { insertAudit } from "../tenancy/index.ts";
import { evidence, keptBack, STAYS, saveProofs, setLegalHold, verify } from "./index.ts";

/** 21:30 in New York: quiet. */
const NIGHT = Date.UTC(2026, 10, 19, 2, 30);
const YAML = `
workflow: hello
enroll: { when: contact.created }
steps: [ { id: hi, send: hi, via: [sms] } ]
---
templates: { hi: { sms: Hello } }
`;

const db = databasePerFile();
const place = placePerTest(db, NIGHT);

const check = (lead?: string) => verify(db.database, place.location, { now: NIGHT + DAY, lead });
/** The two messages of Ada whose proofs are kept, the first from before. */
let messages: string[];

beforeEach(async () => {
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
  const own = await place.rows<{ id: string }>(
    `insert into message (location_id, message_id, lead_id, created_at, rendered, template, template_hash, decided)
     select location_id, gen_random_uuid(), lead_id, created_at, rendered, template, template_hash, decided
       from message where location_id = $1 and lead_id = 'ada' returning message_id as id`,
  );
  const [own2] = await place.rows<{ id: string }>(
    "select outbox_id as id from outbox where location_id = $1 and lead_id = 'ada' and kind = 'message'",
  );
  messages = [own[0]!.id, own2!.id];
  // as the sender leaves it
  await place.rows(
    `with gone as (update outbox set state = 'accepted' where location_id = $1 and lead_id = 'ada' returning 1)
     update message set checked = '[{"ok":true}]' where location_id = $1 and lead_id = 'ada' returning 1`,
  );
  const rows = await place.rows<{ rendered: { sms: JsonObject }; templateHash: string; decided: JsonObject[] }>(
    `select rendered, template_hash as "templateHash", decided from message where location_id = $1 and lead_id = 'ada' limit 1`,
  );
  const { rendered, templateHash, decided } = rows[0]!;
  const body = {
    channel: "sms",
    templateHash,
    decided,
    checked: [{ ok: true }],
    text: sha256(canonicalJson(rendered.sms)),
  };
  for (const [n, message] of messages.entries()) {
    const at = NIGHT + n;
    await place.inside((sql) =>
      saveProofs(sql, place.location, [
        { lead: "ada", message, at, body: { ...body, n, message, at, real: Date.now() } },
      ]),
    );
  }
  for (const act of ["one", "two", "three"]) await place.inside((sql) => insertAudit(sql, entryOf(act)));
});

const entryOf = (act: string) => ({
  ...{ location: place.location, at: NIGHT, who: "ann", act, subject: "ada", data: { why: act } },
});

describe("verifying", () => {
  test("finds every link of what turns and sender have written", async () => {
    expect(await check()).toMatchObject({ ok: true, proofs: 2, broken: [], unproved: [] });
    expect((await check()).decisions).toBeGreaterThanOrEqual(4);
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
    const found = await check();
    expect(found.ok).toBe(false);
    expect(found.broken[0]).toMatchObject({ lead, what });
  });

  const EDITS: readonly (readonly [string, string, string, string, string])[] = [
    [
      "a text that was replaced",
      `update message set rendered = '{"sms":{"text":"You agreed"}}' where location_id = $1 and message_id = $2`,
      ...(["ada", "the text of message", "changed"] as const),
    ],
    [
      "a message that was deleted",
      "delete from message where location_id = $1 and message_id = $2",
      ...(["ada", "the text of message", "missing"] as const),
    ],
    [
      "a template that was replaced",
      "update message set template_hash = 'x' where location_id = $1 and message_id = $2",
      ...(["ada", "the template of message", "changed"] as const),
    ],
    [
      "verdicts at decide that were replaced",
      "update message set decided = '[]' where location_id = $1 and message_id = $2",
      ...(["ada", "the verdicts at decide of message", "changed"] as const),
    ],
    [
      "verdicts at send that were replaced",
      `update message set checked = '[{"ok":false}]' where location_id = $1 and message_id = $2`,
      ...(["ada", "the verdicts at send of message", "changed"] as const),
    ],
    [
      "a proof that was moved in time",
      "update proof set at = at - interval '3 hours' where location_id = $1 and message_id = $2",
      ...(["ada", "the instant of the proof", "changed"] as const),
    ],
    [
      "a proof that was given to another message",
      "update proof set message_id = gen_random_uuid() where location_id = $1 and message_id = $2",
      ...(["ada", "the proof of message", "changed"] as const),
    ],
    [
      "a last proof that was deleted",
      "delete from proof where location_id = $1 and message_id = $2",
      ...(["ada", "the last proof", "missing after"] as const),
    ],
    [
      "all proofs deleted",
      "delete from proof where location_id = $1 and $2 <> ''",
      ...(["ada", "the last proof", "missing after"] as const),
    ],
    [
      "a head that was deleted",
      "delete from chain_head where location_id = $1 and $2 <> ''",
      ...(["ada", "the last proof", "missing after"] as const),
    ],
    [
      "last decisions that were deleted",
      `delete from decision as d where location_id = $1 and $2 <> '' and lead_id = 'ben'
          and turn = (select max(turn) from decision as l where l.location_id = $1 and l.lead_id = 'ben')`,
      ...(["ben", "the last decision", "missing after"] as const),
    ],
    [
      "all decisions of a lead deleted",
      "delete from decision where location_id = $1 and $2 <> '' and lead_id = 'ben'",
      ...(["ben", "the last decision", "missing after"] as const),
    ],
    [
      "an entry of the audit that was emptied",
      "update audit set data = '{}' where location_id = $1 and $2 <> '' and act = 'two'",
      ...(["", "audit entry", "changed"] as const),
    ],
    [
      "the last entry of the audit taken out",
      "delete from audit where location_id = $1 and $2 <> '' and act = 'three'",
      ...(["", "audit entry", "missing"] as const),
    ],
    [
      "an audit that was emptied",
      "delete from audit where location_id = $1 and $2 <> ''",
      ...(["", "audit entry", "missing"] as const),
    ],
    [
      "links of the audit that were emptied",
      "delete from audit_link where location_id = $1 and $2 <> ''",
      ...(["", "the link of audit entry", "missing"] as const),
    ],
    [
      "an entry of the audit taken out with its link",
      `with gone as (delete from audit where location_id = $1 and $2 <> '' and act = 'two' returning audit_id)
       delete from audit_link as l using gone where l.location_id = $1 and l.audit_id = gone.audit_id`,
      ...(["", "audit entry", "missing before"] as const),
    ],
    [
      "an entry of the audit that nobody wrote",
      `insert into audit (location_id, audit_id, at, who, act, subject)
       select $1, gen_random_uuid(), max(at) + interval '1 minute', 'ann', 'x', $2 from audit where location_id = $1`,
      ...(["", "the link of audit entry", "missing"] as const),
    ],
  ];
  test.each(EDITS)("names %s", async (_, statement, lead, name, what) => {
    await place.inside((sql) => sql.query(statement, [place.location, messages[1]]));
    const found = await check();
    expect(found.ok).toBe(false);
    expect(found.broken[0]).toMatchObject({ lead, what, name: expect.stringContaining(name) });
  });

  test("names words that were shown and are no longer the same, or gone", async () => {
    await place.inside((sql) =>
      sql.query(
        `with shown as (insert into wording (location_id, wording_hash, text, first_at) values ($1, $2, 'I agree', $3))
         insert into consent (location_id, consent_id, lead_id, level, given_at, recorded_at, wording_hash, data)
         values ($1, 'c', 'ada', 'written', $3, $3, $2, '{}')`,
        [place.location, sha256("I agree"), new Date(NIGHT)],
      ),
    );
    expect((await check()).ok).toBe(true);
    await place.rows("update wording set text = 'I agree to all' where location_id = $1 returning 1");
    expect((await check()).broken).toMatchObject([{ chain: "consents", lead: "ada", what: "changed" }]);
    await place.rows("delete from wording where location_id = $1 returning 1");
    expect((await check()).broken).toMatchObject([{ chain: "consents", lead: "ada", what: "missing" }]);
  });

  describe("what stands in rows that may change", () => {
    const mailed = (type: string, data: JsonObject) => place.mail({ lead: "ada", type, data });
    beforeEach(async () => {
      await mailed("consent.given", { channels: ["sms"], level: "given", source: "a form", consent: "agreed" });
      await mailed("message.received", { channel: "sms", text: "STOP" });
      await place.run();
      expect(await check()).toMatchObject({ ok: true, broken: [] });
    });
    test.each([
      ["an agreement that was changed", "update consent set level = 'written'", "ada", "agreement agreed", "changed"],
      [
        "an agreement that ended and goes on",
        "update consent set withdrawn_at = null, withdrawn = null",
        "ada",
        "agreement agreed",
        "changed",
      ],
      ["an agreement that was deleted", "delete from consent", "ada", "agreement agreed", "missing"],
      [
        "an agreement that nobody gave",
        `insert into consent select location_id, 'false', lead_id, level, given_at, recorded_at + interval '1 hour', null, data
           from consent`,
        "ada",
        "agreement false",
        "changed",
      ],
      [
        "an opt-out that was cleared",
        "update address set opted_out_at = null",
        "",
        "the opt-out of a number",
        "missing",
      ],
      [
        "an opt-out that was moved",
        "update address set opted_out_at = now()",
        "",
        "the opt-out of a number",
        "changed",
      ],
      ["an opted-out number that was deleted", "delete from address", "", "the opt-out of a number", "missing"],
    ])("names %s", async (_, statement, lead, name, what) => {
      await place.rows(`with changed as (${statement} where location_id = $1 returning 1) select from changed`);
      expect((await check()).broken).toMatchObject([{ lead, what, name: expect.stringContaining(name) }]);
    });

    test("is as it was written after START, and after an agreement that was withdrawn", async () => {
      place.clock.at += 1_000;
      await mailed("message.received", { channel: "sms", text: "START", from: "+16175550100" });
      await mailed("consent.withdrawn", { reason: "asked" });
      await place.run();
      expect(await check()).toMatchObject({ ok: true, broken: [] });
      expect(await place.rows("select from address where location_id = $1 and opted_out_at is not null")).toEqual([]);
    });
  });

  describe("what retention took out of a lead's decisions", () => {
    /** A year and a half later only the decisions of a message that is kept are there. */
    const LATER = NIGHT + 500 * DAY;
    const later = () => verify(db.database, place.location, { now: LATER });
    const left = () =>
      place.rows<{ lead: string; message: string | null }>(
        "select lead_id as lead, message_id as message from decision where location_id = $1 order by lead_id, turn, place",
      );
    beforeEach(async () => {
      for (const n of [1, 2, 3]) {
        place.clock.at = NIGHT + n * DAY;
        await place.mail({
          lead: "ada",
          type: "message.received",
          data: { channel: "sms", text: n === 2 ? "STOP" : "hi" },
        });
        await place.run();
      }
      const before = await left();
      await sweep(db.database, LATER, 2);
      const after = await left();
      expect(after.length).toBeLessThan(before.length);
      expect(after.length).toBeGreaterThan(0);
      expect(after.every(({ message }) => message !== null)).toBe(true);
    });

    test("is no break: what is still there follows what was there", async () => {
      expect((await later()).broken.filter(({ chain }) => chain === "decisions")).toEqual([]);
    });

    test("lets the next decision follow what is gone", async () => {
      place.clock.at = LATER;
      await place.mail({ lead: "ada", type: "message.received", data: { channel: "sms", text: "START" } });
      await place.run();
      expect((await later()).broken.filter(({ chain }) => chain === "decisions")).toEqual([]);
    });

    test.each([
      ["a decision behind it that was changed", "update decision set verdict = 'sent' where location_id = $1"],
      ["what it says, changed", "update decision_gap set before = 'x' where location_id = $1"],
      ["gaps that are of no retention", "update decision_gap set at = $2 where location_id = $1"],
      ["gaps that were taken away", "delete from decision_gap where location_id = $1"],
    ])("does not hide %s", async (_, statement) => {
      const values = statement.includes("$2") ? [place.location, new Date(LATER - DAY)] : [place.location];
      await place.inside((sql) => sql.query(statement, values));
      expect((await later()).broken.filter(({ chain }) => chain === "decisions")).toHaveLength(1);
    });
  });

  test("a proof after one that was taken from the end leaves the gap", async () => {
    await place.rows("delete from proof where location_id = $1 and n = 2 returning 1");
    await place.inside((sql) =>
      saveProofs(sql, place.location, [{ lead: "ada", message: messages[0]!, at: NIGHT, body: { at: NIGHT } }]),
    );
    expect((await check()).broken).toMatchObject([{ chain: "proofs", what: "missing before" }]);
  });

  test("misses nothing that is past its time", async () => {
    const later = NIGHT + 6 * 366 * DAY;
    await sweep(db.database, later);
    expect(await verify(db.database, place.location, { now: later })).toMatchObject({
      ...{ broken: [], proofs: 0, decisions: 0, audit: 0 },
    });
    expect(STAYS).toEqual({ decision: KEPT.decision, message: KEPT.message, audit: KEPT.audit });
  });

  test("names a message that left without a proof", async () => {
    await place.rows(
      "update outbox set tried_at = now() + interval '1 minute' where location_id = $1 and lead_id = 'ben' returning 1",
    );
    expect(await check()).toMatchObject({ ok: false, unproved: [{ lead: "ben" }] });
    expect(await check("ben")).toMatchObject({ ok: false, unproved: [{ lead: "ben" }] });
    expect(await check("ada")).toMatchObject({ ok: true, unproved: [] });
  });
});

test("what was kept back is counted by day and rule", async () => {
  const found = await place.inside((sql) => keptBack(sql, place.location, { from: NIGHT - DAY, to: NIGHT + DAY }));
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
    { lead: "ada", template: "hi" },
  ]);
  expect(lines("proofs.jsonl").map(({ n }) => n)).toEqual([1, 2]);
  expect(lines("decisions.jsonl").every(({ lead }) => lead === "ada")).toBe(true);
  expect(text("index.html")).toContain("every link holds");
});

test("a legal hold keeps what would be past its time, and nothing else does", async () => {
  const later = NIGHT + 6 * 366 * DAY;
  const left = async () =>
    (await place.rows<{ n: number }>("select count(*)::int as n from message where location_id = $1"))[0]?.n;
  await place.inside((sql) =>
    setLegalHold(sql, place.location, { lead: "ada", by: "ann", reason: "a suit", at: NIGHT }),
  );
  await sweep(db.database, later);
  expect(await left()).toBe(2);
  await place.rows("delete from legal_hold where location_id = $1 returning 1");
  await sweep(db.database, later);
  expect(await left()).toBe(0);
});
