// A planted fault that no longer fits its source would be found only when the storm runs: here it is at once.

import { describe, expect, test } from "vitest";
import { HASTE, IN_STORM, IN_TESTS, planting } from "./plants.ts";

describe("each planted fault fits the source it is planted in", () => {
  test.each([...IN_STORM, ...IN_TESTS])("$name: $guard", ({ patches }) => {
    expect(() => planting(patches)).not.toThrow();
  });
  test("the haste of a short storm", () => expect(() => planting(HASTE)).not.toThrow());
});
