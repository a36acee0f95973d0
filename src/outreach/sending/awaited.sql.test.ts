// Messages of which nothing final was told are asked about, at growing distances, until something is.

import { beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { virtualClock } from "../../database/index.ts";
import type { Answer } from "../../events/index.ts";
import { idFrom } from "../../kernel/ids.ts";
import { DAY, HOUR, MINUTE } from "../../kernel/time.ts";
import { receiveReceipts } from "../fate/receipts.ts";
import type { OutboxRow, ProviderReceipt } from "../message.ts";
import { type AskStatus, askAwaited } from "./asking.ts";
import { ASKED_AFTER, awaitReceipts } from "./awaited.ts";
import { insertOutbox } from "./outbox.ts";

const START = Date.UTC(2026, 2, 2, 17);
const loc = "loc";
const id = idFrom("a message");

const db = databasePerFile();
let clock: ReturnType<typeof virtualClock>;
let asked: number[];
let says: Awaited<ReturnType<AskStatus>>;

beforeEach(async () => {
  await db.database.asOwner((sql) => sql.query("truncate outbox, message, mailbox, provider_receipt, awaited"));
  clock = virtualClock(START);
  asked = [];
  says = undefined;
  const row: OutboxRow = {
    ...{ id, location: loc, lead: "ada", kind: "message", lane: "normal", priority: 50, channels: ["sms"], place: 0 },
    ...{ state: "accepted", attempt: 1, resent: 0, lookups: 0, provider: {}, createdAt: START, body: {} },
  };
  await db.database.transaction([loc], async (sql) => {
    await insertOutbox(sql, [{ row }]);
    await sql.query("update outbox set provider_id = 'p1' where location_id = $1", [loc]);
    await awaitReceipts(sql, loc, [{ id, providerId: "p1", channel: "sms" }], START);
  });
});

const to = (since: number) => clock.advance(START + since - clock.real());
const status: AskStatus = async () => {
  asked.push(clock.real() - START);
  return says;
};
const pass = () => askAwaited({ database: db.database, clock, status }, loc);
const left = async () =>
  (await db.database.transaction([loc], (sql) => sql.query("select 1 from awaited where location_id = $1", [loc]))).rows
    .length;
const letters = async () => {
  const { rows } = await db.database.transaction([loc], (sql) =>
    sql.query<{ body: Answer }>("select body from mailbox where location_id = $1 order by seq", [loc]),
  );
  return rows.map(({ body }) => body);
};

describe("a message that was taken", () => {
  test("is asked about after a minute, ten, an hour, six and a day, and then let go", async () => {
    for (let at = 0; at <= 2 * DAY; at += 30 * MINUTE) {
      to(at);
      await pass();
      if (at === 0) {
        for (const minutes of [1, 5, 10]) {
          to(minutes * MINUTE);
          await pass();
        }
      }
    }
    expect(asked).toEqual([...ASKED_AFTER]);
    expect(ASKED_AFTER).toEqual([MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY]);
    expect(await left()).toBe(0);
    expect(await letters()).toEqual([]);
  });

  test("is a receipt to its lead once the provider says what became of it, and is asked about no more", async () => {
    to(MINUTE);
    says = { kind: "failed", detail: "undelivered" };
    expect(await pass()).toBe(1);
    expect(await letters()).toMatchObject([{ outbox: id, outcome: "failed", detail: "undelivered", by: "poll" }]);
    expect(await left()).toBe(0);
  });

  test("is not asked about once a webhook has told", async () => {
    const receipt: ProviderReceipt = { providerId: "p1", kind: "delivered", at: START, channel: "sms", provider: {} };
    await db.database.transaction([loc], (sql) => receiveReceipts(sql, loc, [receipt]));
    expect(await left()).toBe(0);
    to(HOUR);
    await pass();
    expect(asked).toEqual([]);
  });

  test("is still asked about when nothing but its echo came", async () => {
    const echo: ProviderReceipt = { providerId: "p1", kind: "echo", at: START, channel: "sms", provider: {} };
    await db.database.transaction([loc], (sql) => receiveReceipts(sql, loc, [echo]));
    expect(await left()).toBe(1);
  });

  test("by a call leaves nothing that could be asked about", async () => {
    await db.database.transaction([loc], async (sql) => {
      await sql.query("delete from awaited where location_id = $1", [loc]);
      await awaitReceipts(sql, loc, [{ id, providerId: "p2", channel: "voice" }], START);
    });
    expect(await left()).toBe(0);
  });
});
