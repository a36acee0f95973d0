import { expect, test } from "vitest";
import { reached } from "./doctor.ts";

test("doctor names the locations that --location takes", () => {
  expect(reached([{ location: "loc1" }, { location: "town_a" }]).detail).toMatch(/; locations: loc1, town_a$/);
  expect(reached([]).detail).toMatch(/; locations: none yet$/);
});
