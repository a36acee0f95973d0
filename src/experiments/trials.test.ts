// What the statistics promise, played out: thousands of experiments looked at every day.

import { describe, expect, test } from "vitest";
import { experimentOf } from "../../test/experiment.ts";
import { seeded } from "../../test/seeded.ts";
import { exactLimits, playMany, randomOf, share, type TrialEnd } from "../../test/trials.ts";
import { DAY, SECOND } from "../kernel/time.ts";
import { leadsNeeded } from "./statistics/needed.ts";

const seed = seeded.seed ?? 20_260_302;
const two = [
  ["a", 0.5],
  ["b", 0.5],
] as const;
const three = [
  ["a", 0.34],
  ["b", 0.33],
  ["c", 0.33],
] as const;
const LEADS_PER_DAY = 300;

const settings = [
  { name: "2 variants, 2 %", variants: two, base: 0.02, minimumEffect: 0.01 },
  { name: "3 variants, 2 %", variants: three, base: 0.02, minimumEffect: 0.01 },
  { name: "2 variants, 20 %", variants: two, base: 0.2, minimumEffect: 0.04 },
  { name: "3 variants, 20 %", variants: three, base: 0.2, minimumEffect: 0.04 },
].map(({ name, variants, base, minimumEffect }, n) => ({
  name,
  base,
  random: randomOf(seed + n),
  experiment: experimentOf({
    variants,
    minimumEffect,
    stop: { least: 300, latest: 365 * DAY, then: "winner", ifUndecided: "control" },
  }),
}));

const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
const winnerIs =
  (variant: string) =>
  ({ verdict }: TrialEnd) =>
    verdict.kind === "decided" && verdict.winner === variant;

/** A few seconds each on a quiet machine. */
const timeout = 90 * SECOND;

describe(`experiments looked at every day (SEED=${seed})`, { timeout }, () => {
  test("A/A: of 2,000, 60 days each, at most 5 % ever show a difference, at the upper 95 % limit", () => {
    const ends = settings.flatMap(({ name, base, experiment, random }) => {
      const played = playMany(
        { experiment, rates: { a: [base], b: [base], c: [base] }, leadsPerDay: LEADS_PER_DAY, days: 60 },
        500,
        random,
      );
      const [ours, naive] = [share(played, (end) => end.excluded), share(played, (end) => end.naive)];
      console.log(`A/A ${name}: ${percent(ours)} ever excluded zero; of intervals made for one look ${percent(naive)}`);
      return played;
    });
    const wrong = ends.filter(({ excluded }) => excluded).length;
    const { to } = exactLimits(wrong, ends.length);
    const alarms = ends.filter(({ alarm }) => alarm !== undefined).length;
    console.log(`A/A all: ${wrong} of ${ends.length}, upper limit ${percent(to)}; sample-ratio alarms ${alarms}`);
    expect(ends.length).toBe(2_000);
    expect(to).toBeLessThanOrEqual(0.05);
    expect(exactLimits(alarms, ends.length).to).toBeLessThanOrEqual(0.005);
  });

  test("A/B: an effect of the declared size is found with about 80 % by the time `leadsNeeded` names, and the interval holds the truth", () => {
    for (const { name, base, experiment, random } of settings) {
      const { leads } = leadsNeeded(experiment, base);
      const days = Math.ceil(leads / LEADS_PER_DAY);
      const rates = { a: [base], b: [base + experiment.minimumEffect], c: [base] };
      const ends = playMany({ experiment, rates, leadsPerDay: LEADS_PER_DAY, days }, 100, random);
      const found = ends.filter(winnerIs("b"));
      const mean = found.reduce((sum, { day }) => sum + day, 0) / found.length;
      const missed = ends.filter((end) => end.missed).length;
      console.log(
        `A/B ${name}: found ${percent(found.length / ends.length)} in ${days} days (${leads} leads), after ${mean.toFixed(0)} on average; truth missed ${missed} of 100`,
      );
      expect(found.length).toBeGreaterThan(65);
      expect(missed).toBeLessThan(12);
    }
  });

  test("a sample ratio that is off is found: 48 to 52 of a hundred within 60 days", () => {
    const { experiment, base, random } = settings[2]!;
    const trial = { experiment, rates: { a: [base], b: [base] }, leadsPerDay: LEADS_PER_DAY, days: 60 };
    for (const [a, atLeast] of [
      [0.45, 0.99],
      [0.48, 0.8],
    ] as const) {
      const ends = playMany({ ...trial, drawn: { a, b: 1 - a } }, 100, random);
      const days = ends.flatMap(({ alarm }) => (alarm === undefined ? [] : [alarm])).sort((x, y) => x - y);
      console.log(`SRM ${percent(a)}: found ${days.length} of 100, median day ${days[days.length >> 1]}`);
      expect(days.length / ends.length).toBeGreaterThanOrEqual(atLeast);
      expect(ends.filter((end) => winnerIs("b")(end) && (end.alarm ?? 99) <= end.day).length).toBe(0);
    }
  });

  test("a guardrail rings seldom without harm, and soon with it", () => {
    const experiment = experimentOf({
      minimumEffect: 0.01,
      guardrails: [{ when: [{ event: "message.opted_out" }], within: 14 * DAY, worseBy: 0.005 }],
      stop: { least: 300, latest: 365 * DAY, then: "winner", ifUndecided: "control" },
    });
    const random = randomOf(seed + 9);
    const ringing = (harm: number) =>
      playMany(
        { experiment, rates: { a: [0.2, 0.01], b: [0.2, 0.01 + harm] }, leadsPerDay: LEADS_PER_DAY, days: 60 },
        200,
        random,
      )
        .filter(({ verdict }) => verdict.kind === "guardrail")
        .map(({ day }) => day)
        .sort((x, y) => x - y);
    for (const harm of [0, 0.005, 0.01, 0.02]) {
      const days = ringing(harm);
      const median = days.length === 0 ? "" : `, median day ${days[days.length >> 1]}`;
      console.log(`guardrail, ${percent(harm)} more opt-outs: rang ${days.length} of 200${median}`);
      if (harm === 0) expect(days.length).toBeLessThan(12);
      if (harm >= 0.01) expect(days.length).toBeGreaterThan(180);
    }
  });
});
