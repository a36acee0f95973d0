// `latchkey check`: a folder as a whole, compiled and linted, and published to nobody.

import { writeFile } from "node:fs/promises";
import { type Diagnostic, render } from "../compile/diagnostic.ts";
import { nameWaits } from "../compile/fix.ts";
import type { SourceFile } from "../compile/source.ts";
import type { Surroundings } from "../lint/finding.ts";
import { listed, readFolder } from "./disk.ts";
import { compileAll, type FolderState, lintAll, nothing } from "./folder.ts";

export interface Check {
  readonly diagnostics: readonly Diagnostic[];
  /** What a person reads: each finding in its line, then a count. */
  readonly text: string;
  /** 0 good, 1 errors found, 2 the folder could not be read. */
  readonly exit: 0 | 1 | 2;
}

/**
 * Checks a folder as a whole, for all locations it has files for, and publishes nothing. With `fix`, steps on which
 * leads would park without a name are given one in their files first.
 */
export async function checkFolder(dir: string, options: CheckOptions = {}): Promise<Check> {
  try {
    const first = await examine(dir, options);
    if (options.fix !== true) return said(first.state, options);
    await Promise.all(
      first.state.files.map((file) => rewrite(first.paths.get(file.file), file, first.state.diagnostics)),
    );
    return said((await examine(dir, options)).state, options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { diagnostics: [], text: reason, exit: 2 };
  }
}

export interface CheckOptions {
  readonly fix?: boolean;
  /** Warnings count as errors do. */
  readonly strict?: boolean;
  /** Checks for this location alone, against what it has. */
  readonly location?: string;
  readonly around?: Surroundings;
  /** Bytes of an attachment beside the workflows, for a location or for all, if it is there; absent: nobody looks. */
  readonly bytesOf?: (name: string, location: string | undefined) => number | undefined;
}

interface Examined {
  readonly state: FolderState;
  readonly paths: ReadonlyMap<string, string>;
}

async function examine(dir: string, { location, around, bytesOf }: CheckOptions): Promise<Examined> {
  const held = nothing();
  const seen = await listed(dir);
  const locations = location === undefined ? [] : [location];
  compileAll(held, await readFolder(dir), locations);
  // of another's files nothing is known, and nothing is said: as of one that is there and small
  const looked = bytesOf && ((name: string, at: string) => (at === (location ?? "") ? bytesOf(name, location) : 0));
  lintAll(held, locations, () => around, looked);
  return { state: held.state, paths: new Map(seen.map(({ file, path }) => [file, path])) };
}

async function rewrite(path: string | undefined, file: SourceFile, found: readonly Diagnostic[]): Promise<void> {
  const text = nameWaits(file, found);
  if (path !== undefined && text !== file.text) await writeFile(path, text);
}

function said({ diagnostics, files }: FolderState, { strict = false }: CheckOptions): Check {
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  const count = (severity: Diagnostic["severity"]) => diagnostics.filter((one) => one.severity === severity).length;
  const times = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
  const sum = `${times(files.length, "file")}: ${times(count("error"), "error")}, ${times(count("warning"), "warning")}`;
  const failed = count("error") > 0 || (strict && count("warning") > 0);
  const shown = diagnostics.map((one) => render(one, texts.get(one.file)));
  return { diagnostics, text: [...shown, sum].join("\n\n"), exit: failed ? 1 : 0 };
}
