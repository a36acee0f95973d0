import { expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { newId } from "../kernel/ids.ts";
import { HOUR } from "../kernel/time.ts";
import { countSince, insertEvents, type StoredEvent } from "./index.ts";

const db = databasePerFile();

test("counts the events of some types since an instant, of one location, and no further than asked", async () => {
  const now = Date.now();
  const event = (type: string, receivedAt: number, location = "loc1"): StoredEvent => ({
    ...{ id: newId(receivedAt), location, lead: "lead", type, at: receivedAt, receivedAt, source: "crm", data: {} },
  });
  const events = [
    event("appointment.booked", now - 2 * HOUR),
    event("appointment.booked", now - 2),
    event("appointment.booked", now - 1),
    event("message.received", now - 1),
    event("appointment.booked", now - 1, "loc2"),
  ];
  const count = (most: number) =>
    db.database.transaction(["loc1"], (sql) =>
      countSince(sql, "loc1", { types: ["appointment.booked"], since: now - HOUR, most }),
    );
  await db.database.transaction("*", (sql) => insertEvents(sql, events));
  expect([await count(10), await count(1)]).toEqual([2, 1]);
});
