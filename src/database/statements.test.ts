import { expect, test } from "vitest";
import { openStatements } from "./statements.ts";

const asked = (times: number, text: string, statements = openStatements()) =>
  Array.from({ length: times }, () => statements.nameOf(text));

test("a statement is prepared once it has been asked twenty times, and keeps its name", () => {
  const names = asked(22, "select 1");
  expect(names.slice(0, 19)).toEqual(Array(19).fill(undefined));
  expect(new Set(names.slice(19))).toEqual(new Set(["latchkey_0"]));
});

test("two statements never share a name", () => {
  const statements = openStatements();
  const last = ["select 1", "select 2"].map((text) => asked(20, text, statements).at(-1));
  expect(last).toEqual(["latchkey_0", "latchkey_1"]);
});

test("texts that are made up each time fill no memory, and those that were known go on", () => {
  const statements = openStatements();
  asked(19, "select 1", statements);
  for (let n = 0; n < 2_000; n += 1) statements.nameOf(`select ${n} as n`);
  expect(asked(20, "too late", statements).at(-1)).toBeUndefined();
  expect(statements.nameOf("select 1")).toBe("latchkey_0");
});
