// What a lead's own words ask of us. Pure: a text in, a verdict and the rule that matched out. Source: compliance facts 2.

import type { Instant } from "../../kernel/time.ts";
import { type Compared, compared, readable, seen } from "../choice/compare.ts";
import { ownSubject, ownWords } from "../choice/reply.ts";
import { isUnread, prefersWriting, requestsIn } from "./requests.ts";
import { DENIABLE } from "./spanish.ts";
import { type Phrases, type Vocabulary, vocabularyAt } from "./vocabulary.ts";

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

/**
 * Decides in the order of compliance facts 2: keyword, phrase, unclear, nothing. The word STOP is never required.
 *
 * @param at when it was said: the words of that day count
 */
export function judge(text: string, at: Instant): Judgment {
  return judged(readable(text), vocabularyAt(at));
}

function judged(text: string, words: Vocabulary): Judgment {
  const judgment = judgedAs(text, words);
  if (judgment.verdict !== "none") return judgment;
  // a mark that turns the writing, before a word that was typed straight
  if (text.includes(TURNS)) return judgedAs(text.replaceAll(TURNS, ""), words);
  return isUnread(seen(text), words.foreign) ? unclear({ ...judgment, matched: text.trim() }) : judgment;
}

const TURNS = "\u202E";

function judgedAs(text: string, words: Vocabulary): Judgment {
  const sign = onlySigns(text, words);
  if (sign !== undefined) return sign;
  const said = compared(text, words);
  if (said.plain === "") return NOTHING;
  const whole = (keywords: Phrases) => wholly(said.plain, keywords, words);
  const keyword = whole(words.keywords);
  if (keyword !== undefined) return stopped(keyword, said.plain, words);
  const start = whole(words.optIn);
  if (start !== undefined) return { verdict: "opt_in", rule: "opt_in", matched: start };
  const help = whole(words.help);
  if (help !== undefined) return { verdict: "help", rule: "help", matched: help };
  const alone = whole(words.asksAlone);
  if (alone !== undefined) return { verdict: "hold_and_ask", rule: "ask", matched: alone };
  const judgment = above(text, words) ?? phrases(said, words);
  if (judgment.verdict !== "none" || !text.includes("\n")) return judgment;
  const lines = text.split("\n").map((line) => compared(line, words).plain);
  const line = lines.find((plain) => wholly(plain, words.keywords, words) !== undefined);
  return line === undefined ? judgment : unclear({ ...judgment, matched: line });
}

/**
 * The same of an e-mail: its subject, when it is not an answer's, and its own words, without what they answer to. An
 * everyday word as the subject of a longer letter is asked about, and so is a letter that says nothing but quotes a request.
 */
export function judgeMail(subject: string, text: string, at: Instant): Judgment {
  const words = vocabularyAt(at);
  const read = readable(text);
  const own = ownWords(read);
  const silent = compared(own, words).plain === "" && onlySigns(own, words) === undefined;
  const body = judged(own, words);
  if (body.verdict === "opt_out") return body;
  const head = judged(readable(ownSubject(subject)), words);
  if (head.verdict === "opt_out" && head.rule === "keyword" && words.ambiguous.has(head.matched ?? "") && !silent)
    return unclear(head);
  if (head.verdict === "opt_out" || (head.verdict === "hold_and_ask" && body.verdict !== "hold_and_ask")) return head;
  if (!silent || body.verdict !== "none") return body;
  const echoed = judged(read, words);
  return echoed.verdict === "opt_out" || echoed.verdict === "hold_and_ask" ? unclear(echoed) : body;
}

/**
 * The same of words that were spoken, or stand in a form: a phrase, a threat or a bare STOP opts out, and an unclear STOP
 * is asked about. What a machine wrote down of "who is this?" or "cancel" is ordinary talk.
 */
export function judgeSpoken(text: string, at: Instant): Judgment {
  const words = vocabularyAt(at);
  const said = compared(readable(text), words);
  const keyword = wholly(said.plain, words.spoken, words);
  if (keyword !== undefined) return stopped(keyword, said.plain, words);
  const judgment = phrases(said, words);
  return judgment.rule === "ask" ? { verdict: "none", rule: "none" } : judgment;
}

const NOTHING: Judgment = { verdict: "none", rule: "none" };
const stopped = (keyword: string, plain: string, words: Vocabulary): Judgment => ({
  verdict: "opt_out",
  rule: "keyword",
  matched: keyword,
  ...namesIn(plain, words),
});
const unclear = ({ matched }: Judgment): Judgment => ({
  verdict: "hold_and_ask",
  rule: "unclear",
  ...(matched === undefined ? {} : { matched }),
});

/** A keyword above other lines, which are then a signature or a quotation. An everyday word needs an empty line below it. */
function above(text: string, words: Vocabulary): Judgment | undefined {
  const [first = "", ...rest] = text.trim().split("\n");
  if (rest.length === 0) return undefined;
  const { plain } = compared(first, words);
  const keyword = wholly(plain, words.keywords, words);
  if (keyword === undefined) return undefined;
  const judgment = stopped(keyword, plain, words);
  return words.ambiguous.has(keyword) && rest[0]?.trim() !== "" ? unclear(judgment) : judgment;
}

/** Which families words name: "stop emailing me", "quita mi numero". */
function namesIn(plain: string, { namesPhone, namesEmail }: Vocabulary): Pick<Judgment, "names"> {
  const said = plain.split(" ");
  const names = (roots: readonly string[]) => said.some((word) => roots.some((root) => word.startsWith(root)));
  const found = [...(names(namesPhone) ? ["phone" as const] : []), ...(names(namesEmail) ? ["email" as const] : [])];
  return found.length === 0 ? {} : { names: found };
}

