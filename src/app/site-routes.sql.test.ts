import fastify from "fastify";
import { beforeAll, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { answerProblems } from "../kernel/problem.ts";
import { ensureStubs } from "../leads/index.ts";
import { atOurs, openSites, type Role } from "../tenancy/index.ts";
import { teamSiteRoutes } from "./site-routes.ts";

const db = databasePerFile();
beforeAll(async () => {
  await db.database.transaction(["loc1"], (sql) =>
    sql.query(
      `insert into installation (location_id, status, installed_at, time_zone, seed, workflow_secret)
       values ('loc1', 'active', '2026-01-01', 'America/New_York', 's', 'x')`,
    ),
  );
});

function appFor(role: Role) {
  const clock = { now: () => Date.UTC(2026, 10, 18) };
  const app = fastify();
  answerProblems(app);
  teamSiteRoutes(app, {
    sites: openSites({ database: db.database, clock }),
    merging: { database: db.database, clock, mailed: () => undefined },
    url: "https://go.example.com",
    authorize: atOurs(
      async () => ({ id: role, name: role, role, locations: "*" }),
      (location) => location === "loc1",
    ),
    changed: async () => undefined,
  });
  return app;
}

test("a manager lets pages in, says where the team is, and is shown the line for its pages", async () => {
  const app = appFor("manager");
  const url = "/v1/locations/loc1/site";
  expect((await app.inject({ url })).json()).toEqual({ origins: [] });
  const payload = { allow: "https://www.example.com", postal: "Team Tessa, 1 Elm St, Austin, TX 78701" };
  const told = (await app.inject({ method: "POST", url, payload })).json();
  expect(told).toMatchObject({
    origins: ["https://www.example.com"],
    snippet: `<script async src="https://go.example.com/track.js" data-site="${told.key}"></script>`,
  });
  const renewed = (
    await app.inject({ method: "POST", url, payload: { renew: true, forbid: "https://www.example.com" } })
  ).json();
  expect(renewed.origins).toEqual([]);
  expect(renewed.key).not.toBe(told.key);
  for (const bad of [{ allow: "http://example.com" }, { postal: "here" }, { anything: 1 }])
    expect((await app.inject({ method: "POST", url, payload: bad })).statusCode).toBe(400);
  expect((await app.inject({ url: "/v1/locations/other/site" })).statusCode).toBe(404);
});

test("a manager says that two contacts are one; an agent may not, nor change the site", async () => {
  const url = "/v1/locations/loc1/leads/gone/merge";
  await db.database.transaction(["loc1"], (sql) => ensureStubs(sql, "loc1", ["stays"], { now: 0 }));
  const unheard = { method: "POST", url, payload: { into: "nobody" } } as const;
  expect((await appFor("manager").inject(unheard)).statusCode).toBe(404);
  const answer = await appFor("manager").inject({ method: "POST", url, payload: { into: "stays" } });
  expect([answer.statusCode, answer.json()]).toEqual([202, { into: "stays" }]);
  const payload = { into: "stays" };
  expect((await appFor("agent").inject({ method: "POST", url, payload })).statusCode).toBe(403);
  const site = { method: "POST", url: "/v1/locations/loc1/site", payload: { renew: true } } as const;
  expect((await appFor("agent").inject(site)).statusCode).toBe(403);
});
