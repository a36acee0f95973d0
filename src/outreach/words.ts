// What a lead's own words ask of us. Pure: a text in, a verdict and the rule that matched out. Source: compliance facts 2.

import homoglyphs from "./data/homoglyphs.json" with { type: "json" };
import words from "./data/opt-out-words.json" with { type: "json" };

export type WordsVerdict = "opt_out" | "opt_in" | "help" | "hold_and_ask" | "none";

export interface Judgment {
  readonly verdict: WordsVerdict;
  /** Which step of the decision order matched. */
  readonly rule: "keyword" | "sign" | "phrase" | "threat" | "unclear" | "ask" | "opt_in" | "help" | "form" | "none";
  /** The words that matched, as compared: for the evidence of an opt-out. */
  readonly matched?: string;
  /** What else the words name: calls and texts, or e-mail. */
  readonly names?: readonly ("phone" | "email")[];
  /** A threat: the owner is told besides. */
  readonly alert?: true;
}

/** The sets of the file. */
type SetName = (typeof words.rows)[number]["set"];

const list = (set: SetName): string[] => words.rows.filter((row) => row.set === set).flatMap((row) => row.words);
const KEYWORDS = list("keyword");
const FILLER = new Set(list("filler"));
const SIGNS = new Set(list("sign"));
const PHRASES = list("phrase");
const THREATS = list("threat");
const NEGATORS = list("negator");
const EXEMPT = list("exempt");
const ASKS = list("ask");
const OPT_IN = list("opt_in");
const HELP = list("help");
const SPOKEN = list("spoken");
const NAMES_PHONE = list("names_phone");
const NAMES_EMAIL = list("names_email");

/** Ordinary uses of the words that stop: a text whose stop words all stand in one of these is no request. */
const ORDINARY: readonly RegExp[] = [
  /\bSTOP (BY|OVER|IN|AT|OFF|SIGN|LIGHT)\b/g,
  /\b(BUS|PIT|TRUCK|REST|FULL|NEXT|LAST|FIRST|TRAIN|METRO|ONE|A|THE) STOP\b/g,
  /\b(DON T|DONT|DO NOT|NEVER|WON T|WONT|CAN T|CANT|NOT) STOP\b/g,
  ...EXEMPT.map((phrase) => new RegExp(`\\b${phrase}\\b`, "g")),
];

/** Decides in the order of compliance facts 2: keyword, phrase, unclear, nothing. The word STOP is never required. */
export function judge(text: string): Judgment {
  const sign = onlySigns(text);
  if (sign !== undefined) return { verdict: "opt_out", rule: "sign", matched: sign };
  const plain = compared(text);
  if (plain === "") return { verdict: "none", rule: "none" };
  const keyword = wholly(plain, KEYWORDS);
  if (keyword !== undefined) return { verdict: "opt_out", rule: "keyword", matched: keyword, ...namesIn(plain) };
  const start = wholly(plain, OPT_IN);
  if (start !== undefined) return { verdict: "opt_in", rule: "opt_in", matched: start };
  const help = wholly(plain, HELP);
  if (help !== undefined) return { verdict: "help", rule: "help", matched: help };
  return phrases(plain);
}

/**
 * The same of words that were spoken, or stand in a form: a phrase, a threat or a bare STOP opts out, and an unclear STOP
 * is asked about. What a machine wrote down of "who is this?" or "cancel" is ordinary talk.
 */
export function judgeSpoken(text: string): Judgment {
  const plain = compared(text);
  const keyword = wholly(plain, SPOKEN);
  if (keyword !== undefined) return { verdict: "opt_out", rule: "keyword", matched: keyword, ...namesIn(plain) };
  const judgment = phrases(plain);
  return judgment.rule === "ask" ? { verdict: "none", rule: "none" } : judgment;
}

