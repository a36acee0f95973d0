import { beforeAll, describe, expect, test } from "vitest";
import { learnPlainly } from "../../../test/plain-learner.ts";
import { DAY } from "../../kernel/time.ts";
import type { Examples } from "../features/growing.ts";
import { draws } from "../learn/draws.ts";
import { type Pooled, passedBars } from "./borrow.ts";
import { type Body, isBorrowed } from "./kept.ts";
import { measured } from "./measured.ts";
import { chancesOf, pick } from "./rows.ts";
import { type Lesson, teach } from "./teach.ts";

const START = Date.UTC(2026, 0, 1);
const HORIZON = 30 * DAY;

/** A row of each lead, evenly over 260 days; so many book, evenly among them, and have `seen` more. */
function team(leads: number, bookers: number): Examples {
  const next = draws(leads + bookers);
  const labels = Uint8Array.from({ length: leads }, (_, lead) =>
    Math.floor(((lead + 1) * bookers) / leads) > Math.floor((lead * bookers) / leads) ? 1 : 0,
  );
  return {
    columns: [{ name: "seen", kind: "number" }],
    rows: leads,
    cells: [Float64Array.from(labels, (label) => label * 1.5 + next() * 2)],
    labels,
    weights: new Float64Array(leads).fill(1),
    at: Float64Array.from(labels, (_, lead) => START + (lead / leads) * 260 * DAY),
    lead: Int32Array.from(labels, (_, lead) => lead),
    leads: Array.from(labels, (_, lead) => `lead_${lead}`),
    owner: new Int32Array(leads).fill(-1),
    owners: [],
  };
}

const lessonOf = (examples: Examples, more: Partial<Lesson> = {}): Lesson => ({
  ...{ kind: "chance", seed: 7, examples, horizon: HORIZON, current: examples },
  ...{ data: "0".repeat(64), features: "0".repeat(12), learn: learnPlainly, measure: measured },
  ...more,
});

const trained = async (lesson: Lesson) => {
  const made = await teach(lesson);
  if (made.outcome !== "trained" || made.model.body.kind !== "chance") return expect.unreachable();
  return { ...made.model, body: made.model.body };
};

let pooled: Pooled;

beforeAll(async () => {
  const { body, learned, metrics } = await trained(lessonOf(team(1_500, 300)));
  const of = { ...learned, source: "pooled", locations: 3, until: START + 100 * DAY } as const;
  pooled = { model: body.model, learned: of, metrics, passed: true };
});

/** Whose model scores, and whether by itself. */
async function served(bookers: number, pooled: Pooled | undefined): Promise<string> {
  const made = await teach(lessonOf(team(bookers < 200 ? 900 : 2_000, bookers), { pooled }));
  if (made.outcome === "too_little") return made.outcome;
  const { learned, verdict } = made.model;
  return `${learned.source}${isBorrowed(verdict) ? ", borrowed" : ""}${verdict.promoted ? "" : ", waits"}`;
}

const BOOKERS = [0, 2, 14, 33, 88, 135, 224];

describe("a location by how many of its leads have booked", () => {
  test("is lent all locations' model until its own outcomes are enough, where that has passed", async () => {
    const found = await Promise.all(BOOKERS.map((bookers) => served(bookers, pooled)));
    expect(found).toEqual([...Array<string>(6).fill("pooled, borrowed"), "own"]);
  });

  test("keeps the rules until then where there is none, where it has not passed, and where only one location taught it", async () => {
    const none = [undefined, { ...pooled, passed: false }, { ...pooled, learned: { ...pooled.learned, locations: 1 } }];
    for (const lent of none) {
      const found = await Promise.all(BOOKERS.map((bookers) => served(bookers, lent)));
      expect(found).toEqual([...Array<string>(6).fill("too_little"), "own"]);
    }
  });
});

