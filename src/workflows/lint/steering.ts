// Texts to leads that speak of people where they may speak of the home. A help, no verdict: docs/fairness.md.

import type { Template } from "../plan.ts";
import type { Check, Finding, Spot } from "./finding.ts";
import { WORD_SOURCES, WORDS, type WordEntry } from "./steering-words.ts";
import { stepsOf } from "./walk.ts";

const ENTRIES = WORDS.map((entry) => ({
  entry,
  pattern: new RegExp(
    `(?<![\\p{L}\\p{N}])(?:${entry.phrases.map((phrase) => phrase.replaceAll(" ", "[\\s-]+")).join("|")})(?![\\p{L}\\p{N}])`,
    "giu",
  ),
}));

/** What a text says, each phrase once: as it is written, and what it is about. */
export function steeringIn(text: string): readonly { readonly words: string; readonly entry: WordEntry }[] {
  const plain = text.replace(/\{\{[^}]*\}\}|\{%[^%]*%\}|<[^>]*>|https?:\/\/\S+/g, (mark) => "·".repeat(mark.length));
  const found = new Map<string, { readonly words: string; readonly entry: WordEntry }>();
  for (const { entry, pattern } of ENTRIES) {
    for (const [words] of plain.matchAll(pattern)) {
      if (![...found.keys()].some((longer) => longer.includes(words))) found.set(words, { words, entry });
    }
  }
  return [...found.values()];
}

export const checkSteering: Check = ({ content }) => [
  ...Object.values(content.templates).flatMap((template) =>
    textsOf(template).flatMap(([keys, text]) => said(text, { section: "templates", id: template.id, keys })),
  ),
  ...content.plans.flatMap((plan) =>
    stepsOf(plan).flatMap((step) =>
      step.verb === "send" && step.subject !== undefined
        ? said(step.subject, { workflow: plan.workflow, path: step.path, keys: ["subject"] })
        : [],
    ),
  ),
];

const textsOf = ({ sms, whatsapp, email }: Template): readonly (readonly [keys: readonly string[], text: string])[] => [
  [["sms"], sms ?? ""],
  [["whatsapp"], whatsapp ?? ""],
  [["email", "subject"], email?.subject ?? ""],
  [["email", "body"], email?.body ?? ""],
  [["email", "html"], email?.html ?? ""],
];

const said = (text: string, spot: Spot): Finding[] =>
  steeringIn(text).map(({ words, entry: { tier, about, source } }) => {
    const at = { ...spot, word: words };
    const why = `It speaks of ${about} (${WORD_SOURCES[source]})`;
    return tier === "forbidden"
      ? {
          code: "forbidden-words",
          severity: "error",
          spot: at,
          message: `"${words}" states a preference that fair housing law forbids. ${why}.`,
        }
      : {
          code: "steering-words",
          severity: "warning",
          spot: at,
          message: `"${words}" may steer. ${why}: describe the home, not who lives there or should.`,
        };
  });
