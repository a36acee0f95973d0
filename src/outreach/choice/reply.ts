// What of an e-mail the lead wrote themselves: without what they answer to. Pure.

/** The line above a quotation, as mail programs write it; Outlook's is a block of header lines. */
const QUOTED: readonly RegExp[] = [
  /^[ \t]*-{2,}\s*(?:original message|forwarded message|mensaje original)\s*-{2,}/im,
  /^[ \t]*_{8,}[ \t]*$/m,
  /^[ \t*]*(?:from|de):[^\n]*\n(?:[^\n]*\n)?[ \t*]*(?:sent|date|to|subject|enviado|fecha|para|asunto)\b[^\n]*:/im,
];
const ATTRIBUTION = /^[ \t]*(?:on|el)\b[^\n]{0,200}\n?[^\n]{0,200}\b(?:wrote|escribi[oó])\s*:[ \t]*$/im;
const QUOTE_HTML =
  /<(?:blockquote\b|div[^>]*\b(?:gmail_quote|yahoo_quoted|moz-cite-prefix|divRplyFwdMsg|appendonsend)\b)/i;
/** A line this long was broken by the mail program and not by its writer. Characters. */
const WRAPPED_AT = 60;

/** A reply's own words, without what it quotes. What stands below lines marked `>` is the writer's again. */
export function ownWords(text: string): string {
  const html = QUOTE_HTML.exec(text)?.index ?? text.length;
  let own = text.slice(0, html).replaceAll("\r\n", "\n");
  const cut = (pattern: RegExp, quotes: (rest: string) => boolean) => {
    const found = pattern.exec(own);
    if (found === null || !quotes(own.slice(found.index + found[0].length))) return;
    own = own.slice(0, found.index);
  };
  for (const pattern of QUOTED) cut(pattern, () => true);
  // with marked lines below, these alone are quoted
  const marked = /^\s*>/;
  cut(ATTRIBUTION, (rest) => !marked.test(rest));
  own = own
    .replace(new RegExp(`${ATTRIBUTION.source}(?=\\s*>)`, "im"), "")
    .split("\n")
    .filter((line) => !marked.test(line))
    .join("\n")
    .replace(/<[a-z/][^>]{0,500}>/gi, (tag) => (/^<\/?(?:br|p|div|li)/i.test(tag) ? "\n" : " "));
  const joined = own.replace(new RegExp(`^([^\\n]{${WRAPPED_AT},})\\n(?=\\p{Ll})`, "gmu"), "$1 ");
  return joined.trim();
}

/** A subject that answers or passes on was ours; a new one is the lead's. */
export const ownSubject = (subject: string): string =>
  /^\s*(?:re|fwd?|aw|rv|res|rif|tr)\s*(?:\[\d+\])?\s*:/i.test(subject) ? "" : subject;
