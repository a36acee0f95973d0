// Gradient-boosted trees on log loss: each tree corrects what the ones before it leave wrong. Pure and repeatable: the
// same rows, settings and seed give the same model, digit by digit.

import { InvalidInput } from "../../kernel/errors.ts";
import { binned } from "./bins.ts";
import { draws } from "./draws.ts";
import { type Grown, type GrowthRules, groundFor, grow, type Span } from "./grow.ts";
import type { Slopes } from "./histogram.ts";
import type { Boosted, Table, Tree } from "./model.ts";
import { fitting } from "./table.ts";
import { addTree } from "./walk.ts";

export interface TreeSettings extends GrowthRules {
  /** Trees at most. */
  readonly rounds: number;
  /** Share of the rows, and of the columns, that each tree is grown on. */
  readonly rowShare: number;
  readonly columnShare: number;
  /** With rows to validate on: stop after so many trees that made nothing better there. */
  readonly patience: number;
}

/** One setting for all sizes of data; chosen on data that no figure is reported of. */
export const DEFAULTS: TreeSettings = {
  rounds: 200,
  leaves: 16,
  depth: 5,
  rate: 0.06,
  minLeaf: 10,
  l2: 5,
  rowShare: 0.8,
  columnShare: 0.6,
  levelWeight: 30,
  levelSmoothing: 10,
  levelL2: 5,
  patience: 40,
};

export interface Round {
  readonly round: number;
  readonly rounds: number;
  /** Mean log loss on the rows to validate on. */
  readonly loss?: number;
}

export interface Boosting {
  readonly seed: number;
  /** The same columns, other rows: the trees end where these are predicted best. */
  readonly validation?: Table;
  /** Heard after each round. */
  readonly onRound?: (round: Round) => void;
  /** Asked before each round; true ends it all. */
  readonly cancelled?: () => boolean;
}

/**
 * Where all labels are the same there is no tree, and the base is the log-odds of (positives + 1/2) of (rows + 1).
 *
 * @returns undefined where it was cancelled
 * @throws  InvalidInput where there are no rows, where the table does not fit itself or the settings make no sense
 */
export function boost(table: Table, settings: TreeSettings, boosting: Boosting): Boosted | undefined {
  checked(settings);
  fitting(table);
  if (table.rows === 0) throw new InvalidInput("there is nothing to learn from: no rows");
  const bins = binned(table, settings.levelWeight);
  const base = baseOf(table);
  const state = stateOf(table, base);
  const held = boosting.validation && heldOut(boosting.validation, table, base);
  const ground = groundFor(bins);
  const next = draws(boosting.seed);
  const draw = drawing(table.rows, settings.rowShare, next);
  const trees: Tree[] = [];
  const isMixed = table.labels.includes(0) && table.labels.includes(1) && table.columns.length > 0;
  const isSampled = settings.rowShare < 1 || settings.columnShare < 1;
  for (let round = 1; round <= settings.rounds && isMixed; round += 1) {
    if (boosting.cancelled?.()) return undefined;
    const [rows, others] = draw();
    const columns = someColumns(table.columns.length, settings.columnShare, next);
    const grown = grow(ground, state, rows, others, columns, settings);
    const isStump = grown.leaves.length === 1;
    if (isStump && !isSampled) break; // and so would all that follow be
    if (!isStump) {
      trees.push(grown.tree);
      advance(state, table.labels, grown, rows, others);
    }
    const loss = held?.add(isStump ? undefined : grown.tree, trees.length);
    boosting.onRound?.({ round, rounds: settings.rounds, ...(loss === undefined ? {} : { loss }) });
    if (held !== undefined && trees.length - held.best() >= settings.patience) break;
  }
  return { kind: "boosted", base, trees: held === undefined ? trees : trees.slice(0, held.best()) };
}

/** Rows' odds and what the loss's slopes are there. Odds are kept, not log-odds: a tree then costs an exponential per leaf. */
interface State extends Slopes {
  readonly odds: Float64Array;
}

function baseOf({ labels, weights, rows }: Table): number {
  let positive = 0;
  let negative = 0;
  for (let row = 0; row < rows; row += 1) {
    const weight = weights?.[row] ?? 1;
    if (labels[row] === 1) positive += weight;
    else negative += weight;
  }
  const half = positive === 0 || negative === 0 ? 0.5 : 0;
  return Math.log((positive + half) / (negative + half));
}

function stateOf({ rows, labels, weights }: Table, base: number): State {
  const odds = new Float64Array(rows).fill(Math.exp(base));
  const state = { odds, gradient: new Float64Array(rows), curvature: new Float64Array(rows), weights };
  for (let row = 0; row < rows; row += 1) slope(state, labels, row);
  return state;
}

