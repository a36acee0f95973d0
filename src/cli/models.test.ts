import { expect, test } from "vitest";
import { lastTraining } from "./models.ts";

test("the last training says which figure it was of", () => {
  expect(lastTraining([])).toEqual([]);
  expect(lastTraining([{ kind: "churn" }])).toEqual([]);
  const detail = "Too little to learn from.";
  expect(lastTraining([{ kind: "churn", detail }])).toEqual(["Last training: Too little to learn from. (going cold)"]);
  expect(lastTraining([{ kind: "chance", detail }])).toEqual(["Last training: Too little to learn from. (chance)"]);
});
