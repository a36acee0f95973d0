import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import fastify, { type FastifyInstance } from "fastify";
import { beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { documentedSamples } from "../../test/samples.ts";
import { BUILT_IN } from "../events/index.ts";
import { openSignatures, readWebhook } from "../highlevel/index.ts";
import { InvalidInput, Unavailable } from "../kernel/errors.ts";
import { type Facts, openFacts } from "../kernel/facts.ts";
import { answerProblems } from "../kernel/problem.ts";
import type { Database, Transaction } from "../kernel/sql.ts";
import { DAY, MINUTE } from "../kernel/time.ts";
import type { ProviderReceipt } from "../outreach/index.ts";
import type { Principal } from "../tenancy/index.ts";
import { type IngestNeeds, ingestRoutes, openIntake } from "./index.ts";

const keys = generateKeyPairSync("ed25519");
const stranger = generateKeyPairSync("ed25519");
const LOCATIONS = ["loc1", "loc2"];
const SECRET = "workflow-secret-of-loc1";

const db = databasePerFile();
let facts: Facts;
let notInstalled: string[];
let hinted: string[];
let receipts: ProviderReceipt[];
let now = Date.now();
let app: FastifyInstance;

beforeEach(async () => {
  await db.database.asOwner((sql) => sql.query("truncate receipt, raw, event, mailbox, lead_turn, told"));
  [notInstalled, hinted, receipts] = [[], [], []];
  app = await serve();
});

describe("a webhook of HighLevel", () => {
  test("is in the log and in the lead's mailbox when it is answered", async () => {
    const answer = await deliver(message());
    expect([answer.statusCode, answer.json()]).toEqual([200, { accepted: true }]);
    expect(await stored()).toEqual({ receipt: 1, raw: 1, event: 1, mailbox: 1, lead_turn: 1 });
    const [event] = await rows<{ lead_id: string; type: string; data: object }>("select * from event");
    expect(event).toMatchObject({ lead_id: "ada", type: "message.received", data: { channel: "sms", text: "Hello" } });
    expect(hinted).toEqual(["loc1"]);
  });

  test("keeps its body byte by byte", async () => {
    const body = Buffer.from(
      `{ "type":"InboundMessage", "locationId":"loc1","webhookId":"w", "contactId":"ada","body":"Zo\\u00eb" , "n":1.0}`,
    );
    await post(body, signed(body));
    const [raw] = await rows<{ body: Buffer }>("select body from raw");
    expect(raw?.body.equals(body)).toBe(true);
  });

  test("keeps each body of a batch apart from its neighbors", async () => {
    const texts = ["a", "", "ccc 😀"];
    await Promise.all(texts.map((text, n) => deliver({ ...message(), webhookId: `w${n}`, body: text })));
    const bodies = await rows<{ id: string; body: Buffer }>(
      "select receipt_id as id, body from raw join receipt using (location_id, event_id) order by receipt_id",
    );
    expect(bodies.map(({ body }) => JSON.parse(body.toString()).body)).toEqual(texts);
  });

  test("with a wrong, missing or N/A signature is refused with 401 and stores nothing", async () => {
    const body = Buffer.from(JSON.stringify(message()));
    const headers: Record<string, string>[] = [
      {},
      { "x-ghl-signature": "" },
      { "x-ghl-signature": "N/A" },
      { "x-ghl-signature": "bm8=" },
      signed(body, stranger.privateKey),
      signed(Buffer.concat([body, Buffer.from(" ")])),
    ];
    for (const header of headers) await refused(body, header, 401, "bad-signature");
  });

  test("parsed and written again no longer has its signature", async () => {
    const body = Buffer.from(`{"type": "InboundMessage", "locationId":"loc1", "contactId":"ada"}`);
    await refused(Buffer.from(JSON.stringify(JSON.parse(body.toString()))), signed(body), 401, "bad-signature");
  });

  test("of 2 MB is refused with 413", async () => {
    const body = Buffer.from(JSON.stringify({ ...message(), body: "x".repeat(2 * 1024 * 1024) }));
    await refused(body, signed(body), 413, "too-large");
  });

  test("that is no JSON, of wrong types, or nested ten thousand deep is refused with 400 and a reason", async () => {
    const bodies = [
      "",
      "{",
      "[]",
      "null",
      JSON.stringify({ ...message(), contactId: 7 }),
      JSON.stringify({ ...message(), webhookId: {} }),
      JSON.stringify({ type: "ContactCreate" }),
      `{"type":"InboundMessage","locationId":"loc1","x":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
    ];
    for (const text of bodies) {
      const body = Buffer.from(text);
      const answer = await refused(body, signed(body), 400, "invalid-input");
      expect(answer.json().detail.length).toBeGreaterThan(10);
    }
    expect((await deliver(message())).statusCode).toBe(200);
  });

  test("with what jsonb cannot hold is stored with it replaced", async () => {
    const body = Buffer.from(
      `{"type":"InboundMessage","locationId":"loc1","webhookId":"w\\u0000","contactId":"ada","body":"a\\u0000b\\ud800"}`,
    );
    expect((await post(body, signed(body))).statusCode).toBe(200);
    const [event] = await rows<{ data: { text: string } }>("select data from event");
    expect(event?.data.text).toBe("a\uFFFDb\uFFFD");
  });

  test("of a location that is not installed is answered 200, counted and not stored", async () => {
    const answer = await deliver({ ...message(), locationId: "elsewhere" });
    expect([answer.statusCode, answer.json()]).toEqual([200, { accepted: false, reason: "not-installed" }]);
    expect(notInstalled).toEqual(["elsewhere"]);
    expect((await stored()).receipt).toBe(0);
  });

  test("about the app itself is stored for any location, moves no lead, and is mail for the app where it came or went", async () => {
    for (const type of ["INSTALL", "UNINSTALL", "PLAN_CHANGE"])
      expect((await deliver({ type, webhookId: type, appId: "app", locationId: "elsewhere" })).json()).toEqual({
        accepted: true,
      });
    expect(await stored()).toEqual({ receipt: 3, raw: 3, event: 3, mailbox: 2, lead_turn: 1 });
    expect(await rows("select distinct location_id from event")).toEqual([{ location_id: "_app" }]);
    expect(await rows("select distinct location_id, lead_id from mailbox")).toEqual([
      { location_id: "_app", lead_id: "_location" },
    ]);
  });

  test("of a type nobody knows is stored as it came", async () => {
    await deliver({ type: "BrandNewThing", locationId: "loc1", contactId: "ada", webhookId: "w", x: { y: 1 } });
    expect(await rows("select lead_id, type, data->'x' as x from event")).toEqual([
      { lead_id: "ada", type: "crm.BrandNewThing", x: { y: 1 } },
    ]);
  });

  test("counts once, however often it comes", async () => {
    expect((await deliver(message())).json()).toEqual({ accepted: true });
    expect((await deliver(message())).json()).toEqual({ accepted: true, duplicate: true });
    expect((await stored()).mailbox).toBe(1);
  });

  test("about a message that another webhook has told of counts, and tells nothing again", async () => {
    await deliver({ ...message(), messageId: "m1" });
    expect((await deliver({ ...message(), messageId: "m1", webhookId: "w2" })).json()).toEqual({ accepted: true });
    expect(await stored()).toEqual({ receipt: 2, raw: 2, event: 1, mailbox: 1, lead_turn: 1 });
  });

  test("about one message tells of it once, in one batch too, and once for each thing that becomes of it", async () => {
    const echo = { ...message(), type: "OutboundMessage", source: "api", messageId: "m1" };
    await Promise.all(
      ["sent", "sent", "delivered"].map((status, n) => deliver({ ...echo, status, webhookId: `w${n}` })),
    );
    expect(await rows("select data ->> 'status' as status from event order by 1")).toEqual([
      { status: "delivered" },
      { status: "sent" },
    ]);
    expect(receipts.map(({ kind }) => kind).sort()).toEqual(["delivered", "echo", "echo"]);
  });

  test("without an id counts once by its bytes", async () => {
    const { webhookId: _, ...body } = message();
    await deliver(body);
    await deliver(body);
    await deliver({ ...body, body: "Another" });
    expect((await stored()).mailbox).toBe(2);
  });

  test("of two locations with the same id counts once in each", async () => {
    await deliver(message());
    await deliver({ ...message(), locationId: "loc2" });
    expect((await stored()).mailbox).toBe(2);
  });

  test("delivered ten times at once, to two processes, is one letter", async () => {
    const other = await serve();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, place) => deliver(message(), place % 2 === 0 ? app : other)),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(10).fill(200));
    expect(answers.filter((answer) => answer.json().duplicate === undefined)).toHaveLength(1);
    expect(await stored()).toEqual({ receipt: 1, raw: 1, event: 1, mailbox: 1, lead_turn: 1 });
  });

  test("comes in company: a hundred at once take few transactions, and keep the order of each lead", async () => {
    let transactions = 0;
    app = await serve({
      transaction: (scope, work) => {
        transactions++;
        return db.database.transaction(scope, work);
      },
    });
    await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        deliver({ ...message(), webhookId: `w${n}`, contactId: `lead${n % 5}`, body: `${n}` }),
      ),
    );
    expect(transactions).toBeLessThanOrEqual(20);
    const letters = await rows<{ lead_id: string; n: string }>(
      `select m.lead_id, e.data->>'text' as n from mailbox as m join event as e using (location_id, event_id) order by m.seq`,
    );
    for (let lead = 0; lead < 5; lead++) {
      const numbers = letters.filter(({ lead_id }) => lead_id === `lead${lead}`).map(({ n }) => Number(n));
      expect(numbers).toHaveLength(20);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
  });

  test("that cannot be stored takes only itself down, never its company", async () => {
    app = await serve({
      transaction: (scope, work) =>
        db.database.transaction(scope, (sql) => work(failing(sql, "insert into event", "poison"))),
    });
    const answers = await Promise.all(
      ["a", "poison", "b"].map((text) => deliver({ ...message(), webhookId: text, body: text })),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 500, 200]);
    expect(await stored()).toEqual({ receipt: 2, raw: 2, event: 2, mailbox: 2, lead_turn: 1 });
  });

  test("is answered 429 with Retry-After while the database is away, and counts when it comes again", async () => {
    const away = await serve({ transaction: () => Promise.reject(new Unavailable("no database")) });
    const answer = await deliver(message(), away);
    expect([answer.statusCode, answer.json().code, Number(answer.headers["retry-after"])]).toEqual([
      429,
      "unavailable",
      5,
    ]);
    expect((await deliver(message())).json()).toEqual({ accepted: true });
  });

  test("over its location's budget is answered 429, and the other location is not", async () => {
    app = await serve(undefined, { limits: { perSecond: 1, burst: 2 } });
    const codes: number[] = [];
    for (const n of [1, 2, 3]) codes.push((await deliver({ ...message(), webhookId: `w${n}` })).statusCode);
    codes.push((await deliver({ ...message(), locationId: "loc2" })).statusCode);
    expect(codes).toEqual([200, 200, 429, 200]);
    expect((await stored()).receipt).toBe(3);
  });

  test("about a message of ours goes to whoever owns it, in the same transaction, and moves no lead by itself", async () => {
    const echo = { ...message(), messageId: "m1", type: "OutboundMessage", source: "api", status: "delivered" };
    await deliver({ ...echo, direction: "outbound" });
    expect(receipts.map(({ providerId, kind }) => [providerId, kind])).toEqual([
      ["m1", "echo"],
      ["m1", "delivered"],
    ]);
    expect(await stored()).toEqual({ receipt: 1, raw: 1, event: 1, mailbox: 0, lead_turn: 0 });
  });

  test("that names only an address belongs to the lead who has it, else to the log alone", async () => {
    const { contactId: _, ...anonymous } = message();
    await deliver({ ...anonymous, webhookId: "w1", from: "+15555550100" });
    await deliver({ ...anonymous, webhookId: "w2", from: "+15555550199" });
    expect(await rows("select lead_id from mailbox")).toEqual([{ lead_id: "known" }]);
    expect(await rows("select lead_id from event order by lead_id")).toEqual([
      { lead_id: "_location" },
      { lead_id: "known" },
    ]);
  });

  const samples = documentedSamples();
  test.skipIf(samples.length === 0)(
    "as documented is answered 200 twice and counts once, for each of the 58",
    async () => {
      for (const [n, { file, body }] of samples.entries()) {
        const webhook = { ...body, locationId: "loc1", webhookId: `sample-${n}` };
        expect((await deliver(webhook)).json(), file).toEqual({ accepted: true });
        expect((await deliver(webhook)).json(), file).toEqual({ accepted: true, duplicate: true });
      }
      const { receipt, raw } = await stored();
      expect([new Set(samples.map(({ file }) => file)).size, receipt, raw]).toEqual([
        58,
        samples.length,
        samples.length,
      ]);
    },
  );
});

describe("a webhook of a CRM workflow", () => {
  const payload = { contact_id: "ada", customData: { event: "form.submitted", form: "valuation" } };

  test("shows the location's secret, as Bearer or as key", async () => {
    expect((await workflow(payload, { url: `?key=${SECRET}` })).statusCode).toBe(200);
    expect((await workflow({ ...payload, n: 2 }, { authorization: `Bearer ${SECRET}` })).statusCode).toBe(200);
    expect(await rows("select lead_id, type from event")).toEqual(
      Array(2).fill({ lead_id: "ada", type: "form.submitted" }),
    );
  });

  test("with a wrong secret, none, or of an unknown location is refused with 401", async () => {
    for (const options of [
      { url: "?key=wrong" },
      {},
      { authorization: "Bearer " },
      { url: `?key=${SECRET}`, location: "elsewhere" },
      { url: "?key=", location: "loc2" },
    ])
      expect((await workflow(payload, options)).statusCode).toBe(401);
    expect((await stored()).event).toBe(0);
  });

  test("counts an equal body once within 60 s, and again after", async () => {
    const send = async () => (await workflow(payload, { url: `?key=${SECRET}` })).json();
    expect([await send(), await send()]).toEqual([{ accepted: true }, { accepted: true, duplicate: true }]);
    now += MINUTE - 1;
    expect(await send()).toEqual({ accepted: true, duplicate: true });
    now += 1;
    expect(await send()).toEqual({ accepted: true });
  });

  test("that names no event of ours is kept as it came", async () => {
    await workflow({ contact_id: "ada", full_name: "Ada" }, { url: `?key=${SECRET}` });
    expect(await rows("select type, data->>'full_name' as name from event")).toEqual([
      { type: "crm.workflow", name: "Ada" },
    ]);
  });

  test("that names an event we do not know is told", async () => {
    const answer = await workflow({ contact_id: "ada", event: "form.submited" }, { url: `?key=${SECRET}` });
    expect([answer.statusCode, answer.json().detail]).toEqual([
      400,
      'There is no event "form.submited". Did you mean form.submitted?',
    ]);
  });
});

describe("the events API", () => {
  const view = { type: "property_view", contact: "ada", properties: { "property.id": "p1" } };

  test("keeps the good items of a batch, and says what is wrong with each bad one", async () => {
    const answer = await send({
      events: [
        view,
        { ...view, type: "propery_view" },
        { ...view, properties: {} },
        { type: "property_view" },
        5,
        { ...view, contact: "_location" },
      ],
    });
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(answer.json().rejected.map(({ index, code }: { index: number; code: string }) => [index, code])).toEqual(
      [1, 2, 3, 4, 5].map((index) => [index, "invalid-input"]),
    );
    expect(await rows("select lead_id, type, source from event")).toEqual([
      { lead_id: "ada", type: "property_view", source: "api" },
    ]);
  });

  test("answers 422 when no item is good, and 400 when it is no batch", async () => {
    expect((await send({ events: [{ ...view, type: "nonsense" }] })).json()).toMatchObject({
      status: 422,
      errors: [{ field: "events.0" }],
    });
    for (const body of [{}, { events: [] }, { events: Array(501).fill(view) }, [view]])
      expect((await send(body)).statusCode).toBe(400);
  });

  test("counts an id once", async () => {
    const batch = { events: [{ ...view, id: "e1" }, { ...view, id: "e1" }, view] };
    expect((await send(batch)).json()).toMatchObject({ accepted: 2, duplicates: 1 });
    expect((await send(batch)).json()).toMatchObject({ accepted: 1, duplicates: 2 });
  });

  test("wants an API key that may", async () => {
    expect((await send({ events: [view] }, "")).statusCode).toBe(401);
    expect((await send({ events: [view] }, "viewer")).statusCode).toBe(403);
    expect((await send({ location: "loc2", events: [view] }, "agent")).statusCode).toBe(403);
    expect((await send({ location: "elsewhere", events: [view] }, "owner")).json()).toMatchObject({
      code: "not-installed",
    });
    expect((await send({ events: [view] }, "owner")).statusCode).toBe(400);
    expect((await stored()).event).toBe(0);
  });

  test("finds the lead by number or e-mail; a stranger waits as a visitor and is no lead", async () => {
    const { contact: _, ...anonymous } = view;
    await send({
      events: [
        { ...anonymous, phone: "+15555550100" },
        { ...anonymous, visitor: "v1" },
        { ...anonymous, email: "nobody@example.com" },
      ],
    });
    expect(await rows("select lead_id from mailbox")).toEqual([{ lead_id: "known" }]);
    const leads = (await rows<{ lead_id: string }>("select lead_id from event")).map(({ lead_id }) => lead_id).sort();
    expect(leads).toEqual(["known", expect.stringMatching(/^visitor:[0-9a-f]{32}$/), "visitor:v1"]);
    expect(await rows("select lead_id from lead_turn")).toEqual([{ lead_id: "known" }]);
  });

  test("makes the contact in the CRM when it is asked to and nobody knows the address", async () => {
    const { contact: _, ...anonymous } = view;
    const create = { ...anonymous, email: "New@example.com", create: true };
    expect((await send({ events: [create] })).json()).toMatchObject({ accepted: 1 });
    expect(await rows("select lead_id from mailbox")).toEqual([{ lead_id: "made-new@example.com" }]);
  });

  test("tells a lead what they did as a visitor, once it is known who it was, and goes on telling", async () => {
    const { contact: _, ...anonymous } = view;
    const at = (minutes: number) => new Date(now - minutes * MINUTE).toISOString();
    await send({
      events: [
        { ...anonymous, visitor: "v1", at: at(30) },
        { ...anonymous, visitor: "v2", at: at(25) },
      ],
    });
    expect((await stored()).mailbox).toBe(0);
    const form = {
      type: "form.submitted",
      contact: "ada",
      visitor: "v1",
      at: at(5),
      properties: { form: "valuation" },
    };
    await send({ events: [form] });
    await send({ events: [{ ...anonymous, visitor: "v1", at: at(1) }, form] });
    const told = await rows<{ lead_id: string; type: string; at: number }>(
      `select m.lead_id, e.type, e.at from mailbox as m join event as e using (location_id, lead_id, event_id) order by m.seq`,
    );
    expect(told.map(({ lead_id, type, at }) => [lead_id, type, Math.round((now - at) / MINUTE)])).toEqual([
      ["ada", "property_view", 30],
      ["ada", "form.submitted", 5],
      ["ada", "property_view", 1],
      ["ada", "form.submitted", 5],
    ]);
  });

  test("takes a batch of the past as an import: each with its instant, none that makes a contact", async () => {
    const then = new Date(now - 9 * DAY).toISOString();
    const answer = await send({
      past: true,
      events: [
        { ...view, at: then, id: "old" },
        { ...view },
        { ...view, at: then, contact: undefined, email: "new@example.com", create: true },
      ],
    });
    expect(answer.json()).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(answer.json().rejected.map(({ detail }: { detail: string }) => detail.split(":")[0])).toEqual([
      "at",
      "create",
    ]);
    // told again, as the past or as news, it is the same
    expect((await send({ events: [{ ...view, at: then, id: "old" }] })).json()).toMatchObject({ duplicates: 1 });
    expect(await rows("select source, at from event")).toEqual([{ source: "import", at: now - 9 * DAY }]);
    expect((await send({ past: "yes", events: [view] })).statusCode).toBe(400);
  });

  test("takes a stamp from the future for the instant of receipt", async () => {
    await send({ events: [{ ...view, at: new Date(now + MINUTE).toISOString() }] });
    const [event] = await rows<{ at: number; received_at: number }>("select at, received_at from event");
    expect(event?.at).toBe(event?.received_at);
  });
});

const message = () => ({
  type: "InboundMessage",
  locationId: "loc1",
  webhookId: "w1",
  contactId: "ada",
  messageType: "SMS",
  body: "Hello",
});

const signed = (body: Buffer, key: KeyObject = keys.privateKey) => ({
  "x-ghl-signature": sign(null, body, key).toString("base64"),
});

const post = (payload: Buffer, headers: Record<string, string>, to = app) =>
  to.inject({
    method: "POST",
    url: "/webhooks/highlevel",
    payload,
    headers: { "content-type": "application/json", ...headers },
  });

function deliver(webhook: object, to = app) {
  const body = Buffer.from(JSON.stringify(webhook));
  return post(body, signed(body), to);
}

async function refused(body: Buffer, headers: Record<string, string>, status: number, code: string) {
  const answer = await post(body, headers);
  expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  expect((await stored()).receipt).toBe(0);
  return answer;
}

interface WorkflowOptions {
  readonly url?: string;
  readonly authorization?: string;
  readonly location?: string;
}

const workflow = (body: object, { url = "", authorization, location = "loc1" }: WorkflowOptions) =>
  app.inject({
    method: "POST",
    url: `/webhooks/workflow/${location}${url}`,
    payload: body,
    headers: authorization === undefined ? {} : { authorization },
  });

const send = (body: object, role = "agent") =>
  app.inject({
    method: "POST",
    url: "/v1/events",
    payload: body,
    headers: role === "" ? {} : { authorization: `Bearer ${role}` },
  });

const rows = <Row>(text: string) => db.database.asOwner(async (sql) => (await sql.query<Row>(text)).rows);

async function stored() {
  const [counts] = await rows<Record<string, number>>(
    `select (select count(*) from receipt) as receipt, (select count(*) from raw) as raw, (select count(*) from event) as event,
            (select count(*) from mailbox) as mailbox, (select count(*) from lead_turn) as lead_turn`,
  );
  return counts as { receipt: number; raw: number; event: number; mailbox: number; lead_turn: number };
}

/** A server that refuses one statement when a value of it holds a word. */
const failing = (sql: Transaction, statement: string, word: string): Transaction => ({
  ...sql,
  query: (text, values) =>
    text.startsWith(statement) && JSON.stringify(values).includes(word)
      ? sql.query("select 1 / 0")
      : sql.query(text, values),
});

async function authorize(header: string | undefined): Promise<Principal> {
  const role = header?.replace("Bearer ", "") as Principal["role"] | undefined;
  if (role === undefined) throw new InvalidInput("Send an API key.", "unauthorized");
  return { id: role, name: role, role, locations: role === "owner" ? "*" : ["loc1"] };
}

async function serve(database: Database = db.database, more: Partial<IngestNeeds> = {}): Promise<FastifyInstance> {
  const links = new Map<string, string>();
  facts = openFacts();
  facts.on("webhook_not_installed", ({ location }) => notInstalled.push(location));
  const clock = { now: () => now, real: () => Date.now(), elapsed: () => performance.now() };
  const known = (phone: string | undefined) => (phone === "+15555550100" ? "known" : undefined);
  const intake = openIntake({
    database,
    clock,
    facts,
    resolveLeads: async (_sql, _location, references) => references.map(({ phone }) => known(phone)),
    receiveReceipts: async (_sql, _location, told) => void receipts.push(...told),
    visitors: {
      leadsOf: async (_sql, location, visitors) =>
        new Map(
          visitors.flatMap((visitor) =>
            links.has(location + visitor) ? [[visitor, links.get(location + visitor) as string]] : [],
          ),
        ),
      link: async (_sql, location, visitor, lead) => void links.set(location + visitor, lead),
    },
    hint: (locations) => void hinted.push(...locations),
  });
  const served = fastify();
  answerProblems(served, facts);
  await ingestRoutes(served, {
    intake,
    clock,
    facts,
    verify: openSignatures({ pem: keys.publicKey.export({ type: "spki", format: "pem" }).toString() }),
    readWebhook,
    installed: (location) => LOCATIONS.includes(location),
    locations: () => LOCATIONS,
    workflowSecret: (location) => (location === "loc1" ? SECRET : location === "loc2" ? "" : undefined),
    authorize,
    vocabulary: () => BUILT_IN,
    findLead: async (_location, { phone }) => known(phone),
    upsertContact: async (_location, { email }) => `made-${email}`,
    ...more,
  });
  return served;
}
