// Models for tests: one column, one rate, whole in every part.

import { type Aim, APPOINTMENT } from "../src/kernel/aim.ts";
import type { Body, Metrics, NewModel, Verdict } from "../src/scoring/index.ts";

export const chanceBody = (logOdds: number): Extract<Body, { kind: "chance" }> => ({
  kind: "chance",
  model: {
    format: 1,
    columns: [{ name: "idle_days", kind: "number" }],
    parts: [{ weight: 1, part: { kind: "rate", logOdds } }],
    calibration: { kind: "none" },
    learned: { rows: 400, positives: 40, seed: 1 },
  },
  quantiles: Array.from({ length: 101 }, (_, percent) => percent / 200),
  location: { logOdds: 0.1, n: 64, k: 136 },
  agents: { user_ada: { logOdds: -0.05, n: 12, k: 136 } },
});

export const churnBody = (days = 30): Extract<Body, { kind: "churn" }> => ({
  kind: "churn",
  model: chanceBody(-2).model,
  days,
});

const interval = (value: number) => ({ value, low: value - 0.01, high: value + 0.01 });

export const METRICS: Metrics = {
  rows: 200,
  positives: 40,
  from: Date.UTC(2026, 0, 1),
  until: Date.UTC(2026, 1, 1),
  logLoss: interval(0.2),
  brier: interval(0.1),
  auc: interval(0.8),
  ece: interval(0.02),
  reliability: [{ shown: 0.1, observed: 0.12, n: 200, low: 0.08, high: 0.17 }],
  baseLogLoss: 0.3,
  baseRate: 0.1,
};

/** Held against the rules, and better. */
export const PASSED: Verdict = {
  against: "rules",
  promoted: true,
  gain: { value: 0.05, low: 0.02, high: 0.08 },
  rows: 200,
  bars: [{ bar: "better", outcome: "passed", says: "log loss is lower" }],
};

export const FAILED: Verdict = {
  ...PASSED,
  promoted: false,
  bars: [{ bar: "better", outcome: "failed", says: "log loss is lower by nothing that counts" }],
};

export const newModel = (body: Body, verdict: Verdict = PASSED): NewModel => ({
  body,
  learned: {
    rows: 400,
    positives: 40,
    from: Date.UTC(2025, 9, 1),
    until: Date.UTC(2025, 11, 1),
    data: "0".repeat(64),
    seed: 1,
    features: "000000000000",
    source: "own",
    locations: 1,
  },
  metrics: METRICS,
  shapes: { columns: {}, score: { edges: [], counts: [0] } },
  verdict,
});

/** Locations of which none has chosen what its chance foretells. */
export const unchosen = async (locations: readonly string[]): Promise<ReadonlyMap<string, Aim>> =>
  new Map(locations.map((location) => [location, APPOINTMENT]));