function slope({ odds, gradient, curvature, weights }: State, labels: Uint8Array, row: number): void {
  const now = odds[row]!;
  const chance = now / (1 + now);
  const weight = weights === undefined ? 1 : weights[row]!;
  gradient[row] = weight * (chance - labels[row]!);
  curvature[row] = weight * chance * (1 - chance);
}

/** The tree is added to every row's odds; its leaves know where the rows are. */
function advance(state: State, labels: Uint8Array, { leaves }: Grown, rows: Int32Array, others: Int32Array): void {
  for (const { own, others: rest, value } of leaves) {
    const factor = Math.exp(value);
    multiply(state, labels, rows, own, factor);
    multiply(state, labels, others, rest, factor);
  }
}

function multiply(state: State, labels: Uint8Array, rows: Int32Array, { from, to }: Span, factor: number): void {
  const { odds, gradient, curvature, weights } = state;
  for (let index = from; index < to; index += 1) {
    const row = rows[index]!;
    const now = odds[row]! * factor;
    odds[row] = now;
    const chance = now / (1 + now);
    const weight = weights === undefined ? 1 : weights[row]!;
    gradient[row] = weight * (chance - labels[row]!);
    curvature[row] = weight * chance * (1 - chance);
  }
}

/** Each call draws the rows to grow on and leaves the others, both rising; what the call before gave is written over. */
function drawing(count: number, share: number, next: () => number): () => [Int32Array, Int32Array] {
  const every = Int32Array.from({ length: share < 1 ? 0 : count }, (_, row) => row);
  const some = new Int32Array(count);
  const rest = new Int32Array(share < 1 ? count : 0);
  return () => {
    if (share >= 1) {
      some.set(every);
      return [some, rest];
    }
    let drawn = 0;
    for (let row = 0; row < count; row += 1) {
      if (next() < share) some[drawn++] = row;
      else rest[row - drawn] = row;
    }
    return [some.subarray(0, drawn), rest.subarray(0, count - drawn)];
  };
}

/** At least one. */
function someColumns(count: number, share: number, next: () => number): Int32Array {
  const all = Int32Array.from({ length: count }, (_, index) => index);
  if (share >= 1) return all;
  const wanted = Math.max(1, Math.round(share * count));
  for (let index = 0; index < wanted; index += 1) {
    const other = index + Math.floor(next() * (count - index));
    [all[index], all[other]] = [all[other]!, all[index]!];
  }
  return all.slice(0, Math.min(wanted, count)).sort();
}

interface Held {
  /** @returns mean log loss with the tree added */
  add(tree: Tree | undefined, trees: number): number;
  /** With how many trees the loss was least. */
  best(): number;
}

function heldOut(held: Table, table: Table, base: number): Held {
  if (held.columns.length !== table.columns.length) {
    throw new InvalidInput("the rows to validate on do not have the columns of the rows to learn from");
  }
  fitting(held);
  if (held.rows === 0) throw new InvalidInput("there is nothing to validate on: no rows");
  const logOdds = new Float64Array(held.rows).fill(base);
  let least = lossOf(logOdds, held);
  let best = 0;
  let last = least;
  return {
    best: () => best,
    add(tree, trees) {
      if (tree === undefined) return last;
      addTree(tree, held, logOdds);
      last = lossOf(logOdds, held);
      if (last < least) {
        least = last;
        best = trees;
      }
      return last;
    },
  };
}

function lossOf(logOdds: Float64Array, { labels, weights }: Table): number {
  let loss = 0;
  let weight = 0;
  for (let row = 0; row < logOdds.length; row += 1) {
    const towards = labels[row] === 1 ? logOdds[row]! : -logOdds[row]!;
    const own = weights?.[row] ?? 1;
    loss += own * (towards > 0 ? Math.log1p(Math.exp(-towards)) : Math.log1p(Math.exp(towards)) - towards);
    weight += own;
  }
  return loss / weight;
}

function checked(settings: TreeSettings): void {
  const refuse = (name: keyof TreeSettings, wanted: string): never => {
    throw new InvalidInput(`trees cannot be grown with ${name} ${settings[name]}: it is ${wanted}`);
  };
  for (const name of ["rounds", "leaves", "depth", "patience"] as const) {
    if (!(Number.isInteger(settings[name]) && settings[name] >= 1)) refuse(name, "a whole number from 1");
  }
  for (const name of ["minLeaf", "rate", "l2"] as const) {
    if (!(settings[name] > 0 && settings[name] < Infinity)) refuse(name, "a positive number");
  }
  for (const name of ["levelWeight", "levelSmoothing", "levelL2"] as const) {
    if (!(settings[name] >= 0 && settings[name] < Infinity)) refuse(name, "a number from 0");
  }
  for (const name of ["rowShare", "columnShare"] as const) {
    if (!(settings[name] > 0 && settings[name] <= 1)) refuse(name, "above 0 and at most 1");
  }
}
