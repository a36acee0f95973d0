// The schema may be looser than the compiler, never stricter: whatever compiles is accepted by it.

import { readdirSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { BAD, GOOD, LIBRARY, MORE_BAD, MORE_GOOD, wrapped } from "../compile/conformance.ts";
import { vocabularyOf } from "./names-in.ts";
import { schemaOf } from "./schema.ts";

const folder = [
  { file: "lib.yaml", text: LIBRARY },
  { file: "a.yaml", text: "workflow: w\nsteps: [{ id: hello, send: welcome }]" },
];
const ajv = new Ajv({ strict: false, allErrors: true });
const checks = {
  "of the language": ajv.compile(schemaOf()),
  "of the folder": ajv.compile(schemaOf(vocabularyOf(folder))),
};

function faults(check: (typeof checks)[keyof typeof checks], text: string): string[] {
  return parseAllDocuments(text, { version: "1.2", schema: "core" }).flatMap((document) =>
    check(document.toJS()) ? [] : (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`),
  );
}

describe.each(Object.entries(checks))("the schema %s", (_, check) => {
  test.each([...GOOD, ...MORE_GOOD].map(({ snippet }) => snippet))("accepts %s", (snippet) => {
    expect(faults(check, wrapped(snippet).text)).toEqual([]);
  });

  test("accepts the library beside them", () => {
    expect(faults(check, LIBRARY)).toEqual([]);
  });
});

const shipped = new URL("../../../workflows/", import.meta.url);
test.each(readdirSync(shipped).filter((name) => name.endsWith(".yaml")))("%s is accepted", (name) => {
  expect(faults(checks["of the language"], readFileSync(new URL(name, shipped), "utf8"))).toEqual([]);
});

test("underlines nearly half of the bad snippets while they are typed; the compiler refuses all", () => {
  const bad = [...BAD, ...MORE_BAD].map(([snippet]) => snippet);
  const seen = bad.filter((snippet) => faults(checks["of the folder"], wrapped(snippet).text).length > 0);
  expect(seen.length).toBeGreaterThan(bad.length * 0.45);
  expect(seen).toContain("wait: 90");
  expect(seen).toContain("{ send: welcom }");
  expect(seen).toContain('if: "lead.score > 0.7"');
});
