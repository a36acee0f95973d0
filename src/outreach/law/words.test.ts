import fc from "fast-check";
import { describe, expect, test } from "vitest";
import vectors from "./data/opt-out-vectors.json" with { type: "json" };
import { judge, judgeMail } from "./words.ts";

interface Vector {
  readonly text: string;
  readonly verdict: string;
  readonly channel?: "email";
  readonly subject?: string;
}
const ROWS: readonly Vector[] = vectors.rows as readonly Vector[];
const judged = ({ channel, subject = "", text }: Vector) =>
  channel === "email" ? judgeMail(subject, text) : judge(text);

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
          expect(judge(said).verdict, said).toBe(verdict);
        },
      ),
      { numRuns: 1500 },
    );
  });

  test("names the rule and the words that matched", () => {
    expect(judge("Please stop!")).toEqual({ verdict: "opt_out", rule: "keyword", matched: "STOP" });
    expect(judge("Please take me off this thing")).toEqual({
      verdict: "opt_out",
      rule: "phrase",
      matched: "TAKE ME OFF",
    });
    expect(judge("🛑🛑")).toMatchObject({ rule: "sign" });
  });

  test("a threat opts out and alerts the owner besides", () => {
    expect(judge("Next text and I call my attorney")).toEqual({
      verdict: "opt_out",
      rule: "threat",
      matched: "MY ATTORNEY",
      alert: true,
    });
  });

  test("what nobody sees between the letters changes nothing", () => {
    for (const text of ["st\u200Bop", "\u200ESTOP", "S\u00ADTOP", "stop\uFEFF"])
      expect(judge(text).verdict).toBe("opt_out");
  });

  test("letters of another alphabet that look like ours are read as ours", () => {
    for (const text of [
      "\u0405\u0422\u041E\u0420",
      "S\u03A4OP",
      "st\u043Ep",
      "\uFF33\uFF34\uFF2F\uFF30",
      "UNSU\u0412SCRIBE",
    ])
      expect(judge(text).verdict, text).toBe("opt_out");
    // a word of that alphabet is its own
    expect(judge("\u0441\u043F\u0430\u0441\u0438\u0431\u043E").verdict).toBe("none");
  });

  test("a text of any length and alphabet is judged without failing", () => {
    expect(judge("стоп".repeat(5000)).verdict).toBe("none");
    expect(judge("\u{1F6D1}\u{FE0F}").verdict).toBe("opt_out");
    expect(judge("STOP ".repeat(10_000)).verdict).toBe("opt_out");
  });
});
