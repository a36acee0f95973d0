// Commands for whoever writes workflows: check the folder, print the schema of its language.

import { resolve } from "node:path";
import { readConfig } from "./config.ts";
import { InvalidInput } from "./kernel/errors.ts";
import { openPremises } from "./premises.ts";
import { type CatalogItem, openCatalogs } from "./tenancy/index.ts";
import { checkFolder, readFolder, type Surroundings, schemaText, writeSchema } from "./workflows/index.ts";

export interface Said {
  readonly text: string;
  readonly exit: 0 | 1 | 2;
}

interface CheckOptions {
  readonly json: boolean;
  readonly fix: boolean;
}

export async function check(folder: string, { json, fix }: CheckOptions): Promise<Said> {
  const result = await checkFolder(folder, { fix });
  if (result.exit !== 2) await writeSchema(folder, await readFolder(folder));
  return { text: json ? JSON.stringify({ diagnostics: result.diagnostics }) : result.text, exit: result.exit };
}

interface SchemaOptions {
  /** With the names that exist in the folder, and at the location. */
  readonly workspace: boolean;
  readonly location: string | undefined;
}

/** Prints the schema; with a workspace, also leaves it where the files' first line looks for it. */
export async function schema(folder: string, { workspace, location }: SchemaOptions): Promise<Said> {
  if (!workspace) return { text: schemaText([]).trimEnd(), exit: 0 };
  const files = await readable(folder);
  const around = location === undefined ? {} : surroundingsOf(await catalogOf(location));
  await writeSchema(folder, files, around);
  return { text: schemaText(files, around).trimEnd(), exit: 0 };
}

async function readable(folder: string) {
  try {
    return await readFolder(folder);
  } catch {
    throw new InvalidInput(`The folder ${resolve(folder)} could not be read.`);
  }
}

/** What the CRM last said of a location. */
async function catalogOf(location: string): Promise<readonly CatalogItem[]> {
  const premises = await openPremises(readConfig(process.env));
  try {
    if (!premises.installations.has(location)) throw new InvalidInput(`Latchkey does not work for ${location}.`);
    const catalogs = openCatalogs({ database: premises.database, clock: premises.clock, ask: async () => undefined });
    await catalogs.refresh(location);
    return catalogs.get(location);
  } finally {
    await premises.close();
  }
}

function surroundingsOf(items: readonly CatalogItem[]): Surroundings {
  const of = (kind: string, member: string) =>
    items.filter((item) => item.kind === kind).map(({ id, data }) => String(data[member] ?? id));
  return {
    tags: of("tag", "name"),
    pipelines: of("pipeline", "name"),
    stages: of("stage", "name"),
    users: items.filter(({ kind }) => kind === "user").map(({ id }) => id),
    fields: of("field", "key"),
    crmWorkflows: of("workflow", "name"),
  };
}
