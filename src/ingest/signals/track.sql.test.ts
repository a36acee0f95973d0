import fastify, { type FastifyInstance } from "fastify";
import { beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { BUILT_IN } from "../../events/index.ts";
import { openFacts } from "../../kernel/facts.ts";
import { normalizePhone } from "../../kernel/phone.ts";
import { answerProblems } from "../../kernel/problem.ts";
import { MINUTE } from "../../kernel/time.ts";
import { findLeads, saveAlias, saveLeads, stub } from "../../leads/index.ts";
import { type Intake, openIntake, openPasses, openVisitors, siteRoutes } from "../index.ts";
import { issuePass } from "./passes.ts";

const ORIGIN = "https://www.example.com";
const SITES: Readonly<Record<string, { location: string; origins: readonly string[] }>> = {
  site_one: { location: "loc1", origins: [ORIGIN] },
  site_two: { location: "loc2", origins: ["https://two.example.com"] },
};
const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

const db = databasePerFile();
let app: FastifyInstance;
let intake: Intake;
let now: number;
let elapsed = 0;
let discounted: number;

const clock = { now: () => now, real: () => now, elapsed: () => elapsed };

beforeEach(async () => {
  now = Date.now();
  elapsed = 0;
  discounted = 0;
  await db.database.asOwner((sql) =>
    sql.query("truncate receipt, raw, event, mailbox, lead_turn, visitor, site_pass, lead, lead_alias"),
  );
  const facts = openFacts();
  facts.on("track_discounted", ({ count }) => {
    discounted += count;
  });
  const { database } = db;
  intake = openIntake({
    ...{ database, clock, facts, resolveLeads: findLeads },
    receiveReceipts: async () => undefined,
    visitors: openVisitors({ clock }),
    hint: () => undefined,
  });
  app = fastify();
  answerProblems(app, facts);
  await siteRoutes(app, {
    ...{ intake, clock, facts },
    site: (key) => SITES[key],
    vocabulary: () => ({ ...BUILT_IN, events: { ...BUILT_IN.events, "tour.requested": ["home"] } }),
    redeem: openPasses({ database, clock }),
    phone: (text) => normalizePhone(text),
    script: Buffer.from("the tracker"),
    limits: { perSecond: 10, burst: 20 },
  });
  await lead("loc1", "ada", { email: "ada@example.com", phone: "+15555550101" });
  await lead("loc1", "ben", { email: "ben@example.com" });
  await lead("loc2", "cyn", { email: "ada@example.com" });
});

describe("POST /v1/track", () => {
  test("keeps what a visitor did for a lead that nobody knows yet", async () => {
    const answer = await track({ events: [view("h1"), visit] });
    expect([answer.statusCode, answer.json()]).toEqual([202, { accepted: 2, rejected: [] }]);
    expect(await log()).toEqual([
      ["visitor:v_browser01", "property_view", "site"],
      ["visitor:v_browser01", "website_visit", "site"],
    ]);
    expect(await mail()).toEqual([]);
  });

  test("keeps the good ones of a batch and says of each bad one what is wrong", async () => {
    const answer = await track({
      events: [
        view("h1"),
        { type: "property_view", properties: {} },
        { type: "property_veiw", properties: {} },
        { type: "message.received", properties: { channel: "sms", text: "STOP" } },
        { type: "email.clicked", properties: { "message.id": "m" } },
        { type: "tour.requested", properties: { home: "h1" } },
        { type: "website_visit", properties: { url: "x".repeat(9_000) } },
        "nothing",
        { type: "form.submitted", properties: { form: "contact", opt_out: true } },
        { type: "form.submitted", properties: { form: "contact", message: "STOP" } },
      ],
    });
    expect(answer.statusCode).toBe(202);
    expect(answer.json().accepted).toBe(2);
    expect(
      answer.json().rejected.map(({ index, detail }: { index: number; detail: string }) => [index, detail]),
    ).toEqual([
      [1, "property_view needs property.id."],
      [2, 'There is no event "property_veiw". Did you mean property_view?'],
      [3, "message.received is not for a site to tell: send it to POST /v1/events, with an API key."],
      [4, "email.clicked is not for a site to tell: send it to POST /v1/events, with an API key."],
      [6, "The properties are longer than 8192 letters."],
      [7, expect.stringContaining("body:")],
      [8, expect.stringContaining("only that it was sent")],
      [9, expect.stringContaining("only that it was sent")],
    ]);
  });

  test("answers 422 where no event is good", async () => {
    const answer = await track({ events: [{ type: "nothing.known", properties: {} }] });
    expect([answer.statusCode, answer.json().errors[0].field]).toEqual([422, "events.0"]);
    expect(await log()).toEqual([]);
  });

  test("refuses names that would reach into what every object inherits, wherever they stand", async () => {
    const bodies = [
      `{"visitor":"v_browser01","events":[{"type":"website_visit","properties":{"url":"x","__proto__":{"polluted":1}}}]}`,
      `{"visitor":"v_browser01","events":[{"type":"website_visit","properties":{"url":"x","a":[{"constructor":{"prototype":1}}]}}]}`,
      `{"visitor":"v_browser01","events":[{"__proto__":{"type":"website_visit"},"properties":{"url":"x"}}]}`,
    ];
    for (const body of bodies) expect((await track(body)).statusCode).toBe(422);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(await log()).toEqual([]);
  });

  test("answers pages of the site's own origins alone, and a preflight too", async () => {
    const good = await track({ events: [visit] });
    expect(good.headers).toMatchObject({ "access-control-allow-origin": ORIGIN, vary: "origin" });
    expect(good.headers["access-control-allow-credentials"]).toBeUndefined();
    for (const origin of [
      "https://evil.example",
      `${ORIGIN}.evil.example`,
      "http://www.example.com",
      "null",
      undefined,
    ]) {
      const refused = await track({ events: [visit] }, { origin });
      expect([refused.statusCode, refused.json().code]).toEqual([403, "forbidden"]);
      expect(refused.headers["access-control-allow-origin"]).toBeUndefined();
      expect((await preflight(origin)).statusCode).toBe(403);
    }
    const asked = await preflight(ORIGIN);
    expect([asked.statusCode, asked.headers["access-control-allow-methods"]]).toEqual([204, "POST"]);
    expect((await track({ events: [visit] }, { site: "site_two" })).statusCode).toBe(403);
    expect((await track({ events: [visit] }, { site: "nobody" })).statusCode).toBe(404);
    expect((await log()).length).toBe(1);
  });

  test("discounts robots, headless browsers and programs", async () => {
    const robots = [
      "Googlebot/2.1 (+http://www.google.com/bot.html)",
      CHROME.replace("Chrome", "HeadlessChrome"),
      "curl/8.1",
      "",
    ];
    for (const agent of robots) {
      const answer = await track({ events: [visit] }, { agent });
      expect([answer.statusCode, answer.json()]).toEqual([202, { accepted: 0, rejected: [], discounted: 1 }]);
    }
    expect(discounted).toBe(robots.length);
    expect(await log()).toEqual([]);
  });

  test("over the site's budget is told when to come again", async () => {
    const many = { events: Array.from({ length: 20 }, () => visit) };
    expect((await track(many)).statusCode).toBe(202);
    const answer = await track(many);
    expect([answer.statusCode, answer.headers["retry-after"]]).toEqual([429, "2"]);
    elapsed += 2_000;
    expect((await track(many)).statusCode).toBe(202);
  });

  test("refuses a batch that is too large, too long or too deep", async () => {
    expect((await track({ events: Array.from({ length: 51 }, () => visit) })).statusCode).toBe(400);
    expect((await track(`{"visitor":"v_browser01","events":["${"x".repeat(70_000)}"]}`)).statusCode).toBe(413);
    expect((await track(`{"visitor":"v_browser01","events":${"[".repeat(100)}${"]".repeat(100)}}`)).statusCode).toBe(
      400,
    );
    expect((await track("not json")).statusCode).toBe(400);
  });

  test("reckons when it happened by how long ago that was, not by the visitor's clock", async () => {
    await track({ events: [{ ...visit, ago: 5 * MINUTE }] });
    const [event] = await rows<{ at: number }>("select at from event");
    expect(now - (event?.at ?? 0)).toBe(5 * MINUTE);
  });

  test("keeps the browser's time zone with the event, if it is one", async () => {
    const at = (url: string) => ({ type: "website_visit", properties: { url } });
    await track({ zone: "America/Chicago", events: [at("1")] });
    await track({ zone: "Mars/Olympus", events: [at("2")] });
    const zones = await rows<{ zone: string | null }>(
      "select data ->> 'time_zone' as zone from event order by data ->> 'url'",
    );
    expect(zones.map(({ zone }) => zone)).toEqual(["America/Chicago", null]);
  });
});

describe("a visitor who turns out to be a lead", () => {
  test("brings along what they did before, with the stamps of then", async () => {
    await track({ events: [{ ...view("h1"), ago: 30 * MINUTE }] });
    await track({ visitor: "v_browser02", events: [view("h9")] });
    await track({ email: " Ada@Example.com", events: [form] });
    expect(await mail()).toEqual([
      ["ada", "property_view", 30],
      ["ada", "form.submitted", 0],
    ]);
    await track({ events: [view("h2")] });
    expect((await mail()).at(-1)).toEqual(["ada", "property_view", 0]);
  });

  test("is one lead on two browsers", async () => {
    await track({ events: [{ ...view("h1"), ago: 9 * MINUTE }] });
    await track({ visitor: "v_browser02", events: [{ ...view("h2"), ago: 8 * MINUTE }] });
    await track({ phone: "(555) 555-0101", events: [] });
    await track({ visitor: "v_browser02", email: "ada@example.com", events: [] });
    expect(await mail()).toEqual([
      ["ada", "property_view", 9],
      ["ada", "property_view", 8],
    ]);
  });

  test("on a shared computer is whoever said so last, from then on; what is somebody's stays theirs", async () => {
    await track({ events: [{ ...view("h1"), ago: 9 * MINUTE }] });
    await track({ email: "ada@example.com", events: [] });
    await track({ events: [{ ...view("h2"), ago: 7 * MINUTE }] });
    await track({ email: "ben@example.com", events: [] });
    await track({ events: [{ ...view("h3"), ago: 5 * MINUTE }] });
    expect(await mail()).toEqual([
      ["ada", "property_view", 9],
      ["ada", "property_view", 7],
      ["ben", "property_view", 5],
    ]);
  });

  test("changes hands inside one batch of deliveries as it would between two", async () => {
    await track({ email: "ada@example.com", events: [] });
    const common = {
      ...{ location: "loc1", type: "site", source: "site" as const, receivedAt: now },
      ...{ visitor: "v_browser01", otherwise: "visitor:v_browser01", receipts: [] },
    };
    const seen = (id: string) => [{ type: "property_view", at: now, data: { property: { id } } }];
    await Promise.all([
      intake.accept({ ...common, lead: {}, events: seen("before") }),
      intake.accept({ ...common, lead: { contact: "ben" }, events: seen("with") }),
      intake.accept({ ...common, lead: {}, events: seen("after") }),
    ]);
    const told = await rows<{ lead: string; home: string }>(
      "select lead_id as lead, data #>> '{property,id}' as home from event order by event_id",
    );
    expect(told.map(({ lead, home }) => `${lead} ${home}`).sort()).toEqual(["ada before", "ben after", "ben with"]);
  });

  test("is nobody's who has not agreed: a visitor of one page load is never named", async () => {
    await track({ visitor: "p_pageload1", email: "ada@example.com", events: [form] });
    expect(await mail()).toEqual([]);
    expect(await rows("select * from visitor")).toEqual([]);
  });

  test("is known by the pass of a link, once, at its own location and while it is fresh", async () => {
    const pass = () => db.database.transaction(["loc1"], (sql) => issuePass(sql, "loc1", "ada", now));
    const [used, foreign, old] = [await pass(), await pass(), await pass()];
    await track({ pass: used, events: [{ ...view("h1"), ago: MINUTE }] });
    expect(await mail()).toEqual([["ada", "property_view", 1]]);
    await track({ visitor: "v_browser02", pass: used, events: [view("h2")] });
    await track(
      { visitor: "v_browser03", pass: foreign, events: [view("h3")] },
      { site: "site_two", origin: "https://two.example.com" },
    );
    now += 11 * MINUTE;
    await track({ visitor: "v_browser04", pass: old, events: [view("h4")] });
    await track({ visitor: "v_browser05", pass: "x".repeat(16), events: [view("h5")] });
    expect(await mail()).toHaveLength(1);
    const kept = await rows<{ pass_hash: string }>("select pass_hash from site_pass");
    expect(kept.every(({ pass_hash }) => ![used, foreign, old].includes(pass_hash))).toBe(true);
  });

  test("is looked for at the site's own location alone", async () => {
    await track({ email: "ada@example.com", events: [form] }, { site: "site_two", origin: "https://two.example.com" });
    expect(await mail()).toEqual([["cyn", "form.submitted", 0]]);
  });

  test("is the survivor where the contact was merged", async () => {
    await db.database.transaction(["loc1"], (sql) => saveAlias(sql, "loc1", "ada", "ben"));
    await track({ email: "ada@example.com", events: [form] });
    expect(await mail()).toEqual([["ben", "form.submitted", 0]]);
  });
});

describe("news of a contact that was merged", () => {
  const common = { location: "loc1", source: "crm" as const, otherwise: "_location", receipts: [] };
  test("reaches the survivor; what the CRM says of the old record moves nobody", async () => {
    await db.database.transaction(["loc1"], (sql) => saveAlias(sql, "loc1", "ada", "ben"));
    const said = (type: string) => ({
      ...{ ...common, type, receivedAt: now, lead: { contact: "ada" } },
      events: [{ type, at: now, data: {} }],
    });
    await intake.accept(said("message.received"));
    await intake.accept(said("crm.contact"));
    expect(await mail()).toEqual([["ben", "message.received", 0]]);
    expect(await log()).toEqual([
      ["ada", "crm.contact", "crm"],
      ["ben", "message.received", "crm"],
    ]);
  });
});

describe("GET /track.js", () => {
  test("is for every page, kept an hour, and a year under its own version", async () => {
    const answer = await app.inject({ url: "/track.js", headers: { "accept-encoding": "identity" } });
    expect(answer.body).toBe("the tracker");
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": "*",
      "cache-control": "public, max-age=3600, stale-while-revalidate=86400",
      "content-type": "text/javascript; charset=utf-8",
      "cross-origin-resource-policy": "cross-origin",
    });
    const etag = String(answer.headers["etag"]);
    const again = await app.inject({ url: "/track.js", headers: { "if-none-match": etag } });
    expect([again.statusCode, again.body]).toEqual([304, ""]);
    const named = await app.inject({ url: `/track.js?v=${etag.replaceAll('"', "")}` });
    expect(named.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    const pressed = await app.inject({ url: "/track.js", headers: { "accept-encoding": "gzip, br" } });
    expect(pressed.headers["content-encoding"]).toBe("br");
  });
});

