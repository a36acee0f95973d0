import { describe, expect, test } from "vitest";
import { documentedSamples } from "../../test/samples.ts";
import agents from "./data/mail-agents.json" with { type: "json" };
import { plainText } from "./plain-text.ts";
import { readWebhook, type Unreadable, type Webhook } from "./webhook.ts";

const NOW = Date.parse("2026-03-02T12:00:00Z");
const base = { locationId: "loc1", webhookId: "w1", timestamp: "2026-03-02T11:59:58.000Z" };

describe("a contact webhook", () => {
  const ada = {
    ...base,
    type: "ContactUpdate",
    id: "ada",
    firstName: "Ada",
    email: "ada@example.com",
    phone: null,
    tags: ["Buyer"],
    dateAdded: "2026-01-01T00:00:00Z",
    customFields: [
      { id: "f1", value: "yes" },
      { id: "f2", value: null },
      { id: "f3", value: ["a", 1] },
    ],
    somethingNew: { nested: true },
  };

  test("is the whole contact, stamped with the instant of the statement and not of the contact's creation", () => {
    const webhook = read(ada);
    expect(webhook.lead).toEqual({ contact: "ada" });
    expect(webhook.id).toBe("w1");
    expect(webhook.events).toEqual([
      {
        type: "crm.contact",
        at: NOW - 2000,
        data: {
          change: "update",
          asOf: NOW - 2000,
          createdAt: Date.parse("2026-01-01T00:00:00Z"),
          contact: {
            firstName: "Ada",
            email: "ada@example.com",
            tags: ["Buyer"],
            custom: { f1: "yes", f3: ["a", "1"] },
          },
        },
      },
    ]);
  });

  test("with a stamp from the future is taken for the instant of receipt", () => {
    expect(read({ ...ada, timestamp: "2026-03-02T13:00:00Z" }).events[0]?.at).toBe(NOW);
  });

  test("with a field of the wrong type is unreadable, and the reason names the field", () => {
    expect(refuse({ ...ada, tags: "Buyer" }).errors[0]?.field).toBe("tags");
    expect(refuse({ ...ada, email: 5 }).problem).toContain("email: ");
    expect(refuse({ ...ada, id: "_location" }).errors[0]?.field).toBe("id");
    expect(refuse({ ...ada, timestamp: {} }).errors[0]?.field).toBe("timestamp");
  });

  test("about do-not-disturb turns the CRM's words around: active means silence", () => {
    const webhook = read({
      ...base,
      type: "ContactDndUpdate",
      id: "ada",
      dnd: false,
      dndSettings: {
        SMS: { status: "permanent" },
        Email: { status: "inactive" },
        Call: { status: "active" },
        GMB: { status: "active" },
      },
    });
    expect(webhook.events[0]).toMatchObject({
      type: "crm.dnd",
      data: { all: false, channels: { sms: "permanent", email: "open", voice: "blocked" } },
    });
  });
});

