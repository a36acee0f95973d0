// The rate at full load: mass wakes of many locations through two senders, judged at the provider, as the budget suite
// does it. BUDGET_LOCATIONS and BUDGET_SECONDS: smaller or longer runs.

import { chmod, mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { migrate, openEmbedded } from "../src/database/index.ts";
import { openFacts } from "../src/kernel/facts.ts";
import { runBudget } from "../test/budget/rig.ts";

export async function budget(say: (scenario: string, figures: Record<string, number | string>) => void): Promise<void> {
  const locations = Number(process.env["BUDGET_LOCATIONS"] ?? 100);
  const seconds = Number(process.env["BUDGET_SECONDS"] ?? 60);
  const load = loadavg().map((one) => one.toFixed(1));
  const data = await mkdtemp(join(tmpdir(), "latchkey-bench-"));
  await chmod(data, 0o755); // or the cluster of a run as root would live, and stay, under /var/lib/latchkey
  const server = await openEmbedded({ data, facts: openFacts(), mayCreateDatabases: true });
  try {
    await migrate({ url: server.url, facts: openFacts(), now: Date.now() });
    const found = await runBudget({
      databaseUrl: server.url,
      locations,
      senders: 2,
      warmUpMs: 12_000,
      measuredMs: seconds * 1_000,
      replyEveryMs: Math.max(50, 5_000 / locations),
    });
    say("rate at full load, two senders", {
      locations,
      load: load.join(" "),
      "most in 10 s": found.most,
      "turned away": found.turnedAway,
      "of the lawful rate": found.share,
      "of it, least": found.leastShare,
      replies: `${found.replies.arrived} of ${found.replies.asked}`,
      "p50 ms": found.replies.p50,
      "p99 ms": found.replies.p99,
      "CPU ms each": (found.cpu * 1_000) / found.requests,
      "timers late ms": found.lateness,
    });
  } finally {
    await server.close();
    await rm(data, { recursive: true, force: true });
  }
}
