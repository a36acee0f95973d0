import { afterEach, describe, expect, test } from "vitest";
import { openProvider, type Provider } from "../../test/provider.ts";
import type { LookupRequest, OutgoingMessage } from "../outreach/index.ts";
import { channelContract } from "./channel.contract.ts";
import { openChannels, openRecords } from "./channels.ts";
import { type HighLevelOptions, openHighLevel } from "./client.ts";
import { openLookup } from "./lookup.ts";
import type { RateHeaders } from "./request.ts";

const NOW = Date.parse("2026-03-02T12:00:00Z");
const clock = { now: () => NOW, real: () => NOW, elapsed: () => 0 };
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

const text: OutgoingMessage = {
  key: "k1",
  location: "loc1",
  contact: "ada",
  to: "+15555550100",
  rendered: { channel: "sms", text: "Hi Ada" },
};
const mail: OutgoingMessage = {
  key: "k2",
  location: "loc1",
  contact: "ada",
  to: "ada@example.com",
  rendered: { channel: "email", subject: "Homes", html: "<p>Hi <b>Ada</b></p>", text: "Hi Ada" },
};

channelContract("SMS", text, async (options) => {
  const { api, provider } = await connect(options);
  return {
    channel: openChannels(api, clock).sms,
    provider,
    now: clock.real,
    taken: { messageId: "m1", conversationId: "c1" },
  };
});

channelContract("e-mail", mail, async (options) => {
  const { api, provider } = await connect(options);
  const taken = { messageId: "m1", conversationId: "c1", emailMessageId: "em1" };
  return { channel: openChannels(api, clock).email, provider, now: clock.real, taken };
});

channelContract("WhatsApp", { ...text, rendered: { channel: "whatsapp", text: "Hi Ada" } }, async (options) => {
  const { api, provider } = await connect(options);
  const taken = { messageId: "m1", conversationId: "c1" };
  return { channel: openChannels(api, clock).whatsapp, provider, now: clock.real, taken };
});

describe("a call", () => {
  const call: OutgoingMessage = { ...text, rendered: { channel: "voice", text: "call_new_buyer", workflow: "w9" } };

  test("puts the contact into the workflow that calls, and is accepted with that", async () => {
    const { api, provider } = await connect();
    provider.answer({ status: 200, body: { succeded: true } });
    expect(await openChannels(api, clock).voice.send(call, live())).toEqual({ result: "accepted", provider: {} });
    expect(provider.requests).toMatchObject([{ method: "POST", url: "/contacts/ada/workflow/w9", body: {} }]);
  });

  test("without an answer is unconfirmed, and refused when the CRM says so", async () => {
    const { api, provider } = await connect();
    provider.drop();
    expect(await openChannels(api, clock).voice.send(call, live())).toMatchObject({ result: "unconfirmed" });
    provider.answer({ status: 400, body: { message: "Workflow not found" } });
    expect(await openChannels(api, clock).voice.send(call, live())).toMatchObject({ result: "rejected", status: 400 });
  });
});

test("a WhatsApp template puts the contact into the workflow that sends it, and sends no text", async () => {
  const { api, provider } = await connect();
  provider.answer({ status: 200, body: { succeded: true } });
  const rendered = { channel: "whatsapp", text: "viewing_template", workflow: "w4" } as const;
  const sent = await openChannels(api, clock).whatsapp.send({ ...text, rendered }, live());
  expect(sent).toEqual({ result: "accepted", provider: {} });
  expect(provider.requests).toMatchObject([{ method: "POST", url: "/contacts/ada/workflow/w4", body: {} }]);
});