/** Which families words name: "stop emailing me", "quita mi numero". */
function namesIn(plain: string): Pick<Judgment, "names"> {
  const words = plain.split(" ");
  const names = (roots: readonly string[]) => words.some((word) => roots.some((root) => word.startsWith(root)));
  const found = [...(names(NAMES_PHONE) ? ["phone" as const] : []), ...(names(NAMES_EMAIL) ? ["email" as const] : [])];
  return found.length === 0 ? {} : { names: found };
}

function phrases(plain: string): Judgment {
  const threat = THREATS.find((phrase) => holds(plain, phrase));
  if (threat !== undefined) return { verdict: "opt_out", rule: "threat", matched: threat, alert: true };
  const phrase = PHRASES.find((one) => stands(plain, one));
  if (phrase !== undefined) return { verdict: "opt_out", rule: "phrase", matched: phrase, ...namesIn(phrase) };
  const ask = ASKS.find((one) => holds(plain, one));
  if (ask !== undefined) return { verdict: "hold_and_ask", rule: "ask", matched: ask };
  const stop = unclearStop(plain);
  if (stop !== undefined) return { verdict: "hold_and_ask", rule: "unclear", matched: stop };
  return { verdict: "none", rule: "none" };
}

/** Marks without a width, which keyboards and copying leave between letters. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;

/** Capital letters of other alphabets that look like a Latin one, as that one. */
const LOOKS: ReadonlyMap<string, string> = new Map(
  homoglyphs.rows.flatMap(({ from, to }) => [...from].map((letter, place) => [letter, [...to][place] as string])),
);

/** Upper case, Latin where it looks so, no accents, no punctuation or emoji, no signature, single spaces; letters spelled apart are joined. */
function compared(text: string): string {
  const body =
    text
      .normalize("NFKC")
      .replace(UNSEEN, "")
      .split(/\n\s*(?:--|—|sent from my\b|enviado desde\b)/i)[0] ?? "";
  const plain = body
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toUpperCase()
    .replace(/[\p{Script=Cyrillic}\p{Script=Greek}]/gu, (letter) => LOOKS.get(letter) ?? letter)
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
  return /^(\p{L} )+\p{L}$/u.test(plain) ? plain.replaceAll(" ", "") : plain;
}

function onlySigns(text: string): string | undefined {
  const marks = [...text.replace(/\s|\p{P}|\p{M}|\p{Emoji_Modifier}/gu, "")];
  return marks.length > 0 && marks.every((mark) => SIGNS.has(mark)) ? marks[0] : undefined;
}

/** The keyword that, repeated or with filler around it, is the whole text. */
function wholly(plain: string, keywords: readonly string[]): string | undefined {
  for (const keyword of keywords) {
    if (plain === keyword) return keyword;
    if (!holds(plain, keyword)) continue;
    const rest = ` ${plain} `.replaceAll(` ${keyword} `, "  ").replaceAll(` ${keyword} `, "  ");
    const left = rest.split(" ").filter((word) => word !== "");
    if (left.every((word) => FILLER.has(word) || keywords.includes(word))) return keyword;
  }
  return undefined;
}

const holds = (plain: string, phrase: string): boolean => ` ${plain} `.includes(` ${phrase} `);

/** Somewhere in the text, without a negator before it. "Don't stop sending" is the opposite of "stop sending". */
function stands(plain: string, phrase: string): boolean {
  const padded = ` ${plain} `;
  for (let at = padded.indexOf(` ${phrase} `); at !== -1; at = padded.indexOf(` ${phrase} `, at + 1)) {
    const before = padded.slice(0, at);
    if (!NEGATORS.some((negator) => before.endsWith(` ${negator}`))) return true;
  }
  return false;
}

/** A stop word that no ordinary use explains. The longer English words are unmistakable; END, CANCEL and OUT are not. */
function unclearStop(plain: string): string | undefined {
  const rest = ORDINARY.reduce((left, pattern) => left.replace(pattern, " "), plain);
  return /\b(STOP|STOPPED|UNSUBSCRIBE|REVOKE|STOPALL)\b/.exec(rest)?.[0];
}
