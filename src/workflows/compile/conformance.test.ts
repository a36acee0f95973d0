// The conformance tables, row by row, through the compiler.

import { describe, expect, test } from "vitest";
import { BAD, checkSnippet, GOOD, type Good, MORE_BAD, MORE_GOOD } from "./conformance.ts";

const errorsOf = (snippet: string) => checkSnippet(snippet).diagnostics.filter(({ severity }) => severity === "error");

test("the tables have the language's fifty rows, and as many again", () => {
  expect([GOOD.length, BAD.length]).toEqual([25, 25]);
  expect(MORE_GOOD.length).toBeGreaterThanOrEqual(25);
  expect(MORE_BAD.length).toBeGreaterThanOrEqual(25);
});

describe.each([
  ["of the language", GOOD],
  ["of our own", MORE_GOOD],
])("good snippets %s compile to what they mean", (_, rows) => {
  test.each(rows.map((row): [string, Good] => [row.snippet, row]))("%s means what the row says", (snippet, means) => {
    expect(errorsOf(snippet)).toEqual([]);
    const plan = checkSnippet(snippet).plans.find(({ workflow }) => workflow === "w");
    const step = plan?.lists[0]?.[1];
    if (means.step !== undefined) expect(step).toMatchObject(means.step);
    if (means.if !== undefined) expect(step?.if).toMatchObject(means.if);
    if (means.plan !== undefined) expect(plan).toMatchObject(means.plan);
  });
});

describe.each([
  ["of the language", BAD],
  ["of our own", MORE_BAD],
])("bad snippets %s are told where and how", (_, rows) => {
  test.each(rows)("%s is refused", (snippet, at, said) => {
    const told = errorsOf(snippet).map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`);
    expect(told.map((one) => one.slice(0, at.length + 1 + said.length))).toEqual([`${at} ${said}`]);
  });
});

test("an anchor with if_past is no longer warned about", () => {
  const step = "{ id: d, wait: { until: appointment.start - 1d }, if_past: [] }";
  expect(checkSnippet(step).diagnostics).toEqual([]);
});

test("short forms are their long form", () => {
  const conditionOf = (snippet: string) =>
    checkSnippet(snippet).plans.find(({ workflow }) => workflow === "w")?.lists[0]?.[1]?.if;
  expect(conditionOf("if: { contact.city: Austin }")).toEqual(conditionOf("if: { contact.city: { equals: Austin } }"));
  expect(conditionOf("if: { contact.source: [Zillow, Realtor.com] }")).toEqual(
    conditionOf("if: { contact.source: { in: [Zillow, Realtor.com] } }"),
  );
});
