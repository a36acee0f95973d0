import { expect, test } from "vitest";
import { METRICS } from "../../test/kept-models.ts";
import type { ModelView } from "../scoring/index.ts";
import { lastTraining, lineOf } from "./models.ts";

test("the last training says which figure it was of", () => {
  expect(lastTraining([])).toEqual([]);
  expect(lastTraining([{ kind: "churn" }])).toEqual([]);
  const detail = "Too little to learn from.";
  expect(lastTraining([{ kind: "churn", detail }])).toEqual(["Last training: Too little to learn from. (going cold)"]);
  expect(lastTraining([{ kind: "chance", detail }])).toEqual(["Last training: Too little to learn from. (chance)"]);
});

test("a model that was not judged on the team's leads is listed as that, and as nothing else is", () => {
  const bars = [{ bar: "enough", outcome: "borrowed", says: "" }] as const;
  const model = {
    ...{ id: "a".repeat(64), kind: "chance", state: "champion", trained_at: "2026-11-01T00:00:00Z" },
    ...{ learned: { rows: 900, locations: 3 }, metrics: METRICS, verdict: { bars } },
  } as unknown as ModelView;
  expect(lineOf(model)).toContain("Not yet judged on your leads: these figures are of all 3 locations.");
  expect(lineOf({ ...model, verdict: { ...model.verdict, bars: [] } })).not.toContain("Not yet");
});
