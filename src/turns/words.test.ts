import { describe, expect, test } from "vitest";
import { eventAt, introduced, NOON, play, published, sceneOf, wrote } from "../../test/turn.ts";
import type { JsonObject } from "../kernel/json.ts";
import { HOUR } from "../kernel/time.ts";

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
