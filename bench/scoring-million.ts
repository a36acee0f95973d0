// Worker thread of bench:scoring: a million rows like bank-full's, learned from as `latchkey train` would.

import { parentPort } from "node:worker_threads";
import { tableOf, typed } from "../src/scoring/evaluate/columns.ts";
import { draws } from "../src/scoring/learn/draws.ts";
import { learn } from "../src/scoring/learn/learn.ts";
import type { Table } from "../src/scoring/learn/model.ts";
import { rowsOf, setNamed } from "../test/scoring-sets.ts";

const ROWS = 1_000_000;

/** Rows drawn with repetition; numbers moved a little, so that few are copies. */
function drawn(): Table {
  const labeled = rowsOf(setNamed("bank-full without duration"));
  const all = [...labeled.labels.keys()];
  const { columns, cells, labels } = tableOf(labeled, typed(labeled, all), all);
  const next = draws(1);
  const from = Uint32Array.from({ length: ROWS }, () => Math.floor(next() * all.length));
  return {
    columns,
    rows: ROWS,
    cells: cells.map((values, at) => {
      const moved = columns[at]?.kind === "number" ? () => Math.floor(3 * next()) : () => 0;
      return Float64Array.from(from, (row) => (values[row] as number) + moved());
    }),
    labels: Uint8Array.from(from, (row) => labels[row] as number),
  };
}

const table = drawn();
const began = performance.now();
const model = learn(table, { seed: 1 });
const trees = model.parts.reduce((sum, { part }) => sum + (part.kind === "boosted" ? part.trees.length : 0), 0);
parentPort?.postMessage({ rows: ROWS, seconds: (performance.now() - began) / 1000, trees });
