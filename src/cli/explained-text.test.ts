import { expect, test } from "vitest";
import type { LeadExplanation } from "../app/explaining.ts";
import { explainedText } from "./explained-text.ts";

test("a silence of less than a day is said to be that, and one of one day to be of one", () => {
  const silent = (idleDays: number) => {
    const silence = { idleDays, coldDays: 30, rate: null };
    const told = { lead: "ada", asOf: "2026-03-02", score: 40, tier: "cold", model: "rules-1", silence, note: "" };
    return explainedText(told as unknown as LeadExplanation).split("\n")[1];
  };
  expect([0.9, 1.2, 2, 30].map(silent)).toEqual([
    "No model speaks of going cold. Quiet for less than a day; too few leads of this location tell how that goes on.",
    "No model speaks of going cold. Quiet for 1 day; too few leads of this location tell how that goes on.",
    "No model speaks of going cold. Quiet for 2 days; too few leads of this location tell how that goes on.",
    "No model speaks of going cold. Quiet for 30 days: it has gone cold.",
  ]);
});
