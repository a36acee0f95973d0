// The words of the file, read: which of them hold on a day, made ready to be looked for. Pure.

import type { Instant } from "../../kernel/time.ts";
import { lettersOf } from "../choice/compare.ts";
import file from "./data/opt-out-words.json" with { type: "json" };
import { type Dated, dateOf, inForceOn } from "./dated.ts";

/** The sets of the file. */
type SetName = (typeof file.rows)[number]["set"];
interface Row extends Dated {
  readonly set: SetName;
  readonly words: readonly string[];
}

/** Words that stand side by side in a text, whole. */
export interface Phrases {
  readonly all: ReadonlySet<string>;
  /** Those that the text holds, in the order of the file. */
  in(plain: string): string[];
}

export interface Vocabulary {
  readonly keywords: Phrases;
  /** Keywords that are everyday words besides. */
  readonly ambiguous: ReadonlySet<string>;
  /** Keywords that no word of a house, a price or a date can be mistaken for: read with digits for letters, and spelled. */
  readonly drawn: ReadonlySet<string>;
  /** Long words that are read with one letter wrong. */
  readonly misspelled: readonly string[];
  readonly filler: ReadonlySet<string>;
  readonly signs: ReadonlySet<string>;
  readonly signsAsk: ReadonlySet<string>;
  readonly phrases: Phrases;
  readonly threats: Phrases;
  readonly negators: readonly string[];
  readonly doubts: readonly string[];
  readonly asks: Phrases;
  readonly asksAlone: Phrases;
  readonly optIn: Phrases;
  /** Everyday words in alphabets that we do not read, as typed. */
  readonly foreign: ReadonlySet<string>;
  readonly help: Phrases;
  readonly spoken: Phrases;
  readonly namesPhone: readonly string[];
  readonly namesEmail: readonly string[];
  /** Ordinary uses of the words that stop: a text whose stop words all stand in one of these is no request. */
  readonly ordinary: readonly RegExp[];
  /** What, right behind a phrase, wishes for another time; and, behind one that forbids, for others to be quiet. */
  readonly bound: string;
  readonly other: string;
}

const ROWS: readonly Row[] = file.rows;
/** The days on which a row begins or ceases to hold, in order: between two of them the words stay the same. */
const TURNS = [...new Set(ROWS.flatMap(({ effectiveFrom, effectiveTo }) => [effectiveFrom ?? "", effectiveTo ?? ""]))]
  .filter((day) => day !== "")
  .sort();
/** By how many of these days are past. */
const made: Vocabulary[] = [];

/** The words that held on the day of an instant. */
export function vocabularyAt(at: Instant): Vocabulary {
  const date = dateOf(at);
  const past = TURNS.filter((day) => day <= date).length;
  made[past] ??= vocabulary(ROWS.filter((row) => inForceOn(row, date)));
  return made[past];
}

/** `{A|B} C`: each of `A C` and `B C`. */
export function patterns(pattern: string): string[] {
  const [whole, inner = ""] = /\{([^{}]*)\}/.exec(pattern) ?? [];
  if (whole === undefined) return [pattern.replace(/ +/g, " ").trim()];
  return inner.split("|").flatMap((word) => patterns(pattern.replace(whole, word)));
}

const NOWHERE: readonly number[] = [];

/** Looked for by their first words: hardly any text has one of them, and there are hundreds of phrases. */
export function phrasesOf(list: readonly string[]): Phrases {
  const begun = new Map<string, number[]>();
  for (const [place, phrase] of list.entries()) {
    const [first = ""] = phrase.split(" ", 1);
    begun.set(first, [...(begun.get(first) ?? []), place]);
  }
  return {
    all: new Set(list),
    in(plain) {
      const places = new Set<number>();
      for (const word of plain.split(" ")) for (const place of begun.get(word) ?? NOWHERE) places.add(place);
      if (places.size === 0) return [];
      const text = ` ${plain} `;
      return [...places]
        .sort((a, b) => a - b)
        .map((place) => list[place]!)
        .filter((phrase) => text.includes(` ${phrase} `));
    },
  };
}

function vocabulary(rows: readonly Row[]): Vocabulary {
  const list = (set: SetName) => rows.filter((row) => row.set === set).flatMap((row) => row.words.flatMap(patterns));
  // words of other alphabets are compared by what their letters look like, as the text is
  const keywords = list("keyword").map(lettersOf);
  const ambiguous = new Set(list("ambiguous"));
  const negators = list("negator");
  const doubts = list("doubt");
  const behind = (set: SetName) => {
    const aside = `(?: (?:${list("aside").join("|")})){0,4}`;
    return `${aside} (?:${list(set).join("|").replaceAll("#", "\\d\\w*")})(?= )`;
  };
  return {
    keywords: phrasesOf(keywords),
    ambiguous,
    drawn: new Set(keywords.filter((word) => word.length >= 4 && !ambiguous.has(word) && !word.includes(" "))),
    misspelled: list("misspelled"),
    filler: new Set(list("filler")),
    signs: new Set(list("sign")),
    signsAsk: new Set(list("sign_ask")),
    phrases: phrasesOf(list("phrase")),
    threats: phrasesOf(list("threat")),
    negators,
    doubts,
    asks: phrasesOf(list("ask")),
    asksAlone: phrasesOf(list("ask_alone")),
    optIn: phrasesOf(list("opt_in")),
    foreign: new Set(list("foreign")),
    help: phrasesOf(list("help")),
    spoken: phrasesOf(list("spoken")),
    namesPhone: list("names_phone"),
    namesEmail: list("names_email"),
    ordinary: [
      /\bSTOP (BY|OVER|IN|AT|OFF|SIGN|LIGHT)\b/g,
      /\b(BUS|PIT|TRUCK|REST|FULL|NEXT|LAST|FIRST|TRAIN|METRO|ONE|A|THE) STOP\b/g,
      // "you never stop" is a complaint, and "why not stop" a demand
      new RegExp(`(?<!\\b(?:${doubts.join("|")}) )\\b(?:${negators.join("|")}) STOP\\b`, "g"),
      ...list("exempt").map((phrase) => new RegExp(`\\b${phrase}\\b`, "g")),
    ],
    bound: behind("bound"),
    other: behind("other"),
  };
}
