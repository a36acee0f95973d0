import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { chanceBody, churnBody, FAILED, newModel, PASSED, unchosen } from "../../../test/kept-models.ts";
import { goLive, keepModel } from "../../../test/scored-place.ts";
import { openPlace, placePerTest } from "../../../test/turns.ts";
import { newId } from "../../kernel/ids.ts";
import type { Sql } from "../../kernel/sql.ts";
import { MINUTE, SECOND } from "../../kernel/time.ts";
import type { AuditEntry } from "../../tenancy/index.ts";
import { short } from "./kept.ts";
import { openLiveModels } from "./live.ts";
import { openModels } from "./models.ts";
import { openPromotion } from "./promotion.ts";
import { championIds, keepChallenger, listModels, modelId, readModel } from "./store.ts";
import { endTraining, keepTraining, openTraining } from "./trainings.ts";

const noon = Date.UTC(2026, 2, 2, 12);
const db = databasePerFile();
const place = placePerTest(db, noon);
let elapsed = 0;
let entries: AuditEntry[] = [];
let changed: string[] = [];

const kept = (logOdds: number, verdict = PASSED, where = place): Promise<string> =>
  keepModel(where, chanceBody(logOdds), verdict);

beforeEach(() => {
  entries = [];
  changed = [];
});

const promotion = () =>
  openPromotion({
    aims: unchosen,
    database: db.database,
    clock: { now: () => noon },
    audit: async (_, entry) => {
      entries.push(entry);
    },
    changed: (where) => changed.push(where),
  });
const asked = { by: "Ada", why: "it is better" };
const promote = (id: string, anyway = false) => promotion().promote(place.location, id, { ...asked, anyway });

describe("a model at rest", () => {
  test("is named by what it says: the same body again is the same model, and stays as it stands", async () => {
    const id = await kept(-2);
    expect(id).toBe(modelId(chanceBody(-2)));
    await promote(id);
    const again = await place.inside((sql) => keepChallenger(sql, place.location, newModel(chanceBody(-2)), noon + 1));
    expect(again).toEqual({ id, isNew: false });
    expect(await place.inside((sql) => readModel(sql, place.location, id))).toMatchObject({
      state: "champion",
      createdAt: noon,
    });
  });

  test("retires the challenger before it, and no champion", async () => {
    const [first, second] = [await kept(-2), await kept(-1)];
    await promote(second);
    const third = await kept(0);
    const states = (await place.inside((sql) => listModels(sql, place.location, { limit: 9 }))).map(({ id, state }) => [
      id,
      state,
    ]);
    expect(Object.fromEntries(states)).toEqual({ [first]: "retired", [second]: "champion", [third]: "challenger" });
  });

  test("comes back by the first digits of its id, where they are no other's", async () => {
    const id = await kept(-2);
    expect((await place.inside((sql) => readModel(sql, place.location, short(id))))?.id).toBe(id);
    expect(await place.inside((sql) => readModel(sql, place.location, "x"))).toBeUndefined();
  });

  test("kept when an interval was est, lo and hi reads as one kept now, to the last digit", async () => {
    const interval = { value: 0.1 + 0.2, low: 1e-17, high: 0.3000000000000001 };
    const says = 'log loss is lower by {"est": 0, "lo": 1, "hi": 2}';
    const verdict = { ...PASSED, gain: interval, bars: [{ ...PASSED.bars[0]!, says }] };
    const { auc: _, ...model } = newModel(chanceBody(-2), verdict).metrics;
    const metrics = { ...model, auc: { ...interval, low: Number.NaN } };
    const { id } = await place.inside((sql) =>
      keepChallenger(sql, place.location, { ...newModel(chanceBody(-2), verdict), metrics }, noon),
    );
    const kept = await place.inside((sql) => readModel(sql, place.location, id));
    const mend = readFileSync(new URL("../../../migrations/0037_one_interval.sql", import.meta.url), "utf8");
    const earlier = (column: string) =>
      `replace(replace(replace(${column}::text, '"value": ', '"est": '), '"low": ', '"lo": '), '"high": ', '"hi": ')::jsonb`;
    const old = await db.database.asOwner(async (sql) => {
      await sql.query("alter table model no force row level security");
      await sql.query(`update model set metrics = ${earlier("metrics")}, verdict = ${earlier("verdict")}`);
      const { rows } = await sql.query("select metrics, verdict from model where location_id = $1", [place.location]);
      await sql.query(mend);
      await sql.query("alter table model force row level security");
      return rows[0];
    });
    const gain = { est: 0.1 + 0.2, lo: 1e-17, hi: interval.high };
    expect(old).toMatchObject({ metrics: { auc: { ...gain, lo: null } }, verdict: { gain, bars: [{ says }] } });
    expect(await place.inside((sql) => readModel(sql, place.location, id))).toEqual(kept);
  });
});

