// What an earlier Latchkey left behind: a server still running, or a postmaster.pid whose process is dead, a zombie,
// or by now somebody else.

import { existsSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Unavailable } from "../kernel/errors.ts";
import { commandOf, gone, processesIn, signal } from "./process.ts";

const FAST_MS = 15_000;
const FORCED_MS = 5_000;

/**
 * Ends whatever still runs in `cluster`, and clears a postmaster.pid that PostgreSQL would stumble over. An orphan
 * is stopped rather than adopted: what runs afterwards is a child of ours, started with our settings.
 */
export async function endOrphan(cluster: string): Promise<void> {
  const file = join(cluster, "postmaster.pid");
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, "utf8").split("\n")[0]);
  // The postmaster itself, or after its sudden death the backends that have not noticed yet.
  const folder = realpathSync(cluster);
  const running = () =>
    process.platform === "linux" ? processesIn(folder) : commandOf(pid).includes("postgres") ? [pid] : [];
  if (!(await ended(pid, running))) {
    throw new Unavailable(
      `A PostgreSQL left in ${cluster} (process ${pid}) does not stop. End it by hand, then start again.`,
    );
  }
  // PostgreSQL clears the file of a dead process itself. It does not when the number names a zombie, or was used again.
  rmSync(file, { force: true });
}

async function ended(postmaster: number, running: () => number[]): Promise<boolean> {
  if (running().includes(postmaster)) {
    signal(postmaster, "SIGINT");
    await gone([postmaster], FAST_MS);
  }
  for (const name of ["SIGQUIT", "SIGKILL"] as const) {
    if (await gone(running(), name === "SIGQUIT" ? 1_000 : FORCED_MS)) return true;
    for (const pid of running()) signal(pid, name);
  }
  return gone(running(), FORCED_MS);
}
