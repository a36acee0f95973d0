// Whether a challenger takes over: held against the champion on the same leads, later than all that taught either. It has
// to be better by more than chance gives, no worse calibrated, and no worse to any group.
//
// The rows of the later window are made as of their own instants from the log, as turns would have made them. So scoring
// them now says what a challenger in shadow would have said then, without slowing a turn or waiting a month.

import type { Bar, Interval, Verdict } from "./kept.ts";

/** The later window, scored by both. A lead has several rows: they are drawn together, or one lead would count as many. */
export interface Paired {
  /** The lead of each row, as a number below `leads`. */
  readonly lead: Int32Array;
  readonly leads: number;
  readonly labels: Uint8Array;
  readonly challenger: Float64Array;
  readonly champion: Float64Array;
}

/** Fewer leads who came, and an interval is no interval (ours; the display's own bar for a team's model is the same). */
export const LEAST_POSITIVES = 30;
const DRAWS = 1_000;
const BINS = 10;
/** A chance of 0 that comes true would cost without bound. */
const EDGE = 1e-6;

export interface Against {
  /** The champion's id, or `rules`. */
  readonly against: string;
  readonly seed: number;
  /** What the audit of groups says of the challenger beside the champion. */
  readonly fair: Bar;
}

export function judge(paired: Paired, { against, seed, fair }: Against): Verdict {
  const rows = paired.labels.length;
  const positives = positiveLeads(paired);
  const enough = positives >= LEAST_POSITIVES;
  const { gain, ece } = compare(paired, seed);
  const name = against === "rules" ? "the rules" : "the champion";
  const bars: readonly Bar[] = [
    bar("enough", enough, `${positives} leads came in the later window; it takes ${LEAST_POSITIVES}`),
    bar("better", gain.lo > 0, `log loss lower than ${name}'s by ${said(gain)}`),
    bar("calibrated", ece.lo <= 0, `calibration error beside ${name}'s: ${said(ece)}`),
    fair,
  ];
  return { against, promoted: bars.every(({ outcome }) => outcome !== "failed"), gain, rows, bars };
}

const bar = (name: Bar["bar"], passed: boolean, says: string): Bar => ({
  bar: name,
  outcome: passed ? "passed" : "failed",
  says,
});

const said = ({ est, lo, hi }: Interval): string => `${est.toFixed(4)} (95 % ${lo.toFixed(4)} to ${hi.toFixed(4)})`;

function positiveLeads({ lead, labels }: Paired): number {
  const came = new Set<number>();
  for (const [row, label] of labels.entries()) if (label === 1) came.add(lead[row] as number);
  return came.size;
}

export const loss = (chance: number, label: number): number =>
  -Math.log(Math.min(1 - EDGE, Math.max(EDGE, label === 1 ? chance : 1 - chance)));

/** Differences with their intervals, by drawing leads with replacement: `gain` in log loss, `ece` the other way round. */
function compare(paired: Paired, seed: number): { readonly gain: Interval; readonly ece: Interval } {
  const { leads, lead, labels, challenger, champion } = paired;
  const rows = labels.length;
  const gains = new Float64Array(leads);
  const counts = new Float64Array(leads);
  for (let row = 0; row < rows; row += 1) {
    const [at, label] = [lead[row] as number, labels[row] as number];
    gains[at] = (gains[at] as number) + loss(champion[row] as number, label) - loss(challenger[row] as number, label);
    counts[at] = (counts[at] as number) + 1;
  }
  const ours = { chances: challenger, part: tenths(challenger) };
  const theirs = { chances: champion, part: tenths(champion) };
  const random = generator(seed);
  const times = new Uint16Array(leads);
  const drawn: { gain: number; ece: number }[] = [];
  for (let draw = 0; draw < DRAWS; draw += 1) {
    times.fill(0);
    for (let n = 0; n < leads; n += 1) {
      const at = Math.floor(random() * leads);
      times[at] = (times[at] as number) + 1;
    }
    let [gain, total] = [0, 0];
    for (let at = 0; at < leads; at += 1) {
      gain += (times[at] as number) * (gains[at] as number);
      total += (times[at] as number) * (counts[at] as number);
    }
    // calibration is dear to redraw and takes fewer draws
    const ece = draw % 5 === 0 ? eceOf(paired, ours, times) - eceOf(paired, theirs, times) : Number.NaN;
    drawn.push({ gain: total === 0 ? 0 : gain / total, ece });
  }
  const all = new Uint16Array(leads).fill(1);
  const sum = gains.reduce((total, gain) => total + gain, 0);
  const ece = eceOf(paired, ours, all) - eceOf(paired, theirs, all);
  return {
    gain: { est: rows === 0 ? 0 : sum / rows, ...middle(drawn.map((one) => one.gain)) },
    ece: { est: ece, ...middle(drawn.map((one) => one.ece).filter((one) => !Number.isNaN(one))) },
  };
}

interface Parted {
  readonly chances: Float64Array;
  readonly part: Uint8Array;
}

/**
 * The tenth of the rows that each belongs to, by its chance; equal chances belong together. Parts of equal width would
 * put nearly all leads into the first where few come.
 */
export function tenths(chances: Float64Array): Uint8Array {
  const sorted = Float64Array.from(chances).sort();
  const edges = Array.from({ length: BINS - 1 }, (_, at) => sorted[Math.floor(((at + 1) * sorted.length) / BINS)] ?? 1);
  return Uint8Array.from(chances, (chance) => {
    const part = edges.findIndex((edge) => chance < edge);
    return part < 0 ? BINS - 1 : part;
  });
}

/** Mean distance of what was shown from what came, over tenths of the rows. */
function eceOf({ lead, labels }: Paired, { chances, part }: Parted, times: Uint16Array): number {
  const [n, shown, came] = [new Float64Array(BINS), new Float64Array(BINS), new Float64Array(BINS)];
  let total = 0;
  for (let row = 0; row < labels.length; row += 1) {
    const weight = times[lead[row] as number] as number;
    if (weight === 0) continue;
    const chance = chances[row] as number;
    const bin = part[row] as number;
    n[bin] = (n[bin] as number) + weight;
    shown[bin] = (shown[bin] as number) + weight * chance;
    came[bin] = (came[bin] as number) + weight * (labels[row] as number);
    total += weight;
  }
  let error = 0;
  for (let bin = 0; bin < BINS; bin += 1) error += Math.abs((shown[bin] as number) - (came[bin] as number));
  return total === 0 ? 0 : error / total;
}

/** The middle 95 %. */
function middle(values: readonly number[]): { lo: number; hi: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { lo: at(0.025), hi: at(0.975) };
}

/** Mulberry32: the same seed draws the same leads. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
