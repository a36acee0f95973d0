// What a location asks its chance to foretell, from the choice to the model that scores by it.

import { beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { chanceBody, newModel, PASSED } from "../../test/kept-models.ts";
import { virtualClock } from "../database/index.ts";
import { type Aim, APPOINTMENT } from "../kernel/aim.ts";
import { openFacts } from "../kernel/facts.ts";
import {
  type Body,
  openLiveModels,
  openModels,
  openPromotion,
  openRounds,
  openTrainer,
  type Task,
} from "../scoring/index.ts";
import { insertAudit } from "../tenancy/index.ts";
import { openAims } from "./aims.ts";

const NOON = Date.UTC(2026, 2, 2, 12);
const WON: Aim = { outcome: "won", days: 180 };
const db = databasePerFile();
let place = 0;
let places: readonly string[] = [];

beforeEach(async () => {
  place += 1;
  places = ["a", "b", "c"].map((one) => `${one}${place}`);
  for (const one of places)
    await db.database.transaction([one], (sql) =>
      sql.query(
        "insert into installation (location_id, installed_at, seed, workflow_secret) values ($1, now(), 's', 's')",
        [one],
      ),
    );
});

const bodyOf = (aim: Aim, logOdds: number): Body => ({ ...chanceBody(logOdds), aim });

/** The house of these locations; a training learns a model of what it is asked for, which passes against who scored. */
function open(log = -2) {
  const { database } = db;
  const clock = virtualClock(NOON);
  const tasks: Task[] = [];
  const aims = openAims({ database, clock, changed: () => undefined });
  const needs = { database, clock, facts: openFacts(), audit: insertAudit, changed: () => undefined };
  const models = openModels({ database, clock, aims: aims.of });
  let during: (() => Promise<unknown>) | undefined;
  const trainer = openTrainer({
    ...{ ...needs, aims: aims.of, tell: async () => undefined, locations: () => places },
    thread: async (task) => {
      tasks.push(task);
      if (task.kind === "churn") return { outcome: "too_little", detail: "Too little to learn from." };
      await during?.();
      const scores = task.location.startsWith("_") ? undefined : (await models.list(task.location, "chance")).scores;
      const instead = scores === undefined || scores.chance === "rules" ? {} : { instead: scores.chance };
      const aim = task.aim ?? APPOINTMENT;
      const model = newModel(bodyOf(aim, log), { ...PASSED, ...instead });
      return { outcome: "trained", model: { ...model, learned: { ...model.learned, aim } } };
    },
  });
  const rounds = openRounds({
    ...{ database, clock, facts: needs.facts, aims: aims.of, changed: () => undefined },
    trainer,
    thread: async <Answer>() => undefined as Answer,
    tell: async () => undefined,
    outcomesSince: async () => 0,
  });
  const promotion = openPromotion({ ...needs, aims: aims.of });
  const train = async (location: string, seed = 1) => {
    const { id } = await trainer.begin(location, { kind: "chance", by: "Ada", seed });
    await trainer.end(id);
    return models.training(location, id);
  };
  return {
    ...{ aims, models, rounds, promotion, train, tasks, clock },
    whileLearning(act: () => Promise<unknown>) {
      during = act;
    },
  };
}

describe("a choice of what the chance foretells", () => {
  test("is nobody's until an owner makes it, and stands in the audit with who made it and what was before", async () => {
    const { aims } = open();
    const [a = "", b = ""] = places;
    expect(await aims.of([a, b])).toEqual(new Map([a, b].map((one) => [one, APPOINTMENT])));
    await aims.choose(a, WON, "Ada");
    await aims.choose(a, WON, "Ben"); // nothing changes
    expect(await aims.of([a, b])).toEqual(
      new Map([
        [a, WON],
        [b, APPOINTMENT],
      ]),
    );
    const { rows } = await db.database.transaction([a], (sql) => sql.query("select who, act, data from audit"));
    expect(rows).toEqual([
      {
        ...{ who: "Ada", act: "model.foretell" },
        data: { before: "an appointment within 30 days", after: "a deal won within 180 days" },
      },
    ]);
    await expect(aims.choose("nobody", WON, "Ada")).rejects.toThrow("Nobody is installed");
  });

  test("made while another is under way comes after it: so says the audit, and of that one's log what is given up", async () => {
    const { aims } = open();
    const [a = ""] = places;
    const first = aims.choice(a, WON, "Ada");
    const second = await db.database.transaction([a], async (sql) => {
      await first.keep(sql);
      const asked = aims.choose(a, { outcome: "won", days: 60 }, "Ben");
      const waits = () =>
        db.database.asOwner(async (owner) => {
          const waiting = "wait_event_type = 'Lock' and datname = current_database()";
          return (await owner.query(`select 1 from pg_stat_activity where ${waiting}`)).rows.length;
        });
      await expect.poll(waits).toBe(1);
      return { asked };
    });
    expect(await second.asked).toEqual([expect.stringMatching(/720 days .* older than 400 days/)]);
    const { rows } = await db.database.transaction([a], (sql) =>
      sql.query("select who, data ->> 'before' as before from audit order by who"),
    );
    expect(rows).toEqual([
      { who: "Ada", before: "an appointment within 30 days" },
      { who: "Ben", before: "a deal won within 180 days" },
    ]);
  });

  test("says how much of the log it gives up, and nothing where it gives up none", async () => {
    const { aims } = open();
    const [a = ""] = places;
    const choose = (outcome: Aim["outcome"], days: number) => aims.choose(a, { outcome, days }, "Ada");
    expect(await choose("won", 60)).toEqual([]);
    expect(await choose("won", 180)).toEqual([]);
    expect(await choose("won", 180)).toEqual([]);
    expect(await choose("won", 120)).toEqual([
      "The log is kept for 720 days because of a deal won within 180 days. Without that, and unless another team of this Latchkey asks for as much, what is older than 480 days is deleted within ten minutes, for good. Asking for it again before then keeps it.",
    ]);
    expect(await choose("won", 60)).toEqual([expect.stringMatching(/480 days .* older than 400 days/)]);
    expect(await choose("appointment", 30)).toEqual([]);
  });

  test("makes a training due, and leaves who scores until a model of it is promoted", async () => {
    const { aims, models, train, rounds, tasks } = open();
    const [a = ""] = places;
    expect((await train(a)).foretells).toMatchObject({ outcome: "appointment", text: "an appointment within 30 days" });
    await rounds.train([a]); // of the chance nothing is due
    expect(tasks.map(({ kind }) => kind)).toEqual(["chance", "churn"]);
    await aims.choose(a, WON, "Ada");
    const listed = await models.list(a, "chance");
    expect(listed.foretells.text).toBe("a deal won within 180 days");
    expect(listed.items.map(({ state, foretells }) => [state, foretells?.outcome])).toEqual([
      ["champion", "appointment"],
    ]);
    await rounds.train([a]);
    expect(tasks.at(-1)).toMatchObject({ kind: "chance", aim: WON });
    const { items, trainings } = await models.list(a, "chance");
    expect(items.map(({ state, foretells }) => [state, foretells?.outcome]).sort()).toEqual([
      ["champion", "won"],
      ["retired", "appointment"],
    ]);
    const learned = trainings.find(({ kind, foretells }) => kind === "chance" && foretells?.outcome === "won");
    expect(learned?.detail).toContain("it foretells a deal won within 180 days");
    const live = openLiveModels({ clock: { elapsed: () => 0 }, refused: () => expect.unreachable() });
    const scorers = await db.database.transaction([a], (sql) => live.of(sql, a));
    expect(scorers?.chance?.aim).toEqual(WON);
  });

  test("that was changed while a model was learned promotes nobody; a person takes --anyway", async () => {
    const { aims, models, promotion, train, whileLearning } = open();
    const [a = ""] = places;
    whileLearning(() => aims.choose(a, WON, "Ada"));
    expect((await train(a)).detail).toContain("was changed while it was learned");
    const { scores, items } = await models.list(a, "chance");
    expect(scores.chance).toBe("rules");
    const id = items[0]?.id ?? "";
    const asked = { by: "Ada", why: "we want it" };
    await expect(promotion.promote(a, id, { ...asked, anyway: false })).rejects.toThrow(
      "This model foretells an appointment within 30 days, and this location asks for a deal won within 180 days.",
    );
    await promotion.promote(a, id, { ...asked, anyway: true });
    expect((await models.list(a, "chance")).scores.chance).toBe(id);
  });

  test("is learned together by those who ask for the same, and by nobody else", async () => {
    const { aims, rounds, tasks } = open();
    const [a = "", b = "", c = ""] = places;
    await aims.choose(a, WON, "Ada");
    await aims.choose(b, WON, "Ada");
    await aims.choose(c, { outcome: "won", days: 90 }, "Ada");
    await rounds.train(places);
    const pools = tasks.filter(({ location }) => location.startsWith("_"));
    expect(pools.map(({ location, aim, locations }) => ({ location, aim, locations }))).toEqual([
      { location: "_all-won-180", aim: WON, locations: [a, b] },
    ]);
    expect(tasks.find(({ location }) => location === c)?.aim).toEqual({ outcome: "won", days: 90 });
  });
});