describe("a borrowed model", () => {
  test("is shifted by all the location's outcomes, says that it was not judged here, and shows figures of all locations", async () => {
    const { body, learned, metrics, verdict } = await trained(lessonOf(team(600, 14), { pooled }));
    expect(body.model).toBe(pooled.model);
    expect(body.location).toMatchObject({ n: 600, k: expect.any(Number) });
    expect(body.location.logOdds).toBeLessThan(-0.3); // fewer book than elsewhere
    expect([learned.locations, metrics, verdict.gain]).toEqual([3, pooled.metrics, undefined]);
    expect(verdict).toMatchObject({
      against: "rules",
      promoted: true,
      bars: [
        { bar: "enough", outcome: "borrowed", says: expect.stringMatching(/^not yet judged on your leads: \d came/) },
        {},
      ],
    });
  });

  test("of a location without an outcome is as it is; leads of now stand among themselves", async () => {
    const current = team(150, 0);
    const { body } = await trained(lessonOf(pick(current, new Uint32Array()), { pooled, current }));
    expect(body.location).toMatchObject({ logOdds: 0, n: 0 });
    expect(body.location.k).toBeGreaterThan(0);
    expect(body.quantiles.at(-1)).toBe(Math.max(...chancesOf(body, current)));
  });

  test("is not made where too few leads are there for a chance to stand among", async () => {
    expect((await teach(lessonOf(team(99, 9), { pooled }))).outcome).toBe("too_little");
  });

  test("follows another borrowed one, and no model that was judged here", async () => {
    const { body } = await trained(lessonOf(team(600, 14), { pooled }));
    const champion = { id: "c".repeat(64), body };
    const lesson = lessonOf(team(600, 20), { pooled });
    expect((await teach({ ...lesson, champion })).outcome).toBe("too_little");
    const { verdict } = await trained({ ...lesson, champion: { ...champion, borrowed: true } });
    expect([verdict.against, verdict.promoted]).toEqual([champion.id, true]);
  });

  test("is held against the rules once its location can judge; the location's own is held against it", async () => {
    const { body } = await trained(lessonOf(team(600, 14), { pooled }));
    const champion = { id: "c".repeat(64), body, borrowed: true };
    const shifted = await trained(lessonOf(team(900, 400), { pooled, champion }));
    expect(shifted.learned.source).toBe("pooled");
    expect(shifted.verdict).toMatchObject({ against: "rules", instead: champion.id, promoted: true });
    const own = await trained(lessonOf(team(2_000, 224), { pooled, champion }));
    expect(own.learned.source).toBe("own");
    expect([own.verdict.against, own.verdict.instead]).toEqual([champion.id, undefined]);
  });

  test("is contradicted by a later window in which it ranks nobody, or its chances do not come true; not before it is long enough", async () => {
    const examples = team(900, 400);
    const says = async (body: Body, more: Partial<Lesson> = {}) => {
      const champion = { id: "c".repeat(64), body, borrowed: true };
      const made = await teach(lessonOf(examples, { pooled, champion, ...more }));
      if (made.outcome === "too_little") return made.outcome;
      return made.contradicted === undefined ? "nothing" : made.contradicted.says.join("; ");
    };
    const { body } = await trained(lessonOf(examples, { pooled }));
    expect(await says(body)).toBe("nothing");
    const parts = [{ weight: 1, part: { kind: "rate", logOdds: -0.2 } }] as const;
    const blind = { ...body, model: { ...body.model, parts, calibration: { kind: "none" } } } as const;
    expect(await says(blind)).toContain("not shown to rank better than chance does (AUC none: everybody has the same");
    const high = { ...body, location: { ...body.location, logOdds: body.location.logOdds + 3 } };
    expect(await says(high)).toMatch(/^its chances do not come true \(calibration error 0\.\d+, the rules' 0\.\d+\)$/);
    // of one that foretells something else this window says nothing
    expect(await says(high, { aim: { outcome: "won", days: 30 } })).toBe("nothing");
    // one that was judged and serves is nobody's loan
    expect(await says(high, { champion: { id: "c".repeat(64), body: high } })).toBe("nothing");
    expect(await says(high, { examples: team(600, 14), current: team(600, 14) })).toBe("nothing");
  });

  test("waits for a person where it is worse to a group that was brought", async () => {
    const fair = () => ({ bar: "fair", outcome: "failed", says: "worse" }) as const;
    const { verdict } = await trained(lessonOf(team(600, 14), { pooled, fair }));
    expect([isBorrowed(verdict), verdict.promoted]).toEqual([true, false]);
  });
});

describe("the model that is lent", () => {
  test("has to be better than the rules also where an earlier one scores", async () => {
    const examples = team(3_000, 400);
    const { body } = await trained(lessonOf(examples));
    const coarse = {
      ...body,
      model: { ...body.model, parts: [{ weight: 1, part: { kind: "rate", logOdds: 3 } }] },
    } as const;
    const champion = { id: "c".repeat(64), body: coarse };
    /** Rules that know who comes. */
    const rules = async (_: Examples, { labels }: Examples) =>
      Float64Array.from(labels, (label) => 0.01 + 0.98 * label);
    const alone = await trained(lessonOf(examples, { champion, rules }));
    const lent = await trained(lessonOf(examples, { champion, rules, isLent: true }));
    expect([alone.verdict.promoted, lent.verdict.promoted, passedBars(lent.verdict)]).toEqual([true, false, false]);
  });
});
