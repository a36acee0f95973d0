import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../../test/seeded.ts";

import { draws } from "../learn/draws.ts";
import { judge, type Paired } from "./judge.ts";
import type { Bar } from "./kept.ts";

const FAIR: Bar = { bar: "fair", outcome: "passed", says: "no group is worse off" };
const against = { against: "rules", seed: 7, fair: FAIR };

const bump = (chance: number, logOdds: number): number => {
  const odds = (chance / (1 - chance)) * Math.exp(logOdds);
  return odds / (1 + odds);
};

/** Leads with a true chance each and several rows; each side sees the truth through noise of its own, in log-odds. */
function window(seed: number, { leads = 600, noise = [0.4, 0.4], repeat = 1 } = {}): Paired {
  const next = draws(seed * 7919);
  const rows = leads * repeat;
  const bell = () => next() + next() + next() + next() - 2;
  const paired = {
    lead: new Int32Array(rows),
    leads,
    labels: new Uint8Array(rows),
    challenger: new Float64Array(rows),
    champion: new Float64Array(rows),
  };
  for (let lead = 0; lead < leads; lead += 1) {
    const truth = bump(0.2, 2 * bell());
    const label = next() < truth ? 1 : 0;
    const [one, other] = [bump(truth, (noise[0] as number) * bell()), bump(truth, (noise[1] as number) * bell())];
    for (let n = 0; n < repeat; n += 1) {
      const row = lead * repeat + n;
      paired.lead[row] = lead;
      paired.labels[row] = label;
      paired.challenger[row] = one;
      paired.champion[row] = other;
    }
  }
  return paired;
}

const failed = (paired: Paired, how = against) =>
  judge(paired, how)
    .bars.filter(({ outcome }) => outcome === "failed")
    .map(({ bar }) => bar);

describe("a challenger", () => {
  test("that sees clearly more takes over", () => {
    const verdict = judge(window(1, { noise: [0.1, 2.5] }), against);
    expect(verdict.promoted).toBe(true);
    expect(verdict.gain?.low).toBeGreaterThan(0);
    expect(verdict.bars.map(({ outcome }) => outcome)).toEqual(["passed", "passed", "passed", "passed"]);
  });

  test("that is better by noise alone does not take over: of 100 as good as the champion at most 5 do", () => {
    let promoted = 0;
    for (let seed = 1; seed <= 100; seed += 1)
      if (judge(window(seed, { leads: 200, noise: [0.8, 0.8] }), { ...against, seed: seed + 5e6 }).promoted)
        promoted += 1;
    expect(promoted).toBeLessThanOrEqual(5);
  });

  test("is not better for being right about one lead many times: rows of a lead are one outcome", () => {
    let promoted = 0;
    for (let seed = 1; seed <= 30; seed += 1) {
      const paired = window(seed, { leads: 150, noise: [0.8, 0.8], repeat: 8 });
      if (judge(paired, { ...against, seed: seed + 5e6 }).promoted) promoted += 1;
    }
    expect(promoted).toBeLessThanOrEqual(2);
  });

  test("that equals the champion in every row never takes over", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const paired = window(seed, { leads: 150 });
        const verdict = judge({ ...paired, challenger: paired.champion }, { ...against, seed: seed + 5e6 });
        expect(verdict).toMatchObject({ promoted: false, gain: { value: 0, low: 0, high: 0 } });
      }),
      { ...seeded, numRuns: 10 },
    );
  });

  test("is not judged by fewer than 30 leads who came", () => {
    const paired = window(3, { noise: [0.1, 2.5] });
    let left = 29;
    const labels = paired.labels.map((label) => (label === 1 && left-- > 0 ? 1 : 0));
    expect(failed({ ...paired, labels })).toContain("enough");
  });

  test("that is better and worse calibrated does not take over", () => {
    // the champion says the base rate to all: perfectly calibrated, and knows nobody
    const clear = window(4, { leads: 2_000, noise: [0, 0] });
    const base = clear.labels.reduce((sum, label) => sum + label, 0) / clear.labels.length;
    const champion = new Float64Array(clear.labels.length).fill(base);
    const challenger = clear.challenger.map((chance) => bump(chance, 0.5));
    expect(failed({ ...clear, challenger, champion })).toEqual(["calibrated"]);
  });

  test("is not worse calibrated for one lead looked at many times: its rows come or do not come together", () => {
    let dishonest = 0;
    for (let seed = 1; seed <= 15; seed += 1) {
      // the challenger says the truth; the champion the base rate, which is calibrated whatever came
      const paired = window(seed, { leads: 300, noise: [0, 0], repeat: 8 });
      const base = paired.labels.reduce((sum, label) => sum + label, 0) / paired.labels.length;
      const champion = new Float64Array(paired.labels.length).fill(base);
      if (failed({ ...paired, champion }).includes("calibrated")) dishonest += 1;
    }
    expect(dishonest).toBeLessThanOrEqual(2);
  });

  test("that is worse to a group does not take over", () => {
    const fair: Bar = { bar: "fair", outcome: "failed", says: "hot leads of one group are 0.6 of another's" };
    expect(failed(window(1, { noise: [0.1, 2.5] }), { ...against, fair })).toEqual(["fair"]);
  });

  test("is judged alike under the same seed", () => {
    expect(judge(window(5), against)).toEqual(judge(window(5), against));
  });
});
