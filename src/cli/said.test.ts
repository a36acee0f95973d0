import { expect, test } from "vitest";
import { readConfig } from "../config.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { faultText } from "./said.ts";

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

test("a field that the message does not name stands below it, and a fault of ours says where it was", () => {
  const wrong = new InvalidInput("Not so.", "invalid-input", [{ field: "until", detail: "expected an instant" }]);
  expect(faultText(wrong)).toBe("Not so.\n  until: expected an instant");
  expect(faultText(new TypeError("x is undefined"))).toContain("said.test.ts");
});
