import { expect, test } from "vitest";
import { z } from "zod";
import { parse } from "./request.ts";

const shape = z.strictObject({ status: z.array(z.enum(["waiting", "done"])).optional(), name: z.string().optional() });

test("a word that is none of those asked for is told of all of them", () => {
  expect(() => parse(shape, { status: ["wiating"] })).toThrow("status.0: expected one of waiting, done");
});

test("a field that nobody knows, or of another kind, is named with what was expected of it", () => {
  expect(() => parse(shape, { nmae: "Ana" })).toThrow("nmae");
  expect(() => parse(shape, { name: 3 })).toThrow(/^name: .*expected string/);
});
