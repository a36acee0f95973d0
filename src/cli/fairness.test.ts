import { expect, test } from "vitest";
import { readGroups } from "./fairness.ts";

test("a file of groups is a contact and a group a line, under their headings, whatever else it has", () => {
  expect([...readGroups("Contact ID,Name,Group\nc1,Ada,a\nc2,Bo,b\nc3,,\n")]).toEqual([
    ["c1", "a"],
    ["c2", "b"],
  ]);
});

test.each([
  ["no headings", "c1,a\n", 'the columns "contact" and "group"'],
  ["a contact in two groups", "contact,group\nc1,a\nc1,b\n", "line 3: contact c1 is in two groups"],
  [
    "names in place of groups",
    `contact,group\n${Array.from({ length: 21 }, (_, n) => `c${n},g${n}`).join("\n")}`,
    "21 groups; at most 20",
  ],
  ["no CSV", 'contact,group\n"c1,a', "no CSV"],
])("a file with %s is told so", (_, text, said) => {
  expect(() => readGroups(text)).toThrow(said);
});
