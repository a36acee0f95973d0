const BREAKS = new Set(["br", "/p", "/div", "/li", "/tr", "/h1", "/h2", "/h3", "/h4", "/h5", "/h6", "/blockquote"]);
const UNSEEN = new Set(["style", "script", "head"]);

/**
 * What a reader of the HTML would read: tags gone, blocks on lines of their own, the common entities in place.
 * One pass, because anybody may mail a team a million opening brackets.
 */
export function plainText(html: string): string {
  const lower = html.toLowerCase();
  const parts: string[] = [];
  let from = 0;
  while (from < html.length) {
    const open = html.indexOf("<", from);
    const close = open < 0 ? -1 : html.indexOf(">", open);
    if (close < 0) break;
    parts.push(html.slice(from, open));
    const name = /^\/?[a-z0-9]*/.exec(lower.slice(open + 1, Math.min(close, open + 20)))?.[0] ?? "";
    parts.push(BREAKS.has(name) ? "\n" : " ");
    from = close + 1;
    if (UNSEEN.has(name)) {
      const end = lower.indexOf(`</${name}`, from);
      from = end < 0 ? html.length : end;
    }
  }
  parts.push(html.slice(from));
  return parts
    .join("")
    .replace(/&(#x?[0-9a-f]{1,6}|[a-z]{2,6});/gi, (entity, name: string) => decoded(name.toLowerCase()) ?? entity)
    .replace(/[^\S\n]+/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

function decoded(name: string): string | undefined {
  if (!name.startsWith("#")) return NAMED[name];
  const code = name.startsWith("#x") ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  // half a character cannot be stored
  const whole = Number.isInteger(code) && code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return whole ? String.fromCodePoint(code) : undefined;
}
