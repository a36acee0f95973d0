// Writes the truth of leads as they come, a line of JSON each after a head. Asked for by name, never by default.

import { appendFileSync, writeFileSync } from "node:fs";
import type { Lead } from "./birth.ts";
import { latentsOf, truthHead } from "./truth.ts";

/** @param file absent: nothing is written */
export function openTruthFile(file: string | undefined, seed: number): (lead: Lead) => void {
  if (file === undefined) return () => undefined;
  writeFileSync(file, `${JSON.stringify(truthHead(seed))}\n`, { mode: 0o600 });
  return (lead) => appendFileSync(file, `${JSON.stringify(latentsOf(lead))}\n`);
}
