// A judge that never says no proves nothing: each guard is taken away once, by name, and a short storm or a test must
// say so. The same storm finds nothing where nothing is planted.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { verdictOf } from "./storm/judge.ts";
import { IN_STORM, IN_TESTS, root, type TestPlant } from "./storm/plants.ts";
import { bundleWith, folder, shortStorm, sweepBundles } from "./storm/short.ts";
import type { Storm } from "./storm/storm.ts";

const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const ONLY = process.env["PLANT"];
/** Three at a time: a short storm waits more than it works. */
const AT_ONCE = 3;
const UNPLANTED = "nothing";

const stormed = new Map<string, Storm & { readonly seconds: number }>();
const wanted = (name: string) => ONLY === undefined || ONLY === name;

beforeAll(async () => {
  process.stdout.write(`plants: SEED=${SEED}\n`);
  const runs = [{ name: UNPLANTED, patches: [], judge: { finding: undefined } }, ...IN_STORM].filter(({ name }) =>
    wanted(name),
  );
  const scripts = new Map<string, string>();
  for (const { name, patches } of runs) scripts.set(name, await bundleWith(name, patches));
  const next = async (): Promise<void> => {
    for (let run = runs.shift(); run !== undefined; run = runs.shift()) {
      const { name, judge } = run;
      const from = performance.now();
      const found = await shortStorm(inject("cluster"), scripts.get(name) as string, SEED, judge.finding);
      const seconds = Math.round((performance.now() - from) / 1_000);
      stormed.set(name, { ...found, seconds });
      const { intended, taken } = found.figures;
      const rest = found.restAfter === undefined ? "" : `, at rest after ${Math.round(found.restAfter / 1_000)} s`;
      const wrong = verdictOf(found).join(", ") || "nothing wrong";
      process.stdout.write(`plants: ${name}: ${wrong}; ${intended} intended, ${taken} taken, ${seconds} s${rest}\n`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}, 1_800_000);
afterAll(sweepBundles);

describe("a short storm", () => {
  test.runIf(wanted(UNPLANTED))("finds nothing where nothing is planted, and comes to rest", () => {
    const found = stormed.get(UNPLANTED) as Storm;
    expect(verdictOf(found).map((name) => [name, found[name as keyof Storm]])).toEqual([]);
    expect(found.restAfter).toBeDefined();
  });

  test.each(IN_STORM.filter(({ name }) => wanted(name)))("finds $name out: $guard", ({ name, judge }) => {
    const found = stormed.get(name) as Storm;
    expect(verdictOf(found)).toContain(judge.finding);
  });
});

describe.runIf(IN_TESTS.some(({ name }) => wanted(name)))("a test", () => {
  test.each(IN_TESTS.filter(({ name }) => wanted(name)))("finds $name out: $guard", async (plant) => {
    const { red, green, said } = await tested(plant);
    expect(said).toContain(plant.judge.test);
    expect({ red, green }).toEqual({ red: 1, green: 0 });
  });
});

/** Runs the one test against planted sources, and counts. */
async function tested({ name, judge }: TestPlant): Promise<{ red: number; green: number; said: string }> {
  const pattern = judge.test.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  // a file: whatever else is written beside may hold braces, and be long
  const report = join(folder, `${name}.json`);
  const args = [
    vitest,
    "run",
    "--config",
    "test/storm/planted.config.ts",
    "--root",
    root,
    "-t",
    pattern,
    "--reporter=json",
    `--outputFile=${report}`,
  ];
  const env = { ...process.env, PLANT: name, TEST_CLUSTER: JSON.stringify(inject("cluster")) };
  await once(spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "ignore", "inherit"] }), "exit");
  const said = readFileSync(report, "utf8");
  const { numFailedTests, numPassedTests } = JSON.parse(said) as { numFailedTests: number; numPassedTests: number };
  return { red: numFailedTests, green: numPassedTests, said };
}
