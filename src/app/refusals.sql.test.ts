// What a refusal of the CRM is for: the sender's fault makes its channel wait and closes no lead's number; a number that is
// closed is opened again by whoever shows, or says, that it is good.

import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { HELLO, NOON, senderAt } from "../../test/sending.ts";
import { openPlace, type Place } from "../../test/turns.ts";
import { DAY, HOUR } from "../kernel/time.ts";
import { liftRefusal, readRefusals, type SendResult } from "../outreach/index.ts";
import { openCommands } from "./commands.ts";

const db = databasePerFile();

/** A location whose texts are answered so. */
async function stage(answer: () => SendResult) {
  const place = await openPlace(db, NOON);
  await place.publish(HELLO);
  const sent: string[] = [];
  const sender = senderAt(place, {
    sms: ({ contact, key }) => {
      sent.push(contact);
      const said = answer();
      return said.result === "accepted" ? { ...said, provider: { messageId: key } } : said;
    },
  });
  return { place, sent, leave: () => sender.pass(place.location) };
}

const told = (place: Place, lead: string, phone: string, change = "update") =>
  place.mail({
    lead,
    type: "crm.contact",
    data: {
      ...{ change, asOf: place.clock.at, createdAt: NOON },
      contact: { name: lead, firstName: lead, phone, tags: [] },
    },
  });

const outbox = (place: Place) =>
  place.rows<{ state: string }>(
    "select state from outbox where location_id = $1 and kind = 'message' order by lead_id",
  );

const now = (place: Place) =>
  db.database.transaction([place.location], (sql) => readRefusals(sql, place.location, place.clock.at));

describe("what we send texts from, refused by the CRM", () => {
  const wake = async (detail: string, reason: "sender" | "unsure_address") => {
    const answer: { now: SendResult } = { now: { result: "rejected", reason, status: 400, detail } };
    const { place, sent, leave } = await stage(() => answer.now);
    const come = async (...names: string[]) => {
      for (const name of names) await told(place, name, `+1617555010${name.charCodeAt(0) - 65}`, "create");
      await place.run();
    };
    return { place, sent, leave, answer, come };
  };
  const states = async (place: Place) => (await outbox(place)).map(({ state }) => state);
  const faults = (place: Place) =>
    place.rows("select from address where location_id = $1 and (bounce is not null or bounced_at is not null)");
  const notices = (place: Place) =>
    place.rows<{ lead: string; message: string }>(
      "select lead_id as lead, message from notice where location_id = $1 order by created_at",
    );

  test("makes what would be refused likewise wait from the third on, tells the team once, and closes no number", async () => {
    const { place, sent, leave, answer, come } = await wake("Your phone number is not A2P registered", "sender");
    await come("Ana", "Ben", "Cleo");
    await leave();
    await come("Dora", "Eve", "Fay");
    expect(await notices(place)).toMatchObject([
      {
        message: expect.stringContaining("(sender 400: Your phone number is not A2P registered)"),
      },
    ]);
    await leave();
    await place.run();
    await leave();
    expect(sent).toHaveLength(3);
    expect(await states(place)).toEqual([...Array(3).fill("rejected"), ...Array(3).fill("held")]);
    expect(await faults(place)).toEqual([]);
    expect(await now(place)).toMatchObject({ sms: { until: NOON + DAY, times: 3 } });
    const [kept] = await place.rows<{ detail: string }>(
      "select delivery -> 'legs' -> 'sms' -> 'failed' ->> 'detail' as detail from message where location_id = $1 and lead_id = 'Ana'",
    );
    expect(kept?.detail).toBe("sender 400: Your phone number is not A2P registered");

    answer.now = { result: "accepted", provider: {} };
    await db.database.transaction([place.location], (sql) =>
      liftRefusal(sql, place.location, "sms", { at: NOON + HOUR, by: "ana" }),
    );
    place.clock.at += HOUR;
    await place.run();
    await leave();
    expect(sent).toHaveLength(6);
    expect(await notices(place)).toHaveLength(1);
  });

  test("is none of it once or twice, nor where the words prove nothing", async () => {
    const twice = await wake("LC Phone: number suspended", "sender");
    await twice.come("Ana", "Ben");
    await twice.leave();
    expect(await now(twice.place)).toEqual({});
    twice.place.clock.at += HOUR + 1; // the next is another story
    await twice.come("Cleo");
    await twice.leave();
    expect(await now(twice.place)).toEqual({});
    const unsure = await wake("recipient cannot be reached", "unsure_address");
    await unsure.come("Ana", "Ben", "Cleo", "Dora");
    await unsure.leave();
    await unsure.place.run();
    expect(unsure.sent).toHaveLength(4);
    expect([await now(unsure.place), await notices(unsure.place)]).toEqual([{}, []]);
    expect(await unsure.place.rows("select from address where location_id = $1 and bounced_at is not null")).toEqual(
      [],
    );
  });
});

