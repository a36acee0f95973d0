import fastify, { type FastifyInstance } from "fastify";
import { beforeEach, describe, expect, test } from "vitest";
import { keysOf, turnJobs } from "../../test/asked.ts";
import { databasePerFile } from "../../test/database.ts";
import { placePerTest } from "../../test/turns.ts";
import { insightRoutes, openReader } from "../insights/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import { answerProblems } from "../kernel/problem.ts";
import { atOurs, ROLES, type Role } from "../tenancy/index.ts";
import { openPublications } from "../workflows/index.ts";
import { openEnroller } from "./enrolling.ts";
import { openRunControl } from "./run-control.ts";
import { openRunList } from "./run-list.ts";
import { runRoutes } from "./run-routes.ts";

const YAML = `
segments: { abes: { name: Abes, if: { contact.name: { starts_with: a } } } }
---
workflow: welcome
enroll: { when: contact.created }
steps: [ { id: rest, wait: 2d }, { id: done, tag: Rested } ]
---
workflow: greet
enroll: { when: contact.created }
steps: [ { id: hi, wait: 3d } ]
---
workflow: offer
steps: [ { id: think, wait: 2d } ]
`;

const db = databasePerFile();
const place = placePerTest(db, Date.UTC(2026, 2, 2, 17));
let app: FastifyInstance;
let keys: Record<Role, string>;

beforeEach(async () => {
  await place.publish(YAML);
  const { database, clock, scenes } = place.parts();
  const publications = openPublications();
  const mailed = () => undefined;
  const { asker: authorize, ...made } = await keysOf(place);
  keys = made.keys;
  app = fastify();
  answerProblems(app);
  runRoutes(app, {
    ...{ database, clock, publications, authorize: atOurs(authorize, (location) => location === place.location) },
    control: openRunControl({ database, clock, publications, mailed }),
    enroller: openEnroller({ database, clock, scenes, mailed }),
  });
  const no = async () => false;
  const reader = openReader({ database, now: () => clock.now() });
  insightRoutes(app, {
    ...{ reader, runs: openRunList(reader) },
    mark: async (_location, topic) => ({ topic, epoch: "e", seq: 0 }),
    ...{ authorize, retry: no, judge: no, reopen: no, lift: no, settle: no },
  });
});

type Answer = JsonObject & { code?: string; detail?: string; count?: number; job?: string; items: JsonObject[] };
async function ask(path: string, body?: object, role?: Role, location = place.location) {
  place.clock.at += 1; // so that the audit has an order
  const response = await app.inject({
    method: body === undefined ? "GET" : "POST",
    url: `/v1/locations/${location}${path}`,
    headers: role === undefined ? {} : { authorization: `Bearer ${keys[role]}` },
    ...(body === undefined ? {} : { payload: body }),
  });
  const type = String(response.headers["content-type"]).split(";")[0];
  return { status: response.statusCode, type, body: response.json() as Answer };
}
const PROBLEM = "application/problem+json";
const settle = async () => {
  for (let pages = 0; pages < 6; pages += 1) await turnJobs(place);
};
const runs = async (workflow: string) =>
  place.rows<{ id: string; lead: string; status: string; path: string | null; plan: string }>(
    `select run_id as id, lead_id as lead, status, path, plan_id as plan from run
      where location_id = $1 and workflow = '${workflow}' order by lead_id`,
  );
const audit = async () =>
  (
    await place.rows<{ act: string; who: string; subject: string; data: JsonObject }>(
      "select act, who, subject, data from audit where location_id = $1 order by at, audit_id",
    )
  ).filter(({ act }) => act !== "make_key");

