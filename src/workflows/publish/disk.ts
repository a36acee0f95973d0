// The files of the folder, as they lie on the disk.

import { open, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { InvalidInput } from "../../kernel/errors.ts";
import { MAX_FILE, type SourceFile } from "../compile/source.ts";
import { unreadable } from "./unreadable.ts";

const DEEPEST = 8;

export interface Seen {
  readonly path: string;
  /** As findings name it: the folder's name, then the path inside it. */
  readonly file: string;
  readonly size: number;
  readonly modifiedMs: number;
}

export const signatureOf = (seen: readonly Seen[]): string =>
  JSON.stringify(seen.map(({ file, size, modifiedMs }) => [file, size, modifiedMs]));

/** Every *.yaml and *.yml below, sorted; names that begin with a dot are skipped. */
export async function filesIn(dir: string, prefix = basename(dir), depth = 0): Promise<Seen[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const seen: Seen[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith(".")) continue;
    const path = join(dir, entry.name);
    const file = `${prefix}/${entry.name}`;
    if (entry.isDirectory() && depth < DEEPEST) seen.push(...(await filesIn(path, file, depth + 1)));
    if (entry.isDirectory() || !/\.ya?ml$/.test(entry.name)) continue;
    const found = await stat(path).catch((error) => (isGone(error) ? undefined : UNSEEN));
    if (found?.isFile() === true) seen.push({ path, file, size: found.size, modifiedMs: found.mtimeMs });
  }
  return seen;
}

/** What the disk does not even say the size of; it says why when it is opened. */
const UNSEEN = { size: 0, mtimeMs: 0, isFile: () => true };

/** A link that leads nowhere is none; one that leads round, or may not be followed, is there. */
const isGone = (error: unknown): boolean => codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);

/** Gone meanwhile: not there. One that is there and cannot be read says why, and is not taken for deleted. */
export async function readText(path: string, file: string): Promise<SourceFile | undefined> {
  try {
    return await textIn(path, file);
  } catch (error) {
    return isGone(error) ? undefined : { file, text: "", unreadable: codeOf(error) };
  }
}

/** At most one byte more than is allowed, so that a huge file costs no memory. */
async function textIn(path: string, file: string): Promise<SourceFile> {
  const handle = await open(path);
  try {
    const size = Math.min((await handle.stat()).size, 4 * MAX_FILE);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, 0);
    return {
      file,
      text: buffer
        .subarray(0, bytesRead)
        .toString("utf8")
        .replace(/^\uFEFF/, ""),
    };
  } finally {
    await handle.close();
  }
}

/** The files of a folder, as findings name them. @throws InvalidInput where it cannot be read */
export async function readFolder(dir: string): Promise<readonly SourceFile[]> {
  const files = await Promise.all((await listed(dir)).map(({ path, file }) => readText(path, file)));
  return files.filter((file) => file !== undefined);
}

export const listed = (dir: string) =>
  filesIn(dir).catch((error) => {
    throw new InvalidInput(unreadable(dir, error));
  });
