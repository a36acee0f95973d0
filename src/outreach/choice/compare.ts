// How a text is compared: its letters as the Latin capitals they look like, its clauses apart. Pure.

import homoglyphs from "../law/data/homoglyphs.json" with { type: "json" };

/** Marks without a width, which keyboards and copying leave between letters. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;

/** Letters that look like a Latin capital, as that one. */
const LOOKS: ReadonlyMap<string, string> = new Map(
  homoglyphs.rows.flatMap(({ from, to }) => [...from].map((letter, place) => [letter, [...to][place] as string])),
);

/** Digits and signs that stand for a letter inside a word: "ST0P". */
const DRAWN: Readonly<Record<string, string>> = { "0": "O", "1": "I", "3": "E", "5": "S", "7": "T", $: "S", "@": "A" };

/** Where a clause ends. An apostrophe, a hyphen or a quote ends none. */
const ENDS = /[.!?;:,…—()¡¿|\n。]+/gu;

export interface Compared {
  /** Upper case, Latin where it looks so, no accents, no punctuation or emoji, single spaces. */
  readonly plain: string;
  /** The same with a bar where a clause ends: a negator reaches no further. */
  readonly clauses: string;
}

/** What an eye sees: written backwards where a mark says so, nothing without a width. */
export const seen = (text: string): string =>
  text
    .replace(/\u202E([^\u202C\n]*)\u202C?/g, (_, turned: string) => [...turned].reverse().join(""))
    .normalize("NFKC")
    .replace(UNSEEN, "");

/** What a word is read as besides what it says. */
export interface Readings {
  /** Read even with digits for letters, or spelled: "ST0P", "$top", "S.T.O.P.". */
  readonly drawn: ReadonlySet<string>;
  /** Read with one letter wrong: "unsubscibe". */
  readonly misspelled: readonly string[];
}

/** Nobody needs more characters to say that we shall stop: of a longer text its beginning and its end are read. */
export const LONGEST = 12_000;
const END = 4000;

/** A text as it is read: blanks in one, at most one empty line together, and no longer than `LONGEST`. */
export function readable(text: string): string {
  const short = text.length <= LONGEST * 4 ? text : `${text.slice(0, LONGEST * 2)}\n${text.slice(-LONGEST * 2)}`;
  const lines = short
    .replace(/\r\n?|[\u2028\u2029\v\f]/g, "\n")
    .replace(/[^\S\n]+/g, " ")
    .split("\n")
    .map((line) => line.trim());
  const kept = lines.filter((line, place) => line !== "" || lines[place - 1] !== "").join("\n");
  return kept.length <= LONGEST ? kept : `${kept.slice(0, LONGEST - END - 1)}\n${kept.slice(-END)}`;
}

const SIGNATURE = /^\s*(?:--|—|sent from my\b|enviado desde\b)/i;

/** @param text `readable` already: each step is linear in it */
export function compared(text: string, readings: Readings): Compared {
  const [first = "", ...rest] = seen(text).split("\n");
  const signed = rest.findIndex((line) => SIGNATURE.test(line));
  const body = [first, ...(signed === -1 ? rest : rest.slice(0, signed))].join("\n");
  const letters = spelled(lettersOf(body), readings.drawn)
    .replace(/\S+/g, (word) => undrawn(word, readings.drawn))
    // "STOPPPP": no word of ours has a letter three times
    .replace(/(\p{L})\1{2,}/gu, "$1");
  const clauses = letters
    .replace(ENDS, " | ")
    .replace(/[^\p{L}\p{N}|]+/gu, " ")
    .replace(/\p{L}{8,}/gu, (word) => readings.misspelled.find((right) => isNear(word, right)) ?? word)
    .trim();
  const plain = clauses.replace(/[ |]+/g, " ").trim();
  return /^(\p{L} )+\p{L}$/u.test(plain)
    ? { plain: plain.replaceAll(" ", ""), clauses: plain.replaceAll(" ", "") }
    : { plain, clauses };
}

/** A word that is spelled, with anything but a letter between its letters: "S.T.O.P. please". */
const spelled = (text: string, drawn: ReadonlySet<string>): string =>
  text.replace(/(?<![\p{L}\p{N}])\p{L}(?:[^\p{L}\p{N}\n]{1,3}\p{L}(?![\p{L}\p{N}])){3,15}/gu, (run) => {
    const word = run.replace(/\P{L}/gu, "");
    return drawn.has(word) ? word : run;
  });

/** At most one letter wrong, missing, too many, or two swapped. */
function isNear(word: string, right: string): boolean {
  if (Math.abs(word.length - right.length) > 1) return false;
  let start = 0;
  while (start < right.length && word[start] === right[start]) start += 1;
  let end = 0;
  while (end < Math.min(word.length, right.length) - start && word.at(-1 - end) === right.at(-1 - end)) end += 1;
  const [odd, meant] = [word.slice(start, word.length - end), right.slice(start, right.length - end)];
  return (odd.length <= 1 && meant.length <= 1) || (odd.length === 2 && odd === `${meant[1]}${meant[0]}`);
}

/** Letters as the Latin capitals they look like, without accents. */
export const lettersOf = (text: string): string =>
  looked(looked(text).normalize("NFD").replace(/\p{M}/gu, "").toUpperCase());

const looked = (text: string): string =>
  text.replace(/[^\p{Script=Common}A-Za-z]|\p{So}/gu, (letter) => LOOKS.get(letter) ?? letter);

/** A letter of another alphabet, or a sign of money, inside a word: any of ours that makes it a word to be read. */
const STRANGE = /(?![A-Z$])[\p{L}\p{Sc}]/u;

/** A word of four letters or more of which one or two are strange: "STO₱", "ᔕTOP". */
function estranged(word: string, drawn: ReadonlySet<string>): string | undefined {
  const letters = word.match(/[\p{L}\p{Sc}]/gu) ?? [];
  const strange = letters.filter((letter) => STRANGE.test(letter)).length;
  if (strange === 0 || strange * 2 > letters.length || letters.length > LONGEST_WORD) return undefined;
  const fits = (right: string) =>
    right.length === letters.length && letters.every((letter, at) => STRANGE.test(letter) || letter === right[at]);
  return [...drawn].find(fits);
}
const LONGEST_WORD = 16;
/** Nobody draws a word with more characters, signs between its letters included; what finds its ends is not linear. */
const LONGEST_DRAWN = 100;

function undrawn(word: string, drawn: ReadonlySet<string>): string {
  if (word.length > LONGEST_DRAWN) return word;
  const meant = estranged(word, drawn);
  if (meant !== undefined) return word.replace(/[\p{L}\p{Sc}].*[\p{L}\p{Sc}]/u, meant);
  if (!/[013457$@]/.test(word) || !/\p{L}/u.test(word)) return word;
  const read = word.replace(/[013457$@]/g, (sign) => DRAWN[sign] ?? sign).replace(/[^\p{L}\p{N}]/gu, "");
  return drawn.has(read) ? word.replace(/^([^\p{L}\p{N}$@]*).*?([^\p{L}\p{N}]*)$/u, `$1${read}$2`) : word;
}
