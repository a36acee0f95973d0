// Whom a score chooses, by group: shares above each cut-off, their ratios with intervals, where the scores of a group lie,
// and whether its chances come true. Groups are brought by whoever audits; nothing here knows or guesses one.

import { draws } from "../learn/draws.ts";
import type { Interval } from "../learn/intervals.ts";
import { wilson, Z } from "../learn/metrics.ts";

/** One lead of an audit sample. */
export interface Audited {
  readonly group: string;
  /** 0 to 1, where the lead stands. */
  readonly score: number;
  /** The calibrated chance, where a learned model gave one. */
  readonly chance?: number;
  /** Whether what the chance speaks of came, where its time is over. */
  readonly came?: boolean;
}

/** Chosen from here on: hot, warm. */
export interface Cut {
  readonly name: string;
  readonly from: number;
}

/** Leads of a group below which no figure about it is given. Ours; the dashboard goes by the same. */
export const FEWEST = 30;
/** Leads chosen, were all groups chosen alike, below which a ratio is chance. Ours. */
const FEWEST_EXPECTED = 5;
/** 29 CFR 1607.4(D). */
export const FOUR_FIFTHS = 0.8;

export interface GroupShare {
  readonly group: string;
  readonly n: number;
  readonly chosen: number;
  readonly share: Interval;
}

export interface Ratio {
  readonly group: string;
  /** Its share of chosen over that of the group chosen most; absent: too few to say. */
  readonly ratio?: Interval;
  /** Whether it is under four fifths, and whether the interval is all on one side of it. */
  readonly below?: boolean;
  readonly sure?: boolean;
}

export interface CutImpact {
  readonly name: string;
  readonly from: number;
  readonly groups: readonly GroupShare[];
  /** The group with the highest share, of those with enough leads; absent: fewer than two groups have enough. */
  readonly reference?: string;
  readonly ratios: readonly Ratio[];
}

export interface Impact {
  readonly n: number;
  readonly cuts: readonly CutImpact[];
}

/** Adverse impact at each cut-off. What lifecycle compares before a model goes live. */
export function impact(people: readonly Audited[], cuts: readonly Cut[]): Impact {
  const groups = byGroup(people);
  return { n: people.length, cuts: cuts.map((cut) => impactAt(cut, groups)) };
}

