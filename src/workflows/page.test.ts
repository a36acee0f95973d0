// docs/workflows.md, kept: every example compiles and is accepted by the schema, what it says happens does happen, and
// every code that the compiler and the linter can tell is explained there.

import { readdirSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { folderFrom, journey, type Script } from "../../test/journey.ts";
import { schemaOf } from "./editor/schema.ts";
import { compile, headline } from "./index.ts";

const page = readFileSync(new URL("../../docs/workflows.md", import.meta.url), "utf8");

interface Block {
  readonly language: string;
  readonly text: string;
  readonly line: number;
}

const blocks: readonly Block[] = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((match) => ({
  language: match[1] as string,
  text: match[2] as string,
  line: page.slice(0, match.index).split("\n").length,
}));
const [library, ...examples] = blocks
  .filter(({ language }) => language === "yaml")
  .map((block) => ({ ...block, text: whole(block.text) }));

/** A list of steps stands under a workflow. */
function whole(text: string): string {
  if (!text.startsWith("- ")) return text;
  return `workflow: example\nsteps:\n${text.replace(/^/gm, "  ")}`;
}

const compiled = (text: string) =>
  compile([
    { file: "a.yaml", text },
    { file: "library.yaml", text: library?.text ?? "" },
  ]);

describe("every example", () => {
  const check = new Ajv({ strict: false, allErrors: true }).compile(schemaOf());

  test.each([library, ...examples].map((block) => [block?.line, block?.text ?? ""] as const))(
    "of line %s compiles and is accepted by the schema",
    (_, text) => {
      const { diagnostics } = text === library?.text ? compile([{ file: "a.yaml", text }]) : compiled(text);
      expect(diagnostics.filter(({ severity }) => severity === "error").map(headline)).toEqual([]);
      for (const document of parseAllDocuments(text)) {
        check(document.toJS());
        expect(check.errors ?? []).toEqual([]);
      }
    },
  );
});

describe("what the page says happens", () => {
  const stories = blocks.flatMap((block, index) => {
    const before = blocks.slice(0, index).findLast(({ language }) => language === "yaml");
    return block.language === "json" && before !== undefined
      ? [{ line: block.line, json: block.text, yaml: before.text }]
      : [];
  });

  test.each(stories.map(({ line, json, yaml }) => [line, json, yaml] as const))(
    "of line %s happens",
    async (_, json, yaml) => {
      const { then, ...script } = JSON.parse(json) as Script & { then: object };
      const walked = await journey(folderFrom(`${library?.text}---\n${whole(yaml)}`), script);
      expect(walked).toMatchObject(then);
    },
  );
});

test("every code is explained, and none that does not exist", () => {
  const explained = [...page.matchAll(/^\|\s*`([a-z-]+)`\s*\|\s*(?:error|warning|info)/gm)].map(
    ([, code]) => code as string,
  );
  expect(new Set(explained).size).toBe(explained.length);
  expect(explained.sort()).toEqual(codes());
});

/** First arguments of reports, and codes of findings, in the sources. */
function codes(): string[] {
  const found = new Set<string>();
  for (const room of ["compile", "lint"]) {
    const folder = new URL(`./${room}/`, import.meta.url);
    for (const name of readdirSync(folder)) {
      if (!name.endsWith(".ts") || /\.test\.ts$|^conformance\.ts$/.test(name)) continue;
      const text = readFileSync(new URL(name, folder), "utf8");
      const calls = text.matchAll(/(?:\.(?:error|warning|info)|refuse|wrong)\(\s*([^,]*?),|\bcode: ([^,]*?),/g);
      for (const [, argument, member] of calls) {
        const said = (argument ?? member ?? "").trim();
        const words = /^"[a-z]+"$/.test(said)
          ? [said]
          : (said.match(/["`][a-z]+(?:-(?:[a-z]+|\$\{\w+\}))+["`]/g) ?? []);
        for (const word of words) found.add(word.slice(1, -1));
      }
      for (const [, word = ""] of text.matchAll(/_CODE = "([a-z-]+)"/g)) found.add(word);
    }
  }
  const parts: Readonly<Record<string, readonly string[]>> = {
    "empty-${key}": ["empty-all", "empty-any"],
    "no-${key}": ["no-step", "no-variants"],
    "unused-${kind}": ["unused-template", "unused-experiment", "unused-segment", "unused-trigger"],
  };
  return [...new Set([...found].flatMap((code) => parts[code] ?? [code]))].sort();
}
