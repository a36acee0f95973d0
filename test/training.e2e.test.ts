// Training as it runs: a thread of the built program over a real log, told how far it is, cancelled, ended and taken over.

import { existsSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { tellTeam } from "../src/app/learning.ts";
import { insertEvents, type StoredEvent } from "../src/events/index.ts";
import { Conflict } from "../src/kernel/errors.ts";
import { openFacts } from "../src/kernel/facts.ts";
import { newId } from "../src/kernel/ids.ts";
import { type Clock, DAY, HOUR } from "../src/kernel/time.ts";
import {
  type Made,
  openLiveModels,
  openModels,
  openPromotion,
  openRounds,
  openTrainer,
  type Progress,
  type Thread,
  threadOf,
} from "../src/scoring/index.ts";
import { insertAudit } from "../src/tenancy/index.ts";
import { compile, publish } from "../src/workflows/index.ts";
import { databasePerFile } from "./database.ts";
import { unchosen } from "./kept-models.ts";
import { dice } from "./models.ts";

const program = new URL("../dist/training.js", import.meta.url);
const now = Date.UTC(2026, 9, 1);
const clock: Clock = { now: () => now, real: () => Date.now(), elapsed: () => performance.now() };
const asked = { kind: "chance", by: "Ada", seed: 1 } as const;
const db = databasePerFile();

beforeAll(async () => {
  expect(existsSync(fileURLToPath(program))).toBe(true);
  await fill("busy", 1_100, 1);
  await fill("other", 1_100, 2, "tour.watched");
  await watchesTours("other");
  await fill("small", 60, 3);
});

/** A folder that counts a tour watched as something the lead did. */
async function watchesTours(location: string): Promise<void> {
  const text = "events: { tour.watched: { weight: 0.7, properties: { property.id: text } } }";
  const sources = [{ file: "tours.yaml", text }];
  const { content, diagnostics } = compile(sources);
  if (content === undefined) return expect.unreachable(JSON.stringify(diagnostics));
  await db.database.transaction([location], (sql) => publish(sql, location, { content, sources, at: now, by: "Ada" }));
}

/** Leads who look at homes, the keen ones more; who looks more books more often. */
async function fill(location: string, leads: number, seed: number, look = "property_view"): Promise<void> {
  const roll = dice(seed);
  for (let lead = 0; lead < leads; lead += 1) {
    const id = `lead_${String(lead).padStart(5, "0")}`;
    const came = now - 300 * DAY + roll() * 290 * DAY;
    const keen = roll();
    const events: StoredEvent[] = [];
    const tell = (type: string, at: number, data: StoredEvent["data"] = {}) => {
      const stamp = Math.floor(at);
      events.push({ location, lead: id, id: newId(stamp), type, at: stamp, receivedAt: stamp, source: "site", data });
    };
    tell("contact.created", came, { createdAt: Math.floor(came) });
    for (let day = 0; day < 45; day += 1) {
      const at = came + day * DAY + roll() * 10 * HOUR;
      if (at > now) break;
      if (roll() < 0.5 * keen) tell(look, at, { "property.id": `home_${Math.floor(roll() * 40)}` });
      if (roll() < 0.03 * keen ** 3) {
        tell("appointment.booked", at + HOUR, { "appointment.id": `${id}_a` });
        break;
      }
    }
    await db.database.transaction([location], (sql) => insertEvents(sql, events));
  }
}

function open(thread: Thread = threadOf(program, db.url)) {
  const changed: string[] = [];
  const trainer = openTrainer({
    aims: unchosen,
    ...{ database: db.database, clock, facts: openFacts(), thread, audit: insertAudit, tell: tellTeam },
    locations: () => ["other", "small"],
    changed: (location) => changed.push(location),
  });
  const models = openModels({ aims: unchosen, database: db.database, clock });
  return { trainer, models, changed };
}

/** Somebody takes the champion of a location back. */
const takeBack = (location: string) => {
  const doors = { aims: unchosen, database: db.database, clock, audit: insertAudit, changed: () => undefined };
  return openPromotion(doors).rollback(location, "chance", { by: "Ada", why: "we trust the rules" });
};

describe("a training", () => {
  test("reads the log, learns, is judged against the rules and scores from then on, with this thread at hand all along", async () => {
    const told: Progress[] = [];
    const real = threadOf(program, db.url);
    const { trainer, models, changed } = open((task, tell, signal) =>
      real(
        task,
        (progress) => {
          told.push(progress);
          tell(progress);
        },
        signal,
      ),
    );
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const { id } = await trainer.begin("busy", asked);
    await trainer.end(id);
    delay.disable();
    const training = await models.training("busy", id);
    expect(training).toMatchObject({ state: "ended", outcome: "trained" });
    const { items, scores } = await models.list("busy", undefined);
    expect(scores.chance).toBe(training.model);
    expect(changed).toEqual(["busy"]);
    expect(items[0]).toMatchObject({ state: "champion", replaced: "rules", learned: { source: "own", seed: 1 } });
    expect(items[0]?.verdict?.bars.map(({ outcome }) => outcome)).toEqual(["passed", "passed", "passed", "unmeasured"]);
    expect(new Set(told.map(({ phase }) => phase))).toEqual(new Set(["reading", "learning", "judging"]));
    expect(told.at(-1)?.rows).toBeGreaterThan(1_000);
    console.log(
      `event loop while training: longest delay ${Math.round(delay.max / 1e6)} ms, 99 % ${Math.round(delay.percentile(99) / 1e6)} ms`,
    );
  });

  test("of the same outcomes under the same seed makes the same model, which is kept once", async () => {
    const { trainer, models } = open();
    const { id } = await trainer.begin("busy", asked);
    await trainer.end(id);
    expect(await models.training("busy", id)).toMatchObject({ outcome: "same" });
    expect((await models.list("busy", undefined)).items).toHaveLength(1);
  });

  test("of too few outcomes makes nothing, and says how many there are", async () => {
    const { trainer, models } = open();
    const { id } = await trainer.begin("small", asked);
    await trainer.end(id);
    const { outcome, detail } = await models.training("small", id);
    expect([outcome, detail]).toEqual(["too_little", expect.stringMatching(/^Too little to learn from: \d+ of 200/)]);
    expect((await models.list("small", undefined)).items).toEqual([]);
  });

  test("of all locations together makes the model that a small team scores with, shifted to it, and it is told so", async () => {
    const { trainer, models, changed } = open();
    const { id } = await trainer.begin("_all", asked);
    await trainer.end(id);
    expect(await models.training("_all", id)).toMatchObject({ outcome: "trained" });
    const [pooled] = (await models.list("_all", undefined)).items;
    expect(pooled).toMatchObject({ state: "champion", learned: { source: "pooled", locations: 2 } });
    expect((await models.one("_all", pooled?.id as string)).agents).toBe(0);

    const training = await trainer.begin("small", asked);
    await trainer.end(training.id);
    const { detail, outcome, model } = await models.training("small", training.id);
    expect([outcome, detail]).toEqual([
      "trained",
      expect.stringContaining("that of 2 locations, shifted to this one, and not yet judged on your leads"),
    ]);
    const view = await models.list("small", "chance");
    expect([view.scores.chance, changed]).toEqual([model, ["_all", "small"]]);
    expect(view.items[0]).toMatchObject({
      ...{ state: "champion", replaced: "rules", metrics: pooled?.metrics },
      verdict: {
        bars: [
          { bar: "enough", outcome: "borrowed" },
          { bar: "fair", outcome: "unmeasured" },
        ],
      },
    });
    expect((await models.one("small", model as string)).team).toMatchObject({ n: expect.any(Number) });
    const live = openLiveModels({ clock, refused: () => expect.unreachable() });
    const scorers = await db.database.transaction(["small"], (sql) => live.of(sql, "small"));
    expect(scorers?.chance).toMatchObject({ borrowed: true, location: { n: expect.any(Number) } });

    await takeBack("small");
    const again = await trainer.begin("small", { ...asked, seed: 2 });
    await trainer.end(again.id);
    expect((await models.list("small", "chance")).scores.chance).toBe("rules");
  });

  test("that is cancelled ends at once and leaves nothing", async () => {
    const { trainer, models } = open();
    const { id } = await trainer.begin("other", asked);
    await trainer.cancel("other", id, "Bo");
    await trainer.end(id);
    expect(await models.training("other", id)).toMatchObject({ outcome: "cancelled", cancelled_by: "Bo" });
    expect((await models.list("other", undefined)).items).toEqual([]);
    await expect(trainer.cancel("other", id, "Bo")).rejects.toMatchObject({ code: "not-found" });
  });

  test("keeps another of its kind out, and the next one waits for its turn elsewhere", async () => {
    const { trainer, models } = open();
    const [first, elsewhere] = [await trainer.begin("other", asked), await trainer.begin("small", asked)];
    await expect(trainer.begin("other", asked)).rejects.toMatchObject({ name: "Conflict" });
    await trainer.close();
    expect((await models.training("other", first.id)).outcome).toBe("cancelled");
    expect((await models.training("small", elsewhere.id)).outcome).toBe("cancelled");
  });

  test("whose thread dies is failed, and says so; the process goes on", async () => {
    const { trainer, models } = open(threadOf(new URL("data:text/javascript,process.exit(3)"), db.url));
    const { id } = await trainer.begin("other", asked);
    await trainer.end(id);
    expect(await models.training("other", id)).toMatchObject({
      outcome: "failed",
      detail: expect.stringContaining("ended with 3"),
    });
  });

  /** A training whose thread answers when the test says so. */
  const openHeld = () => {
    const asking: ((made: Made) => void)[] = [];
    const opened = open(() => new Promise((resolve) => void asking.push(resolve)));
    const held = () => expect.poll(() => asking.length).toBe(1);
    return { ...opened, held, finish: (made: Made) => asking.pop()?.(made) };
  };
  const madeOf = async () => {
    const task = { location: "other", kind: "chance", seed: 1, now, locations: [] } as const;
    const made = await threadOf(program, db.url)<Made>(task, () => undefined, new AbortController().signal);
    if (made.outcome !== "trained" || made.model.body.kind !== "chance") return expect.unreachable();
    const verdict = { against: "rules", promoted: true, gain: { value: 1, low: 1, high: 1 }, rows: 1, bars: [] };
    const model = { ...made.model, verdict };
    return {
      first: { ...made, model },
      later: { ...made, model: { ...model, body: { ...made.model.body, location: SHIFTED } } },
    };
  };
  const SHIFTED = { logOdds: 0.2, n: 20, k: 40 };

  test("that was taken for dead keeps nothing, though it ends; whose champion was changed meanwhile promotes nobody", async () => {
    const { first, later } = await madeOf();
    const { trainer, models, finish, held } = openHeld();
    const dead = await trainer.begin("other", asked);
    await db.database.transaction(["other"], (sql) =>
      sql.query(
        `update training set ended_at = asked_at, outcome = 'died'
          where location_id = 'other' and training_id = $1`,
        [dead.id],
      ),
    );
    await held();
    finish(first);
    await trainer.end(dead.id);
    expect(await models.training("other", dead.id)).toMatchObject({ outcome: "died" });
    expect((await models.list("other", undefined)).items).toEqual([]);

    const good = await trainer.begin("other", asked);
    await held();
    finish(first);
    await trainer.end(good.id);
    expect((await models.list("other", undefined)).scores.chance).not.toBe("rules");

    const late = await trainer.begin("other", asked);
    await takeBack("other");
    const against = (await models.list("other", undefined)).items[0]?.id as string;
    await held();
    finish({ ...later, model: { ...later.model, verdict: { ...later.model.verdict, against } } });
    await trainer.end(late.id);
    expect(await models.training("other", late.id)).toMatchObject({
      outcome: "trained",
      detail: expect.stringContaining("the champion was changed while it was judged"),
    });
    expect((await models.list("other", undefined)).scores.chance).toBe("rules");
  });
});

describe("the model that came of it", () => {
  test("is looked at once a day, in a thread too: nothing has moved, so all is stable", async () => {
    const later = { ...clock, now: () => now + DAY + 1 };
    const begun: string[] = [];
    const looked: string[] = [];
    const thread = threadOf(program, db.url);
    const rounds = openRounds({
      aims: unchosen,
      ...{ database: db.database, clock: later, facts: openFacts(), thread },
      trainer: {
        begin: async (_, { kind }) => {
          begun.push(kind);
          throw new Conflict("another process was faster");
        },
        end: async () => undefined,
      },
      tell: tellTeam,
      changed: (location) => looked.push(location),
      outcomesSince: async () => 0,
    });
    await rounds.watch(["busy"]);
    expect(looked).toEqual(["busy"]);
    const models = openModels({ aims: unchosen, database: db.database, clock: later });
    const [champion] = (await models.list("busy", "chance")).items;
    expect(champion?.watched_at).toBe(new Date(now + DAY + 1).toISOString());
    expect(champion?.watched?.score?.level).toBe("stable");
    expect(champion?.watched?.drift.length).toBeGreaterThan(20);
    expect(champion?.watched?.drift.filter(({ level }) => level === "act")).toEqual([]);
    // its chance was trained within the week, going cold never
    await rounds.train(["busy"]);
    expect(begun).toEqual(["churn"]);
  });

  test("is looked at when other leads have come than those it learned from, and the team is told of it once", async () => {
    const events: StoredEvent[] = [];
    for (let lead = 0; lead < 400; lead += 1) {
      const about = { location: "busy", lead: `late_${lead}`, source: "site" } as const;
      for (let view = 0; view < 30; view += 1) {
        const at = now + 20 * DAY + lead * 1_000 + view * HOUR;
        const data = { "property.id": `castle_${view}`, price: 9_000_000 };
        events.push({ ...about, id: newId(at), type: "property_view", at, receivedAt: at, data });
      }
    }
    await db.database.transaction(["busy"], (sql) => insertEvents(sql, events));
    for (const days of [25, 26]) {
      await openRounds({
        aims: unchosen,
        ...{ database: db.database, clock: { ...clock, now: () => now + days * DAY } },
        ...{ facts: openFacts(), thread: threadOf(program, db.url), tell: tellTeam, changed: () => undefined },
        trainer: { begin: () => expect.unreachable(), end: async () => undefined },
        outcomesSince: async () => 0,
      }).watch(["busy"]);
    }
    const { rows } = await db.database.transaction(["busy"], (sql) =>
      sql.query<{ message: string }>("select message from notice where location_id = 'busy' and page = 'models'"),
    );
    expect(rows.map(({ message }) => message)).toEqual([expect.stringContaining("leads differ from those it learned")]);
  });

  test("scores in the turns of its location, and of no other", async () => {
    const live = openLiveModels({ clock, refused: () => expect.unreachable() });
    const at = (location: string) => db.database.transaction([location], (sql) => live.of(sql, location));
    const scorers = await at("busy");
    expect(scorers?.chance?.quantiles).toHaveLength(101);
    expect(await at("small")).toBeUndefined();
  });
});
