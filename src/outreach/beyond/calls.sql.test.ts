// Calls tied to what the provider tells of them, and how many a location may begin.

import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { placePerTest } from "../../../test/turns.ts";
import { idFrom } from "../../kernel/ids.ts";
import { DAY, HOUR, MINUTE } from "../../kernel/time.ts";
import { receiveReceipts } from "../fate/receipts.ts";
import type { ProviderReceipt } from "../message.ts";
import { CALL_AGAIN, callLater, roomForCalls } from "./calls.ts";

const NOON = Date.UTC(2026, 2, 2, 17);
const db = databasePerFile();
const here = placePerTest(db, NOON);

interface Called {
  readonly at?: number;
  readonly lead?: string;
  readonly state?: string;
  readonly attemptedAt?: number;
  readonly channel?: string;
}
const called = (
  name: string,
  { at = NOON, lead = "ada", state = "accepted", channel = "voice", ...more }: Called = {},
) =>
  here.inside((sql) =>
    sql.query(
      `insert into outbox (location_id, outbox_id, lead_id, kind, lane, priority, channels, place, state, attempt,
                           attempted_at, created_at, body)
       values ($1, $2, $3, 'message', 2, 50, $4, 0, $5, 1, $6, $7, '{}')`,
      [here.location, idFrom(name), lead, [channel, "sms"], state, new Date(more.attemptedAt ?? at), new Date(at)],
    ),
  );
const receipt = (more: Partial<ProviderReceipt> = {}): ProviderReceipt => ({
  ...{ providerId: "m1", provider: { messageId: "m1" }, kind: "delivered", at: NOON + MINUTE, contact: "ada" },
  ...{ channel: "voice", detail: "answered" },
  ...more,
});
const receive = (...receipts: ProviderReceipt[]) => here.inside((sql) => receiveReceipts(sql, here.location, receipts));
const mail = () =>
  here.rows<{ body: { outbox: string; outcome: string; detail: string } }>(
    "select body from mailbox where location_id = $1 and kind = 'answer' order by seq",
  );

describe("what came of a call", () => {
  test("goes to the contact's latest call of ours, and all that is told of it later as well", async () => {
    await called("earlier", { at: NOON - 3 * HOUR });
    await called("latest", { at: NOON - HOUR });
    await called("of another", { lead: "bo" });
    await receive(receipt({ kind: "failed", detail: "nobody answered" }));
    await receive(receipt({ at: NOON + 2 * MINUTE }));
    expect((await mail()).map(({ body }) => body)).toMatchObject([
      { outbox: idFrom("latest"), outcome: "failed", detail: "nobody answered" },
      { outbox: idFrom("latest"), outcome: "delivered", detail: "answered" },
    ]);
  });

  test.each([
    ["there was none", {}, { contact: "bo" }],
    ["it was two days before", { at: NOON - 2 * DAY - MINUTE }, {}],
    ["it was decided after", { at: NOON + HOUR }, {}],
    ["it was a text", { channel: "sms" }, {}],
    ["it has not left yet", { state: "queued" }, {}],
  ] as const)("goes to nobody where %s", async (_why, row, told) => {
    await called("one", row);
    await receive(receipt(told));
    expect(await mail()).toEqual([]);
  });

  test("goes to nobody where the lead was the one who called", async () => {
    await called("one");
    await here.inside((sql) =>
      sql.query(
        "insert into lead (location_id, lead_id, phone_key, seen_at, data) values ($1, 'ada', '+15125550101', $2, '{}')",
        [here.location, new Date(NOON)],
      ),
    );
    await receive(receipt({ caller: "+15125550101" }));
    expect(await mail()).toEqual([]);
    await receive(receipt({ providerId: "m2", provider: { messageId: "m2" }, caller: "+15125550199" }));
    expect(await mail()).toHaveLength(1);
  });
});

describe("what the lead said on a call", () => {
  test("is obeyed like a text that says stop", async () => {
    await here.introduce("ada");
    const phone = { name: "ada", email: "ada@example.com", phone: "+15125550101" };
    await here.mail({ lead: "ada", type: "crm.contact", data: { change: "update", asOf: NOON + 1, contact: phone } });
    const transcript = "bot: Hello, this is an assistant\nhuman: stop calling me\nbot: We will stop.";
    await here.mail({ lead: "ada", type: "crm.call", data: { transcript, seconds: 20 } });
    await here.run();
    const rows = await here.rows(
      "select from address where location_id = $1 and channel = 'phone' and opted_out_at is not null",
    );
    expect(rows).toHaveLength(1);
  });
});

describe("how many calls a location may begin", () => {
  const room = () => here.inside((sql) => roomForCalls(sql, here.location, NOON));

  test("is ten a minute, those of texts not counted", async () => {
    expect(await room()).toBe(10);
    for (const n of [1, 2, 3]) await called(`call ${n}`, { attemptedAt: NOON - n * 1_000 });
    await called("old", { attemptedAt: NOON - 2 * MINUTE });
    await called("text", { attemptedAt: NOON - 1_000, channel: "sms" });
    expect(await room()).toBe(7);
  });

  test("is a thousand a day", async () => {
    await here.inside((sql) =>
      sql.query(
        `insert into outbox (location_id, outbox_id, lead_id, kind, lane, priority, channels, place, state, attempt,
                             attempted_at, created_at, body)
         select $1, gen_random_uuid(), 'l' || n, 'message', 2, 50, '{voice}', 0, 'accepted', 1, $2, $2, '{}'
           from generate_series(1, 998) as n`,
        [here.location, new Date(NOON - HOUR)],
      ),
    );
    expect(await room()).toBe(2);
  });

  test("leaves the others alone for a moment", async () => {
    await called("waits", { state: "queued" });
    await here.inside((sql) => callLater(sql, here.location, [idFrom("waits")], NOON));
    const [row] = await here.rows<{ deadline: number }>("select deadline from outbox where location_id = $1");
    expect(row?.deadline).toBe(NOON + CALL_AGAIN);
  });
});
