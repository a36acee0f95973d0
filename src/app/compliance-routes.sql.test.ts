// What a lead agreed to, from the request to the row and the profile; and the rules that an owner sets.

import fastify, { type FastifyInstance } from "fastify";
import { beforeEach, describe, expect, test } from "vitest";
import { keysOf } from "../../test/asked.ts";
import { databasePerFile } from "../../test/database.ts";
import { placePerTest } from "../../test/turns.ts";
import { verify } from "../compliance/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import { answerProblems } from "../kernel/problem.ts";
import { DAY, HOUR } from "../kernel/time.ts";
import type { Lead } from "../leads/index.ts";
import { houseRules } from "../outreach/index.ts";
import { atOurs, type Installations, openRules, type Role } from "../tenancy/index.ts";
import { openPlaces } from "../turns/index.ts";
import type { FolderSettings } from "../workflows/index.ts";
import { complianceRoutes } from "./compliance-routes.ts";

const START = Date.UTC(2026, 10, 18, 19);
type InstallationsGet = Installations["get"];
const FOLDER: FolderSettings = {
  ...{ businessHours: [], holidays: [], teams: {}, highlevelWorkflows: {} },
  quietHours: { from: 21 * 60, to: 8 * 60 },
  caps: [{ channel: "sms", count: 1, window: 20 * HOUR }],
};
const db = databasePerFile();
const place = placePerTest(db, START);
let app: FastifyInstance;
let keys: Record<Role, string>;

beforeEach(async () => {
  const { database, clock } = place.parts();
  const { asker, ...made } = await keysOf(place);
  keys = made.keys;
  app = fastify();
  answerProblems(app);
  complianceRoutes(app, {
    ...{ database, clock, mailed: () => undefined },
    authorize: atOurs(asker, (location) => location === place.location),
    rules: openRules({ database, clock, changed: async () => undefined }),
    settings: async () => FOLDER,
  });
  await place.mail({
    lead: "maya",
    type: "crm.contact",
    data: {
      ...{ change: "create", asOf: START, createdAt: START },
      contact: { firstName: "Maya", phone: "+16175550101", email: "maya@example.com", tags: [] },
    },
  });
  await place.run();
});

type Body = JsonObject & {
  items: JsonObject[];
  rules: JsonObject;
  binding: JsonObject[];
  warnings: string[];
  detail: string;
  consent: string;
};
async function ask(method: "GET" | "POST" | "PATCH", path: string, body?: object, role: Role = "owner") {
  place.clock.at += 1;
  const response = await app.inject({
    method,
    url: `/v1/locations/${place.location}${path}`,
    headers: { authorization: `Bearer ${keys[role]}` },
    ...(body === undefined ? {} : { payload: body }),
  });
  return { status: response.statusCode, body: response.json() as Body };
}
const lead = async (): Promise<Lead> =>
  (await place.rows<{ data: Lead }>("select data from lead where location_id = $1"))[0]?.data as Lead;
const PROVEN = {
  ...{ channels: ["sms", "voice"], level: "written", source: "site", act: "box", page: "https://example.com/tour" },
  ...{ wording: "Alder Realty may text and call me.", seller: "Alder Realty", ip: "192.0.2.7", certificate: "cert-1" },
};

