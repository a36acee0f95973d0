import { expect, test } from "vitest";
import { aucWords } from "./auc-words.ts";

test("an AUC is said with its interval, and where nothing could be told apart it is said why", () => {
  expect(aucWords({ value: 0.8124, low: 0.79, high: 0.83 })).toBe("0.812 (0.790 to 0.830)");
  expect(aucWords({ value: 0.5, low: 0.4, high: 0.6 })).toBe("0.500 (0.400 to 0.600)");
  expect(aucWords({ value: 0.5, low: 0.5, high: 0.5 })).toBe("none: everybody has the same chance");
  expect(aucWords({ value: Number.NaN, low: Number.NaN, high: Number.NaN })).toBe(
    "none: one of the two outcomes did not occur",
  );
  // as JSON has it
  expect(aucWords({ value: 0.7, low: null, high: null })).toBe("0.700 (too few for an interval)");
  expect(aucWords({ value: null, low: null, high: null })).toContain("none");
});