describe("a number that a refusal has closed", () => {
  const CLOSED =
    "select bounce -> 'sms' ->> 'detail' as why from address where location_id = $1 and bounced_at is not null";
  const closed = async () => {
    const said: SendResult = { result: "rejected", reason: "bad_address", status: 400, detail: "Invalid phone number" };
    const staged = await stage(() => said);
    await told(staged.place, "Ana", "+16175550100", "create");
    await staged.place.run();
    await staged.leave();
    await staged.place.run();
    expect(await staged.place.rows(CLOSED)).toEqual([{ why: "bad_address 400: Invalid phone number" }]);
    staged.place.clock.at += HOUR;
    return staged.place;
  };
  test.each([
    ["a text", "message.received", { channel: "sms", text: "Hello?" }],
    ["a WhatsApp message", "message.received", { channel: "whatsapp", text: "Hello?" }],
    ["a call", "call.missed", { direction: "inbound" }],
  ])("is open again after %s from it", async (_, type, data) => {
    const place = await closed();
    await place.mail({ lead: "Ana", type, data });
    await place.run();
    expect(await place.rows(CLOSED)).toEqual([]);
  });

  test.each([
    ["an e-mail", "message.received", { channel: "email", text: "Hello?" }],
    ["a message of another network", "message.received", { channel: "facebook", text: "Hello?" }],
    ["our own call to it", "call.missed", { direction: "outbound" }],
  ])("is still closed after %s", async (_, type, data) => {
    const place = await closed();
    await place.mail({ lead: "Ana", type, data });
    await place.run();
    expect(await place.rows(CLOSED)).toHaveLength(1);
  });

  test("is open again when the contact was given another one, and then this one again", async () => {
    const place = await closed();
    await told(place, "Ana", "+16175550100");
    await place.run();
    expect(await place.rows(CLOSED)).toHaveLength(1);
    place.clock.at += HOUR;
    await told(place, "Ana", "+16175550177");
    await place.run();
    expect(await place.rows(CLOSED)).toHaveLength(1);
    place.clock.at += HOUR;
    await told(place, "Ana", "+16175550100");
    await place.run();
    expect(await place.rows(CLOSED)).toEqual([]);
  });

  test("is open again when a manager says that it is good, which is audited and told of the lead", async () => {
    const place = await closed();
    const commands = openCommands({
      ...{ database: db.database, clock: place.parts().clock, addressKey: "key" },
      mailed: () => undefined,
    });
    expect(await commands.reopen(place.location, "Ana", "phone", "Mia")).toBe(true);
    expect(await commands.reopen(place.location, "Nobody", "phone", "Mia")).toBe(false);
    await place.run();
    expect(await place.rows(CLOSED)).toEqual([]);
    expect(await place.rows("select who, subject from audit where location_id = $1 and act = 'reopen'")).toEqual([
      { who: "Mia", subject: "Ana" },
    ]);
    expect(
      await place.rows("select from decision where location_id = $1 and trace::text like '%address.reopened%'"),
    ).toHaveLength(1);
  });
});
