// The first questions about any map: are its keys known, is this value of the right kind. One place words the answers.

import type { Duration } from "../plan.ts";
import { didYouMean, type Place, type Report } from "./diagnostic.ts";
import { parseDuration, parseMillis, type Reading, RUN } from "./duration.ts";
import { type Entry, isText, type MapNode, type Node, type ScalarNode, shown } from "./source.ts";

export const ID = /^[a-z][a-z0-9_]{0,63}$/;
/** Names of events, properties and fields: words joined by dots. */
export const DOTTED = /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/;

/** Reports keys that are not known. `of` is "a workflow", "a template", … */
export function checkKeys(map: MapNode, of: string, known: readonly string[], report: Report): void {
  for (const { key, place } of map.entries) {
    // A remark may stand on every construct.
    if (known.includes(key) || key === "about") continue;
    report.error("unknown-key", place, `"${key}" is not a key of ${of}.${didYouMean(key, known)}`);
  }
}

export function asMap(node: Node, what: string, report: Report): MapNode | undefined {
  if (node.kind === "map") return node;
  return report.error("expected-map", node.place, `${what} is a map, not ${shown(node)}.`);
}

export function checkId(id: string, place: Place, report: Report): boolean {
  if (ID.test(id)) return true;
  const lower = id
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "_")
    .replace(/^[^a-z]+/, "")
    .slice(0, 64);
  if (/[A-Z]/.test(id) && ID.test(lower)) report.error("bad-id", place, `ids are lower case: "${lower}".`);
  else if (ID.test(lower)) report.error("bad-id", place, `"${id}" is not an id. Did you mean "${lower}"?`);
  else report.error("bad-id", place, "an id is a letter, then letters, digits or _; at most 64.");
  return false;
}

export function textOf(entry: Entry | undefined, report: Report): (ScalarNode & { value: string }) | undefined {
  if (entry === undefined) return undefined;
  if (isText(entry.value)) return entry.value;
  return report.error("bad-value", entry.value.place, `"${entry.key}" takes text, not ${shown(entry.value)}.`);
}

/** A word of a fixed list. */
export function wordOf<Word extends string>(
  entry: Entry | undefined,
  words: readonly Word[],
  report: Report,
): Word | undefined {
  if (entry === undefined) return undefined;
  const word = entry.value.kind === "scalar" ? String(entry.value.value) : "";
  if ((words as readonly string[]).includes(word)) return word as Word;
  const message = `"${entry.key}" takes ${words.join(", ")}.${didYouMean(word, words)}`;
  return report.error("bad-value", entry.value.place, message);
}

export function wholeOf(entry: Entry | undefined, low: number, high: number, report: Report): number | undefined {
  if (entry === undefined) return undefined;
  const value = entry.value.kind === "scalar" ? entry.value.value : undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= low && value <= high) return value;
  const message = `"${entry.key}" takes a whole number from ${low} to ${high}.`;
  return report.error("bad-value", entry.value.place, message);
}

export function flagOf(entry: Entry | undefined, report: Report): boolean | undefined {
  if (entry === undefined) return undefined;
  if (entry.value.kind === "scalar" && typeof entry.value.value === "boolean") return entry.value.value;
  return report.error("bad-value", entry.value.place, `"${entry.key}" takes true or false.`);
}

export const durationOf = (entry: Entry | undefined, report: Report): Duration | undefined =>
  readingOf(entry, (text) => parseDuration(text), report);

export const millisOf = (entry: Entry | undefined, report: Report): number | undefined =>
  readingOf(entry, (text) => parseMillis(text), report);

/** How long a whole run may take. */
export const runLengthOf = (entry: Entry | undefined, report: Report): number | undefined =>
  readingOf(entry, (text) => parseMillis(text, RUN), report);

function readingOf<T>(entry: Entry | undefined, parse: (text: string) => Reading<T>, report: Report): T | undefined {
  if (entry === undefined) return undefined;
  const { value } = entry;
  if (value.kind !== "scalar" || value.value === null) {
    return report.error("bad-duration", value.place, `"${entry.key}" takes a duration, such as 30m or 2d.`);
  }
  const read = parse(value.text);
  return "value" in read ? read.value : report.error(read.code, value.place, read.message);
}

/** Words of a list, or the one word that was given instead. */
export function wordsOf(entry: Entry | undefined, report: Report): readonly (ScalarNode & { value: string })[] {
  if (entry === undefined) return [];
  const items = entry.value.kind === "list" ? entry.value.items : [entry.value];
  const words = items.filter(isText);
  if (words.length !== items.length) {
    report.error("bad-value", entry.value.place, `"${entry.key}" takes text, or a list of texts.`);
  }
  return words;
}

/** An id that is nobody's yet, noted as taken by this place; reports the one that took it before. */
export function claimId(
  what: string,
  { key, place }: { readonly key: string; readonly place: Place },
  taken: ReadonlyMap<string, Place | { readonly place: Place }>,
  report: Report,
): boolean {
  const before = taken.get(key);
  if (before === undefined) return true;
  const { file, line, column } = "place" in before ? before.place : before;
  report.error("duplicate-id", place, `${what} "${key}" is already defined at ${file}:${line}:${column}.`);
  return false;
}

/** Members that were given, without the undefined ones: exact optional properties. */
export function given<T extends object>(members: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}
