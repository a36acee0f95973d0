import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { bodyOf } from "../../../test/bodies.ts";
import { type OAuth, openOAuth } from "./oauth.ts";

const clock = { now: () => Date.now(), real: () => Date.now(), elapsed: () => performance.now() };
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

interface Asked {
  readonly line: string;
  readonly headers: IncomingMessage["headers"];
  readonly form: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The CRM's token endpoint, answering what it is told to. */
async function crm(answers: (asked: Asked) => { status?: number; body: unknown }) {
  const heard: Asked[] = [];
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    if (body === undefined) return;
    const form = Object.fromEntries(new URLSearchParams(body));
    const asked = { line: `${request.method} ${request.url}`, headers: request.headers, form, body };
    heard.push(asked);
    const { status = 200, body: said } = answers(asked);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(said));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const oauth: OAuth = openOAuth({
    ...{ url, clock, clientId: "65f0app-k1", clientSecret: "the-secret" },
    chooserUrl: "https://crm.example.com/v2/oauth/chooselocation",
  });
  open.push(oauth, { close: () => server.close() });
  return { oauth, heard };
}

const snake = {
  access_token: "access-1",
  refresh_token: "refresh-1",
  expires_in: 86_399,
  scope: "contacts.readonly contacts.write",
  userType: "Location",
  locationId: "loc1",
  companyId: "com1",
};

describe("the CRM's token endpoint", () => {
  test("is asked in the standard's form, without a version and without a bearer", async () => {
    const { oauth, heard } = await crm(() => ({ body: snake }));
    await oauth.exchange("code-1", "https://latchkey.example.com/oauth/callback");
    expect(heard[0]).toMatchObject({
      line: "POST /oauth/token",
      form: {
        client_id: "65f0app-k1",
        client_secret: "the-secret",
        grant_type: "authorization_code",
        code: "code-1",
        redirect_uri: "https://latchkey.example.com/oauth/callback",
      },
    });
    expect(heard[0]?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(heard[0]?.headers).not.toHaveProperty("version");
    expect(heard[0]?.headers).not.toHaveProperty("authorization");
  });

  test("is understood in snake case and in camel case alike", async () => {
    const camel = Object.fromEntries(
      Object.entries(snake).map(([name, value]) => [name.replace(/_(.)/g, (_, c: string) => c.toUpperCase()), value]),
    );
    const read = [];
    for (const body of [snake, camel]) {
      const { oauth } = await crm(() => ({ body }));
      const reply = await oauth.refresh("refresh-0", "Location", "loc1");
      read.push(reply.outcome === "done" ? { ...reply.value, expiresAt: 0 } : reply);
    }
    expect(read[0]).toEqual({
      of: "Location",
      access: "access-1",
      refresh: "refresh-1",
      expiresAt: 0,
      scopes: ["contacts.readonly", "contacts.write"],
      company: "com1",
      location: "loc1",
      bulk: false,
      approved: [],
    });
    expect(read[1]).toEqual(read[0]);
  });

  test("whose answer cannot be read leaves it unknown whether a refresh token is spent, and shows nothing of it", async () => {
    const { oauth } = await crm(() => ({ body: { refresh_token: "access-1" } }));
    const reply = await oauth.refresh("refresh-0", "Location", "loc1");
    expect(reply.outcome).toBe("unknown");
    expect(JSON.stringify(reply)).not.toContain("access-1");
  });

  test.each([
    ["no life", { expires_in: undefined }, 3_600],
    ["a life of nothing", { expires_in: 0 }, 3_600],
    ["a life that is over", { expires_in: -86_399 }, 3_600],
    ["a life in words", { expires_in: "a day" }, 3_600],
    ["a life as text", { expires_in: "86399" }, 86_399],
    ["a life for ever", { expires_in: 1e300 }, 400 * 86_400],
    ["scopes as a list", { scope: ["contacts.readonly"] }, 86_399],
    ["a type that nobody documents", { userType: "location" }, 86_399],
    ["ids and marks of other types", { companyId: 7, isBulkInstallation: "Bearer", approvedLocations: [null] }, 86_399],
  ])("that spent a refresh token and tells of %s has its tokens kept all the same", async (_what, odd, seconds) => {
    const { oauth } = await crm(() => ({ body: { ...snake, ...odd } }));
    const asked = Date.now();
    const reply = await oauth.refresh("refresh-0", "Location", "loc1");
    if (reply.outcome !== "done") throw new Error(reply.outcome);
    expect(reply.value).toMatchObject({ of: "Location", access: "access-1", refresh: "refresh-1", location: "loc1" });
    expect(Math.abs(reply.value.expiresAt - asked - seconds * 1_000)).toBeLessThan(60_000);
  });

  test("that answers with the token of another account, or of its whole company, gave none", async () => {
    for (const odd of [{ locationId: "loc2" }, { userType: "Company", locationId: undefined }]) {
      const { oauth } = await crm(() => ({ body: { ...snake, ...odd } }));
      const replies = [
        await oauth.refresh("refresh-0", "Location", "loc1"),
        await oauth.mint("company-token", "com1", "loc1"),
      ];
      expect(replies.map(({ outcome }) => outcome)).toEqual(["unknown", "unknown"]);
      expect(JSON.stringify(replies)).not.toContain("access-1");
    }
    const { oauth } = await crm(() => ({ body: { ...snake, userType: "Company", companyId: "com2" } }));
    expect((await oauth.refresh("refresh-0", "Company", "com1")).outcome).toBe("unknown");
  });

  test("need not say again whose a token is that it was asked for by name", async () => {
    const { oauth } = await crm(() => ({ body: { access_token: "access-1", expires_in: 60 } }));
    const bare = { access: "access-1", bulk: false, approved: [], scopes: [], expiresAt: expect.any(Number) };
    expect(await oauth.refresh("refresh-0", "Location", "loc1")).toEqual({
      outcome: "done",
      value: { ...bare, of: "Location" },
    });
    expect(await oauth.mint("company-token", "com1", "loc1")).toMatchObject({
      outcome: "done",
      value: { ...bare, of: "Location", company: "com1", location: "loc1" },
    });
  });

  test("refuses with 401 as with 400: it is about what was shown", async () => {
    const { oauth } = await crm(() => ({ status: 401, body: { error: "invalid_grant" } }));
    expect(await oauth.refresh("refresh-0", "Location", "loc1")).toMatchObject({ outcome: "refused", status: 401 });
  });

  test("lists every page of the locations where the app is installed", async () => {
    const all = Array.from({ length: 230 }, (_, n) => ({ _id: `loc${n}`, name: `Team ${n}`, isInstalled: n !== 7 }));
    const { oauth, heard } = await crm(({ line }) => {
      const query = new URL(line.slice(4), "http://x").searchParams;
      const skip = Number(query.get("skip"));
      return { body: { locations: all.slice(skip, skip + Number(query.get("limit"))), count: all.length } };
    });
    const reply = await oauth.installed("company-token", "com1");
    expect(reply.outcome === "done" && reply.value.length).toBe(229);
    expect(heard).toHaveLength(3);
    expect(heard[0]?.headers).toMatchObject({ authorization: "Bearer company-token", version: "2021-07-28" });
    expect(heard[0]?.line).toContain("appId=65f0app");
  });
});

test("an answer that trickles in is none: each piece in time is not the whole in time", async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const drops = setInterval(() => response.write(" "), 20);
    response.on("close", () => clearInterval(drops));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const oauth = openOAuth({ url, clock, clientId: "a", clientSecret: "b", chooserUrl: url, answerWithin: 2_000 });
  open.push(oauth, { close: () => server.close() });
  const reply = await oauth.refresh("refresh-0", "Location", "loc1");
  expect(reply).toEqual({ outcome: "unknown", detail: "UND_ERR_BODY_TIMEOUT" });
});

