// Workflow files that a command names: a folder of them, or one by itself.

import { readFile, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { InvalidInput } from "../kernel/errors.ts";
import { readFolder, type SourceFile } from "../workflows/index.ts";

/** @throws InvalidInput where there is nothing to read */
export async function filesAt(path: string): Promise<readonly SourceFile[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new InvalidInput(`There is no file or folder ${resolve(path)}.`);
  if (!found.isFile()) return readFolder(path);
  try {
    return [{ file: basename(path), text: await readFile(path, "utf8") }];
  } catch {
    throw new InvalidInput(`${path} cannot be read.`);
  }
}
