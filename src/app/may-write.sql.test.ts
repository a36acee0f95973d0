// What the lead's page says of writing to a lead: never more than the rules would let through.

import { expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { openPlace } from "../../test/turns.ts";
import { openRenderer } from "../outreach/index.ts";
import { openScenes } from "../turns/index.ts";
import { openPublications } from "../workflows/index.ts";
import { openMayWrite } from "./may-write.ts";

const NOON = Date.UTC(2026, 10, 18, 19);

const db = databasePerFile();

test("says what stands against each channel: nothing, what is missing, an opt-out, a demand for written consent, a pause", async () => {
  const place = await openPlace(db, NOON);
  await place.introduce("Ana");
  await place.run();
  let house = {};
  const ask = async () => {
    const scenes = openScenes({
      publications: openPublications(),
      place: () => ({ seed: "seed", zone: "America/New_York", catalog: { installedAt: 0 }, house, links: {} }),
      renderer: openRenderer(),
      addressKey: "key",
    });
    const mayWrite = openMayWrite(scenes, () => place.clock.at);
    return db.database.transaction([place.location], (sql) => mayWrite(sql, place.location, "Ana"));
  };
  expect(await ask()).toMatchObject([
    { channel: "sms", state: "off", code: "address.missing" },
    { channel: "email", state: "ok" },
  ]);
  house = { consent: { marketing: { email: "written" } } };
  expect((await ask())[1]).toMatchObject({ channel: "email", state: "off", code: "consent.none" });
  house = {};
  await place.rows(
    `insert into hold (location_id, workflow, held_at, held_by, reason) values ($1, '*', now(), 'ann', 'audit') returning 1`,
  );
  expect((await ask())[1]).toMatchObject({
    state: "held",
    code: "paused.run",
    values: { who: "ann", reason: "audit" },
  });
  await place.mail({ lead: "Ana", type: "message.received", data: { channel: "email", text: "unsubscribe me" } });
  await place.run();
  expect((await ask())[1]).toMatchObject({ state: "off", code: "consent.opted_out" });
  expect(
    await db.database.transaction([place.location], (sql) =>
      openMayWrite(place.parts().scenes, () => NOON)(sql, place.location, "nobody"),
    ),
  ).toEqual([]);
});
