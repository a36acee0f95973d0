// BG/NBD (Fader, Hardie and Lee 2005, Marketing Science 24:275): acts come by a Poisson process, and after each the actor
// may be gone for good. Two gamma and two beta parameters, three figures per lead; nothing else is known of it. The
// baseline that a model of going cold has to beat.

import { logGamma } from "../../kernel/gamma.ts";
import { DAY } from "../../kernel/time.ts";
import type { Story } from "./weeks.ts";

/** What an actor did: repeated acts, when the last one was, and how long it has been known; in one unit of time. */
export interface Repeats {
  /** Acts after the first. */
  readonly x: number;
  /** From the first act to the last. */
  readonly tx: number;
  /** From the first act to now. */
  readonly T: number;
}

export interface BgNbd {
  /** Rate of acts: gamma with shape r and rate alpha. */
  readonly r: number;
  readonly alpha: number;
  /** Chance of being gone after an act: beta(a, b). */
  readonly a: number;
  readonly b: number;
  /** Log-likelihood of what it was fitted to. */
  readonly logLikelihood: number;
}

/** Of a lead as of now, by days from when it came: how many it was active on, the last of them, and today. */
export function repeatsOf({ came, acts, until }: Story): Repeats {
  let x = 0;
  let tx = 0;
  for (const act of acts) {
    const day = Math.floor((act - came) / DAY);
    if (act > until || day <= tx) continue;
    x += 1;
    tx = day;
  }
  return { x, tx, T: Math.floor((until - came) / DAY) };
}

/** Maximum likelihood, on the logarithms of the parameters. */
export function fitBgNbd(repeats: readonly Repeats[]): BgNbd {
  // many actors did the same: once each, times how many
  const alike = new Map<string, Repeats & { n: number }>();
  for (const { x, tx, T } of repeats) {
    const key = `${x} ${tx} ${T}`;
    const seen = alike.get(key);
    if (seen === undefined) alike.set(key, { x, tx, T, n: 1 });
    else seen.n += 1;
  }
  const cases = [...alike.values()];
  const scale = cases.reduce((sum, { T, n }) => sum + T * n, 0) / repeats.length;
  const costOf = (at: readonly number[]): number => -total(cases, at.map(Math.exp) as [number, number, number, number]);
  const best = descend(costOf, [0, Math.log(scale / 5), 0, 0]);
  const [r, alpha, a, b] = best.at.map(Math.exp) as [number, number, number, number];
  return { r, alpha, a, b, logLikelihood: -best.cost };
}

/** The chance that an actor is not gone. Who has not come back once cannot be told to be gone: 1. */
export function alive({ r, alpha, a, b }: BgNbd, { x, tx, T }: Repeats): number {
  if (x === 0) return 1;
  return 1 / (1 + (a / (b + x - 1)) * ((alpha + T) / (alpha + tx)) ** (r + x));
}

/** The chance of no act within so long from now: it is gone, or it is not and keeps still. */
export function still(model: BgNbd, repeats: Repeats, ahead: number): number {
  const { r, alpha } = model;
  const { x, T } = repeats;
  return 1 - alive(model, repeats) * (1 - ((alpha + T) / (alpha + T + ahead)) ** (r + x));
}

function total(
  cases: readonly (Repeats & { readonly n: number })[],
  [r, alpha, a, b]: readonly [number, number, number, number],
): number {
  const logs = new Map<number, { readonly start: number; readonly gone: number }>();
  const fixed = r * Math.log(alpha) - logGamma(r) + logGamma(a + b) - logGamma(b);
  let sum = 0;
  for (const { x, tx, T, n } of cases) {
    let ofX = logs.get(x);
    if (ofX === undefined) {
      ofX = {
        start: fixed + logGamma(r + x) + logGamma(b + x) - logGamma(a + b + x),
        gone: Math.log(a) - Math.log(b + Math.max(1, x) - 1),
      };
      logs.set(x, ofX);
    }
    const here = -(r + x) * Math.log(alpha + T);
    const gone = x === 0 ? Number.NEGATIVE_INFINITY : ofX.gone - (r + x) * Math.log(alpha + tx);
    const most = Math.max(here, gone);
    sum += n * (ofX.start + most + Math.log(Math.exp(here - most) + Math.exp(gone - most)));
  }
  return Number.isFinite(sum) ? sum : Number.NEGATIVE_INFINITY;
}

interface Corner {
  readonly at: readonly number[];
  readonly cost: number;
}

/** Nelder and Mead's simplex, begun anew where it ended until that makes nothing better. */
function descend(costOf: (at: readonly number[]) => number, start: readonly number[]): Corner {
  let best: Corner = { at: start, cost: costOf(start) };
  for (let round = 0; round < 20; round++) {
    const found = simplex(costOf, best, 1 / (1 + round));
    const gain = best.cost - found.cost;
    best = found;
    if (gain < 1e-9) break;
  }
  return best;
}

function simplex(costOf: (at: readonly number[]) => number, start: Corner, size: number): Corner {
  const corner = (at: readonly number[]): Corner => ({ at, cost: costOf(at) });
  const corners = [
    start,
    ...start.at.map((_, moved) => corner(start.at.map((one, place) => (place === moved ? one + size : one)))),
  ];
  for (let step = 0; step < 1_000; step++) {
    corners.sort((one, other) => one.cost - other.cost);
    const best = corners[0]!;
    const worst = corners.at(-1)!;
    const width = Math.max(...worst.at.map((one, place) => Math.abs(one - best.at[place]!)));
    if (worst.cost - best.cost < 1e-10 && width < 1e-6) break;
    const others = corners.slice(0, -1);
    const middle = start.at.map((_, place) => others.reduce((sum, { at }) => sum + at[place]!, 0) / others.length);
    const along = (far: number): Corner => corner(middle.map((one, place) => one + far * (one - worst.at[place]!)));
    const mirrored = along(1);
    if (mirrored.cost < best.cost) {
      const further = along(2);
      corners[corners.length - 1] = further.cost < mirrored.cost ? further : mirrored;
    } else if (mirrored.cost < others.at(-1)!.cost) corners[corners.length - 1] = mirrored;
    else {
      const nearer = mirrored.cost < worst.cost ? along(0.5) : along(-0.5);
      if (nearer.cost < Math.min(worst.cost, mirrored.cost)) corners[corners.length - 1] = nearer;
      else {
        for (let place = 1; place < corners.length; place++) {
          corners[place] = corner(corners[place]!.at.map((one, which) => (one + best.at[which]!) / 2));
        }
      }
    }
  }
  return corners.reduce((best, one) => (one.cost < best.cost ? one : best));
}
