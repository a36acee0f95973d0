// From raw log-odds to chances that come true as often as they say. Fitted on log-odds of rows that the model had not seen.

import { dealtFolds } from "./draws.ts";
import { logLoss } from "./metrics.ts";
import type { Calibration } from "./model.ts";
import { calibrated, sigmoid } from "./predict.ts";
import { counted } from "./subset.ts";

export interface Seen {
  readonly logOdds: ArrayLike<number>;
  readonly labels: Uint8Array;
  readonly weights?: Float64Array | undefined;
  /** Whose row each is; absent: each is somebody's of its own. */
  readonly lead?: Int32Array | undefined;
}

/** How far from 1 a slope is believed to be before anything was seen (standard deviation); the same for the intercept about 0. */
const SLOPE_SPREAD = 0.5;
const INTERCEPT_SPREAD = 2;

/**
 * Platt's sigmoid, its slope tempered: by a prior about the identity, so that ten rows move it little and a thousand as
 * far as they say. A slope below 0 would turn the order around; what ranks worse than chance has nothing to say, so the
 * slope is 0 then, and everybody gets the rate.
 */
export function platt({ logOdds, labels, weights }: Seen): Extract<Calibration, { kind: "platt" }> {
  const free = newton({ logOdds, labels, weights }, true);
  return free.slope >= 0 ? free : newton({ logOdds, labels, weights }, false);
}

function newton({ logOdds, labels, weights }: Seen, withSlope: boolean): Extract<Calibration, { kind: "platt" }> {
  const precision = [1 / INTERCEPT_SPREAD ** 2, 1 / SLOPE_SPREAD ** 2] as const;
  let intercept = 0;
  let slope = withSlope ? 1 : 0;
  const objective = (a: number, b: number): number => {
    let sum = (precision[0] * a ** 2) / 2 + (withSlope ? (precision[1] * (b - 1) ** 2) / 2 : 0);
    for (let row = 0; row < labels.length; row += 1) {
      const z = a + b * (logOdds[row] as number);
      sum +=
        (weights?.[row] ?? 1) * (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - (labels[row] as number) * z);
    }
    return sum;
  };
  let best = objective(intercept, slope);
  for (let step = 0; step < 100; step += 1) {
    let [ga, gb] = [precision[0] * intercept, withSlope ? precision[1] * (slope - 1) : 0];
    let [haa, hab, hbb] = [precision[0], 0, withSlope ? precision[1] : 1];
    for (let row = 0; row < labels.length; row += 1) {
      const x = withSlope ? (logOdds[row] as number) : 0;
      const weight = weights?.[row] ?? 1;
      const p = sigmoid(intercept + slope * x);
      const off = weight * (p - (labels[row] as number));
      const bend = weight * p * (1 - p);
      ga += off;
      gb += off * x;
      haa += bend;
      hab += bend * x;
      hbb += bend * x * x;
    }
    const det = haa * hbb - hab * hab;
    const da = (hbb * ga - hab * gb) / det;
    const db = (haa * gb - hab * ga) / det;
    // a step that does not go down is halved
    let part = 1;
    let next = objective(intercept - da, slope - db);
    while (!(next <= best) && part > 1e-6) {
      part /= 2;
      next = objective(intercept - part * da, slope - part * db);
    }
    if (!(next <= best)) break;
    intercept -= part * da;
    slope -= part * db;
    best = next;
    if (Math.abs(part * da) + Math.abs(part * db) < 1e-10) break;
  }
  return { kind: "platt", intercept, slope };
}

/** Rows that each end of a staircase is shrunk by towards the base rate: none is ever 0 or 1. */
const STEP_PRIOR = 1;

/**
 * Isotonic regression by pooling adjacent violators; knots at the middle of each pool, straight lines between, so that
 * few rows are left equal.
 */
export function isotonic({ logOdds, labels, weights }: Seen): Extract<Calibration, { kind: "isotonic" }> {
  const order = Uint32Array.from({ length: labels.length }, (_, row) => row).sort(
    (a, b) => (logOdds[a] as number) - (logOdds[b] as number) || a - b,
  );
  let [came, whole] = [0, 0];
  const singles: Pool[] = [];
  for (const row of order) {
    const weight = weights?.[row] ?? 1;
    const x = logOdds[row] as number;
    came += weight * (labels[row] as number);
    whole += weight;
    const last = singles.at(-1);
    // equal log-odds are one point
    if (last !== undefined && last.x / last.weight === x) {
      last.x += weight * x;
      last.y += weight * (labels[row] as number);
      last.weight += weight;
    } else singles.push({ x: weight * x, y: weight * (labels[row] as number), weight });
  }
  const base = came / whole;
  const shrunk = pooled(singles).map(({ x, y, weight }) => {
    const rate = (y + STEP_PRIOR * base) / (weight + STEP_PRIOR);
    return { x, y: rate * weight, weight };
  });
  const pools = pooled(shrunk);
  return {
    kind: "isotonic",
    at: pools.map(({ x, weight }) => x / weight),
    chance: pools.map(({ y, weight }) => y / weight),
  };
}

interface Pool {
  /** Sums over the pool, weighted. */
  x: number;
  y: number;
  weight: number;
}

/** Neighbors whose means fall are one pool. */
function pooled(pools: readonly Pool[]): Pool[] {
  const stack: Pool[] = [];
  for (const one of pools) {
    let pool = { ...one };
    for (;;) {
      const last = stack.at(-1);
      if (last === undefined || last.y / last.weight < pool.y / pool.weight) break;
      stack.pop();
      pool = { x: last.x + pool.x, y: last.y + pool.y, weight: last.weight + pool.weight };
    }
    stack.push(pool);
  }
  return stack;
}

/** Leads that came from which a staircase is tried at all. @source measured on the sets of docs/scoring.md */
const ISOTONIC_FROM = 1000;

/**
 * The calibration that the rows support: Platt, or from 1,000 leads that came a staircase if it is not worse on rows that it
 * was not fitted on.
 */
export function calibrationFor(seen: Seen, seed: number): Calibration {
  if (counted(seen.labels, seen.lead).came < ISOTONIC_FROM) return platt(seen);
  const [smooth, stairs] = [platt, isotonic].map((made) => lossWhereUnseen(made, seen, seed));
  return (stairs as number) <= (smooth as number) ? isotonic(seen) : platt(seen);
}

function lossWhereUnseen(made: (seen: Seen) => Calibration, seen: Seen, seed: number): number {
  const folds = dealtFolds(seen.labels, { folds: 5, seed, groups: seen.lead });
  const chances = new Float64Array(seen.labels.length);
  for (let fold = 0; fold < 5; fold += 1) {
    const rows = Array.from(folds.keys()).filter((row) => folds[row] !== fold);
    const calibration = made({
      logOdds: rows.map((row) => seen.logOdds[row] as number),
      labels: Uint8Array.from(rows, (row) => seen.labels[row] as number),
      weights: seen.weights && Float64Array.from(rows, (row) => seen.weights?.[row] as number),
    });
    for (const row of folds.keys())
      if (folds[row] === fold) chances[row] = calibrated(calibration, seen.logOdds[row] as number);
  }
  return logLoss(chances, seen.labels, seen.weights);
}
