import { describe, expect, test } from "vitest";
import { tableOf, typed } from "./columns.ts";
import { labeled, readSheet, type Wanted } from "./csv.ts";

const WANTED: Wanted = { label: "bought", drop: [], unique: false };
const SHEET = readSheet(`visits,source,bought
3,web,yes
?,"call, cold",no
1.5e1,,no
3,web,yes
`);

describe("a CSV", () => {
  test("becomes numbers and categories; a question mark and a blank are missing", () => {
    const rows = labeled(SHEET, WANTED);
    const columns = typed(rows, [0, 1, 2, 3]);
    expect(columns.columns).toEqual([
      { name: "visits", kind: "number" },
      { name: "source", kind: "category", levels: ["call, cold", "web"] },
    ]);
    const table = tableOf(rows, columns, [0, 1, 2, 3]);
    expect([...(table.cells[0] as Float64Array)]).toEqual([3, Number.NaN, 15, 3]);
    expect([...(table.cells[1] as Float64Array)]).toEqual([1, 0, Number.NaN, 1]);
    expect([...table.labels]).toEqual([1, 0, 0, 1]);
  });

  test("shows the model no level, and no kind of column, that the rows to learn from do not have", () => {
    const rows = labeled(readSheet("a,b,y\n1,x,1\n2,x,0\nlate,z,1\n"), { ...WANTED, label: "y" });
    const columns = typed(rows, [0, 1]);
    expect(columns.columns).toEqual([
      { name: "a", kind: "number" },
      { name: "b", kind: "category", levels: ["x"] },
    ]);
    const late = tableOf(rows, columns, [2]);
    expect(late.cells.map(([cell]) => cell)).toEqual([Number.NaN, Number.NaN]);
  });

  test("has a label whose yes is 1, else its rarer value, else what was asked", () => {
    expect(labeled(SHEET, WANTED).positive).toBe("yes");
    const income = readSheet("a,y\n1,>50K\n2,<=50K\n3,<=50K\n");
    expect(labeled(income, { ...WANTED, label: "y" }).positive).toBe(">50K");
    expect(labeled(income, { ...WANTED, label: "y", positive: "<=50K" }).labels).toEqual(Uint8Array.from([0, 1, 1]));
  });

  test("loses repeated rows where each is to count once, and rows without a label always", () => {
    const once = labeled(SHEET, { ...WANTED, unique: true });
    expect([once.repeated, once.records.length]).toEqual([1, 3]);
    expect([...once.first]).toEqual([0, 1, 2]);
    const whole = labeled(SHEET, { ...WANTED, drop: ["source"] });
    expect([whole.repeated, ...whole.first]).toEqual([0, 0, 1, 2, 0]);
    const open = readSheet("a,y\n1,yes\n2,\n3,no\n");
    expect(labeled(open, { ...WANTED, label: "y" })).toMatchObject({ unlabeled: 1, records: [["1"], ["3"]] });
  });

  test("says whose rows are by a column that is not learned from; who has no name there is nobody else", () => {
    const sheet = readSheet("who,a,y\nann,1,1\n?,2,0\nbo,3,0\nann,4,0\n?,5,1\n");
    const rows = labeled(sheet, { ...WANTED, label: "y", lead: "who" });
    expect([rows.headings, [...(rows.lead ?? [])]]).toEqual([["a"], [0, 1, 2, 0, 3]]);
    const columns = typed(rows, [0, 1, 2, 3, 4]);
    expect(tableOf(rows, columns, [3, 4]).lead).toEqual(Int32Array.of(0, 3));
    expect(tableOf(labeled(sheet, { ...WANTED, label: "y" }), columns, [0]).lead).toBeUndefined();
  });

  test("has columns that name rows left out", () => {
    const text = Array.from({ length: 60 }, (_, row) => `id${row},${row % 7},${row % 2}`).join("\n");
    const rows = labeled(readSheet(`id,a,y\n${text}`), { ...WANTED, label: "y" });
    const columns = typed(rows, [...rows.labels.keys()]);
    expect(columns).toMatchObject({ left: ["id"], columns: [{ name: "a" }], at: [1] });
  });
});

test("a column without a heading is named by its place", () => {
  expect(readSheet(",x,y\n0,1,0\n1,2,1").headings).toEqual(["column 1", "x", "y"]);
});

