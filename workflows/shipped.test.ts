// The shipped folder as it is shipped: nothing of it is an error at the town that comes with it, and no e-mail of it
// waits for a file that nobody has.

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { CUSTOM_FIELDS, PIPELINE, USERS, WORKFLOWS } from "../simulator/crm/catalog.ts";
import { TOWN_LINKS } from "../src/app/town.ts";
import { bytesIn } from "../src/cli/authoring.ts";
import { checkFolder, headline } from "../src/workflows/index.ts";

const folder = fileURLToPath(new URL("./", import.meta.url));

test("the shipped folder has no error against the shipped town, and every file that its e-mails attach", async () => {
  const around = {
    pipelines: [PIPELINE.name],
    stages: PIPELINE.stages.map(({ name }) => ({ pipeline: PIPELINE.name, name })),
    users: USERS.map(({ id }) => id),
    fields: CUSTOM_FIELDS.map(({ fieldKey }) => fieldKey),
    crmWorkflows: WORKFLOWS.map(({ name }) => name),
    links: Object.keys(TOWN_LINKS),
  };
  const { diagnostics } = await checkFolder(folder, { location: "town_1", around, bytesOf: bytesIn(folder) });
  expect(diagnostics.filter(({ severity, code }) => severity === "error" || code === "no-file").map(headline)).toEqual([]);
});
