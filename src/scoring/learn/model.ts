// What a learned model is, at rest and in memory: plain JSON under a version, so that it can be read, compared, kept and
// taken back. Training makes it, prediction and explanation read it; nothing else is needed to score a lead.

/** A column as the learner sees it. A cell is a number: the value, or the index of the level; NaN is missing. */
export type Column =
  | {
      readonly name: string;
      readonly kind: "number";
      /** 1: more of it never lowers the chance; -1: never raises it. */
      readonly monotone?: 1 | -1;
    }
  | {
      readonly name: string;
      readonly kind: "category";
      /** As they were when the model was trained; what is not among them is missing. */
      readonly levels: readonly string[];
    };

/** One row: a cell per column of the model, in its order. */
export type Row = Float64Array | readonly number[];

/** Rows to learn from, by column: `cells[column][row]`. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly cells: readonly Float64Array[];
  /** 0 or 1. */
  readonly labels: Uint8Array;
  /** Positive; absent: all 1. */
  readonly weights?: Float64Array;
  /**
   * Whose row it is: rows of one number are one lead at several instants, and speak of each other. Absent: every row is
   * somebody of its own.
   */
  readonly lead?: Int32Array;
}

/**
 * A tree, by node; node 0 is the root. Where `feature` is negative the node is a leaf and `value` what it adds to the
 * log-odds. A number goes left when it is at most `threshold`; a level when its index is in `levels`; a missing
 * cell where `missingLeft` says.
 */
export interface Tree {
  readonly feature: readonly number[];
  readonly threshold: readonly number[];
  readonly levels: readonly (readonly number[] | null)[];
  readonly missingLeft: readonly boolean[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly value: readonly number[];
  /** Sum of weights of the training rows that came through: what the path-dependent explanation weighs by. */
  readonly cover: readonly number[];
}

/** Log-odds = base + the value of one leaf per tree. */
export interface Boosted {
  readonly kind: "boosted";
  readonly base: number;
  readonly trees: readonly Tree[];
}

/**
 * Ridge logistic regression. Per column: a number adds `weight * (filled - mean) / scale`, `filled` being the mean where
 * it is missing; `missing` is added where it is; a level adds `levels[index]`. Explanations are these terms less their
 * training mean. A number is held within a thousand `scale` of the mean, and before that within `within`.
 */
export interface Linear {
  readonly kind: "linear";
  readonly intercept: number;
  readonly terms: readonly LinearTerm[];
}

export type LinearTerm =
  | {
      readonly kind: "number";
      readonly mean: number;
      readonly scale: number;
      readonly weight: number;
      readonly missing: number;
      /** Share of training rows in which it was missing. */
      readonly missingShare: number;
      /** Cells are held within, where some were out of all scale of the others; absent: none was. */
      readonly within?: readonly [low: number, high: number];
    }
  | {
      readonly kind: "category";
      readonly levels: readonly number[];
      readonly missing: number;
      /** Training shares of the levels, and of missing last. */
      readonly shares: readonly number[];
    };

/** Nothing but a rate: what there is to say while there is too little to learn from. */
export interface Rate {
  readonly kind: "rate";
  readonly logOdds: number;
}

/** From raw log-odds to a probability. */
export type Calibration =
  | { readonly kind: "none" }
  /** sigmoid(intercept + slope * logOdds), the log-odds held within ±limit: what so many rows can support */
  | { readonly kind: "platt"; readonly intercept: number; readonly slope: number; readonly limit?: number }
  /** Linear between the knots, flat beyond them. `at`: raw log-odds, rising. */
  | { readonly kind: "isotonic"; readonly at: readonly number[]; readonly chance: readonly number[] };

/** Raw log-odds = the parts' log-odds, each times its weight (the weights add up to 1). */
export interface Model {
  readonly format: 1;
  readonly columns: readonly Column[];
  readonly parts: readonly { readonly weight: number; readonly part: Boosted | Linear | Rate }[];
  readonly calibration: Calibration;
  /** Rows, positives and seed of its training. */
  readonly learned: { readonly rows: number; readonly positives: number; readonly seed: number };
}
