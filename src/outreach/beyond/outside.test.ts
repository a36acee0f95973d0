// Where a webhook of a workflow and a trigger's target may lead: everything somebody could write to get inside.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SendResult } from "../message.ts";
import { openHook } from "./hook.ts";
import { openOutside } from "./outside.ts";
import { openAllowed } from "./public-address.ts";
import { openTargets, openTriggerCall } from "./trigger-call.ts";

const NOON = Date.UTC(2026, 2, 2, 17);
const clock = { now: () => NOON, real: () => NOON, elapsed: () => performance.now() };
const CRM = "https://services.leadconnectorhq.com";
const EXECUTE = `${CRM}/workflows-marketplace/triggers/execute`;

/** A machine of the inside: whatever reaches it has got in. */
let inside: Server;
let port: number;
let reached: string[];
let connected = 0;
let answer: (url: string) => { status: number; location?: string };

beforeAll(async () => {
  inside = createServer((request, response) => {
    reached.push(`${request.url} ${request.headers.authorization ?? ""}`);
    const { status, location } = answer(request.url ?? "");
    response.writeHead(status, location === undefined ? {} : { location });
    response.end("{}");
  });
  inside.on("connection", () => {
    connected += 1;
  });
  await new Promise<void>((listening) => inside.listen(0, "127.0.0.1", listening));
  port = (inside.address() as AddressInfo).port;
});
afterAll(() => {
  inside.close();
  inside.closeAllConnections();
});
beforeEach(() => {
  reached = [];
  connected = 0;
  answer = () => ({ status: 200 });
});

type Addresses = readonly { address: string; family: number }[];
const four = (...addresses: string[]): Addresses => addresses.map((address) => ({ address, family: 4 }));
const six = (...addresses: string[]): Addresses => addresses.map((address) => ({ address, family: 6 }));

const hookTo = (url: string, resolve?: () => Promise<Addresses>): Promise<SendResult> =>
  openHook({ clock, secret: async () => undefined, ...(resolve === undefined ? {} : { resolve }) })(
    { key: "effect-1", location: "loc", url, method: "POST", headers: {}, answer: false },
    AbortSignal.timeout(20_000),
  );

const triggerTo = (
  url: string | undefined,
  { apiUrl = CRM, named = [] as string[], resolve = undefined as (() => Promise<Addresses>) | undefined } = {},
): Promise<SendResult> =>
  openTriggerCall({
    outside: openOutside(resolve === undefined ? {} : { resolve }),
    targets: openTargets({ apiUrl, named }),
    real: clock.real,
    token: () => "the location's token",
    target: async () => url,
  })({ key: "effect-1", location: "loc", subscription: "s", event: { type: "tier" } }, AbortSignal.timeout(20_000));

/** Hosts that mean this machine, or one beside it, in every way they can be written. */
const HOSTS: readonly string[] = [
  ...["localhost", "LOCALHOST", "localhost.", "sub.localhost", "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1"],
  ...["2130706433", "0x7f000001", "0x7F.0.0.1", "017700000001", "0177.0.0.1", "0", "0.0.0.0", "00.0.0.0"],
  ...["%31%32%37.0.0.1", "１２７.０.０.１", "127。0。0。1", "①②⑦.0.0.1", "ⓛocalhost"],
  ...[
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
  ],
  ...["[2002:7f00:1::]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]"],
  ...["10.0.0.1", "0xa000001", "012.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0xa9fea9fe", "2852039166"],
  ...["100.100.100.200", "[::ffff:a9fe:a9fe]", "224.0.0.1", "255.255.255.255", "198.18.0.1"],
];

