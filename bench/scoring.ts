// Learning, beside its references: `npm run bench:scoring [sets splits speed million]`, all of them without a word; `select`
// chooses the defaults, and is run only where it is named.
// CPU seconds, not seconds: the machine may be busy with others. scikit-learn runs in the same run where it is there.

import { cpus, loadavg } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import { tableOf, typed } from "../src/scoring/evaluate/columns.ts";
import { parted, tried } from "../src/scoring/evaluate/trial.ts";
import { explainer } from "../src/scoring/explain/explain.ts";
import { learn } from "../src/scoring/learn/learn.ts";
import type { Model, Table } from "../src/scoring/learn/model.ts";
import { ready } from "../src/scoring/learn/predict.ts";
import { subset } from "../src/scoring/learn/subset.ts";
import { boost, DEFAULTS, type TreeSettings } from "../src/scoring/learn/trees.ts";
import { boostedOf, dice, modelOf, rowOf } from "../test/models.ts";
import { hasSets, PRIZE, rowsOf, type ScoringSet, SETS, setNamed, TOLERANCE } from "../test/scoring-sets.ts";
import { askReference, hasReference, NO_REFERENCE } from "./reference.ts";
import { select } from "./select.ts";
import { splits } from "./splits.ts";

const say = (name: string, ...figures: readonly string[]) =>
  process.stdout.write(`${name.padEnd(36)} ${figures.join(" · ")}\n`);

/** The settings of the reference's trees: 300 rounds, 31 leaves, as deep as they like. */
const REFERENCE: TreeSettings = {
  ...DEFAULTS,
  rounds: 300,
  rate: 0.05,
  leaves: 31,
  depth: 30,
  minLeaf: 20,
  l2: 1,
  rowShare: 1,
  columnShare: 1,
};

function cpuSeconds<T>(work: () => T): { readonly seconds: number; readonly result: T } {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (user + system) / 1e6, result };
}

function halves(set: ScoringSet): { readonly learned: Table; readonly test: Table } {
  const labeled = rowsOf(set);
  const { from, on } = parted(labeled.labels.length, { kind: "fold", fold: 0 });
  const columns = typed(labeled, from);
  return { learned: tableOf(labeled, columns, from), test: tableOf(labeled, columns, on) };
}

function sets(): void {
  let sum = 0;
  const isCompared = hasReference();
  for (const set of SETS) {
    const { seconds, result } = cpuSeconds(() => tried(rowsOf(set), { split: { kind: "fold", fold: 0 }, seed: 1 }));
    const { measures, auc, raw } = result;
    sum += measures.auc / SETS.length;
    const { reference } = set;
    const aucBy = measures.auc - (reference.auc - TOLERANCE);
    const lossBy = reference.logLoss + TOLERANCE - measures.logLoss;
    const errorBy = (set.mostError ?? Infinity) - measures.calibrationError;
    const isMet = aucBy >= 0 && lossBy >= 0 && errorBy >= 0;
    say(
      set.name,
      `n ${measures.n}, base rate ${(100 * result.testedOn.baseRate).toFixed(1)} %`,
      `AUC ${measures.auc.toFixed(4)} (${auc.low.toFixed(3)} to ${auc.high.toFixed(3)}), ${reference.model} ${reference.auc}`,
      `log loss ${measures.logLoss.toFixed(4)}, ${reference.model} ${reference.logLoss}`,
      `ECE ${raw.calibrationError.toFixed(4)} -> ${measures.calibrationError.toFixed(4)}${set.mostError === undefined ? "" : `, at most ${set.mostError}`}`,
      isMet
        ? "met"
        : `MISSED: AUC by ${Math.max(0, -aucBy).toFixed(4)}, log loss by ${Math.max(0, -lossBy).toFixed(4)}, ECE by ${Math.max(0, -errorBy).toFixed(4)}`,
    );
    const { learned, test } = halves(set);
    const same = cpuSeconds(() => boost(learned, REFERENCE, { seed: 1 })).seconds;
    const theirs = isCompared ? askReference({ model: "HistGB", learned, tested: test }).seconds : undefined;
    say(
      `  learned from ${learned.rows} x ${learned.columns.length}`,
      `everything ${seconds.toFixed(2)} s CPU`,
      `300 trees of 31 leaves alone ${same.toFixed(2)} s`,
      theirs === undefined
        ? ""
        : `scikit-learn, the same, one thread ${theirs.toFixed(2)} s (${(same / theirs).toFixed(2)} x)`,
    );
  }
  say("mean AUC", `${sum.toFixed(4)}, to beat ${PRIZE}`);
  if (!isCompared) say("scikit-learn", NO_REFERENCE);
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] as number;