describe("consent", () => {
  test("is recorded once, with the words that were shown, and stands in the lead's profile", async () => {
    const { status, body } = await ask("POST", "/leads/maya/consent", { ...PROVEN, id: "c1" }, "agent");
    expect([status, body.consent]).toEqual([202, "c1"]);
    await ask("POST", "/leads/maya/consent", { ...PROVEN, id: "c1", seller: "Somebody else" });
    await place.run();
    const { items } = (await ask("GET", "/leads/maya/consent", undefined, "agent")).body;
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      id: "c1",
      level: "written",
      wording: PROVEN.wording,
      data: { seller: "Alder Realty", ip: "192.0.2.7", recorded_by: "the agent", certificate: "cert-1" },
    });
    expect((await lead()).consents).toMatchObject([{ id: "c1", level: "written", channels: ["sms", "voice"] }]);
    expect(
      await place.rows("select count(*)::int as n from audit where location_id = $1 and act = 'consent.given'"),
    ).toEqual([{ n: 2 }]);
  });

  test("with an id that another lead's has is the lead's own, and ends alone", async () => {
    const contact = { firstName: "Noor", phone: "+16175550102", tags: [] };
    const data = { ...{ change: "create", asOf: START, createdAt: START }, contact };
    await place.mail({ lead: "noor", type: "crm.contact", data });
    await place.run();
    for (const one of ["maya", "noor"]) await ask("POST", `/leads/${one}/consent`, { ...PROVEN, id: "form-2026" });
    while ((await place.run()) > 0);
    const of = async (one: string) => (await ask("GET", `/leads/${one}/consent`)).body.items;
    expect(await of("noor")).toMatchObject([{ id: "form-2026", level: "written" }]);
    await ask("POST", "/leads/noor/consent/withdraw", { consent: "form-2026", reason: "asked by phone" });
    await place.run();
    expect((await of("noor"))[0]).toHaveProperty("withdrawnAt");
    expect((await of("maya"))[0]).not.toHaveProperty("withdrawnAt");
    expect((await verify(place.parts().database, place.location, { now: place.clock.at })).ok).toBe(true);
  });

  test("is withdrawn on request, and by STOP; START is a new one", async () => {
    await ask("POST", "/leads/maya/consent", { ...PROVEN, id: "c1" });
    await place.run();
    await ask("POST", "/leads/maya/consent/withdraw", { consent: "c1", reason: "asked by phone" });
    await place.run();
    const [first] = (await ask("GET", "/leads/maya/consent")).body.items;
    expect(first).toMatchObject({ withdrawnAt: expect.any(String), withdrawn: { reason: "asked by phone" } });

    await ask("POST", "/leads/maya/consent", { ...PROVEN, id: "c2" });
    await place.run();
    const say = async (text: string) => {
      place.clock.at += 60_000;
      const data = { channel: "sms", text, from: "+16175550101" };
      await place.mail({ lead: "maya", type: "message.received", at: place.clock.at, data });
      await place.run();
    };
    await say("STOP");
    await say("YES");
    const stopped = (await ask("GET", "/leads/maya/consent")).body.items;
    expect(stopped.map((one) => [one["id"], "withdrawnAt" in one])).toEqual([
      ["c1", true],
      ["c2", true],
    ]);
    await say("START");
    const again = (await ask("GET", "/leads/maya/consent")).body.items.at(-1);
    expect(again).toMatchObject({ level: "given", data: { source: "START", act: "word" } });
    expect("withdrawnAt" in (again ?? {})).toBe(false);
    const { items: page, next } = (await ask("GET", "/leads/maya/consent?limit=2")).body;
    expect(page.map((one) => one["id"])).toEqual(["c1", "c2"]);
    const { items: rest, ...end } = (await ask("GET", `/leads/maya/consent?limit=2&after=${next}`)).body;
    expect([rest, end]).toEqual([[again], {}]);
    expect((await ask("GET", "/leads/maya/consent?limit=0")).status).toBe(400);
  });

  test("given in a tracked form is recorded with what the form says of it", async () => {
    const consent = {
      channels: ["email"],
      wording: "Yes, e-mail me.",
      seller: "Alder Realty",
      act: "box",
      level: "written",
    };
    await place.mail({ lead: "maya", type: "form.submitted", at: place.clock.at, data: { form: "tour", consent } });
    await place.run();
    expect((await ask("GET", "/leads/maya/consent")).body.items).toMatchObject([
      { level: "written", wording: "Yes, e-mail me.", data: { source: "form tour" } },
    ]);
  });

  test("takes an agent, a lead that there is, a number, and an instant that has been", async () => {
    expect((await ask("POST", "/leads/maya/consent", PROVEN, "viewer")).status).toBe(403);
    expect((await ask("POST", "/leads/nobody/consent", PROVEN)).status).toBe(404);
    expect((await ask("POST", "/leads/maya/consent", { ...PROVEN, phone: "none" })).body.detail).toContain("phone");
    expect((await ask("POST", "/leads/maya/consent", { ...PROVEN, at: "2030-01-01T00:00:00Z" })).status).toBe(400);
    expect((await ask("POST", "/leads/maya/consent", { source: "site" })).status).toBe(400);
  });
});

describe("where a lead lives", () => {
  test("is what a person of the team says, until it is taken back", async () => {
    expect((await ask("POST", "/leads/maya/zone", { zone: "America/Denver" }, "agent")).status).toBe(202);
    await place.run();
    expect((await lead()).ownZone).toMatchObject({ zone: "America/Denver", by: "the agent" });
    await ask("POST", "/leads/maya/zone", { zone: null });
    await place.run();
    expect((await lead()).ownZone).toBeUndefined();
    expect((await ask("POST", "/leads/maya/zone", { zone: "Mars/Olympus" })).status).toBe(400);
  });
});