describe("promotion", () => {
  test("makes the challenger the champion, the old one retired, with an entry in the audit", async () => {
    const [first, second] = [await kept(-2), await kept(-1)];
    await promote(first);
    expect(await promote(second)).toMatchObject({ state: "champion", promotedBy: "Ada", replaced: first });
    expect(await place.inside((sql) => championIds(sql, place.location))).toEqual({ chance: second });
    expect(entries.map(({ act, subject, who, data }) => [act, subject, who, data?.["replaced"]])).toEqual([
      ["model.promote", first, "Ada", "rules"],
      ["model.promote", second, "Ada", first],
    ]);
    expect(changed).toEqual([place.location, place.location]);
  });

  test("is refused to a model that fails its bars, in their words, unless it is to be anyway", async () => {
    const id = await kept(-2, FAILED);
    await expect(promote(id)).rejects.toMatchObject({
      name: "InvalidInput",
      message: expect.stringContaining("lower by nothing"),
    });
    expect(await place.inside((sql) => championIds(sql, place.location))).toEqual({});
    await promote(id, true);
    expect(entries[0]?.data?.["despite"]).toContain("lower by nothing");
  });

  test("is refused to the champion itself, and to a model of another location", async () => {
    const id = await kept(-2);
    await promote(id);
    await expect(promote(id)).rejects.toMatchObject({ name: "Conflict" });
    const there = await kept(-1, PASSED, await openPlace(db, noon));
    await expect(promote(there)).rejects.toMatchObject({ code: "not-found" });
  });

  test("leaves one champion where two are made in one instant", async () => {
    const [first, second] = [await kept(-2), await kept(-1)];
    // the second asks while the first has not committed, and waits for it
    let later: Promise<unknown> = Promise.resolve();
    const waiting = () =>
      db.database.asOwner(async (sql) => {
        const here = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        return (await sql.query(here)).rowCount;
      });
    const slow = openPromotion({
      aims: unchosen,
      ...{ database: db.database, clock: { now: () => noon }, changed: () => undefined },
      audit: async () => {
        later = promote(second);
        later.catch(() => undefined);
        await expect.poll(waiting).toBeGreaterThan(0);
      },
    });
    await slow.promote(place.location, first, { ...asked, anyway: false });
    await later;
    const models = await place.inside((sql) => listModels(sql, place.location, { limit: 9 }));
    expect(models.filter(({ state }) => state === "champion")).toHaveLength(1);
  });
});

describe("a rollback", () => {
  test("leads to whom the champion replaced, then further back, and in the end to the rules", async () => {
    const [first, second, third] = [await kept(-3), await kept(-2), await kept(-1)];
    for (const id of [first, second, third]) await promote(id);
    const back = () => promotion().rollback(place.location, "chance", asked);
    expect((await back())?.id).toBe(second);
    expect((await back())?.id).toBe(first);
    expect(await back()).toBeUndefined();
    expect(await place.inside((sql) => championIds(sql, place.location))).toEqual({});
    await expect(back()).rejects.toMatchObject({ name: "Conflict" });
    expect(entries.slice(3).map(({ act, data }) => [act, data?.["to"]])).toEqual([
      ["model.rollback", second],
      ["model.rollback", first],
      ["model.rollback", "rules"],
    ]);
  });

  test("of one kind leaves the other", async () => {
    const chance = await kept(-2);
    const churn = await keepModel(place, churnBody());
    await promote(chance);
    await promote(churn);
    await promotion().rollback(place.location, "churn", asked);
    expect(await place.inside((sql) => championIds(sql, place.location))).toEqual({ chance });
  });
});

