// Whether a name may be a feature's. A feature is known by its name, so names are what is refused; what slips through under
// another name is for the proxy tests of fairness/.

import { DENIALS } from "./denied-terms.ts";

/** `firstName`, `first-name`, `FIRSTName` and `first_name` are the same words; so are `zip5` and `zip_5`. */
const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .replace(/([a-zA-Z])(\d)/g, "$1 $2")
    .replace(/(\d)([a-zA-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");

/** What is no trait though its words are: an e-mail's address is nowhere, and a meeting has two faces. */
const OTHERWISE = / (?:e ?mail ?addr(?:ess)?(?:es)?|face to face)(?= )/g;

/** Terms of so many letters are found within a longer word, too: `maritalstatus`, `homezipcode`. */
const UNMISTAKABLE = 6;
/** Longer words that hold the letters of such a term and not its sense. */
const OTHER_WORDS = /^(?:transparen|apparent|suspension|addressed|reorient)/;

/** What is written onto a word without anything between: `haskids`, `leadage`, `racecd`, `homeaddr`. */
const BEFORE =
  /^(?:lead|contact|client|customer|cust|buyer|seller|owner|user|person|home|is|has|num|cnt|pct|avg|mean|max|min|log)/;
const AFTER = /(?:band|group|grp|code|cd|flag|ind|id|level|share|status|known|score|len)$/;
const bare = (word: string): readonly string[] => [word, word.replace(BEFORE, ""), word.replace(AFTER, "")];

/** Why a feature of this name is refused, and for which of its words; undefined where it is not. */
export function denied(name: string): string | undefined {
  const words = ` ${wordsOf(name).join(" ")} `.replace(OTHERWISE, "").trim().split(" ");
  const phrase = ` ${words.join(" ")} `;
  const alone = new Set(words.flatMap(bare));
  const has = (term: string): boolean => {
    if (phrase.includes(` ${term} `) || phrase.includes(` ${term}s `)) return true;
    const joined = term.replaceAll(" ", "");
    if (joined.length < UNMISTAKABLE) return alone.has(term) || alone.has(`${term}s`);
    return words.some((word) => word.includes(joined) && !OTHER_WORDS.test(word));
  };
  for (const { terms, why } of DENIALS) {
    const said = terms.find(has);
    if (said !== undefined) return `${why} ("${said}")`;
  }
  return undefined;
}
