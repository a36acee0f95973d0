import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LONGEST, readable } from "../choice/compare.ts";
import vectors from "./data/opt-out-vectors.json" with { type: "json" };
import { patterns, phrasesOf, vocabularyAt } from "./vocabulary.ts";
import { judge, judgeMail } from "./words.ts";

interface Vector {
  readonly text: string;
  readonly verdict: string;
  readonly channel?: "email";
  readonly subject?: string;
}
const ROWS: readonly Vector[] = vectors.rows as readonly Vector[];
const AT = Date.UTC(2026, 10, 18, 19);
const judged = ({ channel, subject = "", text }: Vector) =>
  channel === "email" ? judgeMail(subject, text, AT) : judge(text, AT);

describe("what a lead's words ask of us", () => {
  test.each(ROWS.map((row) => [row.subject ?? "", row.text, row.verdict, row] as const))(
    "%j %j is %s",
    (_subject, _text, verdict, row) => {
      expect(judged(row).verdict).toBe(verdict);
    },
  );

  test("case, spaces, marks without a width and a last point change no verdict", () => {
    const lines = ROWS.filter(({ text, channel }) => channel === undefined && text !== "" && !text.includes("\n"));
    fc.assert(
      fc.property(
        fc.constantFrom(...lines),
        fc.array(fc.constantFrom("upper", "lower", "spaces", "unseen", "same"), { minLength: 1, maxLength: 12 }),
        fc.constantFrom("", "!", "!!", ".", " ...", " "),
        ({ text, verdict }, acts, end) => {
          const changed = [...text].map((letter, place) => {
            switch (acts[place % acts.length]) {
              case "upper":
                return letter.toUpperCase();
              case "lower":
                return letter.toLowerCase();
              case "spaces":
                return letter === " " ? "  " : letter;
              case "unseen":
                return `${letter}\u200B`;
              default:
                return letter;
            }
          });
          const said = `${changed.join("")}${end}`;
          expect(judge(said, AT).verdict, said).toBe(verdict);
        },
      ),
      { numRuns: 1500 },
    );
  });

  test("names the rule and the words that matched", () => {
    expect(judge("Please stop!", AT)).toEqual({ verdict: "opt_out", rule: "keyword", matched: "STOP" });
    expect(judge("Please take me off this thing", AT)).toEqual({
      verdict: "opt_out",
      rule: "phrase",
      matched: "TAKE ME OFF",
    });
    expect(judge("🛑🛑", AT)).toMatchObject({ rule: "sign" });
  });

  test("a threat opts out and alerts the owner besides", () => {
    expect(judge("Next text and I call my attorney", AT)).toEqual({
      verdict: "opt_out",
      rule: "threat",
      matched: "MY ATTORNEY",
      alert: true,
    });
  });

  test("what nobody sees between the letters changes nothing", () => {
    for (const text of ["st\u200Bop", "\u200ESTOP", "S\u00ADTOP", "stop\uFEFF"])
      expect(judge(text, AT).verdict).toBe("opt_out");
  });

  test("letters of another alphabet that look like ours are read as ours", () => {
    for (const text of [
      "\u0405\u0422\u041E\u0420",
      "S\u03A4OP",
      "st\u043Ep",
      "\uFF33\uFF34\uFF2F\uFF30",
      "UNSU\u0412SCRIBE",
    ])
      expect(judge(text, AT).verdict, text).toBe("opt_out");
    // a word of that alphabet is its own
    expect(judge("\u0441\u043F\u0430\u0441\u0438\u0431\u043E", AT).verdict).toBe("none");
  });

  test("a text of any length and alphabet is judged without failing", () => {
    expect(judge("стоп".repeat(5000), AT).verdict).toBe("none");
    expect(judge("\u{1F6D1}\u{FE0F}", AT).verdict).toBe("opt_out");
    expect(judge("STOP ".repeat(10_000), AT).verdict).toBe("opt_out");
  });

  test("a word drawn with digits is read, and none is looked for between signs without end", () => {
    for (const text of ["st0p", "$top", "S-T-0-P!!!", "((st0p))"])
      expect(judge(text, AT).verdict, text).toBe("opt_out");
    expect(judge(`ST0${"-".repeat(100)}P`, AT).verdict).toBe("none");
  });

  test("a long word is read with any one letter wrong, missing, too many, or two swapped", () => {
    const { misspelled } = vocabularyAt(AT);
    fc.assert(
      fc.property(
        fc.constantFrom(...misspelled),
        fc.nat(),
        fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        fc.constantFrom("wrong", "missing", "too many", "swapped"),
        (word, seed, letter, slip) => {
          const at = seed % (word.length - 1);
          const swapped = `${word[at + 1]}${word[at]}`;
          const middle = { wrong: letter, missing: "", "too many": `${letter}${word[at]}`, swapped }[slip];
          const typed = word.slice(0, at) + middle + word.slice(at + (slip === "swapped" ? 2 : 1));
          // three of a letter are read as one
          fc.pre(!/(.)\1\1/.test(typed));
          expect(judge(typed.toLowerCase(), AT).verdict, typed).toBe("opt_out");
        },
      ),
      { numRuns: 1500 },
    );
  });

  test("whatever is sent, a bounded text without runs of blanks is read, and of a long one its beginning and end", () => {
    const piece = fc.constantFrom(
      "\n",
      "\r\n",
      " ",
      "\t",
      "\u2028",
      "\u00A0",
      "a",
      "stop",
      "--",
      "> ",
      "<div ",
      "on x wrote:",
    );
    const text = fc
      .array(fc.tuple(piece, fc.nat({ max: 60_000 })), { maxLength: 6 })
      .map((runs) => runs.map(([one, times]) => one.repeat(times)).join(""));
    fc.assert(
      fc.property(text, (sent) => {
        const read = readable(sent);
        expect(read.length).toBeLessThanOrEqual(LONGEST);
        expect(/[^\S\n]{2}|\n{3}/.test(read)).toBe(false);
      }),
      { numRuns: 60 },
    );
    const talk = "We like the house. ".repeat(20_000);
    expect(judge(`Stop texting me. ${talk}`, AT).verdict).toBe("opt_out");
    expect(judge(`${talk} Stop texting me.`, AT).verdict).toBe("opt_out");
    expect(judge(`${"\n".repeat(10_000)}stop`, AT).verdict).toBe("opt_out");
    expect(judgeMail("", `${" \n".repeat(10_000)}stop`, AT).verdict).toBe("opt_out");
  });

  test("the words of the day on which it was said count: REVOKE alone ends messages from 2025-04-11 on", () => {
    expect(judge("REVOKE", Date.UTC(2025, 3, 10, 23, 59)).verdict).toBe("hold_and_ask");
    expect(judge("REVOKE", Date.UTC(2025, 3, 11)).verdict).toBe("opt_out");
    expect(judge("STOP", Date.UTC(2020, 0, 1)).verdict).toBe("opt_out");
  });

  test("phrases are found as whole words wherever they stand, in the order of the file", () => {
    const words = fc.array(fc.constantFrom("STOP", "NO", "MORE", "STOPS", "TEXT", "ME", ""), { maxLength: 8 });
    const said = words.map((list) => list.join(" "));
    fc.assert(
      fc.property(fc.array(said, { maxLength: 20 }), said, (phrases, plain) => {
        const one = (phrase: string) => ` ${plain} `.includes(` ${phrase} `);
        expect(phrasesOf(phrases).in(plain)).toEqual(phrases.filter(one));
      }),
    );
  });

  test("a pattern of the file stands for each of its words", () => {
    expect(patterns("{DO NOT|DONT} CALL {ME|}")).toEqual([
      "DO NOT CALL ME",
      "DO NOT CALL",
      "DONT CALL ME",
      "DONT CALL",
    ]);
  });
});
