import { expect, test } from "vitest";
import { nested } from "./json.ts";

test("dotted names are objects, beside what is nested already", () => {
  expect(nested({ property: { id: "p1" }, "property.address": "1 Elm St", form: "f" })).toEqual({
    property: { id: "p1", address: "1 Elm St" },
    form: "f",
  });
});

test("names that every object inherits are names like any other, and reach no prototype", () => {
  const told = nested(JSON.parse('{ "__proto__.polluted": true, "constructor.name": "x" }'));
  expect(Object.keys(told)).toEqual(["__proto__", "constructor"]);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test("what is given stays as it was", () => {
  const given = { property: { id: "p1" }, "property.address": "1 Elm St" };
  nested(given);
  expect(given).toEqual({ property: { id: "p1" }, "property.address": "1 Elm St" });
});