describe("what a person asks of runs", () => {
  test("takes a key of this location, and the role that each act needs", async () => {
    await place.enter("ada");
    const id = (await runs("welcome"))[0]?.id;
    const acts: [path: string, body: object, least: Role][] = [
      [`/runs/${id}/stop`, {}, "agent"],
      ["/workflows/offer/enroll", { lead: "ada" }, "agent"],
      ["/workflows/offer/enroll", { filter: {} }, "manager"],
      ["/runs/pause", { workflow: "greet" }, "manager"],
      ["/workflows/greet/pause", {}, "manager"],
      ["/workflows/greet/resume", {}, "manager"],
      ["/workflows/greet/stop", {}, "manager"],
      ["/pause", {}, "manager"],
      ["/resume", {}, "manager"],
    ];
    for (const [path, body, least] of acts) {
      const below = ROLES[ROLES.indexOf(least) - 1] as Role;
      expect(await ask(path, body), path).toMatchObject({ status: 401, type: PROBLEM, body: { code: "unauthorized" } });
      expect(await ask(path, body, below), path).toMatchObject({
        status: 403,
        type: PROBLEM,
        body: { code: "forbidden", detail: `This takes the role ${least}, or more.` },
      });
      expect((await ask(path, body, "owner", "elsewhere")).status, path).toBe(403);
    }
    expect(await audit()).toEqual([]);
    expect((await place.rows("select seq from mailbox where location_id = $1")).length).toBe(0);
    for (const [path, body, least] of acts) {
      expect((await ask(path, body, least)).status, path).toBe(202);
      await settle();
    }
  });

  test("is audited once for each act, with who asked and why", async () => {
    await place.enter("ada", "ben");
    const id = (await runs("welcome"))[0]?.id;
    await ask(`/runs/${id}/pause`, { reason: "she called" }, "agent");
    await ask("/runs/stop", { workflow: "greet", reason: "wrong offer" }, "manager");
    await ask("/workflows/welcome/stop", { reason: "wrong text" }, "manager");
    await ask("/pause", { reason: "holiday" }, "owner");
    expect(await audit()).toMatchObject([
      { act: "run.pause", who: "the agent", subject: id, data: { reason: "she called", lead: "ada" } },
      {
        act: "runs.stop",
        who: "the manager",
        data: { reason: "wrong offer", count: 2, filter: { workflow: "greet" } },
      },
      { act: "workflow.stop", who: "the manager", data: { reason: "wrong text", count: 2 } },
      { act: "location.pause", who: "the owner", data: { reason: "holiday", count: 4 } },
    ]);
  });

  test("that is not here, or not a request, is answered by a problem that says so", async () => {
    await place.enter("ada");
    const id = (await runs("welcome"))[0]?.id;
    const none = "00000000-0000-8000-8000-000000000000";
    const unknown = 'There is no workflow "welcom" here. Did you mean "welcome"? There are: greet, offer, welcome.';
    for (const [path, body, status, said] of [
      [`/runs/${none}/stop`, {}, 404, "There is no such run here."],
      [`/jobs/${none}`, undefined, 404, "There is no such job here."],
      ["/workflows/welcom/pause", {}, 404, unknown],
      ["/workflows/welcom/stop", {}, 404, unknown],
      ["/workflows/welcom/enroll", { lead: "ada" }, 404, unknown],
      ["/runs/pause", { workflow: "welcom", dry_run: true }, 404, unknown],
      ["/runs?workflow=welcom", undefined, 404, unknown],
      ["/runs/move", { workflow: "welcome", plan: "0000" }, 404, 'There is no version "0000" of "welcome".'],
      ["/workflows/greet/resume", {}, 409, '"greet" is not paused.'],
      ["/runs/ada/stop", {}, 400, "run: expected a run's id"],
      [`/runs/${id}/stop`, { force: true }, 400, '"force" does not go with stop.'],
      ["/runs/stop", { worfklow: "welcome" }, 400, 'Unrecognized key: "worfklow"'],
      ["/workflows/offer/enroll", {}, 400, "Say who: lead, leads, or filter."],
    ] as const) {
      expect(await ask(path, body, "manager"), path).toMatchObject({ status, type: PROBLEM, body: { detail: said } });
    }
    expect(await audit()).toEqual([]);
  });

  test("of a run that has ended, or stands otherwise, is refused with what it takes instead", async () => {
    await place.enter("ada");
    const id = (await runs("welcome"))[0]?.id;
    expect(await ask(`/runs/${id}/retry`, {}, "agent")).toMatchObject({
      status: 409,
      type: PROBLEM,
      body: {
        detail:
          "A run can be asked to retry while it is failed; this one is waiting. It takes pause, stop, skip, re-time, move.",
      },
    });
    await ask(`/runs/${id}/stop`, {}, "agent");
    await place.rest();
    for (const act of ["pause", "resume", "stop", "retry", "skip", "move"]) {
      const { status, body } = await ask(`/runs/${id}/${act}`, {}, "agent");
      expect(status, act).toBe(409);
      expect(body.detail, act).toMatch(
        /this one is stopped\. It has ended: to take the lead in again, enroll it in "welcome"\.$/,
      );
    }
  });

  test("reaches those in a segment only, where one is named", async () => {
    await place.enter("abe", "ada", "ben");
    const dry = await ask("/runs/stop", { segment: "abes", dry_run: true }, "manager");
    expect(dry).toMatchObject({ status: 200, body: { count: 4 } });
    expect(dry.body.job).toBeUndefined();
    const { body } = await ask("/runs/stop", { workflow: "welcome", segment: "abes" }, "manager");
    expect(body.count).toBe(2);
    await settle();
    expect((await runs("welcome")).map(({ lead, status }) => [lead, status])).toEqual([
      ["abe", "stopped"],
      ["ada", "stopped"],
      ["ben", "waiting"],
    ]);
    expect((await ask(`/jobs/${body.job}`, undefined, "viewer")).body).toMatchObject({ mailed: 2, outcome: "done" });
    expect((await ask("/jobs", undefined, "viewer")).body.items).toMatchObject([{ id: body.job, total: 2 }]);
  });

  test("of enrollment reaches those in a segment only, where one is named", async () => {
    await place.enter("abe", "ada", "ben");
    const who = { filter: { segment: "abes" } };
    expect((await ask("/workflows/offer/enroll", { ...who, preview: true }, "agent")).body).toMatchObject({
      matched: 2,
      enter: { count: 2, exact: true },
    });
    expect(await audit()).toEqual([]);
    expect((await ask("/workflows/offer/enroll", who, "manager")).body.count).toBe(2);
    await settle();
    expect((await runs("offer")).map(({ lead }) => lead)).toEqual(["abe", "ada"]);
    expect(await audit()).toMatchObject([
      { act: "workflow.enroll", who: "the manager", subject: "offer", data: { count: 2, filter: { segment: "abes" } } },
    ]);
  });
});

