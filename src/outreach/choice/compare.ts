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

/** @param drawn the words that are read even with digits for letters: "ST0P", "$top" */
export function compared(text: string, drawn: ReadonlySet<string>): Compared {
  const body = seen(text).split(/\n\s*(?:--|—|sent from my\b|enviado desde\b)/i)[0] ?? "";
  const letters = looked(looked(body).normalize("NFD").replace(/\p{M}/gu, "").toUpperCase())
    .replace(/\S+/g, (word) => undrawn(word, drawn))
    // "STOPPPP": no word of ours has a letter three times
    .replace(/(\p{L})\1{2,}/gu, "$1");
  const clauses = letters
    .replace(ENDS, " | ")
    .replace(/[^\p{L}\p{N}|]+/gu, " ")
    .trim();
  const plain = clauses.replace(/[ |]+/g, " ").trim();
  return /^(\p{L} )+\p{L}$/u.test(plain)
    ? { plain: plain.replaceAll(" ", ""), clauses: plain.replaceAll(" ", "") }
    : { plain, clauses };
}

const looked = (text: string): string =>
  text.replace(/[^\p{Script=Common}A-Za-z]|\p{So}/gu, (letter) => LOOKS.get(letter) ?? letter);

function undrawn(word: string, drawn: ReadonlySet<string>): string {
  if (!/[013457$@]/.test(word) || !/\p{L}/u.test(word)) return word;
  const read = word.replace(/[013457$@]/g, (sign) => DRAWN[sign] ?? sign).replace(/[^\p{L}\p{N}]/gu, "");
  return drawn.has(read) ? word.replace(/^([^\p{L}\p{N}$@]*).*?([^\p{L}\p{N}]*)$/u, `$1${read}$2`) : word;
}
