// The schema as the file that `# yaml-language-server: $schema=../.latchkey/schema.json` names.

import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { SourceFile } from "../compile/source.ts";
import type { Surroundings } from "../lint/finding.ts";
import { vocabularyOf } from "./names-in.ts";
import { schemaOf } from "./schema.ts";

/** Beside the folder of workflows, whatever that is called. */
export const schemaPath = (folder: string): string => join(dirname(resolve(folder)), ".latchkey", "schema.json");

export const schemaText = (files: readonly SourceFile[], around?: Surroundings): string =>
  `${JSON.stringify(schemaOf(vocabularyOf(files, around)))}\n`;

/**
 * Writes the schema if it says something new, and if somebody reads it there: a file of the folder names it, or the
 * place exists. An editor reads while we write, so it appears whole.
 *
 * @returns whether it was written; not where the place cannot be written to, which no command should fail for
 */
export async function writeSchema(
  folder: string,
  files: readonly SourceFile[],
  around: Surroundings = {},
): Promise<boolean> {
  const path = schemaPath(folder);
  if (!existsSync(dirname(path)) && !files.some(({ text }) => text.includes(".latchkey/schema.json"))) return false;
  const text = schemaText(files, around);
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return false;
  const draft = `${path}.${process.pid}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, text);
    await rename(draft, path);
    return true;
  } catch {
    return false;
  }
}
