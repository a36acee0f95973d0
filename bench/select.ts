// The defaults chosen by the rule of docs/decisions/defaults.md: every candidate learned from folds 2 to 4 of each set and
// tested on fold 1, with three seeds. Fold 0 has no part in it. What was done is kept, and an interrupted run goes on.

import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { learn } from "../src/scoring/learn/learn.ts";
import { countOf, lossOf, measure } from "../src/scoring/learn/metrics.ts";
import type { Model, Table } from "../src/scoring/learn/model.ts";
import { ready } from "../src/scoring/learn/predict.ts";
import { rowsOf, type ScoringSet, SETS } from "../test/scoring-sets.ts";
import { CANDIDATES, type Candidate } from "./candidates.ts";
import { type Choice, choosable, chosen, type Fit } from "./choosing.ts";

const SEEDS = [1, 2, 3];
const KEPT = ".cache/select.jsonl";
const SOURCES = ["src/scoring/learn", "src/scoring/evaluate", "src/kernel"];

type Say = (name: string, ...figures: readonly string[]) => void;

export function select(say: Say): void {
  const kept = keptFits();
  const code = codeOf();
  const whole = SETS.length * CANDIDATES.length * SEEDS.length;
  const fits: Fit[] = [];
  for (const set of SETS) {
    const { learned, tested } = choosable(rowsOf(set));
    for (const candidate of CANDIDATES) {
      for (const seed of SEEDS) {
        const key = hashed(JSON.stringify([code, set, candidate.kinds, seed]));
        const before = process.cpuUsage();
        const fit = kept.get(key) ?? fitOf({ set, learned, tested, candidate, seed });
        const { user } = process.cpuUsage(before);
        fits.push({ ...fit, candidate: candidate.name });
        if (kept.has(key)) continue;
        keep(key, fit);
        const figures = `log loss ${measured(fit).toFixed(4)}, of the base rate ${fit.baseLoss.toFixed(4)}`;
        say(`  ${fits.length} of ${whole}`, `${set.name}, ${candidate.name}, seed ${seed}`, figures, seconds(user));
      }
    }
  }
  const bars = Object.fromEntries(
    SETS.flatMap(({ name, mostError }) => (mostError === undefined ? [] : [[name, mostError] as const])),
  );
  told(say, chosen(fits, bars));
}

const seconds = (micro: number): string => `${(micro / 1e6).toFixed(1)} s CPU`;
const measured = ({ losses }: Fit): number => losses.reduce((sum, loss) => sum + loss, 0) / losses.length;

interface Fitting {
  readonly set: ScoringSet;
  readonly learned: Table;
  readonly tested: Table;
  readonly candidate: Candidate;
  readonly seed: number;
}

function fitOf({ set, learned, tested, candidate, seed }: Fitting): Fit {
  const model = learn(learned, { seed, kinds: candidate.kinds });
  const { chance } = ready(model);
  const { labels, rows, cells } = tested;
  const chances = Float64Array.from({ length: rows }, (_, at) => chance(cells.map((column) => column[at] as number)));
  const { auc, calibrationError } = measure(chances, labels);
  const rate = countOf(learned.labels) / learned.rows;
  return {
    ...{ candidate: candidate.name, set: set.name, file: set.file, seed, auc, calibrationError },
    leaves: leavesOf(model),
    baseLoss: labels.reduce((sum, label) => sum + lossOf(rate, label), 0) / rows,
    losses: chances.map((one, at) => lossOf(one, labels[at] as number)),
  };
}

const leavesOf = ({ parts }: Model): number =>
  parts
    .flatMap(({ part }) => (part.kind === "boosted" ? part.trees : []))
    .reduce((sum, { feature }) => sum + feature.filter((one) => one < 0).length, 0);

const hashed = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What a fit came of, beside its settings: another learner's fits are not this one's. */
const codeOf = (): string =>
  hashed(
    SOURCES.flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
      .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
      .toSorted()
      .map((path) => `${path}\n${readFileSync(path, "utf8")}`)
      .join("\n"),
  );

function keep(key: string, { losses, ...fit }: Fit): void {
  mkdirSync(".cache", { recursive: true });
  const bytes = Buffer.from(losses.buffer).toString("base64");
  appendFileSync(KEPT, `${JSON.stringify({ key, ...fit, losses: bytes })}\n`);
}

function keptFits(): Map<string, Fit> {
  if (!existsSync(KEPT)) return new Map();
  const lines = readFileSync(KEPT, "utf8").split("\n").slice(0, -1);
  return new Map(
    lines.map((line) => {
      const { key, losses, ...fit } = JSON.parse(line) as Omit<Fit, "losses"> & { key: string; losses: string };
      return [key, { ...fit, losses: new Float64Array(new Uint8Array(Buffer.from(losses, "base64")).buffer) }];
    }),
  );
}

function told(say: Say, { standings, setAside, best, winner }: Choice): void {
  for (const { candidate, loss, bySeed, behind, auc, errors, leaves, meetsBars, tied } of standings) {
    say(
      candidate,
      `loss ${loss.toFixed(4)} (seeds ${bySeed.map((one) => one.toFixed(4)).join(" ")})`,
      `behind ${behind.value.toFixed(4)}, error over files ${behind.overFiles.toFixed(4)}, over rows ${behind.overRows.toFixed(4)}`,
      `AUC ${auc.toFixed(4)}`,
      `leaves ${leaves.toFixed(0)}`,
      `ECE ${Object.values(errors)
        .map((one) => one.toFixed(3))
        .join(" ")}`,
      `${meetsBars ? "meets its bars" : "misses a bar"}${tied ? ", tied" : ""}`,
    );
  }
  say("bars set aside", setAside.length === 0 ? "none" : setAside.join(", "));
  say("best", best);
  say("chosen", winner);
}