const view = (id: string) => ({ type: "property_view", properties: { property: { id } } });
const visit = { type: "website_visit", properties: { url: `${ORIGIN}/` } };
const form = { type: "form.submitted", properties: { form: "valuation" } };

interface Manner {
  readonly site?: string;
  readonly origin?: string | undefined;
  readonly agent?: string;
}

const track = (body: string | object, manner: Manner = {}) =>
  app.inject({
    method: "POST",
    url: `/v1/track?site=${manner.site ?? "site_one"}`,
    payload: typeof body === "string" ? body : JSON.stringify({ visitor: "v_browser01", ...body }),
    headers: {
      "content-type": "text/plain;charset=UTF-8",
      "user-agent": manner.agent ?? CHROME,
      ...("origin" in manner && manner.origin === undefined ? {} : { origin: manner.origin ?? ORIGIN }),
    },
  });

const preflight = (origin: string | undefined) =>
  app.inject({
    method: "OPTIONS",
    url: "/v1/track?site=site_one",
    headers: { "access-control-request-method": "POST", ...(origin === undefined ? {} : { origin }) },
  });

const lead = (location: string, id: string, contact: { email: string; phone?: string }) =>
  db.database.transaction([location], (sql) => {
    const known = { ...stub(location, id), stub: false };
    return saveLeads(sql, location, [{ ...known, contact: { ...known.contact, ...contact } }], { now });
  });

const rows = <Row>(text: string) => db.database.asOwner(async (sql) => (await sql.query<Row>(text)).rows);

const log = async () =>
  (
    await rows<{ lead: string; type: string; source: string }>(
      "select lead_id as lead, type, source from event order by lead_id, type",
    )
  ).map(({ lead, type, source }) => [lead, type, source]);

/** Lead, type, minutes since it happened. */
const mail = async () =>
  (
    await rows<{ lead: string; type: string; at: number }>(
      `select m.lead_id as lead, e.type, e.at
         from mailbox as m join event as e using (location_id, lead_id, event_id) order by m.seq`,
    )
  ).map(({ lead, type, at }) => [lead, type, Math.round((now - at) / MINUTE)]);
