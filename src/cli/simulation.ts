// `latchkey simulate` runs as a child process: the town's lives are the simulator's, which nothing in `src/` imports.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Hands the arguments on; the child prints for itself. Answers its exit code. */
export function runSimulation(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [fileURLToPath(new URL("./simulate.js", import.meta.url)), ...args], {
    stdio: "inherit",
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 2));
  });
}
