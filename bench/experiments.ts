// What the statistics of experiments hold and find, by simulation, and what they cost. Seeded; `SEED=` replays.

import { readOut } from "../src/experiments/decide.ts";
import { judge, ratioOf } from "../src/experiments/judge.ts";
import { leadsNeeded } from "../src/experiments/statistics/needed.ts";
import { DAY } from "../src/kernel/time.ts";
import { experimentOf } from "../test/experiment.ts";
import { exactLimits, playMany, randomOf, share, type TrialEnd } from "../test/trials.ts";

const seed = Number(process.env["SEED"] ?? 20_260_302);
const random = randomOf(seed);
const COUNT = 2_000;
const say = (line: string) => process.stdout.write(`${line}\n`);
const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
const evenly = (count: number) => [..."abcdefghij"].slice(0, count).map((id) => [id, 1 / count] as const);
const flat = (base: number) => Object.fromEntries([..."abcdefghij"].map((id) => [id, [base]]));
const stopping = (least: number) => ({
  least,
  latest: 1_000 * DAY,
  then: "winner" as const,
  ifUndecided: "control" as const,
});
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const winner = (variant: string) => (end: TrialEnd) => end.verdict.kind === "decided" && end.verdict.winner === variant;

say(`seed ${seed}; ${COUNT} experiments a line, looked at daily for 60 days whatever they said\n`);
say("A/A: share that ever showed a difference (declared: at most 5 %)");
const SETTINGS = [
  ["2 variants, 2 %, 300 leads a day", evenly(2), 0.02, 0.01, 300, 300],
  ["3 variants, 2 %, 300 leads a day", evenly(3), 0.02, 0.01, 300, 300],
  ["2 variants, 20 %, 300 leads a day", evenly(2), 0.2, 0.04, 300, 300],
  ["3 variants, 20 %, 300 leads a day", evenly(3), 0.2, 0.04, 300, 300],
  ["10 variants, 5 %, 300 leads a day", evenly(10), 0.05, 0.03, 100, 300],
  [
    "shares 90 and 10, 2 %, least 50",
    [
      ["a", 0.9],
      ["b", 0.1],
    ],
    0.02,
    0.01,
    50,
    300,
  ],
  ["2 variants, 0.5 %, least 20, 50 a day", evenly(2), 0.005, 0.01, 20, 50],
  ["2 variants, 50 %, least 10, 20 a day", evenly(2), 0.5, 0.1, 10, 20],
] as const;
for (const [name, variants, base, minimumEffect, least, leadsPerDay] of SETTINGS) {
  const experiment = experimentOf({ variants, minimumEffect, stop: stopping(least) });
  const ends = playMany({ experiment, rates: flat(base), leadsPerDay, days: 60 }, COUNT, random);
  const wrong = ends.filter(({ excluded }) => excluded).length;
  const naive = share(ends, (end) => end.naive);
  const alarms = ends.filter(({ alarm }) => alarm !== undefined).length;
  say(
    `  ${name.padEnd(40)} ${percent(wrong / COUNT).padStart(6)}, upper 95 % limit ${percent(exactLimits(wrong, COUNT).to)}; intervals made for one look ${percent(naive)}; ratio alarms ${alarms}`,
  );
}

say("\nA/B, 2 variants, 300 leads a day, 500 experiments a line: found by the time leadsNeeded names");
for (const [base, minimumEffect] of [
  [0.02, 0.01],
  [0.2, 0.04],
] as const) {
  const experiment = experimentOf({ minimumEffect, stop: stopping(300) });
  const { leads } = leadsNeeded(experiment, base);
  const days = Math.ceil(leads / 300);
  for (const times of [0.5, 1, 1.5, 2, 4]) {
    const rates = { a: [base], b: [base + times * minimumEffect] };
    const ends = playMany({ experiment, rates, leadsPerDay: 300, days }, 500, random);
    const found = ends.filter(winner("b"));
    say(
      `  ${percent(base)} + ${percent(times * minimumEffect)}`.padEnd(20) +
        ` found ${percent(found.length / 500)} within ${days} days, median day ${median(found.map(({ day }) => day))}; truth ever missed ${percent(share(ends, ({ missed }) => missed))}`,
    );
  }
}

say("\nsample ratio, declared 50 : 50, 300 leads a day, 500 experiments a line");
for (const a of [0.5, 0.49, 0.48, 0.47, 0.45, 0.4]) {
  const trial = { experiment: experimentOf(), rates: flat(0.1), leadsPerDay: 300, days: 60, drawn: { a, b: 1 - a } };
  const days = playMany(trial, 500, random).flatMap(({ alarm }) => alarm ?? []);
  say(
    `  really ${percent(a)}: alarm in ${percent(days.length / 500)}${days.length === 0 ? "" : `, median day ${median(days)}`}`,
  );
}

say("\nbandit, 3 variants, 20 %, 100 leads a day, 200 experiments a line");
for (const lift of [0, 0.04, 0.08]) {
  const rates = { a: [0.2], b: [0.2 + lift], c: [0.2] };
  const of = (assign: "fixed" | "bandit") =>
    playMany(
      {
        experiment: experimentOf({ variants: evenly(3), minimumEffect: 0.04, assign, stop: stopping(100) }),
        rates,
        leadsPerDay: 100,
        days: 60,
      },
      200,
      random,
    );
  const [fixed, bandit] = [of("fixed"), of("bandit")];
  const mean = (ends: readonly TrialEnd[]) => ends.reduce((sum, { reached }) => sum + reached, 0) / ends.length;
  say(
    `  one variant + ${percent(lift)}: reached ${mean(bandit).toFixed(0)} of 6000, fixed shares ${mean(fixed).toFixed(0)}; showed a difference ${percent(share(bandit, ({ excluded }) => excluded))}, fixed ${percent(share(fixed, ({ excluded }) => excluded))}; truth ever missed ${percent(share(bandit, ({ missed }) => missed))}`,
  );
}

say("\ncost");
const experiment = experimentOf({ variants: evenly(3) });
const tallies = ["a", "b", "c"].map((variant, n) => ({
  variant,
  exposed: 5_000,
  metrics: [{ closed: 5_000, reached: 500 + 10 * n }],
}));
const timed = (times: number, work: () => unknown): string => {
  for (let n = 0; n < times / 10; n += 1) work();
  const began = performance.now();
  for (let n = 0; n < times; n += 1) work();
  return `${(((performance.now() - began) / times) * 1_000).toFixed(1)} µs`;
};
const ratio = ratioOf(experiment, tallies);
say(
  `  verdict of three variants ${timed(20_000, () => judge(experiment, tallies, { startedAt: 0, now: DAY, ratio }))}, whole read-out ${timed(200, () => readOut(experiment, { startedAt: 0 }, tallies, DAY))}`,
);
