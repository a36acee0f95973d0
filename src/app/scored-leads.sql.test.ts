import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { adaIsQuiet, goLive, liveModels } from "../../test/scored-place.ts";
import { chanceOf, churnOf } from "../../test/scorers.ts";
import { placePerTest } from "../../test/turns.ts";
import { explainedText } from "../cli/explained-text.ts";
import { openReader } from "../insights/index.ts";
import { championIds, retire } from "../scoring/lifecycle/store.ts";
import { openPublications } from "../workflows/index.ts";
import { explainLead } from "./explaining.ts";
import { openScoredLeads } from "./scored-leads.ts";

const NOON = Date.UTC(2026, 10, 18, 19);

const db = databasePerFile();
const place = placePerTest(db, NOON);

const reader = () =>
  openReader({
    database: db.database,
    now: () => place.clock.at,
    scoring: openScoredLeads(liveModels()),
  });
const lead = () => reader().lead(place.location, "ada", { addresses: true });

describe("a lead's page", () => {
  test("says chance, standing, risk, why, and how much of it the team's own outcomes are", async () => {
    await goLive(place, { kind: "chance", ...chanceOf({ location: { logOdds: 0.5, n: 60, k: 140 } }) });
    await goLive(place, { kind: "churn", ...churnOf() });
    await adaIsQuiet(place, 1);
    expect((await lead())?.score).toMatchObject({
      ...{ value: 0.622459, source: "model", tier: "warm", chance: 0.622459 },
      says: "62 of 100 leads like this book within 30 days",
      churn: { value: 0.003173, days: 30 },
      team: { outcomes: 60, weight: 0.3 },
      reasons: [{ text: "wrote 1 message so far", weight: 2 }],
    });
  });

  test("says of a model that was not judged on these leads that it was not", async () => {
    const [id] = await goLive(place, { kind: "chance", ...chanceOf({ location: { logOdds: 0.5, n: 0, k: 140 } }) });
    const bars = [{ bar: "enough", outcome: "borrowed", says: "not yet judged on your leads" }];
    await place.inside((sql) =>
      sql.query("update model set verdict = $3::jsonb where location_id = $1 and model_id = $2", [
        ...[place.location, id],
        JSON.stringify({ against: "rules", promoted: true, rows: 0, bars }),
      ]),
    );
    await adaIsQuiet(place, 1);
    expect((await lead())?.score?.team).toEqual({ outcomes: 0, weight: 0, borrowed: true });
    const experiments = { list: async () => [] };
    const about = { database: db.database, clock: { now: () => place.clock.at } };
    const asked = { ...about, experiments, publications: openPublications() };
    const told = await explainLead(asked, place.location, "ada");
    expect(told === undefined ? "" : explainedText(told)).toContain("not yet judged on your leads");
  });

  test("says the rules' own reasons where no model is live", async () => {
    await adaIsQuiet(place, 1);
    const score = (await lead())?.score;
    expect(score).toMatchObject({ source: "rules", model: "rules-1" });
    expect(score?.reasons.map(({ text }) => text)).toContain("wrote to us in the last 14 days");
    expect(score).not.toHaveProperty("chance");
  });

  test("gives no reasons of a model for a score that another one made", async () => {
    await goLive(place, { kind: "chance", ...chanceOf() });
    await adaIsQuiet(place, 1);
    const [id] = Object.values(await place.inside((sql) => championIds(sql, place.location)));
    await place.inside((sql) => retire(sql, place.location, id as string, { by: "Ada", why: "test", now: NOON }));
    await goLive(place, { kind: "chance", ...chanceOf({ location: { logOdds: 0.5, n: 60, k: 140 } }) });
    expect((await lead())?.score).toMatchObject({ chance: 0.5, reasons: [] });
    expect((await lead())?.score).not.toHaveProperty("team");
  });

  test("has its days, and none where there is no such lead", async () => {
    await goLive(place, { kind: "chance", ...chanceOf() });
    await adaIsQuiet(place, 1);
    const days = await reader().scores(place.location, "ada", 90);
    expect(days?.days.map(({ day, score }) => [day, score])).toEqual([
      ["2026-11-18", 0.5],
      ["2026-11-19", 0.5],
    ]);
    expect(await reader().scores(place.location, "nobody", 90)).toBeUndefined();
  });
});
