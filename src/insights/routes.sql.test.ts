import fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seedTown } from "../../test/brightwater.ts";
import { databasePerFile } from "../../test/database.ts";
import { LOCATION } from "../../test/seed.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { answerProblems } from "../kernel/problem.ts";
import { mustBe, type Role } from "../tenancy/index.ts";
import { openReader } from "./reader.ts";
import { insightRoutes } from "./routes.ts";

const now = Date.now();
const open = databasePerFile();
let app: FastifyInstance;
let town: Awaited<ReturnType<typeof seedTown>>;
let role: Role | undefined = "owner";
const retried: string[] = [];
const judged: object[] = [];

beforeAll(async () => {
  town = await seedTown(open.database, now);
  app = fastify();
  answerProblems(app);
  const reader = openReader({
    database: open.database,
    now: () => now,
    files: () => ({
      diagnostics: [
        {
          file: "hot-lead.yaml",
          line: 13,
          column: 11,
          severity: "error",
          code: "names/template",
          message: "no such template",
          workflow: "hot_lead",
        },
      ],
      held: [{ file: "hot-lead.yaml", runs: true }],
    }),
  });
  insightRoutes(app, {
    ...{ reader, runs: reader.runs },
    async authorize(_request, location, least) {
      if (role === undefined) throw new InvalidInput("Sign in first.", "unauthorized");
      if (location !== LOCATION) throw new InvalidInput("Not yours.", "forbidden");
      return mustBe({ id: "ana", name: "Ana", role, locations: [LOCATION] }, least ?? "viewer");
    },
    mark: async (_location, topic) => ({ topic, epoch: "e1", seq: 7 }),
    async judge(_location, lead, words, by) {
      judged.push({ lead, ...words, by });
      return lead === "lead_maya";
    },
    async reopen(_location, lead, family, by) {
      judged.push({ lead, family, by });
      return lead === "lead_maya";
    },
    async lift(_location, lead, asked, by) {
      judged.push({ lead, ...asked, by });
      return lead === "lead_maya";
    },
    async settle(_location, message, as) {
      return message === town.sent && as === "sent";
    },
    async retry(_location, lead) {
      retried.push(lead);
      return lead === "lead_maya";
    },
  });
});
afterAll(async () => {
  await app.close();
});

async function ask(path: string, method: "GET" | "POST" = "GET", payload?: object) {
  const body = payload === undefined ? {} : { payload };
  const response = await app.inject({ method, url: `/v1/locations/${LOCATION}${path}`, ...body });
  return {
    status: response.statusCode,
    body: response.json() as Record<string, never> & { code?: string; items?: never[] },
  };
}

