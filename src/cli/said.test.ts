import { expect, test } from "vitest";
import { readConfig } from "../config.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { faultText, visible } from "./said.ts";

const refusal = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

test("what is wrong with a setting is said once", () => {
  expect(faultText(refusal(() => readConfig({ PORT: "abc" })))).toBe("PORT: expected a port number");
});

test("what a terminal would obey is visible as JSON writes it, and a document stays the same", () => {
  const foreign = "Ada\u001b[2J\u009b31m\r\u202egnp.exe\u007f";
  expect(visible(`  ${foreign}\tLi Óscar 李\n`)).toBe(
    "  Ada\\u001b[2J\\u009b31m\\u000d\\u202egnp.exe\\u007f\tLi Óscar 李\n",
  );
  expect(JSON.parse(visible(JSON.stringify({ name: foreign })))).toEqual({ name: foreign });
});

test("a field that the message does not name stands below it, and a fault of ours says where it was", () => {
  const wrong = new InvalidInput("Not so.", "invalid-input", [{ field: "until", detail: "expected an instant" }]);
  expect(faultText(wrong)).toBe("Not so.\n  until: expected an instant");
  expect(faultText(new TypeError("x is undefined"))).toContain("said.test.ts");
});
