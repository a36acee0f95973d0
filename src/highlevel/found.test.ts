import { describe, expect, test } from "vitest";
import { foundAppointment, foundContact, foundMessage, foundOpportunity } from "./found.ts";
import { readWebhook } from "./index.ts";

const NOW = Date.parse("2026-03-02T15:00:00Z");
const at = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();

const message = {
  id: "m1",
  contactId: "ada",
  conversationId: "c1",
  messageType: "TYPE_SMS",
  direction: "inbound",
  status: "delivered",
  body: "STOP",
  dateAdded: at(-5),
};
const webhook = (body: object) => {
  const read = readWebhook({ locationId: "loc", webhookId: "w", ...body }, NOW);
  if (!("events" in read)) throw new Error(read.problem);
  return read;
};
const found = (record: object) => {
  const one = foundMessage(record, NOW);
  if (one === undefined || one === "no message") throw new Error(`expected a message, got ${one}`);
  return one;
};
const keysOf = (events: readonly { readonly once?: readonly string[] }[]) => events.flatMap(({ once }) => once ?? []);

describe("a message found by polling", () => {
  test("as a WhatsApp template that a workflow sent says which message it is, and what became of it", () => {
    const template = {
      ...message,
      messageType: "TYPE_WHATSAPP",
      direction: "outbound",
      source: "workflow",
      body: "Hi",
    };
    const about = { providerId: "m1", channel: "whatsapp", contact: "ada", byWorkflow: true };
    expect(found({ ...template, status: "sent" }).receipts).toMatchObject([{ ...about, kind: "echo" }]);
    expect(found({ ...template, status: "read" }).receipts).toMatchObject([{ ...about, kind: "delivered" }]);
    expect(found({ ...template, status: "undelivered" }).receipts).toMatchObject([{ ...about, kind: "failed" }]);
  });

  test("is the event that its webhook would have been, under a name in common", () => {
    const told = webhook({
      ...{ type: "InboundMessage", contactId: "ada", conversationId: "c1", messageId: "m1", messageType: "SMS" },
      ...{ direction: "inbound", status: "delivered", body: "STOP", dateAdded: at(-5) },
    });
    const { events } = found(message);
    expect(events).toMatchObject(told.events.map(({ type, at: when, data }) => ({ type, at: when, data })));
    expect(keysOf(events)).toEqual(expect.arrayContaining(keysOf(told.events)));
  });

  test("is known beside a webhook that left out the message's id, as a documented one does", () => {
    const told = webhook({
      ...{ type: "InboundMessage", contactId: "ada", messageType: "SMS", body: "STOP", dateAdded: at(-5) },
    });
    const name = keysOf(told.events);
    expect(name).toHaveLength(1);
    expect(keysOf(found(message).events)).toEqual(expect.arrayContaining(name));
    expect(keysOf(found({ ...message, body: "Yes" }).events)).not.toEqual(expect.arrayContaining(name));
  });

  test("of ours is an echo with what became of it; by a person of the team it is the agent's contact", () => {
    const echo = found({ ...message, direction: "outbound", source: "api", status: "failed" });
    expect(echo.receipts.map(({ providerId, kind }) => [providerId, kind])).toEqual([
      ["m1", "echo"],
      ["m1", "failed"],
    ]);
    expect(found({ ...message, direction: "outbound", source: "app" }).events).toMatchObject([
      { type: "agent.contacted" },
    ]);
  });

  test("that is a call tells what the call's webhook tells, and nothing while it rings", () => {
    const call = { ...message, messageType: "TYPE_CALL", status: "connected" };
    const ended = found({ ...call, meta: { callStatus: "completed", callDuration: "210" } });
    expect(ended.events.map(({ type }) => type)).toEqual(["call.answered", "call.ended", "agent.contacted"]);
    expect(found({ ...call, meta: { callStatus: "pending" } }).events).toEqual([]);
  });

  test.each(["TYPE_ACTIVITY_OPPORTUNITY", "TYPE_ACTIVITY_APPOINTMENT", "TYPE_INTERNAL_COMMENT"])(
    "of type %s was said by nobody",
    (messageType) => {
      expect(foundMessage({ ...message, messageType, direction: "inbound" }, NOW)).toBe("no message");
    },
  );

  test("that cannot be read is said to be so", () => {
    expect(foundMessage({ id: "m1" }, NOW)).toBeUndefined();
  });
});

describe("a record found by polling", () => {
  test("is a whole contact, stated when it was last changed", () => {
    const record = { id: "ada", firstName: "Ada", tags: ["hot"], dateAdded: at(-600), dateUpdated: at(-3), dnd: false };
    expect(foundContact(record, NOW)).toMatchObject({
      id: "ada",
      updatedAt: NOW - 180_000,
      contact: { change: "update", asOf: NOW - 180_000, createdAt: NOW - 36_000_000, contact: { tags: ["hot"] } },
    });
  });

  test("says nothing of the right to write where the search left that out", () => {
    expect(foundContact({ id: "ada", dateUpdated: at(-3) }, NOW)).not.toHaveProperty("dnd");
    expect(foundContact({ id: "ada", dateUpdated: at(-3) }, NOW)?.contact).not.toHaveProperty("dnd");
  });

  test("with stamps as numbers is read as well, and one from the future is of now", () => {
    expect(foundContact({ id: "ada", dateAdded: NOW - 5, dateUpdated: NOW + 99_000 }, NOW)?.updatedAt).toBe(NOW);
  });

  test("is a deal or an appointment with its stage and status", () => {
    const deal = {
      id: "d1",
      contactId: "ada",
      pipelineStageId: "s2",
      status: "won",
      updatedAt: at(-1),
      createdAt: at(-9),
      lastStatusChangeAt: at(-4),
    };
    expect(foundOpportunity(deal, NOW)).toMatchObject({
      contact: "ada",
      opportunity: {
        asOf: NOW - 60_000,
        opportunity: { stage: "s2", status: "won", createdAt: NOW - 540_000, statusAt: NOW - 240_000 },
      },
    });
    const tour = { id: "a1", contactId: "ada", appointmentStatus: "cancelled", startTime: at(90), dateUpdated: at(-1) };
    expect(foundAppointment(tour, NOW)).toMatchObject({
      contact: "ada",
      appointment: { change: "update", appointment: { status: "cancelled", start: NOW + 5_400_000 } },
    });
    expect(foundAppointment({ ...tour, deleted: true }, NOW)).toMatchObject({ appointment: { change: "delete" } });
  });
});
