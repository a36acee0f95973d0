// A database that is an older copy stands still before anything of it may leave again.

import { expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { placePerTest } from "../../test/turns.ts";
import { type FactMap, openFacts } from "../kernel/facts.ts";
import { DAY, HOUR } from "../kernel/time.ts";
import { openPublications } from "../workflows/index.ts";
import { holdOlderCopy } from "./older-copy.ts";
import { openRunControl } from "./run-control.ts";

const HELLO = `
workflow: hello
enroll: { when: contact.created }
steps: [ { id: hi, send: hi, via: sms } ]
---
templates: { hi: { sms: Hello } }
`;
const db = databasePerFile();
const now = Date.UTC(2026, 10, 23, 15);
const place = placePerTest(db, now);

async function started(mark: { knownAt: number | undefined; workedAt: number | undefined }): Promise<string[]> {
  const [{ database }, { clock }] = [db, place];
  const facts = openFacts();
  const warned: string[] = [];
  facts.on("configuration_warned", ({ warning }: FactMap["configuration_warned"]) => warned.push(warning));
  const control = openRunControl({ database, clock, publications: openPublications(), mailed: () => undefined });
  const about = { locations: [place.location], now, url: "https://latchkey.example.com" };
  await holdOlderCopy({ mark, database, control, facts, ...about });
  return warned;
}
const held = () => place.rows("select workflow, held_by as by, reason from hold where location_id = $1");

test("an older copy pauses every location, audited, and says since when and how it goes on", async () => {
  await place.publish(HELLO);
  const copy = { knownAt: now - 2 * DAY, workedAt: now - HOUR };
  const reason = "the database is an older copy: it knows nothing since 2026-11-21T15:00:00.000Z";
  const [warning, ...more] = await started(copy);
  expect(more).toEqual([]);
  expect(warning).toContain(
    "it knows nothing since 2026-11-21T15:00:00.000Z, and this data folder worked until 2026-11-23T14:00",
  );
  expect(warning).toContain("POST https://latchkey.example.com/v1/locations/<location id>/resume");
  expect(await held()).toEqual([{ workflow: "*", by: "start", reason }]);
  expect(await place.rows("select who, act from audit where location_id = $1 and act = 'location.pause'")).toEqual([
    { who: "start", act: "location.pause" },
  ]);
  // one that ended before it had noted that it works on the copy finds it paused already
  expect(await started(copy)).toHaveLength(1);
  expect(await held()).toHaveLength(1);
});

test("a database on which nobody worked for a day is said to may be a copy where messages wait, and goes on", async () => {
  await place.publish(HELLO);
  const quiet = { knownAt: now - 2 * DAY, workedAt: undefined };
  expect(await started(quiet)).toEqual([]);
  await place.inside((sql) =>
    sql.query(
      `insert into outbox (location_id, outbox_id, lead_id, kind, path, lane, priority, channels, place, state, created_at, body)
       values ($1, gen_random_uuid(), 'Ana', 'message', 'hi', 2, 50, '{sms}', 0, 'queued', $2, '{}')`,
      [place.location, new Date(now - 2 * DAY)],
    ),
  );
  expect(await started(quiet)).toEqual([
    expect.stringMatching(/^Nobody has worked on this database since 2026-11-21T15/),
  ]);
  expect(await started({ knownAt: now - HOUR, workedAt: undefined })).toEqual([]);
  expect(await started({ knownAt: undefined, workedAt: undefined })).toEqual([]);
  expect(await held()).toEqual([]);
});
