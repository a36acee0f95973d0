import { expect, test } from "vitest";
import { METRICS } from "../../test/kept-models.ts";
import type { ModelView } from "../scoring/index.ts";
import { lastTrainings, lineOf, promote, rollback, train } from "./models.ts";

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

test("a model's figures stand with how many they are of, how many of them came, and their intervals", () => {
  const model = {
    ...{ id: "a".repeat(64), kind: "chance", state: "champion", trained_at: "2026-11-01T00:00:00Z" },
    ...{ learned: { rows: 900, locations: 1 }, metrics: METRICS, verdict: { bars: [] } },
  } as unknown as ModelView;
  const figures = "AUC 0.800 (0.790 to 0.810), log loss 0.2000 (0.1900 to 0.2100), the rate for everybody 0.3000";
  expect(lineOf(model)).toContain(`900 rows  ${figures}; of 200 later leads 10.0 % came`);
  expect(lineOf({ ...model, kind: "churn" })).toContain("of 200 later leads 10.0 % went cold");
});

test("a reason has words, and days ahead an outcome, before anything is opened", async () => {
  const none = { ...{ json: false, location: undefined, kind: undefined, seed: undefined, outcome: undefined } };
  const asked = { ...none, days: undefined, groups: undefined, reason: " ", anyway: false };
  await expect(promote(["0123456789ab"], asked)).rejects.toThrow("Expected: promote MODEL --reason TEXT [--anyway]");
  await expect(rollback(asked)).rejects.toThrow("Expected: rollback --reason TEXT");
  await expect(train({ ...asked, days: "90" })).rejects.toThrow("--days: says how far --outcome won looks ahead");
});
