import fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { experimentOf } from "../../test/experiment.ts";
import { answerProblems } from "../kernel/problem.ts";
import type { Sql } from "../kernel/sql.ts";
import { DAY, HOUR } from "../kernel/time.ts";
import { insertAudit, mustBe } from "../tenancy/index.ts";
import type { Experiment } from "../workflows/index.ts";
import { expose } from "./assign.ts";
import type { Exposure } from "./experiment.ts";
import { openExperiments } from "./experiments.ts";
import { experimentRoutes } from "./routes.ts";
import { readStates, saveExposures } from "./store.ts";

const start = Date.UTC(2026, 2, 2, 12);
let now = start;
const opened = databasePerFile();
let app: FastifyInstance;
let role: "viewer" | "manager" = "manager";
let declared: Record<string, Experiment> = {};
const mailed: string[] = [];
const at = <T>(location: string, work: (sql: Sql) => Promise<T>): Promise<T> =>
  opened.database.transaction([location], work);
const open = () =>
  openExperiments({
    database: opened.database,
    clock: { now: () => now },
    declared: async () => declared,
    audit: insertAudit,
    mailed: (location) => mailed.push(location),
  });

beforeAll(async () => {
  app = fastify();
  answerProblems(app);
  experimentRoutes(app, {
    experiments: open(),
    async authorize(_request, _location, least) {
      return mustBe({ id: "ana", name: "Ana", role, locations: "*" }, least ?? "viewer");
    },
  });
});
afterAll(async () => {
  await app.close();
});

/** Leads of both variants, so many of whom reached the metric a day after. */
async function exposed(location: string, experiment: Experiment, reached: Record<string, number>, leads = 1_000) {
  const exposures = Object.entries(reached).flatMap(([variant, count]) =>
    Array.from({ length: leads }, (_, n): Exposure => {
      const one = expose(experiment, undefined, { lead: `${variant}${n}`, variant, at: start }) as Exposure;
      return n < count ? { ...one, reached: { 0: start + DAY } } : one;
    }),
  );
  await at(location, (sql) => saveExposures(sql, location, exposures, { [experiment.id]: experiment }));
}
const rows = async (location: string, text: string) => (await at(location, (sql) => sql.query<object>(text))).rows;
const get = async (location: string, path = "") => {
  const answer = await app.inject(`/v1/locations/${location}/experiments${path}`);
  return { status: answer.statusCode, body: answer.json() };
};
const post = async (location: string, path: string, body: object = {}) => {
  const answer = await app.inject({
    method: "POST",
    url: `/v1/locations/${location}/experiments${path}`,
    payload: body,
  });
  return { status: answer.statusCode, body: answer.json() };
};

describe("the daily look", () => {
  const experiment = experimentOf();

  test("stops a decided experiment once, tells the location and writes the audit, however many processes look", async () => {
    [now, declared] = [start, { welcome: experiment }];
    await exposed("d1", experiment, { a: 100, b: 200 });
    now = start + 7 * DAY + HOUR;
    await Promise.all([open().look(["d1"]), open().look(["d1"]), open().look(["d1"])]);
    const state = (await at("d1", (sql) => readStates(sql, "d1"))).get("welcome");
    expect(state).toMatchObject({ state: "stopped", winner: "b", why: '"b" does better than control', stoppedAt: now });
    expect(await rows("d1", "select who, act, subject, data from audit")).toEqual([
      {
        who: "latchkey",
        act: "experiment.stop",
        subject: "welcome",
        data: { winner: "b", why: '"b" does better than control' },
      },
    ]);
    expect(await rows("d1", "select lead_id, type, data from event natural join mailbox")).toEqual([
      {
        lead_id: "_location",
        type: "experiment.stopped",
        data: { experiment: "welcome", winner: "b", why: '"b" does better than control' },
      },
    ]);
    expect(mailed.filter((location) => location === "d1")).toEqual(["d1"]);
  });

  test("comes once a day, the first time a day after the first lead", async () => {
    [now, declared] = [start + DAY - 1, { welcome: experiment }];
    await exposed("d2", experiment, { a: 100, b: 101 });
    const looked = async () => {
      await open().look(["d2"]);
      return (await at("d2", (sql) => readStates(sql, "d2"))).get("welcome")?.lookedAt;
    };
    expect(await looked()).toBeUndefined();
    now = start + DAY;
    expect(await looked()).toBe(start + DAY);
    now = start + 2 * DAY - 1;
    expect(await looked()).toBe(start + DAY);
    now = start + 2 * DAY;
    expect(await looked()).toBe(start + 2 * DAY);
  });

  test("leaves alone what is paused, and what is no longer declared", async () => {
    [now, declared] = [start + 8 * DAY, { welcome: experiment }];
    await exposed("d3", experiment, { a: 100, b: 200 });
    await post("d3", "/welcome/pause");
    await open().look(["d3"]);
    await post("d3", "/welcome/resume");
    declared = {};
    await open().look(["d3"]);
    expect((await at("d3", (sql) => readStates(sql, "d3"))).get("welcome")).not.toHaveProperty("lookedAt");
  });

  test("moves a bandit's shares", async () => {
    const bandit = experimentOf({ assign: "bandit", minimumEffect: 0.05 });
    [now, declared] = [start + 8 * DAY, { welcome: bandit }];
    await exposed("d4", bandit, { a: 30, b: 45 }, 300);
    await open().look(["d4"]);
    const state = (await at("d4", (sql) => readStates(sql, "d4"))).get("welcome");
    expect(state?.weights?.["b"]).toBeGreaterThan(0.85);
  });
});

