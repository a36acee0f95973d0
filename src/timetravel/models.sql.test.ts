// Turns that a learned model scored: what they keep, and that they are decided again as they were.

import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { goLive, scoredScenes } from "../../test/scored-place.ts";
import { chanceOf, churnOf } from "../../test/scorers.ts";
import { placePerTest } from "../../test/turns.ts";
import { DAY } from "../kernel/time.ts";
import { readScoreDays } from "../scoring/index.ts";
import { placeIn, replayLead } from "./index.ts";

const NOON = Date.UTC(2026, 10, 18, 19);
const CROSSED = `
workflow: hot
enroll: { when: { score.crossed: { above: 0.45 } } }
steps: [ { id: hot, tag: hot } ]`;

const db = databasePerFile();
const place = placePerTest(db, NOON);

async function live(): Promise<void> {
  const scenes = scoredScenes();
  await place.publish(CROSSED);
  await place.introduce("ada");
  await place.run({ scenes });
  place.clock.at += 1_000;
  await place.mail({ lead: "ada", type: "message.received", data: { channel: "email", text: "Hello" } });
  await place.run({ scenes });
  place.clock.at += DAY;
  await place.run({ scenes });
}

const replayed = () =>
  place.inside((sql) => replayLead(sql, place.location, "ada", placeIn("America/New_York", "seed"), "key"));

describe("a lead whom learned models scored", () => {
  test("is decided again by the models that its turns recorded", async () => {
    await goLive(place, { kind: "chance", ...chanceOf() }, { kind: "churn", ...churnOf() });
    await live();
    const [decision] = await place.rows<{ model: string }>(
      "select trace->'versions'->>'model' as model from decision where location_id = $1 limit 1",
    );
    expect(decision?.model).toMatch(/^[0-9a-f]{12}\+[0-9a-f]{12}$/);
    expect(await replayed()).toMatchObject({ turns: 3 });
    expect((await replayed())?.difference).toBeUndefined();
  });

  test("is not decided again where a model is gone, and the replay says which", async () => {
    await goLive(place, { kind: "chance", ...chanceOf() });
    await live();
    await place.inside((sql) => sql.query("delete from model where location_id = $1", [place.location]));
    expect((await replayed())?.difference?.what).toMatch(/^model [0-9a-f]{12}, which scored it, is gone/);
  });

  test("has its figures kept once a day, the last ones of each", async () => {
    await goLive(place, { kind: "chance", ...chanceOf() }, { kind: "churn", ...churnOf() });
    await live();
    const days = await place.inside((sql) =>
      readScoreDays(sql, place.location, "ada", { now: place.clock.at, days: 30 }),
    );
    expect(days.map(({ day, score, chance, churn, tier }) => ({ day, score, chance, churn, tier }))).toEqual([
      { day: "2026-11-18", score: 0.5, chance: 0.5, churn: 0, tier: "warm" },
      { day: "2026-11-19", score: 0.5, chance: 0.5, churn: 0, tier: "warm" },
    ]);
    expect(
      await place.inside((sql) => readScoreDays(sql, place.location, "ada", { now: NOON + 40 * DAY, days: 30 })),
    ).toEqual([]);
  });
});
