import { describe, expect, test } from "vitest";
import { APPENDED, segments, transliterated } from "./segments.ts";

describe("a text message's parts", () => {
  test.each([
    ["160 letters are one part", "a".repeat(160), 1, "gsm7"],
    ["161 are two", "a".repeat(161), 2, "gsm7"],
    ["306 are two", "a".repeat(306), 2, "gsm7"],
    ["307 are three", "a".repeat(307), 3, "gsm7"],
    ["é stays in GSM-7", "é".repeat(160), 1, "gsm7"],
    ["ç does not", "ç".repeat(71), 2, "ucs2"],
    ["Ç does", "Ç".repeat(160), 1, "gsm7"],
    ["80 euro signs are one part, each two septets", "€".repeat(80), 1, "gsm7"],
    ["81 are two", "€".repeat(81), 2, "gsm7"],
    ["a euro sign is not split over two parts", `${"a".repeat(152)}€${"a".repeat(152)}`, 3, "gsm7"],
    ["35 emoji are one part", "🏠".repeat(35), 1, "ucs2"],
    ["36 are two", "🏠".repeat(36), 2, "ucs2"],
    ["33 emoji fit into each of several parts", "🏠".repeat(67), 3, "ucs2"],
    ["an accented vowel takes the text out of GSM-7", "á", 1, "ucs2"],
    ["Spanish marks that GSM-7 has", "¿Qué? ¡Ñ ñ Ü ü!", 1, "gsm7"],
    ["nothing is one part", "", 1, "gsm7"],
  ] as const)("%s", (_name, text, count, encoding) => {
    expect(segments(text)).toMatchObject({ segments: count, encoding });
  });

  test("what HighLevel appends is counted before it is there", () => {
    expect(segments("a".repeat(115), APPENDED).segments).toBe(1);
    expect(segments("a".repeat(116), APPENDED).segments).toBe(2);
  });
});

describe("writing a text in GSM-7", () => {
  test("curly quotes, dashes, dots and odd spaces are replaced", () => {
    const text = "It’s “home” – really…\u00a0yes\u200b";
    expect(segments(text).encoding).toBe("ucs2");
    expect(transliterated(text)).toBe(`It's "home" - really... yes`);
  });

  test("all or nothing: where something remains, the text is left alone", () => {
    expect(transliterated("Hi Jos\u00ed, it’s Ana…")).toBe("Hi Jos\u00ed, it’s Ana…");
    expect(transliterated("Hi José, it’s Ana…")).toBe("Hi José, it's Ana...");
  });

  test("names keep their accents", () => {
    expect(transliterated("Zoë Gómez")).toBe("Zoë Gómez");
  });
});
