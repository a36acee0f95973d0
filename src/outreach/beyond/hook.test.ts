import { createHmac } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bodyOf } from "../../../test/bodies.ts";
import { makeCertificate } from "../../../test/certificate.ts";
import type { HookRequest, SendResult } from "../message.ts";
import { openHook } from "./hook.ts";
import { isPublic } from "./public-address.ts";

// Names that no server of names knows: what is reached under them was pinned.
const NAME = "hooks.example.test";
const { key, cert } = makeCertificate(NAME);
const NOON = Date.UTC(2026, 2, 2, 17);
const clock = { now: () => NOON, real: () => NOON, elapsed: () => performance.now() };

let server: Server;
let port: number;
let seen: { method: string; url: string; headers: IncomingMessage["headers"]; body: string }[] = [];
let act: (response: ServerResponse) => void;
let resolved: string[] = [];

beforeAll(async () => {
  server = createServer({ key, cert }, async (request, response) => {
    const body = await bodyOf(request);
    if (body === undefined) return;
    const { method = "", url = "", headers } = request;
    seen.push({ method, url, headers, body });
    act(response);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
beforeEach(() => {
  seen = [];
  resolved = [];
  act = answer(200, { ok: true });
});

const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, headers);
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };

const hook = openHook({
  clock,
  secret: async (_location, name) => (name === "ENRICH_KEY" ? "a stored value" : undefined),
  isAllowed: (address) => address === "127.0.0.1",
  resolve: async (name) => {
    resolved.push(name);
    return [{ address: "127.0.0.1", family: 4 }];
  },
  ca: cert,
});
const ask = (change: Partial<HookRequest> = {}, signal = AbortSignal.timeout(20_000)): Promise<SendResult> =>
  hook(
    {
      ...{ key: "effect-1", location: "loc", url: `https://${NAME}:${port}/enrich?a=1`, method: "POST" },
      ...{ headers: {}, answer: false, body: { id: "c1" } },
      ...change,
    },
    signal,
  );

describe("a webhook", () => {
  test("carries its body as JSON, and the effect's identity, the same at every attempt", async () => {
    expect(await ask()).toEqual({ result: "accepted", provider: {} });
    await ask();
    expect(seen).toMatchObject([
      {
        method: "POST",
        url: "/enrich?a=1",
        body: '{"id":"c1"}',
        headers: { host: `${NAME}:${port}`, "idempotency-key": "effect-1", "content-type": "application/json" },
      },
      { headers: { "idempotency-key": "effect-1" } },
    ]);
  });

  test("is signed with the named secret over the time and the bytes sent", async () => {
    await ask({ secret: "ENRICH_KEY" });
    const seconds = NOON / 1_000;
    const expected = createHmac("sha256", "a stored value").update(`${seconds}.${seen[0]?.body}`).digest("hex");
    expect(seen[0]?.headers["latchkey-signature"]).toBe(`t=${seconds},v1=${expected}`);
  });

  test("with a secret that nobody stored is refused before anything is asked", async () => {
    expect(await ask({ secret: "OTHER" })).toMatchObject({
      result: "rejected",
      detail: expect.stringContaining("OTHER"),
    });
    expect(seen).toEqual([]);
  });

  test("says of itself what we say of it, whatever its headers try", async () => {
    await ask({
      headers: { Host: "elsewhere", "Idempotency-Key": "forged", "Latchkey-Signature": "forged", "X-Team": "b" },
    });
    expect(seen[0]?.headers).toMatchObject({ host: `${NAME}:${port}`, "idempotency-key": "effect-1", "x-team": "b" });
    expect(seen[0]?.headers["latchkey-signature"]).toBeUndefined();
  });

  test("brings back the JSON it answered, where that is wanted", async () => {
    act = answer(200, { data: { band: "B" } });
    expect(await ask({ answer: true })).toEqual({ result: "accepted", provider: {}, value: { data: { band: "B" } } });
    expect(await ask({ answer: false })).toEqual({ result: "accepted", provider: {} });
    act = answer(200, "not json");
    expect(await ask({ answer: true })).toEqual({ result: "failed", detail: "the answer is not JSON" });
  });

  test("keeps an answer of 16 KB, and none that is larger", async () => {
    act = answer(200, JSON.stringify("x".repeat(16 * 1024 - 2)));
    expect(await ask({ answer: true })).toMatchObject({ result: "accepted" });
    act = answer(200, JSON.stringify("x".repeat(16 * 1024 - 1)));
    expect(await ask({ answer: true })).toMatchObject({ result: "failed", detail: expect.stringContaining("too_big") });
  });

  test("has failed when the answer is no success, and follows no redirect", async () => {
    act = answer(503, "");
    expect(await ask()).toEqual({ result: "failed", detail: "503" });
    act = answer(302, "", { location: `https://${NAME}:${port}/other` });
    expect(await ask()).toEqual({ result: "failed", detail: "302: redirects are not followed" });
    expect(seen).toHaveLength(2);
  });

  test("has failed when no answer comes in time, or it breaks off", async () => {
    act = () => undefined;
    expect(await ask({}, AbortSignal.timeout(100))).toEqual({ result: "failed", detail: "no answer in time" });
    act = (response) => response.socket?.destroy();
    expect(await ask()).toMatchObject({ result: "failed" });
  });

  test("goes to the address that was looked at: its name is resolved once, and not again to connect", async () => {
    expect(await ask()).toMatchObject({ result: "accepted" });
    expect(resolved).toEqual([NAME]);
  });

  test("has failed when its certificate is not of its name", async () => {
    expect(await ask({ url: `https://other.example.test:${port}/` })).toMatchObject({ result: "failed" });
    expect(seen).toEqual([]);
  });

  test.each([
    ["http://hooks.example.com/x", "https"],
    ["https://user:password@hooks.example.com/x", "password"],
    ["file:///etc/passwd", "https"],
    ["not an address", "read"],
  ])("is not made to %s", async (url, why) => {
    expect(await ask({ url })).toMatchObject({ result: "rejected", detail: expect.stringContaining(why) });
  });
});

describe("where a webhook may go", () => {
  const strict = (...addresses: string[]) =>
    openHook({
      clock,
      secret: async () => undefined,
      resolve: async () => addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      ca: cert,
    });
  const refusedFor = (url: string, ...addresses: string[]) =>
    strict(...addresses)(
      { key: "e", location: "loc", url, method: "POST", headers: {}, answer: false },
      AbortSignal.timeout(20_000),
    );

  test.each([
    ...["127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1"],
    ...["0.0.0.0", "192.0.0.192", "198.18.0.1", "203.0.113.9", "224.0.0.1", "255.255.255.255", "192.88.99.1"],
    ...[
      "::1",
      "::",
      "::ffff:10.0.0.1",
      "::ffff:169.254.169.254",
      "::ffff:8.8.8.8",
      "fe80::1",
      "fc00::1",
      "fd00:ec2::254",
    ],
    ...["64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::1", "2001::1", "2001:db8::1", "ff02::1", "100::1", "fec0::1"],
    ...["5f00::1", "3fff::1", "::127.0.0.1", "", "example.com", "1.2.3"],
  ])("not %s", (address) => {
    expect(isPublic(address)).toBe(false);
  });

  test.each(["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "169.253.0.1", "2606:4700:4700::1111", "2a00:1450::1"])(
    "%s",
    (address) => {
      expect(isPublic(address)).toBe(true);
    },
  );

  test("not where a name means a private address, nor where one of several does", async () => {
    for (const addresses of [["10.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:127.0.0.1"]]) {
      expect(await refusedFor("https://hooks.example.com/", ...addresses)).toMatchObject({
        result: "rejected",
        detail: "the address is not a public one",
      });
    }
  });

  test.each(["127.0.0.1", "[::1]", "[::ffff:7f00:1]", "0x7f.1", "2130706433", "169.254.169.254"])(
    "not to an address written as %s",
    async (host) => {
      expect(await refusedFor(`https://${host}/`)).toMatchObject({ result: "rejected" });
    },
  );

  test("nowhere when its name means nothing", async () => {
    expect(await refusedFor("https://hooks.example.com/")).toEqual({
      result: "failed",
      detail: "its name cannot be resolved",
    });
  });
});
