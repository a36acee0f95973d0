// How a group was treated, beside how it was scored: where people are answered later or written to less, a score learns that
// from what they then do, and no column that is left out cures it.

import { draws } from "../learn/draws.ts";
import type { Interval } from "../learn/intervals.ts";
import { byGroup, FEWEST, quantile } from "./impact.ts";

export interface Treated {
  readonly group: string;
  /** Messages to the lead that the provider took. */
  readonly messages: number;
  /** From the lead's first word, or arrival, to our first message or call; absent: none yet. Minutes. */
  readonly answeredAfter?: number;
}

export interface GroupTreatment {
  readonly group: string;
  readonly n: number;
  /** Absent: too few leads. */
  readonly messages?: Interval;
  /** Median minutes, of those answered; absent: too few of them. */
  readonly answeredAfter?: Interval;
  readonly answered?: number;
}

const DRAWS = 400;

/** Mean messages and the median first answer by group, with percentile bootstrap intervals. */
export function treatments(people: readonly Treated[], seed: number): readonly GroupTreatment[] {
  const next = draws(seed);
  return [...byGroup(people)].map(([group, members]): GroupTreatment => {
    const n = members.length;
    const times = members.flatMap(({ answeredAfter }) => (answeredAfter === undefined ? [] : [answeredAfter]));
    if (n < FEWEST) return { group, n, answered: times.length };
    const messages = bootstrap(
      members.map((one) => one.messages),
      mean,
      next,
    );
    if (times.length < FEWEST) return { group, n, messages, answered: times.length };
    return { group, n, messages, answered: times.length, answeredAfter: bootstrap(times, median, next) };
  });
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values: Float64Array): number => quantile(values.sort(), 0.5);

function bootstrap(values: readonly number[], of: (values: Float64Array) => number, next: () => number): Interval {
  const drawn = Float64Array.from({ length: DRAWS }, () =>
    of(Float64Array.from(values, () => values[Math.floor(next() * values.length)] as number)),
  ).sort();
  return { value: of(Float64Array.from(values)), low: quantile(drawn, 0.025), high: quantile(drawn, 0.975) };
}
