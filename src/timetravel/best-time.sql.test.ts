// A wait for the best hour, on a real database: the location's counts reach the turn, and the turn is decided again alike
// though they have moved since.

import { expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { placePerTest } from "../../test/turns.ts";
import { localTime } from "../kernel/zone.ts";
import { openRenderer } from "../outreach/index.ts";
import { openScenes } from "../turns/index.ts";
import { openPublications } from "../workflows/index.ts";
import { placeIn, replayLead } from "./index.ts";

const NOON = Date.UTC(2026, 10, 18, 19);
const ZONE = "America/New_York";

const place = placePerTest(databasePerFile(), NOON);

const counted = (answered: (slot: number) => number) =>
  place.inside((sql) =>
    sql.query(
      `insert into slot_rate (location_id, slot, sent, answered)
       select $1, slot, 500, answered from unnest($2::text[], $3::int[]) as one (slot, answered)
           on conflict (location_id, slot) do update set answered = excluded.answered`,
      [
        place.location,
        Array.from({ length: 12 }, (_, slot) => `sms/d${slot}`),
        Array.from({ length: 12 }, (_, slot) => answered(slot)),
      ],
    ),
  );

test("takes the hours of the location, and takes them again when the counts have moved", async () => {
  await counted((slot) => (slot === 9 ? 200 : 20));
  const scenes = openScenes({
    publications: openPublications(),
    place: () => ({ seed: "seed", zone: ZONE, catalog: { installedAt: 0 }, house: {}, links: {} }),
    renderer: openRenderer(),
    addressKey: "key",
  });
  await place.publish(
    "workflow: patient\nenroll: { when: contact.created }\nsteps: [ { id: moment, wait: { best_time: 24h } }, { tag: reached } ]",
  );
  await place.introduce("ada");
  await place.run({ scenes });
  const [run] = await place.rows<{ until: number }>(
    "select (data -> 'parked' ->> 'until')::float8 as until from run where location_id = $1",
  );
  expect(Math.floor(localTime(run?.until ?? 0, ZONE).minute / 120)).toBe(9);
  await counted((slot) => (slot === 6 ? 300 : 5));
  const replayed = await place.inside((sql) => replayLead(sql, place.location, "ada", placeIn(ZONE, "seed"), "key"));
  expect(replayed?.turns).toBe(1);
  expect(replayed?.difference).toBeUndefined();
});
