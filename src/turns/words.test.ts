import { describe, expect, test } from "vitest";
import { eventAt, introduced, NOON, type Played, play, published, sceneOf, wrote } from "../../test/turn.ts";
import type { JsonObject } from "../kernel/json.ts";
import { HOUR, MINUTE, SECOND } from "../kernel/time.ts";

const NEW = { phone: "+16175550102", email: "new@example.com" };

test("START takes back what the lead is owed by where it was said, and nothing of the other kind", async () => {
  const scene = await sceneOf(published("templates: { hi: { sms: Hi } }"));
  const closed = (...words: string[]) => {
    const lead = play(scene);
    lead.turn(NOON, introduced());
    for (const [n, text] of words.entries()) lead.turn(NOON + n, wrote(NOON + n, text));
    return lead
      .turn(NOON + 10, introduced(NOON + 10, NEW))
      .addresses.flatMap(({ address, optedOutAt }) => (optedOutAt === undefined ? [] : [address]));
  };
  expect(closed("stop emailing me")).toEqual([NEW.phone, NEW.email]);
  expect(closed("stop emailing me", "START")).toEqual([NEW.email]);
});

describe("START that names no number", () => {
  const A = "+16175550101";
  const B = "+16175550102";
  const start = (at: number, from?: string) =>
    eventAt(at, "message.received", { channel: "sms", text: "START", ...(from === undefined ? {} : { from }) });
  /** Left at A, by words that named it; then the events. */
  const left = async () => {
    const lead = play(await sceneOf(published("templates: { hi: { sms: Hi } }")));
    lead.turn(NOON, introduced());
    lead.turn(NOON + 1, eventAt(NOON + 1, "message.received", { channel: "sms", text: "STOP", from: A }));
    return lead;
  };
  const isOpen = ({ case: now }: Played) => now().addresses.phone?.optedOutAt === undefined;

  test("has the CRM asked, again and again, and lifts once it has said that the contact still has the number", async () => {
    const lead = await left();
    expect(lead.turn(NOON + 2, start(NOON + 2)).asks).toBe(true);
    expect([isOpen(lead), lead.dueAt()]).toEqual([false, NOON + 2 + 10 * SECOND]);
    expect(lead.turn(NOON + 2 + 10 * SECOND).asks).toBe(true);
    lead.turn(NOON + MINUTE, introduced(NOON + 1)); // of before it was said
    expect(isOpen(lead)).toBe(false);
    const told = lead.turn(NOON + MINUTE, introduced(NOON + 2));
    expect(isOpen(lead)).toBe(true);
    expect(lead.case().addresses.phone?.leftAt).toBe(NOON + 1);
    expect(told.agreed).toMatchObject([{ record: { at: NOON + 2, source: "START", level: "given" } }]);
    expect(told.queued).toMatchObject([{ row: { body: { dnd: { sms: "open" } } } }]);
    expect(lead.case().state?.starts).toBeUndefined();
  });

  test("lifts nothing where the contact had another number by then, also once it has this one again", async () => {
    for (const changedAt of [NOON + 2, NOON + 6]) {
      const lead = await left();
      lead.turn(NOON + 4, start(NOON + 4));
      lead.turn(NOON + 7, introduced(changedAt, { phone: B }));
      lead.turn(NOON + 8, introduced(NOON + 8));
      expect(isOpen(lead)).toBe(false);
      expect(lead.case().state?.starts).toBeUndefined();
    }
  });

  test("lifts nothing where the CRM's answer has another number, also if what we know was stated later", async () => {
    const lead = await left();
    lead.turn(NOON + 4, start(NOON + 4));
    const contact = { firstName: "Ada", phone: B, tags: [] };
    const answer = eventAt(NOON + 5, "crm.contact", { change: "update", asOf: NOON - 1, contact });
    lead.turn(NOON + 6, answer);
    expect([lead.case().lead?.contact.phone, isOpen(lead)]).toEqual([A, false]);
  });

  test("lifts nothing of a number that the contact was given after it was said", async () => {
    const lead = await left();
    lead.turn(NOON + 3, introduced(NOON + 3, { phone: B }));
    lead.turn(NOON + 6, introduced(NOON + 6));
    lead.turn(NOON + 7, eventAt(NOON + 2, "message.received", { channel: "sms", text: "STOP", from: A }));
    expect(lead.case().addresses.phone?.optedOutAt).toBeDefined();
    expect(lead.turn(NOON + 8, start(NOON + 5)).asks).toBe(false);
    lead.turn(NOON + 9, introduced(NOON + 9));
    expect(isOpen(lead)).toBe(false);
  });

  test("lifts nothing of a number that the contact, which had none when it was said, was given after it", async () => {
    const lead = await left();
    lead.turn(NOON + 3, introduced(NOON + 3, { phone: undefined }));
    lead.turn(NOON + 6, introduced(NOON + 6));
    expect(lead.turn(NOON + 7, start(NOON + 5)).asks).toBe(false);
    lead.turn(NOON + 8, introduced(NOON + 8));
    expect(isOpen(lead)).toBe(false);
  });

  test("lifts nothing that was said after it, though the CRM answers later", async () => {
    const lead = await left();
    lead.turn(NOON + 2, start(NOON + 2));
    lead.turn(NOON + 3, eventAt(NOON + 3, "message.received", { channel: "sms", text: "STOP", from: A }));
    lead.turn(NOON + 4, introduced(NOON + 4));
    expect(isOpen(lead)).toBe(false);
  });

  test("of a contact that is gone, or was read in an import, lifts nothing and asks nobody", async () => {
    const gone = await left();
    gone.turn(NOON + 2, start(NOON + 2));
    const deleted = { change: "delete", asOf: NOON + 3, contact: {} };
    gone.turn(NOON + 3, eventAt(NOON + 3, "crm.contact", deleted));
    expect(gone.case().state?.starts).toBeUndefined();
    const past = await left();
    expect(past.turn(NOON + 2, { ...start(NOON + 2), source: "import" }).asks).toBe(false);
    past.turn(NOON + 3, introduced(NOON + 3));
    expect(isOpen(past)).toBe(false);
  });

  test("that names the number lifts at once, and asks nobody", async () => {
    const lead = await left();
    expect(lead.turn(NOON + 2, start(NOON + 2, A)).asks).toBe(false);
    expect(isOpen(lead)).toBe(true);
  });
});