describe("what a column is read as", () => {
  const rows = (cells: readonly string[]) =>
    readSheet(`a,b,y\n${cells.map((cell, n) => `${cell},${n % 3},${n % 2}`).join("\n")}\n`);
  const read = (cells: readonly string[], taught = cells.length) => {
    const all = labeled(rows(cells), { ...WANTED, label: "y" });
    const columns = typed(all, [...all.labels.keys()].slice(0, taught));
    return { ...columns.read[0], cells: tableOf(all, columns, [...all.labels.keys()]).cells[0] };
  };
  const numbers = Array.from({ length: 30 }, (_, n) => `${n}`);

  test.each(["Infinity", "-inf", "+INF", "∞", "1e999", "-1e400"])(
    "stays numbers beside %s, which is missing",
    (cell) => {
      const found = read([...numbers, cell]);
      expect(found).toMatchObject({ as: "number", why: "every known cell is a number", infinite: 1, strange: 0 });
      expect([found.cells?.[29], found.cells?.[30]]).toEqual([29, Number.NaN]);
    },
  );

  test("is told with its reason: words, a slip among numbers, names, nothing known", () => {
    expect(read(["web", "call", "web", "3"])).toMatchObject({ as: "category", why: '"web" is no number', values: 3 });
    expect(read([...numbers.map((_, n) => `${n % 5}`), "inf", "many"])).toMatchObject({
      ...{ as: "category", why: '1 of 32 known cells is no number ("many")', words: 1 },
    });
    expect(read([...numbers, "many"])).toMatchObject({
      ...{
        as: "left out",
        why: '1 of 31 known cells is no number ("many"), and as words 31 different values in 31 rows name them',
      },
    });
    expect(read(numbers.map((n) => `lead ${n}`))).toMatchObject({
      ...{ as: "left out", why: "30 different values in 30 rows name them" },
    });
    expect(read(["", "?", "NA", ""])).toMatchObject({ as: "number", why: "no cell is known", known: 0 });
    expect(read(["inf", "inf", "inf", "-inf"])).toMatchObject({ as: "number", infinite: 4 });
  });

  test("counts what is no number in rows that taught nothing", () => {
    expect(read([...numbers, "inf", "late", "later"], 30)).toMatchObject({ as: "number", infinite: 1, strange: 2 });
  });
});

describe("what cannot be evaluated is refused in words that say what was expected", () => {
  const refused =
    (text: string, wanted: Partial<Wanted> = {}) =>
    () =>
      labeled(readSheet(text), { ...WANTED, label: "y", ...wanted });

  test.each([
    ["an unknown label", refused("a,b\n1,2"), 'there is no column "y". Expected one of a, b.'],
    [
      "a label of three values",
      refused("a,y\n1,x\n2,y\n3,z"),
      'expected two values in "y", found 3: "x" (1), "y" (1), "z" (1).',
    ],
    ["a label of one value", refused("a,y\n1,x\n2,x"), "found 1"],
    ["an unknown column to drop", refused("a,y\n1,0\n2,1", { drop: ["b"] }), '--drop: there is no column "b"'],
    ["the label as whose row it is", refused("a,y\n1,0\n2,1", { lead: "y" }), '--lead: "y" is the label'],
    ["an unknown column of leads", refused("a,y\n1,0\n2,1", { lead: "b" }), '--lead: there is no column "b"'],
    ["the label dropped", refused("a,y\n1,0\n2,1", { drop: ["y"] }), "is the label"],
    ["no column left", refused("a,y\n1,0\n2,1", { drop: ["a"] }), "No column is left"],
    ["a positive that is none", refused("a,y\n1,0\n2,1", { positive: "2" }), 'expected "0" or "1"'],
    [
      "a row that is too short",
      refused("a,y\n1"),
      "The file is no CSV: expected as many cells in each line as there are headings, found 1 in line 2.",
    ],
    [
      "a quote that is never closed",
      refused('a,y\n1,0\n2,"1\n3,0'),
      "after line 2 a quote opens a cell and is never closed",
    ],
    ["a quote within a cell", refused('a,y\n1"2,0'), "expected a quote within a cell to be doubled"],
    [
      "cells with semicolons between them",
      refused("a;y\n1;0"),
      'Expected cells with a comma between them: the headings have ";".',
    ],
    ["cells with tabs between them", refused("a\ty\n1\t0"), "the headings have tabs."],
    ["a heading twice", refused("a,a,y\n1,2,3"), 'The heading "a" is there twice'],
    ["headings without rows", refused("a,y\n"), "the file has none"],
    ["an empty file", refused(""), "the file has none"],
  ])("%s", (_, act, said) => {
    expect(act).toThrow(said);
  });
});