describe("a message webhook", () => {
  const text = {
    ...base,
    type: "InboundMessage",
    contactId: "ada",
    messageType: "SMS",
    body: "Yes please",
    messageId: "m1",
  };

  test("tells which number or address of ours it went over, where one is named", () => {
    const mail = { ...text, messageType: "Email", to: ["Tessa <tessa@example.com>"] };
    expect(read({ ...text, to: "+15125550180" }).events[0]?.data["line"]).toBe("+15125550180");
    expect(read(mail).events[0]?.data["line"]).toBe("tessa@example.com");
    expect(read({ ...mail, to: ["a@example.com", "b@example.com"] }).events[0]?.data["line"]).toBeUndefined();
    expect(read(text).events[0]?.data["line"]).toBeUndefined();
  });

  test("from the lead is a message received, with its channel and text", () => {
    expect(read({ ...text, direction: "inbound" }).events).toEqual([
      {
        type: "message.received",
        at: NOW - 2000,
        data: { channel: "sms", text: "Yes please", message: { id: "m1" } },
        once: ["message/m1/message.received"],
      },
    ]);
  });

  test("says from which number or address it came", () => {
    const from = (more: object) => read({ ...text, ...more }).events[0]?.data["from"];
    expect(from({ from: "+16175550100" })).toBe("+16175550100");
    expect(from({ messageType: "Email", from: "Ada <ada@example.com>" })).toBe("ada@example.com");
    expect(from({ from: null })).toBeUndefined();
  });

  test("of an e-mail gives its text as a reader sees it", () => {
    const mail = {
      ...text,
      messageType: "Email",
      body: "<style>p{}</style><p>Stop&nbsp;it</p><p>Ada</p>",
      subject: "Re",
    };
    expect(read(mail).events[0]?.data).toMatchObject({ channel: "email", text: "Stop it\nAda", subject: "Re" });
  });

  test("never comes with half a character, which nothing can store", () => {
    const long = "x".repeat(9_999);
    expect(read({ ...text, body: `${long}🏠` }).events[0]?.data).toMatchObject({ text: long });
    const mail = { ...text, messageType: "Email", body: "<p>&#xD83C; &#55356; &#127968;</p>" };
    expect(read(mail).events[0]?.data).toMatchObject({ text: "&#xD83C; &#55356; 🏠" });
  });

  test("by a person in the CRM is the agent's contact; by the CRM's own automation it is nobody's", () => {
    expect(types({ ...text, type: "OutboundMessage", source: "app" })).toEqual(["agent.contacted"]);
    expect(types({ ...text, type: "OutboundMessage", userId: "u1" })).toEqual(["agent.contacted"]);
    expect(read({ ...text, type: "OutboundMessage", source: "workflow" }).events).toMatchObject([
      { type: "crm.outbound", quiet: true },
    ]);
  });

  test("by WhatsApp of a workflow of the CRM is told as that workflow's, which may be one of ours; texts and people's are not", () => {
    const sent = { ...text, type: "OutboundMessage", messageType: "WhatsApp", source: "workflow", messageId: "wa1" };
    const receipt = (more: object) =>
      read({ ...sent, ...more }).receipts.map(({ kind, channel, byWorkflow, text: said }) => [
        kind,
        channel,
        byWorkflow,
        said,
      ]);
    expect(receipt({ status: "sent" })).toEqual([["echo", "whatsapp", true, undefined]]);
    expect(receipt({ status: "delivered" })).toEqual([["delivered", "whatsapp", true, undefined]]);
    expect(receipt({ status: "undelivered" })).toEqual([["failed", "whatsapp", true, undefined]]);
    expect(receipt({ messageType: "SMS" })).toEqual([]);
    expect(receipt({ source: "app" })).toEqual([]);
    expect(receipt({ source: undefined })).toEqual([]);
  });

  test("that is our own coming back triggers nothing and says what became of it", () => {
    const webhook = read({
      ...text,
      type: "OutboundMessage",
      source: "api",
      status: "delivered",
      conversationId: "c1",
    });
    expect(webhook.events).toMatchObject([{ type: "crm.outbound", quiet: true }]);
    expect(webhook.receipts.map(({ providerId, kind }) => [providerId, kind])).toEqual([
      ["m1", "echo"],
      ["m1", "delivered"],
    ]);
    expect(webhook.receipts[0]).toMatchObject({
      contact: "ada",
      channel: "sms",
      text: "Yes please",
      provider: { messageId: "m1", conversationId: "c1" },
    });
  });

  test("that failed on its way says so in its receipt", () => {
    const webhook = read({ ...text, type: "OutboundMessage", source: "api", status: "undelivered" });
    expect(webhook.receipts[1]).toMatchObject({ kind: "failed", detail: "undelivered" });
  });

  test("without a contact names the sender's address", () => {
    expect(read({ ...text, contactId: null, from: "Ada <ada@example.com>" }).lead).toEqual({
      email: "ada@example.com",
      provider: "m1",
    });
  });
});

