// What a lead's own words ask of us. Pure: a text in, a verdict and the rule that matched out. Source: compliance facts 2.

import { type Compared, compared as compare, seen } from "../choice/compare.ts";
import { ownSubject, ownWords } from "../choice/reply.ts";
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
/** Keywords that are everyday words besides. */
const AMBIGUOUS = new Set(list("ambiguous"));
/** Keywords that no word of a house, a price or a date can be mistaken for. */
const DRAWN = new Set(KEYWORDS.filter((word) => word.length >= 4 && !AMBIGUOUS.has(word) && !word.includes(" ")));
const FILLER = new Set(list("filler"));
const SIGNS = new Set(list("sign"));
const SIGNS_ASK = new Set(list("sign_ask"));
const PHRASES = list("phrase");
const THREATS = list("threat");
const NEGATORS = list("negator").join("|");
const DOUBTS = list("doubt").join("|");
const EXEMPT = list("exempt");
const ASKS = list("ask");
const ASKS_ALONE = list("ask_alone");
const OPT_IN = list("opt_in");
const HELP = list("help");
const SPOKEN = list("spoken");
const NAMES_PHONE = list("names_phone");
const NAMES_EMAIL = list("names_email");

/** Ordinary uses of the words that stop: a text whose stop words all stand in one of these is no request. */
const ORDINARY: readonly RegExp[] = [
  /\bSTOP (BY|OVER|IN|AT|OFF|SIGN|LIGHT)\b/g,
  /\b(BUS|PIT|TRUCK|REST|FULL|NEXT|LAST|FIRST|TRAIN|METRO|ONE|A|THE) STOP\b/g,
  // "you never stop" is a complaint, and "why not stop" a demand
  new RegExp(`(?<!\\b(?:${DOUBTS}) )\\b(?:${NEGATORS}) STOP\\b`, "g"),
  ...EXEMPT.map((phrase) => new RegExp(`\\b${phrase}\\b`, "g")),
];

/** Decides in the order of compliance facts 2: keyword, phrase, unclear, nothing. The word STOP is never required. */
export function judge(text: string): Judgment {
  const sign = onlySigns(text);
  if (sign !== undefined) return sign;
  const said = compared(text);
  if (said.plain === "") return NOTHING;
  const keyword = wholly(said.plain, KEYWORDS);
  if (keyword !== undefined) return stopped(keyword, said.plain);
  const start = wholly(said.plain, OPT_IN);
  if (start !== undefined) return { verdict: "opt_in", rule: "opt_in", matched: start };
  const help = wholly(said.plain, HELP);
  if (help !== undefined) return { verdict: "help", rule: "help", matched: help };
  const alone = wholly(said.plain, ASKS_ALONE);
  if (alone !== undefined) return { verdict: "hold_and_ask", rule: "ask", matched: alone };
  const judgment = above(text) ?? phrases(said);
  if (judgment.verdict !== "none" || !text.includes("\n")) return judgment;
  const line = text.split("\n").find((one) => wholly(compared(one).plain, KEYWORDS) !== undefined);
  return line === undefined ? judgment : unclear({ ...judgment, matched: compared(line).plain });
}

/**
 * The same of an e-mail: its subject, when it is not an answer's, and its own words, without what they answer to. An
 * everyday word as the subject of a longer letter is asked about, and so is a letter that says nothing but quotes a request.
 */
export function judgeMail(subject: string, text: string): Judgment {
  const own = ownWords(text);
  const silent = compared(own).plain === "" && onlySigns(own) === undefined;
  const body = judge(own);
  if (body.verdict === "opt_out") return body;
  const head = judge(ownSubject(subject));
  if (head.verdict === "opt_out" && head.rule === "keyword" && AMBIGUOUS.has(head.matched ?? "") && !silent)
    return unclear(head);
  if (head.verdict === "opt_out" || (head.verdict === "hold_and_ask" && body.verdict !== "hold_and_ask")) return head;
  if (!silent || body.verdict !== "none") return body;
  const echoed = judge(text);
  return echoed.verdict === "opt_out" || echoed.verdict === "hold_and_ask" ? unclear(echoed) : body;
}

/**
 * The same of words that were spoken, or stand in a form: a phrase, a threat or a bare STOP opts out, and an unclear STOP
 * is asked about. What a machine wrote down of "who is this?" or "cancel" is ordinary talk.
 */
export function judgeSpoken(text: string): Judgment {
  const said = compared(text);
  const keyword = wholly(said.plain, SPOKEN);
  if (keyword !== undefined) return stopped(keyword, said.plain);
  const judgment = phrases(said);
  return judgment.rule === "ask" ? { verdict: "none", rule: "none" } : judgment;
}

const NOTHING: Judgment = { verdict: "none", rule: "none" };
const compared = (text: string): Compared => compare(text, DRAWN);
const stopped = (keyword: string, plain: string): Judgment => ({
  verdict: "opt_out",
  rule: "keyword",
  matched: keyword,
  ...namesIn(plain),
});
const unclear = ({ matched }: Judgment): Judgment => ({
  verdict: "hold_and_ask",
  rule: "unclear",
  ...(matched === undefined ? {} : { matched }),
});