function microsecondsPerRow(rows: readonly number[][], ask: (row: number[]) => unknown): number {
  for (const row of rows) ask(row);
  const runs = Array.from({ length: 9 }, () => cpuSeconds(() => rows.forEach((row) => void ask(row))).seconds);
  return (1e6 * median(runs)) / rows.length;
}

function speed(): void {
  const { learned, test } = halves(setNamed("bank-full without duration"));
  const few = subset(
    learned,
    Array.from({ length: 5_000 }, (_, row) => row * 7),
  );
  boost(few, { ...DEFAULTS, rounds: 150 }, { seed: 1 });
  const trees = median(
    Array.from({ length: 5 }, () => cpuSeconds(() => boost(few, { ...DEFAULTS, rounds: 150 }, { seed: 1 })).seconds),
  );
  const whole = median(Array.from({ length: 3 }, () => cpuSeconds(() => learn(few, { seed: 1 })).seconds));
  say("5,000 leads", `150 trees ${trees.toFixed(3)} s CPU (at most 0.5)`, `everything ${whole.toFixed(2)} s`);

  const rows = Array.from({ length: 1_000 }, (_, row) => test.cells.map((cells) => cells[row] as number));
  const model = learn(learned, { seed: 1 });
  const deep = boost(learned, { ...DEFAULTS, rounds: 150, depth: 6, leaves: 31 }, { seed: 1 });
  if (deep === undefined) throw new Error("nobody cancelled it");
  const six: Model = { ...model, parts: [{ weight: 1, part: deep }] };
  for (const [name, one] of [
    ["learned on bank-full", model],
    ["150 trees of depth 6", six],
  ] as const) {
    const trees = one.parts.reduce((sum, { part }) => sum + (part.kind === "boosted" ? part.trees.length : 0), 0);
    const score = microsecondsPerRow(rows, ready(one).chance);
    say(name, `${trees} trees`, `score ${score.toFixed(1)} us a row (at most 30)`, explained(one, rows));
  }
  const roll = dice(1);
  const full = boostedOf(roll, [...rows[0]!.keys()], 6, 150, 0);
  const madeUp = modelOf(rows[0]!.length, [{ weight: 1, part: full }]);
  const asked = Array.from({ length: 200 }, () => rowOf(roll, madeUp.columns.length));
  say("150 full trees of depth 6, made up", explained(madeUp, asked));
}

/** Quickest and median of 25 runs over 200 rows, and the CPU time of making ready. */
function explained(model: Model, rows: readonly number[][]): string {
  const { seconds, result: explain } = cpuSeconds(() => explainer(model));
  const some = rows.slice(0, 200);
  for (const row of some) explain(row);
  const runs = Array.from({ length: 25 }, () => cpuSeconds(() => some.forEach((row) => void explain(row))).seconds);
  const [quickest, middle] = [Math.min(...runs), median(runs)].map((run) => ((1000 * run) / some.length).toFixed(3));
  return `explanation ${quickest} and ${middle} ms (at most 0.5), made ready in ${(1000 * seconds).toFixed(0)} ms`;
}

/** A million rows learned from in a worker thread: what the process weighs at most, and how late its other work gets. */
async function million(): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 50);
  delay.enable();
  const worker = new Worker(new URL("./scoring-million.js", import.meta.url));
  const done = await new Promise<{ rows: number; seconds: number; trees: number }>((resolve, reject) => {
    worker.once("message", resolve).once("error", reject);
  });
  delay.disable();
  clearInterval(watch);
  await worker.terminate();
  say(
    `${done.rows} rows in a worker thread`,
    `${done.seconds.toFixed(0)} s, ${done.trees} trees`,
    `memory of the process at most ${(most / 2 ** 20).toFixed(0)} MB`,
    `event loop late: p50 ${(delay.percentile(50) / 1e6 - 5).toFixed(1)} ms, p99 ${(delay.percentile(99) / 1e6 - 5).toFixed(1)} ms, worst ${(delay.max / 1e6 - 5).toFixed(0)} ms`,
  );
}

const SCENARIOS: Readonly<Record<string, () => void | Promise<void>>> = {
  sets,
  splits: () => splits(say),
  speed,
  million,
  select: () => select(say),
};
const asked = process.argv.slice(2);
const unknown = asked.find((name) => SCENARIOS[name] === undefined);
if (unknown !== undefined) {
  process.stderr.write(`There is no "${unknown}": expected some of ${Object.keys(SCENARIOS).join(", ")}.\n`);
  process.exit(2);
}
if (!hasSets) {
  process.stderr.write("The public sets are not beside the repository (../shared/data): nothing to measure on.\n");
  process.exit(2);
}
say("machine", `${cpus().length} x ${cpus()[0]?.model}`, `Node ${process.version}`, `load ${loadavg()[0]?.toFixed(1)}`);
for (const name of asked.length === 0 ? Object.keys(SCENARIOS).filter((name) => name !== "select") : asked)
  await SCENARIOS[name]?.();