describe("the routes of a location", () => {
  test("answer lists with where the hub stood before they were read", async () => {
    const feed = await ask("/feed?limit=3");
    expect(feed).toMatchObject({ status: 200, body: { live: { topic: "feed", epoch: "e1", seq: 7 } } });
    expect(feed.body.items).toHaveLength(3);
    expect(feed.body["next"]).toEqual(expect.any(String));
    expect(await ask(`/feed?limit=3&before=${feed.body["next"]}`)).toMatchObject({ status: 200 });
    expect(await ask("/leads/lead_maya/timeline?kinds=message")).toMatchObject({
      body: { items: [{ title: "Text delivered" }], live: { topic: "lead:lead_maya" } },
    });
  });

  test("exist for everything that the pages show", async () => {
    const paths = [
      "/leads",
      "/leads?q=may&sort=name",
      "/leads/lead_maya",
      "/leads/lead_maya/decisions?limit=3",
      `/decisions/${town.sent}`,
      "/messages?state=held&channel=sms",
      "/runs?lead=lead_maya",
      "/runs?workflow=hot_lead&status=waiting",
      "/workflows",
      "/attention",
      "/insights/today",
      "/system",
    ];
    for (const path of paths) expect((await ask(path)).status, path).toBe(200);
    expect((await ask("/workflows")).body).toMatchObject({
      items: [{}, { id: "hot_lead", diagnostics: [{ line: 13 }] }, {}],
      diagnostics: [{ code: "names/template" }],
      held: [{ file: "hot-lead.yaml", runs: true }],
    });
  });

  test("say which field they could not read", async () => {
    for (const [path, field] of [
      ["/feed?limit=0", "limit"],
      ["/feed?kinds=gossip", "kinds.0"],
      ["/messages?state=lost", "state"],
      ["/runs", "workflow"],
      ["/leads?q=%00", "q"],
      ["/decisions/not-an-id", "decision"],
      ["/leads/a%20b", "lead"],
    ] as const)
      expect(await ask(path), path).toMatchObject({
        status: 400,
        body: { code: "invalid-input", errors: [{ field }] },
      });
  });

  test("let a stale or made-up cursor begin at the newest", async () => {
    const values = [
      ...["gone", '{"at":"x"}', "[]"],
      ...['{"at":1e300,"shown":[]}', '{"at":-8.64e15,"shown":[]}', '{"at":1,"shown":["\\u0000"]}'],
      ...[`{"at":1,"id":"${"-".repeat(36)}"}`, '{"at":-8.64e15,"id":"00000000-0000-8000-8000-000000000000"}'],
      '{"name":"\\u0000","id":"\\u0000"}',
    ];
    const pages = [
      ...["/feed?before", "/leads/lead_maya/timeline?before", "/messages?before"],
      ...["/leads?after", "/leads?sort=name&after", "/leads?segment=warm&after"],
    ];
    for (const page of pages) {
      const first = await ask(page.replace(/(before|after)$/, ""));
      for (const value of values) {
        const answer = await ask(`${page}=${Buffer.from(value).toString("base64url")}`);
        expect([answer.status, answer.body.items], `${page} ${value}`).toEqual([200, first.body.items]);
      }
    }
  });

  test("know nothing of what is not there", async () => {
    expect(await ask("/leads/lead_nobody")).toMatchObject({ status: 404, body: { code: "not-found" } });
    expect(await ask("/decisions/00000000-0000-8000-8000-000000000000")).toMatchObject({ status: 404 });
  });

  test("ask who is asking before anything else", async () => {
    role = undefined;
    expect(await ask("/feed?limit=0")).toMatchObject({ status: 401 });
    expect(await ask("/leads/lead_maya/retry", "POST")).toMatchObject({ status: 401 });
    role = "owner";
    expect((await app.inject({ url: "/v1/locations/loc_other/feed" })).statusCode).toBe(403);
    expect((await app.inject({ url: "/v1/locations/a,b/feed" })).statusCode).toBe(400);
  });

  test("hide numbers from viewers, and let them set nothing going", async () => {
    role = "viewer";
    expect(await ask("/leads/lead_maya")).toMatchObject({ body: { phone: "•••-0101" } });
    expect(await ask("/leads/lead_maya/retry", "POST")).toMatchObject({ status: 403 });
    role = "owner";
    expect(retried).toEqual([]);
    expect(await ask("/leads/lead_maya/retry", "POST")).toMatchObject({ status: 202 });
    expect(await ask("/leads/lead_lena/retry", "POST")).toMatchObject({ status: 404 });
    expect(retried).toEqual(["lead_maya", "lead_lena"]);
  });

  test("take a person's judgment of unclear words, in a word that is known", async () => {
    const go = { family: "phone", as: "go_on", seen: "01a" };
    expect(await ask("/leads/lead_maya/judge", "POST", go)).toMatchObject({ status: 202 });
    expect(await ask("/leads/lead_nobody/judge", "POST", go)).toMatchObject({ status: 404 });
    expect(await ask("/leads/lead_maya/judge", "POST")).toMatchObject({
      status: 400,
      body: { errors: [{ field: "family" }, { field: "as" }] },
    });
    expect(await ask("/leads/lead_maya/judge", "POST", { ...go, as: "maybe" })).toMatchObject({ status: 400 });
    role = "viewer";
    expect(await ask("/leads/lead_maya/judge", "POST", go)).toMatchObject({ status: 403 });
    role = "owner";
    expect(judged).toEqual([
      { lead: "lead_maya", ...go, by: "Ana" },
      { lead: "lead_nobody", ...go, by: "Ana" },
    ]);
  });

  test("take a manager's word that a number is good, and no agent's", async () => {
    judged.length = 0;
    role = "agent";
    expect(await ask("/leads/lead_maya/reopen", "POST", { family: "phone" })).toMatchObject({ status: 403 });
    role = "manager";
    expect(await ask("/leads/lead_maya/reopen", "POST", { family: "phone" })).toMatchObject({ status: 202 });
    expect(await ask("/leads/lead_nobody/reopen", "POST", { family: "email" })).toMatchObject({ status: 404 });
    expect(await ask("/leads/lead_maya/reopen", "POST", { family: "fax" })).toMatchObject({ status: 400 });
    role = "owner";
    expect(judged).toEqual([
      { lead: "lead_maya", family: "phone", by: "Ana" },
      { lead: "lead_nobody", family: "email", by: "Ana" },
    ]);
  });

  test("take a manager's lift of an opt-out with its reason, its instant and its evidence, and no agent's", async () => {
    judged.length = 0;
    const lift = {
      family: "email",
      why: "asked_by_phone",
      when: "2026-03-01T16:30:00+01:00",
      evidence: " Ana heard it ",
    };
    role = "agent";
    expect(await ask("/leads/lead_maya/lift", "POST", lift)).toMatchObject({ status: 403 });
    role = "manager";
    expect(await ask("/leads/lead_maya/lift", "POST", lift)).toMatchObject({ status: 202 });
    expect(await ask("/leads/lead_nobody/lift", "POST", lift)).toMatchObject({ status: 404 });
    for (const wrong of [{ why: "because" }, { evidence: "  " }, { when: "yesterday" }, { family: "fax" }]) {
      expect(await ask("/leads/lead_maya/lift", "POST", { ...lift, ...wrong })).toMatchObject({ status: 400 });
    }
    role = "owner";
    const said = { ...lift, when: Date.UTC(2026, 2, 1, 15, 30), evidence: "Ana heard it", by: "Ana" };
    expect(judged).toEqual([
      { lead: "lead_maya", ...said },
      { lead: "lead_nobody", ...said },
    ]);
  });

  test("take a person's word about a message that nobody else can settle", async () => {
    const path = `/messages/${town.sent}/settle`;
    expect(await ask(path, "POST", { as: "sent" })).toMatchObject({ status: 202 });
    expect(await ask(path, "POST", { as: "not_sent" })).toMatchObject({ status: 404 });
    expect(await ask(path, "POST", { as: "lost" })).toMatchObject({ status: 400, body: { errors: [{ field: "as" }] } });
    expect(await ask("/messages/not-an-id/settle", "POST", { as: "sent" })).toMatchObject({ status: 400 });
  });
});

