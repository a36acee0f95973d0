// Patterns of `matches`: RE2 syntax, linear time, no look-around.

import { RE2JS } from "re2js";

/** Compiled patterns, oldest forgotten first: compiling costs some hundred times what matching does. */
const compiled = new Map<string, RE2JS>();
const KEPT = 500;

/** Whether the pattern is found anywhere in the text; undefined when it is not a pattern. */
export function matches(pattern: string, text: string): boolean | undefined {
  const known = compiled.get(pattern) ?? compile(pattern);
  return known?.matcher(text).find();
}

/** Linear time still is time per instruction: what a pattern may be, written and compiled. */
const LONGEST = 500;
const MOST_INSTRUCTIONS = 2_000;

/** What is wrong with a pattern, in the words of the engine; undefined when nothing is. */
export function patternFault(pattern: string): string | undefined {
  if (pattern.length > LONGEST) return `it has more than ${LONGEST} characters`;
  try {
    const size = RE2JS.compile(pattern).programSize();
    return size > MOST_INSTRUCTIONS
      ? `it repeats too much: ${size} instructions, at most ${MOST_INSTRUCTIONS}`
      : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function compile(pattern: string): RE2JS | undefined {
  if (patternFault(pattern) !== undefined) return undefined;
  const made = RE2JS.compile(pattern);
  if (compiled.size >= KEPT) compiled.delete(compiled.keys().next().value as string);
  compiled.set(pattern, made);
  return made;
}