test("STOP by a network whose id for its writer looks like a number has the CRM asked for the contact's", async () => {
  const said = (channel: string) =>
    eventAt(NOON + 1, "message.received", { channel, text: "STOP", from: "6175550109" });
  const asks = async (channel: string) => {
    const lead = play(await sceneOf(published("templates: { hi: { sms: Hi } }")));
    lead.turn(NOON, introduced());
    return lead.turn(NOON + 1, said(channel)).asks;
  };
  expect([await asks("facebook"), await asks("sms")]).toEqual([true, false]);
});

describe("while the CRM is away, a STOP that names no number", () => {
  const A = "+16175550101";
  const B = "+16175550102";
  const Z = "+16175550103";
  const START = { channel: "sms", text: "START", from: Z };
  /** What is closed by the record that names a number at last. */
  const closes = async (phone: string, ...words: readonly JsonObject[]) => {
    const lead = play(await sceneOf(published("templates: { hi: { sms: Hi } }")));
    lead.turn(NOON, introduced());
    for (const [n, data] of words.entries()) lead.turn(NOON + n, eventAt(NOON + n, "message.received", data));
    const told = lead.turn(NOON + 10, introduced(NOON + 10, { phone }));
    return told.addresses.flatMap(({ address, optedOutAt }) => (optedOutAt === undefined ? [] : [address]));
  };
  const STOP = { channel: "sms", text: "STOP" };

  test("still holds for the number that comes after START from another, and not for that one", async () => {
    expect(await closes(B, STOP, START)).toEqual([B]);
    expect(await closes(Z, STOP, START)).toEqual([]);
    expect(await closes(B, STOP, { ...START, from: A })).toEqual([]);
  });

  test("holds for the number from which START had come before it", async () => {
    expect(await closes(Z, STOP, START, STOP)).toEqual([Z]);
  });

  test("is kept once of each kind, however often it is said, and asked about at once each time", async () => {
    const lead = play(await sceneOf(published("templates: { hi: { sms: Hi } }")));
    lead.turn(NOON, introduced());
    for (let n = 1; n <= 100; n++) {
      const words = n % 2 === 0 ? "stop emailing me" : "STOP";
      // as told by a clock that is ahead of ours
      expect(lead.turn(NOON + n, { ...wrote(NOON + n + HOUR, words), receivedAt: NOON + n }).asks).toBe(true);
    }
    const owed = lead.case().state?.owed ?? [];
    expect(owed.map(({ family, at, ask }) => [family, at, ask?.times])).toEqual([
      ["phone", NOON + 100 + HOUR, 1],
      ["email", NOON + 100 + HOUR, 1],
    ]);
  });
});
