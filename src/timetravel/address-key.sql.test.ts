// A letter names an address by its hash: whoever decides it again needs the key by which it was hashed.

import { expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { openPlace } from "../../test/turns.ts";
import { insertMail } from "../events/index.ts";
import { addressKey } from "../outreach/index.ts";
import { placeIn, replayLead } from "./index.ts";

const NOON = Date.UTC(2026, 2, 2, 17);
const SPRING = `
workflow: spring
name: Spring
enroll: { when: contact.created }
steps: [ { id: hello, send: hello, via: email } ]
---
templates: { hello: { email: { subject: "Hello", body: "Hello. Unsubscribe below." } } }
`;

const db = databasePerFile();

test("a lead who left by the link of an e-mail is replayed as it left, under the key of its address alone", async () => {
  const place = await openPlace(db, NOON);
  const { location } = place;
  await place.publish(SPRING);
  await place.introduce("ada");
  await place.run();
  const [row] = await place.rows<{ id: string }>(
    "select outbox_id as id from outbox where location_id = $1 and kind = 'message'",
  );
  place.clock.at += 60_000;
  const at = place.clock.at;
  const to = addressKey("key", "email", "ada@example.com");
  await db.database.transaction([location], (sql) =>
    insertMail(sql, [
      {
        ...{ location, lead: "ada", kind: "answer", receivedAt: at },
        body: { outbox: row!.id, outcome: "unsubscribed", at, channel: "email", detail: "link", to },
      },
    ]),
  );
  await place.run();
  const [left] = await place.rows<{ events: number }>(
    "select count(*)::int as events from event where location_id = $1 and type = 'consent.changed'",
  );
  expect(left?.events).toBe(1);
  const replayed = (key: string) =>
    db.database.transaction([location], (sql) =>
      replayLead(sql, location, "ada", placeIn("America/New_York", "seed"), key),
    );
  expect((await replayed("key"))?.difference).toBeUndefined();
  expect((await replayed("another key"))?.difference).toMatchObject({ turn: 2 });
});
