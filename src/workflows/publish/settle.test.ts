import { describe, expect, test } from "vitest";
import { compile } from "../compile/compile.ts";
import { lintErrors, settle } from "./settle.ts";

const template = (id: string, sms: string) => ({ file: `${id}.yaml`, text: `templates: { ${id}: { sms: "${sms}" } }` });
const saysOf = (current: readonly { file: string; text: string }[], good: readonly { file: string; text: string }[]) =>
  Object.values(settle(current, good, {})?.content.templates ?? {}).map(({ sms }) => sms);

describe("what goes live", () => {
  test("is each file as it was last good, where its words are forbidden, and nothing of one that never was", () => {
    const good = [template("a", "Hello")];
    expect(saysOf([template("a", "Adults only"), template("b", "Hi")], good)).toEqual(["Hello", "Hi"]);
    expect(saysOf([template("a", "Hello"), template("c", "Adults only")], good)).toEqual(["Hello"]);
  });

  test("is not held up by words that were live before they were forbidden, until their file is edited", () => {
    const good = [template("a", "Adults only"), template("b", "Hi")];
    expect(saysOf([template("a", "Adults only"), template("b", "Hi there")], good)).toEqual([
      "Adults only",
      "Hi there",
    ]);
    expect(saysOf([template("a", "No children"), template("b", "Hi there")], good)).toEqual([
      "Adults only",
      "Hi there",
    ]);
  });

  test("is asked of the files that the location sees, though others name the same", () => {
    const of = (owner: string, sms: string) => ({ ...template("a", sms), file: `@${owner}/a.yaml` });
    for (const other of ["elm", "oak"]) {
      const files = [of(other, "Adults only, please"), of("mine", "Adults only")];
      const found = lintErrors(compile(files, { location: "mine" }), files, "mine");
      expect(found.map(({ file }) => file)).toEqual(["@mine/a.yaml"]);
    }
  });
});
