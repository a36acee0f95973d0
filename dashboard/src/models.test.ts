import { describe, expect, test } from "vitest";
import type { ModelsView, ModelView, TrainingView } from "../../src/scoring/index.ts";
import { aucOf, dotsOf, driftOf, driversOf, fairOf, progressOf, taughtBy, trustOf } from "./models.ts";

const live = {
  kind: "chance",
  state: "champion",
  verdict: { bars: [] },
  metrics: {
    reliability: [
      { shown: 0.02, observed: 0.01, n: 100, low: 0, high: 0.05 },
      { shown: 0.68, observed: 0.71, n: 100, low: 0.6, high: 0.8 },
    ],
  },
} as unknown as ModelView;
const view = (items: readonly ModelView[], trainings: readonly Partial<TrainingView>[] = []) =>
  ({ items, trainings }) as unknown as ModelsView;

describe("the sentence on top of Models", () => {
  test("is proof: of leads shown so much, so many came", () => {
    expect(trustOf(view([live]), "chance")).toBe("Of 100 leads shown about 68%, 71 (71%) came.");
  });

  test("says of a borrowed model that it was not judged here, and claims nothing of these leads", () => {
    const says = "not yet judged on your leads: 2 came in the later window; it takes 30";
    const borrowed = {
      ...live,
      verdict: { ...live.verdict, bars: [{ bar: "enough", outcome: "borrowed", says } as const] },
    };
    expect(trustOf(view([borrowed]), "chance")).toBe(`The model of all locations, shifted to yours; ${says}.`);
  });

  test("says what is missing while the rules decide", () => {
    const detail = "Too little to learn from: 64 of 200 outcomes, 9 of 30 that came. The rules score until then.";
    expect(trustOf(view([], [{ kind: "chance", outcome: "too_little", detail }]), "chance")).toBe(detail);
    expect(trustOf(view([]), "chance")).toContain("Still learning");
    expect(trustOf(view([live]), "churn")).toContain("Still learning");
  });
});

describe("what drives a model", () => {
  test("is a bar beside the furthest one's, and a word; of an old model nothing", () => {
    const drivers = [
      { group: "homes", text: "the homes it looks at", meanAbs: 1.2 },
      { group: "silence", text: "how long it has been quiet", meanAbs: 0.6 },
      { group: "calls", text: "calls", meanAbs: 0.1 },
    ];
    expect(driversOf({ ...live, drivers } as ModelView).map(({ share, word }) => [share.toFixed(2), word])).toEqual([
      ["1.00", "strong"],
      ["0.50", "clear"],
      ["0.08", "slight"],
    ]);
    expect(driversOf(live)).toEqual([]);
  });
});

describe("whether it is fair", () => {
  const interval = (value: number, low: number, high: number) => ({ value, low, high });
  const audit = {
    ...{ at: "2026-11-20T00:00:00Z", model: "m", n: 2_310, groups: 2 },
    cuts: [{ name: "hot", ratio: interval(0.91, 0.84, 0.98), below: false, sure: true }, { name: "warm" }],
    calibrated: { groups: 2, asSaid: 1 },
    standIns: 0,
    flips: { n: 900, changed: interval(0.031, 0.02, 0.05) },
  };

  test("is each figure of the last audit with its interval, and what is not known yet", () => {
    expect(fairOf(audit).map(({ figure, mark }) => [figure, mark])).toEqual([
      ["0.91", "done"],
      ["not yet", "off"],
      ["1 of 2 groups", "held"],
      ["3%", "held"],
      ["0", "done"],
    ]);
    expect(fairOf(audit)[0]?.note).toBe("95%: 0.84 to 0.98 · four fifths or more · n 2,310");
  });

  test("says what features tell only together, and never that nothing changes where nobody asked", () => {
    const rows = fairOf({ ...audit, together: 1, flips: { n: 0 } });
    expect(rows.find(({ name }) => name.startsWith("Tier changes"))).toMatchObject({
      figure: "not asked",
      mark: "off",
    });
    expect(rows.at(-1)).toMatchObject({ figure: "1", mark: "held" });
  });

  test("marks a ratio under four fifths, and says where that is not sure", () => {
    const cuts = [{ name: "hot", ratio: interval(0.7, 0.5, 0.95), below: true, sure: false }];
    const [hot, came] = fairOf({ ...audit, cuts, calibrated: { groups: 0, asSaid: 0 } });
    expect(hot).toMatchObject({ mark: "held", note: expect.stringContaining("under four fifths, not for sure") });
    expect(came).toMatchObject({ figure: "not yet", mark: "off" });
  });
});

describe("a model's figures in words", () => {
  test("tell what is the team's own", () => {
    expect(taughtBy({ n: 64, k: 136 })).toBe(
      "Learned from your team: 64 of 200 outcomes' worth; the rest is all locations'.",
    );
    expect(taughtBy({ n: 2_310, k: 0 })).toBe("Learned from your team alone: 2,310 outcomes.");
  });

  test("tell how far a training is", () => {
    const running = (progress: TrainingView["progress"]) => progressOf({ state: "running", progress } as TrainingView);
    expect(running({ phase: "reading", events: 40_000 }).words).toMatch(/^Reading: 40/);
    expect(running({ phase: "learning", rows: 900, share: 0.5 })).toEqual({
      words: "Learning from 900 rows",
      share: 0.5,
    });
  });

  test("that have ended say what came of it in words, where they say nothing themselves", () => {
    const ended = { state: "ended", progress: { phase: "judging" }, outcome: "too_little" } as TrainingView;
    expect(progressOf(ended).words).toBe("Too little to learn from");
  });

  test("have an AUC, or say why there is none", () => {
    expect(aucOf({ value: 0.8, low: 0.7, high: 0.9 })).toEqual(["0.800", "95%: 0.700 to 0.900"]);
    expect(aucOf({ value: 0.5, low: 0.5, high: 0.5 })).toEqual(["none", "everybody has the same chance"]);
  });

  test("name what drifts", () => {
    const drift = [
      { feature: "idle_days", psi: 0.4, level: "act" },
      { feature: "views_7d", psi: 0.01, level: "stable" },
    ];
    expect(driftOf({ ...live, watched: { n: 400, drift } } as unknown as ModelView)).toBe(
      "1 stable · 0 to watch · 1 (idle days) to act on",
    );
    expect(driftOf(live)).toContain("Not looked at yet");
  });

  test("stand on a curve as wide as the largest chance", () => {
    const { dots, most } = dotsOf(live.metrics.reliability);
    expect(most).toBe("80%");
    expect(dots[1]?.x).toBeCloseTo(0.85, 2);
    expect(dots.every(({ x, y, low, high }) => [x, y, low, high].every((at) => at >= 0 && at <= 1))).toBe(true);
  });
});
