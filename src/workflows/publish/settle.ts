// What a folder with a broken file means. Pure: the texts as they are, the texts that were last good, one answer.

import { type Compilation, compile, type PublicationContent } from "../compile/compile.ts";
import type { SourceFile } from "../compile/source.ts";

export interface Settled {
  readonly content: PublicationContent;
  /** The texts it was compiled from: the present ones, except for files that are broken. */
  readonly sources: readonly SourceFile[];
}

/**
 * The newest content without an error. A file with errors is taken as it last was, or left out if it never was good;
 * when that leaves others without what they name, they are taken as they last were too. Nothing at all when even the
 * last good texts no longer compile: then what is published stays.
 */
export function settle(
  current: readonly SourceFile[],
  good: readonly SourceFile[],
  options: { readonly location?: string },
  compiled: Compilation = compile(current, options),
): Settled | undefined {
  const before = new Map(good.map(({ file, text }) => [file, text]));
  let chosen = new Map(current.map(({ file, text }) => [file, text]));
  let result = compiled;
  let restored = false;
  while (result.content === undefined) {
    const broken = new Set(result.diagnostics.filter((one) => one.severity === "error").map((one) => one.file));
    let changed = false;
    for (const file of broken) changed = revert(chosen, file, before.get(file)) || changed;
    if (!changed && restored) return undefined;
    if (!changed) {
      chosen = new Map(before);
      restored = true;
    }
    result = compile(listed(chosen), options);
  }
  return { content: result.content, sources: listed(chosen) };
}

/** True when the file is now another than it was. */
function revert(chosen: Map<string, string>, file: string, text: string | undefined): boolean {
  if (chosen.get(file) === text) return false;
  if (text === undefined) return chosen.delete(file);
  chosen.set(file, text);
  return true;
}

const listed = (files: ReadonlyMap<string, string>): SourceFile[] => [...files].map(([file, text]) => ({ file, text }));
