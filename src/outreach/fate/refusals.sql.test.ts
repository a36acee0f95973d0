// Receivers that refuse us as a sender, and what comes back of an address that is no longer the lead's: from the receipt to
// what leaves.

import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { NOON, senderAt } from "../../../test/sending.ts";
import { openPlace, type Place } from "../../../test/turns.ts";
import { DAY, HOUR } from "../../kernel/time.ts";
import { listNotices } from "../beyond/notices.ts";
import { addressKey, receiveReceipts } from "../index.ts";
import type { ProviderReceipt } from "../message.ts";
import { liftRefusal, readRefusals } from "./refusals.ts";

const YAML = `
workflow: hello
enroll: { when: contact.created }
steps: [ { id: hi, send: hi, via: [email] } ]
---
settings: { senders: { email: team@homes.example.com } }
templates: { hi: { email: { subject: Hello, body: Hello } } }
`;

const db = databasePerFile();

/** A location whose e-mails leave, and to whom they went. */
async function stage() {
  const place = await openPlace(db, NOON);
  await place.publish(YAML);
  const sent: string[] = [];
  const sender = senderAt(place, {
    email: ({ contact, key }) => {
      sent.push(contact);
      return { result: "accepted", provider: { messageId: key, emailMessageId: `mail-${key}` } };
    },
  });
  return { place, sent, leave: () => sender.pass(place.location) };
}

const outbox = (place: Place) =>
  place.rows<{ id: string; lead: string; state: string; notBefore: number | null }>(
    `select outbox_id as id, lead_id as lead, state, not_before as "notBefore" from outbox
      where location_id = $1 and kind = 'message' order by lead_id`,
  );

const receive = (place: Place, id: string, more: Partial<ProviderReceipt>) =>
  db.database.transaction([place.location], (sql) =>
    receiveReceipts(sql, place.location, [
      { providerId: id, kind: "bounced", at: place.clock.at, channel: "email", provider: {}, ...more },
    ]),
  );

const now = (place: Place) =>
  db.database.transaction([place.location], (sql) => readRefusals(sql, place.location, place.clock.at));

describe("a receiver that refuses us as a sender", () => {
  test("holds marketing from that domain for a day: what is decided anew, and what was about to leave", async () => {
    const { place, sent, leave } = await stage();
    await place.introduce("Ana");
    await place.run();
    await leave();
    expect(sent).toEqual(["Ana"]);
    await place.introduce("Ben"); // decided before the refusal
    await place.run();
    const [ana] = await outbox(place);
    await receive(place, ana?.id as string, { detail: "550 5.7.26" });
    expect(await now(place)).toMatchObject({
      "homes.example.com": { until: NOON + DAY, detail: "550 5.7.26", times: 1 },
    });
    await place.introduce("Cleo"); // after it
    await place.run();
    await leave();
    await place.run();
    await leave();
    expect(sent).toEqual(["Ana"]);
    expect((await outbox(place)).map(({ lead, state, notBefore }) => [lead, state, notBefore])).toEqual([
      ["Ana", "rejected", null],
      ["Ben", "held", NOON + DAY],
      ["Cleo", "held", NOON + DAY],
    ]);
    const [decided] = await place.rows<{ decided: { code: string; ok: boolean }[] }>(
      "select decided from message where location_id = $1 and lead_id = 'Cleo'",
    );
    expect(decided?.decided.filter(({ ok }) => !ok)).toMatchObject([
      { code: "sender.refused", values: { domain: "homes.example.com", detail: "550 5.7.26" } },
    ]);
    // the lead's own address is not at fault
    expect(await place.rows("select from address where location_id = $1 and bounced_at is not null")).toEqual([]);

    place.clock.at = NOON + DAY;
    await place.run();
    await leave();
    expect(sent.toSorted()).toEqual(["Ana", "Ben", "Cleo"]);
  });

  test("is let go by a person, at once, and held anew by the next refusal alone", async () => {
    const { place, sent, leave } = await stage();
    await place.introduce("Ana");
    await place.run();
    await leave();
    const [ana] = await outbox(place);
    await receive(place, ana?.id as string, { detail: "5.7.1" });
    await place.introduce("Ben");
    await place.run();
    await leave();
    expect(sent).toEqual(["Ana"]);
    const lift = (domain: string) =>
      db.database.transaction([place.location], (sql) =>
        liftRefusal(sql, place.location, domain, { at: place.clock.at + HOUR, by: "ana" }),
      );
    expect(await lift("other.example.com")).toBe(false);
    expect(await lift("homes.example.com")).toBe(true);
    place.clock.at += HOUR;
    await place.run();
    await leave();
    expect(sent).toEqual(["Ana", "Ben"]);
    // told late, from before the lift
    await receive(place, ana?.id as string, { detail: "5.7.1", at: NOON });
    expect(await now(place)).toEqual({});
    await receive(place, ana?.id as string, { detail: "5.7.1", at: place.clock.at + 1 });
    expect(await now(place)).toMatchObject({ "homes.example.com": { times: 1 } });
  });
});

