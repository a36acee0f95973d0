// What is wrong with a file, where, and what was probably meant. Codes are stable: documentation and editors name them.

import { clipped } from "../../kernel/json.ts";

export interface Place {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  /** How many characters of that line are meant; at least 1. */
  readonly length: number;
}

export type Severity = "error" | "warning" | "info";

export interface Diagnostic extends Place {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
}

/** Remarks of the checker are for the one who writes, not for the dashboard. */
export const isFault = (found: Diagnostic): found is Diagnostic & { severity: "error" | "warning" } =>
  found.severity !== "info";

/** A file may be wrong a million times over: nobody reads more than this, and nothing looks further. */
const MOST_ERRORS = 1_000;
const LONGEST_MESSAGE = 500;

/** Thrown by the report that is full, caught by whoever opened it. */
export class TooManyErrors extends Error {}

/** Gathers diagnostics; the same finding at the same place is kept once. */
export class Report {
  private readonly found = new Map<string, Diagnostic>();
  /** How many errors so far. */
  errors = 0;

  error(code: string, place: Place, message: string): undefined {
    return this.add("error", code, place, message);
  }

  warning(code: string, place: Place, message: string): undefined {
    return this.add("warning", code, place, message);
  }

  info(code: string, place: Place, message: string): undefined {
    return this.add("info", code, place, message);
  }

  /** In order of file, line and column. */
  diagnostics(): Diagnostic[] {
    return [...this.found.values()].sort(
      (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
    );
  }

  private add(severity: Severity, code: string, { file, line, column, length }: Place, message: string): undefined {
    const told = message.length > LONGEST_MESSAGE ? `${clipped(message, LONGEST_MESSAGE)}…` : message;
    const key = `${file}:${line}:${column} ${code} ${told}`;
    if (this.found.has(key)) return undefined;
    this.found.set(key, { severity, code, file, line, column, length, message: told });
    if (severity !== "error") return undefined;
    this.errors += 1;
    if (this.errors >= MOST_ERRORS) throw new TooManyErrors(`${MOST_ERRORS} errors`);
    return undefined;
  }
}

/** `a.yaml:4:1 error unknown-key "stepz" is not a key of a workflow. Did you mean "steps"?` */
export const headline = (found: Diagnostic): string =>
  `${found.file}:${found.line}:${found.column} ${found.severity} ${found.code} ${found.message}`;

/** Of a longer line, only what is around the word is shown. */
const LONGEST_LINE = 240;

/** Three lines: where and what, the line itself, and a caret under the word with the message. */
export function render(found: Diagnostic, text: string | undefined): string {
  const line = text?.split("\n")[found.line - 1]?.replace(/\r$/, "");
  if (line === undefined) return headline(found);
  const number = String(found.line).padStart(4);
  const from = line.length <= LONGEST_LINE ? 0 : Math.max(0, found.column - 1 - LONGEST_LINE / 2);
  const shown = line.slice(from, from + LONGEST_LINE);
  const indent = shown.slice(0, found.column - 1 - from).replace(/[^\t]/g, " ");
  const carets = "^".repeat(Math.max(1, Math.min(found.length, shown.length - indent.length)));
  return [
    `${found.file}:${found.line}:${found.column} ${found.severity} ${found.code}`,
    `${number} | ${shown}`,
    `     | ${indent}${carets} ${found.message}`,
  ].join("\n");
}

/** ` Did you mean "welcome"?`, or nothing. Begins with a space, so that it can follow any sentence. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const near = nearest(word, known);
  return near === undefined ? "" : ` Did you mean "${near}"?`;
}

/** Longer words have no neighbors, and later names are not looked at: a hostile file pays for what it asks. */
const LONGEST_WORD = 80;
const MOST_NAMES = 5_000;

/** The nearest known word: Damerau-Levenshtein at most 2, or a third of the word's length. The first one wins a tie. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > LONGEST_WORD) return undefined;
  let looked = 0;
  const limit = Math.max(2, Math.floor(word.length / 3));
  let best: string | undefined;
  let least = limit + 1;
  for (const candidate of known) {
    looked += 1;
    if (looked > MOST_NAMES) break;
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const distance = editDistance(word, candidate);
    if (distance < least && distance < Math.max(word.length, candidate.length)) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbors (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const width = b.length + 1;
  let before: number[] = [];
  let previous = Array.from({ length: width }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j < width; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      }
      current.push(least);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
