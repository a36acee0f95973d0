// A text as a person reads it, whatever it is written with: without markup and what cannot be seen, entities as the letters
// they name, full-width, accented and look-alike letters as plain ones. So that a list of words need not know of them.

import { folded } from "../../kernel/letters.ts";

export interface AsRead {
  /** Letters of another alphabet that look like Latin ones are lower case; a `·` stands where nothing is read across. */
  readonly plain: string;
  /** What stands in the text in place of `plain.slice(start, end)`, which is not empty. */
  written(start: number, end: number): string;
}

const BREAK = "·";

/** Tags that stand within a word or a line; all others end what stood before them. */
const INLINE = new Set(
  "a abbr b bdi bdo big cite code del dfn em font i ins kbd label mark nobr q s samp small span strike strong sub sup time tt u var wbr".split(
    " ",
  ),
);

// what is never closed goes to the end, as browsers read it; nothing here looks back over what it has passed
const PIECE = new RegExp(
  [
    String.raw`\{\{[^{}]*\}\}|\{%(?:[^%{]|%(?!\}))*%\}|https?:\/\/[^\s<>"']+|\r?\n[^\S\n]*\n`,
    String.raw`<(?:style|script)\b[^]*?(?:<\/(?:style|script)\s*>|$)`,
    "(?<comment><!--[^]*?(?:-->|$))",
    String.raw`(?<tag><\/?(?<name>[a-z][a-z0-9]*)(?![a-z0-9])(?:[^<>"']|"[^"<]*"|'[^'<]*')*>)`,
    String.raw`(?<entity>&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]{2,24});)`,
  ].join("|"),
  "giu",
);

/** What an image says to whom it is not shown. */
const SPOKEN = /\s(?:alt|title|aria-label)\s*=\s*(?:"([^"]*)"|'([^']*)')/giu;

export function asRead(text: string): AsRead {
  const plain: string[] = [];
  const from: number[] = [];
  const until: number[] = [];
  const put = (letters: string, start: number, end: number) => {
    for (const letter of letters) {
      plain.push(letter);
      // a letter beyond the first plane is two units of a string
      for (let unit = 0; unit < letter.length; unit += 1) {
        from.push(start);
        until.push(end);
      }
    }
  };
  const read = (start: number, end: number) => {
    for (let at = start; at < end; ) {
      const letter = String.fromCodePoint(text.codePointAt(at) as number);
      put(folded(letter), at, at + letter.length);
      at += letter.length;
    }
  };
  let at = 0;
  for (const { 0: piece, index, groups = {} } of text.matchAll(PIECE)) {
    read(at, index);
    at = index + piece.length;
    const { comment, tag, entity } = groups;
    if (entity !== undefined) put(folded(entityLetters(entity)), index, at);
    else if (tag !== undefined) putTag(tag, groups["name"] as string, index, { put, read });
    else if (comment === undefined) put(BREAK, index, at);
  }
  read(at, text.length);
  return {
    plain: plain.join(""),
    written: (start, end) => text.slice(from[start], until[end - 1]),
  };
}

interface Writing {
  put(letters: string, start: number, end: number): void;
  read(start: number, end: number): void;
}

function putTag(tag: string, name: string, index: number, { put, read }: Writing): void {
  for (const { 0: attribute, index: within, 1: double, 2: single } of tag.matchAll(SPOKEN)) {
    const end = index + within + attribute.length - 1;
    const spoken = double ?? single ?? "";
    put(BREAK, end - spoken.length, end);
    read(end - spoken.length, end);
    put(BREAK, end, end);
  }
  if (INLINE.has(name.toLowerCase())) return;
  put(name.toLowerCase() === "br" ? " " : BREAK, index, index + tag.length);
}

// Letters --------------------------------------------------------------------------------------------------------

const NAMED: ReadonlyMap<string, string> = new Map([
  ...([["nbsp", " "] as const, ["ensp", " "], ["emsp", " "], ["thinsp", " "], ["amp", "&"], ["lt", "<"]] as const),
  ...([["gt", ">"] as const, ["quot", '"'], ["apos", "'"], ["lsquo", "'"], ["rsquo", "'"], ["hyphen", "-"]] as const),
  ...([["ndash", "-"] as const, ["shy", ""], ["zwj", ""], ["zwnj", ""], ["inodot", "i"], ["oslash", "o"]] as const),
]);
/** `&ntilde;`, `&eacute;`: the letter, and an accent that is not read. */
const ACCENTED = /^([a-z])(?:acute|grave|circ|tilde|uml|cedil|ring|caron)$/iu;

/** The letters of an entity; of one that is not known, a break. */
function entityLetters(entity: string): string {
  const name = entity.slice(1, -1);
  if (name.startsWith("#")) {
    const code = /^#x/iu.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : BREAK;
  }
  return NAMED.get(name) ?? ACCENTED.exec(name)?.[1] ?? BREAK;
}