test("a workflow stopped by hand lets everyone go and takes nobody in until it is resumed", async () => {
  await place.enter("ada");
  const { body } = await ask("/workflows/welcome/stop", { reason: "wrong text" }, "manager");
  expect(body.count).toBe(1);
  expect(await ask("/workflows/welcome/resume", {}, "manager")).toMatchObject({
    status: 409,
    body: { detail: `Runs of "welcome" are still being stopped. Resume it when job ${body.job} is done.` },
  });
  await settle();
  await place.enter("ben");
  expect((await runs("welcome")).map(({ lead, status }) => [lead, status])).toEqual([["ada", "stopped"]]);
  expect((await runs("greet")).map(({ status }) => status)).toEqual(["waiting", "waiting"]);
  expect((await ask("/workflows/welcome/resume", {}, "manager")).status).toBe(202);
  await place.enter("cyd");
  expect((await runs("welcome")).map(({ lead, status }) => [lead, status])).toEqual([
    ["ada", "stopped"],
    ["cyd", "waiting"],
  ]);
});

test("runs of a workflow that was deleted are listed, and none of them is an answer", async () => {
  await place.enter("ada");
  await db.database.transaction([place.location], (sql) =>
    sql.query("delete from plan where location_id = $1 and workflow = 'greet'", [place.location]),
  );
  const listed = async (query: string) => {
    const { status, body } = await ask(`/runs?workflow=greet${query}`, undefined, "viewer");
    return [status, body.items?.length];
  };
  expect(await listed("")).toEqual([200, 1]);
  expect(await listed("&status=failed")).toEqual([200, 0]);
});

test("a list of runs holds to all that names them, and goes on where its page ended", async () => {
  await place.enter("abe", "ada", "ben");
  const stopped = (await runs("greet"))[0]?.id;
  await ask(`/runs/${stopped}/stop`, {}, "agent");
  await place.rest();
  const plan = (await runs("welcome"))[0]?.plan as string;
  const listed = async (query: string) => {
    const { body } = await ask(`/runs?${query}`, undefined, "viewer");
    return body.items.map((run) => `${run["lead"]} ${(run["workflow"] as JsonObject)["id"]}`).sort();
  };
  const welcome = ["abe welcome", "ada welcome", "ben welcome"];
  expect(await listed("path=rest")).toEqual(welcome);
  expect(await listed(`plan=${plan.slice(0, 12)}`)).toEqual(welcome);
  expect(await listed("segment=abes&path=rest")).toEqual(["abe welcome", "ada welcome"]);
  expect(await listed("workflow=greet&status=waiting,paused")).toEqual(["ada greet", "ben greet"]);
  expect(await listed("lead=abe&status=stopped")).toEqual(["abe greet"]);
  const first = (await ask("/runs?workflow=welcome&limit=2", undefined, "viewer")).body;
  const rest = (await ask(`/runs?workflow=welcome&limit=2&after=${first["next"]}`, undefined, "viewer")).body;
  expect(rest["next"]).toBeUndefined();
  expect([...first.items, ...rest.items].map((run) => run["lead"]).sort()).toEqual(["abe", "ada", "ben"]);
  for (const wrong of ["", "status=lost", "limit=0&lead=abe", "after=x&lead=abe"])
    expect((await ask(`/runs?${wrong}`, undefined, "viewer")).status, wrong).toBe(400);
});
