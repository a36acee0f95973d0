import fastify from "fastify";
import { describe, expect, it } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { adaIsQuiet, goLive } from "../../test/scored-place.ts";
import { chanceOf, churnOf } from "../../test/scorers.ts";
import { openPlace, type Place, placePerTest } from "../../test/turns.ts";
import { insertEvents, type StoredEvent } from "../events/index.ts";
import { newId } from "../kernel/ids.ts";
import type { JsonObject } from "../kernel/json.ts";
import { answerProblems } from "../kernel/problem.ts";
import { DAY, HOUR } from "../kernel/time.ts";
import { mustBe, type Role } from "../tenancy/index.ts";
import { openPublications } from "../workflows/index.ts";
import { explainLead, type Form, type LeadExplanation } from "./explaining.ts";
import { explainingRoutes } from "./explaining-routes.ts";

const NOON = Date.UTC(2026, 10, 18, 19);

const db = databasePerFile();
const place = placePerTest(db, NOON);

const rate = (logOdds: number) => ({ weight: 1, part: { kind: "rate" as const, logOdds } });

type Views = Awaited<ReturnType<Parameters<typeof explainLead>[0]["experiments"]["list"]>>;
const told = (lead = "ada", views: Views = [], form?: Form) =>
  explainLead(
    {
      ...{ database: db.database, clock: place.clock, publications: openPublications() },
      experiments: { list: async () => views },
    },
    place.location,
    lead,
    form,
  );
const heldAgainstOthers = () => told("ada", [], "interventional");

/** So many leads came to a place a season ago, and each wrote so often on its first day. */
async function othersCame({ location, clock }: Place, count: number, words: number): Promise<void> {
  const came = clock.at - 90 * DAY;
  const eventOf = (lead: number, type: string, at: number, data: JsonObject): StoredEvent => ({
    ...{ location, lead: `${"AZaz"[lead % 4]}${lead}`, id: newId(at), type, at, receivedAt: at, source: "site", data },
  });
  const events = Array.from({ length: count }, (_, lead) => [
    eventOf(lead, "contact.created", came, { createdAt: came }),
    ...Array.from({ length: words }, (__, hour) =>
      eventOf(lead, "message.received", came + hour * HOUR, { channel: "email", text: "Hello" }),
    ),
  ]).flat();
  await db.database.transaction([location], (sql) => insertEvents(sql, events));
}

