import { describe, expect, it } from "vitest";
import { DAY } from "../../kernel/time.ts";
import { silenceRate, silencesOf } from "./silence.ts";
import { kaplanMeier, kaplanMeierOfLoss, outlasting, survivalAt, survivalBefore } from "./survival.ts";
import type { Story } from "./weeks.ts";

const ended = (...times: number[]) => times.map((time) => ({ time, ended: true }));
const seen = (...times: number[]) => times.map((time) => ({ time, ended: false }));

// Remission times of 21 patients on 6-MP (Freireich et al. 1963), the usual worked example of Kaplan-Meier.
const REMISSION = [...ended(6, 6, 6, 7, 10, 13, 16, 22, 23), ...seen(6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)];

describe("Kaplan-Meier", () => {
  it("is as worked out by hand for the remission times of Freireich", () => {
    const curve = kaplanMeier(REMISSION);
    const known = [
      [6, 0.8571],
      [7, 0.8067],
      [10, 0.7529],
      [13, 0.6902],
      [16, 0.6275],
      [22, 0.5378],
      [23, 0.4482],
    ] as const;
    for (const [time, survival] of known) expect(survivalAt(curve, time)).toBeCloseTo(survival, 4);
    expect(survivalBefore(curve, 6)).toBe(1);
    expect(survivalAt(curve, 5)).toBe(1);
  });

  it("has Greenwood's interval, on the scale that stays within 0 and 1", () => {
    // standard error at 10 weeks .0963
    const { value, low, high, n } = outlasting(kaplanMeier(REMISSION), 0, 10)!;
    const spread = Math.exp((1.959963984540054 * 0.0963) / (0.7529 * -Math.log(0.7529)));
    expect(value).toBeCloseTo(0.7529, 4);
    expect(low).toBeCloseTo(value ** spread, 3);
    expect(high).toBeCloseTo(value ** (1 / spread), 3);
    expect(n).toBe(21);
  });

  it("tells of those that lasted so long only", () => {
    const whole = kaplanMeier(REMISSION);
    expect(outlasting(whole, 10, 22)!.value).toBeCloseTo(survivalAt(whole, 22) / survivalAt(whole, 10), 12);
    expect(outlasting(whole, 10, 22)!.n).toBe(13);
  });

  it("is nothing beyond what was seen, and gives no interval where all or none ended", () => {
    expect(outlasting(kaplanMeier(REMISSION), 0, 36)).toBeUndefined();
    expect(outlasting(kaplanMeier(REMISSION), 40, 50)).toBeUndefined();
    expect(outlasting(kaplanMeier(seen(9, 9, 9)), 0, 5)).toBeUndefined();
    expect(outlasting(kaplanMeier([...ended(1, 2), ...ended(9)]), 0, 9)).toBeUndefined();
  });

  it("of being lost from sight does not count those who ended at the same instant as still in sight", () => {
    const curve = kaplanMeierOfLoss([...ended(5, 5), ...seen(5), ...ended(9)]);
    expect(survivalAt(curve, 5)).toBeCloseTo(1 / 2, 12);
  });
});

describe("the rate while there is no model", () => {
  /** Leads who come on day 0 and act on these days; seen to day 100. */
  const leads = (count: number, acts: readonly number[]): Story[] =>
    Array.from({ length: count }, () => ({ came: 0, acts: acts.map((day) => day * DAY), until: 100 * DAY }));

  it("is the share of silences that went on to 30 days, of those that had lasted as long", () => {
    // after the act of day 20: 60 go cold, 140 are back after 15 days and act weekly from then on
    const weekly = Array.from({ length: 10 }, (_, week) => 35 + 7 * week);
    const location = silencesOf([...leads(60, [20]), ...leads(140, [20, ...weekly])]);
    const rate = silenceRate(16, undefined, location)!;
    // of the silences over 16 days: 200 of 20 days that ended, and 60 that went on
    expect(rate.value).toBeCloseTo(60 / 260, 12);
    expect(rate).toMatchObject({ n: 260, leads: 200, of: "location" });
    expect(rate.low).toBeLessThan(60 / 260);
    expect(rate.high).toBeGreaterThan(60 / 260);
  });

  it("is the segment's own where it has enough, and says whose it is", () => {
    const segment = silencesOf([...leads(300, [20]), ...leads(700, [20, 35, 45, 55, 65, 75, 85, 95])]);
    expect(silenceRate(5, segment, silencesOf(leads(1, [])))?.of).toBe("segment");
    const thin = silencesOf(leads(3, [20]));
    expect(silenceRate(5, thin, segment)?.of).toBe("location");
  });

  it("is nothing where few silences were seen, where it could be far off, and of a lead that is cold", () => {
    const weekly = Array.from({ length: 11 }, (_, week) => 20 + 7 * week);
    // 3 of 90 go on: close enough, but of too few leads; of 120 it may be said
    const few = (count: number) => silencesOf([...leads(3, [20]), ...leads(count - 3, weekly)]);
    expect(silenceRate(10, undefined, few(90))).toBeUndefined();
    expect(silenceRate(10, undefined, few(120))?.leads).toBe(120);
    // most of them were lost from sight after 12 days, and 12 are left to tell
    const unseen = leads(110, []).map((one) => ({ ...one, until: 12 * DAY }));
    const wide = silencesOf([...unseen, ...leads(6, []), ...leads(6, [25])]);
    expect(silenceRate(10, undefined, wide)).toBeUndefined();
    const enough = silencesOf([...leads(300, [20]), ...leads(700, [20, 35, 45, 55, 65, 75, 85, 95])]);
    expect(silenceRate(30, undefined, enough)).toBeUndefined();
  });

  it("is wider where silences are of few leads, since those of one lead are alike", () => {
    const location = silencesOf([...leads(200, [20, 40, 60, 80]), ...leads(100, [20])]);
    const [alike, apart] = [
      silenceRate(5, undefined, location)!,
      silenceRate(5, undefined, { ...location, longest: Array.from({ length: 2_000 }, () => 99) })!,
    ];
    expect(alike.value).toBe(apart.value);
    expect(alike.high - alike.low).toBeGreaterThan(1.5 * (apart.high - apart.low));
  });
});
