import { describe, expect, test } from "vitest";
import { learnPlainly } from "../../../test/plain-learner.ts";
import { own } from "../../kernel/json.ts";
import { DAY } from "../../kernel/time.ts";
import type { Examples } from "../features/growing.ts";
import { standingOf } from "../foretell.ts";
import { draws } from "../learn/draws.ts";
import type { Column, Model } from "../learn/model.ts";
import type { Body, Learned } from "./kept.ts";
import { measured } from "./measured.ts";
import { chancesOf, pick, quantilesOf, rowReader } from "./rows.ts";
import { type Lesson, split, teach } from "./teach.ts";

const START = Date.UTC(2026, 0, 1);
const COLUMNS: readonly Column[] = [
  { name: "seen", kind: "number" },
  { name: "source", kind: "category", levels: ["web", "walk_in"] },
];

/** Two rows of each lead over `days`; who has `seen` more comes more often, and of `owner` ada the more. */
function rowsOf({
  leads,
  days = 300,
  seed = 1,
  strength = 2,
  base = -2,
}: Partial<Record<string, number>> & { leads: number }): Examples {
  const next = draws(seed);
  const rows = leads * 2;
  const made = {
    columns: COLUMNS,
    rows,
    cells: [new Float64Array(rows), new Float64Array(rows)],
    labels: new Uint8Array(rows),
    weights: new Float64Array(rows).fill(1),
    at: new Float64Array(rows),
    lead: new Int32Array(rows),
    leads: Array.from({ length: leads }, (_, lead) => `lead_${lead}`),
    owner: new Int32Array(rows),
    owners: ["ada", "bo"],
  };
  for (let lead = 0; lead < leads; lead += 1) {
    const came = START + next() * (days - 40) * DAY;
    for (const n of [0, 1]) {
      const row = lead * 2 + n;
      const seen = next() * 2 - 1;
      const owner = lead % 2;
      const odds = Math.exp(base + strength * seen + (owner === 0 ? 0.8 : 0));
      made.cells[0]![row] = seen;
      made.cells[1]![row] = row % 3 === 0 ? Number.NaN : row % 2;
      made.labels[row] = next() < odds / (1 + odds) ? 1 : 0;
      made.at[row] = came + n * 7 * DAY;
      made.lead[row] = lead;
      made.owner[row] = owner;
    }
  }
  return made;
}

const lessonOf = (examples: Examples, more: Partial<Lesson> = {}): Lesson => ({
  kind: "chance",
  seed: 7,
  examples,
  horizon: 30 * DAY,
  current: examples,
  data: "0".repeat(64),
  features: "0".repeat(12),
  learn: learnPlainly,
  measure: measured,
  ...more,
});

describe("teaching and judging", () => {
  test("share no outcome: a horizon lies between the rows that teach and those that judge", () => {
    const { teaching, judging, cut } = split(rowsOf({ leads: 500 }), 30 * DAY);
    expect(Math.max(...teaching.at) + 30 * DAY).toBeLessThanOrEqual(cut);
    expect(Math.min(...judging.at)).toBeGreaterThan(cut);
    expect(judging.rows).toBeGreaterThan(150);
  });

  test("under a pooled model are cut after all that it has seen", () => {
    const until = START + 250 * DAY;
    expect(split(rowsOf({ leads: 500 }), 30 * DAY, until).cut).toBe(until + 30 * DAY);
  });
});