describe("why a lead stands where it stands", () => {
  it("is what the models that scored it say of it, to the last digit, with what there is to do", async () => {
    await goLive(place, { kind: "chance", ...chanceOf() }, { kind: "churn", ...churnOf() });
    await adaIsQuiet(place, 20);
    const { chance, risk, ...rest } = (await told()) as Required<LeadExplanation>;
    expect(rest).toMatchObject({ lead: "ada", score: 0.5, tier: "warm" });
    expect(rest.model).toMatch(/^[0-9a-f]{12}\+[0-9a-f]{12}$/);
    // -2, and 2 for the one message
    expect(chance).toMatchObject({ base: -2, logOdds: 0, said: 0, chance: 0.5, shifted: 0.5 });
    expect(chance.reasons.map(({ logOdds, direction }) => [logOdds, direction])).toEqual([[2, "higher"]]);
    expect(chance.off).toBeLessThan(1e-9);
    // 20 days of silence end in the second week from then
    expect(risk).toMatchObject({ days: 30, level: "low", week: { week: 1 } });
    expect(risk.week?.logOdds).toBeCloseTo(-6 + 0.25 * 20, 6);
    expect(risk.chance).toBeCloseTo(1 / (1 + Math.E), 6);
    expect(risk.suggestions.every(({ effect }) => effect === "not measured")).toBe(true);
    expect(rest.silence).toBeUndefined();
    expect(rest.note).toContain("No line is a cause");
  });

  it("adds what outcomes of the location and of the lead's agent say", async () => {
    await goLive(place, { kind: "chance", ...chanceOf({ location: { logOdds: 1, n: 40, k: 100 } }) });
    await adaIsQuiet(place, 20);
    const chance = (await told())?.chance;
    expect(chance?.chance).toBe(0.5);
    expect(chance?.shifted).toBeCloseTo(1 / (1 + Math.exp(-1)), 9);
    expect(chance?.location).toEqual({ logOdds: 1, n: 40, k: 100 });
  });

  it("is the rules' own reasons without a model, and no figure of going cold from few leads", async () => {
    await adaIsQuiet(place, 20);
    const { rules, silence, chance, risk } = (await told()) as LeadExplanation;
    expect([chance, risk]).toEqual([undefined, undefined]);
    expect(rules?.base).toBe(-1.4);
    expect(rules?.reasons.length).toBeGreaterThan(0);
    expect(silence?.idleDays).toBeCloseTo(20, 1);
    expect(silence?.rate).toBeNull();
    expect(silence?.suggestions).toBeUndefined();
  });

  it("without a model, is the rate of the location's own silences where enough leads tell of it, by what its folder calls acts", async () => {
    await place.publish("events: { tour.watched: { weight: 0.6, properties: { property.id: text } } }");
    await adaIsQuiet(place, 20);
    // of 300 other leads, each quiet for 20 days once, a third was never back
    await place.inside(async (sql) => {
      for (let n = 0; n < 300; n++) {
        const came = place.clock.at - 100 * DAY;
        const lead = `other${n}`;
        await sql.query("insert into lead_state (location_id, lead_id, data) values ($1, $2, $3)", [
          ...[place.location, lead],
          JSON.stringify({ tally: { v: 1, came } }),
        ]);
        const acts = n % 3 === 0 ? [] : [25, 30, 50, 60, 70, 80, 90, 99];
        for (const day of acts) {
          await sql.query(
            `insert into event (location_id, lead_id, event_id, type, at, received_at, source, data)
             values ($1, $2, gen_random_uuid(), 'tour.watched', $3, $3, 'test', '{}')`,
            [place.location, lead, new Date(came + day * DAY)],
          );
        }
      }
    });
    const silence = (await told())?.silence;
    expect(silence?.rate).toMatchObject({ of: "location" });
    // 25 days ended 200 times and 100 went on
    expect(silence?.rate?.value).toBeCloseTo(1 / 3, 1);
    expect(silence?.level).toBe("low");
  });

  it("makes no rate of silences from before we first heard of the leads", async () => {
    await adaIsQuiet(place, 20);
    // all were heard of first 19 days ago, 25 days after they came, when two thirds of them did something
    const [came, seen] = [place.clock.at - 44 * DAY, place.clock.at - 19 * DAY];
    await place.inside(async (sql) => {
      await sql.query(
        `insert into lead_state (location_id, lead_id, data)
         select $1, 'other' || n, $2 from generate_series(1, 300) as n`,
        [place.location, JSON.stringify({ tally: { v: 1, came, seen } })],
      );
      await sql.query(
        `insert into event (location_id, lead_id, event_id, type, at, received_at, source, data)
         select $1, 'other' || n, gen_random_uuid(), 'property_view', $2, $2, 'test', '{}' from generate_series(1, 200) as n`,
        [place.location, new Date(seen)],
      );
    });
    expect((await told())?.silence?.rate).toBeNull();
  });

  it("names the effect of what it suggests where an experiment of that name has measured it, and only there", async () => {
    await goLive(place, { kind: "churn", model: { ...churnOf().model, parts: [rate(1)] }, days: 30 });
    await adaIsQuiet(place, 20);
    const view = (id: string, alarm = false) =>
      ({
        ...{ id, metric: { when: ["appointment.booked"] }, ratio: { alarm } },
        variants: [
          { control: true },
          { control: false, difference: { estimate: 0.031, from: 0.004, to: 0.058, stands: "better" } },
        ],
      }) as unknown as Views[number];
    const effectOf = async (...views: Views) => (await told("ada", views))?.risk?.suggestions[0];
    const effect = {
      experiment: "immediate_call_for_quiet",
      metric: "appointment.booked",
      value: 0.031,
      low: 0.004,
      high: 0.058,
    };
    expect(await effectOf(view("immediate_call_for_quiet"))).toMatchObject({ intervention: "immediate_call", effect });
    expect(await effectOf(view("immediate_calls"))).toMatchObject({ effect: "not measured" });
    expect(await effectOf(view("immediate_call", true))).toMatchObject({ effect: "not measured" });
  });

  it("says that the model is gone, instead of explaining by another", async () => {
    await goLive(place, { kind: "chance", ...chanceOf() });
    await adaIsQuiet(place, 20);
    await place.inside((sql) => sql.query("delete from model where location_id = $1", [place.location]));
    expect(await told()).toMatchObject({ gone: true });
    expect((await told())?.chance).toBeUndefined();
  });

  it("is held against leads of its own location where that is asked, and adds up from their mean", async () => {
    await goLive(place, { kind: "chance", ...chanceOf() }, { kind: "churn", ...churnOf() });
    await adaIsQuiet(place, 20);
    await othersCame(place, 40, 3);
    const { chance, risk } = (await heldAgainstOthers()) as LeadExplanation;
    const against = { leads: 40, asOf: new Date(place.clock.at).toISOString() };
    expect(chance).toMatchObject({ against, logOdds: 0, said: 0, chance: 0.5 });
    // each had written three times: -2 + 3 * 2; she wrote once
    expect(chance?.base).toBe(4);
    expect(chance?.contributions).toEqual([{ column: "words_ever", logOdds: -4 }]);
    expect(chance?.off).toBeLessThan(1e-9);
    expect(risk?.week).toMatchObject({ against, week: 1 });
    expect(risk?.week?.off).toBeLessThan(1e-9);
    expect(risk?.chance).toBe((await told())?.risk?.chance);
    expect((await told())?.chance).not.toHaveProperty("against");
  });

  it("is held against nobody of another location, whatever is in its log", async () => {
    await goLive(place, { kind: "chance", ...chanceOf() });
    await adaIsQuiet(place, 20);
    await othersCame(await openPlace(db, place.clock.at), 60, 9);
    await expect(heldAgainstOthers()).rejects.toThrow("0 of 30 of this location");
    await othersCame(place, 30, 2);
    const before = await heldAgainstOthers();
    expect(before?.chance).toMatchObject({ base: 2, against: { leads: 30 } });
    await othersCame(await openPlace(db, place.clock.at), 60, 9);
    expect(await heldAgainstOthers()).toEqual(before);
  });

  it("is held against nobody by the rules, and says so", async () => {
    await adaIsQuiet(place, 1);
    await expect(heldAgainstOthers()).rejects.toThrow("No model speaks of ada");
  });

  const overHttp = (role: Role) => {
    const app = fastify();
    answerProblems(app);
    explainingRoutes(app, {
      ...{ database: db.database, clock: place.clock, experiments: { list: async () => [] } },
      publications: openPublications(),
      authorize: async (_request, _location, least = "viewer") =>
        mustBe({ id: "v", name: "V", role, locations: "*" }, least),
    });
    return (asked: string) => app.inject(`/v1/locations/${place.location}/leads/${asked}`);
  };
  const OTHERS = "ada/explanation?form=interventional";

  it("is asked over HTTP by viewers, and is not found of whom nothing is scored", async () => {
    await adaIsQuiet(place, 20);
    const ask = overHttp("viewer");
    expect((await ask("ada/explanation")).json()).toMatchObject({ lead: "ada", rules: { base: -1.4 } });
    expect((await ask("nobody/explanation")).statusCode).toBe(404);
    const plain = await ask("ada/explanation?form=path-dependent");
    expect(plain.json()).toMatchObject({ rules: { base: -1.4 } });
    expect((await ask("ada/explanation?form=causal")).statusCode).toBe(400);
  });

  it("is held against others over HTTP for managers and nobody below", async () => {
    await adaIsQuiet(place, 20);
    for (const role of ["viewer", "agent"] as const) expect((await overHttp(role)(OTHERS)).statusCode).toBe(403);
    const refused = await overHttp("manager")(OTHERS);
    expect([refused.statusCode, refused.json<{ detail: string }>().detail]).toEqual([
      400,
      "No model speaks of ada: the rules hold a lead against nobody.",
    ]);
  });

  it("is held against others over HTTP one lead at a time, while leads are explained by the average", async () => {
    await goLive(place, { kind: "chance", ...chanceOf() });
    await adaIsQuiet(place, 20);
    const ask = overHttp("manager");
    const statusOf = async (...asked: readonly string[]) =>
      (await Promise.all(asked.map(ask))).map(({ statusCode }) => statusCode);
    // nobody is there: what was refused is over, too
    expect(await statusOf(OTHERS)).toEqual([400]);
    await othersCame(place, 40, 3);
    expect(await statusOf(OTHERS, OTHERS, "ada/explanation")).toEqual([200, 429, 200]);
    expect(await statusOf(OTHERS)).toEqual([200]);
  });
});
