import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { experimentOf } from "../../test/experiment.ts";
import { seeded } from "../../test/seeded.ts";
import { DAY } from "../kernel/time.ts";
import type { Experiment } from "../workflows/index.ts";
import { look, readOut } from "./decide.ts";
import type { ExperimentState, Tally } from "./experiment.ts";

const start = Date.UTC(2026, 2, 2);
const soon = start + 20 * DAY;
const stateOf = (experiment: Experiment, more: Partial<ExperimentState> = {}): ExperimentState => ({
  experiment: experiment.id,
  state: "running",
  declared: experiment,
  startedAt: start,
  ...more,
});
/** Per variant: exposed, then closed and reached of each metric; one pair means the same leads for all. */
const tally = (variant: string, exposed: number, ...counts: (readonly [number, number])[]): Tally => ({
  variant,
  exposed,
  metrics: counts.map(([closed, reached]) => ({ closed, reached })),
});
const seen = (experiment: Experiment, tallies: readonly Tally[], now = soon, more: Partial<ExperimentState> = {}) =>
  look(experiment, stateOf(experiment, more), tallies, now);

describe("the daily look", () => {
  const experiment = experimentOf();

  test("waits until every variant has had its least, however large the difference", () => {
    const { verdict, state } = seen(experiment, [tally("a", 400, [400, 10]), tally("b", 400, [299, 200])]);
    expect(verdict).toEqual({ kind: "waiting", least: 300 });
    expect(state.state).toBe("running");
    expect(state.readOut?.variants[1]).not.toHaveProperty("difference");
    expect(state.readOut?.variants[1]).not.toHaveProperty("best");
  });

  test("goes on while the interval holds zero and the declared effect", () => {
    const { verdict, state } = seen(experiment, [tally("a", 1_000, [1_000, 200]), tally("b", 1_000, [1_000, 215])]);
    expect(verdict).toEqual({ kind: "running" });
    expect(state).toMatchObject({ state: "running", lookedAt: soon });
    expect(state.readOut?.variants[1]?.difference?.stands).toBe("open");
  });

  test("stops for the variant that does better, and everyone gets it", () => {
    const { verdict, state, stopped } = seen(experiment, [
      tally("a", 2_000, [2_000, 200]),
      tally("b", 2_000, [2_000, 400]),
    ]);
    expect(verdict).toEqual({ kind: "decided", winner: "b" });
    expect(stopped).toBe(true);
    expect(state).toMatchObject({
      state: "stopped",
      winner: "b",
      stoppedAt: soon,
      why: '"b" does better than control',
    });
  });

  test("takes the highest of several that do better", () => {
    const three = experimentOf({
      variants: [
        ["a", 1 / 3],
        ["b", 1 / 3],
        ["c", 1 / 3],
      ],
    });
    const tallies = [tally("a", 2_000, [2_000, 200]), tally("b", 2_000, [2_000, 400]), tally("c", 2_000, [2_000, 420])];
    expect(seen(three, tallies).verdict).toEqual({ kind: "decided", winner: "c" });
  });

  test("stops for control once every variant is worse, or an improvement worth finding is ruled out", () => {
    const worse = seen(experiment, [tally("a", 2_000, [2_000, 400]), tally("b", 2_000, [2_000, 200])]);
    expect(worse.verdict).toEqual({ kind: "decided", winner: "a" });
    const same = seen(experiment, [tally("a", 9_000, [9_000, 900]), tally("b", 9_000, [9_000, 900])]);
    expect(same.verdict).toEqual({ kind: "decided", winner: "a" });
    expect(same.state.readOut?.variants[1]?.difference?.stands).toBe("too_small");
  });

  test("goes on for one variant that is open although another is settled", () => {
    const three = experimentOf({
      variants: [
        ["a", 1 / 3],
        ["b", 1 / 3],
        ["c", 1 / 3],
      ],
    });
    const tallies = [tally("a", 1_500, [1_500, 200]), tally("b", 1_500, [1_500, 60]), tally("c", 1_500, [1_500, 220])];
    expect(seen(three, tallies).verdict).toEqual({ kind: "running" });
  });

  test("reports and goes on where the rule says so", () => {
    const report = experimentOf({ stop: { least: 300, latest: 60 * DAY, then: "report", ifUndecided: "continue" } });
    const better = seen(report, [tally("a", 2_000, [2_000, 200]), tally("b", 2_000, [2_000, 400])]);
    expect(better).toMatchObject({
      verdict: { kind: "decided", winner: "b" },
      stopped: false,
      state: { state: "running" },
    });
    const late = seen(report, [tally("a", 2_000, [500, 50]), tally("b", 2_000, [500, 50])], start + 60 * DAY);
    expect(late).toMatchObject({ verdict: { kind: "undecided" }, stopped: false, state: { state: "running" } });
  });

  test("ends undecided when its time is over, with control for everyone", () => {
    const tallies = [tally("a", 1_000, [1_000, 200]), tally("b", 1_000, [1_000, 215])];
    expect(seen(experiment, tallies, start + 60 * DAY - 1).verdict.kind).toBe("running");
    expect(seen(experiment, tallies, start + 60 * DAY)).toMatchObject({
      verdict: { kind: "undecided" },
      stopped: true,
      state: { state: "stopped", winner: "a" },
    });
    expect(seen(experiment, [tally("a", 20, [20, 2])], start + 60 * DAY).verdict.kind).toBe("undecided");
  });

  test("concludes nothing while leads do not fall as declared, and remembers that they did not", () => {
    const off = seen(experiment, [tally("a", 2_600, [2_000, 200]), tally("b", 2_000, [2_000, 400])]);
    expect(off.verdict).toEqual({ kind: "sample_ratio" });
    expect(off.state.state).toBe("running");
    const even = [tally("a", 2_600, [2_000, 200]), tally("b", 2_600, [2_000, 400])];
    expect(seen(experiment, even).verdict.kind).toBe("decided");
    expect(look(experiment, off.state, even, soon + DAY).verdict.kind).toBe("sample_ratio");
    expect(look(experiment, off.state, even, start + 60 * DAY)).toMatchObject({
      verdict: { kind: "undecided" },
      state: { winner: "a" },
    });
  });
});

