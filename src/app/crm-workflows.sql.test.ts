// The CRM's own workflows: told of what happens to leads, and asking Latchkey for things.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bodyOf } from "../../test/bodies.ts";
import { databasePerFile } from "../../test/database.ts";
import { senderAt } from "../../test/sending.ts";
import { type Place, placePerTest } from "../../test/turns.ts";
import { answerProblems } from "../kernel/problem.ts";
import { HOUR, MINUTE, SECOND } from "../kernel/time.ts";
import { marketplaceRoutes } from "../marketplace/index.ts";
import { openCrmDoors, openTelling, type Telling } from "./crm-workflows.ts";
import { openEnroller } from "./enrolling.ts";

const NOON = Date.UTC(2026, 2, 2, 17);
const SECRETS: Record<string, string> = {};
const FOLDER = `
triggers:
  viewed_often:
    name: Views the same home again and again
    when: { behavior.property_view: { count: 2, within: 1d } }
    cooldown: 1m
`;

const db = databasePerFile();
let crm: Server;
let told: { path: string; token: string | undefined; key: unknown; body: Record<string, unknown> }[];
let status: number;
let app: FastifyInstance;
const here = placePerTest(db, NOON);
const other = placePerTest(db, NOON);
let telling: Telling;
let contacts: Set<string>;

beforeAll(async () => {
  crm = createServer(async (request, response) => {
    const body = await bodyOf(request);
    if (body === undefined) return;
    const { url = "", headers } = request;
    told.push({ path: url, token: headers.authorization, key: headers["idempotency-key"], body: JSON.parse(body) });
    response.writeHead(status).end("{}");
  });
  await new Promise<void>((listening) => crm.listen(0, "127.0.0.1", listening));
});
afterAll(async () => {
  crm.close();
  crm.closeAllConnections();
});

const apiUrl = () => `http://127.0.0.1:${(crm.address() as AddressInfo).port}`;
const target = (name: string) => `${apiUrl()}/workflows-marketplace/triggers/execute/${name}`;

beforeEach(async () => {
  told = [];
  status = 200;
  contacts = new Set();
  SECRETS[here.location] = "the secret of here";
  SECRETS[other.location] = "the secret of another";
  telling = openTelling({
    ...{ database: db.database, clock: here.clock, apiUrl: apiUrl(), triggerTargets: [], webhookNetworks: [] },
    token: (location) => `token of ${location}`,
  });
  const { scenes } = here.parts();
  app = fastify();
  answerProblems(app);
  marketplaceRoutes(
    app,
    openCrmDoors({
      ...{ database: db.database, clock: here.clock, facts: here.facts, scenes, targets: telling.targets },
      enroller: openEnroller({ database: db.database, clock: here.clock, scenes, mailed: () => undefined }),
      introduce: async (_location, lead) => {
        if (contacts.has(lead)) await here.introduce(lead);
        return contacts.has(lead);
      },
      mailed: () => undefined,
      installations: {
        get: () => undefined,
        changed: async () => undefined,
        list: () => [here, other].map(({ location }) => ({ location }) as never),
        workflowSecret: (location) => SECRETS[location],
      },
      catalogs: { get: () => [], sync: async () => undefined },
      authorize: async () => ({ id: "somebody", name: "Somebody", role: "owner", locations: "*" }),
    }),
  );
});

const ask = async (path: string, payload?: object, secret: string | undefined = SECRETS[here.location]) => {
  const headers = secret === undefined ? {} : { "x-latchkey-key": secret };
  const answer = await app.inject({
    method: payload === undefined ? "GET" : "POST",
    url: path,
    headers,
    ...(payload && { payload }),
  });
  return { status: answer.statusCode, body: answer.json() as Record<string, unknown> };
};
const subscribe = (
  change: object = {},
  { location = here.location, secret = SECRETS[location] }: { location?: string; secret?: string | undefined } = {},
) =>
  ask(
    "/webhooks/triggers",
    {
      triggerData: {
        ...{ id: "sub-1", key: "latchkey_behavior", filters: [], eventType: "CREATED", targetUrl: target("abc/def") },
        ...change,
      },
      meta: { key: "latchkey_behavior", version: "2.4" },
      extras: { locationId: location, workflowId: "crm-workflow", companyId: "co" },
    },
    secret,
  );