describe("a webhook of a workflow", () => {
  test.each(HOSTS)("does not reach %s", async (host) => {
    const result = await hookTo(`https://${host}:${port}/x`);
    // a name that this machine cannot resolve reaches nobody either
    const unknown = { result: "failed", detail: "its name cannot be resolved" };
    if (result.result !== "rejected") expect(result).toEqual(unknown);
    expect(connected).toBe(0);
  });

  test.each([
    ["a private address", four("10.0.0.5")],
    ["a public and a private one", four("93.184.216.34", "127.0.0.1")],
    ["a private and a public one", four("127.0.0.1", "93.184.216.34")],
    ["this machine, mapped", six("::ffff:127.0.0.1")],
    ["this machine", six("::1")],
    ["a cloud's metadata", four("169.254.169.254")],
    ["nothing that is an address", [{ address: "localhost", family: 4 }]],
  ])("does not go where a good name means %s", async (_what, addresses) => {
    expect(await hookTo(`https://hooks.example.com:${port}/`, async () => addresses)).toMatchObject({
      result: "rejected",
      detail: "the address is not a public one",
    });
  });

  test("cannot be led inside by a name that means another address when it is asked again", async () => {
    let asked = 0;
    const rebinding = async () => {
      asked += 1;
      return asked === 1 ? four("192.0.0.8") : four("127.0.0.1");
    };
    // 192.0.0.8 answers to nobody: the one answer that was looked at is allowed here, and is where it goes
    const outside = openOutside({ resolve: rebinding, isAllowed: (address) => address === "192.0.0.8" });
    const read = async (): Promise<SendResult> => ({ result: "accepted", provider: {} });
    const url = new URL(`http://hooks.example.com:${port}/`);
    const result = await outside(url, { method: "POST", headers: {}, signal: AbortSignal.timeout(300) }, read);
    expect(result.result).toBe("failed");
    expect(asked).toBe(1);
    expect(connected).toBe(0);
  });

  test("waits for its name no longer than for its answer, and goes nowhere with a name that is resolved too late", async () => {
    const late: ((found: Addresses) => void)[] = [];
    const outside = openOutside({
      resolve: () => new Promise((resolve) => void late.push(resolve)),
      isAllowed: () => true,
    });
    const read = async (): Promise<SendResult> => ({ result: "accepted", provider: {} });
    const url = new URL(`http://hooks.example.com:${port}/`);
    const gone = new AbortController();
    const asked = outside(url, { method: "POST", headers: {}, signal: gone.signal }, read);
    gone.abort();
    const inTime = { result: "failed", detail: "its name was not resolved in time" };
    expect(await asked).toEqual(inTime);
    expect(await outside(url, { method: "POST", headers: {}, signal: gone.signal }, read)).toEqual(inTime);
    for (const answered of late) answered(four("127.0.0.1"));
    expect(connected).toBe(0);
  });

  test.each([
    "http://hooks.example.com/",
    "https://user@hooks.example.com/",
    "https://user:password@hooks.example.com/",
    "https://hooks.example.com@127.0.0.1/",
    "https:127.0.0.1/",
    "https:\\\\127.0.0.1\\x",
    "https://127.0.0.1#@hooks.example.com/",
    "file:///etc/hosts",
    "gopher://127.0.0.1/",
    "data:text/plain,x",
    "//127.0.0.1/",
    "https://",
  ])("does not go to %s", async (url) => {
    expect((await hookTo(url, async () => four("127.0.0.1"))).result).toBe("rejected");
    expect(connected).toBe(0);
  });

  test("reaches a network that whoever runs Latchkey has named, and none beside it", () => {
    const allowed = openAllowed(["10.1.0.0/16", "fd00:1::/64", "127.0.0.1"]);
    for (const address of ["10.1.2.3", "fd00:1::9", "127.0.0.1", "8.8.8.8"]) expect(allowed(address)).toBe(true);
    for (const address of ["10.2.0.1", "fd00:2::9", "127.0.0.2", "::1", "::ffff:10.2.0.1", "localhost", ""]) {
      expect(allowed(address)).toBe(false);
    }
    for (const wrong of ["10.0.0.0/33", "10.0.0", "fd00::/129", "10.0.0.0/-1", "10.0.0.0/8/8x", "localhost"]) {
      expect(() => openAllowed([wrong])).toThrow("is no network");
    }
  });
});

