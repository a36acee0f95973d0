// What leads do on the team's own site and with our links, put together: whose site a key is, who a pass was made for.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openPasses, type SignalNeeds } from "./ingest/index.ts";
import type { Database } from "./kernel/sql.ts";
import type { Clock } from "./kernel/time.ts";
import { normalizePhone } from "./outreach/index.ts";
import { type Installations, siteFinder } from "./tenancy/index.ts";

interface Needs {
  readonly database: Database;
  readonly clock: Clock;
  readonly installations: Pick<Installations, "list">;
}

export function openSignals({
  database,
  clock,
  installations,
}: Needs): Pick<SignalNeeds, "site" | "redeem" | "phone" | "script"> {
  const script = fileURLToPath(new URL("./track.js", import.meta.url));
  return {
    site: siteFinder(installations),
    redeem: openPasses({ database, clock }),
    phone: (text) => normalizePhone(text),
    ...(existsSync(script) ? { script: readFileSync(script) } : {}),
  };
}