describe("a request to HighLevel", () => {
  test("carries token, version and exactly the properties that its operation knows", async () => {
    const { api, provider } = await connect();
    await openChannels(api, clock).sms.send(text, live());
    await openChannels(api, clock).email.send(mail, live());
    const [sms, email] = provider.requests;
    expect(sms).toMatchObject({ method: "POST", url: "/conversations/messages" });
    expect(sms?.headers).toMatchObject({
      authorization: "Bearer token-of-loc1",
      version: "v3",
      "content-type": "application/json",
    });
    expect(sms?.body).toEqual({ type: "SMS", contactId: "ada", message: "Hi Ada", toNumber: "+15555550100" });
    expect(email?.body).toEqual({
      type: "Email",
      contactId: "ada",
      subject: "Homes",
      html: "<p>Hi <b>Ada</b></p>",
      message: "Hi Ada",
      emailTo: "ada@example.com",
    });
  });

  test("takes the files of texts and e-mails along, by address", async () => {
    const { api, provider } = await connect();
    const attachments = ["https://latchkey.example.com/media/loc1/plan.jpg"];
    const along = (message: OutgoingMessage) => ({ ...message, rendered: { ...message.rendered, attachments } });
    await openChannels(api, clock).sms.send(along(text), live());
    await openChannels(api, clock).email.send(along(mail), live());
    expect(provider.requests.map(({ body }) => body)).toMatchObject([
      { type: "SMS", message: "Hi Ada", attachments },
      { type: "Email", attachments },
    ]);
  });

  test("names the number or the address it is to come from", async () => {
    const { api, provider } = await connect();
    const from = (message: OutgoingMessage, one: string) => ({
      ...message,
      rendered: { ...message.rendered, from: one },
    });
    const channels = openChannels(api, clock);
    await channels.sms.send(from(text, "+15125550180"), live());
    await channels.whatsapp.send(from(text, "+15125550180"), live());
    await channels.email.send(from(mail, "team@example.com"), live());
    expect(provider.requests.map(({ body }) => body)).toMatchObject([
      { type: "SMS", fromNumber: "+15125550180" },
      { type: "WhatsApp", fromNumber: "+15125550180" },
      { type: "Email", emailFrom: "team@example.com" },
    ]);
  });

  test.each(["fromNumber does not belong to the location", "emailFrom must be an email"])(
    "refused for our own side says nothing of the lead's address: %s",
    async (message) => {
      const { api, provider } = await connect();
      provider.answer({ status: 400, body: { message } });
      expect(await openChannels(api, clock).sms.send(text, live())).toMatchObject({
        ...{ result: "rejected", reason: "sender" },
      });
    },
  );

  test("may fall back to the dated versions", async () => {
    const { api, provider } = await connect({ versions: "dated" });
    await openChannels(api, clock).sms.send(text, live());
    await api.tasks("loc1", "ada");
    expect(provider.requests.map(({ headers }) => headers["version"])).toEqual(["2021-04-15", "2021-07-28"]);
  });

  test("is not made without a token", async () => {
    const { api, provider } = await connect({ token: () => undefined });
    expect(await openChannels(api, clock).sms.send(text, live())).toMatchObject({ result: "deferred", cause: "auth" });
    expect(provider.requests).toHaveLength(0);
  });

  test("is given up, unwritten, when it has waited more than five seconds for its connection", async () => {
    let elapsed = 0;
    const slept = { ...clock, elapsed: () => elapsed++ * 6_000 };
    const { api, provider } = await connect({ clock: slept });
    expect(await openChannels(api, clock).sms.send(text, live())).toMatchObject({
      result: "deferred",
      cause: "unreachable",
    });
    expect(provider.requests).toHaveLength(0);
  });

  test("tells what its answer says of the budget", async () => {
    const told: [string, RateHeaders][] = [];
    const { api, provider } = await connect({ onRate: (location, rate) => told.push([location, rate]) });
    provider.answer({
      status: 200,
      headers: {
        "x-ratelimit-max": "100",
        "x-ratelimit-remaining": "7",
        "x-ratelimit-interval-milliseconds": "10000",
        "x-ratelimit-limit-daily": "200000",
        "x-ratelimit-daily-remaining": "9",
      },
      body: { tasks: [] },
    });
    await api.tasks("loc1", "ada");
    expect(told).toEqual([
      ["loc1", { sentAt: NOW, max: 100, remaining: 7, intervalMs: 10_000, daily: 200_000, dailyRemaining: 9 }],
    ]);
  });

  test("of one location does not trip another's breaker", async () => {
    const { api, provider } = await connect();
    for (let n = 0; n < 8; n++) provider.answer({ status: 500 });
    for (let n = 0; n < 8; n++) await api.tasks("loc1", "ada");
    expect(await api.tasks("loc1", "ada")).toMatchObject({ outcome: "not_taken", cause: "breaker" });
    provider.answer({ status: 200, body: { tasks: [] } });
    expect(await api.tasks("loc2", "ada")).toMatchObject({ outcome: "done", value: [] });
  });

  test("for a contact gives it in the words of our events", async () => {
    const { api, provider } = await connect();
    provider.answer({
      status: 200,
      body: {
        contact: {
          id: "ada",
          firstName: "Ada",
          tags: ["Buyer"],
          timezone: "America/Chicago",
          dateUpdated: "2026-03-01T00:00:00Z",
          dnd: false,
          dndSettings: { whatsApp: { status: "active" }, sms: { status: "permanent" } },
        },
      },
    });
    const asOf = Date.parse("2026-03-01T00:00:00Z");
    expect(await api.contact("loc1", "ada")).toMatchObject({
      outcome: "done",
      value: {
        contact: {
          change: "update",
          asOf,
          dnd: false,
          contact: { firstName: "Ada", tags: ["Buyer"], timeZone: "America/Chicago" },
        },
        dnd: { asOf, all: false, channels: { whatsapp: "blocked", sms: "permanent" } },
      },
    });
  });
});

