import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { experimentOf } from "../../test/experiment.ts";
import { seeded } from "../../test/seeded.ts";
import { chance } from "../kernel/ids.ts";
import { DAY } from "../kernel/time.ts";
import { assign, expose, type Lot } from "./assign.ts";

const seed = seeded.seed ?? 20_260_302;
const lot = (lead: string, more: Partial<Lot> = {}): Lot => ({ seed: `seed ${seed}`, location: "loc", lead, ...more });
const leads = (count: number) => Array.from({ length: count }, (_, n) => `lead${n}`);
const counted = <T>(values: readonly T[]): Map<T, number> => {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};

describe("assignment", () => {
  test("is the same for ever, whoever asks", () => {
    const one = experimentOf();
    for (const lead of leads(200)) expect(assign(one, undefined, lot(lead))).toBe(assign(one, undefined, lot(lead)));
  });

  test("holds out its share and gives every other lead a variant by theirs", () => {
    const one = experimentOf({
      holdout: 0.1,
      variants: [
        ["a", 0.5],
        ["b", 0.3],
        ["c", 0.2],
      ],
    });
    const counts = counted(leads(50_000).map((lead) => assign(one, undefined, lot(lead))));
    for (const [variant, share] of [
      ["none", 0.1],
      ["a", 0.45],
      ["b", 0.27],
      ["c", 0.18],
    ] as const) {
      const sd = Math.sqrt(50_000 * share * (1 - share));
      expect(Math.abs((counts.get(variant) ?? 0) - 50_000 * share)).toBeLessThan(4 * sd);
    }
  });

  test("does not take the leads that a workflow of the same name holds out", () => {
    const one = experimentOf({ id: "welcome", holdout: 0.5 });
    const { seed: ours, location } = lot("");
    const byWorkflow = (lead: string) => chance(ours, location, lead, "holdout:welcome") < 0.5;
    const both = leads(2_000).filter((lead) => byWorkflow(lead) && assign(one, undefined, lot(lead)) === "none");
    expect(both.length).toBeGreaterThan(420);
    expect(both.length).toBeLessThan(580);
  });

  test("never gives a variant whose share is nothing", () => {
    const one = experimentOf({
      variants: [
        ["a", 0],
        ["b", 1],
        ["c", 0],
      ],
    });
    expect(new Set(leads(2_000).map((lead) => assign(one, undefined, lot(lead))))).toEqual(new Set(["b"]));
  });

  test("a stopped experiment gives everyone its winner, else its control, the held out too", () => {
    const one = experimentOf({ holdout: 0.5 });
    for (const lead of leads(50)) {
      expect(assign(one, { state: "stopped", winner: "b" }, lot(lead, { exposed: "none" }))).toBe("b");
      expect(assign(one, { state: "stopped" }, lot(lead, { exposed: "b" }))).toBe("a");
      expect(assign(one, { state: "stopped", winner: "gone" }, lot(lead))).toBe("a");
    }
  });

  test("a paused experiment sends control to newcomers, and whoever was exposed keeps what it saw", () => {
    const one = experimentOf({ holdout: 0.5 });
    for (const lead of leads(50)) {
      expect(assign(one, { state: "paused" }, lot(lead))).toBe("a");
      expect(assign(one, { state: "paused" }, lot(lead, { exposed: "b" }))).toBe("b");
      expect(assign(one, { state: "paused" }, lot(lead, { exposed: "none" }))).toBe("none");
    }
  });

  test("a bandit's newcomers follow its weights, and whoever was exposed keeps what it saw", () => {
    const one = experimentOf({ assign: "bandit" });
    const state = { state: "running", weights: { a: 0.1, b: 0.9 } } as const;
    const drawn = leads(20_000).map((lead) => assign(one, state, lot(lead)));
    expect(counted(drawn).get("b")).toBeGreaterThan(17_700);
    expect(counted(drawn).get("b")).toBeLessThan(18_300);
    expect(assign(one, { state: "running", weights: { a: 0, b: 1 } }, lot("x", { exposed: "a" }))).toBe("a");
    expect(assign(experimentOf(), { state: "running", weights: { a: 0, b: 1 } }, lot("lead1"))).toBe(
      assign(experimentOf(), undefined, lot("lead1")),
    );
  });

  test("answers a variant of the declaration, whatever the state says", () => {
    const state = fc.option(
      fc.record(
        {
          state: fc.constantFrom("running", "paused", "stopped"),
          winner: fc.constantFrom("a", "b", "zzz", "constructor"),
          weights: fc.constantFrom({}, { a: 1 }, { b: 0 }),
        },
        { requiredKeys: ["state"] },
      ),
      { nil: undefined },
    );
    fc.assert(
      fc.property(
        fc.string(),
        fc.option(fc.constantFrom("a", "b", "none", "old"), { nil: undefined }),
        state,
        fc.constantFrom("fixed", "bandit"),
        (lead, exposed, standing, by) => {
          const one = experimentOf({ assign: by, holdout: 0.2 });
          const seen = assign(one, standing as never, lot(lead, exposed === undefined ? {} : { exposed }));
          expect(["a", "b", "none"]).toContain(seen);
        },
      ),
      seeded,
    );
  });
});

describe("exposure", () => {
  const met = { lead: "ada", variant: "b", run: "r", at: 1_000 };

  test("is kept until the longest window of the declaration ends", () => {
    const one = experimentOf({
      guardrails: [{ when: [{ event: "message.opted_out" }], within: 14 * DAY, worseBy: 0.005 }],
    });
    expect(expose(one, undefined, met)).toEqual({
      experiment: "welcome",
      lead: "ada",
      variant: "b",
      run: "r",
      exposedAt: 1_000,
      closesAt: 1_000 + 14 * DAY,
      reached: {},
    });
  });

  test("counts once a lead, and not at all while what is seen is no matter of chance", () => {
    const one = experimentOf();
    expect(expose(one, { state: "running" }, { ...met, exposed: "b" })).toBeUndefined();
    expect(expose(one, { state: "paused" }, met)).toBeUndefined();
    expect(expose(one, { state: "stopped", winner: "b" }, met)).toBeUndefined();
    expect(expose(one, { state: "running" }, met)?.variant).toBe("b");
  });
});
