import { createPublicKey, verify } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { readFlags } from "../flags.ts";
import { openSimulator, type Simulator } from "../simulator.ts";

const open: { close(): Promise<unknown> | unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

interface Received {
  readonly type: string;
  readonly webhookId: string;
  readonly genuine: boolean;
  readonly body: Record<string, unknown>;
}

/** A receiver of webhooks that answers as told and remembers what came. */
async function receiver(answer: (n: number) => number = () => 200) {
  const got: Received[] = [];
  let key = "";
  const waiting: { enough: (got: readonly Received[]) => boolean; done: () => void }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const raw = Buffer.concat(chunks);
      const body = JSON.parse(raw.toString()) as Record<string, unknown>;
      const signature = Buffer.from(String(request.headers["x-ghl-signature"]), "base64");
      const genuine = verify(null, raw, createPublicKey(key), signature);
      got.push({ type: String(body["type"]), webhookId: String(body["webhookId"]), genuine, body });
      response.writeHead(answer(got.length)).end();
      for (const { enough, done } of waiting) if (enough(got)) done();
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  open.push({
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    got,
    trust(pem: string) {
      key = pem;
    },
    until: (enough: (got: readonly Received[]) => boolean) =>
      new Promise<void>((done) => (enough(got) ? done() : waiting.push({ enough, done }))),
  };
}

async function simulate(...args: string[]): Promise<Simulator & { ask: Ask; sim: Ask }> {
  const simulator = await openSimulator(readFlags(["--no-town", "--token", "test-token", ...args]));
  open.push(simulator);
  const { url } = simulator.ready;
  const ask: Ask = (method, path, body, headers = {}) =>
    call(`${url}${path}`, method, body, { authorization: "Bearer test-token", version: "v3", ...headers });
  return { ...simulator, ask, sim: (method, path, body) => call(`${url}/_sim/${path}`, method, body, {}) };
}

type Ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, looked at by the test that asked
  readonly body: any;
}

async function call(url: string, method: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

const ada = {
  id: "ada",
  contact: { firstName: "Ada", lastName: "Quillby", phone: "+15125550101", email: "ada@example.com" },
};
const hello = { type: "SMS", contactId: "ada", message: "Hello Ada" };

describe("the gate", () => {
  test("refuses an unknown token, a wrong version and an unknown property, each with its status", async () => {
    const { ask, sim } = await simulate();
    await sim("POST", "contacts", ada);
    expect(await ask("GET", "/contacts/ada", undefined, { authorization: "Bearer other" })).toMatchObject({
      status: 401,
    });
    expect(await ask("GET", "/contacts/ada", undefined, { version: "2023-02-21" })).toMatchObject({ status: 400 });
    const strange = await ask("PUT", "/contacts/ada", { nickname: "A" });
    expect(strange).toMatchObject({ status: 422, body: { message: ["property nickname should not exist"] } });
    expect(strange.body.traceId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("grants a hundred requests in ten seconds and answers the next with 429", async () => {
    const { ask, sim } = await simulate();
    await sim("POST", "contacts", ada);
    const answers = [];
    for (let i = 0; i < 101; i += 1) answers.push(await ask("GET", "/contacts/ada"));
    expect(answers.slice(0, 100).every(({ status }) => status === 200)).toBe(true);
    expect(answers[99]?.headers.get("x-ratelimit-remaining")).toBe("0");
    expect(answers[100]?.status).toBe(429);
    expect(answers[100]?.headers.get("x-ratelimit-max")).toBe("100");
    expect(answers[100]?.headers.get("x-ratelimit-daily-remaining")).toBe("199900");
  });

  test("lets a refresh token be used once", async () => {
    const { sim, ready } = await simulate();
    const { body: app } = await sim("POST", "code", {});
    const exchange = async (grant: Record<string, string>) => {
      const form = new URLSearchParams({ client_id: app.clientId, client_secret: app.clientSecret, ...grant });
      const answer = await fetch(`${ready.url}/oauth/token`, { method: "POST", body: form });
      return { status: answer.status, body: (await answer.json()) as Record<string, string> };
    };
    const first = await exchange({ grant_type: "authorization_code", code: app.code });
    expect(first.status).toBe(200);
    const refresh = { grant_type: "refresh_token", refresh_token: String(first.body["refresh_token"]) };
    const second = await exchange(refresh);
    expect(second.status).toBe(200);
    expect((await exchange(refresh)).status).toBe(401);
    const answer = await call(`${ready.url}/locations/${ready.locationId}`, "GET", undefined, {
      authorization: `Bearer ${second.body["access_token"]}`,
      version: "v3",
    });
    expect(answer.status).toBe(200);
  });
});

describe("a sent message", () => {
  test("is in the ledger and the conversation, and comes back as a signed echo of the API", async () => {
    const hook = await receiver();
    const { ask, sim, ready } = await simulate("--speed", "100", "--webhook-url", hook.url);
    hook.trust(ready.webhookPublicKeyPem);
    await sim("POST", "contacts", { ...ada, webhook: false });
    const sent = await ask("POST", "/conversations/messages", hello);
    expect(sent).toMatchObject({ status: 200, body: { status: "pending" } });
    await hook.until((got) => got.length === 2);
    expect(hook.got.map(({ body, genuine }) => [body["messageId"], body["source"], body["status"], genuine])).toEqual([
      [sent.body.messageId, "api", "sent", true],
      [sent.body.messageId, "api", "delivered", true],
    ]);
    const found = await ask("GET", `/conversations/search?locationId=${ready.locationId}&contactId=ada`);
    const listed = await ask("GET", `/conversations/${found.body.conversations[0].id}/messages`);
    expect(listed.body.messages).toMatchObject([{ id: sent.body.messageId, body: "Hello Ada", status: "delivered" }]);
    expect((await sim("GET", "ledger")).body.accepted).toMatchObject([{ n: 1, contactId: "ada", answer: "answered" }]);
  });

  test("keeps the files that a text brings along, and tells of them in the conversation and in its echo", async () => {
    const hook = await receiver();
    const { ask, sim, ready } = await simulate("--speed", "100", "--webhook-url", hook.url);
    hook.trust(ready.webhookPublicKeyPem);
    await sim("POST", "contacts", { ...ada, webhook: false });
    const attachments = ["https://example.com/plan.jpg"];
    const sent = await ask("POST", "/conversations/messages", { ...hello, attachments });
    expect(sent.status).toBe(200);
    await hook.until((got) => got.length === 2);
    expect(hook.got.map(({ body }) => body["attachments"])).toEqual([attachments, attachments]);
    const shown = await ask("GET", `/conversations/messages/${sent.body.messageId}`);
    expect(shown.body).toMatchObject({ attachments });
    expect((await sim("GET", "ledger")).body.accepted).toMatchObject([{ body: "Hello Ada", attachments }]);
    const wordless = { type: "SMS", contactId: "ada", attachments };
    expect(await ask("POST", "/conversations/messages", wordless)).toMatchObject({ status: 200 });
    expect(await ask("POST", "/conversations/messages", { ...wordless, type: "WhatsApp" })).toMatchObject({
      status: 400,
      body: { message: "The parameter text.body is required." },
    });
  });

  test("is turned down for a contact that blocks the channel, and the attempt is remembered", async () => {
    const { ask, sim } = await simulate();
    await sim("POST", "contacts", ada);
    await sim("POST", "inbound", { contactId: "ada", body: "STOP" });
    expect(await ask("POST", "/conversations/messages", hello)).toMatchObject({ status: 400 });
    const { body } = await sim("GET", "ledger");
    expect(body.accepted).toEqual([]);
    expect(body.refused).toMatchObject([{ contactId: "ada", type: "SMS" }]);
  });

  test("is turned down without an address", async () => {
    const { ask, sim } = await simulate();
    await sim("POST", "contacts", { id: "bo", contact: { firstName: "Bo" } });
    expect(await ask("POST", "/conversations/messages", { ...hello, contactId: "bo" })).toMatchObject({ status: 400 });
    const mail = { type: "Email", contactId: "bo", subject: "Hi", html: "<p>Hi</p>" };
    expect(await ask("POST", "/conversations/messages", mail)).toMatchObject({ status: 400 });
  });
});

describe("faults on request", () => {
  test("a dropped answer leaves the message in the ledger", async () => {
    const { ask, sim } = await simulate();
    await sim("POST", "contacts", ada);
    await sim("POST", "faults", { drop: 1 });
    await expect(ask("POST", "/conversations/messages", hello)).rejects.toThrow();
    expect((await sim("GET", "ledger")).body.accepted).toMatchObject([{ contactId: "ada", answer: "dropped" }]);
  });

  test("a 500 before storing stores nothing, a 500 after storing stores", async () => {
    const { ask, sim } = await simulate();
    await sim("POST", "contacts", ada);
    await sim("POST", "faults", { failBefore: 1 });
    expect((await ask("POST", "/conversations/messages", hello)).status).toBe(500);
    expect((await sim("GET", "ledger")).body.total).toBe(0);
    await sim("POST", "faults", { failAfter: 1 });
    expect((await ask("POST", "/conversations/messages", hello)).status).toBe(500);
    expect((await sim("GET", "ledger")).body.total).toBe(1);
  });

  test("refused connections come back on the same port", async () => {
    const { sim, ready } = await simulate();
    await sim("POST", "refuse", { ms: 1_000 });
    const reaches = () =>
      fetch(`${ready.url}/_sim/state`).then(
        () => true,
        () => false,
      );
    const seen = new Set<boolean>();
    while (!seen.has(false)) seen.add(await reaches());
    while (!(await reaches())) seen.add(true);
    expect(seen).toContain(false);
  });
});

describe("webhooks", () => {
  test("are tried again with the same webhookId until they are taken", async () => {
    const hook = await receiver((n) => (n < 3 ? 503 : 200));
    const { sim, ready } = await simulate("--webhook-url", hook.url, "--retry-base-ms", "5");
    hook.trust(ready.webhookPublicKeyPem);
    await sim("POST", "contacts", ada);
    await hook.until((got) => got.length === 3);
    expect(new Set(hook.got.map(({ webhookId }) => webhookId)).size).toBe(1);
    expect(hook.got[0]).toMatchObject({ type: "ContactCreate", genuine: true });
  });

  test("are lost, doubled and overtaken on request", async () => {
    const hook = await receiver();
    const { sim, ready } = await simulate("--webhook-url", hook.url);
    hook.trust(ready.webhookPublicKeyPem);
    await sim("POST", "faults", { webhooks: { duplicate: 1 } });
    const { body } = await sim("POST", "webhooks", { payload: { type: "Doubled" } });
    await hook.until((got) => got.length === 2);
    expect(hook.got.map(({ webhookId }) => webhookId)).toEqual([body.webhookId, body.webhookId]);
    await sim("POST", "faults", { webhooks: { lost: 1 } });
    await sim("POST", "webhooks", { payload: { type: "Lost" } });
    await sim("POST", "faults", { webhooks: { reorder: 1 } });
    await sim("POST", "webhooks", { payload: { type: "First" } });
    await sim("POST", "webhooks", { payload: { type: "Second" } });
    await hook.until((got) => got.length === 4);
    expect(hook.got.slice(2).map(({ type }) => type)).toEqual(["Second", "First"]);
  });

  test("of a load come at their rate, and those that were taken are listed", async () => {
    const hook = await receiver();
    const { sim, ready } = await simulate("--webhook-url", hook.url);
    hook.trust(ready.webhookPublicKeyPem);
    await sim("POST", "load", { perSecond: 200, seconds: 0.2, kind: "contacts", prefix: "load" });
    await hook.until((got) => got.length === 40);
    expect(new Set(hook.got.map(({ body }) => body["id"])).size).toBe(40);
    let taken: { type: string; webhookId: string }[] = [];
    while (taken.length < 40) taken = (await sim("GET", "webhooks")).body.acknowledged;
    expect(new Set(taken.map(({ webhookId }) => webhookId))).toEqual(
      new Set(hook.got.map(({ webhookId }) => webhookId)),
    );
    expect(taken[0]).toMatchObject({ type: "ContactCreate", attempts: 1 });
  });
});