describe("a look-up after an attempt without an answer", () => {
  const attempt = { from: NOW - 30_000, to: NOW - 5_000 };
  const sought = { kind: "message", rendered: text.rendered } as const;
  const ours = {
    id: "m1",
    messageType: "TYPE_SMS",
    direction: "outbound",
    source: "api",
    status: "delivered",
    body: "Hi Ada\nReply STOP to end",
    dateAdded: new Date(NOW - 20_000).toISOString(),
  };

  test("finds a text that begins with ours, of our kind, from the API, at its time", async () => {
    expect(await look([ours])).toEqual({
      found: "one",
      provider: { messageId: "m1", conversationId: "c1" },
      status: "delivered",
    });
  });

  test.each([
    ["another text", { body: "Hello Ada" }],
    ["an answer of the lead", { direction: "inbound" }],
    ["an agent's own", { source: "app" }],
    ["another channel", { messageType: "TYPE_EMAIL" }],
    ["one from before", { dateAdded: new Date(NOW - 151_000).toISOString() }],
    ["one from after", { dateAdded: new Date(NOW + 116_000).toISOString() }],
  ])("does not take %s for it", async (_what, difference) => {
    expect(await look([{ ...ours, ...difference }])).toEqual({ found: "none" });
  });

  test("does not take one that another effect holds", async () => {
    expect(await look([ours], ["m1"])).toEqual({ found: "none" });
    expect(await look([ours, { ...ours, id: "m2" }], ["m1"])).toMatchObject({
      found: "one",
      provider: { messageId: "m2" },
    });
  });

  test("says when more than one could be it", async () => {
    expect(await look([ours, { ...ours, id: "m2" }])).toEqual({ found: "ambiguous" });
  });

  test("compares the stamp with the provider's own clock", async () => {
    const ahead = 3_600_000;
    const stamped = { ...ours, dateAdded: new Date(NOW - 20_000 + ahead).toISOString() };
    expect(await look([stamped], [], { date: new Date(NOW + ahead).toUTCString() })).toMatchObject({ found: "one" });
    expect(await look([stamped])).toEqual({ found: "none" });
  });

  test("finds nothing where there is no conversation, and reads on where it is long", async () => {
    const { api, provider } = await connect();
    provider.answer({ status: 200, body: { conversations: [] } });
    expect(await openLookup(api, clock)(request(), live())).toEqual({ found: "none" });
    provider.answer({ status: 200, body: { conversations: [{ id: "c1", contactId: "ada" }] } });
    const others = { ...ours, id: "x", body: "Other" };
    provider.answer({ status: 200, headers: today, body: { messages: [others], nextPage: true, lastMessageId: "x" } });
    provider.answer({
      status: 200,
      headers: today,
      body: { messages: { messages: [ours], nextPage: false, lastMessageId: "m1" } },
    });
    expect(await openLookup(api, clock)(request(), live())).toMatchObject({ found: "one" });
    expect(provider.requests.at(-1)?.url).toBe("/conversations/c1/messages?limit=100&lastMessageId=x");
  });

  test("cannot tell of a conversation with more in it than is read: a second text would be the worse mistake", async () => {
    const { api, provider } = await connect();
    provider.answer({ status: 200, body: { conversations: [{ id: "c1", contactId: "ada" }] } });
    const other = { ...ours, id: "x", body: "Other" };
    for (let page = 0; page < 5; page += 1) {
      const body = { messages: [other], nextPage: true, lastMessageId: `x${page}` };
      provider.answer({ status: 200, headers: today, body });
    }
    expect(await openLookup(api, clock)(request(), live())).toEqual({ found: "ambiguous" });
  });

  test("takes no text for ours that says nothing of ours", async () => {
    const { api, provider } = await connect();
    provider.answer({ status: 200, body: { conversations: [{ id: "c1", contactId: "ada" }] } });
    provider.answer({ status: 200, headers: today, body: { messages: [ours], nextPage: false } });
    const wordless = { ...sought, rendered: { ...text.rendered, text: "  " } };
    expect(await openLookup(api, clock)({ ...request(), sought: wordless }, live())).toEqual({ found: "none" });
  });

  test("cannot say while the provider is away", async () => {
    const { api, provider } = await connect();
    provider.answer({ status: 503 });
    expect(await openLookup(api, clock)(request(), live())).toMatchObject({ found: "unavailable" });
    provider.answer({ status: 429 });
    expect(await openLookup(api, clock)(request(), live())).toEqual({ found: "unavailable", retryAt: NOW + 10_000 });
  });

  test("finds an e-mail by what a reader sees, or by its subject where the list leaves bodies out", async () => {
    const listed = { ...ours, messageType: "TYPE_EMAIL", meta: { email: { messageIds: ["em1"], subject: "Homes" } } };
    const seek = { kind: "message", rendered: mail.rendered } as const;
    const found = {
      found: "one",
      provider: { messageId: "m1", conversationId: "c1", emailMessageId: "em1" },
      status: "delivered",
    };
    expect(await look([{ ...listed, body: "<div><p>Hi <b>Ada</b></p></div>" }], [], today, seek)).toEqual(found);
    expect(await look([{ ...listed, body: "" }], [], today, seek)).toEqual(found);
    expect(await look([{ ...listed, body: "", meta: { email: { subject: "Else" } } }], [], today, seek)).toEqual({
      found: "none",
    });
  });

  test("finds tasks by title and text, notes by text and time", async () => {
    const { api, provider } = await connect();
    const lookup = openLookup(api, clock);
    provider.answer({
      status: 200,
      body: {
        tasks: [
          { id: "t1", title: "Call Ada", body: "now" },
          { id: "t2", title: "Call Bob" },
        ],
      },
    });
    expect(await lookup(request({ kind: "task", title: "Call Ada", body: "now" }), live())).toEqual({
      found: "one",
      provider: { messageId: "t1" },
    });
    const note = { id: "n1", body: "<p>Wants a garden</p>", dateAdded: ours.dateAdded };
    provider.answer({
      status: 200,
      headers: today,
      body: { notes: [note, { ...note, id: "n2", dateAdded: "2026-01-01T00:00:00Z" }] },
    });
    expect(await lookup(request({ kind: "note", text: "Wants a garden" }), live())).toEqual({
      found: "one",
      provider: { messageId: "n1" },
    });
  });

  const today = { date: new Date(NOW).toUTCString() };

  const request = (what: LookupRequest["sought"] = sought, held: readonly string[] = []): LookupRequest => ({
    location: "loc1",
    contact: "ada",
    sought: what,
    attempt,
    bound: async (ids) => new Set(ids.filter((id) => held.includes(id))),
  });

  async function look(
    messages: object[],
    held: string[] = [],
    headers: Record<string, string> = today,
    what: LookupRequest["sought"] = sought,
  ) {
    const { api, provider } = await connect();
    provider.answer({ status: 200, body: { conversations: [{ id: "c1", contactId: "ada" }] } });
    provider.answer({ status: 200, headers, body: { messages, nextPage: false, lastMessageId: "" } });
    return openLookup(api, clock)(request(what, held), live());
  }
});

