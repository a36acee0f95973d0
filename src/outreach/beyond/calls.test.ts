import { describe, expect, test } from "vitest";
import { readWebhook, type Webhook } from "../../highlevel/index.ts";
import { DAY, HOUR, type Instant } from "../../kernel/time.ts";
import { type Check, permit } from "../law/policy.ts";
import { places } from "../law/zones.ts";
import type { Send } from "../message.ts";

/** A Wednesday, 14:00 in New York. */
const NOON = Date.UTC(2026, 10, 18, 19);
const called = (at: Instant, message: string): Send => ({ at, channel: "voice", workflow: "other", message });
const check = (more: Partial<Check> = {}): Check => ({
  ...{ channel: "voice", purpose: "transactional", now: NOON, message: "m1", workflow: "nurture", to: "+12125550101" },
  ...{ consent: { all: false, channels: {} }, addresses: {}, caps: [], waiting: [] },
  places: places({ phone: "+12125550101" }, "America/New_York"),
  house: { pack: "statute", quietHours: [], emailQuietHours: false, caps: [] },
  ...more,
});
const rightAfter = (...sends: Send[]) => permit(check({ addresses: { phone: { sends } } })).permission;

describe("a call by the platform's voice agent", () => {
  test("may go to a number once in a day, whatever it is for", () => {
    expect(rightAfter()).toBe("ok");
    expect(rightAfter(called(NOON - DAY, "a"))).toBe("ok");
    expect(rightAfter(called(NOON - HOUR, "a"))).toEqual({ hold: expect.any(Number) });
    const reply = permit(check({ purpose: "reply", addresses: { phone: { sends: [called(NOON - HOUR, "a")] } } }));
    expect(reply.permission).toEqual({ hold: expect.any(Number) });
  });

  test("may go to a number fourteen times in fourteen days", () => {
    const calls = (n: number) => Array.from({ length: n }, (_, i) => called(NOON - (i + 1) * 24.5 * HOUR, `a${i}`));
    expect(rightAfter(...calls(13).reverse())).toBe("ok");
    const spread = Array.from({ length: 14 }, (_, i) => called(NOON - 13.9 * DAY + i * 0.98 * DAY, `a${i}`));
    expect(rightAfter(...spread)).toEqual({ hold: expect.any(Number) });
  });

  test("is kept from eight in the evening to eight in the morning, on the number's clock, where the law allows more", () => {
    const at = (hour: number) => permit(check({ now: NOON + (hour - 14) * HOUR })).permission;
    expect(at(19)).toBe("ok");
    expect(at(20.25)).toEqual({ hold: expect.any(Number) });
    expect(at(7.5)).toEqual({ hold: expect.any(Number) });
    expect(at(8.25)).toBe("ok");
    const text = permit(check({ channel: "sms", now: NOON + 6.25 * HOUR })).permission;
    expect(text).toBe("ok");
  });
});

describe("what came of a call that a workflow of the CRM made", () => {
  const base = { locationId: "loc", timestamp: "2026-03-02T17:00:00.000Z", webhookId: "w1", contactId: "ada" };
  const call = { ...base, type: "OutboundMessage", direction: "outbound", messageType: "CALL", messageId: "m1" };
  const read = (body: object) => readWebhook(body, NOON) as Webhook;

  test.each([
    [{ status: "completed", callStatus: "completed" }, "delivered", "answered"],
    [{ status: "completed", callStatus: "voicemail" }, "delivered", "voicemail"],
    [{ status: "voicemail" }, "delivered", "voicemail"],
    [{ status: "no-answer" }, "failed", "nobody answered"],
    [{ callStatus: "busy" }, "failed", "the line was busy"],
    [{ callStatus: "failed" }, "failed", "the call failed"],
    [{ callStatus: "canceled" }, "failed", "the call was canceled"],
  ])("is a receipt about a call of ours: %j", (said, kind, detail) => {
    for (const source of ["workflow", undefined]) {
      expect(read({ ...call, ...said, source }).receipts).toMatchObject([
        { providerId: "m1", channel: "voice", contact: "ada", kind, detail },
      ]);
    }
  });

  test("is a receipt of a voicemail that was left, too", () => {
    const left = { ...call, messageType: "VoiceMail", status: "delivered", source: "workflow" };
    expect(read(left).receipts).toMatchObject([{ channel: "voice", kind: "delivered", detail: "voicemail" }]);
    expect(read({ ...left, status: "failed" }).receipts).toMatchObject([{ kind: "failed" }]);
  });

  test("is none of ours where a person called, the lead did, or it still rings", () => {
    const ended = { ...call, status: "completed", callStatus: "completed" };
    expect(read({ ...ended, source: "app", userId: "u1" }).receipts).toEqual([]);
    expect(read({ ...ended, userId: "u1" }).receipts).toEqual([]);
    expect(read({ ...ended, direction: "inbound" }).receipts).toEqual([]);
    expect(read({ ...call, status: "ringing" }).receipts).toEqual([]);
  });

  test("is told with its transcript by the voice agent's own webhook, which bears no type", () => {
    const said = { id: "v1", agentId: "a1", fromNumber: "+15125550199", duration: 40, createdAt: base.timestamp };
    const transcript = "bot: Hello, this is an assistant\nhuman: please stop calling me";
    const webhook = read({ ...base, ...said, messageId: "m1", transcript });
    expect(webhook).toMatchObject({
      ...{ type: "VoiceAiCallEnd", lead: { contact: "ada" } },
      events: [{ type: "crm.call", data: { transcript, seconds: 40 }, once: ["voice/v1"] }],
      receipts: [{ providerId: "m1", channel: "voice", kind: "delivered", detail: "answered", caller: "+15125550199" }],
    });
    expect(read({ ...base, ...said, type: "VoiceAiCallEnd", transcript: "bot: Hello?\nhuman: " }).receipts).toEqual([]);
  });
});
