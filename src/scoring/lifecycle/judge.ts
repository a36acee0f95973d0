// Whether a challenger takes over: held against the champion on the same leads, later than all that taught either. It has
// to be better by more than chance gives, no worse calibrated, and no worse to any group.
//
// The rows of the later window are made as of their own instants from the log, as turns would have made them. So scoring
// them now says what a challenger in shadow would have said then, without slowing a turn or waiting a month.

import type { Examples } from "../features/growing.ts";
import { aucWords } from "../learn/auc-words.ts";
import { draws } from "../learn/draws.ts";
import type { Interval } from "../learn/intervals.ts";
import { counted } from "../learn/subset.ts";
import type { Bar, Verdict } from "./kept.ts";

/** The later window, scored by both. A lead has several rows: they are drawn together, or one lead would count as many. */
export interface Paired {
  /** The lead of each row, as a number below `leads`. */
  readonly lead: Int32Array;
  readonly leads: number;
  readonly labels: Uint8Array;
  readonly challenger: Float64Array;
  readonly champion: Float64Array;
}

export function pairedOf({ lead, labels }: Examples, challenger: Float64Array, champion: Float64Array): Paired {
  const places = new Map<number, number>();
  const numbered = lead.map((one) => {
    const place = places.get(one) ?? places.size;
    places.set(one, place);
    return place;
  });
  return { lead: numbered, leads: places.size, labels, challenger, champion };
}

/** Fewer leads who came, and an interval is no interval (ours; the display's own bar for a team's model is the same). */
export const LEAST_POSITIVES = 30;
const DRAWS = 1_000;
/** A chance of 0 that comes true would cost without bound. */
const EDGE = 1e-6;

export interface Against {
  /** The champion's id, or `rules`. */
  readonly against: string;
  /** Where it is neither the rules nor the champion, as people read it. */
  readonly called?: string;
  /** What else it has to be better than. */
  readonly also?: readonly Bar[];
  readonly seed: number;
  /** What the audit of groups says of the challenger beside the champion. */
  readonly fair: Bar;
}

export function judge(paired: Paired, { against, called, also = [], seed, fair }: Against): Verdict {
  const rows = paired.labels.length;
  const positives = counted(paired.labels, paired.lead).came;
  const gain = gainOf(paired, seed);
  const name = called ?? (against === "rules" ? "the rules" : "the champion");
  const ours = calibrationOf(paired, paired.challenger);
  const theirs = calibrationOf(paired, paired.champion);
  const errors = `${ours.error.toFixed(4)}, ${name}'s ${theirs.error.toFixed(4)}`;
  const bars: readonly Bar[] = [
    bar(
      "enough",
      positives >= LEAST_POSITIVES,
      `${positives} leads came in the later window; it takes ${LEAST_POSITIVES}`,
    ),
    betterBar(gain, name),
    ...also,
    bar("calibrated", ours.isHonest || ours.error <= theirs.error, `calibration error is ${errors}`),
    fair,
  ];
  return { against, promoted: bars.every(({ outcome }) => outcome !== "failed"), gain, rows, bars };
}

/**
 * What the later window says against one that serves unjudged, in its own place as `challenger`, the rules beside it: that
 * it ranks no better than chance can, or that its chances do not come true. Empty: nothing.
 */
export function contradictions(paired: Paired, auc: Interval): readonly string[] {
  const ours = calibrationOf(paired, paired.challenger);
  const theirs = calibrationOf(paired, paired.champion);
  const errors = `${ours.error.toFixed(4)}, the rules' ${theirs.error.toFixed(4)}`;
  return [
    ...(auc.low > CHANCE ? [] : [`it is not shown to rank better than chance does (AUC ${aucWords(auc)})`]),
    ...(ours.isHonest || ours.error <= theirs.error
      ? []
      : [`its chances do not come true (calibration error ${errors})`]),
  ];
}

/** The AUC of who knows nothing. */
const CHANCE = 0.5;

