// Score, tier and last decision on their way into the CRM's contacts, and back from there.

import { beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { churnOf } from "../../test/scorers.ts";
import { senderAt } from "../../test/sending.ts";
import { placePerTest } from "../../test/turns.ts";
import { HOUR, MINUTE } from "../kernel/time.ts";
import { openRenderer, type Records, type SendResult } from "../outreach/index.ts";
import type { Scorers } from "../scoring/index.ts";
import { openScenes } from "../turns/index.ts";
import { openPublications } from "../workflows/index.ts";

const NOON = Date.UTC(2026, 2, 2, 17);
const FIELDS = {
  f1: "contact.latchkey_score",
  f2: "contact.latchkey_tier",
  f3: "contact.latchkey_last_decision",
  f4: "contact.budget",
  f5: "contact.latchkey_going_cold",
};
const FOLDER = `
workflow: new_lead
name: New lead
enroll: { when: form.submitted, again: never }
steps:
  - wait: 30d
`;

const db = databasePerFile();
const here = placePerTest(db, NOON);
let written: { contact: string; custom: readonly { id: string; value: unknown }[] }[];
let answer: SendResult;

beforeEach(async () => {
  written = [];
  scorers = undefined;
  answer = { result: "accepted", provider: {} };
  await here.publish(FOLDER);
});

let scorers: Scorers | undefined;

const scenesOf = (writeBack: boolean) =>
  openScenes({
    scorers: async () => scorers,
    publications: openPublications(),
    place: () => ({
      ...{ seed: "seed", zone: "America/New_York", catalog: { installedAt: 0, fields: FIELDS }, house: {}, links: {} },
      writeBack,
    }),
    renderer: openRenderer(),
    addressKey: "key",
  });
const run = (writeBack = true) => here.run({ scenes: scenesOf(writeBack) });
const send = async () => {
  const records = {
    updateContact: async ({ contact, custom }: { contact: string; custom: typeof FIELDS | readonly never[] }) => {
      written.push({ contact, custom: custom as readonly never[] });
      return answer;
    },
  };
  const sender = senderAt(here, {}, { records: records as unknown as Records });
  await sender.pass(here.location);
  await sender.close();
};
/** The budget keeps bulk requests a tenth of a second apart. */
const sendUntil = (times: number) =>
  expect
    .poll(async () => {
      await send();
      return written.length;
    })
    .toBe(times);
const view = (times: number) =>
  here.mail(
    ...Array.from({ length: times }, () => ({ lead: "ada", type: "property_view", data: { "property.id": "h1" } })),
  );
const rows = () =>
  here.rows<{ state: string }>("select state from outbox where location_id = $1 and kind = 'write_back'");
const come = (custom: Record<string, unknown>) =>
  here.mail({
    ...{ lead: "ada", type: "crm.contact" },
    data: {
      change: "update",
      asOf: here.clock.at,
      contact: { name: "ada", firstName: "ada", email: "ada@example.com", custom: custom as never },
    },
  });
const events = (type: string) =>
  here.rows(`select from event where location_id = $1 and lead_id = 'ada' and type = '${type}'`);

describe("a contact of the CRM", () => {
  test("is told where its lead stands, in our fields, once", async () => {
    await here.introduce("ada");
    await run();
    await send();
    await send();
    expect(written).toEqual([
      {
        contact: "ada",
        custom: [
          { id: "f1", value: expect.any(Number) },
          { id: "f2", value: "cold" },
        ],
      },
    ]);
  });

  test("is told the last decision as a sentence with its instant, on the location's clock", async () => {
    await here.introduce("ada");
    await here.mail({ lead: "ada", type: "form.submitted", data: { form: "f" } });
    await run();
    await send();
    expect(written[0]?.custom.find(({ id }) => id === "f3")?.value).toMatch(/^2026-03-02 12:00: .*New lead.*\.$/);
  });

  test("is told what changes within an hour together, after it", async () => {
    await here.introduce("ada");
    await run();
    await send();
    for (const wait of [5, 10, 20]) {
      here.clock.at += wait * MINUTE;
      await view(wait === 5 ? 4 : 1);
      await here.mail({ lead: "ada", type: "message.received", data: { channel: "sms", text: "when can I see it" } });
      await run();
      await send();
    }
    expect(written).toHaveLength(1);
    here.clock.at = NOON + HOUR;
    await sendUntil(2);
    expect(written[1]?.custom.find(({ id }) => id === "f2")?.value).toBe("hot");
    expect((await rows()).map(({ state }) => state)).toEqual(["accepted", "accepted"]);
  });

  test("that tells us of it is taken for nobody's act: no event follows, and nothing is written again", async () => {
    await here.introduce("ada");
    await run();
    await send();
    here.clock.at += 2 * HOUR;
    await come({ f1: 20, f2: "cold", f3: "said" });
    await run();
    await send();
    expect(await events("field.changed")).toEqual([]);
    expect(await events("contact.updated")).toEqual([]);
    expect(written).toHaveLength(1);
    here.clock.at += MINUTE;
    await come({ f1: 20, f2: "cold", f3: "said", f4: "500000" });
    await run();
    expect(await events("field.changed")).toHaveLength(1);
  });

  test("has nobody's turn woken by what was written", async () => {
    await here.introduce("ada");
    await run();
    await send();
    expect(await here.rows("select from mailbox where location_id = $1")).toEqual([]);
  });

  test("has its percent of going cold taken out once no model says it, in one request, and hears no more of it", async () => {
    scorers = { id: "m1", churn: churnOf() };
    await here.introduce("ada");
    await run();
    await send();
    const percents = () => written.map(({ custom }) => custom.find(({ id }) => id === "f5")?.value);
    expect(percents()).toEqual([0]);
    scorers = undefined;
    for (const times of [2, 2]) {
      here.clock.at += 2 * HOUR;
      await here.mail({ lead: "ada", type: "note.added" });
      await run();
      await sendUntil(times);
    }
    expect(percents()).toEqual([0, ""]);
    here.clock.at += MINUTE;
    await come({ f1: 20, f2: "cold" });
    await run();
    expect(await events("field.changed")).toEqual([]);
  });

  test("that could not be told is told with the next change, though that be small", async () => {
    await here.introduce("ada");
    await run();
    answer = { result: "rejected", reason: "gone", status: 404, detail: "" };
    await send();
    expect((await rows()).map(({ state }) => state)).toEqual(["rejected"]);
    answer = { result: "accepted", provider: {} };
    here.clock.at += 2 * HOUR;
    await here.mail({ lead: "ada", type: "note.added" });
    await run();
    await sendUntil(2);
  });

  test("is told nothing where the switch is off", async () => {
    await here.introduce("ada");
    await run(false);
    expect(await rows()).toEqual([]);
  });
});
