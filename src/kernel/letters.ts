// Letters as a person reads them, so that a list of words need not know how else they can be written.

/** Compatible forms as one, without accents and without what has no width: a letter may become none, or several. */
export function folded(text: string): string {
  if (/^[ -~]*$/.test(text)) return text;
  return text
    .normalize("NFKD")
    .replace(/[\t\n\v\f\r]/g, " ")
    .replace(/[\p{M}\p{Cf}\p{Cc}\u115F\u1160\u3164]/gu, "")
    .replace(/[^ -~]/gu, (one) => LOOKS_LIKE.get(one) ?? one);
}

/**
 * Letters that are taken for a Latin one: of Cyrillic, Greek and Armenian, small capitals and the phonetic alphabet.
 * @source Unicode Technical Standard 39, confusables.txt; added are small letters that look like small capitals (в, к, м, т),
 *   and strokes through a letter, which no decomposition takes away.
 */
const LOOKS_LIKE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ a: "аАɑαΑᴀ", b: "ВвЬьΒʙƄ", c: "сСϲᴄ", d: "ԁᴅđĐ", e: "еЕҽεΕᴇ", f: "քꜰϜ", g: "ɡɢցԌ", h: "һНнΗհʜħĦ" },
    ...{ i: "іІıɪɩιΙӏӀ", j: "јЈϳᴊ", k: "КкκΚᴋ", l: "ʟłŁ", m: "МмΜᴍ", n: "ոռΝηɴп", o: "оОοσΟօՕᴏøØ", p: "рРρΡᴘ" },
    ...{ q: "ԛզգǫ", r: "гʀᴦ", s: "ѕЅꜱƽ", t: "ТтτΤᴛŧŦ", u: "υսՍᴜʋ", v: "νѵѴᴠ", w: "ԝԜѡωաᴡ", x: "хХχΧ" },
    ...{ y: "уУүҮγΥʏ", z: "Ζᴢ", " ": "\u2800", "-": "‐–−", "'": "‘’ʼ′" },
  }).flatMap(([plain, letters]) => [...letters].map((letter) => [letter, plain] as const)),
);
