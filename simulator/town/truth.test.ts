import { describe, expect, test } from "vitest";
import { DAY, HOUR } from "../../src/kernel/time.ts";
import { birth } from "./birth.ts";
import { climateOf } from "./climate.ts";
import type { TownEvent } from "./event.ts";
import { openLife } from "./life.ts";
import { fieldsOf } from "./log.ts";
import { chanceUnder, oracle } from "./oracle.ts";
import { secondEntry, type ToldOptions, tellLead } from "./told.ts";
import { latentsOf, truthHead, truthOf } from "./truth.ts";

const ZONE = "America/Chicago";
const START = Date.UTC(2026, 2, 2, 6);
const KEYS = Array.from({ length: 300 }, (_, i) => i + 1);
const whole: ToldOptions = { seed: 1, zone: ZONE, until: START + 120 * DAY, doubles: true };
const tell = (key: number, options: Partial<ToldOptions> = {}) =>
  tellLead(key, START + key * HOUR, { ...whole, ...options });
const records = KEYS.flatMap((key) => tell(key));
const born = Array.from({ length: 6_000 }, (_, i) => birth(1, i + 1, START, ZONE));
const share = <T>(list: readonly T[], holds: (one: T) => boolean) => list.filter(holds).length / list.length;
const between = (low: number, high: number) => (value: number) => value >= low && value <= high;
const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;

describe("what is told of a lead", () => {
  test("is the same whichever others are told, and however often", () => {
    for (const key of [3, 17, 170]) expect(JSON.stringify(tell(key))).toBe(JSON.stringify(tell(key)));
    expect(records.filter(({ lead }) => lead.key === 17).map(({ events }) => events)).toEqual(
      tell(17).map(({ events }) => events),
    );
  });

  test("is the beginning of what is told of it later", () => {
    for (const key of KEYS.slice(0, 40)) {
      const [short] = tell(key, { until: START + 60 * DAY, doubles: false });
      const [long] = tell(key, { doubles: false });
      expect(long?.events.filter(({ at }) => at <= START + 60 * DAY)).toEqual(short?.events);
    }
  });

  test("has nothing of the truth in it: neither a name of a latent nor the value of one", () => {
    for (const record of records) {
      const told = [record.events, fieldsOf(record.lead)];
      const said = JSON.stringify(told);
      const names = keysOf(told);
      const latents = latentsOf(record.lead);
      for (const name of Object.keys(latents).filter((each) => !["source", "type"].includes(each)))
        expect(names, name).not.toContain(name);
      for (const value of Object.values(latents))
        if (typeof value === "number" && !Number.isInteger(value)) expect(said).not.toContain(String(value));
    }
  });

  test("comes in order, and each event has an id of its own", () => {
    for (const { events } of records) {
      expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).sort((a, b) => a - b));
      expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    }
  });

  test("ends the texts of who has stopped them", () => {
    for (const { events, id } of records) {
      const stop = events.find(({ type, data }) => type === "crm.dnd" && JSON.stringify(data).includes("permanent"));
      const later = events.filter(
        ({ type, at, data }) => type === "message.sent" && data["channel"] === "sms" && at > (stop?.at ?? Infinity),
      );
      expect(later, id).toEqual([]);
    }
  });
});

/** Bands as first measured with 6,000 births and 300 lives, seed 1, and three standard errors of these. */
describe("gaps and doubles", () => {
  test("budget, stated time, type, zone and source are missing as often as assumed", () => {
    expect(share(born, ({ profile }) => profile.budget === undefined)).toSatisfy(between(0.33, 0.37));
    expect(share(born, ({ profile }) => profile.statedDays === undefined)).toSatisfy(between(0.53, 0.57));
    expect(share(born, ({ profile }) => !profile.knownZone)).toSatisfy(between(0.07, 0.09));
    expect(share(born, ({ profile }) => !profile.showsSource)).toSatisfy(between(0.05, 0.07));
    const others = born.filter(({ type }) => type !== "repeat");
    expect(share(others, ({ profile }) => !profile.showsType)).toSatisfy(between(0.23, 0.27));
  });

  test("one lead in twenty-five enters twice, and the truth links the two records", () => {
    const isDouble = (lead: (typeof born)[number]) => secondEntry(lead, START + 366 * DAY) !== undefined;
    expect(share(born, isDouble)).toSatisfy(between(0.032, 0.048));
    const doubles = records.filter(({ twin }) => twin !== undefined);
    expect(doubles.length).toBeGreaterThan(0);
    for (const { id, twin, lead } of doubles) {
      const other = records.find((record) => record.id === twin);
      expect(other?.twin).toBe(id);
      expect(other?.lead.key).toBe(lead.key);
      expect(truthOf(other as (typeof records)[number])).toMatchObject({ twin: id });
    }
  });

  test("a second record has another name and address, and the number in another form", () => {
    const fields = (id: string) =>
      records.find((record) => record.id === id)?.events[0]?.data["contact"] as Record<string, string>;
    for (const { id, twin } of records.filter((record) => record.id.endsWith("-b"))) {
      const [one, two] = [fields(twin as string), fields(id)];
      expect(two["email"]).not.toBe(one["email"]);
      expect(two["phone"]).not.toBe(one["phone"]);
      expect(two["phone"]?.replace(/\D/g, "")).toBe(one["phone"]?.slice(2));
    }
  });
});

