import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { chanceBody, churnBody, FAILED, newModel, PASSED, unchosen } from "../../../test/kept-models.ts";
import { placePerTest } from "../../../test/turns.ts";
import { virtualClock } from "../../database/index.ts";
import { openFacts } from "../../kernel/facts.ts";
import { saveAudit } from "../fairness/last-audit.ts";
import type { Body } from "./kept.ts";
import { openPromotion } from "./promotion.ts";
import { championIds, listModels, lockChampion, modelId } from "./store.ts";
import { openTrainer } from "./trainer.ts";
import { listTrainings } from "./trainings.ts";

const NOON = Date.UTC(2026, 2, 2, 12);
const db = databasePerFile();
const place = placePerTest(db, NOON);

const told: string[] = [];
const doors = () => ({
  database: db.database,
  clock: virtualClock(NOON),
  aims: unchosen,
  audit: async (_: unknown, { act, subject }: { readonly act: string; readonly subject: string }) =>
    void told.push(`${act} ${subject}`),
  tell: async (_: unknown, __: string, { message }: { readonly message: string }) => void told.push(message),
  changed: () => undefined,
});
const promotion = () => openPromotion(doors());
const ada = { by: "Ada", why: "it is better" };
const ada2 = { ...ada, anyway: true };
const champion = () => place.inside(async (sql) => (await championIds(sql, place.location)).chance);

/** A training that learns the model of these log-odds, which passes its bars against whoever scores. */
async function trains(logOdds: number, verdict = PASSED, contradicted?: string): Promise<string | undefined> {
  return trainsBody(chanceBody(logOdds), verdict, contradicted);
}
async function trainsBody(body: Body, verdict = PASSED, contradicted?: string): Promise<string | undefined> {
  const against = (await champion()) ?? "rules";
  const model = newModel(body, { ...verdict, against });
  const trainer = openTrainer({
    ...{ ...doors(), facts: openFacts(), locations: () => [place.location] },
    thread: async () => ({
      ...{ outcome: "trained", model },
      ...(contradicted === undefined ? {} : { contradicted: { id: contradicted, says: ["it ranks nobody"] } }),
    }),
  });
  const { id } = await trainer.begin(place.location, { kind: body.kind, by: "the schedule", seed: 1 });
  await trainer.end(id);
  const all = await place.inside((sql) => listTrainings(sql, place.location, 9));
  return all.find((one) => one.id === id)?.detail;
}

describe("a training whose model passes its bars", () => {
  test("promotes it by itself", async () => {
    await trains(-2);
    expect(await champion()).toBe(modelId(chanceBody(-2)));
  });

  test("of going cold says that it was held against the rate of silences, for of that there are no rules", async () => {
    expect(await trainsBody(churnBody())).toContain(
      "scores now: it passed its bars against the rate of silences (Kaplan and Meier).",
    );
  });

  test("makes no second one where it says the same of each lead as the one that scores, and they stand among others", async () => {
    await trains(-2);
    const later = { ...chanceBody(-2), quantiles: chanceBody(-2).quantiles.map((chance) => chance / 2) };
    expect(await trainsBody(later)).toBe("The same outcomes under the same seed made the same model as before.");
    const kept = await place.inside((sql) => listModels(sql, place.location, { limit: 9 }));
    expect(kept.map(({ id }) => id)).toEqual([modelId(chanceBody(-2))]);
    await trainsBody({ ...later, agents: {} });
    expect(await champion()).toBe(modelId({ ...later, agents: {} }));
  });

  test("leaves it to a person where somebody took a model back, until somebody promotes one", async () => {
    await trains(-3);
    await promotion().rollback(place.location, "chance", ada);
    expect(await trains(-2)).toContain("somebody took a model back");
    expect(await champion()).toBeUndefined();
    await promotion().promote(place.location, modelId(chanceBody(-2)), { ...ada, anyway: false });
    await trains(-1);
    expect(await champion()).toBe(modelId(chanceBody(-1)));
  });

  test("leaves it to a person where the team audits by groups, and nobody measured whether it is as fair", async () => {
    const figures = { model: "m", n: 400, groups: 2, cuts: [], calibrated: { groups: 0, asSaid: 0 } };
    await place.inside((sql) => saveAudit(sql, place.location, NOON, figures));
    const fair = (outcome: "passed" | "unmeasured") => ({ bar: "fair", outcome, says: "" }) as const;
    expect(await trains(-2, { ...PASSED, bars: [fair("unmeasured")] })).toContain("this team audits by groups");
    expect(await champion()).toBeUndefined();
    await trains(-1, { ...PASSED, bars: [fair("passed")] });
    expect(await champion()).toBe(modelId(chanceBody(-1)));
  });
});

describe("a borrowed model that the team's own outcomes contradict", () => {
  const borrowed = { ...PASSED, bars: [{ bar: "enough", outcome: "borrowed", says: "not yet judged" }] } as const;
  const idOf = (logOdds: number) => modelId(chanceBody(logOdds));
  const failed = (against = 0) => ({ ...FAILED, ...(against === 0 ? {} : { instead: idOf(against) }) });

  test("is withdrawn by the training that shows it, and the team is told", async () => {
    await trains(-3, borrowed);
    expect(await champion()).toBe(idOf(-3));
    told.length = 0;
    const detail = await trains(-2, failed(-3), idOf(-3));
    expect(detail).toMatch(/^Kept as a challenger: .* was withdrawn: it ranks nobody\. The rules score now/);
    expect(await champion()).toBeUndefined();
    expect(told).toEqual([`model.withdraw ${idOf(-3)}`, expect.stringContaining("was withdrawn: it ranks nobody")]);
  });

  test("is so, too, by one that makes the same model as before", async () => {
    await trains(-3, borrowed);
    await trains(-2, failed(-3));
    expect(await champion()).toBe(idOf(-3));
    expect(await trains(-2, failed(-3), idOf(-3))).toContain("was withdrawn");
    expect(await champion()).toBeUndefined();
  });

  test("is followed by none that is lent, until one has passed its bars", async () => {
    await trains(-3, borrowed);
    await trains(-2, failed(-3), idOf(-3));
    expect(await trains(-2.5, borrowed)).toContain("the last one that was lent did not hold on your own leads");
    expect(await champion()).toBeUndefined();
    await trains(-1, PASSED);
    expect(await champion()).toBe(idOf(-1));
    const throne = await place.inside((sql) => lockChampion(sql, place.location, "chance"));
    expect(throne.withdrawn).toBe(false);
  });

  test("is followed by one that a person promotes, and after that by others", async () => {
    await trains(-3, borrowed);
    await trains(-2, failed(-3), idOf(-3));
    await promotion().promote(place.location, idOf(-3), ada2);
    expect(await trains(-2.5, borrowed)).toContain("scores now");
  });

  test("stays where a person promoted it, or where another scores", async () => {
    await trains(-3, { ...borrowed, promoted: false });
    await promotion().promote(place.location, idOf(-3), ada2);
    expect(await trains(-2, failed(-3), idOf(-3))).not.toContain("withdrawn");
    expect(await trains(-1.5, failed(-3), idOf(-9))).not.toContain("withdrawn");
    expect(await champion()).toBe(idOf(-3));
  });

  test("is replaced, not withdrawn, where the later one passes", async () => {
    await trains(-3, borrowed);
    told.length = 0;
    await trains(-2, PASSED, idOf(-3));
    expect(await champion()).toBe(idOf(-2));
    expect(told).toEqual([`model.promote ${idOf(-2)}`]);
  });
});