describe("a call webhook", () => {
  const call = { ...base, type: "OutboundMessage", direction: "inbound", contactId: "ada", messageType: "CALL" };

  test("goes by its direction, not by its type", () => {
    const [answered] = read({ ...call, status: "completed", callStatus: "completed", callDuration: 120 }).events;
    expect(answered).toMatchObject({ type: "call.answered", data: { direction: "inbound", seconds: 120 } });
  });

  test("on which people talked for more than two and a half minutes is an agent's contact too", () => {
    const talk = { ...call, status: "completed", callStatus: "completed" };
    expect(types({ ...talk, callDuration: 150 })).toEqual(["call.answered", "call.ended"]);
    expect(types({ ...talk, callDuration: 151 })).toEqual(["call.answered", "call.ended", "agent.contacted"]);
  });

  test("that ended in the voice mail was missed when the lead called, and merely ended when we did", () => {
    expect(types({ ...call, status: "voicemail" })).toEqual(["call.missed", "call.ended"]);
    expect(types({ ...call, direction: "outbound", status: "completed", callStatus: "voicemail" })).toEqual([
      "call.ended",
    ]);
  });
});

describe("a webhook about an e-mail's fate", () => {
  const stats = (webhookPayload: object) => ({
    ...base,
    type: "LCEmailStats",
    webhookPayload: { timestamp: 1772452790, ...webhookPayload },
  });
  const ids = { "lc-operations": { email_message_id: "em1" }, message: { headers: { "message-id": "<h1@mail>" } } };

  test("is a receipt under the id of the send, and moves nobody by itself", () => {
    const webhook = read(
      stats({ ...ids, event: "clicked", url: "https://example.com/home", recipient: "ada@example.com" }),
    );
    expect(webhook.receipts).toEqual([
      {
        providerId: "em1",
        by: "email_stats",
        kind: "clicked",
        at: 1772452790_000,
        channel: "email",
        provider: { emailMessageId: "em1" },
        recipient: "ada@example.com",
        link: "https://example.com/home",
        machine: false,
      },
    ]);
    expect(webhook.events).toMatchObject([{ type: "crm.email", quiet: true }]);
    expect(webhook.lead).toEqual({ email: "ada@example.com", provider: "em1" });
  });

  test("falls back to the header of the mail", () => {
    expect(read(stats({ ...ids, "lc-operations": undefined, event: "delivered" })).receipts[0]?.providerId).toBe(
      "h1@mail",
    );
  });

  test("says when it carries no id of ours, so that its recipient may tell whose it is", () => {
    const receipt = (payload: object) => read(stats({ event: "delivered", ...payload })).receipts[0];
    expect(receipt(ids)).not.toHaveProperty("unnamed");
    expect(receipt({ ...ids, "lc-operations": undefined })).toMatchObject({ unnamed: true });
    expect(receipt({ id: "ev1" })).toMatchObject({ providerId: "email-stats/ev1", provider: {}, unnamed: true });
    expect(receipt({})).toBeUndefined();
  });

  test("happened once, by the mail provider's own id, whichever webhook tells it", () => {
    const told = (id?: string) => read(stats({ ...ids, event: "clicked", ...(id ? { id } : {}) })).events[0]?.once;
    expect(told("ev1")).toEqual(["email-stats/ev1"]);
    expect(told("ev1")).toEqual(told("ev1"));
  });

  test("names a bounce by its codes, and leaves out the words, in which the address may stand", () => {
    const bounced = (status: object) =>
      read(stats({ ...ids, event: "failed", severity: "permanent", "delivery-status": status })).receipts[0]?.detail;
    expect(bounced({ code: 550, message: "5.1.1 <ada@example.com> unknown" })).toBe("550 5.1.1");
    expect(bounced({ code: 550, "enhanced-code": "5.7.26", message: "no" })).toBe("550 5.7.26");
    expect(bounced({ message: "nobody by the name ada@example.com" })).toBe("permanent");
  });

  test("tells an opening by a machine from one by a person", () => {
    const opened = (client: object) =>
      read(stats({ ...ids, event: "opened", "client-info": client })).receipts[0]?.machine;
    expect(opened({ "user-agent": "Mozilla/5.0" })).toBe(true);
    expect(opened({ "user-agent": "Mozilla/5.0 (Windows NT 6.1) Firefox/11.0", bot: "gmail" })).toBe(false);
    expect(opened({ bot: "apple" })).toBe(true);
    expect(opened({ "user-agent": "Mozilla/5.0 (Windows NT 5.1) Firefox/11.0 (via ggpht.com GoogleImageProxy)" })).toBe(
      false,
    );
    expect(opened({ "user-agent": "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail" })).toBe(false);
    expect(opened({ "user-agent": "Mozilla/5.0 (compatible; BarracudaCentral)" })).toBe(true);
    expect(opened({})).toBe(false);
    expect(opened({ "user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)" })).toBe(false);
  });

  test("names the source and the day of every mail proxy that it knows", () => {
    expect(agents.checkedOn).toMatch(/^\d{4}-\d\d-\d\d$/);
    for (const row of agents.rows) {
      expect(row.source).toMatch(/./);
      expect(["unasked", "opened"]).toContain(row.fetches);
    }
  });

  test("that may still arrive says nothing yet; one that never will has bounced", () => {
    expect(read(stats({ ...ids, event: "failed", severity: "temporary" })).receipts).toEqual([]);
    expect(
      read(stats({ ...ids, event: "failed", severity: "permanent", "delivery-status": { code: 550 } })).receipts,
    ).toMatchObject([{ kind: "bounced", detail: "550" }]);
  });
});

