// Texts to leads that speak of people where they may speak of the home. A help, no verdict: docs/fairness.md.

import { asRead } from "./as-read.ts";
import type { Check, Finding, Spot } from "./finding.ts";
import { WORD_SOURCES, WORDS, type WordEntry } from "./steering-words.ts";
import { stepsOf, textsOf } from "./walk.ts";

/** Between two words: space of any kind, emphasis, or one hyphen; a dash with space around it ends what was said. */
const BETWEEN = "(?:[\\s*_~`]+|-)";

const ENTRIES = WORDS.map((entry) => ({
  entry,
  pattern: new RegExp(
    `(?<![\\p{L}\\p{N}])(?:${entry.phrases.map((phrase) => phrase.replaceAll(" ", BETWEEN)).join("|")})(?![\\p{L}\\p{N}])`,
    "giu",
  ),
}));

export interface Steering {
  /** As a person reads it. */
  readonly words: string;
  /** As it stands in the text. */
  readonly written: string;
  readonly entry: WordEntry;
}

/** What a text says, in its order, each phrase once: of two entries that know it, by the first. */
export function steeringIn(text: string): readonly Steering[] {
  const { plain, written } = asRead(text);
  const found = new Map<string, Steering & { readonly start: number }>();
  for (const { entry, pattern } of ENTRIES) {
    for (const { 0: match, index: start } of plain.matchAll(pattern)) {
      const words = match.replace(/[\s*_~`]+/g, " ");
      const key = words.toLowerCase();
      if (!found.has(key)) found.set(key, { words, entry, start, written: written(start, start + match.length) });
    }
  }
  return [...found.values()].sort((a, b) => a.start - b.start);
}

export const checkSteering: Check = ({ content }) => [
  ...Object.values(content.templates).flatMap((template) =>
    textsOf(template).flatMap(({ keys, text }) => said(text, { section: "templates", id: template.id, keys })),
  ),
  ...content.plans.flatMap((plan) =>
    stepsOf(plan).flatMap((step) =>
      step.verb === "send" && step.subject !== undefined
        ? said(step.subject, { workflow: plan.workflow, path: step.path, keys: ["subject"] })
        : [],
    ),
  ),
];

const said = (text: string, spot: Spot): Finding[] =>
  steeringIn(text).map(({ words, written, entry: { tier, about, source } }) => {
    const at = { ...spot, word: written };
    const read = `"${words}"${words === written ? "" : ", as it is read,"}`;
    const why = `It speaks of ${about} (${WORD_SOURCES[source]})`;
    return tier === "forbidden"
      ? {
          code: "forbidden-words",
          severity: "error",
          spot: at,
          message: `${read} states a preference that fair housing law forbids. ${why}.`,
        }
      : {
          code: "steering-words",
          severity: "warning",
          spot: at,
          message: `${read} may steer. ${why}: describe the home, not who lives there or should.`,
        };
  });
