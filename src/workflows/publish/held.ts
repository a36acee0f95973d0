// What one team is told of its files: what is wrong with them, and which do not run as they are written. Pure.

import { seenBy } from "../compile/compile.ts";
import type { Diagnostic } from "../compile/diagnostic.ts";
import type { SourceFile } from "../compile/source.ts";

/** Nothing of other teams' files, nor of what was found at their locations. */
export interface FilesThere {
  readonly diagnostics: readonly Diagnostic[];
  readonly held: readonly HeldFile[];
}

/** A text that has errors, or goes with another that has: the location runs the file as it was last good, or not at all. */
export interface HeldFile {
  readonly file: string;
  /** False: it was never good here. */
  readonly runs: boolean;
}

/** @param good the texts of what is live there; undefined: nothing has been published yet */
export function filesAt(
  location: string,
  files: readonly SourceFile[],
  good: readonly SourceFile[] | undefined,
  found: readonly Diagnostic[],
): FilesThere {
  const live = new Map(good?.map(({ file, text }) => [file, text]));
  return {
    diagnostics: unique(found.filter(({ file }) => seenBy(file, location))).sort(byPlace),
    held: files.flatMap(({ file, text }) =>
      good === undefined || !seenBy(file, location) || live.get(file) === text ? [] : [{ file, runs: live.has(file) }],
    ),
  };
}

export const unique = (found: readonly Diagnostic[]): Diagnostic[] => [
  ...new Map(found.map((one) => [JSON.stringify(one), one])).values(),
];

export const byPlace = (a: Diagnostic, b: Diagnostic): number =>
  (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column;
