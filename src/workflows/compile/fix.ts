// What `latchkey check --fix` writes: a name for every step on which leads would park without one.

import type { Diagnostic } from "./diagnostic.ts";
import type { SourceFile } from "./source.ts";

/** The text with an `id` at each `unnamed-wait` of this file; everything else stays as it was written. */
export function nameWaits({ file, text }: SourceFile, diagnostics: readonly Diagnostic[]): string {
  const taken = new Set([...text.matchAll(/\bid:\s*([a-z][a-z0-9_]*)/g)].map((match) => match[1] as string));
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  const places = diagnostics
    .filter((found) => found.file === file && found.code === "unnamed-wait")
    .map(({ line, column }) => ({ column, at: (starts[line - 1] ?? 0) + column - 1 }))
    .sort((a, b) => a.at - b.at);
  const pieces: string[] = [];
  let done = 0;
  for (const { at, column } of places) {
    const id = unused(suggestion(text.slice(at, at + 2_000)), taken);
    const flow = text[at] === "{";
    const to = flow ? at + 1 : at;
    pieces.push(text.slice(done, to), flow ? ` id: ${id},` : `id: ${id}\n${" ".repeat(column - 1)}`);
    done = to;
  }
  return pieces.join("") + text.slice(done);
}

/** Verbs whose object says nothing that could be part of a name. */
const ALONE = ["wait", "webhook", "parallel"];

/** `send_welcome`, `wait_for_replied`, `call_analysis`, `wait`, `loop`: the verb, and what it is about. */
function suggestion(step: string): string {
  const match = /\b(send|wait_for|wait|call|test|parallel|webhook|do)\s*:\s*([a-z][\w.]*)?/.exec(step);
  const [, verb = "step", about = ""] = match ?? [];
  if (verb === "do") return "loop";
  const word = ALONE.includes(verb) ? "" : (about.split(".").at(-1) ?? "");
  return word === "" ? verb : `${verb}_${word}`.slice(0, 56);
}

function unused(wanted: string, taken: Set<string>): string {
  let id = wanted;
  for (let next = 2; taken.has(id); next += 1) id = `${wanted}_${next}`;
  taken.add(id);
  return id;
}
