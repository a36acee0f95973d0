// Going cold without a model: how silences of a location's leads have gone on. A silence runs from one act to the next; of
// those that had lasted as long as this lead's, the share that came to COLD_DAYS is its rate. It knows of the lead nothing
// but its silence and its segment, and says nothing where too few were seen.

import { DAY } from "../../kernel/time.ts";
import { type Curve, type Estimate, kaplanMeier, outlasting, type Span } from "./survival.ts";
import { COLD_DAYS, type Story } from "./weeks.ts";

/** How leads of one segment keep silent. */
export interface Silences {
  readonly curve: Curve;
  /** Days of each lead's longest silence. */
  readonly longest: readonly number[];
}

/** Our choice: a rate that could be off by more than so much is not given, nor one that fewer leads tell. */
const WIDEST = 0.1;
const LEAST_LEADS = 100;

export function silencesOf(stories: readonly Story[]): Silences {
  const spans = stories.map(spansOf);
  return {
    curve: kaplanMeier(spans.flat()),
    longest: spans.map((ofOne) => Math.max(0, ...ofOne.map(({ time }) => time))),
  };
}

/** From each act to the next; the last one goes on. */
function spansOf({ came, acts, until }: Story): Span[] {
  const marks = [came, ...acts.filter((act) => act > came && act <= until)];
  return marks.flatMap((from, place) => {
    const next = marks[place + 1];
    return [{ time: ((next ?? until) - from) / DAY, ended: next !== undefined }];
  });
}

export interface SilenceRate extends Estimate {
  /** How many leads they are of. */
  readonly leads: number;
  /** Whose silences these are: of the segment, or of all leads where its own are too few. */
  readonly of: "segment" | "location";
}

/** Share of silences that, having lasted so long, go on to COLD_DAYS; undefined where too few say so. */
export function silenceRate(
  idleDays: number,
  segment: Silences | undefined,
  location: Silences,
): SilenceRate | undefined {
  if (idleDays >= COLD_DAYS) return undefined;
  if (segment !== undefined) {
    const own = rateOf(idleDays, segment);
    if (own !== undefined) return { ...own, of: "segment" };
  }
  const all = rateOf(idleDays, location);
  return all && { ...all, of: "location" };
}

function rateOf(idleDays: number, { curve, longest }: Silences): Omit<SilenceRate, "of"> | undefined {
  const leads = longest.reduce((count, days) => count + (days > idleDays ? 1 : 0), 0);
  if (leads < LEAST_LEADS) return undefined;
  const atRisk = curve.find(({ time }) => time > idleDays)?.atRisk ?? 0;
  // silences of one lead are alike: taken for one each, they say no more than that many leads
  const rate = outlasting(curve, idleDays, COLD_DAYS, atRisk / leads);
  return rate === undefined || (rate.high - rate.low) / 2 > WIDEST ? undefined : { ...rate, leads };
}
