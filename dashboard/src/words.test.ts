import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const src = fileURLToPath(new URL(".", import.meta.url));
const insights = fileURLToPath(new URL("../../src/insights/", import.meta.url));

/** Everything in quotes or between tags, of everything whose words people read. */
function strings(): { file: string; text: string }[] {
  const files = [
    ...readdirSync(src, { recursive: true }).map((name) => `${src}${String(name)}`),
    ...[
      "words.ts",
      "check-words.ts",
      "run-words.ts",
      "phrase.ts",
      "sentence.ts",
      "event-words.ts",
      "system.ts",
      "people.ts",
      "chain.ts",
      "reader.ts",
    ].map((name) => `${insights}${name}`),
  ].filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".test.ts"));
  return files.flatMap((file) => {
    const code = readFileSync(file, "utf8")
      .replaceAll(/^\s*(import|export) .*$/gm, "")
      .replaceAll(/\/\/.*$|\/\*[\s\S]*?\*\//gm, "");
    // in what is no page, < and > are types
    const said = file.endsWith(".tsx") ? /"([^"\n]*)"|`([^`]*)`|>([^<>{}]+)</g : /"([^"\n]*)"|`([^`]*)`/g;
    const found = [...code.matchAll(said)].map(([, a, b, c]) => a ?? b ?? c ?? "");
    return found.filter((text) => /[A-Za-z]{3}/.test(text)).map((text) => ({ file, text }));
  });
}

/** The CRM's brand and its own nouns, praise and blame. A path of the API is not read by people. */
const BANNED = [
  /high ?level/i,
  /\bGHL\b/,
  /sub-?account/i,
  /\bagency\b/i,
  /\boops\b/i,
  /\bsuccessfully\b/i,
  /\bplease\b/i,
  /\borchestrat/i,
  /\bblast\b/i,
  /\bAI\b/,
  /journey/i,
  /!$/,
];

describe("what people read", () => {
  test("names no brand, no praise and no blame", () => {
    const all = strings();
    expect(all.length).toBeGreaterThan(300);
    const bad = all.filter(({ text }) => BANNED.some((word) => word.test(text)));
    expect(bad).toEqual([]);
  });

  test("speaks of the team, never of a location", () => {
    const bad = strings().filter(
      ({ text }) => /\blocation\b/i.test(text) && /\s/.test(text.trim()) && !/[/?=$]/.test(text),
    );
    expect(bad).toEqual([]);
  });
});
