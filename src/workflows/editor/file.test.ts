// The schema stands where the first line of the files looks for it.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { schemaPath, schemaText, writeSchema } from "./file.ts";

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "latchkey-schema-"));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const text = "# yaml-language-server: $schema=../.latchkey/schema.json\nworkflow: w\nsteps: [{ tag: Hot }]\n";
const files = [{ file: "workflows/a.yaml", text }];

test("beside the folder, which is where the comment points", async () => {
  expect(schemaPath(join(place, "workflows"))).toBe(join(place, ".latchkey", "schema.json"));
  expect(await writeSchema(join(place, "workflows"), files)).toBe(true);
  expect(readFileSync(join(place, ".latchkey", "schema.json"), "utf8")).toBe(schemaText(files));
});

test("once: the same names write nothing again", async () => {
  const folder = join(place, "workflows");
  await writeSchema(folder, files);
  const before = statSync(schemaPath(folder)).mtimeMs;
  expect(await writeSchema(folder, files)).toBe(false);
  expect(statSync(schemaPath(folder)).mtimeMs).toBe(before);
  expect(await writeSchema(folder, [...files, { file: "workflows/b.yaml", text: "workflow: other" }])).toBe(true);
});

test("not where no file asks for it, and not at the price of the command where it cannot be written", async () => {
  expect(await writeSchema(join(place, "workflows"), [{ file: "a.yaml", text: "workflow: w" }])).toBe(false);
  writeFileSync(join(place, ".latchkey"), "a file, not a folder");
  expect(await writeSchema(join(place, "workflows"), files)).toBe(false);
});
