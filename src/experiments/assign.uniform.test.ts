// Assignment as a statistician would check it: many leads, many experiments, chi-square.

import { describe, expect, test } from "vitest";
import { experimentOf } from "../../test/experiment.ts";
import { seeded } from "../../test/seeded.ts";
import { assign } from "./assign.ts";
import { chiSquareP } from "./statistics/ratio.ts";
import { chiSquareTail } from "./statistics/special.ts";

const seed = seeded.seed ?? 20_260_302;
const LEADS = 20_000;
const variants = [
  ["a", 0.5],
  ["b", 0.3],
  ["c", 0.2],
] as const;
const names = ["a", "b", "c", "none"];
/** Each experiment's draws over the same leads. */
const experiments = Array.from({ length: 12 }, (_, n) => experimentOf({ id: `test_${n}`, variants, holdout: 0.1 }));
const draws = experiments.map((experiment) =>
  Array.from({ length: LEADS }, (_, n) =>
    names.indexOf(assign(experiment, undefined, { seed: `seed ${seed}`, location: "loc", lead: `lead${n}` })),
  ),
);

/** Pearson's test that two draws over the same leads have nothing to do with each other. */
function independenceP(one: readonly number[], other: readonly number[]): number {
  const cell = (i: number, j: number) => one.filter((value, n) => value === i && other[n] === j).length;
  const table = names.map((_, i) => names.map((__, j) => cell(i, j)));
  const rows = table.map((row) => row.reduce((sum, count) => sum + count, 0));
  const columns = names.map((_, j) => table.reduce((sum, row) => sum + (row[j] ?? 0), 0));
  let distance = 0;
  for (const [i, row] of table.entries()) {
    for (const [j, count] of row.entries()) {
      const expected = ((rows[i] ?? 0) * (columns[j] ?? 0)) / LEADS;
      distance += (count - expected) ** 2 / expected;
    }
  }
  return chiSquareTail(distance, (names.length - 1) ** 2);
}

describe(`assignment of ${LEADS} leads in twelve experiments (SEED=${seed})`, () => {
  test("is as declared, the held out included", () => {
    const shares = [0.45, 0.27, 0.18, 0.1];
    const ps = draws.map((drawn) =>
      chiSquareP(shares.map((share, i) => ({ share, count: drawn.filter((value) => value === i).length }))),
    );
    console.log(`uniform: p ${ps.map((p) => p.toFixed(3)).join(" ")}`);
    // twelve tests: the smallest p of honest draws is below 0.0001 once in 800 seeds
    expect(Math.min(...ps)).toBeGreaterThan(1e-4);
  });

  test("in one experiment says nothing about another", () => {
    const ps = draws.flatMap((one, i) => draws.slice(i + 1).map((other) => independenceP(one, other)));
    console.log(`independent: ${ps.length} pairs, smallest p ${Math.min(...ps).toFixed(4)}`);
    expect(Math.min(...ps)).toBeGreaterThan(1e-5);
    // and the p-values are spread as they should be
    expect(ps.filter((p) => p < 0.5).length).toBeGreaterThan(15);
    expect(ps.filter((p) => p < 0.5).length).toBeLessThan(51);
  });
});
