import { describe, expect, it } from "vitest";
import { aucInterval } from "../learn/intervals.ts";
import { type Followed, intervalOf, timed } from "./timed.ts";

const ended = (time: number): Followed => ({ time, ended: true });
const lost = (time: number): Followed => ({ time, ended: false });

describe("chances of going cold, by horizon", () => {
  it("are the plain AUC and Brier score where every lead was seen to the end", () => {
    const { horizons } = timed(
      [ended(2), ended(4), ended(8), ended(9)],
      [{ horizon: 5, chances: [0.9, 0.3, 0.4, 0.1] }],
    );
    // pairs won: .9 twice, .3 once of two
    expect(horizons[0]).toMatchObject({ cases: 2, controls: 2, auc: 3 / 4 });
    expect(horizons[0]!.brier).toBeCloseTo((0.1 ** 2 + 0.7 ** 2 + 0.4 ** 2 + 0.1 ** 2) / 4, 12);
    expect(horizons[0]!.brierOfRate).toBeCloseTo(1 / 4, 12);
  });

  it("give half a pair for equal chances", () => {
    expect(timed([ended(2), ended(8)], [{ horizon: 5, chances: [0.5, 0.5] }]).horizons[0]!.auc).toBe(0.5);
  });

  it("let those who were seen stand for those who were lost before", () => {
    // lost at 3: of the four still in sight then one is gone, the others count 4/3 from there on; the one of 2 counts 1
    const followed = [ended(2), lost(3), ended(4), ended(8), ended(9)];
    const { horizons } = timed(followed, [{ horizon: 5, chances: [0.8, 0.99, 0.2, 0.5, 0.1] }]);
    const weight = 4 / 3;
    expect(horizons[0]).toMatchObject({ cases: 2, controls: 2 });
    expect(horizons[0]!.auc).toBeCloseTo((1 * 2 + weight * 1) / (2 * (1 + weight)), 12);
    expect(horizons[0]!.brier).toBeCloseTo(
      (0.2 ** 2 + weight * 0.8 ** 2 + weight * 0.5 ** 2 + weight * 0.1 ** 2) / 5,
      12,
    );
  });

  it("come out the same, but for chance, whether leads were lost from sight or not", () => {
    let state = 11;
    const roll = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    const leads = Array.from({ length: 6_000 }, () => {
      const pace = 5 + 40 * roll();
      return { pace, time: -pace * Math.log(1 - roll()), lostAt: -60 * Math.log(1 - roll()) };
    });
    const horizons = [7, 14, 30].map((horizon) => ({
      horizon,
      chances: leads.map(({ pace }) => 1 - Math.exp(-horizon / pace)),
    }));
    const whole = timed(
      leads.map(({ time }) => ended(time)),
      horizons,
    );
    const part = timed(
      leads.map(({ time, lostAt }) => (lostAt < time ? lost(lostAt) : ended(time))),
      horizons,
    );
    for (const [at, { auc, brier, brierOfRate }] of whole.horizons.entries()) {
      expect(Math.abs(part.horizons[at]!.auc! - auc!)).toBeLessThan(0.015);
      expect(Math.abs(part.horizons[at]!.brier - brier)).toBeLessThan(0.01);
      expect(brier).toBeLessThan(brierOfRate);
    }
    expect(Math.abs(part.integratedBrier - whole.integratedBrier)).toBeLessThan(0.01);
  });

  it("are integrated by trapezes between the first horizon and the last", () => {
    const followed = [ended(2), ended(6), ended(12), ended(20)];
    const foretold = [5, 10, 15].map((horizon) => ({ horizon, chances: [0.9, 0.6, 0.3, 0.1] }));
    const { horizons, integratedBrier } = timed(followed, foretold);
    const [first, second, third] = horizons.map(({ brier }) => brier) as [number, number, number];
    expect(integratedBrier).toBeCloseTo((first / 2 + second + third / 2) / 2, 12);
  });

  it("have DeLong's interval where each lead is looked at once and seen to the end", () => {
    const chances = Array.from({ length: 300 }, (_, lead) => ((lead * 37) % 101) / 101);
    const followed = chances.map((chance, lead) => ended((lead * 53) % 97 < 97 * chance ** 2 ? 2 : 8));
    const [at] = timed(followed, [{ horizon: 5, chances }]).horizons;
    const ours = intervalOf(at?.auc as number, at?.aucBy as Float64Array);
    const labels = followed.map(({ time }) => (time <= 5 ? 1 : 0));
    const theirs = aucInterval(chances, labels);
    expect(ours.value).toBeCloseTo(theirs.value, 12);
    // theirs is made on the logit, so that it is the width that is compared
    expect((ours.high - ours.low) / (theirs.high - theirs.low)).toBeCloseTo(1, 1);
  });

  it("are as sure as leads make them: looks at one lead go together", () => {
    const chances = Array.from({ length: 80 }, (_, lead) => ((lead * 37) % 101) / 101);
    const once = chances.map((chance, subject) => ({ ...ended(chance > 0.6 || subject % 3 === 0 ? 2 : 8), subject }));
    const widthOf = (followed: readonly Followed[], said: readonly number[]) => {
      const [at] = timed(followed, [{ horizon: 5, chances: said }]).horizons;
      const { low, high } = intervalOf(at?.auc as number, at?.aucBy as Float64Array);
      return high - low;
    };
    const twice = widthOf([...once, ...once], [...chances, ...chances]);
    expect(twice).toBeCloseTo(widthOf(once, chances), 9);
    const apart = [...once, ...once].map(({ time, ended: isOver }) => ({ time, ended: isOver }));
    expect(widthOf(apart, [...chances, ...chances])).toBeLessThan(0.8 * twice);
  });

  it("say nothing where nobody, or everybody, has gone cold", () => {
    expect(timed([ended(9)], [{ horizon: 5, chances: [0.5] }]).horizons[0]!.auc).toBeUndefined();
    expect(timed([ended(2)], [{ horizon: 5, chances: [0.5] }]).horizons[0]!.auc).toBeUndefined();
  });
});
