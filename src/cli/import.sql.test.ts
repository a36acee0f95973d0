// `latchkey import` at the simulated town, whose CRM is nobody's but the running Latchkey's.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cliHouse } from "../../test/cli-place.ts";
import { openInstallations, openSeal } from "../tenancy/index.ts";
import { importLeads, importPast } from "./import.ts";

const house = cliHouse();
const given = { json: true, location: "town_maple", dryRun: false };

test("the past of a simulated town is refused at once, and a file until its Latchkey is asked", async () => {
  const clock = { now: Date.now, real: Date.now, elapsed: () => performance.now() };
  const seal = openSeal("a secret of at least thirty-two characters");
  const installations = await openInstallations({ database: house.database, seal, clock });
  await installations.install({ location: "town_maple", by: "start" });
  await expect(importPast({ ...given, only: undefined, since: undefined })).rejects.toThrow("has no past to import");
  const file = join(house.folder, "leads.csv");
  writeFileSync(file, "first_name,email\nAda,ada@example.com\n");
  await expect(importLeads(file, { ...given, map: undefined })).rejects.toThrow("asked by the Latchkey that runs it");
});