export function byGroup<Person extends { readonly group: string }>(
  people: readonly Person[],
): ReadonlyMap<string, readonly Person[]> {
  const groups = new Map<string, Person[]>();
  for (const person of people) {
    const others = groups.get(person.group);
    if (others === undefined) groups.set(person.group, [person]);
    else others.push(person);
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function impactAt({ name, from }: Cut, groups: ReadonlyMap<string, readonly Audited[]>): CutImpact {
  const shares = [...groups].map(([group, people]): GroupShare => {
    const chosen = people.filter(({ score }) => score >= from).length;
    return { group, n: people.length, chosen, share: shareOf(chosen, people.length) };
  });
  const enough = shares.filter(({ n }) => n >= FEWEST);
  const reference = enough.length < 2 ? undefined : enough.reduce((a, b) => (b.share.value > a.share.value ? b : a));
  if (reference === undefined) {
    return { name, from, groups: shares, ratios: shares.map(({ group }) => ({ group })) };
  }
  const ratios = shares.filter(({ group }) => group !== reference.group).map((share) => ratioOf(share, reference));
  return { name, from, groups: shares, reference: reference.group, ratios };
}

export const shareOf = (chosen: number, n: number): Interval => ({
  value: n === 0 ? Number.NaN : chosen / n,
  ...wilson(chosen, n),
});

function ratioOf(share: GroupShare, reference: GroupShare): Ratio {
  const { group, n, chosen } = share;
  if (n < FEWEST || reference.share.value * n < FEWEST_EXPECTED) return { group };
  const ratio = ratioInterval(chosen, n, reference.chosen, reference.n);
  const below = ratio.value < FOUR_FIFTHS;
  return { group, ratio, below, sure: below ? ratio.high < FOUR_FIFTHS : ratio.low >= FOUR_FIFTHS };
}

/**
 * Ratio of two shares, with a 95 % interval on its logarithm (Katz and others 1978, Biometrics 34:469); halves are added to
 * the counts of the interval where nobody was chosen (Walter 1975), and taken off where everybody was: all of a few say
 * little of the next.
 */
export function ratioInterval(chosen: number, n: number, chosenOther: number, nOther: number): Interval {
  const value = chosen / n / (chosenOther / nOther);
  const add = chosen === 0 || chosenOther === 0 ? 0.5 : 0;
  const off = chosen === n && chosenOther === nOther ? 0.5 : 0;
  const [a, b, c, d] = [chosen + add - off, n + add, chosenOther + add - off, nOther + add];
  const deviation = Math.sqrt(Math.max(0, 1 / a - 1 / b + 1 / c - 1 / d));
  const middle = Math.log(a / b) - Math.log(c / d);
  return { value, low: add > 0 ? 0 : Math.exp(middle - Z * deviation), high: Math.exp(middle + Z * deviation) };
}

// Where scores lie -----------------------------------------------------------------------------------------------

export const QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9] as const;

export interface ScoreSpread {
  readonly group: string;
  readonly n: number;
  /** At `QUANTILES`; absent: too few. */
  readonly at?: readonly number[];
  /** Less those of the largest group, which has none. */
  readonly apart?: readonly Interval[];
}

const DRAWS = 400;

/** Score quantiles by group, and how far they are from those of the largest, by a percentile bootstrap. */
export function spreads(people: readonly Audited[], seed: number): readonly ScoreSpread[] {
  const groups = [...byGroup(people)].map(([group, members]) => ({
    group,
    scores: Float64Array.from(members, ({ score }) => score).sort(),
  }));
  const largest = groups.reduce<(typeof groups)[number] | undefined>(
    (a, b) => (a === undefined || b.scores.length > a.scores.length ? b : a),
    undefined,
  );
  return groups.map(({ group, scores }): ScoreSpread => {
    const n = scores.length;
    if (n < FEWEST || largest === undefined) return { group, n };
    const at = QUANTILES.map((share) => quantile(scores, share));
    if (group === largest.group) return { group, n, at };
    return { group, n, at, apart: differences(scores, largest.scores, seed) };
  });
}

export const quantile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;

/** Differences of quantiles, resampled within both groups. */
function differences(scores: Float64Array, others: Float64Array, seed: number): readonly Interval[] {
  const next = draws(seed);
  const resampled = (from: Float64Array) =>
    Float64Array.from(from, () => from[Math.floor(next() * from.length)] as number).sort();
  const drawn = QUANTILES.map(() => new Float64Array(DRAWS));
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const [one, other] = [resampled(scores), resampled(others)];
    QUANTILES.forEach((share, index) => {
      (drawn[index] as Float64Array)[draw] = quantile(one, share) - quantile(other, share);
    });
  }
  return QUANTILES.map((share, index) => {
    const sorted = (drawn[index] as Float64Array).sort();
    const value = quantile(scores, share) - quantile(others, share);
    return { value, low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
  });
}

// Whether chances come true --------------------------------------------------------------------------------------

/** Outcomes of a group below which its calibration is not spoken of. As on the dashboard. */
export const FEWEST_OUTCOMES = 200;

export interface GroupCalibration {
  readonly group: string;
  /** Leads with a chance whose time is over. */
  readonly n: number;
  /** The mean chance, and the share to whom it came; absent: too few. */
  readonly said?: number;
  readonly came?: Interval;
  readonly verdict?: "as said" | "more than said" | "less than said";
}

export function calibrations(people: readonly Audited[]): readonly GroupCalibration[] {
  return [...byGroup(people)].map(([group, members]): GroupCalibration => {
    const known = members.flatMap(({ chance, came }) =>
      chance === undefined || came === undefined ? [] : [{ chance, came }],
    );
    const n = known.length;
    if (n < FEWEST_OUTCOMES) return { group, n };
    const said = known.reduce((sum, { chance }) => sum + chance, 0) / n;
    const came = shareOf(known.filter((one) => one.came).length, n);
    const verdict = came.low > said ? "more than said" : came.high < said ? "less than said" : "as said";
    return { group, n, said, came, verdict };
  });
}
