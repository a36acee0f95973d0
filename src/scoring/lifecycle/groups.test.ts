import { expect, test } from "vitest";
import { MOST_GROUP_TEXT } from "./bounds.ts";
import { readGroups } from "./groups.ts";

test("a file of groups is a contact and a group a line, under their headings, whatever else it has", () => {
  expect([...readGroups("Contact ID,Name,Group\nc1,Ada,a\nc2,Bo,b\nc3,,\n")]).toEqual([
    ["c1", "a"],
    ["c2", "b"],
  ]);
});

test.each([
  ["no headings", "c1,a\n", 'the columns "contact" and "group"'],
  ["a contact in two groups", "contact,group\nc1,a\nc1,b\n", "line 3: this contact is in another group"],
  [
    "names in place of groups",
    `contact,group\n${Array.from({ length: 21 }, (_, n) => `c${n},g${n}`).join("\n")}`,
    "21 groups; at most 20",
  ],
  ["no CSV", 'contact,group\n"c1,a', "no CSV"],
])("a file with %s is told so", (_, text, said) => {
  expect(() => readGroups(text)).toThrow(said);
});

test("no complaint quotes a contact or a group", () => {
  for (const text of ["contact,group\nc1,elm\nc1,oak\n", 'contact,group\nc1,elm"x\n', 'contact,group\n"c1" x,elm\n']) {
    expect(() => readGroups(text)).toThrow(/^(?!.*(c1|elm|oak))groups: /);
  }
});

const filled = (count: number, line: string) => `contact,group\n${line.repeat(count)}`;

test.each([
  ["more contacts than a large team has", filled(100_001, "c,a\n"), "more than 100,000 contacts below the heading"],
  ["empty lines without end", `${filled(100_001, "\n")}c1,a`, "more than 100,000 contacts below the heading"],
  ["a wide heading", `contact,group${",x".repeat(19)}\n`, "line 1 has more than 20 columns"],
  ["a wide line", filled(1, `c1,a${",".repeat(19)}\n`), "line 2 has more than 20 columns"],
  ["a long line", filled(1, `c1,${"a".repeat(10_000)}`), "line 2 is longer than 10,000 characters"],
  [
    "more text than contacts take",
    `contact,group${"\nc1,a".repeat(MOST_GROUP_TEXT / 5)}`,
    "4,000,013 characters; at most 4,000,000",
  ],
  ["one quoted text on many lines", filled(1, `c1,"${"a\n".repeat(5_000)}"`), "line 2 is longer than 10,000"],
])("a file with %s is refused before it is read", (_, text, said) => {
  expect(() => readGroups(text)).toThrow(said);
});

test("a file may have every contact, twenty columns, and commas and lines within quotes", () => {
  expect(readGroups(`${filled(100_000, "c,a\n")}\n\n`).size).toBe(1);
  const wide = `contact,group${",x".repeat(18)}\r\nc1,"a${",".repeat(50)}\n"${",".repeat(18)}\r\n`;
  expect([...readGroups(wide).keys()]).toEqual(["c1"]);
  expect(readGroups(`contact,group\r${"c,a\r".repeat(9_000)}`).size).toBe(1);
  expect(readGroups(filled(1, `c1,${"a".repeat(9_997)}`)).size).toBe(1);
});
