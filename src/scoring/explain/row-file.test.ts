import { expect, test } from "vitest";
import type { Column } from "../learn/model.ts";
import { rowOf } from "./row-file.ts";

const columns: readonly Column[] = [
  { name: "constructor", kind: "number" },
  { name: "toString", kind: "category", levels: ["web"] },
];

test("a row has what it says, and misses the rest, whatever a column is called", () => {
  expect([...rowOf(columns, {})]).toEqual([Number.NaN, Number.NaN]);
  expect([...rowOf(columns, { constructor: 3, toString: "web" })]).toEqual([3, 0]);
  expect(() => rowOf(columns, { __proto__: null, valueOf: 1 })).toThrow('the model has no column "valueOf"');
});
