import { describe, expect, test } from "vitest";
import { parseBody } from "./body.ts";

describe("a body", () => {
  test("may nest 64 levels and no more", () => {
    expect(parse(nested(64))).toBeDefined();
    expect(() => parse(nested(65))).toThrow("deeper than 64 levels");
    expect(() => parse(nested(10_000))).toThrow("deeper than 64 levels");
  });

  test("may hold any number of brackets in its texts", () => {
    const text = `${'[{"'.repeat(500)}\\`;
    expect(parse(JSON.stringify({ text }))).toEqual({ text });
  });

  test("that is no JSON is refused without quoting it", () => {
    for (const text of ["", "{", "ada@example.com", '{"a":1}x']) {
      expect(() => parse(text)).toThrow("The body is not valid JSON.");
    }
  });

  test("has what jsonb refuses replaced, in texts and in names", () => {
    expect(parse('{"a\\u0000":["\\ud800x","\\ud83d\\ude00"]}')).toEqual({ "a\uFFFD": ["\uFFFDx", "😀"] });
  });

  test("keeps a member called __proto__ a member", () => {
    const value = parse('{"__proto__":{"x":"\\u0041"}}') as object;
    expect([Object.keys(value), "x" in value]).toEqual([["__proto__"], false]);
  });
});

const parse = (text: string) => parseBody(Buffer.from(text));
const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