const betterBar = (gain: Interval, name: string): Bar =>
  bar("better", gain.low > 0, `log loss is lower than ${name}'s by ${said(gain)}`);

/** One bar more, for whoever has to be better than others than who scores now. */
export const betterThan = (paired: Paired, name: string, seed: number): Bar => betterBar(gainOf(paired, seed), name);

const bar = (name: Bar["bar"], passed: boolean, says: string): Bar => ({
  bar: name,
  outcome: passed ? "passed" : "failed",
  says,
});

const said = ({ value, low, high }: Interval): string =>
  `${value.toFixed(4)} (95 % ${low.toFixed(4)} to ${high.toFixed(4)})`;

const loss = (chance: number, label: number): number =>
  -Math.log(Math.min(1 - EDGE, Math.max(EDGE, label === 1 ? chance : 1 - chance)));

/** Mean log loss of the champion less the challenger's, with its interval by drawing leads with replacement. */
function gainOf({ leads, lead, labels, challenger, champion }: Paired, seed: number): Interval {
  const gains = new Float64Array(leads);
  const rows = new Float64Array(leads);
  for (const [row, label] of labels.entries()) {
    const at = lead[row] as number;
    gains[at] = (gains[at] as number) + loss(champion[row] as number, label) - loss(challenger[row] as number, label);
    rows[at] = (rows[at] as number) + 1;
  }
  const next = draws(seed);
  const drawn = Array.from({ length: DRAWS }, () => {
    let [gain, count] = [0, 0];
    for (let n = 0; n < leads; n += 1) {
      const at = Math.floor(next() * leads);
      gain += gains[at] as number;
      count += rows[at] as number;
    }
    return count === 0 ? 0 : gain / count;
  }).sort((a, b) => a - b);
  const at = (share: number) => drawn[Math.floor(share * DRAWS)] as number;
  const sum = gains.reduce((total, gain) => total + gain, 0);
  return { value: labels.length === 0 ? 0 : sum / labels.length, low: at(0.025), high: at(0.975) };
}

/**
 * The tenth of the rows that each belongs to, by its chance; equal chances belong together. Parts of equal width would
 * put nearly all leads into the first where few come.
 */
export function tenths(chances: Float64Array): Uint8Array {
  const sorted = Float64Array.from(chances).sort();
  const edges = Array.from({ length: 9 }, (_, at) => sorted[Math.floor(((at + 1) * sorted.length) / 10)] ?? 1);
  return Uint8Array.from(chances, (chance) => {
    const part = edges.findIndex((edge) => chance < edge);
    return part < 0 ? 9 : part;
  });
}

interface Calibrated {
  /** Mean distance of what was shown from what came, over tenths of the rows. */
  readonly error: number;
  /** No tenth is off by more than chance gives, all together. */
  readonly isHonest: boolean;
}

/** Chi-square of 10, 5 %. */
const CHI_SQUARE_10 = 18.307;

/**
 * Hosmer and Lemeshow's test over tenths, a lead's rows taken to come or not to come together: deviations of one lead add
 * up before they are squared.
 */
function calibrationOf({ lead, leads, labels }: Paired, chances: Float64Array): Calibrated {
  const part = tenths(chances);
  const off = new Float64Array(10);
  const spread = Array.from({ length: 10 }, () => new Float64Array(leads));
  for (const [row, label] of labels.entries()) {
    const [tenth, at, chance] = [part[row] as number, lead[row] as number, chances[row] as number];
    const of = spread[tenth] as Float64Array;
    off[tenth] = (off[tenth] as number) + label - chance;
    of[at] = (of[at] as number) + Math.sqrt(chance * (1 - chance));
  }
  let [error, chiSquare] = [0, 0];
  for (const [tenth, sum] of off.entries()) {
    const variance = (spread[tenth] as Float64Array).reduce((total, one) => total + one * one, 0);
    error += Math.abs(sum);
    if (variance > 0) chiSquare += (sum * sum) / variance;
  }
  return { error: labels.length === 0 ? 0 : error / labels.length, isHonest: chiSquare < CHI_SQUARE_10 };
}
