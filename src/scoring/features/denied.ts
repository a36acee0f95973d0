// Whether a name may be a feature's. A feature is known by its name, so names are what is refused; what slips through under
// another name is for the proxy tests of fairness/.

import { folded } from "../../kernel/letters.ts";
import { DENIALS } from "./denied-terms.ts";

/** `firstName`, `first-name`, `FIRSTName` and `first_name` are the same words; so are `zip5` and `zip_5`. */
const humps = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .replace(/([a-zA-Z])(\d)/g, "$1 $2")
    .replace(/(\d)([a-zA-Z])/g, "$1 $2");

/** What is no trait though its words are: an e-mail's address is nowhere, a meeting has two faces, and a track is for racing. */
const OTHERWISE =
  / (?:e ?mail ?addr(?:ess)?(?:es)?|face to face|face values?|race ?(?:tracks?|conditions?)|foreign keys?|single family (?:homes?|houses?))(?= )/g;

const wordsOf = (name: string): readonly string[] =>
  ` ${name.toLowerCase().replace(/[^a-z0-9]+/g, " ")} `
    // letter by letter: `r_a_c_e`
    .replace(/(?<= )(?:[a-z] ){3,}/g, (letters) => `${letters.replaceAll(" ", "")} `)
    .replace(OTHERWISE, "")
    .split(" ")
    .filter((word) => word !== "");

/** Terms of so many letters are found within a longer word, too: `maritalstatus`, `homezipcode`. */
const UNMISTAKABLE = 6;
/** Longer words that hold the letters of such a term and not its sense. */
const OTHER_WORDS = /^(?:transparen|apparent|suspension|addressed|reorient|genero|renaissance|envisag|familiari)/;

/** What is written onto a word without anything between: `haskids`, `leadage`, `racecd`, `homeaddr`. */
const BEFORE =
  /^(?:lead|contact|client|customer|cust|buyer|seller|owner|user|applicant|borrower|tenant|renter|person|home|is|has|num|cnt|pct|avg|mean|max|min|log)/;
const AFTER = /(?:band|group|grp|code|cd|flag|ind|id|level|share|status|known|score|len)$/;
const bare = (word: string): readonly string[] => {
  const after = word.replace(BEFORE, "");
  return [word, after, word.replace(AFTER, ""), after.replace(AFTER, "")];
};

/** A plural is the same word. */
const singular = (word: string): readonly string[] => [
  word,
  word.replace(/s$/, ""),
  word.replace(/es$/, ""),
  word.replace(/ies$/, "y"),
];

interface Entry {
  readonly term: string;
  readonly why: string;
  readonly rank: number;
}

const ENTRIES: readonly Entry[] = DENIALS.flatMap(({ terms, why }) => terms.map((term) => ({ term, why }))).map(
  (entry, rank) => ({ ...entry, rank }),
);
// of a term that is there twice the first counts
const PHRASES = new Map(ENTRIES.toReversed().map((entry) => [entry.term, entry]));
const LONG = new Map(
  ENTRIES.toReversed()
    .map((entry) => [entry.term.replaceAll(" ", ""), entry] as const)
    .filter(([joined]) => joined.length >= UNMISTAKABLE),
);
const WITHIN = new RegExp([...LONG.keys()].join("|"));
const MOST_WORDS = Math.max(...ENTRIES.map(({ term }) => term.split(" ").length));

/** Why a feature of this name is refused, and for which of its words; undefined where it is not. */
export function denied(name: string): string | undefined {
  const plain = folded(name);
  // a letter that only looks Latin is a small one: between capitals it would part a word
  const found = (plain === name ? [humps(plain)] : [humps(plain), plain]).flatMap((one) => termsIn(wordsOf(one)));
  const [first, ...others] = found;
  if (first === undefined) return undefined;
  const { term, why } = others.reduce((best, one) => (one.rank < best.rank ? one : best), first);
  return `${why} ("${term}")`;
}

function termsIn(words: readonly string[]): Entry[] {
  const alone = words.flatMap((word) => bare(word).flatMap(singular));
  const phrases = words.flatMap((_, from) =>
    Array.from({ length: MOST_WORDS - 1 }, (_, more) => words.slice(from, from + 2 + more).join(" ")).flatMap(singular),
  );
  const within = words
    .filter((word) => !OTHER_WORDS.test(word))
    .flatMap(singular)
    .flatMap((word) => WITHIN.exec(word) ?? []);
  return [
    ...[...alone, ...phrases].flatMap((one) => PHRASES.get(one) ?? []),
    ...within.flatMap((one) => LONG.get(one) ?? []),
  ];
}
