// At which hours of its day a lead acts: the quarter-hours of its latest acts, read in whatever zone is known by then.
// What is kept is a set, so late and reordered events leave the same, and ten pages of one visit are one act.

import { HOUR, type Instant, MINUTE, type Millis } from "../kernel/time.ts";
import { localTime } from "../kernel/zone.ts";
import { halved } from "./decay.ts";

/** No zone's clock differs from another's by less, so that a quarter lies in one hour everywhere. */
const QUARTER: Millis = 15 * MINUTE;

/** Quarter-hours that are kept; past it the oldest go. Ours: half a kilobyte. */
const MOST_ACTS = 64;

/** Fewer acts than these are no rhythm. Ours. */
const FEWEST_ACTS = 5;

/** Acts that are taken for granted in every hour, so that a single visit on a Sunday makes no habit (Laplace). Ours. */
const PRIOR = 1;

const HOURS = 24;

/** Open hours that are looked at: in eight days every hour of a weekday and of a weekend has come. */
const MOST_HOURS = 8 * HOURS;

/** The end is open. */
export interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

/** Quarter-hours since 1970, oldest first, each once. */
export type Acts = readonly number[];

/** With one act more. */
export function addAct(acts: Acts, at: Instant): Acts {
  const quarter = Math.floor(at / QUARTER);
  let place = acts.length;
  while (place > 0 && (acts[place - 1] as number) > quarter) place -= 1;
  if (acts[place - 1] === quarter) return acts;
  return [...acts.slice(0, place), quarter, ...acts.slice(place)].slice(-MOST_ACTS);
}

/**
 * The instant in the spans whose hour has the largest share of what the lead does on such a day, a weekday or one of the
 * weekend; of equals the earliest. Undefined where too few acts are known, and where none of these hours stands out from
 * a day on which all are alike.
 *
 * @param spans in order of time
 */
export function bestTime(acts: Acts, zone: string, spans: readonly Span[]): Instant | undefined {
  if (acts.length < FEWEST_ACTS) return undefined;
  const shares = sharesOf(acts, zone);
  let best: Instant | undefined;
  let most = 1 / HOURS;
  let looked = 0;
  for (const { from, to } of spans) {
    for (let at = from; at < to && looked < MOST_HOURS; looked += 1) {
      const local = localTime(at, zone);
      const share = shares[slotOf(local)] as number;
      if (share > most) {
        most = share;
        best = at;
      }
      at += HOUR - ((local.minute % 60) * MINUTE + (at - Math.floor(at / MINUTE) * MINUTE));
    }
  }
  return best;
}

/**
 * How much of what the lead does falls into an hour of a weekday (0 to 23) or of a weekend's day (24 to 47), over what would
 * if all of that day's hours were alike. Undefined where too few acts are known.
 */
export function hourHabit(acts: Acts, zone: string): ((hour: number) => number) | undefined {
  if (acts.length < FEWEST_ACTS) return undefined;
  const shares = sharesOf(acts, zone);
  return (hour) => (shares[hour] as number) * HOURS;
}

/** By hour of a weekday, then of a weekend's day. An act counts half as much with every week before the latest. */
function sharesOf(acts: Acts, zone: string): readonly number[] {
  const latest = acts[acts.length - 1] as number;
  const sums = new Array<number>(2 * HOURS).fill(PRIOR);
  for (const quarter of acts) {
    const slot = slotOf(localTime(quarter * QUARTER, zone));
    sums[slot] = (sums[slot] as number) + halved((latest - quarter) * QUARTER);
  }
  const total = (first: number) => sums.slice(first, first + HOURS).reduce((all, one) => all + one, 0);
  const totals = [total(0), total(HOURS)] as const;
  return sums.map((sum, slot) => sum / (slot < HOURS ? totals[0] : totals[1]));
}

const slotOf = ({ weekday, minute }: { readonly weekday: number; readonly minute: number }): number =>
  (weekday >= 6 ? HOURS : 0) + Math.floor(minute / 60);
