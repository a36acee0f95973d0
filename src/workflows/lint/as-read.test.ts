import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../../test/seeded.ts";
import { asRead } from "./as-read.ts";

describe("a text is read", () => {
  test.each([
    ["as it is, where it is plain", "No kids & no pets, 100 %!", "No kids & no pets, 100 %!"],
    ["through Cyrillic, Greek and Armenian letters", "nо кіdѕ, Νο κιds, ոo kids", "no kids, no kids, no kids"],
    ["through full width, mathematical and circled letters", "ｎｏ 𝐤𝐢𝐝𝐬 ⓝⓞ", "no kids no"],
    ["through small capitals and struck letters", "ɴᴏ ᴋɪᴅꜱ, nø ķids", "no kids, no kids"],
    ["without accents, composed or not", "sólo sin niños, nin\u0303os", "solo sin ninos, ninos"],
    ["without what has no width", "n\u200bo k\u00adi\u2060d\ufeffs\u200d", "no kids"],
    ["with any space as a space", "no\u00a0kids\u2003no\u2800kids\tno", "no kids no kids no"],
    ["with straight apostrophes and plain hyphens", "kids’ adults‑only adults–only", "kids' adults-only adults-only"],
    ["without tags within a word", "n<b>o</b> k<span style='color:red'>i</span>ds", "no kids"],
    ["with a line break as a space", "no<br/>kids", "no kids"],
    ["not across what stands apart", "<td>Pets: no</td><td>kids</td>", "·Pets: no··kids·"],
    ["not across an empty line", "Pets: no\n \nkids", "Pets: no·kids"],
    ["with entities as their letters", "n&#111; k&#x69;ds&nbsp;&amp; ni&ntilde;os s&oacute;lo", "no kids & ninos solo"],
    ["with what an image says", '<img src="a.png" alt="no kids">', "·no kids··"],
    ["without comments, styles and scripts", "no<!-- > --> kids<style>.safe{}</style><script>a", "no kids··"],
    [
      "without tags of a template, and links",
      "no {{ kids }} {% if kids %} https://example.com/no-kids, so",
      "no · · · so",
    ],
    ["with a sign that is no tag, and no entity", "2 < 3 and 5 > 4, R&D; I <3 kids", "2 < 3 and 5 > 4, R&D; I <3 kids"],
  ])("%s", (_, text, plain) => {
    expect(asRead(text).plain).toBe(plain);
  });

  test("and every part of it is known as it is written", () => {
    const text = "Sorry, <i>nо</i> k&#105;ds\u200b 𝐡𝐞𝐫𝐞.";
    const { plain, written } = asRead(text);
    const at = (words: string) => written(plain.indexOf(words), plain.indexOf(words) + words.length);
    expect(at("no kids")).toBe("nо</i> k&#105;ds");
    expect(at("here")).toBe("𝐡𝐞𝐫𝐞");
    expect(at("Sorry, no kids here.")).toBe(text);
  });

  test("whatever it holds: what is written is found again in the text, in order", () => {
    const piece = fc.constantFrom(
      "<b>",
      "</b>",
      "<p",
      ">",
      "<!--",
      "&",
      "&#0;",
      "&#x10ffff;",
      "{{",
      "}}",
      "{%",
      "ﬃ",
      "№",
      "\ud800",
    );
    const text = fc.array(fc.oneof(piece, fc.string({ unit: "grapheme", maxLength: 5 })), { maxLength: 20 });
    fc.assert(
      fc.property(text, (pieces) => {
        const whole = pieces.join("");
        const { plain, written } = asRead(whole);
        let from = 0;
        for (let at = 0; at < plain.length; at += 1) {
          const found = whole.indexOf(written(at, at + 1), from > 0 ? from - 1 : 0);
          expect(found).toBeGreaterThanOrEqual(0);
          from = Math.max(from, found);
        }
      }),
      { ...seeded, numRuns: 100 },
    );
  });

  test("in time that grows with it, though nothing in it is ever closed", () => {
    for (const open of ["<!--", "<a ", `<${"a".repeat(1_000)}`, "{{", "{%", '<a title="', "<style>", "&", "\n "]) {
      const text = open.repeat(500_000 / open.length);
      expect(asRead(text).plain.length).toBeLessThanOrEqual(text.length);
    }
  });
});