describe("an opportunity after an attempt without an answer", () => {
  const attempt = { from: NOW - 30_000, to: NOW - 5_000 };
  const look = async (...opportunities: object[]) => {
    const { api, provider } = await connect();
    provider.answer({ status: 200, headers: { date: new Date(NOW).toUTCString() }, body: { opportunities } });
    const sought = { kind: "opportunity", pipeline: "p1", name: "Ada: a home" } as const;
    const bound = async () => new Set(["bound"]);
    return openLookup(api, clock)({ location: "loc1", contact: "ada", sought, attempt, bound }, live());
  };
  const theirs = (id: string, more: object = {}) => ({
    id,
    name: "Ada: a home",
    createdAt: new Date(NOW - 20_000).toISOString(),
    ...more,
  });

  test("is found by its name and its time, unless another effect has it", async () => {
    const old = theirs("old", { createdAt: new Date(NOW - 86_400_000).toISOString() });
    expect(await look(theirs("o1"), old, theirs("bound"), theirs("other", { name: "Another" }))).toEqual({
      found: "one",
      provider: { messageId: "o1" },
    });
    expect(await look(old)).toEqual({ found: "none" });
    expect(await look(theirs("o1"), theirs("o2"))).toEqual({ found: "ambiguous" });
  });
});

describe("the CRM's records", () => {
  test("close and open do-not-disturb in the words of the version that is spoken", async () => {
    for (const [versions, keys] of [
      ["v3", ["sms", "whatsApp"]],
      ["dated", ["SMS", "WhatsApp"]],
    ] as const) {
      const { api, provider } = await connect({ versions });
      provider.answer({ status: 200, body: {} });
      const change = {
        location: "loc1",
        contact: "ada",
        fields: {},
        custom: [],
        dnd: { sms: "blocked", whatsapp: "open" },
      } as const;
      await openRecords(api, clock).updateContact(change, live());
      const [sms, whatsapp] = keys;
      expect(provider.requests[0]?.body).toMatchObject({
        dndSettings: { [sms]: { status: "active" }, [whatsapp]: { status: "inactive" } },
      });
    }
  });

  test("take changes of contacts as texts, deals, and what a workflow of the CRM is given", async () => {
    const { api, provider } = await connect();
    const records = openRecords(api, clock);
    const who = { location: "loc1", contact: "ada" };
    for (let n = 0; n < 4; n++) provider.answer({ status: 200, body: { opportunity: { id: "o1" } } });
    const custom = [
      { id: "f1", value: 5 },
      { id: "f2", value: ["a", "b"] },
    ];
    await records.updateContact({ ...who, fields: { city: "Dallas", postalCode: 75_001 }, custom }, live());
    expect(await records.createOpportunity({ ...who, fields: { pipelineId: "p1", name: "Home" } }, live())).toEqual({
      result: "accepted",
      provider: { messageId: "o1" },
    });
    await records.updateOpportunity({ ...who, id: "o1", fields: { status: "won", monetaryValue: 5 } }, live());
    await records.changeWorkflow({ ...who, workflow: "w1", action: "remove" }, live());
    expect(provider.requests.map(({ method, url, body }) => [method, url, body])).toEqual([
      [
        "PUT",
        "/contacts/ada",
        {
          city: "Dallas",
          postalCode: "75001",
          customFields: [
            { id: "f1", fieldValue: "5" },
            { id: "f2", fieldValue: ["a", "b"] },
          ],
        },
      ],
      ["POST", "/opportunities/", { pipelineId: "p1", name: "Home", locationId: "loc1", contactId: "ada" }],
      ["PUT", "/opportunities/o1", { status: "won", monetaryValue: 5 }],
      ["DELETE", "/contacts/ada/workflow/w1", {}],
    ]);
  });

  test("take tasks and notes and give back their ids", async () => {
    const { api, provider } = await connect();
    const records = openRecords(api, clock);
    provider.answer({ status: 201, body: { task: { id: "t1", title: "Call" } } });
    const task = { location: "loc1", contact: "ada", title: "Call", dueAt: NOW, assignedTo: "u1" };
    expect(await records.createTask(task, live())).toEqual({ result: "accepted", provider: { messageId: "t1" } });
    provider.answer({ status: 201, body: { note: { id: "n1" } } });
    expect(await records.createNote({ location: "loc1", contact: "ada", text: "Hello" }, live())).toEqual({
      result: "accepted",
      provider: { messageId: "n1" },
    });
    expect(provider.requests.map(({ url, body }) => [url, body])).toEqual([
      [
        "/contacts/ada/tasks",
        { title: "Call", dueDate: "2026-03-02T12:00:00.000Z", completed: false, assignedTo: "u1" },
      ],
      ["/contacts/ada/notes", { body: "Hello" }],
    ]);
  });

  test("change tags, adding before removing, and stop at the first failure", async () => {
    const { api, provider } = await connect();
    const change = { location: "loc1", contact: "ada", add: ["Hot"], remove: ["Cold"] };
    provider.answer({ status: 201, body: { tags: ["Hot"] } });
    provider.answer({ status: 200, body: { tags: ["Hot"] } });
    expect(await openRecords(api, clock).changeTags(change, live())).toEqual({ result: "accepted", provider: {} });
    provider.answer({ status: 500 });
    expect(await openRecords(api, clock).changeTags(change, live())).toMatchObject({ result: "unconfirmed" });
    expect(provider.requests.map(({ method, body }) => [method, body])).toEqual([
      ["POST", { tags: ["Hot"] }],
      ["DELETE", { tags: ["Cold"] }],
      ["POST", { tags: ["Hot"] }],
    ]);
  });
});