describe("the address that a trigger of the CRM's workflow gave", () => {
  const own = openTargets({ apiUrl: CRM, named: [] });

  test("is taken where it is the CRM's own, below the path of triggers", () => {
    expect(own(`${EXECUTE}/abc/def`)).toMatchObject({ named: false });
    expect(own(`${CRM}:443/workflows-marketplace/triggers/execute/abc?x=1`)).toMatchObject({ named: false });
    expect(own(`https://SERVICES.leadconnectorhq.com/workflows-marketplace/triggers/execute/abc`)).toMatchObject({});
  });

  test.each([
    ...HOSTS.map((host) => `https://${host}/workflows-marketplace/triggers/execute/a`),
    "https://example.com/workflows-marketplace/triggers/execute/a",
    "http://services.leadconnectorhq.com/workflows-marketplace/triggers/execute/a",
    "https://services.leadconnectorhq.com./workflows-marketplace/triggers/execute/a",
    "https://services.leadconnectorhq.com:8443/workflows-marketplace/triggers/execute/a",
    "https://services.leadconnectorhq.com.example.com/workflows-marketplace/triggers/execute/a",
    "https://xservices.leadconnectorhq.com/workflows-marketplace/triggers/execute/a",
    "https://services.leadconnectorhq.com@127.0.0.1/workflows-marketplace/triggers/execute/a",
    "https://127.0.0.1\\@services.leadconnectorhq.com/workflows-marketplace/triggers/execute/a",
    "https://user@services.leadconnectorhq.com/workflows-marketplace/triggers/execute/a",
    "https://:password@services.leadconnectorhq.com/workflows-marketplace/triggers/execute/a",
    "https://sеrvices.leadconnectorhq.com/workflows-marketplace/triggers/execute/a", // a Cyrillic е
    "https://services.leadconnectorhq.com/workflows-marketplace/triggers/execute/",
    "https://services.leadconnectorhq.com/workflows-marketplace/triggers/executex/a",
    "https://services.leadconnectorhq.com/workflows-marketplace/triggers/execute/../../contacts/",
    "https://services.leadconnectorhq.com/workflows-marketplace/triggers/execute/%2e%2e/%2E%2E/contacts",
    "https://services.leadconnectorhq.com/workflows-marketplace/triggers/execute/..%2f..%2fcontacts",
    "https://services.leadconnectorhq.com/workflows-marketplace/triggers/execute/a%5c..%5c..",
    "https://services.leadconnectorhq.com/contacts/",
    "https://services.leadconnectorhq.com/workflows-marketplace/triggers/execute/a#b",
    `${EXECUTE}/${"a".repeat(2_048)}`,
    "",
    "not an address",
  ])("is refused as %s", (url) => {
    expect(typeof own(url)).toBe("string");
  });

  test("is checked again when it is asked, and our token goes to no other", async () => {
    for (const url of [`http://127.0.0.1:${port}/x`, `https://localhost:${port}/x`, undefined]) {
      expect(await triggerTo(url)).toMatchObject({ result: "rejected", reason: "forbidden" });
    }
    expect(connected).toBe(0);
  });

  test.each([four("127.0.0.1"), four("10.0.0.1", "93.184.216.34"), six("::ffff:127.0.0.1"), four("169.254.169.254")])(
    "is not asked where the CRM's name suddenly means %j",
    async (...addresses) => {
      expect(await triggerTo(`${EXECUTE}/a`, { resolve: async () => addresses })).toMatchObject({
        result: "rejected",
        detail: "the address is not a public one",
      });
    },
  );

  test("may be another that whoever runs Latchkey has named, and bears the location's token", async () => {
    const named = [`http://127.0.0.1:${port}/triggers/`];
    expect(await triggerTo(`http://127.0.0.1:${port}/triggers/a`, { named })).toEqual({
      result: "accepted",
      provider: {},
    });
    expect(reached).toEqual(["/triggers/a Bearer the location's token"]);
    expect(await triggerTo(`http://127.0.0.1:${port}/other/a`, { named })).toMatchObject({ result: "rejected" });
    expect(await triggerTo(`http://localhost:${port}/triggers/a`, { named })).toMatchObject({ result: "rejected" });
    expect(reached).toHaveLength(1);
  });

  test("sends nobody on: a redirect is a failure, and where it points is not asked", async () => {
    const apiUrl = `http://127.0.0.1:${port}`;
    const url = `${apiUrl}/workflows-marketplace/triggers/execute/a`;
    for (const status of [301, 302, 303, 307, 308]) {
      answer = () => ({ status, location: `${apiUrl}/elsewhere` });
      expect(await triggerTo(url, { apiUrl })).toEqual({
        result: "failed",
        detail: `${status}: redirects are not followed`,
      });
    }
    expect(new Set(reached.map((one) => one.split(" ")[0]))).toEqual(
      new Set(["/workflows-marketplace/triggers/execute/a"]),
    );
  });
});
