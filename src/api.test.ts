// docs/api.md lists every route, with the least role that each takes.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fastify, { type FastifyInstance } from "fastify";
import { describe, expect, test } from "vitest";
import { complianceRoutes } from "./app/compliance-routes.ts";
import { explainingRoutes } from "./app/explaining-routes.ts";
import { importRoutes } from "./app/import-routes.ts";
import { runRoutes } from "./app/run-routes.ts";
import { teamSiteRoutes } from "./app/site-routes.ts";
import { experimentRoutes } from "./experiments/index.ts";
import { ingestRoutes, messageLinkRoutes, siteRoutes } from "./ingest/index.ts";
import { insightRoutes } from "./insights/index.ts";
import { InvalidInput } from "./kernel/errors.ts";
import { answerProblems } from "./kernel/problem.ts";
import { marketplaceRoutes } from "./marketplace/index.ts";
import { mediaRoutes, noticeRoutes } from "./outreach/index.ts";
import { modelRoutes } from "./scoring/index.ts";
import { healthRoutes } from "./telemetry.ts";
import {
  atLeast,
  connectionRoutes,
  oauthRoutes,
  type Principal,
  ROLES,
  type Role,
  sessionRoutes,
} from "./tenancy/index.ts";
import { backtestRoutes } from "./timetravel/index.ts";

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8");
const listed = [...read("../docs/api.md").matchAll(/^\| (GET|POST|PATCH|DELETE)\s*\| `([^`]+)`\s*\| (\w+)\s*\|/gm)].map(
  ([, method = "", path = "", role = ""]) => ({ method, path, role }),
);

/** What lies behind the doors does not matter here: nothing but the role is asked. */
async function routesFor(role: Role): Promise<{ app: FastifyInstance; registered: string[] }> {
  const registered: string[] = [];
  const app = fastify();
  answerProblems(app);
  app.addHook("onRoute", ({ method, url }) => {
    for (const one of [method].flat()) if (one !== "HEAD" && one !== "OPTIONS") registered.push(`${one} ${url}`);
  });
  const who: Principal = { id: "somebody", name: "Somebody", role, locations: "*" };
  const doors = {
    ...{ locations: () => ["some"], installed: () => true },
    who: async () => who,
    authorize: async (_request: unknown, _location?: string, least?: Role) => {
      if (least !== undefined && !atLeast(who, least)) throw new InvalidInput(`This takes ${least}.`, "forbidden");
      return who;
    },
  } as never;
  for (const register of Object.values(REGISTERED)) await register(app, doors);
  return { app, registered };
}
const REGISTERED: Readonly<Record<string, (app: FastifyInstance, doors: never) => unknown>> = {
  ...{ healthRoutes, ingestRoutes, siteRoutes, messageLinkRoutes, sessionRoutes, insightRoutes, backtestRoutes },
  ...{ runRoutes, teamSiteRoutes, importRoutes, mediaRoutes, noticeRoutes, experimentRoutes, marketplaceRoutes },
  ...{ complianceRoutes, modelRoutes, explainingRoutes },
  ...{ oauthRoutes, connectionRoutes },
};

describe("docs/api.md", () => {
  test("lists every route that Latchkey registers, and none that it does not", async () => {
    const { app, registered } = await routesFor("owner");
    expect(listed.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([...new Set(registered)].sort());
    await app.close();
  });

  test("is held against all that a start registers, but the dashboard's pages", () => {
    const called = [...(read("./main.ts") + read("./app/web.ts")).matchAll(/\b(\w+Routes)\(app\b/g)].map(
      ([, name]) => name,
    );
    expect(called.filter((name) => name !== "dashboardRoutes").sort()).toEqual(Object.keys(REGISTERED).sort());
  });

  test("says the least role that each route takes", async () => {
    const none = "00000000-0000-8000-8000-000000000000";
    const named: Readonly<Record<string, string>> = { run: none, message: none, id: none, job: none, decision: none };
    for (const role of ROLES) {
      const { app } = await routesFor(role);
      for (const { method, path, role: least } of listed) {
        if (!ROLES.includes(least as Role)) continue;
        const act = path.includes("/experiments/") ? "stop" : "pause";
        const url = path.replace(/:(\w+)/g, (_, name: string) => (name === "act" ? act : (named[name] ?? "some")));
        const answer = await app.inject({
          method: method as "GET",
          url,
          ...(method === "GET" ? {} : { payload: path === "/v1/events" ? { events: [{}] } : {} }),
        });
        const may = ROLES.indexOf(role) >= ROLES.indexOf(least as Role);
        expect(`${role} ${url} ${answer.statusCode === 403}`).toBe(`${role} ${url} ${!may}`);
      }
      await app.close();
    }
  });
});
