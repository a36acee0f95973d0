// One way to learn from any table: a rate while there is too little to learn from, then ridge logistic, then logistic and
// kinds of trees, weighed and calibrated by what each says of rows it has not seen.

import { InvalidInput } from "../../kernel/errors.ts";
import { calibrationFor, platt } from "./calibrate.ts";
import { draws } from "./draws.ts";
import { lossApart } from "./intervals.ts";
import { learnLinear } from "./logistic.ts";
import { countOf, logLoss } from "./metrics.ts";
import type { Boosted, Calibration, Model, Table } from "./model.ts";
import { calibrated, sigmoid } from "./predict.ts";
import { counted, evidenceOf, subset } from "./subset.ts";
import { fitting } from "./table.ts";
import { boost, type TreeSettings } from "./trees.ts";
import { crossed, logOddsOfRate, TREE_KINDS, type Unseen } from "./unseen.ts";

export interface Learning {
  readonly seed: number;
  /** Heard as work is done: how much of it, 0 to 1, rising. */
  readonly onProgress?: (share: number) => void;
  /** Other than the default: for whoever chooses it (docs/decisions/defaults.md). */
  readonly kinds?: readonly TreeSettings[];
}

/** Leads of the rarer outcome (rows, copies counted once, where nobody says whose they are): below, everybody gets the rate. */
const LEAST = 10;
/** From so many of the rarer outcome, and so many leads in all, trees are tried. */
const LEAST_FOR_TREES = 40;
const ALL_FOR_TREES = 400;
/** Five cross-fits below so many rows, three from there on: what they find then moves less than their time costs. */
const ROWS_FOR_THREE = 10_000;
/** Rows that weights and calibration are read off at most: more would make them no more exact than they need to be. */
const CROSSED_ROWS = 50_000;
const LINEAR_ROWS = 200_000;
/** A model on all rows bears a few more trees than one on most of them. */
const MORE_ROUNDS = 1.1;

/**
 * Where the table says whose rows are, a lead's rows are never on two sides of a fold, and count as one lead.
 *
 * @returns a model whose chances are calibrated; a bare rate where the rows support no more
 * @throws  InvalidInput without rows, without columns, or where the table does not fit itself
 */
export function learn(table: Table, { seed, onProgress = () => {}, kinds = TREE_KINDS }: Learning): Model {
  fitting(table);
  if (table.rows === 0)
    throw new InvalidInput("There is nothing to learn from: expected rows with outcomes, got none.");
  if (table.columns.length === 0) throw new InvalidInput("There is nothing to learn from: expected columns, got none.");
  finite(table);
  const learned = { rows: table.rows, positives: countOf(table.labels), seed };
  const rate: Model = {
    format: 1,
    columns: table.columns,
    parts: [{ weight: 1, part: { kind: "rate", logOdds: logOddsOfRate(table) } }],
    calibration: { kind: "none" },
    learned,
  };
  const asked = some(table, CROSSED_ROWS, seed);
  const groups = evidenceOf(asked);
  const { all, came, not } = counted(asked.labels, groups);
  const rarer = Math.min(came, not);
  if (rarer < LEAST) return rate;

  const withTrees = all >= ALL_FOR_TREES && rarer >= LEAST_FOR_TREES;
  const folds = asked.rows < ROWS_FOR_THREE ? 5 : 3;
  const onModel = (done: number, of: number) => onProgress((0.7 * done) / of);
  const unseen = crossed(asked, { folds, seed, groups, kinds: withTrees ? kinds : [], onModel });
  const { share, logOdds } = weighed(unseen, asked);
  if (!isWorthMore(logOdds, unseen.rate, asked)) return rate;

  const { labels, weights, lead } = asked;
  const found = calibrationFor({ logOdds, labels, weights, lead }, seed);
  // n leads that all went one way speak for a chance of (n + 1/2) of (n + 1), and for no more
  const limit = Math.log(2 * all + 1);
  const calibration: Calibration = found.kind === "platt" ? { ...found, limit } : found;
  const parts: Model["parts"][number][] = [];
  if (share < 1)
    parts.push({ weight: (10 - 10 * share) / 10, part: learnLinear(some(table, LINEAR_ROWS, seed), { seed }) });
  onProgress(0.75);
  if (share > 0) {
    for (const [kind, settings] of kinds.entries()) {
      const rounds = Math.max(1, Math.round((unseen.rounds[kind] as number) * MORE_ROUNDS));
      const done = (round: number) => (kind + round / rounds) / kinds.length;
      const onRound = ({ round }: { round: number }) => onProgress(0.75 + 0.24 * done(round));
      const part = boost(table, { ...settings, rounds }, { seed, onRound }) as Boosted;
      parts.push({ weight: share / kinds.length, part });
    }
  }
  onProgress(1);
  return { ...rate, parts, calibration };
}

function finite({ columns, cells }: Table): void {
  const bad = columns.find((_, at) =>
    (cells[at] as Float64Array).some((cell) => cell === Infinity || cell === -Infinity),
  );
  if (bad !== undefined)
    throw new InvalidInput(
      `The column "${bad.name}" has an infinite number: expected finite ones, or NaN for missing.`,
    );
}

/** At most `most` rows, drawn evenly, in their order. */
function some(table: Table, most: number, seed: number): Table {
  if (table.rows <= most) return table;
  const next = draws(seed);
  const rows: number[] = [];
  for (let row = 0; row < table.rows; row += 1) if (next() < most / table.rows) rows.push(row);
  return subset(table, rows);
}

/** The trees' share, in tenths, with the least loss on rows left out; a tie goes to the logistic. */
function weighed({ linear, trees }: Unseen, { labels, weights }: Table): { share: number; logOdds: Float64Array } {
  let best = { share: 0, logOdds: linear, loss: lossOf(linear, labels, weights) };
  if (trees === undefined) return best;
  for (let tenths = 1; tenths <= 10; tenths += 1) {
    const share = tenths / 10;
    const logOdds = linear.map((value, row) => (1 - share) * value + share * (trees[row] as number));
    const loss = lossOf(logOdds, labels, weights);
    if (loss < best.loss) best = { share, logOdds, loss };
  }
  return best;
}

const lossOf = (logOdds: Float64Array, labels: Uint8Array, weights: Float64Array | undefined): number =>
  logLoss(logOdds.map(sigmoid), labels, weights);

/** Better than the rate by more than one standard error: what is found among few leads is luck more often than not. */
function isWorthMore(logOdds: Float64Array, rate: Float64Array, { labels, weights, lead }: Table): boolean {
  const smooth = platt({ logOdds, labels, weights });
  const chances = logOdds.map((one) => calibrated(smooth, one));
  const { value, error } = lossApart(chances, rate.map(sigmoid), labels, lead);
  return smooth.slope > 0 && value + error < 0;
}