describe("the app's removal", () => {
  const answered = async (body: unknown, status = 200) => {
    const { oauth, heard } = await crm(() => ({ status, body }));
    return { reply: await oauth.uninstall("location-token", "loc1"), heard };
  };

  test("names the location alone, by that location's own token", async () => {
    const { reply, heard } = await answered({ success: true });
    expect(reply).toEqual({ outcome: "done", value: undefined });
    expect(heard).toMatchObject([
      {
        line: "DELETE /marketplace/app/65f0app/installations",
        headers: { authorization: "Bearer location-token", version: "2021-07-28" },
        body: '{"locationId":"loc1"}',
      },
    ]);
  });

  test("is refused where the CRM says no, also with 200, and unknown where it says nothing that can be read", async () => {
    expect((await answered({ success: false })).reply).toMatchObject({ outcome: "refused", status: 200 });
    expect((await answered({ message: "no scope" }, 401)).reply).toMatchObject({ outcome: "refused", status: 401 });
    expect((await answered({})).reply.outcome).toBe("unknown");
    expect((await answered({}, 502)).reply.outcome).toBe("unknown");
  });
});

test("the page on which a person chooses is told who asks, for what, and where to come back to", async () => {
  const { oauth } = await crm(() => ({ body: {} }));
  const asked = { state: "s1", redirectUri: "https://latchkey.example.com/oauth/callback", scopes: ["a.read", "b"] };
  const { origin, pathname, searchParams } = new URL(oauth.chooser(asked));
  expect([origin, pathname]).toEqual(["https://crm.example.com", "/v2/oauth/chooselocation"]);
  expect(Object.fromEntries(searchParams)).toEqual({
    response_type: "code",
    redirect_uri: asked.redirectUri,
    client_id: "65f0app-k1",
    scope: "a.read b",
    state: "s1",
    loginWindowOpenMode: "self",
  });
});
