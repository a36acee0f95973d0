// How good chances are, against what came: ranking, sharpness, calibration. Chances are 0..1, labels 0 or 1, row by row.
// What needs both classes is NaN where there is only one (null in JSON).

type Chances = ArrayLike<number>;
type Labels = ArrayLike<number>;

/** Rows from the highest chance to the lowest; equal chances in the order of the rows. */
export function ranked(chances: Chances): Uint32Array {
  const order = Uint32Array.from({ length: chances.length }, (_, row) => row);
  return order.sort((a, b) => (chances[b] as number) - (chances[a] as number) || a - b);
}

/** Walks groups of equal chances, highest first. */
function* ties(chances: Chances, labels: Labels): Generator<{ chance: number; n: number; positives: number }> {
  const order = ranked(chances);
  for (let at = 0; at < order.length; ) {
    const chance = chances[order[at] as number] as number;
    let n = 0;
    let positives = 0;
    while (at < order.length && chances[order[at] as number] === chance) {
      positives += labels[order[at] as number] as number;
      n += 1;
      at += 1;
    }
    yield { chance, n, positives };
  }
}

export function countOf(labels: Labels): number {
  let positives = 0;
  for (let row = 0; row < labels.length; row += 1) positives += labels[row] as number;
  return positives;
}

/** The chance that a row that came true stands above one that did not; equal chances count half. */
export function auc(chances: Chances, labels: Labels): number {
  const positives = countOf(labels);
  const pairs = positives * (labels.length - positives);
  let above = 0;
  let won = 0;
  for (const tie of ties(chances, labels)) {
    const negatives = tie.n - tie.positives;
    won += negatives * (above + tie.positives / 2);
    above += tie.positives;
  }
  return pairs === 0 ? Number.NaN : won / pairs;
}

/** The loss of one row, in nats. Chances of 0 and 1 are taken for 1e-15 off, so that one of them is not infinitely bad. */
export function lossOf(chance: number, label: number): number {
  const held = Math.min(1 - 1e-15, Math.max(1e-15, chance));
  return label === 1 ? -Math.log(held) : -Math.log1p(-held);
}

/** Mean loss in nats; weighted where there are weights. NaN without rows. */
export function logLoss(chances: Chances, labels: Labels, weights?: ArrayLike<number>): number {
  let sum = 0;
  let whole = 0;
  for (let row = 0; row < labels.length; row += 1) {
    const weight = weights?.[row] ?? 1;
    sum += weight * lossOf(chances[row] as number, labels[row] as number);
    whole += weight;
  }
  return sum / whole;
}

/** Mean squared distance of chance and label. */
export function brier(chances: Chances, labels: Labels): number {
  let sum = 0;
  for (let row = 0; row < labels.length; row += 1) sum += ((chances[row] as number) - (labels[row] as number)) ** 2;
  return sum / labels.length;
}

/** Chances from `from` (inclusive) to `to`, beside what share of them came true. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly n: number;
  readonly meanChance: number;
  readonly rate: number;
  /** Wilson's 95 % interval of the rate, each lead counted once. */
  readonly low: number;
  readonly high: number;
}

/**
 * Equal-width bins that have rows; 15 is what the published figures use.
 * @param leads whose row each is; absent: each is somebody's of its own
 */
export function reliability(chances: Chances, labels: Labels, { bins = 15, leads }: Binning = {}): ReliabilityBin[] {
  const parts = Array.from({ length: bins }, () => ({ n: 0, sum: 0, came: 0, met: new Set<number>() }));
  for (let row = 0; row < labels.length; row += 1) {
    const chance = chances[row] as number;
    const part = parts[Math.min(bins - 1, Math.floor(chance * bins))] as (typeof parts)[number];
    part.n += 1;
    part.sum += chance;
    part.came += labels[row] as number;
    part.met.add(leads?.[row] ?? row);
  }
  return parts
    .map(({ n, sum, came, met }, bin) => ({
      from: bin / bins,
      to: (bin + 1) / bins,
      n,
      meanChance: sum / n,
      rate: came / n,
      ...wilson((came / n) * met.size, met.size),
    }))
    .filter(({ n }) => n > 0);
}

export interface Binning {
  readonly bins?: number;
  readonly leads?: Int32Array | undefined;
}