describe("the models that score now", () => {
  const refused: string[] = [];
  const open = () =>
    openLiveModels({
      clock: { elapsed: () => elapsed },
      refused: (_, model, reason) => refused.push(`${model}: ${reason}`),
    });

  test("are the champions, by name; without any the rules answer", async () => {
    const live = open();
    expect(await place.inside((sql) => live.of(sql, place.location))).toBeUndefined();
    const id = await kept(-2);
    await promote(id);
    live.hint(place.location);
    const { kind: _, ...body } = chanceBody(-2);
    expect(await place.inside((sql) => live.of(sql, place.location))).toEqual({ id: short(id), chance: body });
  });

  test("are believed for five seconds, and read at once where somebody hints", async () => {
    const live = open();
    const first = await kept(-2);
    await promote(first);
    const before = await place.inside((sql) => live.of(sql, place.location));
    const second = await kept(-1);
    await promote(second);
    elapsed += 5 * SECOND - 1;
    expect(await place.inside((sql) => live.of(sql, place.location))).toBe(before);
    elapsed += 1;
    expect((await place.inside((sql) => live.of(sql, place.location)))?.id).toBe(short(second));
    await promotion().rollback(place.location, "chance", asked);
    live.hint(place.location);
    expect((await place.inside((sql) => live.of(sql, place.location)))?.id).toBe(short(first));
  });

  test("are the same objects from turn to turn, and one model of two locations is one in memory", async () => {
    const live = open();
    await promote(await kept(-2));
    const mine = await place.inside((sql) => live.of(sql, place.location));
    elapsed += MINUTE;
    expect(await place.inside((sql) => live.of(sql, place.location))).toBe(mine);
    const other = await openPlace(db, noon);
    await goLive(other, { ...chanceBody(-2), agents: {} });
    const theirs = await other.inside((sql) => live.of(sql, other.location));
    expect(theirs?.id).not.toBe(mine?.id);
    expect(theirs?.chance?.model).toBe(mine?.chance?.model);
  });

  test("of one location are not those of another", async () => {
    await promote(await kept(-2));
    const live = open();
    const elsewhere = <T>(work: (sql: Sql) => Promise<T>) => db.database.transaction(["someone_else"], work);
    expect(await elsewhere((sql) => live.of(sql, "someone_else"))).toBeUndefined();
    // asked for by name under another location's rights: row-level security shows nothing
    expect(await elsewhere((sql) => live.of(sql, place.location))).toBeUndefined();
  });

  test("leave the rules to answer where a body is broken, say so once, and go on once it is replaced", async () => {
    const live = open();
    const [good, bad] = [await kept(-2), await kept(-1)];
    await promote(good);
    await promote(bad);
    await place.inside((sql) =>
      sql.query(
        `update model set body = jsonb_set(body, '{model,parts,0,part,logOdds}', '"many"') where location_id = $1 and model_id = $2`,
        [place.location, bad],
      ),
    );
    refused.length = 0;
    expect(await place.inside((sql) => live.of(sql, place.location))).toBeUndefined();
    elapsed += MINUTE;
    expect(await place.inside((sql) => live.of(sql, place.location))).toBeUndefined();
    expect(refused).toHaveLength(1);
    expect(refused[0]).toContain(short(bad));
    const models = openModels({ aims: unchosen, database: db.database, clock: { real: () => noon } });
    expect((await models.one(place.location, bad)).broken).toContain("logOdds");
    await promotion().rollback(place.location, "chance", asked);
    live.hint(place.location);
    expect((await place.inside((sql) => live.of(sql, place.location)))?.id).toBe(short(good));
  });

  test("are not believed where the body is another than was kept, though it could score", async () => {
    const live = open();
    const id = await kept(-2);
    await promote(id);
    await place.inside((sql) =>
      sql.query(`update model set body = jsonb_set(body, '{model,parts,0,part,logOdds}', '5') where location_id = $1`, [
        place.location,
      ]),
    );
    expect(await place.inside((sql) => live.of(sql, place.location))).toBeUndefined();
    expect(refused.at(-1)).toBe(`${short(id)}: its body is not what was kept`);
  });

  test("are named by both where there is one of each, and by churn alone under the rules", async () => {
    const churn = await keepModel(place, churnBody());
    await promote(churn);
    const live = open();
    expect(await place.inside((sql) => live.of(sql, place.location))).toEqual({
      id: `+${short(churn)}`,
      churn: { model: churnBody().model, days: 30 },
    });
    const chance = await kept(-2);
    await promote(chance);
    live.hint(place.location);
    expect((await place.inside((sql) => live.of(sql, place.location)))?.id).toBe(`${short(chance)}+${short(churn)}`);
  });
});

describe("a training at rest", () => {
  const begin = (real: number, { location, inside } = place) => {
    const id = newId(real);
    return inside(async (sql) => ({
      id,
      opened: await openTraining(sql, location, { id, kind: "chance", by: "Ada", now: noon, real }),
    }));
  };

  test("holds its kind at its location, and not elsewhere", async () => {
    expect((await begin(noon)).opened).toBe(true);
    expect((await begin(noon + SECOND)).opened).toBe(false);
    expect((await begin(noon, await openPlace(db, noon))).opened).toBe(true);
  });

  test("that is silent for a minute is taken for dead: another may begin, and it can keep nothing any more", async () => {
    const dead = await begin(noon);
    const next = await begin(noon + MINUTE + 1);
    expect(next.opened).toBe(true);
    const progress = { phase: "learning" } as const;
    const goesOn = (id: string) =>
      place.inside((sql) => keepTraining(sql, place.location, id, { progress, real: noon + MINUTE + 2 }));
    expect([await goesOn(dead.id), await goesOn(next.id)]).toEqual([false, true]);
    const end = { outcome: "trained", detail: "", now: noon } as const;
    expect(await place.inside((sql) => endTraining(sql, place.location, dead.id, end))).toBe(false);
    expect(await place.inside((sql) => endTraining(sql, place.location, next.id, end))).toBe(true);
  });
});
