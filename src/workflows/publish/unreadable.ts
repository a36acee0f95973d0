// A folder that cannot be read, in words: what was expected there.

import { dirname, resolve } from "node:path";

export function unreadable(dir: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOTDIR")
    return `${dir} is a file. Expected the folder it is in, for files name what stands in others: ${dirname(dir)}`;
  if (code === "ENOENT") return `There is no folder ${resolve(dir)}.`;
  return `The folder ${resolve(dir)} could not be read: ${error instanceof Error ? error.message : String(error)}`;
}