const send = async (place: Place) => {
  const sender = senderAt(place, {}, { trigger: telling.call });
  await sender.pass(place.location);
  await sender.close();
};
const view = async (place: Place, lead: string, times = 2) => {
  for (let i = 0; i < times; i += 1) await place.mail({ lead, type: "property_view", data: { "property.id": "h1" } });
  await place.run();
};
const rowsOf = (place: Place) =>
  place.rows<{ state: string; body: { subscription: string } }>(
    "select state, body from outbox where location_id = $1 and kind = 'crm_trigger' order by created_at",
  );

describe("a workflow of the CRM that begins with a trigger of ours", () => {
  beforeEach(async () => {
    await here.publish(FOLDER);
    await here.introduce("ada");
    await here.run();
  });

  test("is told when it fires: once, with the location's token, under the effect's identity", async () => {
    expect(await subscribe()).toEqual({ status: 200, body: { accepted: true } });
    await view(here, "ada");
    await send(here);
    await send(here);
    expect(told).toEqual([
      {
        path: "/workflows-marketplace/triggers/execute/abc/def",
        token: `Bearer token of ${here.location}`,
        key: expect.stringMatching(/^[0-9a-f-]{36}$/),
        body: expect.objectContaining({
          type: "behavior",
          trigger: "viewed_often",
          contactId: "ada",
          locationId: here.location,
        }),
      },
    ]);
    expect((await rowsOf(here)).map(({ state }) => state)).toEqual(["accepted"]);
  });

  test("is told by each of its triggers whose filters pass, and by no other", async () => {
    const filter = (value: string) => [
      { field: "trigger", id: "trigger", operator: "==", title: "T", type: "select", value },
    ];
    await subscribe({ id: "passes", filters: filter("viewed_often"), targetUrl: target("passes") });
    await subscribe({ id: "fails", filters: filter("gone_quiet"), targetUrl: target("fails") });
    await subscribe({ id: "ended", key: "latchkey_run_ended", targetUrl: target("ended") });
    await view(here, "ada");
    await send(here);
    expect(told.map(({ path }) => path)).toEqual(["/workflows-marketplace/triggers/execute/passes"]);
  });

  test("is told when a lead's tier has moved", async () => {
    await subscribe({ id: "tier", key: "latchkey_tier", targetUrl: target("tier") });
    await view(here, "ada", 4);
    await send(here);
    expect(told.map(({ body }) => body)).toMatchObject([{ type: "tier", from: "cold", to: "warm", contactId: "ada" }]);
  });

  test("is told nothing of another location's leads", async () => {
    await other.publish(FOLDER);
    await other.introduce("ada");
    await other.run();
    await subscribe({}, { location: other.location });
    await view(here, "ada");
    await send(here);
    await send(other);
    expect(told).toEqual([]);
    expect(await rowsOf(other)).toEqual([]);
  });

  test("is told where its latest word says, and no more once the trigger is taken out, also of what waited", async () => {
    await subscribe();
    await subscribe({ eventType: "UPDATED", targetUrl: target("moved") });
    await view(here, "ada");
    await send(here);
    expect(told.map(({ path }) => path)).toEqual(["/workflows-marketplace/triggers/execute/moved"]);
    here.clock.at += 5 * MINUTE;
    await view(here, "ada");
    await subscribe({ eventType: "DELETED" });
    for (const _ of Array.from({ length: 6 })) {
      await db.database.transaction([here.location], (sql) =>
        sql.query("update outbox set deadline = null where location_id = $1 and state = 'queued'", [here.location]),
      );
      await send(here);
    }
    expect(told).toHaveLength(1);
    expect((await rowsOf(here)).map(({ state }) => state)).toEqual(["accepted", "rejected"]);
  });

  test("is told again where it failed, five times at most; then the lead's decisions and the list say so", async () => {
    status = 503;
    await subscribe();
    await view(here, "ada");
    for (const _ of Array.from({ length: 8 })) {
      await send(here);
      await db.database.transaction([here.location], (sql) =>
        sql.query("update outbox set deadline = null where location_id = $1 and state = 'queued'", [here.location]),
      );
    }
    expect(told).toHaveLength(6);
    expect(new Set(told.map(({ key }) => key)).size).toBe(1);
    await here.run();
    const [decision] = await here.rows<{ trace: { links: { code: string; values: object }[] } }>(
      "select trace from decision where location_id = $1 and verdict = 'failed'",
    );
    expect(decision?.trace.links.at(-1)).toMatchObject({
      ...{ code: "crm_trigger.failed", values: { trigger: "behavior", about: "viewed_often", detail: "503" } },
    });
    const { body } = await ask(`/v1/locations/${here.location}/crm-triggers`);
    expect(body["items"]).toMatchObject([{ id: "sub-1", kind: "behavior", told: 0, failed: 1 }]);
    expect(JSON.stringify(body)).not.toContain("execute");
    await subscribe({ id: "sub-2" });
    await subscribe({ id: "sub-3" });
    const seen: unknown[] = [];
    for (let after: unknown = ""; after !== undefined; ) {
      const page = await ask(
        `/v1/locations/${here.location}/crm-triggers?limit=2${after === "" ? "" : `&after=${after}`}`,
      );
      seen.push((page.body["items"] as { id: string }[]).map(({ id }) => id));
      after = page.body["next"];
    }
    expect(seen).toEqual([["sub-1", "sub-2"], ["sub-3"]]);
    expect((await ask(`/v1/locations/${here.location}/crm-triggers?limit=201`)).status).toBe(400);
  });

  test("is not believed without its location's secret, nor with another's, and the body is not looked at", async () => {
    for (const secret of ["", "wrong", SECRETS[other.location] ?? ""]) {
      expect((await subscribe({}, { secret, location: here.location })).status).toBe(401);
      expect((await subscribe({ targetUrl: "http://127.0.0.1/" }, { secret, location: here.location })).status).toBe(
        401,
      );
    }
    expect((await ask("/webhooks/triggers", { extras: { locationId: "nobody" } }, "")).status).toBe(401);
    expect((await ask("/webhooks/actions/score", { extras: { locationId: "nobody" } })).status).toBe(401);
    expect(await here.rows("select from crm_trigger where location_id = $1")).toEqual([]);
  });

  test("without a location is told so, whoever asks, and an action, too", async () => {
    for (const path of ["/webhooks/triggers", "/webhooks/actions/enroll"]) {
      for (const body of [{}, { extras: {} }, { extras: { locationId: "" } }, { extras: { locationId: 7 } }]) {
        for (const secret of [SECRETS[here.location], ""]) {
          const { status, body: said } = await ask(path, body, secret);
          expect(status).toBe(400);
          expect(said).toMatchObject({
            detail: expect.stringContaining("extras.locationId"),
            errors: [{ field: "extras.locationId" }],
          });
        }
      }
    }
  });

  test("is refused where it wants to be told elsewhere, and the answer says what may be done", async () => {
    for (const url of ["https://example.com/x", `${apiUrl()}/other`, "http://169.254.169.254/latest", "nothing"]) {
      const { status, body } = await subscribe({ targetUrl: url });
      expect(status).toBe(400);
      expect(body["detail"]).toContain("HIGHLEVEL_TRIGGER_TARGETS");
    }
  });
});

