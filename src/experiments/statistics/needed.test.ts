import { describe, expect, test } from "vitest";
import { experimentOf } from "../../../test/experiment.ts";
import { leadsNeeded, needsInWords } from "./needed.ts";

describe("the leads an experiment needs", () => {
  test("are shared out as declared, the held out included", () => {
    const needed = leadsNeeded(experimentOf({ holdout: 0.1 }), 0.2);
    expect(needed.holdout).toBe(Math.ceil(needed.leads * 0.1));
    expect(needed.variants["a"]).toBe(needed.variants["b"]);
    expect(Math.abs((needed.variants["a"] ?? 0) * 2 + needed.holdout - needed.leads)).toBeLessThanOrEqual(3);
  });

  test("are more than a test with one look would take, by half to twice", () => {
    // z-test at 5 %, power 80 %, 20 % against 23 %: 2,943 per variant
    const { variants } = leadsNeeded(experimentOf({ minimumEffect: 0.03 }), 0.2);
    expect(variants["a"]).toBeGreaterThan(2_943 * 1.5);
    expect(variants["a"]).toBeLessThan(2_943 * 2.2);
  });

  test("grow as the effect shrinks, as variants join, and never fall below least", () => {
    const of = (more: Parameters<typeof experimentOf>[0]) => leadsNeeded(experimentOf(more), 0.2).leads;
    expect(of({ minimumEffect: 0.015 })).toBeGreaterThan(3.5 * of({ minimumEffect: 0.03 }));
    const three = [
      ["a", 1 / 3],
      ["b", 1 / 3],
      ["c", 1 / 3],
    ] as const;
    expect(of({ variants: three })).toBeGreaterThan(of({}) * 1.5);
    expect(of({ minimumEffect: 0.5 })).toBe(600);
  });

  test("leave out a variant that nobody is given", () => {
    const { variants } = leadsNeeded(
      experimentOf({
        variants: [
          ["a", 0.5],
          ["b", 0.5],
          ["c", 0],
        ],
      }),
      0.2,
    );
    expect(variants["c"]).toBe(0);
  });

  test("are said for three base rates, since nobody knows the own before the start", () => {
    const [few, some, many] = [0.02, 0.05, 0.2].map((rate) => leadsNeeded(experimentOf(), rate).leads);
    expect(needsInWords(experimentOf())).toBe(
      `experiment welcome: to find 3 % more it takes ${few} leads where control has 2 %, ${some} leads where control has 5 %, ${many} leads where control has 20 %`,
    );
  });
});
