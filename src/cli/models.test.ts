import { expect, test } from "vitest";
import { METRICS } from "../../test/kept-models.ts";
import type { ModelView } from "../scoring/index.ts";
import { lastTrainings, lineOf } from "./models.ts";

test("the last training of each figure says what came of it", () => {
  const detail = "Too little to learn from.";
  expect(lastTrainings([])).toEqual([]);
  expect(lastTrainings([{ kind: "churn" }, { kind: "churn", detail }])).toEqual([]);
  expect(
    lastTrainings([
      { kind: "churn", detail: "Learned." },
      { kind: "chance", detail },
    ]),
  ).toEqual(["Last training of the chance: Too little to learn from.", "Last training of going cold: Learned."]);
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