describe("experiments over HTTP", () => {
  test("say that there is not enough data, before the first lead too", async () => {
    [now, declared] = [start, { welcome: experimentOf() }];
    const { body } = await get("h1");
    expect(body.items).toHaveLength(1);
    expect(body.items[0]).toMatchObject({
      id: "welcome",
      state: "declared",
      live: true,
      exposed: 0,
      verdict: { kind: "waiting", least: 300 },
    });
    await exposed("h1", experimentOf(), { a: 20, b: 30 }, 299);
    now = start + 8 * DAY;
    const one = (await get("h1", "/welcome")).body;
    expect(one).toMatchObject({ state: "running", exposed: 598, verdict: { kind: "waiting", least: 300 } });
    expect(one.variants[0]).toMatchObject({ id: "a", control: true, exposed: 299, closed: 299, reached: 20 });
    expect(one.variants[1]).not.toHaveProperty("difference");
  });

  test("show every figure once there are leads enough, at the instant of asking", async () => {
    [now, declared] = [start + 8 * DAY, { welcome: experimentOf() }];
    await exposed("h2", experimentOf(), { a: 100, b: 120 });
    const { body } = await get("h2", "/welcome");
    expect(body).toMatchObject({
      at: new Date(now).toISOString(),
      startedAt: new Date(start).toISOString(),
      alpha: 0.05,
      metric: { when: ["message.replied"], within: 7 * DAY },
      ratio: { alarm: false, chiSquareP: 1 },
      verdict: { kind: "running" },
    });
    const variant = body.variants[1];
    expect(variant).toMatchObject({ id: "b", share: 0.5, rate: 0.12, difference: { stands: "open" } });
    expect(variant.difference.from).toBeLessThan(0);
    expect(variant.interval.from).toBeLessThan(0.12);
    expect(variant.best).toBeGreaterThan(0.9);
    expect(variant.loss).toBeLessThan(0.005);
    expect(variant.detectable).toBeGreaterThan(0.03);
    expect(body.needed.leads).toBeGreaterThan(2_000);
  });

  test("are paused, resumed and stopped by a person, who is named in the audit", async () => {
    [now, declared] = [start + 8 * DAY, { welcome: experimentOf() }];
    await exposed("h3", experimentOf(), { a: 10, b: 10 });
    expect((await post("h3", "/welcome/pause", { reason: "odd texts" })).body).toMatchObject({
      state: "paused",
      why: "Ana: odd texts",
    });
    expect((await post("h3", "/welcome/pause")).status).toBe(200);
    expect((await post("h3", "/welcome/resume")).body).toMatchObject({ state: "running" });
    expect((await post("h3", "/welcome/stop", { winner: "b", reason: "we like it" })).body).toMatchObject({
      state: "stopped",
      winner: "b",
    });
    const again = await post("h3", "/welcome/resume");
    expect(again).toMatchObject({ status: 409, body: { code: "conflict" } });
    expect(again.body.detail).toContain("Start a new experiment id instead.");
    expect(await rows("h3", "select who, act, subject from audit order by act")).toEqual(
      ["pause", "resume", "stop"].map((act) => ({ who: "Ana", act: `experiment.${act}`, subject: "welcome" })),
    );
    expect(await rows("h3", "select type from event")).toEqual([{ type: "experiment.stopped" }]);
    expect(mailed).toContain("h3");
  });

  test("are stopped for control where no winner is named, and for no stranger", async () => {
    [now, declared] = [start, { welcome: experimentOf() }];
    expect((await post("h4", "/welcome/stop", { winner: "zzz" })).body.detail).toBe(
      'winner: "zzz" is not one of its variants: a, b.',
    );
    expect((await post("h4", "/welcome/pause", { winner: "b" })).status).toBe(400);
    expect((await post("h4", "/welcome/stop")).body).toMatchObject({ state: "stopped", winner: "a" });
  });

  test("paused before the first lead begin when they are resumed, as they are declared then", async () => {
    [now, declared] = [start, { welcome: experimentOf() }];
    await post("h5", "/welcome/pause");
    [now, declared] = [start + DAY, { welcome: experimentOf({ minimumEffect: 0.05 }) }];
    await post("h5", "/welcome/resume");
    expect((await at("h5", (sql) => readStates(sql, "h5"))).get("welcome")).toMatchObject({
      startedAt: start + DAY,
      declared: { minimumEffect: 0.05 },
    });
  });

  test("stay to be seen once they are taken out of the folder", async () => {
    [now, declared] = [start + 8 * DAY, { welcome: experimentOf() }];
    await exposed("h6", experimentOf(), { a: 10, b: 10 });
    declared = {};
    expect((await get("h6")).body.items).toMatchObject([{ id: "welcome", live: false, exposed: 2_000 }]);
  });

  test("are no one's to change but a manager's, and are not invented", async () => {
    [now, declared] = [start, { welcome: experimentOf() }];
    role = "viewer";
    expect((await post("h7", "/welcome/stop")).status).toBe(403);
    expect((await get("h7", "/welcome")).status).toBe(200);
    role = "manager";
    expect((await get("h7", "/nothing")).status).toBe(404);
    expect((await get("h7", "/constructor")).status).toBe(404);
    expect((await post("h7", "/nothing/stop")).status).toBe(404);
    expect((await post("h7", "/welcome/explode")).status).toBe(400);
    expect((await post("h7", "/welcome/stop", { why: "x" })).status).toBe(400);
    expect((await get("h7", "/No!")).status).toBe(400);
  });
});
