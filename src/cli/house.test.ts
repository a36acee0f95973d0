import { expect, test } from "vitest";
import { meant } from "./house.ts";

test("the only location is meant where none is named; of several each is listed", () => {
  expect(meant(["loc1"], undefined)).toBe("loc1");
  expect(meant(["loc1", "loc2"], "loc2")).toBe("loc2");
  expect(() => meant(["loc1", "loc2"], undefined)).toThrow(/^--location: expected one of loc1, loc2$/);
  expect(() => meant(["loc1"], "loc3")).toThrow("Latchkey does not work for loc3. --location: expected one of loc1");
  expect(() => meant([], undefined)).toThrow(/^No location is connected yet: /);
});