function phrases({ plain, clauses }: Compared, words: Vocabulary): Judgment {
  const [threat] = words.threats.in(plain);
  if (threat !== undefined) return { verdict: "opt_out", rule: "threat", matched: threat, alert: true };
  const heard = [...words.phrases.in(plain), ...requestsIn(clauses)];
  const phrase = heard.find(
    (one) => holds(plainOf(bounded(denied(clauses, one, words), one, words)), one) && !prefersWriting(one, clauses),
  );
  if (phrase !== undefined) return { verdict: "opt_out", rule: "phrase", matched: phrase, ...namesIn(phrase, words) };
  const [ask] = words.asks.in(plain);
  if (ask !== undefined) return { verdict: "hold_and_ask", rule: "ask", matched: ask };
  const stop = heard.find((one) => doubted(clauses, one, words)) ?? unclearStop(clauses, words);
  if (stop !== undefined) return { verdict: "hold_and_ask", rule: "unclear", matched: stop };
  return NOTHING;
}

/** The verdict of a text of signs alone. */
function onlySigns(text: string, vocabulary: Vocabulary): Judgment | undefined {
  const { signs, signsAsk, filler } = vocabulary;
  const marks = [...seen(text).replace(/\s|\p{P}|\p{M}|\p{Emoji_Modifier}/gu, "")];
  const [mark] = marks;
  if (mark === undefined) return undefined;
  if (marks.every((one) => signsAsk.has(one))) return { verdict: "hold_and_ask", rule: "sign", matched: mark };
  // "🛑 please", "🚫 texts"
  const sign = marks.find((one) => signs.has(one));
  if (sign === undefined) return undefined;
  const words = compared(text, vocabulary)
    .plain.split(" ")
    .filter((word) => word !== "");
  const others = marks.filter((one) => !signs.has(one) && !/[\p{L}\p{N}]/u.test(one));
  const isOurs = (word: string) => filler.has(word) || namesIn(word, vocabulary).names !== undefined;
  if (!words.every(isOurs)) return undefined;
  return others.length === 0
    ? { verdict: "opt_out", rule: "sign", matched: sign, ...namesIn(words.join(" "), vocabulary) }
    : { verdict: "hold_and_ask", rule: "sign", matched: sign };
}

/** The keyword that, repeated or with filler around it, is the whole text. */
function wholly(plain: string, keywords: Phrases, { filler }: Vocabulary): string | undefined {
  for (const keyword of keywords.in(plain)) {
    if (plain === keyword) return keyword;
    const rest = ` ${plain} `.replaceAll(` ${keyword} `, "  ").replaceAll(` ${keyword} `, "  ");
    const left = rest.split(" ").filter((word) => word !== "");
    if (left.every((word) => filler.has(word) || keywords.all.has(word))) return keyword;
  }
  return undefined;
}

const holds = (plain: string, phrase: string): boolean => ` ${plain} `.includes(` ${phrase} `);
const plainOf = (clauses: string): string => clauses.replace(/[ |]+/g, " ");

/** Without the phrase where a negator stands before it in its clause: "don't stop sending" is the opposite of "stop sending". */
function denied(clauses: string, phrase: string, { negators }: Vocabulary): string {
  const pattern = new RegExp(`(?<= )(?:NO|NOT|${negators.join("|")}) ${phrase}(?= )`, "g");
  return ` ${clauses} `.replace(pattern, (found) => (isDenial(found, phrase) ? "#" : found));
}

/** Without the phrase where it is bound right behind: "don't call before noon", "don't contact the seller". */
function bounded(clauses: string, phrase: string, { negators, bound, other }: Vocabulary): string {
  const forbids = phrase.startsWith("NO ") || negators.some((negator) => phrase.startsWith(`${negator} `));
  return clauses.replace(new RegExp(`(?<= )${phrase}(?:${bound}${forbids ? `|${other}` : ""})`, "g"), "#");
}

/** "No" denies in Spanish alone: "no dejen de llamar"; "no stop texting me" is plain. */
const isDenial = (found: string, phrase: string): boolean => !found.startsWith("NO ") || DENIABLE.test(phrase);

/** Denied, and yet no plain opposite: "you never stop texting me", "why not quit texting me". Or bound, and not denied. */
function doubted(clauses: string, phrase: string, words: Vocabulary): boolean {
  if (holds(plainOf(denied(clauses, phrase, words)), phrase)) return true;
  const bare = `NO|(?<!\\b(?:DO|DID|WILL|WOULD|CAN|HAVE|AM|M|IM|ARE) )NOT`;
  const doubts = `(?:${words.doubts.join("|")}) (?:${words.negators.join("|")})`;
  return new RegExp(`(?<= )(?:${doubts}|${bare}) ${phrase}(?= )`).test(` ${clauses} `);
}

/** A stop word that no ordinary use explains. The longer English words are unmistakable; END, CANCEL and OUT are not. */
function unclearStop(clauses: string, { ordinary }: Vocabulary): string | undefined {
  const rest = ordinary.reduce((left, pattern) => left.replace(pattern, " "), clauses);
  return /\b(STOP|STOPPED|STOPALL|UNSUBSCRIBED?|UN SUBSCRIBE|UNSUB|REVOKE)\b/.exec(rest)?.[0];
}
