// The workflows we ship have nothing to warn of, and are linted in no time.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compile } from "../compile/compile.ts";
import { headline } from "../compile/diagnostic.ts";
import { lint } from "./lint.ts";

const folder = new URL("../../../workflows/", import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => ({ file: `workflows/${name}`, text: readFileSync(new URL(name, folder), "utf8") }));

test("the shipped folder has no warning of the linter", () => {
  const { content } = compile(files);
  if (content === undefined) throw new Error("the shipped folder does not compile");
  const warned = lint(content, files).filter(({ severity }) => severity !== "info");
  expect(warned.map(headline)).toEqual([]);
});
