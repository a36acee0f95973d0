import { beforeEach, describe, expect, test } from "vitest";
import { MINUTE, SECOND } from "../../src/kernel/time.ts";
import type { SendResult } from "../../src/outreach/index.ts";
import type { ContactChange } from "../../src/outreach/message.ts";
import { databasePerFile } from "../database.ts";
import { NOON, phoneOf, senderAt } from "../sending.ts";
import { placePerTest } from "../turns.ts";
import { workflows } from "./crowd.ts";
import { isAtRest } from "./rest.ts";

const db = databasePerFile();
const place = placePerTest(db, NOON);
let answer: () => SendResult;
/** What the CRM says of the city. */
let moved: () => SendResult;

beforeEach(async () => {
  await place.publish(workflows(["1s", "5s", "10s"]));
  await comesIn("ada", "storm");
  answer = () => ({ result: "accepted", provider: { messageId: "taken" } });
  moved = () => ({ result: "accepted", provider: {} });
});

const comesIn = (lead: string, source: string) => {
  const contact = { firstName: lead, phone: phoneOf(0), email: `${lead}@example.com`, tags: [], source };
  return place.mail({ lead, type: "crm.contact", data: { change: "create", asOf: NOON, createdAt: NOON, contact } });
};
const writes = async (text: string, lead = "ada") => {
  await place.mail({ lead, type: "message.received", data: { channel: "sms", text } });
  await place.run();
};
const send = async () => {
  const sms = () => answer();
  const write = async (): Promise<SendResult> => ({ result: "accepted", provider: {} });
  const records = {
    ...{ createTask: write, createNote: write, changeTags: write, changeWorkflow: write },
    ...{ createOpportunity: write, updateOpportunity: write },
    updateContact: async ({ fields }: ContactChange) => ("city" in fields ? moved() : write()),
  };
  await senderAt(place, { sms, email: sms }, { records }).pass(place.location);
  await place.run();
};
const forbidden = (): SendResult => ({
  result: "deferred",
  retryAt: Date.now() + 15 * MINUTE,
  detail: "the scope is missing",
  cause: "forbidden",
});
const runs = () =>
  place.rows(
    "select status, path, data #>> '{parked,for}' as behind from run where location_id = $1 order by enrolled_at",
  );
const change = (statement: string) =>
  db.database.transaction([place.location], (sql) => sql.query(statement, [place.location]));
const rests = () =>
  db.database.transaction([place.location], (sql) => isAtRest((text, values) => sql.query(text, values), new Date()));

describe("a lead whose letter is put off, and who writes again", () => {
  beforeEach(async () => {
    await writes("Is it still for sale?");
    answer = forbidden;
    await send();
    place.clock.at += 4 * SECOND;
    await writes("STOP");
    expect(await rests()).toBe(false);
    await send();
  });

  test("has a second run behind the first, and is at rest", async () => {
    expect(await runs()).toEqual([
      { status: "waiting", path: "first", behind: null },
      { status: "pending", path: null, behind: "queue" },
    ]);
    expect(await rests()).toBe(true);
  });

  test("is not, once the first run waits for a letter that is gone", async () => {
    await change("update outbox set state = 'accepted' where location_id = $1");
    expect(await rests()).toBe(false);
  });

  test("is not, once the first has ended and nobody has let the second in", async () => {
    await change(
      "update run set status = 'completed', ended_at = enrolled_at where location_id = $1 and path = 'first'",
    );
    expect(await rests()).toBe(false);
  });
});

describe("writes of a lead behind one that is put off", () => {
  beforeEach(async () => {
    await place.publish(`
workflow: fields
enroll: { when: message.received, if: { contact.source: records } }
steps: [{ update: { contact.city: Austin } }, { tag: stormy }, { update: { contact.state: TX } }]
`);
    await comesIn("bob", "records");
    moved = forbidden;
    await writes("Is it still for sale?", "bob");
    await send();
  });
  const waiting = () =>
    place.rows("select kind from outbox where location_id = $1 and state = 'queued' order by created_at, nth");

  test("are at rest with it where they must follow it, and not where they may overtake it", async () => {
    expect([await waiting(), await rests()]).toEqual([[{ kind: "update" }, { kind: "tag" }], true]);
    await change("update outbox set state = 'queued' where location_id = $1 and state = 'accepted'");
    expect(await rests()).toBe(false);
  });

  test("are not, once it may go again, nor once it has gone", async () => {
    await change("update outbox set deadline = null where location_id = $1 and kind = 'update'");
    expect(await rests()).toBe(false);
    await change("update outbox set state = 'accepted' where location_id = $1 and kind = 'update'");
    expect(await rests()).toBe(false);
  });
});

describe("a lead whose letter was taken", () => {
  test("is not at rest between two letters, nor when nothing moves it on, and is at the end", async () => {
    await writes("Is it still for sale?");
    expect(await rests()).toBe(false);
    for (const wait of [1, 5, 10]) {
      await send();
      expect(await rests()).toBe(false);
      place.clock.at += wait * SECOND;
      await place.run();
      expect(await rests()).toBe(false);
    }
    await send();
    expect([await runs(), await rests()]).toEqual([[{ status: "completed", path: null, behind: null }], true]);
  });
});
