// What a folder with a broken file means. Pure: the texts as they are, the texts that were last good, one answer.

import { type Compilation, compile, type PublicationContent, seenBy } from "../compile/compile.ts";
import type { Diagnostic } from "../compile/diagnostic.ts";
import type { SourceFile } from "../compile/source.ts";
import { lint } from "../lint/lint.ts";

export interface Settled {
  readonly content: PublicationContent;
  /** The texts it was compiled from: the present ones, except for files that are broken. */
  readonly sources: readonly SourceFile[];
}

/**
 * The newest content without an error, of the compiler's or of the linter's over the files alone. A file with errors is taken as it last was, or left out if it never was good;
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
  const faultless = (compilation: Compilation): Compilation => {
    const wrong = lintErrors(compilation, listed(chosen), options.location);
    // what is live already, from before there was such a rule, holds up nobody else's edit
    const news = wrong.filter(({ file }) => chosen.get(file) !== before.get(file));
    return news.length === 0 ? compilation : { plans: compilation.plans, diagnostics: news };
  };
  let result = faultless(compiled);
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
    result = faultless(compile(listed(chosen), options));
  }
  return { content: result.content, sources: listed(chosen) };
}

/** What is allowed by the language and may not go live all the same. */
export function lintErrors(
  { content }: Compilation,
  files: readonly SourceFile[],
  location: string | undefined,
): readonly Diagnostic[] {
  if (content === undefined) return [];
  const seen = files.filter(({ file }) => seenBy(file, location));
  return lint(content, seen).filter(({ severity }) => severity === "error");
}

/** True when the file is now another than it was. */
function revert(chosen: Map<string, string>, file: string, text: string | undefined): boolean {
  if (chosen.get(file) === text) return false;
  if (text === undefined) return chosen.delete(file);
  chosen.set(file, text);
  return true;
}

const listed = (files: ReadonlyMap<string, string>): SourceFile[] => [...files].map(([file, text]) => ({ file, text }));