describe("a refusal that begins", () => {
  const notices = (place: Place) =>
    db.database.transaction([place.location], (sql) => listNotices(sql, place.location, { unread: true, limit: 10 }));
  const policy = (place: Place, at: number, more: Partial<ProviderReceipt> = {}) =>
    outbox(place).then(([ana]) => receive(place, ana?.id as string, { detail: "550 5.7.26", at, ...more }));
  const begun = async () => {
    const { place, leave } = await stage();
    await place.introduce("Ana");
    await place.run();
    await leave();
    return place;
  };

  test("is told to everybody of the team, with the receiver's word and what to do; what follows it is the same one", async () => {
    const place = await begun();
    await policy(place, NOON);
    expect(await notices(place)).toEqual([
      {
        ...{ id: expect.any(String), lead: "Ana", users: [], at: NOON },
        message:
          "Receivers refuse our e-mail from homes.example.com (550 5.7.26); the first was to this lead. Its marketing " +
          "waits until a day after the last refusal. Mend SPF, DKIM or DMARC, then let it go: on the Messages page, or by " +
          "latchkey senders lift homes.example.com.",
      },
    ]);
    await policy(place, NOON);
    await policy(place, NOON + HOUR);
    await policy(place, NOON - HOUR); // told late
    await policy(place, NOON + DAY);
    expect(await notices(place)).toHaveLength(1);
  });

  test("is told anew once a person has let the domain go, or the one before has passed", async () => {
    const place = await begun();
    await policy(place, NOON);
    await db.database.transaction([place.location], (sql) =>
      liftRefusal(sql, place.location, "homes.example.com", { at: NOON + HOUR, by: "ana" }),
    );
    await policy(place, NOON + HOUR); // not after it
    expect(await notices(place)).toHaveLength(1);
    await policy(place, NOON + 2 * HOUR);
    expect(await notices(place)).toHaveLength(2);
    await policy(place, NOON + 2 * HOUR + DAY + 1);
    expect((await notices(place)).map(({ at }) => at)).toEqual([NOON + 2 * HOUR + DAY + 1, NOON + 2 * HOUR, NOON]);
  });

  test("is none where the address is at fault, and not the sender", async () => {
    const place = await begun();
    await policy(place, NOON, { detail: "550 5.1.1" });
    await policy(place, NOON, { kind: "failed" });
    expect(await notices(place)).toEqual([]);
  });
});

describe("what comes back of an e-mail", () => {
  const facts = (place: Place) =>
    place.rows<{ hash: string; left: boolean; bounced: boolean }>(
      `select address_hash as hash, opted_out_at is not null as left, bounced_at is not null as bounced
         from address where location_id = $1 and channel = 'email' and (opted_out_at is not null or bounced_at is not null)`,
    );
  const hash = (email: string) => addressKey("key", "email", email);

  test.each([
    ["complained", "left"],
    ["unsubscribed", "left"],
    ["bounced", "bounced"],
  ] as const)("%s is about the address it went to, not the lead's present one", async (kind, what) => {
    const { place, leave, sent } = await stage();
    await place.introduce("Ana");
    await place.run();
    await leave();
    const [ana] = await outbox(place);
    place.clock.at += HOUR;
    await place.mail({
      lead: "Ana",
      type: "crm.contact",
      data: {
        ...{ change: "update", asOf: NOON + HOUR, createdAt: NOON },
        contact: { name: "Ana", email: "new@example.com", tags: [] },
      },
    });
    await place.run();
    expect(
      await place.rows("select from lead where location_id = $1 and data::text like '%new@example.com%'"),
    ).toHaveLength(1);
    await receive(place, ana?.id as string, { kind, ...(kind === "bounced" ? { detail: "5.1.1" } : {}) });
    await place.run();
    // the lead itself has said nothing
    const told = "select type from event where location_id = $1 and type in ('message.opted_out', 'consent.changed')";
    expect(await place.rows(told)).toEqual([]);
    // the first word of an address stands
    if (kind === "complained") {
      place.clock.at += 1;
      await receive(place, ana?.id as string, { kind: "unsubscribed" });
      await place.run();
      const why = await place.rows(
        "select opt_out ->> 'rule' as rule from address where location_id = $1 and opt_out is not null",
      );
      expect(why).toEqual([{ rule: "complained" }]);
    }
    expect(sent).toEqual(["Ana"]);
    expect(await facts(place)).toEqual([
      { hash: hash("ana@example.com"), left: what === "left", bounced: what === "bounced" },
    ]);
    expect(
      await place.rows("select body from outbox where location_id = $1 and kind = 'update' and body ? 'dnd'"),
    ).toEqual([]);
  });

  test.each(["complained", "unsubscribed"] as const)(
    "%s of the present address ends it, in the CRM, too",
    async (kind) => {
      const { place, leave } = await stage();
      await place.introduce("Ana");
      await place.run();
      await leave();
      const [ana] = await outbox(place);
      await receive(place, ana?.id as string, { kind });
      await place.run();
      expect(await facts(place)).toEqual([{ hash: hash("ana@example.com"), left: true, bounced: false }]);
      expect(
        (await place.rows("select body from outbox where location_id = $1 and kind = 'update' and body ? 'dnd'"))
          .length,
      ).toBe(1);
    },
  );
});