describe("a guardrail", () => {
  const experiment = experimentOf({
    also: [{ when: [{ event: "email.clicked" }], within: DAY }],
    guardrails: [{ when: [{ event: "message.opted_out" }], within: 14 * DAY, worseBy: 0.005 }],
  });
  const clicks = [500, 5] as const;

  test("stops the experiment for control, least or not, and says what for", () => {
    const tallies = [tally("a", 280, [280, 28], clicks, [280, 1]), tally("b", 280, [280, 60], clicks, [280, 60])];
    expect(seen(experiment, tallies)).toMatchObject({
      verdict: { kind: "guardrail", variant: "b", guardrail: 0 },
      state: { state: "stopped", winner: "a", why: '"b" does worse in message.opted_out' },
    });
  });

  test("does not ring for a harm smaller than declared, however sure", () => {
    const many = 900_000;
    const tallies = [tally("a", many, [0, 0], clicks, [many, 9_000]), tally("b", many, [0, 0], clicks, [many, 12_000])];
    expect(seen(experiment, tallies).verdict.kind).toBe("waiting");
  });

  test("has its say before anybody wins: as many leads through its own window", () => {
    const better = (closed: number) => [
      tally("a", 2_000, [2_000, 200], clicks, [closed, 2]),
      tally("b", 2_000, [2_000, 400], clicks, [closed, 2]),
    ];
    expect(seen(experiment, better(299)).verdict.kind).toBe("running");
    expect(seen(experiment, better(300)).verdict).toEqual({ kind: "decided", winner: "b" });
  });
});

describe("the held out", () => {
  test("are compared with everyone else together", () => {
    const experiment = experimentOf({ holdout: 0.2 });
    const tallies = [tally("a", 1_600, [1_600, 160]), tally("b", 1_600, [1_600, 180]), tally("none", 800, [800, 16])];
    const read = readOut(experiment, stateOf(experiment), tallies, soon);
    expect(read.holdout).toMatchObject({ exposed: 800, closed: 800, reached: 16, rate: 0.02 });
    expect(read.holdout?.lift?.estimate).toBeCloseTo(340 / 3_200 - 0.02, 12);
    expect(read.holdout?.lift?.from).toBeGreaterThan(0.05);
  });

  test("count in the sample ratio", () => {
    const experiment = experimentOf({ holdout: 0.2 });
    const tallies = [tally("a", 1_600, [0, 0]), tally("b", 1_600, [0, 0]), tally("none", 400, [0, 0])];
    expect(seen(experiment, tallies).verdict.kind).toBe("sample_ratio");
  });
});

describe("a bandit", () => {
  const experiment = experimentOf({ assign: "bandit" });

  test("moves its shares at each look to what was learned", () => {
    const { state } = seen(experiment, [tally("a", 500, [500, 50]), tally("b", 500, [500, 70])]);
    expect(state.weights?.["b"]).toBeGreaterThan(0.9);
    expect((state.weights?.["a"] ?? 0) + (state.weights?.["b"] ?? 0)).toBeCloseTo(1, 9);
  });

  test("raises no sample-ratio alarm over the shares it moved", () => {
    const { state } = seen(experiment, [tally("a", 400, [400, 80]), tally("b", 9_000, [9_000, 1_900])]);
    expect(state.readOut?.ratio).toEqual({ p: 1, chiSquareP: 1, alarm: false });
  });
});

describe("a read-out", () => {
  test("of nothing has no figures and no end", () => {
    const experiment = experimentOf({ holdout: 0.1 });
    const read = readOut(experiment, stateOf(experiment), [], soon);
    expect(read.verdict).toEqual({ kind: "waiting", least: 300 });
    expect(read.variants[0]).toEqual({ id: "a", control: true, share: 0.5, exposed: 0, closed: 0, reached: 0 });
  });

  test("is finite, survives JSON, and is the same when asked again, whatever the counts", () => {
    const metric = fc
      .record({ closed: fc.integer({ min: 0, max: 100_000 }), share: fc.double({ min: 0, max: 1, noNaN: true }) })
      .map(({ closed, share }) => [closed, Math.round(closed * share)] as const);
    const experiment = experimentOf({
      holdout: 0.1,
      guardrails: [{ when: [{ event: "message.opted_out" }], within: DAY, worseBy: 0 }],
      stop: { least: 1, latest: 60 * DAY, then: "winner", ifUndecided: "control" },
    });
    fc.assert(
      fc.property(
        fc.tuple(metric, metric, metric),
        fc.tuple(metric, metric, metric),
        fc.constantFrom("fixed", "bandit"),
        (first, second, assign) => {
          const declared = { ...experiment, assign } as Experiment;
          const tallies = ["a", "b", "none"].map((id, n) =>
            tally(id, first[n]?.[0] ?? 0, first[n] ?? [0, 0], second[n] ?? [0, 0]),
          );
          const { state } = seen(declared, tallies);
          expect(JSON.parse(JSON.stringify(state))).toEqual(state);
          expect(JSON.stringify(state)).not.toContain("null");
          expect(seen(declared, tallies).state).toEqual(state);
        },
      ),
      { ...seeded, numRuns: 40 },
    );
  });
});
