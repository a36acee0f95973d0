import { expect, test } from "vitest";
import { faultsIn, reached } from "./doctor.ts";

test("doctor names the locations that --location takes", () => {
  expect(reached([{ location: "loc1" }, { location: "town_a" }]).detail).toMatch(/; locations: loc1, town_a$/);
  expect(reached([]).detail).toMatch(/; locations: none yet$/);
});

test("doctor names the files that have errors, and passes over what only warns", () => {
  const found = [
    { file: "b.yaml", severity: "error" },
    { file: "a.yaml", severity: "error" },
    { file: "b.yaml", severity: "error" },
    { file: "c.yaml", severity: "warning" },
  ] as const;
  expect(faultsIn("workflows", found)).toBe("workflows has 3 errors in a.yaml, b.yaml");
});