describe("segments", () => {
  const get = async (path: string) => (await app.inject(`/v1/locations/${LOCATION}${path}`)).json();

  test("are listed with how many are in each, and their leads page by page", async () => {
    role = "owner";
    const segments = [
      { id: "buyers", name: "Buyers", if: {} },
      { id: "empty", name: "Empty", if: {} },
    ];
    await open.database.transaction([LOCATION], async (sql) => {
      await sql.query(
        `insert into publication (location_id, publication_id, number, published_at, published_by, content)
         values ($1, 'p', 1000000, now(), 'test', $2)`,
        [LOCATION, JSON.stringify({ segments })],
      );
      await sql.query(
        `insert into segment_member (location_id, segment_id, lead_id, since)
         select location_id, 'buyers', lead_id, now() from lead where location_id = $1 order by lead_id limit 3`,
        [LOCATION],
      );
      await sql.query(
        `insert into sweep (location_id, started_at, publication_id, asks, existing, seen, "of") values ($1, now(), 'p', '{}', '{}', 2, 9)`,
        [LOCATION],
      );
    });
    expect(await get("/segments")).toMatchObject({
      items: [
        { id: "buyers", name: "Buyers", leads: 3 },
        { id: "empty", name: "Empty", leads: 0 },
      ],
      learning: { publication: "p", seen: 2, of: 9 },
    });
    const first = await get("/leads?segment=buyers&limit=2");
    expect(first.items).toHaveLength(2);
    const second = await get(`/leads?segment=buyers&limit=2&after=${first.next}`);
    expect(second.items).toHaveLength(1);
    expect(second.next).toBeUndefined();
    expect((await get("/leads?segment=nobody")).items).toEqual([]);
  });
});
