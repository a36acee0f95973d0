import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { headline } from "./diagnostic.ts";

const told = (text: string): string[] => compile([{ file: "a.yaml", text }]).diagnostics.map(headline);
const timed = (text: string): { readonly found: string[]; readonly ms: number } => {
  const started = performance.now();
  const found = told(text);
  return { found, ms: performance.now() - started };
};
/** Far above what is needed, far below what an attack wants. */
const PATIENCE_MS = 2_000;

describe("hostile YAML", () => {
  test("a bomb of aliases is refused after a hundred", () => {
    const levels = Array.from(
      { length: 12 },
      (_, n) => `a${n + 1}: &a${n + 1} [${Array(10).fill(`*a${n}`).join(", ")}]`,
    );
    const { found, ms } = timed(["a0: &a0 boom", ...levels].join("\n"));
    expect(found.join("\n")).toContain("error too-many-aliases more than 100 aliases are followed in this document.");
    expect(ms).toBeLessThan(PATIENCE_MS);
  });

  test("an alias to what contains it is refused", () => {
    expect(told("a: &a [ *a ]").join("\n")).toMatch(/error (too-deep|too-many-aliases|bad-yaml)/);
  });

  test("ten megabytes are not read", () => {
    const { found, ms } = timed(`about: ${"x".repeat(10_000_000)}`);
    expect(found).toEqual(["a.yaml:1:1 error too-large the file has 10000007 characters; at most 1 MB is read."]);
    expect(ms).toBeLessThan(PATIENCE_MS);
  });

  test.each([
    ["brackets", "[".repeat(400_000)],
    ["braces", "{a: ".repeat(200_000)],
    ["dashes", "- ".repeat(400_000)],
    ["question marks", "? ".repeat(400_000)],
    ["indentation", Array.from({ length: 1_300 }, (_, n) => `${" ".repeat(n)}a:`).join("\n")],
    ["quoted brackets", `about: "${"[".repeat(400_000)}"`],
  ])("%s without end are refused", (_, text) => {
    const { found, ms } = timed(text);
    expect(found[0]).toMatch(/error (too-deep|bad-yaml)/);
    expect(ms).toBeLessThan(PATIENCE_MS);
  });

  test("a tab that indents is told as such", () => {
    expect(told("workflow: w\nsteps:\n\t- { id: a, tag: b }")[0]).toBe(
      "a.yaml:3:1 error bad-yaml a tab cannot indent in YAML. Use spaces.",
    );
  });

  test("names of the prototype are names like any other", () => {
    const text = [
      "workflow: w",
      "__proto__: { status: live }",
      "steps:",
      "  - { id: constructor, tag: a }",
      "  - { id: b, tag: c, if: { constructor.name: x, step.constructor.ran: true } }",
      "---",
      "templates: { __proto__: { sms: Hi }, toString: { sms: Hi }, constructor: { sms: Hi } }",
      "events: { __proto__: { properties: { __proto__: text } } }",
      "---",
      "templates: { t: { sms: 'Hi {{ constructor }} {{ toString }} {{ contact.__proto__ }}' } }",
    ].join("\n");
    const found = told(text);
    expect(found).toContain('a.yaml:2:1 error unknown-key "__proto__" is not a key of a workflow.');
    expect(found).toContain(
      'a.yaml:5:28 error unknown-subject there is no "constructor.name". Did you mean "contact.name"?',
    );
    expect(found.some((one) => one.startsWith("a.yaml:7:14 error bad-id"))).toBe(true);
    expect(found).toContain('a.yaml:10:31 error unknown-field "constructor" is not a field.');
    expect(({} as { status?: string }).status).toBeUndefined();
  });

  test.each([
    ["tags", "workflow: !!str w", "yaml-tag"],
    ["directives", "%YAML 1.1\n---\nworkflow: w", "yaml-directive"],
    ["lists as keys", "? [a]\n: b", "bad-key"],
    ["numbers without end", "templates: { t: { sms: .inf } }", "bad-value"],
    ["text that ends nowhere", 'about: "x', "bad-yaml"],
    ["a list of documents", "- a", "expected-map"],
    ["steps by alias", "workflow: w\nsteps: [ &s { id: a, tag: b }, *s ]", "alias-step"],
  ])("%s are refused by name", (_, text, code) => {
    expect(told(text).join("\n")).toContain(`error ${code} `);
  });

  test("an empty file, or one of comments, is nothing", () => {
    expect(told("")).toEqual([]);
    expect(told("# nothing yet\n---\n")).toEqual([]);
  });
});
