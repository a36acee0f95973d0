import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const latchkey = fileURLToPath(new URL("../dist/latchkey.js", import.meta.url));
const workflows = fileURLToPath(new URL("../workflows", import.meta.url));

async function simulated(...more: string[]) {
  const args = [latchkey, "simulate", workflows, "--leads", "25", "--days", "20", "--json", ...more];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
  return { stdout, stderr, figures: JSON.parse(stdout) as { trace: string; leads: number; failed: object } };
}

test("a simulation of one seed is the same in two processes, byte for byte, and of another seed another", async () => {
  const [one, two, other] = [await simulated(), await simulated(), await simulated("--seed", "8")];
  expect(two.stdout).toBe(one.stdout);
  expect(one.figures).toMatchObject({ leads: 25, failed: {} });
  expect(other.figures.trace).not.toBe(one.figures.trace);
  expect(one.stderr).toMatch(/\d+ lead-days in [\d.]+ s: \d+ lead-days\/s/);
});

test("a simulation of one workflow lets the others begin only where it starts them", async () => {
  const { stdout } = await simulated("--workflow", "reengagement");
  const { workflows: all } = JSON.parse(stdout) as { workflows: { workflow: string; enrolled: number }[] };
  expect(all.filter(({ enrolled }) => enrolled > 0).map(({ workflow }) => workflow)).not.toContain(
    "first_time_buyer_nurture",
  );
});