describe("a lesson", () => {
  test("makes a model that is judged against the base rate, and better", async () => {
    const made = await teach(lessonOf(rowsOf({ leads: 1_500 })));
    if (made.outcome !== "trained") throw new Error(made.detail);
    const { body, metrics, verdict, learned } = made.model;
    expect(verdict).toMatchObject({ against: "rules", promoted: true });
    expect(metrics.auc.low).toBeGreaterThan(0.6);
    expect(metrics.logLoss.value).toBeLessThan(metrics.baseLogLoss);
    expect(learned).toMatchObject({ source: "own", seed: 7, locations: 1 });
    expect(learned.until + 30 * DAY).toBeLessThanOrEqual(metrics.from);
    if (body.kind !== "chance") throw new Error("expected a chance");
    expect(body.quantiles).toHaveLength(101);
    expect(body.agents["ada"]?.logOdds).toBeGreaterThan(0.1);
    expect(body.agents["bo"]?.logOdds).toBeLessThan(-0.1);
  });

  test("knows agents by what they are called, and nobody by what every object has", async () => {
    const examples = { ...rowsOf({ leads: 1_500 }), owners: ["constructor", "__proto__"] };
    const made = await teach(lessonOf(examples));
    if (made.outcome !== "trained" || made.model.body.kind !== "chance") throw new Error("expected a chance");
    const { body } = made.model;
    expect(own(body.agents, "constructor")?.logOdds).toBeGreaterThan(0.1);
    expect(own(body.agents, "__proto__")?.logOdds).toBeLessThan(-0.1);
    const unknown = { ...examples, owners: ["toString", "valueOf"] };
    const nobody = { ...examples, owners: ["eve", "fay"] };
    expect([...chancesOf(body, unknown)]).toEqual([...chancesOf(body, nobody)]);
  });

  test("tells the learner whose rows are, so that none of its folds parts a lead", async () => {
    const examples = rowsOf({ leads: 1_500 });
    let told: Int32Array | undefined;
    const listening: Lesson["learn"] = (table, how) => {
      told = table.lead;
      return learnPlainly(table, how);
    };
    await teach(lessonOf(examples, { learn: listening }));
    expect(told).toEqual(split(examples, 30 * DAY).teaching.lead);
  });

  test("has a chance stand among the leads of now, with their owners' shifts; of few, among those that judged", async () => {
    const examples = rowsOf({ leads: 1_500 });
    const some = (rows: number) =>
      pick(
        examples,
        Uint32Array.from({ length: rows }, (_, row) => row),
      );
    const bodyOf = async (current: Examples) => {
      const made = await teach(lessonOf(examples, { current }));
      if (made.outcome !== "trained" || made.model.body.kind !== "chance") return expect.unreachable();
      return made.model.body;
    };
    const judged = async (rows: number) => {
      const body = await bodyOf(some(rows));
      expect(body.quantiles).toEqual(quantilesOf(chancesOf(body, split(examples, 30 * DAY).judging)));
      return standingOf(body.quantiles, 0.002);
    };
    for (const rows of [0, 1, 3, 99]) expect(await judged(rows)).toBeLessThan(0.1);
    const body = await bodyOf(some(100));
    expect(body.quantiles).toEqual(quantilesOf(chancesOf(body, some(100))));
    const nobodys = { ...some(100), owner: new Int32Array(100).fill(-1) };
    expect(body.quantiles).not.toEqual(quantilesOf(chancesOf(body, nobodys)));
  });

  test("is the same under the same seed and rows, byte for byte", async () => {
    const [one, other] = [await teach(lessonOf(rowsOf({ leads: 800 }))), await teach(lessonOf(rowsOf({ leads: 800 })))];
    expect(JSON.stringify(one)).toBe(JSON.stringify(other));
  });

  test("says how much there is of what it takes, while that is too little", async () => {
    const made = await teach(lessonOf(rowsOf({ leads: 150 })));
    expect(made).toEqual({
      outcome: "too_little",
      detail: expect.stringMatching(
        /^Too little to learn from: \d+ of 200 outcomes, \d+( of 30)? that came\. The rules score until then\.$/,
      ),
    });
  });

  test("says a count beside what it takes only where that is missing", async () => {
    const rows = rowsOf({ leads: 1_500, base: -9 });
    const made = await teach(lessonOf(rows));
    expect(made).toMatchObject({
      outcome: "too_little",
      detail: expect.stringMatching(/^Too little to learn from: \d{3,} outcomes, \d of 30 that came\./),
    });
  });

  test("has nothing to judge by where nobody came later", async () => {
    const rows = rowsOf({ leads: 1_000 });
    const { cut } = split(rows, 30 * DAY);
    const labels = rows.labels.map((label, row) => ((rows.at[row] as number) > cut ? 0 : label));
    const made = await teach(lessonOf({ ...rows, labels }));
    expect(made).toMatchObject({
      outcome: "too_little",
      detail: expect.stringContaining("0 of 30 that came in the later window"),
    });
  });

  test("promotes no model that has learned from chance alone", async () => {
    const made = await teach(lessonOf(rowsOf({ leads: 1_500, strength: 0 }), { current: rowsOf({ leads: 200 }) }));
    if (made.outcome !== "trained") throw new Error(made.detail);
    // ada's leads come more often: that much is true, and all of it
    expect(made.model.metrics.auc.value).toBeLessThan(0.65);
  });

  const pooledFrom = async (rows: Examples) => {
    const made = await teach(lessonOf(rows));
    if (made.outcome !== "trained") throw new Error(made.detail);
    const learned: Learned = { ...made.model.learned, source: "pooled", locations: 12, until: START + 100 * DAY };
    return { model: made.model.body.model, learned, metrics: made.model.metrics, passed: true };
  };

  test("of a small team takes the pooled model, shifted to it by its own outcomes, n of n and k", async () => {
    const pooled = await pooledFrom(rowsOf({ leads: 3_000, seed: 2 }));
    const made = await teach(lessonOf(rowsOf({ leads: 500, base: -0.5 }), { pooled }));
    if (made.outcome !== "trained") throw new Error(made.detail);
    const { body, learned } = made.model;
    expect(learned).toMatchObject({ source: "pooled", locations: 12 });
    expect(body.model).toBe(pooled.model);
    if (body.kind !== "chance") throw new Error("expected a chance");
    expect(body.location.logOdds).toBeGreaterThan(0.5);
    expect(body.location.logOdds).toBeLessThan(1.5);
    expect(body.location.n).toBeGreaterThan(200);
    expect(body.location.k).toBeGreaterThan(0);
  });

  test("of a team with outcomes enough is its own, pooled or not", async () => {
    const pooled = await pooledFrom(rowsOf({ leads: 3_000, seed: 2 }));
    const made = await teach(lessonOf(rowsOf({ leads: 2_500 }), { pooled }));
    if (made.outcome !== "trained") throw new Error(made.detail);
    expect(made.model.learned.source).toBe("own");
    expect(made.model.body.kind === "chance" && made.model.body.location).toMatchObject({ logOdds: 0, k: 0 });
  });

  test("holds the challenger against the champion, and against the rules where the champion cannot be read", async () => {
    const rows = rowsOf({ leads: 1_500 });
    const first = await teach(lessonOf(rows));
    if (first.outcome !== "trained") throw new Error(first.detail);
    const champion = { id: "c".repeat(64), body: first.model.body };
    const second = await teach(lessonOf(rows, { champion }));
    expect(second).toMatchObject({ model: { verdict: { against: champion.id, promoted: false, gain: { value: 0 } } } });
    let asked = 0;
    const rules = async (_: Examples, judging: Examples) => {
      asked += 1;
      return new Float64Array(judging.rows).fill(0.5);
    };
    const third = await teach(lessonOf(rows, { champion: { id: champion.id }, rules }));
    expect([asked, third.outcome === "trained" && third.model.verdict?.promoted]).toEqual([1, true]);
  });
});

