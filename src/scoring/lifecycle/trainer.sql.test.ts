import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../../test/database.ts";
import { chanceBody, newModel, PASSED } from "../../../test/kept-models.ts";
import { virtualClock } from "../../database/index.ts";
import { openFacts } from "../../kernel/facts.ts";
import { saveAudit } from "../fairness/last-audit.ts";
import { openPromotion } from "./promotion.ts";
import { championIds, modelId } from "./store.ts";
import { openTrainer } from "./trainer.ts";
import { listTrainings } from "./trainings.ts";

const NOON = Date.UTC(2026, 2, 2, 12);
let opened: TestDatabase;
let place = 0;
let location = "";

beforeAll(async () => {
  opened = await openTestDatabase();
});
afterAll(() => opened.close());
beforeEach(() => {
  place += 1;
  location = `l${place}`;
});

const doors = () => ({
  database: opened.database,
  clock: virtualClock(NOON),
  audit: async () => undefined,
  changed: () => undefined,
});
const promotion = () => openPromotion(doors());
const ada = { by: "Ada", why: "it is better" };
const champion = () =>
  opened.database.transaction([location], async (sql) => (await championIds(sql, location)).chance);

/** A training that learns the model of these log-odds, which passes its bars against whoever scores. */
async function trains(logOdds: number, verdict = PASSED): Promise<string | undefined> {
  const against = (await champion()) ?? "rules";
  const model = newModel(chanceBody(logOdds), { ...verdict, against });
  const trainer = openTrainer({
    ...{ ...doors(), facts: openFacts(), locations: () => [location] },
    thread: async () => ({ outcome: "trained", model }),
  });
  const { id } = await trainer.begin(location, { kind: "chance", by: "the schedule", seed: 1 });
  await trainer.end(id);
  const all = await opened.database.transaction([location], (sql) => listTrainings(sql, location, 9));
  return all.find((one) => one.id === id)?.detail;
}

describe("a training whose model passes its bars", () => {
  test("promotes it by itself", async () => {
    await trains(-2);
    expect(await champion()).toBe(modelId(chanceBody(-2)));
  });

  test("leaves it to a person where somebody took a model back, until somebody promotes one", async () => {
    await trains(-3);
    await promotion().rollback(location, "chance", ada);
    expect(await trains(-2)).toContain("somebody took a model back");
    expect(await champion()).toBeUndefined();
    await promotion().promote(location, modelId(chanceBody(-2)), { ...ada, anyway: false });
    await trains(-1);
    expect(await champion()).toBe(modelId(chanceBody(-1)));
  });

  test("leaves it to a person where the team audits by groups, and nobody measured whether it is as fair", async () => {
    const figures = { model: "m", n: 400, groups: 2, cuts: [], calibrated: { groups: 0, asSaid: 0 } };
    await opened.database.transaction([location], (sql) => saveAudit(sql, location, NOON, figures));
    const fair = (outcome: "passed" | "unmeasured") => ({ bar: "fair", outcome, says: "" }) as const;
    expect(await trains(-2, { ...PASSED, bars: [fair("unmeasured")] })).toContain("this team audits by groups");
    expect(await champion()).toBeUndefined();
    await trains(-1, { ...PASSED, bars: [fair("passed")] });
    expect(await champion()).toBe(modelId(chanceBody(-1)));
  });
});
