import fastify from "fastify";
import { expect, test } from "vitest";
import type { Grant, OAuth } from "../highlevel/index.ts";
import { oauthRoutes, openSeal, type Principal } from "../tenancy/index.ts";
import { openCodes } from "./codes.ts";

const OWNER: Principal = { id: "key:ana", name: "Ana", role: "owner", locations: "*" };
/** Accounts of a company as large as any we would meet. */
const ACCOUNTS = Array.from({ length: 5_000 }, (_, n) => `account${String(n).padStart(13, "0")}`);
const GRANT: Grant = {
  ...{
    of: "Company",
    access: "a".repeat(4_000),
    refresh: "r".repeat(4_000),
    expiresAt: 1,
    company: "com1",
    bulk: true,
  },
  ...{ scopes: ["contacts.readonly", "contacts.write"], approved: ACCOUNTS },
};

async function doors() {
  const app = fastify();
  const connected: Grant[] = [];
  const states = {
    ...{ over: "", finish: async () => undefined, take: async () => OWNER },
    begin: async () => ({ state: "s1", cookie: "" }),
  };
  const oauth = {
    exchange: async () => ({ outcome: "done", value: GRANT }),
    installed: async () => ({ outcome: "not_taken", cause: "network", detail: "no answer" }),
  } as unknown as OAuth;
  const codes = openCodes({
    ...{ oauth, states, redirectUri: "https://latchkey.example.com/oauth/callback", seal: openSeal("a secret") },
    ...{ installations: { get: () => undefined }, nameOf: async () => undefined, connect: async () => undefined },
    connectCompany: async (_company, grant) => void connected.push(grant),
  });
  await oauthRoutes(app, { authorize: async () => OWNER, states, app: { ...codes, chooser: () => "" } });
  return { app, connected };
}

test("a company of thousands of accounts is asked about, and connected by the form of that page", async () => {
  const { app, connected } = await doors();
  const page = await app.inject({ url: "/oauth/callback?code=c1" });
  expect(page.body).toContain("and 4980 more");
  const letter = /name="letter" value="([^"]+)"/.exec(page.body)?.[1] ?? "";
  const answer = await app.inject({
    ...{ method: "POST", url: "/oauth/confirm", payload: new URLSearchParams({ letter }).toString() },
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  expect(answer.statusCode).toBeLessThan(400);
  expect(connected).toMatchObject([{ company: "com1", access: GRANT.access, refresh: GRANT.refresh }]);
  await app.close();
});
