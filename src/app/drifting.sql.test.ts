import fastify from "fastify";
import { beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { unchosen } from "../../test/kept-models.ts";
import { goLive } from "../../test/scored-place.ts";
import { chanceOf } from "../../test/scorers.ts";
import { placePerTest } from "../../test/turns.ts";
import { openReader } from "../insights/index.ts";
import { answerProblems } from "../kernel/problem.ts";
import { DAY } from "../kernel/time.ts";
import { noticeRoutes } from "../outreach/index.ts";
import { openModels, openPromotion, openRounds, type Watched } from "../scoring/index.ts";
import { insertAudit } from "../tenancy/index.ts";
import { tellTeam } from "./learning.ts";

const NOON = Date.UTC(2026, 10, 18, 19);
const came = (observed: number, level: "stable" | "watch" | "act"): NonNullable<Watched["calibration"]> => ({
  ...{ n: 412, expected: 60, observed, high: 0, low: 0, level },
});
const DRIFTED: Watched = { n: 500, drift: [], calibration: came(31, "act") };

const db = databasePerFile();
const place = placePerTest(db, NOON);
let champion: string;

beforeEach(async () => {
  [champion = ""] = await goLive(place, { kind: "chance", ...chanceOf() });
});

/** A day later a look finds this. */
async function look(found: Watched): Promise<void> {
  place.clock.at += DAY + 1;
  const { database } = db;
  await openRounds({
    aims: unchosen,
    ...{ database, clock: place.clock, facts: place.facts, tell: tellTeam },
    thread: async <Answer>() => ({ id: champion, watched: found }) as Answer,
    trainer: { begin: () => expect.unreachable(), end: async () => undefined },
    changed: () => undefined,
    outcomesSince: async () => 0,
  }).watch([place.location]);
}

const clock = { real: () => place.clock.at };
const models = () => openModels({ aims: unchosen, database: db.database, clock });
const reader = () => openReader({ database: db.database, now: () => place.clock.at, models: models().standing });

async function notices(): Promise<readonly { readonly message: string }[]> {
  const app = fastify();
  answerProblems(app);
  noticeRoutes(app, {
    ...{ database: db.database, clock: place.clock, names: reader().names },
    authorize: async () => ({ id: "ana", name: "Ana", role: "manager", locations: "*" }),
  });
  return (await app.inject({ url: `/v1/locations/${place.location}/notices?unread=1` })).json().items;
}

describe("a model that has drifted", () => {
  test("is told of to everybody, once for as long as it lasts, and again where it was stable between", async () => {
    await look(DRIFTED);
    const [notice] = await notices();
    expect(notice).toMatchObject({ page: "models", users: [] });
    expect(notice?.message).toBe(
      `The model of booking (${champion.slice(0, 12)}) has drifted: of 412 leads it said that 60 would book, and 31 did. Train a new one, or go back to the one before.`,
    );
    await look({ ...DRIFTED, calibration: came(44, "watch") });
    await look(DRIFTED);
    expect(await notices()).toHaveLength(1);
    await look({ ...DRIFTED, calibration: came(60, "stable") });
    await look(DRIFTED);
    expect(await notices()).toHaveLength(2);
  });

  test("is told of once though two processes look at it at once", async () => {
    await Promise.all([look(DRIFTED), look(DRIFTED)]);
    expect(await notices()).toHaveLength(1);
  });

  test("is told of anew where something else drifts, and where it was taken back and is live again", async () => {
    await look(DRIFTED);
    await look({ ...DRIFTED, drift: [{ feature: "views_7d", psi: 0.4, level: "act" }] });
    expect((await notices()).map(({ message }) => message)).toEqual([
      expect.stringContaining("most in views 7d"),
      expect.stringContaining("31 did"),
    ]);
    const promotion = openPromotion({
      aims: unchosen,
      ...{ database: db.database, clock: place.clock, audit: insertAudit },
      changed: () => undefined,
    });
    await promotion.rollback(place.location, "chance", { by: "Ada", why: "it drifts" });
    await promotion.promote(place.location, champion, { by: "Ada", why: "it ranks better all the same", anyway: true });
    await look(DRIFTED);
    expect(await notices()).toHaveLength(3);
  });

  test("stands on the System page for as long as it lasts", async () => {
    const said = async () => {
      const { parts, verdict } = await reader().system(place.location);
      return { part: parts.find(({ name }) => name === "Models"), verdict };
    };
    const name = `booking ${champion.slice(0, 12)}`;
    expect((await said()).part).toEqual({ name: "Models", state: "good", text: `${name}, not looked at yet` });
    await look(DRIFTED);
    place.clock.at += 2 * DAY;
    const { part, verdict } = await said();
    expect(part).toMatchObject({ state: "watch", text: expect.stringContaining(`${name} has drifted for 2d`) });
    expect(verdict).toMatchObject({ level: "watch", text: expect.stringContaining("What scores leads has drifted") });
    await look({ n: 500, drift: [], calibration: came(60, "stable") });
    expect((await said()).part).toMatchObject({ state: "good", text: expect.stringContaining(`${name} holds`) });
  });
});