/** Of a normal, 95 % lie within so many standard deviations. */
export const Z = 1.959963984540054;

/** Wilson's interval of a share, 95 %. */
export function wilson(came: number, n: number): { low: number; high: number } {
  const rate = came / n;
  const middle = (rate + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n);
  const half = (Z * Math.sqrt((rate * (1 - rate)) / n + Z ** 2 / (4 * n ** 2))) / (1 + Z ** 2 / n);
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** Expected calibration error: the mean distance of chance and share over the bins, by their rows. */
export function calibrationError(chances: Chances, labels: Labels): number {
  let sum = 0;
  for (const { n, meanChance, rate } of reliability(chances, labels)) sum += n * Math.abs(meanChance - rate);
  return sum / labels.length;
}

/** Share of all that came true among the `share` of rows with the highest chances; a group of equals is cut evenly. */
export function captured(chances: Chances, labels: Labels, share: number): number {
  let room = labels.length * share;
  let came = 0;
  for (const { n, positives } of ties(chances, labels)) {
    const taken = Math.min(n, room);
    came += positives * (taken / n);
    room -= taken;
    if (room <= 0) break;
  }
  return came / countOf(labels);
}

/** How many times the base rate the top `share` has. */
export const lift = (chances: Chances, labels: Labels, share = 0.1): number => captured(chances, labels, share) / share;

export interface PrecisionRecall {
  /** Whoever has this chance or more is called. */
  readonly chance: number;
  readonly precision: number;
  readonly recall: number;
}

/** One point per distinct chance, highest first. */
export function precisionRecall(chances: Chances, labels: Labels): PrecisionRecall[] {
  const all = countOf(labels);
  let n = 0;
  let came = 0;
  return Array.from(ties(chances, labels), (tie) => {
    n += tie.n;
    came += tie.positives;
    return { chance: tie.chance, precision: came / n, recall: came / all };
  });
}

/** Area under precision over recall, by steps (no interpolation, which flatters). */
export function averagePrecision(chances: Chances, labels: Labels): number {
  let area = 0;
  let recalled = 0;
  for (const { precision, recall } of precisionRecall(chances, labels)) {
    area += precision * (recall - recalled);
    recalled = recall;
  }
  return countOf(labels) === 0 ? Number.NaN : area;
}

/** Kolmogorov-Smirnov: the widest gap between the two classes' cumulative shares. */
export function ks(chances: Chances, labels: Labels): number {
  const positives = countOf(labels);
  const negatives = labels.length - positives;
  let [seen, came, widest] = [0, 0, 0];
  for (const tie of ties(chances, labels)) {
    seen += tie.n;
    came += tie.positives;
    widest = Math.max(widest, Math.abs(came / positives - (seen - came) / negatives));
  }
  return positives * negatives === 0 ? Number.NaN : widest;
}

/** Share of rows on the right side of `cut`. Says little where one class is rare: read it beside `majority`. */
export function accuracy(chances: Chances, labels: Labels, cut = 0.5): number {
  let right = 0;
  for (let row = 0; row < labels.length; row += 1)
    right += Number((chances[row] as number) >= cut === (labels[row] === 1));
  return right / labels.length;
}

/** The accuracy of giving every row the more frequent answer. */
export function majority(labels: Labels): number {
  const rate = countOf(labels) / labels.length;
  return Math.max(rate, 1 - rate);
}

export interface Measures {
  readonly n: number;
  readonly positives: number;
  readonly auc: number;
  readonly logLoss: number;
  readonly brier: number;
  readonly calibrationError: number;
  readonly averagePrecision: number;
  readonly ks: number;
  readonly liftTop10: number;
  /** Of all that came true, the share among the 20 % with the highest chances. */
  readonly capturedTop20: number;
  readonly accuracy: number;
  readonly majority: number;
}

export const measure = (chances: Chances, labels: Labels): Measures => ({
  n: labels.length,
  positives: countOf(labels),
  auc: auc(chances, labels),
  logLoss: logLoss(chances, labels),
  brier: brier(chances, labels),
  calibrationError: calibrationError(chances, labels),
  averagePrecision: averagePrecision(chances, labels),
  ks: ks(chances, labels),
  liftTop10: lift(chances, labels),
  capturedTop20: captured(chances, labels, 0.2),
  accuracy: accuracy(chances, labels),
  majority: majority(labels),
});