describe("group G", () => {
  test("is independent of what drives a lead, and told by where it lives and what it is called", () => {
    const area = (value: (lead: (typeof born)[number]) => number) => {
      const inside = born.filter(({ truth }) => truth.group).map(value);
      const outside = born.filter(({ truth }) => !truth.group).map(value);
      return rankedAbove(inside, outside);
    };
    expect(area(({ truth }) => truth.intent)).toSatisfy(between(0.48, 0.52));
    expect(area(({ truth }) => truth.zipShare)).toSatisfy(between(0.84, 0.92));
    expect(area(({ truth }) => truth.nameScore)).toSatisfy(between(0.89, 0.93));
    expect(area(({ truth }) => truth.lnBudget)).toSatisfy(between(0.36, 0.48));
    const both = area(({ truth: { zipShare, nameScore } }) => Math.log(zipShare / (1 - zipShare)) + 1.9 * nameScore);
    expect(both).toBeGreaterThan(0.93);
  });

  test("is in the truth file alone", () => {
    const [record] = records;
    expect(truthOf(record as (typeof records)[number])).toHaveProperty("group");
    expect(truthHead(1)).toMatchObject({ seed: 1, town: 3 });
  });
});

describe("the oracle", () => {
  const asked = { seed: 1, zone: ZONE, days: 30, replicas: 6 };

  test("gives chances, the same twice, and none to who has bought elsewhere", () => {
    for (const key of KEYS.slice(0, 12)) {
      const about = { ...asked, key, born: START + key * HOUR };
      const chance = oracle({ ...about, at: START + 20 * DAY });
      expect(chance).toSatisfy(between(0, 1));
      expect(oracle({ ...about, at: START + 20 * DAY })).toBe(chance);
    }
    const bought = records.find(({ hidden }) => hidden.some(({ type }) => type === "bought_elsewhere"));
    const at = bought?.hidden.find(({ type }) => type === "bought_elsewhere")?.at as number;
    const { key, born: from } = (bought as (typeof records)[number]).lead;
    expect(oracle({ ...asked, key, born: from, at })).toBe(0);
  });

  test("two equal policies have no effect at all, and more contact helps on average", () => {
    const under = (policy: "light" | "standard", key: number) =>
      chanceUnder(policy, { ...asked, key, born: START, days: 60, replicas: 2 });
    const keys = KEYS.slice(0, 60);
    expect(under("standard", 5)).toBe(under("standard", 5));
    expect(mean(keys.map((key) => under("standard", key) - under("light", key)))).toBeGreaterThan(0);
  });
});

test("a call answered more never delays a booking, where nothing tires", () => {
  const bookedAt = (key: number, more: boolean) => {
    const lead = birth(1, key, START, ZONE);
    const tireless = { ...lead.truth, tolerance: 1e9, persuasion: Math.abs(lead.truth.persuasion) };
    const willing = { ...tireless, badPhone: false, liking: { ...lead.truth.liking, call: 100 } };
    const life = openLife({ ...lead, truth: willing }, (_: TownEvent) => undefined);
    const call = (id: string, at: number) => {
      life.advance(at);
      life.receive({ id, channel: "call", at, relevance: -1, links: [] });
    };
    call("one", START + HOUR);
    if (more) call("two", START + 3 * DAY);
    life.advance(START + 60 * DAY);
    return life.standing().booked ?? Number.POSITIVE_INFINITY;
  };
  for (const key of KEYS.slice(0, 150))
    expect(bookedAt(key, true), `lead ${key}`).toBeLessThanOrEqual(bookedAt(key, false));
});

describe("drift", () => {
  const drifting = climateOf({ since: START, shockAt: START + 400 * DAY });

  test("moves sources, calls and bookings year by year, and the shock at once", () => {
    const at = (days: number) => drifting(START + days * DAY);
    const total = (days: number) => Object.values(at(days).sources).reduce((sum, one) => sum + one, 0);
    expect(at(0).base).toBeCloseTo(0, 2);
    expect(at(365)).toMatchObject({ base: expect.closeTo(-0.1, 2), call: expect.closeTo(-0.08, 2) });
    expect(at(401).sources.facebook / total(401)).toBeCloseTo(0.24 + 0.04 * (401 / 365) + 0.16, 2);
    expect(at(401).base).toBeCloseTo(-0.1 * (401 / 365) - 0.35, 2);
    expect(at(401).appetite).toBe(0.3);
  });

  test("changes nothing of a lead who came before it, until then", () => {
    const [calm] = tell(8, { until: START + 40 * DAY });
    const [shocked] = tell(8, {
      until: START + 40 * DAY,
      climate: climateOf({ since: START + 365 * DAY, shockAt: START + 41 * DAY }),
    });
    expect(shocked?.events).toEqual(calm?.events);
  });
});

/** Every name of a property in it, at any depth. */
const keysOf = (value: unknown): Set<string> => {
  const names = new Set<string>();
  JSON.stringify(value, (name, held) => {
    names.add(name);
    return held;
  });
  return names;
};

/** The chance that one of the first ranks above one of the second: the area under the curve. */
function rankedAbove(first: readonly number[], second: readonly number[]): number {
  const all = [...first.map((value) => ({ value, first: 1 })), ...second.map((value) => ({ value, first: 0 }))];
  all.sort((a, b) => a.value - b.value);
  let sum = 0;
  all.forEach(({ first: isFirst }, rank) => {
    sum += isFirst * (rank + 1);
  });
  return (sum - (first.length * (first.length + 1)) / 2) / (first.length * second.length);
}
