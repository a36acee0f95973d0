// The public data sets that learning is held to, with what a well-made reference reaches on the same split.
// The references are scikit-learn 1.2.1's on fold 0: docs/scoring.md says how they were made.

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { type Labeled, labeled, readSheet } from "../src/scoring/evaluate/csv.ts";

export interface ScoringSet {
  readonly name: string;
  readonly file: string;
  readonly label: string;
  readonly drop: readonly string[];
  readonly unique: boolean;
  readonly reference: { readonly model: "HistGB" | "logistic"; readonly auc: number; readonly logLoss: number };
  /** Most expected calibration error after calibration; where one was set. */
  readonly mostError?: number;
}

// from the folder that commands are run in: the bench runs these lines out of a bundle elsewhere
const FOLDER = resolve("../shared/data");
export const hasSets = existsSync(FOLDER);

const SHOPPERS = { file: "online-shoppers/online-shoppers.csv", label: "Revenue", unique: false };

export const SETS: readonly ScoringSet[] = [
  {
    ...SHOPPERS,
    name: "online-shoppers",
    drop: [],
    reference: { model: "HistGB", auc: 0.931, logLoss: 0.237 },
    mostError: 0.02,
  },
  {
    ...SHOPPERS,
    name: "online-shoppers without PageValues",
    drop: ["PageValues"],
    reference: { model: "HistGB", auc: 0.775, logLoss: 0.382 },
  },
  {
    name: "bank-full without duration",
    file: "bank-marketing/bank-full.csv",
    label: "y",
    drop: ["duration"],
    unique: false,
    reference: { model: "HistGB", auc: 0.803, logLoss: 0.283 },
    mostError: 0.02,
  },
  {
    name: "telco-churn",
    file: "telco-churn/telco-churn.csv",
    label: "Churn",
    drop: ["customerID"],
    unique: false,
    reference: { model: "logistic", auc: 0.86, logLoss: 0.397 },
    mostError: 0.035,
  },
  {
    name: "iranian-churn, each row once",
    file: "iranian-churn/iranian-churn.csv",
    label: "Churn",
    drop: [],
    unique: true,
    reference: { model: "HistGB", auc: 0.991, logLoss: 0.077 },
  },
  {
    name: "adult",
    file: "adult/adult.csv.gz",
    label: "income",
    drop: ["fnlwgt"],
    unique: false,
    reference: { model: "HistGB", auc: 0.93, logLoss: 0.272 },
    mostError: 0.02,
  },
];

/** Mean AUC over the sets that is the prize. */
export const PRIZE = 0.882;
/** By how much a figure may fall short of its reference: what five folds of one model differ by. */
export const TOLERANCE = 0.005;
/** bank-full, last fifth of the file, as a frozen HistGB scores it. */
export const FROZEN = { logLoss: 0.757, calibrationError: 0.186 };

export const setNamed = (name: string): ScoringSet => SETS.find((set) => set.name === name) as ScoringSet;

const pathOf = ({ file }: ScoringSet): string => join(FOLDER, file);

export function rowsOf(set: ScoringSet): Labeled {
  const bytes = readFileSync(pathOf(set));
  const text = (set.file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return labeled(readSheet(text), set);
}
