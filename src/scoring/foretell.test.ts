import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { happened } from "../../test/player.ts";
import { chanceOf, churnOf } from "../../test/scorers.ts";
import { seeded } from "../../test/seeded.ts";
import { DAY } from "../kernel/time.ts";
import { NOTHING_SEEN, observe, PLAIN } from "./features/tally.ts";
import { explainKept, foretellerOf, modelName, standingOf } from "./foretell.ts";
import { sigmoid } from "./learn/predict.ts";
import type { Scorers } from "./scorers.ts";

const noon = Date.UTC(2026, 2, 2, 12);
const wrote = observe(NOTHING_SEEN, happened("message.received", noon, { channel: "sms", text: "Hello" }), PLAIN);
const scorers: Scorers = {
  id: "a+b",
  chance: chanceOf({ location: { logOdds: 0.3, n: 10, k: 90 }, agents: { ana: { logOdds: -0.1, n: 5, k: 90 } } }),
  churn: churnOf(),
};

describe("standing among a location's leads", () => {
  const even = Array.from({ length: 101 }, (_, percent) => percent / 1_000);

  test("is the percentile of the chance, along the line between two", () => {
    expect(standingOf(even, 0.05)).toBe(0.5);
    expect(standingOf(even, 0.0505)).toBe(0.505);
    expect(standingOf(even, 0.2)).toBe(1);
    expect(
      standingOf(
        even.map((one) => one + 0.1),
        0.05,
      ),
    ).toBe(0);
  });

  test("is in the middle of those who are equal", () => {
    const flat = Array.from({ length: 101 }, (_, percent) => (percent <= 60 ? 0.01 : percent / 100));
    expect(standingOf(flat, 0.01)).toBe(0.3);
    expect(standingOf(flat, 0.011)).toBeGreaterThanOrEqual(0.6);
    expect(standingOf(new Array(101).fill(0.02), 0.02)).toBe(0.5);
  });

  test("never falls where the chance rises", () => {
    const chances = fc.float({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(chances, { minLength: 101, maxLength: 101 }), chances, chances, (drawn, a, b) => {
        const quantiles = drawn.sort((x, y) => x - y);
        const [less, more] = a < b ? [a, b] : [b, a];
        expect(standingOf(quantiles, less)).toBeLessThanOrEqual(standingOf(quantiles, more));
      }),
      { ...seeded, numRuns: 200 },
    );
  });
});

describe("what models say of a lead", () => {
  test("base, reasons and shift add up to the log-odds of the chance, where nothing calibrates them", () => {
    const teller = foretellerOf(scorers);
    for (const owner of [undefined, "ana", "nobody"]) {
      const { chance } = teller.tell(wrote, noon + DAY, owner);
      const why = teller.explainChance(wrote, noon + DAY, owner);
      const sum = (why?.reasons ?? []).reduce(
        (total, { logOdds }) => total + logOdds,
        (why?.base ?? 0) + (why?.shift ?? 0),
      );
      expect(chance).toBeCloseTo(sigmoid(sum), 6);
    }
    expect(teller.explainChance(wrote, noon, "ana")?.shift).toBe(0.2);
  });

  test("a risk is explained by the week that weighs most", () => {
    const why = foretellerOf(scorers).explainChurn(wrote, noon + 20 * DAY);
    expect(why?.reasons.map(({ columns }) => columns[0]?.column)).toEqual(["idleDays"]);
    expect(why?.reasons[0]).toMatchObject({
      ...{ group: "silence", text: "quiet for 20 days", direction: "higher", logOdds: 5 },
    });
  });

  test("a model without the columns of a risk speaks of nobody, and stops no turn", () => {
    const { chance } = scorers;
    const broken: Scorers = { id: "c", churn: { model: (chance as NonNullable<Scorers["chance"]>).model, days: 30 } };
    expect(foretellerOf(broken).tell(wrote, noon)).toEqual({});
  });

  test("the rules are named where there is no model, and beside one that only says the risk", () => {
    expect(modelName(undefined)).toBe("rules-1");
    expect(modelName({ id: "+b", churn: churnOf() })).toBe("rules-1 +b");
    expect(modelName(scorers)).toBe("a+b");
  });

  test("a kept score is explained by the model that made it, and by no other", () => {
    const { chance = 0, standing = 0 } = foretellerOf(scorers).tell(wrote, noon);
    const kept = {
      score: { score: standing, tier: "cold", model: "a+b", chance } as const,
      scoredAt: noon,
      tally: wrote,
    };
    expect(explainKept(kept, scorers, undefined)?.reasons[0]?.text).toBe("wrote 1 message so far");
    expect(explainKept(kept, { ...scorers, id: "other" }, undefined)).toBeUndefined();
    expect(explainKept(kept, undefined, undefined)).toBeUndefined();
  });
});