/** A keyword above other lines, which are then a signature or a quotation. An everyday word needs an empty line below it. */
function above(text: string): Judgment | undefined {
  const [first = "", ...rest] = text.trim().split(/[^\S\n]*\n/);
  if (rest.length === 0) return undefined;
  const { plain } = compared(first);
  const keyword = wholly(plain, KEYWORDS);
  if (keyword === undefined) return undefined;
  const judgment = stopped(keyword, plain);
  return AMBIGUOUS.has(keyword) && rest[0]?.trim() !== "" ? unclear(judgment) : judgment;
}

/** Which families words name: "stop emailing me", "quita mi numero". */
function namesIn(plain: string): Pick<Judgment, "names"> {
  const words = plain.split(" ");
  const names = (roots: readonly string[]) => words.some((word) => roots.some((root) => word.startsWith(root)));
  const found = [...(names(NAMES_PHONE) ? ["phone" as const] : []), ...(names(NAMES_EMAIL) ? ["email" as const] : [])];
  return found.length === 0 ? {} : { names: found };
}

function phrases({ plain, clauses }: Compared): Judgment {
  const threat = THREATS.find((phrase) => holds(plain, phrase));
  if (threat !== undefined) return { verdict: "opt_out", rule: "threat", matched: threat, alert: true };
  const heard = PHRASES.filter((one) => holds(plain, one));
  const phrase = heard.find((one) => stands(clauses, one));
  if (phrase !== undefined) return { verdict: "opt_out", rule: "phrase", matched: phrase, ...namesIn(phrase) };
  const ask = ASKS.find((one) => holds(plain, one));
  if (ask !== undefined) return { verdict: "hold_and_ask", rule: "ask", matched: ask };
  const stop = heard.find((one) => doubted(clauses, one)) ?? unclearStop(clauses);
  if (stop !== undefined) return { verdict: "hold_and_ask", rule: "unclear", matched: stop };
  return NOTHING;
}

/** The verdict of a text of signs alone. */
function onlySigns(text: string): Judgment | undefined {
  const marks = [...seen(text).replace(/\s|\p{P}|\p{M}|\p{Emoji_Modifier}/gu, "")];
  const [mark] = marks;
  if (mark === undefined) return undefined;
  if (marks.every((one) => SIGNS_ASK.has(one))) return { verdict: "hold_and_ask", rule: "sign", matched: mark };
  // "🛑 please", "🚫 texts"
  const sign = marks.find((one) => SIGNS.has(one));
  if (sign === undefined) return undefined;
  const words = compared(text)
    .plain.split(" ")
    .filter((word) => word !== "");
  const others = marks.filter((one) => !SIGNS.has(one) && !/[\p{L}\p{N}]/u.test(one));
  const isOurs = (word: string) => FILLER.has(word) || namesIn(word).names !== undefined;
  if (!words.every(isOurs)) return undefined;
  return others.length === 0
    ? { verdict: "opt_out", rule: "sign", matched: sign, ...namesIn(words.join(" ")) }
    : { verdict: "hold_and_ask", rule: "sign", matched: sign };
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

/** Somewhere in the text, without a negator before it in its clause. "Don't stop sending" is the opposite of "stop sending". */
function stands(clauses: string, phrase: string): boolean {
  const denied = new RegExp(`(?<= )(?:NO|NOT|${NEGATORS}) ${phrase}(?= )`, "g");
  return holds(
    ` ${clauses} `.replace(denied, (found) => (isDenial(found, phrase) ? "#" : found)).replace(/[ |]+/g, " "),
    phrase,
  );
}

/** "No" denies in Spanish alone: "no dejen de llamar"; "no stop texting me" is plain. */
const isDenial = (found: string, phrase: string): boolean => !found.startsWith("NO ") || phrase.startsWith("DEJ");

/** Denied, and yet no plain opposite: "you never stop texting me", "why not quit texting me". */
function doubted(clauses: string, phrase: string): boolean {
  const bare = `NO|(?<!\\b(?:DO|DID|WILL|WOULD|CAN|HAVE|AM|M|IM|ARE) )NOT`;
  return new RegExp(`(?<= )(?:(?:${DOUBTS}) (?:${NEGATORS})|${bare}) ${phrase}(?= )`).test(` ${clauses} `);
}

/** A stop word that no ordinary use explains. The longer English words are unmistakable; END, CANCEL and OUT are not. */
function unclearStop(clauses: string): string | undefined {
  const rest = ORDINARY.reduce((left, pattern) => left.replace(pattern, " "), clauses);
  return /\b(STOP|STOPPED|STOPALL|UNSUBSCRIBED?|UN SUBSCRIBE|UNSUB|REVOKE)\b/.exec(rest)?.[0];
}
