import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../test/seeded.ts";
import { DAY, HOUR } from "../kernel/time.ts";
import { crossings, type Features, featuresOf, QUESTIONS, type Standing, score } from "./score.ts";

const unknown: Features = {
  engagement: 0,
  qualification: 0.5,
  idle: 0,
  views: 0,
  wrote: false,
  appointment: false,
};

describe("the rule score", () => {
  test("a lead of whom nothing is known is cold, and nothing is given as a reason", () => {
    expect(score(unknown)).toMatchObject({ score: 0.197816, tier: "cold", model: "rules-1", reasons: [] });
  });

  test("three property views in a day make a lead warm", () => {
    expect(score({ ...unknown, engagement: 0.512195, views: 3 }).tier).toBe("warm");
  });

  test("a reply on top of three views makes it hot, and the reply is the first reason but engagement", () => {
    const { tier, reasons } = score({ ...unknown, engagement: 0.591837, qualification: 0.65, views: 3, wrote: true });
    expect(tier).toBe("hot");
    expect(reasons.map((reason) => reason.feature)).toEqual(["engagement", "wrote", "views", "qualification"]);
    expect(reasons[2]?.text).toBe("3 property views in 7 days");
  });

  test("a booked appointment makes a lead hot by itself", () => {
    expect(score({ ...unknown, engagement: 0.333333, qualification: 0.85, appointment: true }).tier).toBe("hot");
  });

  test("a week of silence costs nothing, each day after it something, and a month all there is", () => {
    const at = (idle: number) => score({ ...unknown, idle }).score;
    expect(at(7 * DAY)).toBe(at(0));
    expect(at(8 * DAY)).toBeLessThan(at(7 * DAY));
    expect(at(32 * DAY)).toBe(at(200 * DAY));
  });

  test("the base and the reasons add up to the log-odds of the score", () => {
    fc.assert(
      fc.property(features, (each) => {
        const { base, reasons, score: standing } = score(each);
        const logOdds = reasons.reduce((sum, reason) => sum + reason.logOdds, base);
        expect(Math.abs(standing - 1 / (1 + Math.exp(-logOdds)))).toBeLessThan(1e-6);
        expect(standing).toBeGreaterThan(0);
        expect(standing).toBeLessThan(1);
      }),
      seeded,
    );
  });

  test("doing more never lowers it", () => {
    fc.assert(
      fc.property(features, (each) => {
        const standing = score(each).score;
        expect(score({ ...each, views: each.views + 1 }).score).toBeGreaterThanOrEqual(standing);
        expect(score({ ...each, wrote: true }).score).toBeGreaterThanOrEqual(standing);
        expect(score({ ...each, idle: each.idle + DAY }).score).toBeLessThanOrEqual(standing);
      }),
      seeded,
    );
  });

  test("its features come from what the lead did, by the questions it names", () => {
    const asked: string[] = [];
    const lead = { engagement: 0.2, qualification: 0.6, idle: HOUR, appointment: true };
    const history = (question: { key: string }) => {
      asked.push(question.key);
      return 4;
    };
    expect(featuresOf({ ...lead, history })).toEqual({ ...lead, views: 4, wrote: true });
    expect(asked).toEqual(QUESTIONS.map((question) => question.key));
  });
});

describe("a threshold of the score", () => {
  const thresholds = { above: [0.7], below: [0.4] };
  const walk = (...scores: number[]) => {
    let standing: Standing | undefined;
    return scores.map((to) => {
      const step = crossings(standing, to, thresholds);
      standing = step.standing;
      return step.crossings.map((crossing) => ("above" in crossing ? "above" : "below"));
    });
  };

  test("is crossed once, and not again while the score wavers above .65", () => {
    expect(walk(0.5, 0.7, 0.66, 0.72, 0.65, 0.9)).toEqual([[], ["above"], [], [], [], []]);
  });

  test("is armed again below .65", () => {
    expect(walk(0.5, 0.7, 0.649999, 0.7)).toEqual([[], ["above"], [], ["above"]]);
  });

  test("says from where to where", () => {
    expect(crossings({ score: 0.6, crossed: [] }, 0.8, thresholds).crossings).toEqual([
      { from: 0.6, to: 0.8, above: 0.7 },
    ]);
  });

  test("downwards is crossed when the score falls below it, not by a lead that was never above", () => {
    expect(walk(0.2, 0.5, 0.39, 0.42, 0.3, 0.46, 0.39)).toEqual([[], [], ["below"], [], [], [], ["below"]]);
  });

  test("that is named later does not count as crossed by a lead that was above it all along", () => {
    const { crossings: found } = crossings({ score: 0.8, crossed: [] }, 0.81, thresholds);
    expect(found).toEqual([]);
  });
});

const features = fc.record<Features>({
  engagement: fc.integer({ min: 0, max: 1_000_000 }).map((value) => value / 1e6),
  qualification: fc.integer({ min: 0, max: 1_000_000 }).map((value) => value / 1e6),
  idle: fc.integer({ min: 0, max: 400 * DAY }),
  views: fc.integer({ min: 0, max: 20 }),
  wrote: fc.boolean(),
  appointment: fc.boolean(),
});