const WORKFLOW = `
workflow: new_lead
name: New lead
enroll: { when: form.submitted, again: never }
steps:
  - wait: 30d
`;

describe("an action of ours in a workflow of the CRM", () => {
  const act = (action: string, data: object = {}, extras: object = {}, secret?: string) =>
    ask(
      `/webhooks/actions/${action}`,
      {
        data: { ...data },
        extras: { locationId: here.location, contactId: "ada", workflowId: "crm-workflow", ...extras },
        meta: { key: `latchkey_${action}`, version: "1.0" },
      },
      secret ?? SECRETS[here.location],
    );
  const runs = () =>
    here.rows<{ status: string }>("select status from run where location_id = $1 and status <> 'ended'");
  const branches = [
    { id: "yes", name: "Enrolled", fields: {} },
    { id: "no", name: "Not enrolled", fields: {} },
  ];

  beforeEach(async () => {
    await here.publish(WORKFLOW);
    await here.introduce("ada");
    await here.run();
  });

  test("enrolls the contact, says so, and names the branch", async () => {
    const { status, body } = await act("enroll", { workflow: "new_lead", branches });
    expect({ status, body }).toEqual({
      status: 200,
      body: { result: "enrolled", workflow: "new_lead", reason: "", branchId: "yes" },
    });
    await here.run();
    expect(await runs()).toHaveLength(1);
  });

  test("sent again is answered the same and enrolls nobody twice; another execution is another", async () => {
    const first = await act("enroll", { workflow: "new_lead", branches }, { statusId: "st1" });
    await here.run();
    here.clock.at += HOUR;
    expect(await act("enroll", { workflow: "new_lead", branches }, { statusId: "st1" })).toEqual(first);
    await here.run();
    expect(await runs()).toHaveLength(1);
    const second = await act("enroll", { workflow: "new_lead", branches }, { statusId: "st2" });
    expect(second.body).toMatchObject({ result: "not_enrolled", branchId: "no", reason: expect.stringMatching(/\w/) });
  });

  test("without an id of its execution counts once within a minute, and anew after it", async () => {
    const first = await act("enroll", { workflow: "new_lead" });
    await here.run();
    here.clock.at += 59 * SECOND;
    expect(await act("enroll", { workflow: "new_lead" })).toEqual(first);
    here.clock.at += 2 * SECOND;
    expect((await act("enroll", { workflow: "new_lead" })).body).toMatchObject({ result: "not_enrolled" });
  });

  test("asks the CRM who a contact is that its webhook has not told us of, and lets the turn decide", async () => {
    contacts.add("bo");
    const { body } = await act("enroll", { workflow: "new_lead", branches }, { contactId: "bo" });
    expect(body).toMatchObject({ result: "asked", branchId: "yes" });
    await here.run();
    expect(await runs()).toHaveLength(1);
    expect((await act("enroll", { workflow: "new_lead" }, { contactId: "nobody" })).status).toBe(404);
  });

  test("says which workflows, triggers and tiers there are to choose from", async () => {
    const { body } = await ask("/webhooks/options/workflows");
    expect(body).toEqual({ options: [{ label: "New lead", value: "new_lead" }] });
    expect((await ask("/webhooks/options/tiers")).body["options"]).toHaveLength(3);
    expect((await ask(`/webhooks/options/workflows?locationId=${other.location}`)).status).toBe(401);
    expect((await ask("/webhooks/options/workflows", undefined, "wrong")).status).toBe(401);
    expect((await ask("/webhooks/options/nothing")).status).toBe(400);
    await here.publish(FOLDER);
    expect((await ask("/webhooks/options/triggers")).body).toEqual({
      options: [{ label: "Views the same home again and again", value: "viewed_often" }],
    });
  });

  test("says the score with its tier, reasons and model", async () => {
    await view(here, "ada", 4);
    const { body } = await act("score", { branches: [{ id: "w", name: "Warm" }] });
    expect(body).toEqual({
      ...{
        result: "scored",
        score: expect.any(Number),
        score_percent: expect.any(Number),
        tier: "warm",
        branchId: "w",
      },
      ...{ reasons: expect.stringMatching(/\w/), model: "rules-1", scored_at: expect.stringMatching(/Z$/) },
    });
    expect((await act("score", {}, { contactId: "nobody" })).body).toEqual({ result: "unknown" });
  });

  test("says the channel the lead is best reached on, and whether that may be now", async () => {
    expect((await act("channel", { branches: [{ id: "e", name: "email" }] })).body).toMatchObject({
      ...{ result: "now", channel: "email", allowed_now: "yes", branchId: "e", allowed_at: "2026-03-02T17:00:00.000Z" },
    });
    await here.mail({ lead: "ada", type: "crm.dnd", data: { asOf: here.clock.at, all: true, channels: {} } });
    await here.run();
    here.clock.at += 2 * MINUTE;
    expect((await act("channel")).body).toMatchObject({ result: "none", channel: "", allowed_now: "no", why: /\w/ });
  });

  test("says why in the words of a message that took its best channel: the lead's answers, then the location's", async () => {
    const why = async () => String((await act("channel")).body["why"]);
    const contact = { name: "ada", firstName: "ada", email: "ada@example.com", phone: "+16175550101", tags: [] };
    await here.mail({ lead: "ada", type: "crm.contact", data: { change: "update", asOf: here.clock.at, contact } });
    await here.run();
    expect(await why()).toMatch(/^Text, the first in order: not enough is known to prefer another · text: none sent/);
    const rates = [here.location, "email", 400, 200, 0];
    await db.database.transaction([here.location], (sql) =>
      sql.query(
        "insert into channel_rate (location_id, channel, sent, answered, opened) values ($1, $2, $3, $4, $5)",
        rates,
      ),
    );
    here.clock.at += 2 * MINUTE;
    expect((await act("channel", { branches: [{ id: "e", name: "email now" }] })).body).toEqual({
      ...{ result: "now", channel: "email", allowed_now: "yes", branchId: "e", allowed_at: "2026-03-02T17:02:00.000Z" },
      why:
        "Email, where they answer best · email: none sent to them yet, 50% answered of 400 at this location · " +
        "text: none sent to them yet, not enough data at this location · " +
        "WhatsApp: none sent to them yet, not enough data at this location, may not be used",
    });
  });

  test("takes a call for a channel once a template's call is mapped, and not before", async () => {
    const call = (mapped: string) => `${WORKFLOW}
templates:
  ring: { voice: { highlevel_workflow: call_new_buyer } }
${mapped}`;
    const contact = { name: "ada", firstName: "ada", phone: "+16175550101", tags: [] };
    await here.mail({ lead: "ada", type: "crm.contact", data: { change: "update", asOf: here.clock.at, contact } });
    await here.publish(call(""));
    await here.run();
    expect((await act("channel")).body["why"]).not.toMatch(/call/);
    await here.publish(call("settings: { highlevel_workflows: { call_new_buyer: wf-9 } }"));
    here.clock.at += 2 * MINUTE;
    expect((await act("channel")).body["why"]).toMatch(/call: none sent to them yet/);
  });

  test("is refused, in words, for a wrong secret, an unknown workflow or action, and a body that is none", async () => {
    expect((await act("enroll", { workflow: "new_lead" }, {}, "wrong")).status).toBe(401);
    expect((await act("enroll", { workflow: "new_lead" }, {}, SECRETS[other.location])).status).toBe(401);
    expect((await act("enroll", { workflow: "unheard_of" })).status).toBe(404);
    expect((await act("enroll", {})).body).toMatchObject({ status: 400, errors: [{ field: "data.workflow" }] });
    expect((await act("other")).status).toBe(400);
    expect((await act("score", {}, { contactId: 7 })).status).toBe(400);
  });
});