describe("any other webhook", () => {
  test("of a type we do not know is kept as it came, for the contact it names or for the location", () => {
    const body = { ...base, type: "BrandNewThing", contactId: "ada", x: 1 };
    expect(read(body)).toMatchObject({ lead: { contact: "ada" }, events: [{ type: "crm.BrandNewThing", data: body }] });
    expect(read({ ...base, type: "BrandNewThing" })).toMatchObject({ lead: {}, events: [{ quiet: true }] });
  });

  test("of a type named like what every object has is kept as it came", () => {
    for (const type of ["constructor", "toString", "valueOf", "hasOwnProperty"])
      expect(types({ ...base, type, contactId: "ada" })).toEqual([`crm.${type}`]);
  });

  test("stamped with no instant a calendar has goes by its receipt", () => {
    for (const timestamp of [-1e300, -8e15, 1e300, "-271821-04-20T00:00:00Z", "yesterday"])
      expect(read({ ...base, type: "BrandNewThing", timestamp }).events[0]?.at).toBe(NOW);
    const stats = { ...base, type: "LCEmailStats", timestamp: null };
    expect(read({ ...stats, webhookPayload: { event: "opened", timestamp: -1e300 } }).events[0]?.at).toBe(NOW);
  });

  test("about the app itself belongs to `_app`, with or without a location", () => {
    expect(read({ ...base, type: "INSTALL" }).location).toBe("_app");
    expect(read({ type: "UNINSTALL", companyId: "c1" }).location).toBe("_app");
  });

  test("without a location is unreadable, and so is what is no object", () => {
    expect(refuse({ type: "ContactCreate", id: "ada" }).problem).toContain("locationId");
    for (const body of [null, [], "text", 5]) expect(refuse(body).errors.length).toBeGreaterThan(0);
  });

  const samples = documentedSamples();
  test.skipIf(samples.length === 0)("of HighLevel's documents can be read", () => {
    expect(new Set(samples.map(({ file }) => file)).size).toBe(58);
    for (const { file, body } of samples) {
      const webhook = readWebhook({ locationId: "loc1", ...body }, NOW);
      expect(webhook, file).toHaveProperty("events");
    }
  });
});

describe("plain text of HTML", () => {
  test("costs one pass, whatever somebody mails", () => {
    const started = process.cpuUsage();
    for (const piece of ["<", "<style>", "&", "<a ", " <", "\n "]) plainText(piece.repeat(150_000));
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000); // µs of the processor, which others may be given
  });

  test("keeps an unclosed bracket as text", () => {
    expect(plainText("5 < 6 &amp; 7 &#62; 6 &unknown;")).toBe("5 < 6 & 7 > 6 &unknown;");
  });
});

const read = (body: unknown) => readWebhook(body, NOW) as Webhook;
const refuse = (body: unknown) => readWebhook(body, NOW) as Unreadable;
const types = (body: unknown) => read(body).events.map(({ type }) => type);