describe("rows under a model's own columns", () => {
  test("go by name, levels by theirs; what is not there is missing", () => {
    const table = { columns: COLUMNS, cells: [Float64Array.of(0.5), Float64Array.of(1)] };
    const older: readonly Column[] = [
      { name: "source", kind: "category", levels: ["phone", "walk_in"] },
      { name: "gone", kind: "number" },
      { name: "seen", kind: "number" },
    ];
    expect([...rowReader(older, table)(0)]).toEqual([1, Number.NaN, 0.5]);
    const unknown = { columns: COLUMNS, cells: [Float64Array.of(0.5), Float64Array.of(0)] };
    expect(rowReader(older, unknown)(0)[0]).toBeNaN();
  });

  test("are given the chance a turn gives: the location's shift and the agent's on top", () => {
    const rows = rowsOf({ leads: 4 });
    const model: Model = {
      ...learnPlainly(rows, { seed: 1 }),
      parts: [{ weight: 1, part: { kind: "rate", logOdds: -1 } }],
    };
    const body: Body = {
      ...{ kind: "chance", model, quantiles: quantilesOf(new Float64Array(3)) },
      location: { logOdds: 0.5, n: 1, k: 1 },
      agents: { ada: { logOdds: 0.25, n: 1, k: 1 } },
    };
    const logit = (chance: number | undefined) => Math.log((chance ?? 0) / (1 - (chance ?? 0)));
    const chances = chancesOf(body, rows);
    expect(logit(chances[0])).toBeCloseTo(-0.25, 12);
    expect(logit(chances[2])).toBeCloseTo(-0.5, 12);
  });

  test("have 101 quantiles, rising from the least to the most", () => {
    const quantiles = quantilesOf(Float64Array.of(0.3, 0.1, 0.2));
    expect([quantiles.length, quantiles[0], quantiles[50], quantiles[100]]).toEqual([101, 0.1, 0.2, 0.3]);
    expect(quantiles[25]).toBeCloseTo(0.15, 12);
    expect(() => quantilesOf(new Float64Array(0))).toThrow("nobody");
  });
});