describe("what is asked of HighLevel", () => {
  test("is charged to the location's rate, each request in its lane; only who took its grants is not", async () => {
    const taken: string[] = [];
    const take = async (location: string, lane: string) => {
      taken.push(`${location} ${lane}`);
      return { granted: true as const };
    };
    const { api } = await connect({ budget: { take } });
    await api.contact("loc1", "ada");
    await api.lane("bulk").tags("loc2");
    await openChannels(api.granted, clock).sms.send(text, live());
    expect(taken).toEqual(["loc1 normal", "loc2 bulk"]);
  });

  test("does not leave while the rate is spent", async () => {
    const take = async () => ({ granted: false as const, retryAt: NOW + 9_000 });
    const { api, provider } = await connect({ budget: { take } });
    expect(await api.contact("loc1", "ada")).toMatchObject({
      ...{ outcome: "not_taken", cause: "rate", retryAt: NOW + 9_000 },
    });
    expect(provider.requests).toEqual([]);
  });
});

const live = () => new AbortController().signal;

async function connect(options: Partial<HighLevelOptions> = {}) {
  const provider: Provider = await openProvider();
  const api = openHighLevel({
    url: provider.url,
    clock,
    token: (location) => `token-of-${location}`,
    ...options,
  });
  open.push(provider, api);
  return { api, provider };
}