describe("the rules of a location", () => {
  const hold = { state: "LA", from: "2026-11-18", reason: "hurricane" };

  test.each([
    [["00:00-24:00"], 1],
    [["12:00-24:00", "00:00-12:00"], 1],
    [["20:00-09:00", "08:00-20:00"], 1],
    [["20:00-09:00", "09:01-20:00"], 0],
    [["00:00-23:59"], 0],
    [[], 0],
  ])("are warned of where quiet hours leave no time of the day: %j", async (quietHours, count) => {
    const { status, body } = await ask("PATCH", "/settings/rules", { quietHours }, "manager");
    expect([status, body.warnings.length]).toEqual([200, count]);
    for (const warning of body.warnings) expect(warning).toContain("cover the whole day");
  });

  test("are an owner's to set, audited with what they were, and warned of where they loosen", async () => {
    expect((await ask("PATCH", "/settings/rules", { holds: [hold] }, "manager")).status).toBe(403);
    const set = await ask("PATCH", "/settings/rules", { holds: [hold], lift: ["UT"] });
    expect(set.body.rules).toEqual({ holds: [hold], lift: ["UT"] });
    expect(set.body.warnings).toEqual([expect.stringContaining("UT")]);
    const ended = await ask("PATCH", "/settings/rules", { holds: null, consent: { marketing: { sms: "written" } } });
    expect(ended.body.rules).toEqual({ lift: ["UT"], consent: { marketing: { sms: "written" } } });
    expect(ended.body.warnings).toEqual([expect.stringContaining("LA")]);
    expect((await ask("GET", "/settings/rules", undefined, "viewer")).body.rules).toEqual(ended.body.rules);
    const audit = await place.rows<{ who: string; data: JsonObject }>(
      "select who, data from audit where location_id = $1 and act = 'rules_changed' order by at",
    );
    expect(audit).toMatchObject([{ who: "the owner", data: { before: {} } }, { data: { before: { holds: [hold] } } }]);
  });

  test("may be quiet hours and caps of its own, which bind beside the folder's, e-mail's too", async () => {
    const own = { quietHours: ["20:00-09:00"], emailQuietHours: true, caps: { all: "2 per 24h" } };
    expect((await ask("PATCH", "/settings/rules", own)).status).toBe(200);
    const { rules, binding, pack } = (await ask("GET", "/settings/rules")).body;
    expect(rules).toEqual(own);
    expect(pack).toMatchObject({ id: "careful", hours: { sun: "12:00-20:00" }, cap: "3 per 24h" });
    expect(binding).toEqual([
      { rule: "hours", value: "careful", from: "built in" },
      { rule: "quiet hours", value: "21:00-08:00", from: "folder" },
      { rule: "quiet hours", value: "20:00-09:00", from: "location" },
      { rule: "quiet hours of e-mail", value: "they hold for it, too", from: "location" },
      { rule: "cap", value: "sms: 1 per 20h", from: "folder" },
      { rule: "cap", value: "all: 2 per 24h", from: "location" },
    ]);
    const installed = { settings: { compliance: rules } } as unknown as ReturnType<InstallationsGet>;
    const place = openPlaces({ get: () => installed }, { get: () => [] });
    expect(houseRules(FOLDER, place("any").house)).toMatchObject({
      quietHours: [
        { from: 21 * 60, to: 8 * 60 },
        { from: 20 * 60, to: 9 * 60 },
      ],
      emailQuietHours: true,
      caps: [
        { channel: "sms", count: 1, window: 20 * HOUR },
        { channel: "all", count: 2, window: DAY },
      ],
    });
  });

  test("are a manager's to narrow by quiet hours and caps, and nobody's below", async () => {
    const own = { quietHours: ["20:00-09:00"], emailQuietHours: true, caps: { all: "2 per 24h" } };
    expect((await ask("PATCH", "/settings/rules", own, "agent")).status).toBe(403);
    expect((await ask("PATCH", "/settings/rules", own, "manager")).body.rules).toEqual(own);
    for (const loosens of [{ pack: "statute" }, { lift: ["UT"] }, { agentQuietMinutes: 0 }, { consent: null }])
      expect((await ask("PATCH", "/settings/rules", { ...own, ...loosens }, "manager")).status).toBe(403);
    expect((await ask("PATCH", "/settings/rules", ["quietHours"], "manager")).status).toBe(403);
    expect((await ask("PATCH", "/settings/rules", [], "manager")).status).toBe(400);
    expect((await ask("GET", "/settings/rules", undefined, "viewer")).body.rules).toEqual(own);
  });

  test("are a manager's to make stricter; what binds less takes an owner, and is said", async () => {
    const own = { quietHours: ["20:00-09:00"], emailQuietHours: true, caps: { all: "2 per 24h" } };
    await ask("PATCH", "/settings/rules", own);
    for (const [loosens, what] of [
      [{ quietHours: null }, "the quiet hours"],
      [{ quietHours: ["21:00-09:00"] }, "the quiet hours"],
      [{ emailQuietHours: null }, "the quiet hours of e-mail"],
      [{ caps: null }, "the cap of all"],
      [{ caps: { all: "3 per 24h", sms: "1 per 7d" } }, "the cap of all"],
    ] as const) {
      const { status, body } = await ask("PATCH", "/settings/rules", loosens, "manager");
      expect([status, body["detail"]], JSON.stringify(loosens)).toEqual([
        403,
        `This loosens ${what}, which takes an owner.`,
      ]);
    }
    expect((await ask("GET", "/settings/rules")).body.rules).toEqual(own);
    const stricter = { quietHours: ["20:00-10:00"], caps: { all: "1 per 24h", sms: "1 per 7d" } };
    const narrowed = { ...own, ...stricter };
    expect((await ask("PATCH", "/settings/rules", stricter, "manager")).body.rules).toEqual(narrowed);
    const { body } = await ask("PATCH", "/settings/rules", { quietHours: null, emailQuietHours: null, caps: null });
    expect(body.rules).toEqual({});
  });

  test("keep what two people set at once of the caps of different channels", async () => {
    const set = (caps: object) => ask("PATCH", "/settings/rules", { caps });
    await set({ all: "3 per 24h", voice: "1 per 7d" });
    await Promise.all([set({ sms: "1 per 24h" }), set({ email: "2 per 7d", voice: null })]);
    expect((await ask("GET", "/settings/rules")).body.rules).toEqual({
      caps: { all: "3 per 24h", sms: "1 per 24h", email: "2 per 7d" },
    });
    await set({ all: null, sms: null, email: null });
    expect((await ask("GET", "/settings/rules")).body.rules).toEqual({});
  });

  test("that cannot be are refused with what was expected, and change nothing", async () => {
    for (const wrong of [
      { quietHours: ["9pm-8am"] },
      { quietHours: ["09:00-09:00"] },
      { caps: { all: "0 per 24h" } },
      { caps: { fax: "1 per 24h" } },
      { holds: [{ ...hold, until: "2026-11-17" }] },
      { lift: ["Utah"] },
      { pack: "loose" },
      { x: 1 },
      ...["24:00-08:00", "08:60-09:00", "08:00-24:01"].map((range) => ({ quietHours: [range] })),
      { quietHours: Array(11).fill("21:00-08:00") },
      ...["51 per 24h", "1 per 0h", "1 per 1000h", "1 per 2w", "1.5 per 2h"].map((all) => ({ caps: { all } })),
      ...[0, 61, 1.5].map((months) => ({ holds: [{ ...hold, exceptions: { inquiryMonths: months } }] })),
      ...["2026-13-01", "today"].map((from) => ({ holds: [{ ...hold, from }] })),
      { holds: [{ ...hold, reason: " " }] },
      { holds: [{ ...hold, reason: "r".repeat(301) }] },
      { holds: Array(101).fill(hold) },
      { lift: Array(61).fill("UT") },
      ...[-1, 10_081, 0.5].map((minutes) => ({ agentQuietMinutes: minutes })),
      { consent: { marketing: { sms: "assumed" } } },
    ])
      expect((await ask("PATCH", "/settings/rules", wrong)).status, JSON.stringify(wrong).slice(0, 100)).toBe(400);
    expect((await ask("GET", "/settings/rules")).body.rules).toEqual({});
  });

  test("may go to the end of every range", async () => {
    for (const right of [
      { quietHours: Array(10).fill("00:00-24:00") },
      { caps: { all: "50 per 999d", voice: "1 per 1m" } },
      ...[1, 60].map((months) => ({ holds: [{ ...hold, exceptions: { inquiryMonths: months } }] })),
      ...[0, 10_080].map((minutes) => ({ agentQuietMinutes: minutes })),
    ]) {
      const { status, body } = await ask("PATCH", "/settings/rules", right);
      expect([status, body.rules], JSON.stringify(right)).toEqual([200, expect.objectContaining(right)]);
    }
  });
});
