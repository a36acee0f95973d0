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

export interface Vocabulary {
  readonly keywords: readonly string[];
  /** Keywords that are everyday words besides. */
  readonly ambiguous: ReadonlySet<string>;
  /** Keywords that no word of a house, a price or a date can be mistaken for: read with digits for letters, and spelled. */
  readonly drawn: ReadonlySet<string>;
  /** Long words that are read with one letter wrong. */
  readonly misspelled: readonly string[];
  readonly filler: ReadonlySet<string>;
  readonly signs: ReadonlySet<string>;
  readonly signsAsk: ReadonlySet<string>;
  readonly phrases: readonly string[];
  readonly threats: readonly string[];
  readonly negators: readonly string[];
  readonly doubts: readonly string[];
  readonly asks: readonly string[];
  readonly asksAlone: readonly string[];
  readonly optIn: readonly string[];
  /** Everyday words in alphabets that we do not read, as typed. */
  readonly foreign: ReadonlySet<string>;
  readonly help: readonly string[];
  readonly spoken: readonly string[];
  readonly namesPhone: readonly string[];
  readonly namesEmail: readonly string[];
  /** Ordinary uses of the words that stop: a text whose stop words all stand in one of these is no request. */
  readonly ordinary: readonly RegExp[];
  /** What, right behind a phrase, wishes for another time; and, behind one that forbids, for others to be quiet. */
  readonly bound: string;
  readonly other: string;
}

const ROWS: readonly Row[] = file.rows;
/** One vocabulary for each set of rows that ever held at once. */
const made = new Map<string, Vocabulary>();

/** The words that held on the day of an instant. */
export function vocabularyAt(at: Instant): Vocabulary {
  const date = dateOf(at);
  const rows = ROWS.filter((row) => inForceOn(row, date));
  const key = rows.map((row) => ROWS.indexOf(row)).join();
  const known = made.get(key) ?? vocabulary(rows);
  made.set(key, known);
  return known;
}

/** `{A|B} C`: each of `A C` and `B C`. */
export function patterns(pattern: string): string[] {
  const [whole, inner = ""] = /\{([^{}]*)\}/.exec(pattern) ?? [];
  if (whole === undefined) return [pattern.replace(/ +/g, " ").trim()];
  return inner.split("|").flatMap((word) => patterns(pattern.replace(whole, word)));
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
    keywords,
    ambiguous,
    drawn: new Set(keywords.filter((word) => word.length >= 4 && !ambiguous.has(word) && !word.includes(" "))),
    misspelled: list("misspelled"),
    filler: new Set(list("filler")),
    signs: new Set(list("sign")),
    signsAsk: new Set(list("sign_ask")),
    phrases: list("phrase"),
    threats: list("threat"),
    negators,
    doubts,
    asks: list("ask"),
    asksAlone: list("ask_alone"),
    optIn: list("opt_in"),
    foreign: new Set(list("foreign")),
    help: list("help"),
    spoken: list("spoken"),
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
