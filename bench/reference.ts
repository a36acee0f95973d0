// scikit-learn on the same rows as ours: Debian's python3-sklearn, in a process of its own, one thread.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Table } from "../src/scoring/learn/model.ts";
import type { ScoringSet } from "../test/scoring-sets.ts";

const PYTHON = "/usr/bin/python3";
const SCRIPT = fileURLToPath(new URL("../../bench/reference.py", import.meta.url));

export interface Asked {
  readonly model: ScoringSet["reference"]["model"];
  readonly learned: Table;
  readonly tested: Table;
}

export interface Answered {
  /** CPU seconds of learning. */
  readonly seconds: number;
  /** Of the rows tested, in their order. */
  readonly chances: Float64Array;
}

/** @throws Error saying what it printed */
export function askReference({ model, learned, tested }: Asked): Answered {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  const write = (name: string, { cells }: Table) =>
    writeFileSync(join(folder, name), Buffer.concat(cells.map((column) => Buffer.from(column.buffer))));
  try {
    write("learned", learned);
    write("tested", tested);
    writeFileSync(join(folder, "labels"), learned.labels);
    const columns = learned.columns.length;
    const categories = learned.columns.flatMap(({ kind }, at) => (kind === "category" ? [at] : []));
    const asked = { model, learned: learned.rows, tested: tested.rows, columns, categories };
    writeFileSync(join(folder, "asked.json"), JSON.stringify(asked));
    const { status, stdout, stderr } = spawnSync(PYTHON, [SCRIPT, folder], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" },
    });
    if (status !== 0) throw new Error(`scikit-learn did not answer: ${stderr}`);
    const chances = new Float64Array(new Uint8Array(readFileSync(join(folder, "chances"))).buffer);
    return { seconds: Number(stdout), chances };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const NO_REFERENCE = `not found: apt-get install python3-sklearn gives it to ${PYTHON}`;

/** Whether there is one to compare with. */
export const hasReference = (): boolean => spawnSync(PYTHON, ["-c", "import sklearn"]).status === 0;
